#include "svdlens/plot/markup.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace svdlens::plot;

TEST_CASE("text for markup has nothing that markup means") {
    CHECK(markup_text("a<b> & \"c\"") == "a&lt;b&gt; &amp; &#34;c&#34;");
    CHECK(markup_text("").empty());
}

TEST_CASE("a sparkline runs from left to right, the largest number at the top") {
    const std::vector<double> numbers{4, 2, 0};
    const auto svg = sparkline(numbers, {.width = 42, .height = 22, .color = "red", .label = "a \"b\""});
    CHECK(svg.find("points=\"1,1 21,11 41,21\"") != std::string::npos);
    CHECK(svg.find("aria-label=\"a &#34;b&#34;\"") != std::string::npos);
    CHECK(svg.find("stroke=\"red\"") != std::string::npos);
}

TEST_CASE("a level is a dashed line among the numbers, and above all of them the top") {
    const std::vector<double> numbers{4, 2, 0};
    const auto at_two = sparkline(numbers, {.width = 42, .height = 22, .level = 2});
    CHECK(at_two.find("<line x1=\"1\" x2=\"42\" y1=\"11\" y2=\"11\"") != std::string::npos);
    CHECK(at_two.find("points=\"1,1 21,11 41,21\"") != std::string::npos);
    const auto at_eight = sparkline(numbers, {.width = 42, .height = 22, .level = 8});
    CHECK(at_eight.find("y1=\"1\" y2=\"1\"") != std::string::npos);
    CHECK(at_eight.find("points=\"1,11 21,16 41,21\"") != std::string::npos);
    CHECK(sparkline(numbers, {.width = 42, .height = 22}).find("<line") == std::string::npos);
}

TEST_CASE("what a sparkline cannot show is at the bottom") {
    const std::vector<double> numbers{std::numeric_limits<double>::quiet_NaN(), -3, 2};
    CHECK(sparkline(numbers, {.width = 42, .height = 22}).find("points=\"1,21 21,21 41,1\"") !=
          std::string::npos);
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}})
        CHECK(sparkline(std::vector<double>(n, 0.0), {.width = 42, .height = 22}).find("nan") ==
              std::string::npos);
}
