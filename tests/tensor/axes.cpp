#include "svdlens/tensor/axes.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

sl::axes sample() {
    sl::axes table({{"layer", 2},
                    {"head", 3},
                    sl::axis("action", std::vector<std::string>{"left", "right", "left", "go"})});
    table.add({"head", "L{layer}H{head}"});
    table.add({"pair", "{action}@{layer}", "edge"});
    return table;
}

template <class Call>
sl::errc code_of(Call call) {
    try {
        call();
    } catch (const sl::error& e) {
        return e.code();
    }
    return {};
}

} // namespace

TEST_CASE("row numbers ravel the index with the last axis fastest") {
    const auto table = sample();
    CHECK(table.shape_rows() == 24);
    std::uint64_t row = 0;
    for (std::uint64_t i = 0; i < 2; ++i)
        for (std::uint64_t j = 0; j < 3; ++j)
            for (std::uint64_t k = 0; k < 4; ++k, ++row) {
                const std::vector<std::uint64_t> index{i, j, k};
                REQUIRE(table.row(index) == row);
                REQUIRE(table.index(row) == index);
                REQUIRE(table.coordinate(row, 1) == j);
            }
    CHECK(table.stride(0) == 12);
    CHECK(table.stride(2) == 1);
}

TEST_CASE("an index of another rank or outside the shape is refused") {
    const auto table = sample();
    REQUIRE_THROWS_WITH(table.row(std::vector<std::uint64_t>{0, 0}),
                        "axes: expected an index of 3 numbers, found 2");
    REQUIRE_THROWS_AS(table.row(std::vector<std::uint64_t>{0, 3, 0}), sl::argument_error);
}

TEST_CASE("columns are axes, their labels, and patterns over them") {
    const auto table = sample();
    const auto row = table.row(std::vector<std::uint64_t>{1, 2, 3});
    CHECK(table.label(row, "layer") == "1");
    CHECK(table.label(row, "head") == "L1H2");
    CHECK(table.label(row, "action") == "go");
    CHECK(table.label(row, "pair") == "go@1");
    CHECK(table.column_names() == std::vector<std::string>{"layer", "head", "action", "pair"});
    CHECK(table.find_label_column("pair")->entity == "edge");
    CHECK(table.find_label_column("head")->entity == "head");
    CHECK(table.find_label_column("action") == nullptr);
}

TEST_CASE("a column spans the axes of its pattern, ascending and once each") {
    auto table = sample();
    table.add({"back", "{action}{layer}{action}"});
    CHECK(table.spanned_axes("layer") == std::vector<std::size_t>{0});
    CHECK(table.spanned_axes("head") == std::vector<std::size_t>{0, 1});
    CHECK(table.spanned_axes("back") == std::vector<std::size_t>{0, 2});
    CHECK(table.spanned_axes({"head", "back"}) == std::vector<std::size_t>{0, 1, 2});
    CHECK(table.spanned_axes({"layer"}) == std::vector<std::size_t>{0});
}

TEST_CASE("a label column replaces the one of its name") {
    auto table = sample();
    table.add({"head", "{layer}.{head}"});
    CHECK(table.label(23, "head") == "1.2");
    CHECK(table.label_columns().size() == 2);
}

TEST_CASE("an unknown column is refused with the names there are") {
    const auto table = sample();
    CHECK(code_of([&] { table.label(0, "neuron"); }) == sl::errc::unknown_column);
    CHECK(code_of([&] { table.spanned_axes("neuron"); }) == sl::errc::unknown_column);
    CHECK(code_of([] { sl::axes({{"a", 1}}, {{"b", "{c}"}}); }) == sl::errc::unknown_column);
    try {
        table.label(0, "haed");
    } catch (const sl::lookup_error& e) {
        CHECK(std::string(e.what()) ==
              "table: no column \"haed\"; there are \"layer\" \"head\" \"action\" \"pair\"");
    }
}

