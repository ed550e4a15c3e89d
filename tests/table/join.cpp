#include "svdlens/table/join.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/map_scores.hpp"
#include "svdlens/table/score_key.hpp"
#include "svdlens/table/sort_by.hpp"
#include "svdlens/table/top_k.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

struct pair_row {
    std::uint64_t row;
    double left;
    double right;
};

/// Every pair of rows tried; `agree` says which belong together, `row` where they stand in the result.
template <class L, class R, class Agree, class Row>
std::vector<pair_row> naive_join(const L& left, const R& right, Agree agree, Row row) {
    std::vector<pair_row> result;
    for (std::size_t i = 0; i < left.size(); ++i)
        for (std::size_t j = 0; j < right.size(); ++j) {
            const auto a = left.axes().index(left.row_at(i)), b = right.axes().index(right.row_at(j));
            if (agree(a, b))
                result.push_back({row(a, b), static_cast<double>(left.score_at(i)),
                                  static_cast<double>(right.score_at(j))});
        }
    std::sort(result.begin(), result.end(),
              [](const pair_row& a, const pair_row& b) { return a.row < b.row; });
    return result;
}

bool holds(const sl::score_columns& joined, const std::vector<pair_row>& wanted) {
    if (joined.size() != wanted.size()) return false;
    for (std::size_t k = 0; k < wanted.size(); ++k)
        if (joined.rows()[k] != wanted[k].row || !same(joined.values(0)[k], wanted[k].left) ||
            !same(joined.values(1)[k], wanted[k].right))
            return false;
    return true;
}

using coordinates = std::vector<std::uint64_t>;

} // namespace

TEMPLATE_TEST_CASE("joined rows are what trying every pair gives", "", float, double) {
    // layer, head, neuron with a label column head; and token, head, layer: other order, other score type
    const auto left = sl::long_table(awkward_scores<TestType>(3 * 4 * 9, 1), head_axes(3, 4, 9));
    sl::axes turned({{"token", 5}, {"head", 4}, {"layer", 3}});
    turned.add({"head", "L{layer}H{head}"});
    const auto right = sl::long_table(awkward_scores<double>(5 * 4 * 3, 2), turned);
    const auto same_head = [](const coordinates& a, const coordinates& b) {
        return a[0] == b[2] && a[1] == b[1];
    };
    const auto head_row = [](const coordinates& a, const coordinates& b) {
        return ((a[0] * 4 + a[1]) * 9 + a[2]) * 5 + b[0];
    };
    const auto some = sl::bottom_k(right, 17);
    const auto sorted = sl::sort_by(left, {sl::descending("magnitude")});
    const auto lean = sl::top_k(sl::map_scores(left, sl::magnitude{}), 2, sl::by("neuron"));
    for (const unsigned threads : {1U, 2U, 5U}) {
        const sl::execution run{.threads = threads};
        const auto check = [&](const auto& a, const auto& b) {
            CHECK(holds(sl::join(a, b, sl::by("head"), run), naive_join(a, b, same_head, head_row)));
        };
        check(left, right);
        check(left, some);
        check(sorted, right);
        check(lean, some);
        check(sl::top_k(left, 0), right);
    }
}

TEST_CASE("axes that one side has twice stand side by side in the result") {
    const auto left = sl::long_table(random_scores<float>(2 * 3 * 4, 1), head_axes(2, 3, 4));
    const auto right = sl::long_table(random_scores<float>(2 * 3 * 4, 2), head_axes(2, 3, 4));
    const auto joined = sl::join(left, right, sl::by("layer"));
    CHECK(joined.size() == 2 * 12 * 12);
    CHECK(joined.axes().shape_rows() == joined.size());
    const auto agree = [](const coordinates& a, const coordinates& b) { return a[0] == b[0]; };
    const auto row = [](const coordinates& a, const coordinates& b) {
        return (((a[0] * 3 + a[1]) * 4 + a[2]) * 3 + b[1]) * 4 + b[2];
    };
    CHECK(holds(joined, naive_join(left, right, agree, row)));
    CHECK(joined.axes().label(joined.rows()[13], "left_head") == "L0H0");
    CHECK(joined.axes().label(joined.rows()[4], "right_head") == "L0H1");
}

TEST_CASE("all columns shared, and none") {
    const auto left = sl::long_table(awkward_scores<float>(60, 4), head_axes(3, 4, 5));
    const auto right = sl::top_k(sl::long_table(random_scores<float>(60, 5), head_axes(3, 4, 5)), 7);
    const auto every = sl::join(left, right, sl::by("head", "neuron"));
    CHECK(every.axes().column_names() == left.axes().column_names());
    CHECK(holds(every,
                naive_join(left, right, std::equal_to<>{},
                           [&](const coordinates& a, const coordinates&) { return left.axes().row(a); })));
    const auto pairs = sl::join(left, right, sl::by());
    CHECK(holds(pairs, naive_join(
                           left, right, [](auto&&...) { return true; },
                           [&](const coordinates& a, const coordinates& b) {
                               return left.axes().row(a) * 60 + right.axes().row(b);
                           })));
}

