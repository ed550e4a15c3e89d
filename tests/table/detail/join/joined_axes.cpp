#include "svdlens/table/detail/join/joined_axes.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "svdlens/tensor/label_pattern.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

using names = std::vector<std::string>;

sl::axes join_axes(const sl::axes& left, const sl::axes& right, const sl::by_columns& columns) {
    const auto mine = sl::detail::left_side(left, columns);
    return sl::detail::joined_axes(mine, sl::detail::right_side(right, columns, mine));
}

std::string problem(const sl::axes& left, const sl::axes& right, const sl::by_columns& columns) {
    return message_of([&] { (void)join_axes(left, right, columns); });
}

/// The scores of directions with what they read, or with what they write.
sl::axes directions(const std::string& other, std::uint64_t extent) {
    sl::axes table({{"layer", 2}, {"head", 3}, {"direction", 4}, {other, extent}});
    table.add({"head", "L{layer}H{head}"});
    return table;
}

names pattern_and_entity(const sl::axes& table, const std::string& column) {
    const auto* found = table.find_label_column(column);
    return found == nullptr ? names{} : names{found->pattern.text(), found->entity};
}

} // namespace

TEST_CASE("a joined table has the shared axes, the left's others, the right's others") {
    const auto both = join_axes(directions("token", 5), directions("neuron", 7), sl::by("head", "direction"));
    CHECK(both.column_names() == names{"layer", "head", "direction", "token", "neuron"});
    CHECK(both.shape_rows() == 2 * 3 * 4 * 5 * 7);
    CHECK(pattern_and_entity(both, "head") == names{"L{layer}H{head}", "head"});
    CHECK(both.label_columns().size() == 1);
}

TEST_CASE("names that both sides have get a prefix, in patterns too") {
    auto left = directions("token", 5), right = directions("token", 7);
    left.add({"source", "{head}.{direction}", "direction"});
    left.add({"target", "t{token}", "token"});
    right.add({"source", "t{token}", "token"});
    right.add({"target", "{head}.{direction}", "direction"});
    SECTION("other than what is shared") {
        const auto both = join_axes(left, right, sl::by("head", "direction"));
        CHECK(both.column_names() == names{"layer", "head", "direction", "left_token", "right_token",
                                           "left_source", "left_target", "right_source", "right_target"});
        CHECK(pattern_and_entity(both, "left_target") == names{"t{left_token}", "token"});
        CHECK(pattern_and_entity(both, "right_source") == names{"t{right_token}", "token"});
        CHECK(pattern_and_entity(both, "right_target") == names{"L{layer}H{head}.{direction}", "direction"});
    }
    SECTION("a label column goes with its axes") {
        const auto both = join_axes(left, right, sl::by("layer"));
        CHECK(both[0].name == "layer");
        CHECK(both[1].name == "left_head");
        CHECK(both[4].name == "right_head");
        CHECK(pattern_and_entity(both, "left_head") == names{"L{layer}H{left_head}", "head"});
        CHECK(pattern_and_entity(both, "right_head") == names{"L{layer}H{right_head}", "head"});
        CHECK(pattern_and_entity(both, "head").empty());
    }
    SECTION("an axis on one side and a label column on the other") {
        sl::axes plain({{"layer", 2}, {"source", 3}});
        const auto both = join_axes(left, plain, sl::by("layer"));
        CHECK(both.find_axis("right_source"));
        CHECK(both.find_label_column("left_source") != nullptr);
        CHECK(both.find_axis("head"));
        const auto turned = join_axes(plain, left, sl::by("layer"));
        CHECK(turned.find_axis("left_source"));
        CHECK(turned.find_label_column("right_source") != nullptr);
    }
}

