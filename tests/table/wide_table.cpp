#include "svdlens/table/wide_table.hpp"

#include <cmath>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("a wide table spreads the rows of a selection") {
    const sl::selection rows(head_axes(2, 2, 3), {7, 0, 5}, {1, 2, 3});
    const sl::basic_wide_table<float> wide(rows, sl::by("head"), sl::by("neuron"));
    REQUIRE(wide.row_count() == 3);
    REQUIRE(wide.column_count() == 3);
    CHECK(wide.row_label(1) == "L0H1");
    CHECK(wide.row_name() == "head");
    CHECK(wide.column_name() == "neuron");
    CHECK(wide.row_axes().rank() == 2);
    CHECK(wide.rows()[2] == 2);
    CHECK(wide.columns()[2] == 2);
    CHECK(wide(1, 2) == 3);
    CHECK(wide(2, 1) == 1);
    CHECK(wide.cell(2, 1) == 7);
    CHECK(std::isnan(wide(2, 2)));
    const auto melted = sl::melt(wide);
    CHECK(std::vector<sl::row_number>(melted.rows().begin(), melted.rows().end()) ==
          std::vector<sl::row_number>{0, 5, 7});
}

TEST_CASE("labels of several columns stand side by side") {
    const sl::selection rows(head_axes(2, 2, 3), {7}, {1});
    const sl::basic_wide_table<float> wide(rows, sl::by("neuron"), sl::by("head", "layer"));
    CHECK(wide.column_label(0) == "L1H0, 1");
    CHECK(wide.column_name() == "head, layer");
    const sl::basic_wide_table<float> line(rows, sl::by(), sl::by("neuron", "head"));
    CHECK(line.row_count() == 1);
    CHECK(line.row_label(0).empty());
}

TEST_CASE("no rows make no cells") {
    const sl::selection none(head_axes(2, 2, 3), {}, {});
    const sl::basic_wide_table<float> wide(none, sl::by("head"), sl::by("neuron"));
    CHECK(wide.row_count() == 0);
    CHECK(wide.column_count() == 0);
    CHECK(sl::melt(wide).empty());
    const sl::basic_selection<double> scalar(sl::axes(), {0}, {NAN});
    const sl::wide_table one(scalar, sl::by(), sl::by());
    CHECK(one.row_count() == 1);
    CHECK(sl::melt(one).size() == 1);
}

TEST_CASE("rows and columns share out all axes") {
    const sl::selection rows(head_axes(2, 2, 3), {7}, {1});
    REQUIRE_THROWS_AS(sl::basic_wide_table<float>(rows, sl::by("head"), sl::by()), sl::argument_error);
    REQUIRE_THROWS_AS(sl::basic_wide_table<float>(rows, sl::by("head"), sl::by("layer", "neuron")),
                      sl::argument_error);
    REQUIRE_THROWS_AS(sl::basic_wide_table<float>(rows, sl::by("haed"), sl::by("neuron")), sl::lookup_error);
}

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("a wide table prints its cells under their labels") {
    const sl::basic_selection<double> rows(head_axes(2, 2, 3), {7, 0, 5}, {1, 0.25, 3});
    std::ostringstream out;
    out << sl::wide_table(rows, sl::by("head"), sl::by("neuron"));
    CHECK(out.str() == "head     0    1    2\n"
                       "L0H0  0.25  nan  nan\n"
                       "L0H1   nan  nan    3\n"
                       "L1H0   nan    1  nan\n"
                       "\n[3 rows x 3 columns]\n");
}

TEST_CASE("a large wide table prints its ends") {
    std::vector<sl::row_number> numbers;
    std::vector<double> scores;
    for (std::uint64_t k = 0; k < 100; ++k) {
        numbers.push_back(k);
        scores.push_back(static_cast<double>(k));
    }
    const sl::wide_table wide(sl::basic_selection<double>(sl::axes({{"a", 10}, {"b", 10}}), numbers, scores),
                              sl::by("a"), sl::by("b"));
    CHECK(sl::to_string(wide, {.rows = 3, .columns = 2}) == "a      0  ...    9\n"
                                                            "0      0  ...    9\n"
                                                            "1     10  ...   19\n"
                                                            "...  ...  ...  ...\n"
                                                            "9     90  ...   99\n"
                                                            "\n[10 rows x 10 columns]\n");
}

TEST_CASE("an empty label keeps its place among several, so that columns stay apart") {
    const sl::axes shape({sl::axis("first", std::vector<std::string>{"", "x"}),
                          sl::axis("second", std::vector<std::string>{"x", ""}),
                          {"third", 2}});
    std::vector<sl::row_number> rows(8);
    std::iota(rows.begin(), rows.end(), sl::row_number{0});
    const sl::wide_table two(sl::basic_selection<double>(shape, rows, std::vector<double>(8)),
                             sl::by("third"), sl::by("first", "second"));
    std::vector<std::string> labels;
    for (std::size_t k = 0; k < two.column_count(); ++k) labels.push_back(two.column_label(k));
    CHECK(labels == std::vector<std::string>{", x", ", ", "x, x", "x, "});
    CHECK(two.row_label(1) == "1");
    const sl::wide_table three(sl::basic_selection<double>(shape, rows, std::vector<double>(8)),
                               sl::by("first", "third", "second"), sl::by());
    CHECK(three.row_label(0) == ", 0, x");
    CHECK(three.row_label(2) == ", 0, ");
    CHECK(three.column_label(0).empty());
}
