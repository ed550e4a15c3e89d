// Sample pages for the browser tests, each with what a reader has to find on it: NAME.html and
// NAME.expected.json in a folder. What is expected comes from the tables, not from the figures.
//
// A kind of figure is a function that returns samples, and a line in `all_samples`. What `expected` may hold
// is what figures.mjs reads.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "svdlens/core/file_writer.hpp"
#include "svdlens/plot/bar.hpp"
#include "svdlens/plot/page.hpp"

namespace sl = svdlens;
namespace plot = svdlens::plot;
using plot::json;

namespace {

/// A page and what is to be found on it, a JSON object for each of its figures.
struct sample {
    std::string name;
    plot::page page;
    json figures;
    plot::html_options options = {.plotly = plot::script_source::linked("plotly.min.js"),
                                  .vis_network = plot::script_source::linked("vis-network.min.js")};
};

sample one_panel(std::string name, plot::panel panel, json figures) {
    plot::page page{.title = "Sample: " + name, .provenance = "browser tests\nraw"};
    page.sections.push_back({.panels = {std::move(panel)}});
    return {std::move(name), std::move(page), std::move(figures)};
}

/// Marks that are seen: `kind` names a selector of figures.mjs.
json marks(std::string_view kind, std::size_t traces, std::size_t count) {
    return {{"kind", kind}, {"traces", traces}, {"count", count}};
}

/// What the mouse says over a place in an axis' units; a label's place is its number.
json hover(json x, json y, const std::string& text) {
    return {{"x", std::move(x)}, {"y", std::move(y)}, {"text", text}};
}

/// A label that breaks what takes it for markup, a number or a template, and what is seen of it.
struct hostile_label {
    std::string label;
    std::string seen;
};

const std::vector<hostile_label>& hostile_labels() {
    static const std::vector<hostile_label> labels{
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

/// Bars whose labels and lengths are given, each with its hover.
sample bars(std::string name, const std::vector<hostile_label>& labels) {
    std::vector<sl::value_count> counts;
    json expected = {{"marks", {marks("bar", 1, labels.size())}},
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
    const auto figure = plot::bar(counts, {.title = "Bars", .axis_title = "neuron"});
    return one_panel(std::move(name), to_panel(figure), {expected});
}

std::vector<sample> bar_samples() {
    return {bars("bar", {{"L0N1", "L0N1"}, {"L0N0", "L0N0"}, {"L2N178", "L2N178"}}),
            bars("bar_one", {{"L0N1", "L0N1"}}), bars("bar_none", {}), bars("bar_hostile", hostile_labels())};
}

/// A page with what stands around figures, all of it hostile.
sample hostile_page() {
    const std::string hostile =
        "</title><script>document.title='taken'</script> \xd7\xa9\xd7\x9c \xf0\x9f\x98\x80 &lt;";
    auto [name, page, figures, options] = bars("hostile_page", {{"a", "a"}});
    page.title = page.provenance = hostile;
    page.sections[0].heading = page.sections[0].introduction = hostile;
    page.sections[0].panels[0].title = page.sections[0].panels[0].provenance = hostile;
    page.sections[0].panels[0].notes = {hostile};
    page.sections.push_back({.heading = hostile});
    figures[0]["texts"] = {hostile};
    return {name, page, figures, options};
}

/// A report's page: more figures than fit in sight.
sample long_page() {
    sample result{"long_page", {.title = "Sample: long_page"}, json::array()};
    for (int k = 0; k < 12; ++k) {
        auto one = bars("", {{"a", "a"}, {"b", "b"}});
        one.page.sections[0].heading = "Section " + std::to_string(k);
        result.page.sections.push_back(one.page.sections[0]);
        result.figures.push_back(one.figures[0]);
    }
    return result;
}

/// The same page with its scripts from the network, and inside.
std::vector<sample> script_samples(const std::filesystem::path& packages) {
    auto cdn = bars("script_cdn", {{"a", "a"}});
    cdn.options = {};
    auto embedded = bars("script_embedded", {{"a", "a"}});
    embedded.options.plotly = plot::script_source::embedded(packages / "plotly.js-dist-min/plotly.min.js");
    return {cdn, embedded};
}

std::vector<sample> all_samples(const std::filesystem::path& packages) {
    std::vector<sample> all;
    const auto add = [&](std::vector<sample> more) { all.insert(all.end(), more.begin(), more.end()); };
    add(bar_samples());
    add({hostile_page(), long_page()});
    add(script_samples(packages));
    return all;
}

void write(const std::filesystem::path& folder, const sample& s) {
    write_html(folder / (s.name + ".html"), s.page, s.options);
    sl::file_writer file(folder / (s.name + ".expected.json"));
    file.write(json{{"figures", s.figures}}.dump(1));
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
