#include "svdlens/tensor/resolved_column.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

sl::axes axes_with_columns() {
    return sl::axes({{"layer", 2}, {"head", 3}, sl::axis("action", {"left", "right", "left", "go"})},
                    {{"head", "L{layer}H{head}"}, {"twice", "{action}{layer}{action}"}, {"fixed", "all"}});
}

std::vector<std::size_t> numbers(const sl::resolved_column& column) {
    return {column.axis_numbers().begin(), column.axis_numbers().end()};
}

} // namespace

TEST_CASE("a resolved column gives the label that the axes give at every row") {
    const auto table = axes_with_columns();
    for (const auto* name : {"layer", "head", "action", "twice", "fixed"}) {
        const sl::resolved_column column(table, name);
        std::string all = "start:";
        for (sl::row_number row = 0; row < table.rows(); ++row) {
            REQUIRE(column.text(row) == table.label(row, name));
            auto expected = all + table.label(row, name);
            column.append(all, row);
            REQUIRE(all == expected);
        }
    }
    CHECK(sl::resolved_column(table, "twice").text(12 + 3) == "go1go");
}

TEST_CASE(
    "a resolved column lists an axis for each placeholder, a label column before the axis of its name") {
    const auto table = axes_with_columns();
    CHECK(numbers({table, "head"}) == std::vector<std::size_t>{0, 1});
    CHECK(numbers({table, "twice"}) == std::vector<std::size_t>{2, 0, 2});
    CHECK(numbers({table, "action"}) == std::vector<std::size_t>{2});
    CHECK(numbers({table, "fixed"}).empty());
}

TEST_CASE("a column that is not there cannot be resolved") {
    const auto table = axes_with_columns();
    REQUIRE_THROWS_AS(sl::resolved_column(table, "neuron"), sl::lookup_error);
}
