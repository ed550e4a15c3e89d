#include "svdlens/table/detail/groups/column_index.hpp"

#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::detail::column_index;

TEST_CASE("a column index is the row-major index over the axes that the columns span") {
    const auto table = head_axes(2, 3, 5);
    const column_index head(table, sl::by("head"));
    const column_index outer(table, sl::by("neuron", "layer"));
    const column_index none(table, sl::by());
    const std::vector<std::size_t> swapped{2, 0};
    const column_index inner(table, swapped);
    CHECK(head.size() == 6);
    CHECK(outer.size() == 10);
    CHECK(none.size() == 1);
    for (std::uint64_t row = 0; row < table.rows(); ++row) {
        const auto index = table.index(row);
        CHECK(head(row) == index[0] * 3 + index[1]);
        CHECK(outer(row) == index[0] * 5 + index[2]);
        CHECK(inner(row) == index[2] * 2 + index[0]);
        CHECK(none(row) == 0);
    }
    REQUIRE_THROWS_AS(column_index(table, sl::by("token")), sl::lookup_error);
}

TEST_CASE("there may be more indices than groups that a verb would hold something for") {
    const sl::axes table({{"a", std::uint64_t{1} << 30}, {"b", std::uint64_t{1} << 30}});
    const column_index both(table, sl::by("a", "b"));
    CHECK(both.size() == std::uint64_t{1} << 60);
    CHECK(both((std::uint64_t{1} << 60) - 1) == (std::uint64_t{1} << 60) - 1);
}
