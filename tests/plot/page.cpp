#include "svdlens/plot/page.hpp"
#include "svdlens/core/error.hpp"
#include "svdlens/core/version.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/plot/figure.hpp"
#include "svdlens/plot/panel.hpp"

using namespace svdlens;
using plot::drawn_by;
using plot::html_options;
using plot::page;
using plot::panel;
using plot::script_source;
using svdlens_tests::read_file;
using svdlens_tests::temporary_directory;

namespace {

const html_options linked{.plotly = script_source::linked("plotly.js"),
                          .vis_network = script_source::linked("vis.js")};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

panel drawn(drawn_by script) {
    return {.title = "", .provenance = "", .notes = {}, .html = "", .script = script};
}

page page_of(panel p) {
    page result{.title = "page"};
    result.sections.push_back({.panels = {std::move(p)}});
    return result;
}

plot::figure titled_figure() {
    plot::figure f;
    f.title = "ecdf";
    f.provenance = "model.safetensors";
    f.notes = {"10 points are not drawn."};
    return f;
}

} // namespace

TEST_CASE("a page says what it is of, and with what it was made") {
    const auto html = to_html(page{.title = "Circuits", .provenance = "model.safetensors\nfolded"});
    CHECK(html.find("<!DOCTYPE html>\n<html lang=\"en\">") == 0);
    CHECK(contains(html, "<meta charset=\"utf-8\">"));
    CHECK(contains(html, "<title>Circuits</title>"));
    CHECK(contains(html, "<h1 dir=\"auto\">Circuits</h1>"));
    CHECK(contains(html,
                   "<details class=\"provenance\"><summary>model.safetensors</summary>\n<div>folded</div>\n"
                   "</details>"));
    CHECK(contains(html, "<footer>svdlens " + std::string(version) + "</footer>"));
    CHECK(html.rfind("</html>\n") == html.size() - 8);
}

TEST_CASE("a style that would end its element is refused, and one that ends nothing is written") {
    for (const std::string style :
         {"a { }</style><script>alert(1)</script>", "</", "a::after { content: '</b>' }"}) {
        CAPTURE(style);
        CHECK_THROWS_AS(to_html(page{.title = "page", .style = style}), argument_error);
    }
    const std::string escaped = "a > b::after { content: '<\\/b>' }";
    CHECK(contains(to_html(page{.title = "page", .style = escaped}), "<style>" + escaped + "</style>"));
}

TEST_CASE("nothing in a page's texts is taken for markup") {
    const std::string hostile = "</title><script>alert(1)</script>\"<!--";
    panel p{.title = hostile, .provenance = hostile, .notes = {hostile}, .html = ""};
    page of{.title = hostile, .provenance = hostile};
    of.sections.push_back({.heading = hostile, .introduction = hostile, .panels = {p}});
    of.sections.push_back({.heading = hostile});
    const auto html = to_html(of);
    CHECK_FALSE(contains(html, "<script>alert"));
    CHECK_FALSE(contains(html, "<!--"));
    // Title, heading, provenance; two list entries and headings; introduction, panel's three.
    CHECK(count(html, "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#34;&lt;!--") == 11);
}

TEST_CASE("the contents lead to the sections that have a heading") {
    page of{.title = "page"};
    of.sections.resize(3);
    of.sections[0].heading = "Spectra";
    of.sections[2].heading = "Scores";
    const auto html = to_html(of);
    CHECK(contains(html, "<li><a href=\"#s0\">Spectra</a></li>\n<li><a href=\"#s2\">Scores</a></li>"));
    for (const std::string id : {"s0", "s1", "s2"}) CHECK(count(html, "id=\"" + id + "\"") == 1);
}

TEST_CASE("one section needs no contents") {
    page of{.title = "page"};
    CHECK_FALSE(contains(to_html(of), "<nav"));
    of.sections.push_back({.heading = "Only"});
    CHECK_FALSE(contains(to_html(of), "<nav"));
}

TEST_CASE("a page loads the scripts that its panels need, and no other") {
    const auto none = to_html(page_of(drawn(drawn_by::html)), linked);
    CHECK_FALSE((contains(none, "plotly.js\"") || contains(none, "vis.js\"")));
    const auto figures = to_html(page_of(drawn(drawn_by::plotly)), linked);
    CHECK(count(figures, "id=\"library-plotly.js\" data-src=\"plotly.js\"></script>") == 1);
    CHECK_FALSE(contains(figures, "vis.js\""));
    const auto network = to_html(page_of(drawn(drawn_by::vis_network)), linked);
    CHECK(count(network, "id=\"library-vis-network\" data-src=\"vis.js\"></script>") == 1);
    CHECK_FALSE(contains(network, "plotly.js\""));
}

TEST_CASE("scripts stand after the text, a figure's panel in its section") {
    page of{.title = "page"};
    of.sections.push_back({.heading = "",
                           .introduction = "",
                           .panels = {to_panel(titled_figure()), to_panel(titled_figure())}});
    const auto html = to_html(of, linked);
    CHECK(count(html, "<figure>") == 2);
    CHECK(count(html, "<div class=\"plot\"") == 2);
    CHECK(count(html, "<p class=\"note\" dir=\"auto\">10 points are not drawn.</p>") == 2);
    CHECK(html.find("</main>") < html.find("plotly.js\""));
    CHECK(count(html, "data-src=\"plotly.js\"") == 1);
}

TEST_CASE("one figure is a page of its name") {
    const temporary_directory folder;
    write_html(folder / "ecdf.html", titled_figure(), linked);
    const auto html = read_file(folder / "ecdf.html");
    CHECK(contains(html, "<h1 dir=\"auto\">ecdf</h1>"));
    CHECK_FALSE(contains(html, "<h3"));
    CHECK(count(html, "model.safetensors</p>") == 1);
}

TEST_CASE("a page without sections is a page") {
    const auto html = to_html(page{.title = ""});
    CHECK(contains(html, "<main>\n</main>"));
    CHECK_FALSE(contains(html, "src="));
}

TEST_CASE("a page on a full disk says so") {
    svdlens_tests::check_full_disk([](const std::filesystem::path& path, std::size_t size) {
        write_html(path, page{.title = std::string(size, 'x')});
    });
}

TEST_CASE("a page that cannot be written leaves what stood there") {
    const temporary_directory folder;
    CHECK_THROWS_AS(write_html(folder / "no/folder.html", page{.title = "x"}), file_error);
    CHECK_THROWS_AS(write_html(folder.path(), page{.title = "x"}), file_error);
    CHECK(std::filesystem::is_empty(folder.path()));
    write_html(folder / "page.html", page{.title = "first"});
    write_html(folder / "page.html", page{.title = "second"});
    CHECK(contains(read_file(folder / "page.html"), "<title>second</title>"));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("sections are linked by their own names, and panels say of which choice they are") {
    panel one{.title = "a", .provenance = "", .notes = {}, .html = "", .choice = "inputs & outputs"};
    page of{.title = "", .provenance = ""};
    of.style = ".mine { color: red; }";
    of.sections.push_back({.heading = "Tables", .panels = {one}, .id = "tables", .choose = "Table"});
    of.sections.push_back({.heading = "Rest"});
    const auto html = to_html(of);
    CHECK(contains(html, "<a href=\"#tables\">Tables</a>"));
    CHECK(contains(html, "<section id=\"tables\" data-choose=\"Table\">"));
    CHECK(contains(html, "<figure data-choice=\"inputs &amp; outputs\">"));
    CHECK(contains(html, "<section id=\"s1\">"));
    CHECK(contains(html, "<style>.mine { color: red; }</style>"));
}
