#include "svdlens/plot/strip.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/derived_column.hpp"
#include "svdlens/table/long_table.hpp"

using namespace svdlens;
using plot::json;
using svdlens_tests::head_axes;

namespace {

/// 30 million scores that are computed as they are read: sums of digits, but for one row that stands out.
class many_rows {
  public:
    using value_type = float;
    static constexpr std::uint64_t rows = 30'000'000, width = 100'000, outlier = 12'345'678;

    const svdlens::axes& axes() const { return axes_; }
    std::uint64_t max_rows() const { return rows; }
    std::size_t blocks() const { return rows / width; }

    score_block<float> block(std::size_t i, block_buffer<float>& buffer) const {
        buffer.scores.resize(width);
        buffer.starts.assign(1, i * width);
        for (std::size_t k = 0; k < width; ++k)
            buffer.scores[k] = static_cast<float>((i * width + k) * 2654435761U % 1000003) * 1e-6F;
        if (outlier / width == i) buffer.scores[outlier % width] = 9;
        return {buffer.scores.data(), 1, width, width, buffer.starts.data(), nullptr};
    }

  private:
    svdlens::axes axes_ = svdlens::axes({{"head", 30}, {"neuron", 1'000'000}});
};

} // namespace

TEST_CASE("a strip of 30 million rows is a page of a few megabytes with every extreme") {
    const auto f = plot::strip(many_rows(), {.x = "head", .hover = {"head", "neuron", "score"}});
    std::size_t points = 0, outliers = 0;
    for (const auto& trace : f.data)
        for (std::size_t k = 0; k < trace["y"].size(); ++k, ++points)
            if (trace["y"][k] == 9.0)
                outliers += static_cast<std::size_t>(trace["customdata"][k][1] == "345678");
    CHECK(points <= 20'000);
    CHECK(points > 19'000);
    CHECK(outliers == 1);
    CHECK(to_json(f).dump().size() < 2'000'000);
    CHECK(f.notes ==
          std::vector<std::string>{"Drawn are " + to_text(points) +
                                   " of 30000000 rows: the 10 highest and lowest of each of 30 groups and a "
                                   "random sample of the others."});
}

TEST_CASE("a strip has a point for each row: its score, its place, what is said of it") {
    const auto scores = svdlens_tests::random_scores<float>(24, 5);
    const auto table = long_table(scores, head_axes(2, 3, 4));
    const auto f = plot::strip(table, {.x = "head", .color = "layer", .hover = {"head", "neuron", "score"}});
    REQUIRE(f.data.size() == 2);
    std::size_t points = 0;
    for (const auto& trace : f.data) {
        CHECK(trace["type"] == "box");
        CHECK(trace["boxpoints"] == "all");
        CHECK(trace["line"]["color"] == "rgba(0,0,0,0)");
        CHECK(trace["marker"]["color"].get<std::string>().starts_with("#")); // else points are as transparent
        for (std::size_t k = 0; k < trace["y"].size(); ++k, ++points) {
            const auto head = trace["x"][k].get<std::string>();
            const auto layer = static_cast<std::size_t>(head[1] - '0'),
                       number = static_cast<std::size_t>(head[3] - '0');
            const auto neuron = std::stoul(trace["customdata"][k][1].get<std::string>());
            CHECK(trace["y"][k].get<float>() == scores[(layer * 3 + number) * 4 + neuron]);
            CHECK(trace["name"] == std::string(1, head[1]));
            CHECK(trace["customdata"][k][0] == head);
        }
    }
    CHECK(points == 24);
    CHECK(f.data[0]["hovertemplate"] ==
          "head: %{customdata[0]}<br>neuron: %{customdata[1]}<br>score: %{customdata[2]}<extra></extra>");
    CHECK(f.layout["boxmode"] == "overlay"); // no head has two colours
    CHECK(f.layout["xaxis"]["title"]["text"] == "head");
    CHECK(f.layout["xaxis"]["categoryarray"].size() == 6);
}

TEST_CASE("facets are plots side by side and below each other, with the scores of theirs") {
    const auto scores = svdlens_tests::random_scores<float>(24, 6);
    const auto f = plot::strip(long_table(scores, head_axes(2, 3, 4)),
                               {.x = "neuron", .facet_column = "head", .facet_row = "layer"});
    // the column `head` names layers too: a layer has three of the six
    CHECK(f.data.size() == 6);
    std::set<std::string> places;
    for (const auto& trace : f.data) {
        CHECK(trace["y"].size() == 4);
        places.insert(trace["xaxis"].get<std::string>());
    }
    CHECK(places.size() == 6);
    CHECK(f.layout["annotations"].size() == 12);
    CHECK(f.layout["annotations"][0]["text"] == "head: L0H0, layer: 0");
    CHECK(f.layout["annotations"][0]["xref"] == "x domain");
    CHECK(f.layout["xaxis2"]["matches"] == "x");
    CHECK(f.layout["height"] == 670);
}

TEST_CASE("a computed column of another table's rows is refused") {
    const std::vector<float> scores{1, -2, 3, -4};
    const auto table = long_table(scores, svdlens::axes({{"neuron", 4}})),
               other = long_table(scores, svdlens::axes({{"layer", 2}, {"neuron", 2}}));
    const auto strong = flag("strong", other.axes(), score_magnitude() > 2);
    CHECK_NOTHROW(plot::strip(other, {.color = "strong", .computed = {.numbers = {strong}}}));
    CHECK_THROWS_AS(plot::strip(table, {.color = "strong", .computed = {.numbers = {strong}}}),
                    argument_error);
}

TEST_CASE("colours go by computed columns too") {
    const std::vector<float> scores{1, -2, 3, -4};
    const auto table = long_table(scores, svdlens::axes({{"neuron", 4}}));
    const derived_label sign{"sign", [](row_number, double score) { return score > 0 ? "up" : "down"; }};
    const derived_column half{"half", [](row_number row, double) { return row < 2 ? 0.5 : 1.0; }};
    const auto by_label = plot::strip(table, {.color = "sign", .computed = {.labels = {sign}}});
    REQUIRE(by_label.data.size() == 2);
    CHECK(by_label.data[0]["name"] == "down");
    CHECK(by_label.data[0]["y"] == json{-2, -4});
    const auto by_number = plot::strip(table, {.color = "half", .computed = {.numbers = {half}}});
    CHECK(by_number.data[0]["name"] == "0.5");
    CHECK(by_number.data[1]["name"] == "1");
    CHECK(by_number.data[1]["y"] == json{3, -4});
    CHECK(plot::strip(table, {.x = "neuron",
                              .color = "sign",
                              .colors = plot::strip_colors::overlaid,
                              .computed = {.labels = {sign}}})
              .layout["boxmode"] == "overlay");
}

TEST_CASE("a computed number that is NaN is a value of its own") {
    const std::vector<float> scores{1, 2, 3};
    const derived_column odd{"odd", [](row_number row, double) {
                                 return row == 0 ? std::numeric_limits<double>::quiet_NaN()
                                                 : 1.0 / static_cast<double>(row);
                             }};
    const auto f = plot::strip(long_table(scores, svdlens::axes({{"neuron", 3}})),
                               {.color = "odd", .computed = {.numbers = {odd}}});
    REQUIRE(f.data.size() == 3);
    CHECK(f.data[0]["name"] == "0.5");
    CHECK(f.data[1]["name"] == "1");
    CHECK(f.data[2]["name"] == "nan");
    CHECK(f.data[2]["y"] == json{1});
}

TEST_CASE("labels that repeat stay apart, and labels of any bytes stay labels") {
    const std::vector<float> scores{1, 2, 3, 4};
    const auto table = long_table(
        scores,
        svdlens::axes({axis("token", std::vector<std::string>{" the", "</script>", " the", "\xff\"'\n"})}));
    const auto f = plot::strip(table, {.x = "token", .hover = {"token"}});
    CHECK(f.data[0]["x"][0] == " the");
    CHECK(f.data[0]["x"][1] == "&lt;/script&gt;");
    CHECK(f.data[0]["x"][2] == " the #2");
    CHECK(f.data[0]["customdata"][2][0] == " the"); // what is said of a point is its label
}

TEST_CASE("a strip of no rows says so, of one row has one point") {
    const std::vector<float> none;
    const auto empty = plot::strip(long_table(none, svdlens::axes({axis("neuron", std::uint64_t{0})})),
                                   {.x = "neuron", .color = "neuron"});
    CHECK(empty.data.empty());
    CHECK(empty.notes.back().starts_with("There is nothing to draw"));
    const std::vector<float> one{0.1F};
    const auto single = plot::strip(long_table(one, svdlens::axes({{"neuron", 1}})),
                                    {.x = "neuron", .color = "neuron", .facet_row = "neuron"});
    REQUIRE(single.data.size() == 1);
    CHECK(single.data[0]["y"].dump() == "[0.1]"); // the float's digits, not those of its double
    const std::vector<float> nan{std::numeric_limits<float>::quiet_NaN()};
    CHECK(plot::strip(long_table(nan, svdlens::axes({{"neuron", 1}}))).data.empty());
}

TEST_CASE("columns that are not there, and columns of too many values") {
    const auto table =
        long_table(svdlens_tests::random_scores<float>(300, 1), svdlens::axes({{"neuron", 300}}));
    CHECK_THROWS_AS(plot::strip(table, {.x = "head"}), lookup_error);
    CHECK_THROWS_AS(plot::strip(table, {.hover = {"nothing"}}), lookup_error);
    CHECK_THROWS_AS(plot::strip(table, {.color = "neuron"}), argument_error);
}