TEST_CASE("axes that contradict themselves are refused") {
    CHECK(code_of([] { sl::axes({{"a", 1}, {"a", 2}}); }) == sl::errc::invalid_axes);
    CHECK(code_of([] { sl::axes({{"", 1}, {"b", 1}}); }) == sl::errc::invalid_axes);
    CHECK(code_of([] { sl::axes({sl::axis("a"), sl::axis("b")}); }) == sl::errc::invalid_axes);
    constexpr std::uint64_t huge = std::uint64_t{1} << 33;
    CHECK(code_of([] { sl::axes({{"a", huge}, {"b", huge}}); }) == sl::errc::invalid_axes);
    auto labelled = sl::axis("a", std::vector<std::string>{"x"});
    labelled.extent = 2;
    CHECK(code_of([&] { sl::axes({labelled}); }) == sl::errc::wrong_label_count);
}

TEST_CASE("no axes are one row and an extent of zero is none") {
    CHECK(sl::axes().shape_rows() == 1);
    CHECK(sl::axes({{"a", 3}, sl::axis("b", 0)}).shape_rows() == 0);
}

TEST_CASE("axes are fitted to a shape") {
    const std::vector<std::uint64_t> shape{2, 3};
    const auto fitted = sl::fit_axes({"a", sl::axis("b", std::vector<std::string>{"x", "y", "z"})}, shape);
    CHECK(fitted[0].extent == 2);
    CHECK(fitted.label(5, "b") == "z");
    CHECK(code_of([&] { sl::fit_axes({"a"}, shape); }) == sl::errc::invalid_axes);
    CHECK(code_of([&] { sl::fit_axes({"a", {"b", 4}}, shape); }) == sl::errc::invalid_axes);
    CHECK(code_of([&] {
              sl::fit_axes({"a", sl::axis("b", std::vector<std::string>{"x"})}, shape);
          }) == sl::errc::wrong_label_count);
    REQUIRE_THROWS_WITH(sl::fit_axes({"a", sl::axis("b", std::vector<std::string>{"x"})}, shape),
                        "axis \"b\": expected 3 labels, found 1");
}

TEST_CASE("title and provenance travel with copies") {
    auto table = sample();
    table.set_title("ov_to_unembed");
    table.set_provenance("model.safetensors, folded");
    const auto copy = table;
    CHECK(copy.title() == "ov_to_unembed");
    CHECK(copy.provenance() == "model.safetensors, folded");
}

TEST_CASE("a label column may be computed from another one") {
    sl::axes table(
        {{"layer", 2}, {"head", 3}, {"direction", 4}},
        {{"where", "L{layer}H{head}"}, {"head", "[{where}]"}, {"end", "{where}.{direction}/{head}"}});
    // A label column stands in for the axis of its name here too.
    CHECK(table.label(23, "end") == "L1H2.3/[L1H2]");
    CHECK(table.label(23, "head") == "[L1H2]");
    CHECK(table.spanned_axes("end") == std::vector<std::size_t>{0, 1, 2});
    CHECK(table.spanned_axes("head") == std::vector<std::size_t>{0, 1});
    table.add({"where", "layer {layer}, {where}"});
    CHECK(table.label(23, "where") == "layer 1, L1H2");
    CHECK(table.label(23, "end") == "L1H2.3/[L1H2]"); // as it was when it was added
    CHECK(code_of([&] { table.add({"loop", "{loop}"}); }) == sl::errc::unknown_column);
}

namespace {

/// Axes (layer, head, direction) with `head` = L{layer}H{head}.
sl::axes directions() {
    return {{{"layer", 2}, {"head", 2}, {"direction", 3}}, {{"head", "L{layer}H{head}"}}};
}

} // namespace

TEST_CASE("a name in a pattern is what it is everywhere: the label column, or else the axis") {
    auto table = directions();
    table.add({"node", "{head} -> {direction}"});
    CHECK(table.label(0, "node") == "L0H0 -> 0");
    CHECK(table.label(11, "node") == "L1H1 -> 2");
    CHECK(table.spanned_axes("node") == std::vector<std::size_t>{0, 1, 2});
    CHECK(table.find_label_column("node")->pattern.text() == "L{layer}H{head} -> {direction}");
    table.add({"pair", "{node}|{layer}"});
    CHECK(table.label(11, "pair") == "L1H1 -> 2|1");
}

TEST_CASE("a column's own name in its own pattern is the axis, or else the column that it replaces") {
    auto table = directions();
    table.add({"head", "{layer}.{head}"});
    CHECK(table.label(11, "head") == "1.1");
    CHECK(table.spanned_axes("head") == std::vector<std::size_t>{0, 1});
    table.add({"head", "head {head}"});
    CHECK(table.label(11, "head") == "head 1");
    CHECK(table.spanned_axes("head") == std::vector<std::size_t>{1});
    table.add({"end", "{head}/{direction}"});
    table.add({"end", "<{end}>"});
    CHECK(table.label(11, "end") == "<head 1/2>");
    CHECK(table.label_columns().size() == 2);
}