TEST_CASE("columns of one name may span axes in another order, and one side's labels serve both") {
    sl::axes left({{"a", 2}, {"x", 9}, {"b", names{"p", "q", "r"}}});
    sl::axes right({{"b", 3}, {"a", names{"m", "n"}}});
    const auto both = join_axes(left, right, sl::by("b", "a"));
    CHECK(both.column_names() == names{"a", "b", "x"});
    CHECK(both.label(0, "a") == "m");
    CHECK(both.label(both.shape_rows() - 1, "b") == "r");
    const auto all = join_axes(left, right, sl::by());
    CHECK(all.column_names() == names{"left_a", "x", "left_b", "right_b", "right_a"});
}

TEST_CASE("a label column of a shared axis that only one side has names it for both") {
    sl::axes plain({{"layer", 2}, {"head", 3}, {"neuron", 7}});
    const auto both = join_axes(plain, directions("token", 5), sl::by("layer", "head"));
    CHECK(both.label(0, "head") == "L0H0");
    CHECK(problem(plain, directions("token", 5), sl::by("head")) ==
          R"(join: the columns are computed from "head" on the left and from "layer" "head" on the right)");
}

TEST_CASE("label columns that are the same on both sides stay one, others of one name do not") {
    auto left = directions("token", 5), right = directions("neuron", 7);
    left.add({"place", "{layer}/{head}"});
    right.add({"place", "{layer}/{head}"});
    const auto once = join_axes(left, right, sl::by("head"));
    CHECK(pattern_and_entity(once, "place") == names{"{layer}/L{layer}H{head}", "place"});
    CHECK(once.label_columns().size() == 2);
    right.add({"place", "{layer}/{head}", "head"}); // another entity
    right.add({"head", "{layer}:{head}"});
    const auto twice = join_axes(left, right, sl::by("head"));
    CHECK(twice.label(0, "left_head") == "L0H0");
    CHECK(twice.label(0, "right_head") == "0:0");
    CHECK(pattern_and_entity(twice, "left_place") == names{"{layer}/L{layer}H{head}", "place"});
    CHECK(pattern_and_entity(twice, "right_place") == names{"{layer}/L{layer}H{head}", "head"});
}

TEST_CASE("shared axes have to agree") {
    const sl::axes two({{"a", 2}, {"b", 2}}), three({{"a", 3}});
    CHECK(problem(two, three, sl::by("a")) ==
          R"(join: axis "a" has extent 2 on the left and 3 on the right)");
    REQUIRE_THROWS_AS(join_axes(two, three, sl::by("a")), sl::argument_error);
    REQUIRE_THROWS_AS(join_axes(two, three, sl::by("b")), sl::lookup_error);
    REQUIRE_THROWS_AS(join_axes(three, two, sl::by("b")), sl::lookup_error);
    const sl::axes mine({sl::axis("a", names{"x", "y"})}), theirs({sl::axis("a", names{"x", "z"})});
    CHECK(problem(mine, theirs, sl::by("a")) ==
          R"(join: index 1 of axis "a" is "y" on the left and "z" on the right)");
    const sl::axes list({sl::axis("a", names{"N0", "N1"})});
    const sl::axes format({sl::axis("a", 2, sl::label_format("N{}"))});
    CHECK(problem(list, format, sl::by("a")).empty());
    CHECK(problem(mine, format, sl::by("a")) ==
          R"(join: index 0 of axis "a" is "x" on the left and "N0" on the right)");
}

TEST_CASE("label columns that a prefix does not tell apart are refused") {
    sl::axes left({{"a", 2}, {"b", 2}}), right({{"a", 2}, {"c", 2}});
    left.add({"x", "1{a}"});
    left.add({"left_x", "2{a}"});
    right.add({"x", "3{a}"});
    CHECK(problem(left, right, sl::by("a")) ==
          R"(join: two label columns would be called "left_x"; rename one)");
}

TEST_CASE("titles and provenance are those of both sides") {
    sl::axes left({{"a", 2}}), right({{"a", 2}});
    left.set_title("reads");
    right.set_title("writes");
    left.set_provenance("one file");
    right.set_provenance("one file");
    const auto both = join_axes(left, right, sl::by("a"));
    CHECK(both.title() == "reads_with_writes");
    CHECK(both.provenance() == "one file");
}
