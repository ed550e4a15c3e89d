#include "svdlens/plot/panel.hpp"

#include <string>

#include "support/catch.hpp"
#include "svdlens/plot/figure.hpp"

using namespace svdlens;
using plot::drawn_by;
using plot::json;
using plot::panel;

namespace {

struct no_panel {};

static_assert(plot::panel_source<plot::figure>);
static_assert(plot::panel_source<panel>);
static_assert(!plot::panel_source<no_panel>);

/// What stands between two texts.
std::string between(const std::string& text, const std::string& left, const std::string& right) {
    const auto begin = text.find(left) + left.size();
    return text.substr(begin, text.find(right, begin) - begin);
}

} // namespace

TEST_CASE("a figure's panel is an element and its data beside it") {
    plot::figure f;
    f.title = "Scores \"of\" <heads>";
    f.provenance = "model.safetensors";
    f.notes = {"a note"};
    f.data.push_back({{"type", "bar"}, {"x", {"</script><b>"}}});
    const auto p = plot::to_panel(f);
    CHECK(p.script == drawn_by::plotly);
    CHECK(p.title == f.title);
    CHECK(p.provenance == f.provenance);
    CHECK(p.notes == f.notes);
    CHECK(p.html.find("<div class=\"plot\" role=\"img\" aria-label=\"Scores &#34;of&#34; &lt;heads&gt;\" "
                      "style=\"height:450px\">") == 0);
    CHECK(json::parse(between(p.html, "<script type=\"application/json\">", "</script>")) == to_json(f));
}

TEST_CASE("a figure has its height before it is drawn") {
    plot::figure f;
    f.layout["height"] = 900;
    CHECK(plot::to_panel(f).html.find("style=\"height:900px\"") != std::string::npos);
}

TEST_CASE("a panel of one's own is itself") {
    const panel own{.title = "table", .provenance = "", .notes = {}, .html = "<table></table>"};
    const auto p = plot::to_panel(own);
    CHECK(p.title == "table");
    CHECK(p.html == "<table></table>");
    CHECK(p.script == drawn_by::html);
}
