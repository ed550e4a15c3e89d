// One name, one rule: what a name means inside the pattern of a label column it means to every verb.
#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/aggregates.hpp"
#include "svdlens/table/cosine_similarity.hpp"
#include "svdlens/table/group_by.hpp"
#include "svdlens/table/join.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/pivot.hpp"
#include "svdlens/table/value_counts.hpp"
#include "svdlens/table/where.hpp"

namespace sl = svdlens;
namespace ag = svdlens::aggregates;
using namespace svdlens_tests;

namespace {

/// (layer, head, direction, neuron) with `head` = L{layer}H{head} and `node` made from it.
sl::axes node_axes() {
    sl::axes table({{"layer", 2}, {"head", 2}, {"direction", 3}, {"neuron", 5}},
                   {{"head", "L{layer}H{head}"}, {"node", "{head} -> {direction}"}});
    table.set_title("nodes");
    return table;
}

auto nodes(unsigned seed = 1) { return sl::long_table(random_scores<double>(60, seed), node_axes()); }

std::string node(std::uint64_t l, std::uint64_t h, std::uint64_t d) {
    return "L" + std::to_string(l) + "H" + std::to_string(h) + " -> " + std::to_string(d);
}

} // namespace

TEST_CASE("a column that names a label column groups by all axes of that one") {
    const auto table = nodes();
    const sl::basic_selection<double> sums = sl::group_by(table, sl::by("node"), ag::sum{});
    const sl::basic_selection<double> plain =
        sl::group_by(table, sl::by("layer", "head", "direction"), ag::sum{});
    REQUIRE(sums.size() == 12);
    for (std::uint64_t k = 0; k < 12; ++k) {
        CHECK(sums.axes().label(sums.row_at(k), "node") == node(k / 6, k / 3 % 2, k % 3));
        CHECK(sums.score_at(k) == plain.score_at(k));
    }
    CHECK(sl::value_counts(table, "node").size() == 12);
}

TEST_CASE("conditions on a column that names a label column keep its rows") {
    const auto kept = sl::collect(sl::where(nodes(), sl::column("node") == node(1, 0, 2)));
    REQUIRE(kept.size() == 5);
    for (std::size_t k = 0; k < 5; ++k) CHECK(kept.row_at(k) == (1 * 6 + 0 * 3 + 2) * 5 + k);
    CHECK_THROWS_AS(sl::where(nodes(), sl::column("node") == "0 -> 2"), sl::lookup_error);
}

TEST_CASE("pivots have a line for each of its values") {
    const auto wide = sl::pivot(nodes(), sl::by("node"), sl::by("neuron"), ag::single{});
    REQUIRE(wide.row_count() == 12);
    REQUIRE(wide.column_count() == 5);
    for (std::size_t k = 0; k < 12; ++k) CHECK(wide.row_label(k) == node(k / 6, k / 3 % 2, k % 3));
    CHECK_THROWS_AS(sl::pivot(nodes(), sl::by("node"), sl::by("head"), ag::sum{}), sl::argument_error);
}

TEST_CASE("joins compare it by all of its axes and keep it whole") {
    const auto joined = sl::join(sl::collect(nodes(1)), sl::collect(nodes(2)), sl::by("node"));
    CHECK(joined.size() == 12 * 5 * 5);
    const auto& axes = joined.axes();
    CHECK(axes.find_label_column("node")->pattern.text() == "L{layer}H{head} -> {direction}");
    for (const auto row : joined.rows()) {
        const auto i = axes.index(row);
        REQUIRE(axes.label(row, "node") == node(i[0], i[1], i[2]));
    }
    // Joined by fewer columns, each side has a head of its own, and nodes go with them.
    const auto pairs = sl::join(sl::collect(nodes(1)), sl::collect(nodes(2)), sl::by("layer"));
    const auto last = pairs.rows().back();
    CHECK(pairs.axes().label(last, "left_node") == node(1, 1, 2));
    CHECK(pairs.axes().label(last, "right_node") == node(1, 1, 2));
    CHECK(pairs.axes().find_label_column("right_node")->pattern.text() ==
          "L{layer}H{right_head} -> {right_direction}");
}

TEST_CASE("tables of groups and of pairs have it too") {
    const auto heads = sl::group_axes(node_axes(), sl::by("head"));
    CHECK(heads.label_columns().size() == 1); // the node needs the direction
    const auto whole = sl::group_axes(node_axes(), sl::by("node"));
    CHECK(whole.label(11, "node") == node(1, 1, 2));
    CHECK(whole.label(11, "head") == "L1H1");
    const auto cosines = sl::cosine_similarities(nodes(), "node");
    REQUIRE(cosines.size() == 144);
    CHECK(cosines.axes().label(143, "target_node") == node(1, 1, 2));
    CHECK(cosines.axes().label(11, "node") == node(0, 0, 0));
    CHECK(cosines.axes().label(11, "target_head") == "L1H1");
}

TEST_CASE("rows are counted by several columns") {
    const auto table = nodes();
    const auto counts =
        sl::value_counts(sl::where(table, sl::axis_index("neuron") < 2), sl::by("layer", "node"));
    REQUIRE(counts.size() == 12);
    for (std::size_t k = 0; k < 12; ++k) {
        CHECK(counts[k].label == std::to_string(k / 6) + ", " + node(k / 6, k / 3 % 2, k % 3));
        CHECK(counts[k].group == k);
        CHECK(counts[k].count == 2);
    }
    const auto all = sl::value_counts(table, sl::by());
    REQUIRE(all.size() == 1);
    CHECK(all[0].label.empty());
    CHECK(all[0].count == 60);
    CHECK(sl::value_counts(sl::where(table, sl::score() > 100), sl::by("layer", "node")).empty());
    CHECK_THROWS_AS(sl::value_counts(table, sl::by("layer", "nod")), sl::lookup_error);
}
