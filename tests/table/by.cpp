#include "svdlens/table/by.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/table/detail/groups/grouping.hpp"
#include "table/naive_groups.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

std::vector<std::string> names_of(const sl::axes& table) {
    std::vector<std::string> names;
    for (const auto& each : table) names.push_back(each.name);
    return names;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("the axes of groups are the grouped ones in the table's order") {
    auto table = head_axes(2, 3, 4);
    table.add({"pair", "{layer}-{neuron}"});
    table.set_title("scores");
    table.set_provenance("a test");
    CHECK(names_of(sl::group_axes(table, sl::by("neuron", "layer"))) == names{"layer", "neuron"});
    CHECK(names_of(sl::group_axes(table, sl::by("head"))) == names{"layer", "head"});
    CHECK(names_of(sl::group_axes(table, sl::by())).empty());
    CHECK(sl::group_axes(table, sl::by("head")).title() == "scores");
    CHECK(sl::group_axes(table, sl::by("head")).provenance() == "a test");
}

TEST_CASE("label columns stay where all of their axes do") {
    auto table = head_axes(2, 3, 4);
    table.add({"pair", "{layer}-{neuron}", "thing"});
    const auto heads = sl::group_axes(table, sl::by("head"));
    REQUIRE(heads.label_columns().size() == 1);
    CHECK(heads.label(5, "head") == "L1H2");
    const auto pairs = sl::group_axes(table, sl::by("pair"));
    REQUIRE(pairs.label_columns().size() == 1);
    CHECK(pairs.label_columns()[0].entity == "thing");
    CHECK(pairs.label(7, "pair") == "1-3");
    CHECK(sl::group_axes(table, sl::by("neuron")).label_columns().empty());
    CHECK(sl::group_axes(table, sl::by("neuron", "head")).label_columns().size() == 2);
}

TEST_CASE("a group's number is its row number, with the labels of its rows") {
    for (const auto& table : small_shapes()) {
        for (const auto& columns : column_choices(table)) {
            const sl::detail::grouping groups(table, columns);
            const auto reduced = sl::group_axes(table, columns);
            REQUIRE(reduced.shape_rows() == groups.groups());
            for (sl::row_number row = 0; row < table.shape_rows(); ++row)
                for (const auto& name : columns.names)
                    REQUIRE(reduced.label(groups.group(row), name) == table.label(row, name));
        }
    }
}

TEST_CASE("an unknown column has no axes") {
    REQUIRE_THROWS_AS(sl::group_axes(head_axes(1, 1, 1), sl::by("haed")), sl::lookup_error);
}
