#include "svdlens/table/detail/rows/dense_values.hpp"

#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "svdlens/table/wide_table.hpp"

namespace sl = svdlens;

TEST_CASE("a wide table has values of rows by columns, a long table has not") {
    CHECK(sl::detail::wide_values<sl::wide_table>);
    CHECK(sl::detail::wide_values<sl::basic_wide_table<float>>);
    CHECK_FALSE(sl::detail::wide_values<sl::basic_long_table<float>>);
    CHECK_FALSE(sl::detail::wide_values<std::vector<float>>);
}

TEST_CASE("a table with all rows of its shape passes, one with absent rows says how many") {
    sl::detail::check_dense(sl::long_table(std::vector<float>(6), sl::axes({{"a", 6}})), "verb");
    sl::detail::check_dense(sl::long_table(std::vector<float>(), {0}, {"a"}), "verb");
    const sl::basic_long_table<float> hole(sl::axes({{"a", 6}}), {std::vector<float>(2), {2}},
                                           sl::tiling(6, {0}, {{0, {0, 1}, {{1, 3}}}}, {1, 6}));
    CHECK(svdlens_tests::message_of([&] { sl::detail::check_dense(hole, "verb"); }) ==
          "verb: expected all 6 rows of the shape, found 2; pivot the table (absent cells become NaN) or "
          "take its "
          "columns");
}
