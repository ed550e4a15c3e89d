#include "svdlens/table/detail/filter/row_test_maker.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/numbers.hpp"
#include "svdlens/table/predicate.hpp"
#include "table/random_predicate.hpp"

namespace sl = svdlens;
using sl::column;
using sl::score;
using sl::detail::row_test;
using sl::detail::row_test_maker;

namespace {

const sl::detail::predicate_node& node_of(const sl::predicate& p) {
    return sl::detail::predicate_access::node(p);
}

} // namespace

TEST_CASE("a condition and its negation are tested row by row") {
    for (unsigned seed = 0; seed < 300; ++seed) {
        INFO("seed " << seed);
        const auto table = svdlens_tests::random_axes(seed);
        const auto chosen = svdlens_tests::predicate_maker(table, seed).make(4);
        const auto test = row_test_maker(table).make(node_of(chosen.condition), false);
        const auto opposite = row_test_maker(table).make(node_of(chosen.condition), true);
        for (sl::row_number row = 0; row < table.shape_rows(); ++row)
            for (const double x : {-0.75, 0.0, 1.25, std::numeric_limits<double>::quiet_NaN()}) {
                REQUIRE(test(row, x) == chosen.keeps(row, x));
                REQUIRE(opposite(row, x) == !chosen.keeps(row, x));
            }
    }
}

TEST_CASE("groups of one kind become one and negations go to the leaves") {
    const sl::axes table({{"a", 2}, {"b", 3}});
    const auto p = (column("a") == 1 && score() > 0) && !(column("b") == 0 || score() > 3);
    const auto test = row_test_maker(table).make(node_of(p), false);
    CHECK(test.what == row_test::kind::all);
    CHECK(test.parts.size() == 4);
}

TEST_CASE("a condition tells the axes that it looks at, or that it looks at scores") {
    const sl::axes table({{"a", 2}, {"b", 3}, {"c", 4}}, {{"pair", "{c}{a}"}});
    const auto axes_of = [&](const sl::predicate& p, std::vector<std::size_t>& found) {
        return row_test_maker(table).make(node_of(p), false).collect_axes(found);
    };
    std::vector<std::size_t> found;
    CHECK(axes_of(column("b") == 1 || column("pair") == "01", found));
    CHECK(found == std::vector<std::size_t>{1, 0, 2});
    CHECK_FALSE(axes_of(column("b") == 1 || score() > 1, found));
    CHECK_FALSE(axes_of(sl::rows_where([](sl::row_number, double) { return true; }), found));
}

TEST_CASE("a column with more labels than a mask may have is refused") {
    const sl::axes table({{"a", 1 << 15}, {"b", 1 << 14}}, {{"cell", "{a}.{b}"}});
    CHECK(svdlens_tests::message_of(
              [&] { row_test_maker(table).make(node_of(column("cell") == "0.0"), false); }) ==
          "where: column \"cell\": expected at most 268435456 labels, found more; test its axes instead");
}