TEST_CASE("a pattern has the label columns that were there when it was added") {
    sl::axes table({{"layer", 2}, {"head", 2}});
    table.add({"early", "{head}"});
    table.add({"head", "L{layer}H{head}"});
    table.add({"late", "{head}"});
    CHECK(table.label(3, "early") == "1");
    CHECK(table.label(3, "late") == "L1H1");
    // Two columns that name each other: each has what the other was before.
    table.add({"layer", "of {head}"});
    CHECK(table.label(3, "layer") == "of L1H1");
    table.add({"head", "in {layer}"});
    CHECK(table.label(3, "head") == "in of L1H1");
    CHECK(table.label(3, "layer") == "of L1H1");
    CHECK(code_of([&] { table.add({"x", "{y}"}); }) == sl::errc::unknown_column);
    CHECK(code_of([&] { table.add({"x", "{x}"}); }) == sl::errc::unknown_column);
    CHECK(table.find_label_column("x") == nullptr);
}

TEST_CASE("label columns that are copied stay what they are") {
    auto table = directions();
    table.add({"node", "{head}.{direction}"});
    const auto& stored = table.label_columns();
    CHECK(stored[1].pattern.names_axes());
    const std::vector<sl::axis> list(table.begin(), table.end());
    const sl::axes copied(list, stored), turned(list, {stored[1], stored[0]});
    sl::axes twice(list, stored);
    for (const auto& column : stored) twice.add(column);
    for (const auto* copy : std::vector<const sl::axes*>{&copied, &turned, &twice})
        for (sl::row_number row = 0; row < 12; ++row)
            for (const auto* name : {"head", "node"})
                REQUIRE(copy->label(row, name) == table.label(row, name));
    // Such a pattern names axes, whatever else has their names.
    CHECK(code_of([&] { sl::axes({{"layer", 2}, {"node", 2}}).add(stored[1]); }) == sl::errc::unknown_column);
    // Written down and read back, a pattern has to be said to be one of axes.
    const sl::label_pattern read(stored[1].pattern.text());
    CHECK_FALSE(read.names_axes());
    table.add({"again", read.of_axes(), "direction"});
    CHECK(table.label(11, "again") == "L1H1.2");
}

TEST_CASE("the axes of several columns come ascending and once each") {
    const auto table = directions();
    using numbers = std::vector<std::size_t>;
    CHECK(table.spanned_axes(std::vector<std::string>{"direction", "head"}) == numbers{0, 1, 2});
    CHECK(table.spanned_axes(std::vector<std::string>{"head", "layer"}) == numbers{0, 1});
    CHECK(table.spanned_axes(std::vector<std::string>()).empty());
    CHECK(code_of([&] {
              table.spanned_axes(std::vector<std::string>{"head", "haed"});
          }) == sl::errc::unknown_column);
}

TEST_CASE("an axis with a format takes its extent from the shape") {
    const std::vector<std::uint64_t> shape{2, 3};
    const auto fitted = sl::fit_axes({"a", sl::axis("neuron", sl::label_format{"L2N{}"})}, shape);
    CHECK(fitted[1].extent == 3);
    CHECK(fitted.label(5, "neuron") == "L2N2");
    CHECK(code_of([] { sl::axes({sl::axis("n", sl::label_format{"{}"})}); }) == sl::errc::invalid_axes);
    try {
        sl::fit_axes({"a", sl::axis("neuron", 4, sl::label_format{"L2N{}"})}, shape);
        FAIL("no exception");
    } catch (const sl::argument_error& e) {
        CHECK(e.code() == sl::errc::invalid_axes);
        CHECK(std::string(e.what()) == "axis \"neuron\": expected 3, found 4");
    }
}

TEST_CASE("an axis is found by name, never a label column") {
    const auto table = sample();
    CHECK(table.axis_number("action") == 2);
    CHECK(code_of([&] { table.axis_number("pair"); }) == sl::errc::unknown_column);
}

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
        for (sl::row_number row = 0; row < table.shape_rows(); ++row) {
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
