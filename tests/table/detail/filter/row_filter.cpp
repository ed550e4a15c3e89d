#include "svdlens/table/detail/filter/row_filter.hpp"

#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "table/random_predicate.hpp"

namespace sl = svdlens;
using sl::axis_index;
using sl::column;
using sl::score;
using sl::detail::row_filter;

namespace {

/// A condition on axes only: what masks decide.
sl::predicate random_mask_predicate(const sl::axes& table, std::mt19937& random, int depth) {
    if (depth > 0) {
        const auto a = random_mask_predicate(table, random, depth - 1);
        const auto b = random_mask_predicate(table, random, depth - 1);
        return random() % 3 != 0 ? a && b : a || b;
    }
    const auto k = random() % table.rank();
    const auto bound = static_cast<int>(random() % (table[k].extent + 1));
    const auto c = axis_index(table[k].name);
    if (random() % 2 == 0) return c < bound;
    return c != bound % static_cast<int>(table[k].extent);
}

} // namespace

TEST_CASE("stretches and counts are those of the rows that the masks keep") {
    for (unsigned seed = 0; seed < 400; ++seed) {
        INFO("seed " << seed);
        const auto table = svdlens_tests::random_axes(seed);
        if (table.rank() == 0) continue;
        std::mt19937 random(seed);
        const row_filter filter(table, random_mask_predicate(table, random, 3));
        REQUIRE(filter.only_masks());
        for (int part = 0; part < 5; ++part) {
            const auto first = random() % (table.shape_rows() + 1);
            const auto last = first + random() % (table.shape_rows() - first + 1);
            std::vector<sl::row_number> expected, found;
            for (auto row = first; row < last; ++row)
                if (filter.masks_keep(row)) expected.push_back(row);
            filter.for_stretches(first, last, [&](sl::row_number begin, sl::row_number end) {
                REQUIRE(begin < end);
                for (auto row = begin; row < end; ++row) found.push_back(row);
            });
            REQUIRE(found == expected);
            REQUIRE(filter.count(first, last) == expected.size());
        }
        REQUIRE(filter.bound(table) >= filter.count(0, table.shape_rows()));
    }
}

TEST_CASE("a filter keeps the rows that the condition means") {
    for (unsigned seed = 0; seed < 400; ++seed) {
        INFO("seed " << seed);
        const auto table = svdlens_tests::random_axes(seed);
        const auto chosen = svdlens_tests::predicate_maker(table, seed).make(3);
        const row_filter filter(table, chosen.condition);
        for (sl::row_number row = 0; row < table.shape_rows(); ++row)
            for (const double x : {-0.75, 0.0, 1.25, std::numeric_limits<double>::quiet_NaN()})
                REQUIRE(filter(row, x) == chosen.keeps(row, x));
    }
}

TEST_CASE("what looks at columns only becomes masks, what looks at scores does not") {
    sl::axes table({{"layer", 4}, {"head", 5}, {"neuron", 6}});
    table.add({"head", "L{layer}H{head}"});
    CHECK(row_filter(table, column("head") == "L1H2").only_masks());
    CHECK(row_filter(table, column("head") == "L1H2" || column("neuron") == 3).only_masks());
    CHECK(row_filter(table, !(column("head") == "L1H2" && column("neuron") == 3)).only_masks());
    CHECK_FALSE(row_filter(table, column("head") == "L1H2" || score() > 0).only_masks());
    const row_filter with_score(table, column("head") == "L1H2" && score() > 0 && score() < 2);
    CHECK(with_score.only_intervals());
    CHECK(with_score.count(0, table.shape_rows()) == 6);
    CHECK_FALSE(row_filter(table, !(score() > 0)).only_intervals());
}

TEST_CASE("a condition over axes whose product is too large for a mask is asked row by row") {
    const sl::axes table({{"a", 1 << 12}, {"b", 1 << 12}});
    const row_filter filter(table, column("a") == 5 || column("b") == 7);
    CHECK_FALSE(filter.only_masks());
    CHECK(filter(5 * 4096 + 1, 0));
    CHECK(filter(6 * 4096 + 7, 0));
    CHECK_FALSE(filter(6 * 4096 + 8, 0));
}

TEST_CASE("the bound is the number of rows of the masks, exact where they are of single axes") {
    sl::axes table({{"layer", 4}, {"head", 5}, {"neuron", 6}});
    table.add({"head", "L{layer}H{head}"});
    const auto bound = [&](const sl::predicate& p) { return row_filter(table, p).bound(table); };
    CHECK(bound(column("head") == "L1H2") == 6);
    CHECK(bound(column("neuron") > 1 && column("layer") < 2) == 40);
    CHECK(bound(column("head").in({"L1H2", "L2H3"})) == 12);
    CHECK(bound(column("head").in({"L1H2", "L2H3"}) && column("neuron") == 1) >= 2);
    CHECK(bound(score() > 1) == 120);
    CHECK(bound(column("neuron") > 9) == 0);
    CHECK(bound(column("neuron") < 9) == 120);
    CHECK(bound(column("neuron") == 1 && column("neuron") == 2) == 0);
}

TEST_CASE("an axis of one index does not confuse the masks of its neighbours") {
    const sl::axes table({{"x", 2}, {"a", 3}, {"b", 1}}, {{"all", "{x}{a}{b}"}, {"outer", "{x}{a}"}});
    for (const auto& p : {column("all").in({"000", "110"}) && column("a") != 2,
                          column("a") != 2 && column("all").in({"000", "110"})}) {
        const row_filter filter(table, p && column("outer").in({"00", "01", "11"}));
        std::vector<sl::row_number> found;
        filter.for_stretches(0, 6, [&](sl::row_number begin, sl::row_number end) {
            for (auto row = begin; row < end; ++row) found.push_back(row);
        });
        CHECK(found == std::vector<sl::row_number>{0, 4});
        CHECK(filter.count(0, 6) == 2);
    }
}
