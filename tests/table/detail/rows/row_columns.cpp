#include "svdlens/table/detail/rows/row_columns.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;

namespace {

constexpr sl::detail::row_style<float> style{
    "test", [](std::string& out, float) { out += "score"; },
    [](std::string& out, double) { out += "number"; },
    [](std::string& out, std::size_t start) { out.insert(start, "<"); }};

const std::vector<sl::derived_column> derived{{"layer", [](sl::row_number, double) { return 1.0; }}};
const std::vector<sl::derived_label> labels{{"kind", [](sl::row_number, double) { return "k"; }}};

std::string cell(const sl::detail::row_column<float>& column) {
    std::string out = "before ";
    column.append(out, 3, 0.5F);
    return out.substr(7);
}

} // namespace

TEST_CASE("columns are those of the table, the score, then what is computed") {
    const sl::axes table({{"layer", 2}, {"neuron", 2}}, {{"head", "L{layer}"}});
    const sl::detail::row_column_maker<float> maker(table, derived, labels, style);
    std::string all;
    for (const auto& column : maker.columns({})) all += column.name + "=" + cell(column) + " ";
    CHECK(all == "layer=<1 neuron=<1 head=<L1 score=score layer=number kind=<k ");
}

TEST_CASE("a name asked for is first a computed column, then one of the table, then the score and the row") {
    const sl::axes table({{"layer", 2}, {"row", 2}});
    const sl::detail::row_column_maker<float> maker(table, derived, labels, style);
    std::string all;
    for (const auto& column : maker.columns({"row", "layer", "score", "kind"})) all += cell(column) + " ";
    CHECK(all == "<1 number score <k ");
    const sl::axes other({{"a", 4}, {"score", 1}});
    const std::vector<sl::derived_column> no_numbers;
    const std::vector<sl::derived_label> no_labels;
    const sl::detail::row_column_maker<float> of_other(other, no_numbers, no_labels, style);
    CHECK(cell(of_other.columns({"row"})[0]) == "3");
    CHECK(cell(of_other.columns({"score"})[0]) == "<0");
    CHECK(svdlens_tests::message_of([&] { (void)maker.columns({"x"}); }) ==
          "test: no column \"x\"; there are \"layer\" \"row\" \"layer\" \"kind\" \"score\" \"row\"");
}
