// Sample pages for the browser tests, each with what a reader has to find on it: NAME.html and
// NAME.expected.json in a folder. What is expected comes from the tables, not from the figures.
//
// A kind of figure is a function that returns samples, and a line in `all_samples`.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "browser/sample.hpp"
#include "support/random_scores.hpp"
#include "svdlens/core/file_writer.hpp"
#include "svdlens/graph/circuit_graph.hpp"
#include "svdlens/plot/bar.hpp"
#include "svdlens/plot/ecdf.hpp"
#include "svdlens/plot/flow.hpp"
#include "svdlens/plot/grid.hpp"
#include "svdlens/plot/heatmap.hpp"
#include "svdlens/plot/histogram.hpp"
#include "svdlens/plot/html_table.hpp"
#include "svdlens/plot/line.hpp"
#include "svdlens/plot/network.hpp"
#include "svdlens/plot/page.hpp"
#include "svdlens/plot/scatter.hpp"
#include "svdlens/plot/strip.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/pivot.hpp"

namespace sl = svdlens;
namespace plot = svdlens::plot;
using namespace svdlens_tests;

namespace {

/// A label that breaks what takes it for markup, a number or a template, and what is seen of it.
struct shown_label {
    std::string label;
    std::string seen;
};

const std::vector<shown_label>& hostile_labels() {
    static const std::vector<shown_label> labels{
        {"<b>bold</b>", "<b>bold</b>"},
        {"</script><script>document.title='taken'</script>",
         "</script><script>document.title='taken'</script>"},
        {"a \"quoted\" & 'single' &lt; &amp;", "a \"quoted\" & 'single' &lt; &amp;"},
        {"%{y} $x^2$", "%{y} $x^2$"},
        {"007", "007"},
        {"7", "7"},
        {"2024-01-01", "2024-01-01"},
        {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"}, // right to left
        {"\xf0\x9f\x98\x80 \xc3\xa9", "\xf0\x9f\x98\x80 \xc3\xa9"},               // emoji, accent
        {"broken \xff!", "broken \xef\xbf\xbd!"},
        {"twice", "twice"},
        {"twice", "twice #11"},
        {"line\nbreak", "line break"},
        {"", "(empty)"},
        {std::string(200, 'w'), std::string(59, 'w') + "\xe2\x80\xa6"},
    };
    return labels;
}

std::vector<std::string> names_of(const std::vector<shown_label>& labels) {
    std::vector<std::string> names;
    for (const auto& [label, seen] : labels) names.push_back(label);
    return names;
}

// ---- tables

constexpr std::size_t layers = 2, heads = 3, neurons = 8;

/// Scores of two decimals, all different, so that what is seen of them is exact.
std::vector<double> short_scores(std::size_t count) {
    std::vector<double> scores;
    const auto random = random_scores<double>(count, 1);
    for (std::size_t k = 0; k < count; ++k) {
        double score = std::round(random[k] * 100) / 100;
        while (std::find(scores.begin(), scores.end(), score) != scores.end())
            score = std::round(score * 100 + 1) / 100;
        scores.push_back(score);
    }
    return scores;
}

/// The scores of heads and neurons; head k of all has those from k * neurons on.
sl::basic_long_table<double> head_table() {
    auto axes = head_axes(layers, heads, neurons);
    axes.set_title("ov_to_mlp_in");
    axes.set_provenance("model.safetensors");
    return sl::long_table(short_scores(layers * heads * neurons), axes);
}

std::string head_name(std::size_t k) {
    return "L" + std::to_string(k / heads) + "H" + std::to_string(k % heads);
}

json head_names() {
    json names = json::array();
    for (std::size_t k = 0; k < layers * heads; ++k) names.push_back(head_name(k));
    return names;
}

std::string number_text(double value) { return sl::to_rounded_text(value, 6); }

// ---- kinds

/// Bars whose labels are given, each with its hover.
sample bars(std::string name, const std::vector<shown_label>& labels) {
    std::vector<sl::value_count> counts;
    json expected = {{"marks", json::array({marks("bar", 1, labels.size())})},
                     {"x_title", "neuron"},
                     {"y_title", "rows"},
                     {"x_labels", json::array()},
                     {"hovers", json::array()}};
    for (std::size_t k = 0; k < labels.size(); ++k) {
        const std::size_t count = 3 * (labels.size() - k);
        counts.push_back({labels[k].label, count, k});
        expected["x_labels"].push_back(labels[k].seen);
        expected["hovers"].push_back(
            hover(k, static_cast<double>(count) / 2, labels[k].seen + ": " + std::to_string(count)));
    }
    return one_figure(std::move(name), plot::bar(counts, {.title = "Bars", .axis_title = "neuron"}),
                      expected);
}

std::vector<sample> bar_samples() {
    return {
        bars("bar", {{"L0N1", "L0N1"}, {"L0N0", "L0N0"}, {"L2N178", "L2N178"}}),
        bars("bar_one", {{"L0N1", "L0N1"}}), bars("bar_hostile", hostile_labels()),
        one_figure("bar_none", plot::bar({}),
                   {{"marks", json::array({marks("bar", 0, 0)})}, {"texts", {"There is nothing to draw"}}})};
}

/// A point a row, in strips that can be seen; the hover of each head's highest score.
sample strips(std::string name, const plot::strip_options& options, std::size_t traces) {
    const auto table = head_table();
    json expected = {{"marks", json::array({marks("strip", traces, table.size())})},
                     {"x_title", "head"},
                     {"y_title", "score"},
                     {"x_labels", head_names()}};
    for (std::size_t k = 0; k < layers * heads; ++k) {
        const auto first = table.values().begin() + static_cast<std::ptrdiff_t>(k * neurons);
        const auto highest = std::max_element(first, first + neurons);
        expected["hovers"].push_back(hover_mark("strip", k, *highest,
                                                "head: " + head_name(k) +
                                                    "neuron: " + std::to_string(highest - first) +
                                                    "score: " + number_text(*highest)));
    }
    return one_figure(std::move(name), plot::strip(table, options), expected);
}

/// Facets of layers, and rows that have no place.
sample faceted_strips() {
    auto scores = short_scores(layers * heads * neurons);
    scores[0] = std::numeric_limits<double>::quiet_NaN();
    scores[1] = std::numeric_limits<double>::infinity();
    const auto table = sl::long_table(scores, head_axes(layers, heads, neurons));
    const auto figure = plot::strip(table, {.x = "head", .facet_column = "layer"});
    return one_figure("strip_facets", figure,
                      {{"marks", json::array({marks("strip", layers, table.size() - 2)})},
                       {"annotations", {"layer: 0", "layer: 1"}},
                       {"texts", {"1 row has no score (NaN).", "1 row has an infinite score: not drawn."}}});
}

std::vector<sample> strip_samples() {
    const std::vector<std::string> said{"head", "neuron", "score"};
    auto one = strips("strip", {.x = "head", .hover = said}, 1);
    auto colored = strips("strip_colored", {.x = "head", .color = "layer", .hover = said}, layers);
    colored.figures[0]["legend"] = {"0", "1"};
    const auto hostile = hostile_labels();
    const auto table =
        sl::long_table(short_scores(hostile.size()), {hostile.size()}, {{"token", names_of(hostile)}});
    json seen = {{"marks", json::array({marks("strip", 1, hostile.size())})}, {"x_labels", json::array()}};
    for (std::size_t k = 0; k < hostile.size(); ++k) {
        seen["x_labels"].push_back(hostile[k].seen);
        if (hostile[k].label == "twice") continue; // whose index a hover need not say
        seen["hovers"].push_back(hover_mark("strip", k, table.score_at(k), "token: " + hostile[k].seen));
    }
    return {one, colored, faceted_strips(),
            one_figure("strip_hostile", plot::strip(table, {.x = "token", .hover = {"token"}}), seen)};
}

/// A stair a head; the hover of each head's median step.
std::vector<sample> ecdf_samples() {
    const auto table = head_table();
    json expected = {{"marks", json::array({marks("line", layers * heads, layers * heads)})},
                     {"x_title", "score"},
                     {"y_title", "share of scores at most this"},
                     {"legend", head_names()}};
    for (std::size_t k = 0; k < layers * heads; ++k) {
        const auto first = table.values().begin() + static_cast<std::ptrdiff_t>(k * neurons);
        std::vector<double> sorted(first, first + neurons);
        std::sort(sorted.begin(), sorted.end());
        const double share = 5.0 / neurons;
        expected["hovers"].push_back(
            hover(sorted[4], share, "0.6250 of the scores are at most " + number_text(sorted[4])));
        expected["hovers"].back()["name"] = head_name(k);
    }
    const auto one = sl::long_table(std::vector<double>{0.5}, {1}, {{"head"}});
    const auto none = sl::long_table(std::vector<double>{}, {0}, {{"head"}});
    return {
        one_figure("ecdf", plot::ecdf(table, {.color = "head"}), expected),
        one_figure("ecdf_one", plot::ecdf(one), {{"marks", json::array({marks("point", 1, 1)})}}),
        one_figure("ecdf_none", plot::ecdf(none),
                   {{"marks", json::array({marks("line", 0, 0)})}, {"texts", {"There is nothing to draw"}}})};
}

/// Bins of width 1, counted one by one.
sample histogram_sample() {
    const std::vector<double> scores{0, 0.5, 0.75, 1, 1.5, 2.25, 2.5, 2.75, 3.5, 4};
    const std::vector<std::size_t> counts{3, 2, 3, 2};
    const auto table = sl::long_table(scores, {scores.size()}, {{"neuron"}});
    json expected = {
        {"marks", json::array({marks("bar", 1, counts.size())})}, {"x_title", "score"}, {"y_title", "rows"}};
    for (std::size_t k = 0; k < counts.size(); ++k)
        expected["hovers"].push_back(
            hover(static_cast<double>(k) + 0.5, static_cast<double>(counts[k]) / 2,
                  std::to_string(k) + " to " + std::to_string(k + 1) + ": " + std::to_string(counts[k])));
    return one_figure("histogram", plot::histogram(table, {.bins = counts.size()}), expected);
}

/// A line a head along the neurons; one has a gap, and so two pieces.
sample line_sample() {
    auto scores = short_scores(layers * heads * neurons);
    for (std::size_t k = 0; k < scores.size(); ++k) // lines apart, so that the mouse is over one point
        scores[k] = std::round(scores[k] * 100 + 600.0 * static_cast<double>(k / neurons)) / 100;
    scores[3] = std::numeric_limits<double>::quiet_NaN();
    const auto table = sl::long_table(scores, head_axes(layers, heads, neurons));
    json expected = {{"marks", json::array({marks("line", layers * heads, layers * heads + 1),
                                            marks("point", layers * heads, scores.size() - 1)})},
                     {"x_title", "neuron"},
                     {"y_title", "score"},
                     {"legend", head_names()}};
    for (std::size_t k = 0; k < layers * heads; ++k) {
        expected["hovers"].push_back(
            hover(5, scores[k * neurons + 5], "5: " + number_text(scores[k * neurons + 5])));
        expected["hovers"].back()["name"] = head_name(k);
    }
    return one_figure("line", plot::line(table, {.x = "neuron", .color = "head"}), expected);
}

/// Two neurons' scores of each head against each other.
std::vector<sample> scatter_samples() {
    const auto table = head_table();
    const auto wide = pivot(table, sl::by("head"), sl::by("neuron"), sl::aggregates::single{});
    const plot::scatter_options options{.x = "2", .y = "4", .color = "head"};
    json expected = {{"marks", json::array({marks("point", layers * heads, layers * heads)})},
                     {"x_title", "2"},
                     {"y_title", "4"},
                     {"legend", head_names()}};
    for (std::size_t k = 0; k < layers * heads; ++k) {
        const double x = table.score_at(k * neurons + 2), y = table.score_at(k * neurons + 4);
        expected["hovers"].push_back(
            hover(x, y, head_name(k) + "2: " + number_text(x) + "4: " + number_text(y)));
    }
    const auto figure = plot::scatter(wide, options);
    return {one_figure("scatter", figure, expected),
            one_figure("scatter_diagonal", plot::with_diagonal(figure), expected)};
}

/// A cell a head and neuron.
sample heatmap_sample() {
    const auto table = head_table();
    const auto wide = pivot(table, sl::by("head"), sl::by("neuron"), sl::aggregates::single{});
    json expected = {
        {"marks", json::array({marks("heatmap", 1, 1)})}, {"x_title", "neuron"}, {"y_title", "head"}};
    for (std::size_t k = 0; k < layers * heads; ++k)
        for (std::size_t n = k % 3; n < neurons; n += 3)
            expected["hovers"].push_back(hover(n, k,
                                               head_name(k) + ", " + std::to_string(n) + ": " +
                                                   number_text(table.score_at(k * neurons + n))));
    return one_figure("heatmap", plot::heatmap(wide), expected);
}

/// The same cells as plain HTML.
sample heat_table_sample() {
    const auto table = head_table();
    const auto wide = pivot(table, sl::by("head"), sl::by("neuron"), sl::aggregates::single{});
    json cells = json::array({json::array({"head", "0", "1", "2", "3", "4", "5", "6", "7"})});
    for (std::size_t k = 0; k < layers * heads; ++k) {
        json& line = cells.emplace_back(json::array({head_name(k)}));
        for (std::size_t n = 0; n < neurons; ++n) line.push_back(table.score_at(k * neurons + n));
    }
    auto result = one_panel("heat_table", plot::heat_table(wide));
    result.tables.push_back(cells);
    return result;
}

/// Two maps of 3 x 2 places: feature = (map * width + x) * height + y.
sample grid_sample() {
    const std::size_t width = 3, height = 2;
    const auto scores = short_scores(2 * width * height);
    const auto table = sl::long_table(scores, {scores.size()}, {{"feature"}});
    json expected = {{"marks", json::array({marks("heatmap", 2, 2)})},
                     {"annotations", {"object", "<color>"}}};
    for (const std::size_t map : {0U, 1U})
        for (std::size_t x = 0; x < width; ++x)
            for (std::size_t y = 0; y < height; ++y) {
                json said = hover(x, y,
                                  std::string(map == 0 ? "object" : "<color>") + " (" + std::to_string(x) +
                                      "," + std::to_string(y) +
                                      "): " + number_text(scores[(map * width + x) * height + y]));
                said["subplot"] = map == 0 ? "" : "2";
                expected["hovers"].push_back(said);
            }
    return one_figure("grid",
                      plot::grid(table, {.width = width, .height = height, .maps = {"object", "<color>"}}),
                      expected);
}

/// Rows of hostile labels as plain HTML.
sample row_table_sample() {
    const auto& labels = hostile_labels();
    const auto scores = short_scores(labels.size());
    const auto table = sl::long_table(scores, {labels.size()}, {{"token", names_of(labels)}});
    auto result = one_panel("row_table", plot::row_table(table, {.columns = {"token", "score"}}));
    json cells = json::array({json::array({"token", "score"})});
    for (std::size_t k = 0; k < labels.size(); ++k) {
        const bool is_as_it_is =
            labels[k].label.size() <= 200 && labels[k].label.find('\xff') == std::string::npos;
        const bool is_twice = labels[k].label == "twice" || labels[k].label.empty();
        cells.push_back({is_as_it_is || is_twice ? labels[k].label : labels[k].seen, scores[k]});
    }
    result.tables.push_back(cells);
    return result;
}

/// Directions to neurons and tokens to directions, the token hostile.
sample network_sample() {
    const std::string token = "</script><b>\"red\" & \xd7\xa9";
    sl::axes read(
        {{"token", std::vector<std::string>{token, "green"}}, {"layer", 2}, {"head", 2}, {"direction", 3}},
        {{"source", "{token}", "token"}, {"target", "L{layer}H{head}.{direction}", "direction"}});
    sl::axes write({{"target_layer", 2}, {"layer", 2}, {"head", 2}, {"direction", 3}, {"neuron", 4}},
                   {{"source", "L{layer}H{head}.{direction}", "direction"},
                    {"target", "L{target_layer}N{neuron}", "neuron"}});
    read.set_title("embed_to_ov");
    write.set_title("ov_to_mlp_in");
    const auto row = [](const sl::axes& axes, std::vector<std::uint64_t> index) { return axes.row(index); };
    const sl::selection reading(read, {row(read, {0, 0, 1, 2}), row(read, {1, 1, 0, 0})}, {2.0F, -1.0F});
    const sl::selection writing(
        write, {row(write, {0, 0, 1, 2, 1}), row(write, {1, 0, 1, 2, 3}), row(write, {1, 1, 0, 0, 0})},
        {1.0F, -0.5F, 0.25F});
    const auto graph = sl::circuit_graph(reading, writing);
    const json expected = {{"nodes", 7}, {"edges", 5}, {"finds", {{"RED", token}, {"l1n3", "L1N3"}}}};
    return one_figure("network", plot::network(graph), {{"network", expected}});
}

/// From left to right: two tokens of one label, and one that is called as a direction is; a table that leads to nodes.
sample flow_sample() {
    sl::axes read({{"token", std::vector<std::string>{"same", "same", "L0H1.2"}},
                   {"layer", 2},
                   {"head", 2},
                   {"direction", 3}},
                  {{"source", "{token}", "token"}, {"target", "L{layer}H{head}.{direction}", "direction"}});
    read.set_title("embed_to_ov");
    const std::vector<sl::row_number> rows{
        read.row(std::vector<std::uint64_t>{0, 0, 1, 0}), read.row(std::vector<std::uint64_t>{0, 0, 1, 2}),
        read.row(std::vector<std::uint64_t>{1, 0, 1, 2}), read.row(std::vector<std::uint64_t>{2, 1, 0, 0})};
    const auto graph = sl::circuit_graph(sl::selection(read, rows, {4.0F, -3.0F, 2.0F, 1.0F}));
    auto result =
        one_figure("flow", plot::flow(graph), {{"flow", {"L0H1", "L0H1.2", "L1H0", "same", "same"}}});
    const plot::html_table table{.title = "Edges",
                                 .header = {"source", "target"},
                                 .rows = {{{"same"}, {"L0H1.0"}}, {{"L0H1.2"}, {"L1H0.0"}}}};
    result.page.sections.push_back({.heading = "Table", .panels = {to_panel(table)}});
    json cells = json::array();
    for (const auto& [source, target] :
         {std::pair("source", "target"), {"same", "L0H1.0"}, {"L0H1.2", "L1H0.0"}})
        cells.push_back(json::array({source, target}));
    result.tables.push_back(std::move(cells));
    return result;
}

// ---- pages

/// A page with what stands around figures, all of it hostile.
sample hostile_page() {
    const std::string hostile =
        "</title><script>document.title='taken'</script> \xd7\xa9\xd7\x9c \xf0\x9f\x98\x80 &lt;";
    auto result = bars("hostile_page", {{"a", "a"}});
    auto& [title, provenance, sections, style] = result.page;
    title = provenance = sections[0].heading = sections[0].introduction = hostile;
    style = ".none { color: red }";
    sections[0].panels[0].title = sections[0].panels[0].provenance = hostile;
    sections[0].panels[0].notes = {hostile};
    sections.push_back({.heading = hostile});
    result.figures[0]["texts"] = {hostile};
    return result;
}

/// A report's page: more figures than fit in sight.
sample long_page() {
    sample result{.name = "long_page"};
    result.page.title = "Sample: long_page";
    for (int k = 0; k < 12; ++k) {
        auto one = bars("", {{"a", "a"}, {"b", "b"}});
        one.page.sections[0].heading = "Section " + std::to_string(k);
        result.page.sections.push_back(one.page.sections[0]);
        result.figures.push_back(one.figures[0]);
        result.figures.back().erase("hovers");
    }
    return result;
}

/// A figure and a network whose scripts come from the network, or are inside.
std::vector<sample> script_samples(const std::filesystem::path& packages) {
    auto cdn = bars("script_cdn", {{"a", "a"}});
    const auto network = network_sample();
    cdn.page.sections.push_back(network.page.sections[0]);
    cdn.figures.push_back(network.figures[0]);
    auto embedded = cdn;
    cdn.options = {};
    embedded.name = "script_embedded";
    embedded.options = {
        .plotly = plot::script_source::embedded(packages / "plotly.js-dist-min/plotly.min.js"),
        .vis_network =
            plot::script_source::embedded(packages / "vis-network/standalone/umd/vis-network.min.js")};
    return {cdn, embedded};
}

/// Samples below each other on one page: most of the time that a page takes is that of its scripts.
sample together(std::string name, const std::vector<sample>& samples) {
    sample result{.name = name};
    result.page.title = "Sample: " + name;
    for (const auto& one : samples) {
        result.page.sections.push_back(one.page.sections[0]);
        result.page.sections.back().heading = one.name;
        result.figures.insert(result.figures.end(), one.figures.begin(), one.figures.end());
        result.tables.insert(result.tables.end(), one.tables.begin(), one.tables.end());
    }
    return result;
}

std::vector<sample> all_samples(const std::filesystem::path& packages) {
    std::vector<sample> all{together("bars", bar_samples()),
                            together("strips", strip_samples()),
                            together("ecdfs", ecdf_samples()),
                            together("scatters", scatter_samples()),
                            together("numbers", {histogram_sample(), line_sample()}),
                            together("maps", {heatmap_sample(), grid_sample()}),
                            together("tables", {heat_table_sample(), row_table_sample()}),
                            network_sample(),
                            flow_sample(),
                            hostile_page(),
                            long_page()};
    for (const auto& page : script_samples(packages)) all.push_back(page);
    return all;
}

void write(const std::filesystem::path& folder, const sample& s) {
    write_html(folder / (s.name + ".html"), s.page, s.options);
    sl::file_writer file(folder / (s.name + ".expected.json"));
    file.write(json{{"figures", s.figures}, {"tables", s.tables}}.dump(1, ' ', false,
                                                                       json::error_handler_t::replace));
    file.commit();
}

} // namespace

int main(int count, char** arguments) try {
    if (count != 3) {
        std::cerr << "usage: browser_pages FOLDER NODE_MODULES\n";
        return 2;
    }
    std::filesystem::create_directories(arguments[1]);
    for (const auto& s : all_samples(arguments[2])) write(arguments[1], s);
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
