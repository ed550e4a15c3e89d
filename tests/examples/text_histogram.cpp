#include "program/text_histogram.hpp"

#include "support/catch.hpp"

using program::text_bars;
using svdlens::score_histogram;

TEST_CASE("a bar a bin, the fullest highest, none a blank") {
    CHECK(text_bars({{0, 1, 2, 3}, {0, 1, 1'000'000}}) == " ▁█");
    CHECK(text_bars({{0, 1}, {1}}) == "█");
    CHECK(text_bars({{0, 1}, {0}}) == " ");
    CHECK(text_bars({}).empty());
}