TEST_CASE("long results come in many stretches and are the same for any number of threads") {
    const auto left = sl::long_table(random_scores<float>(300 * 11, 1), sl::axes({{"d", 300}, {"x", 11}}));
    const auto right = sl::long_table(random_scores<float>(300 * 13, 2), sl::axes({{"d", 300}, {"y", 13}}));
    for (const unsigned threads : {1U, 2U, 5U}) {
        const auto joined = sl::join(left, right, sl::by("d"), {.threads = threads});
        REQUIRE(joined.size() == 300 * 11 * 13);
        for (std::size_t k = 0; k < joined.size(); ++k) {
            REQUIRE(joined.rows()[k] == k);
            REQUIRE(joined.values(0)[k] == static_cast<double>(left.score_at(k / 13)));
            REQUIRE(joined.values(1)[k] == static_cast<double>(right.score_at(k / 143 * 13 + k % 13)));
        }
    }
}

TEST_CASE("tables with holes join where both have rows") {
    const auto lazy = causal_scores(awkward_scores<float>(3 * 4 * 8 * 50, 8));
    const auto left = sl::top_k(lazy, 60), right = sl::bottom_k(lazy, 60);
    const auto joined = sl::join(left, right, sl::by("head", "direction"));
    const auto agree = [](const coordinates& a, const coordinates& b) {
        return a[1] == b[1] && a[2] == b[2];
    };
    const auto row = [](const coordinates& a, const coordinates& b) {
        return ((((a[1] * 8 + a[2]) * 3 + a[0]) * 50 + a[3]) * 3 + b[0]) * 50 + b[3];
    };
    CHECK(holds(joined, naive_join(left, right, agree, row)));
}

TEST_CASE("what a direction reads times what it writes is a table of paths") {
    const auto reads =
        sl::long_table(std::vector<float>{1, -2, 3, NAN}, sl::axes({{"direction", 2}, {"token", 2}}));
    const auto writes =
        sl::long_table(std::vector<double>{10, 100}, sl::axes({{"direction", 2}, {"neuron", 1}}));
    const auto paths = sl::join(reads, writes, sl::by("direction")).scores(std::multiplies<>{});
    CHECK(paths.score_at(0) == 10);
    CHECK(paths.score_at(1) == -20);
    CHECK(paths.score_at(2) == 300);
    CHECK(std::isnan(paths.score_at(3)));
    CHECK(sl::top_k(paths, 1).row_at(0) == 2);
}

TEST_CASE("empty sides, and results over the limit") {
    const auto left = sl::long_table(random_scores<float>(12, 1), sl::axes({{"a", 3}, {"x", 4}}));
    const auto none = sl::long_table(std::vector<float>{}, sl::axes({sl::axis("a", 3), sl::axis("y", 0)}));
    CHECK(sl::join(left, none, sl::by("a")).empty());
    CHECK(sl::join(none, left, sl::by("a")).empty());
    CHECK(sl::join(none, none, sl::by("a")).empty());
    CHECK(sl::join(left, left, sl::by("a"), {.memory_budget = 48 * 24}).size() == 48);
    CHECK(message_of([&] { (void)sl::join(left, left, sl::by("a"), {.memory_budget = 48 * 24 - 1}); }) ==
          "join: the 48 rows of the result, 24 bytes each, are over the memory budget of 1151 bytes; join by "
          "more columns, join selections, or raise execution::memory_budget");
    REQUIRE_THROWS_AS(sl::join(left, left, sl::by("a"), {.memory_budget = 15 * 24}), sl::argument_error);
    CHECK(sl::join(left, none, sl::by("a"), {.memory_budget = 0}).empty());
    const std::atomic<bool> stop{true};
    REQUIRE_THROWS_AS(sl::join(left, left, sl::by("a"), {.stop = &stop}), sl::cancelled_error);
}

TEST_CASE("a join prints both scores of its pairs") {
    const auto left = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"a", 2}}));
    const auto joined = sl::join(left, sl::top_k(left, 1), sl::by("a"));
    CHECK(joined.names() == std::vector<std::string>{"left", "right"});
    CHECK(to_string(joined) == "   a  left  right\n"
                               "1  1     2      2\n"
                               "\n[1 rows x 3 columns]\n");
}
