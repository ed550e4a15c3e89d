#include "svdlens/table/derived_column.hpp"

#include <cstddef>
#include <limits>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/print.hpp"
#include "svdlens/table/top_k.hpp"

using namespace svdlens_tests;
namespace sl = svdlens;

TEST_CASE("a flag is 1 where the condition holds, 0 elsewhere and for NaN scores") {
    const auto axes = head_axes(2, 3, 5);
    const auto flag = sl::flag("wanted", axes, sl::column("head") == "L1H2" && sl::score() > 0);
    CHECK(flag.name == "wanted");
    for (sl::row_number row = 0; row < axes.shape_rows(); ++row)
        for (const double score : {-1.0, 0.0, 1.0, std::numeric_limits<double>::quiet_NaN()})
            CHECK(flag.value(row, score) == (row >= 25 && score > 0 ? 1.0 : 0.0));
    REQUIRE_THROWS_AS(sl::flag("x", axes, sl::column("head") == "L9H9"), sl::lookup_error);
    REQUIRE_THROWS_AS(sl::flag("x", axes, sl::column("neck") == 1), sl::lookup_error);
}

TEST_CASE("a flag of a selection is 1 for its rows, in whatever order they come") {
    const auto scores = random_scores<float>(60, 4);
    const auto table = sl::long_table(scores, head_axes(3, 4, 5));
    const auto best = sl::top_k(table, 7);
    const auto flag = sl::flag("best", best);
    std::size_t marked = 0;
    for (sl::row_number row = 0; row < 60; ++row) marked += flag.value(row, 0) == 1.0 ? 1U : 0U;
    CHECK(marked == 7);
    for (const auto row : best.rows()) CHECK(flag.value(row, 0) == 1.0);
    CHECK(sl::flag("none", sl::selection(table.axes(), {}, {})).value(3, 1) == 0.0);
    CHECK(sl::to_string(best, {.rows = 1, .columns = {"best"}, .derived = {flag}}).find('1') !=
          std::string::npos);
}

TEST_CASE("a column of one table's rows is refused for those of another") {
    const auto scores = random_scores<float>(60, 4);
    const auto table = sl::long_table(scores, head_axes(3, 4, 5)),
               turned = sl::long_table(scores, head_axes(4, 3, 5));
    const auto best = sl::flag("best", sl::top_k(table, 7));
    const auto early = sl::flag("early", table.axes(), sl::column("layer") < 1);
    CHECK_NOTHROW(sl::to_string(sl::top_k(table, 3), {.derived = {best, early}}));
    CHECK(
        message_of([&] { sl::to_string(turned, {.derived = {best}}); }) ==
        "print: derived column \"best\": expected rows of one table, found axis \"layer\" of extent 4 and 3");
    CHECK_THROWS_AS(sl::to_string(turned, {.derived = {early}}), sl::argument_error);
    const sl::derived_label sign{"sign", [](sl::row_number, double s) { return s < 0 ? "-" : "+"; }};
    auto bound = sign;
    bound.rows_of = table.axes();
    CHECK_NOTHROW(sl::to_string(turned, {.derived_labels = {sign}}));
    CHECK_NOTHROW(sl::to_string(table, {.derived_labels = {bound}}));
    CHECK_THROWS_AS(sl::to_string(turned, {.derived_labels = {bound}}), sl::argument_error);
    auto renamed = sl::axes({{"layer", 3}, {"head", 4}, {"action", 5}});
    CHECK_THROWS_AS(sl::to_string(sl::long_table(scores, renamed), {.derived = {best}}), sl::argument_error);
}
