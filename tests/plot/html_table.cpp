#include "svdlens/plot/html_table.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/table/aggregates.hpp"
#include "svdlens/table/describe.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/pivot.hpp"
#include "svdlens/table/top_k.hpp"

using namespace svdlens;

namespace {

wide_table neuron_table(const std::vector<double>& scores, std::uint64_t columns) {
    return pivot(long_table(scores, svdlens::axes({{"neuron", scores.size() / columns}, {"head", columns}})),
                 by("neuron"), by("head"), aggregates::single{});
}

double channel(const std::string& color, std::size_t k) {
    const double share = std::stoi(color.substr(1 + 2 * k, 2), nullptr, 16) / 255.0;
    return share <= 0.03928 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
}

/// The contrast ratio of two colours by WCAG 2.
double ink_contrast(const std::string& a, const std::string& b) {
    const auto light = [](const std::string& c) {
        return 0.2126 * channel(c, 0) + 0.7152 * channel(c, 1) + 0.0722 * channel(c, 2);
    };
    const double one = light(a) + 0.05, two = light(b) + 0.05;
    return one > two ? one / two : two / one;
}

} // namespace

TEST_CASE("a heat table has the numbers of the wide table, as many decimals each, on grounds that text "
          "stands out from") {
    std::vector<double> scores;
    for (int k = -100; k < 100; ++k) scores.push_back(k * 0.00123);
    const auto table = plot::heat_table(neuron_table(scores, 4), {.title = "heat"});
    CHECK(table.header == std::vector<std::string>{"neuron", "0", "1", "2", "3"});
    REQUIRE(table.rows.size() == 50);
    for (std::size_t row = 0; row < 50; ++row)
        for (std::size_t column = 0; column < 4; ++column) {
            const auto& cell = table.rows[row][column + 1];
            CHECK(std::stod(cell.text) == Approx(scores[row * 4 + column]).margin(0.0005001));
            CHECK(cell.text.find("0.") + 5 == cell.text.size());
            CHECK(ink_contrast(cell.ground, cell.ink) >= 4.5);
        }
    CHECK(table.rows[25][1].text == "0.000");
    CHECK(table.rows[25][1].ground == "#ffffff");
    CHECK(table.rows[0][1].ground == "#0072b2");
}

TEST_CASE(
    "numbers too large or too small for decimals keep their own digits, cells that are not there are empty") {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN(),
                     infinity = std::numeric_limits<double>::infinity();
    const auto large = plot::heat_table(neuron_table({123456, nan, -1, infinity}, 2));
    CHECK(large.rows[0][1].text == "1.23e+05");
    CHECK(large.rows[0][2].text.empty());
    CHECK(large.rows[0][2].ground.empty());
    CHECK(large.rows[1][2].text == "inf");
    CHECK(plot::heat_table(neuron_table({1.25e-12, 1}, 2)).rows[0][1].text == "0.00");
    CHECK(plot::heat_table(neuron_table({1.25e-12, 2e-13}, 2)).rows[0][1].text == "1.25e-12");
    CHECK(plot::heat_table(neuron_table({0, 0}, 2)).rows[0][1].text == "0.00");
}

TEST_CASE("rows beyond the limit are told of") {
    const auto table = plot::heat_table(neuron_table({1, 2, 3, 4, 5, 6}, 2), {.max_rows = 2});
    CHECK(table.rows.size() == 2);
    CHECK(table.notes == std::vector<std::string>{"The first 2 of 3 rows."});
}

TEST_CASE("the rows of a selection as a table, computed columns too") {
    const std::vector<float> scores{0.5F, 2, -3};
    const auto rows = top_k(
        long_table(scores, svdlens::axes({axis("token", std::vector<std::string>{"a", "<b>", "c"})})), 2);
    const auto table = plot::row_table(
        rows,
        {.columns = {"token", "score", "square"},
         .computed = {.numbers = {{"square", [](row_number, double score) { return score * score; }}}}});
    CHECK(table.header == std::vector<std::string>{"token", "score", "square"});
    CHECK(table.rows[0][0].text == "<b>");
    CHECK(table.rows[0][2].text == "4");
    const auto html = to_panel(table).html;
    CHECK(html.find("&lt;b&gt;") != std::string::npos);
    CHECK(html.find("<b>") == std::string::npos);
    CHECK_THROWS_AS(plot::row_table(rows, {.columns = {"head"}}), lookup_error);
    const auto elsewhere = flag("x", svdlens::axes({{"token", 4}}), score() > 0);
    CHECK_THROWS_AS(plot::row_table(rows, {.computed = {.numbers = {elsewhere}}}), argument_error);
}

TEST_CASE("descriptions stand below each other") {
    const std::vector<float> scores{1, 2, 3, std::numeric_limits<float>::quiet_NaN()};
    svdlens::axes axes({{"neuron", 4}});
    axes.set_title("first");
    const auto table = plot::description_table(std::vector{describe(long_table(scores, axes), {0.5})}, "all");
    CHECK(table.header == std::vector<std::string>{"table", "count", "mean", "std", "min", "50%", "max"});
    CHECK(table.rows[0][0].text == "first");
    CHECK(table.rows[0][1].text == "3");
    CHECK(table.rows[0][2].text == "2");
    CHECK(table.notes == std::vector<std::string>{"first: 1 row has no score (NaN)."});
    CHECK(plot::description_table({}, "none").rows.empty());
}

TEST_CASE("words stand at the left, numbers at the right, and a table of no rows says so") {
    const plot::html_table table{
        .title = "t", .header = {"name", "n"}, .rows = {{{"a"}, {"1.5"}}, {{"b"}, {""}}}};
    const auto html = to_panel(table).html;
    CHECK(html.find("<th scope=\"row\" class=\"words\" dir=\"auto\">a</th><td>1.5</td>") !=
          std::string::npos);
    CHECK(to_panel(plot::html_table{.title = "none"}).notes ==
          std::vector<std::string>{"The table has no rows."});
}
