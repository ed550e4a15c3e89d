#include "svdlens/report/detail/heads_section.hpp"

#include <cmath>
#include <cstddef>
#include <string>

#include "support/catch.hpp"
#include "svdlens/report/detail/answers.hpp"
#include "svdlens/report/detail/first_screen.hpp"

namespace sl = svdlens;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Of 5000 found edges the page holds 8, all of them the head L0H0's: 7 that it writes, and one that it feeds.
sl::detail::answers cut_answers() {
    sl::detail::answers all{.q = 0.05, .found = 5000, .tested = 10'000};
    for (int k = 0; k < 8; ++k)
        all.edges.push_back({.section = "s",
                             .source = "L0H0.0",
                             .target = "x",
                             .head = "L0H0",
                             .other_head = k == 7 ? "L1H0" : ""});
    sl::detail::head_line writer{.label = "L0H0", .found = {.out = 3000, .in = 500, .feeds = 900}};
    writer.writes = {0, 1, 2, 3, 4, 5, 6};
    writer.feeds = {7};
    sl::detail::head_line reader{.label = "L1H0", .layer = 1, .found = {.in = 600, .fed_by = 100}};
    reader.fed_by = {7};
    all.heads = {writer, reader, {.label = "L1H1", .layer = 1}};
    return all;
}

} // namespace

TEST_CASE("a head's card counts all that was found, also what the page has no room for") {
    const auto all = cut_answers();
    const auto section = sl::detail::heads_section(all);
    const auto& cards = section.panels.front().html;
    const auto writer = cards.substr(0, cards.find("id=\"L1H0\"")), rest = cards.substr(writer.size());
    CHECK(has(writer, "<h3>reads 500</h3>\n<p class=\"note\">500 edges, none among the 8 most significant"));
    CHECK(has(writer, "<h3>writes to 2,100</h3>"));
    CHECK(has(writer,
              "and 2,094 more, 1 of them under <a "
              "href=\"#tables?choice=found+edges&amp;filter=L0H0.\">Tables</a>; findings.csv has all"));
    CHECK(has(writer, "<h3>feeds 900</h3>"));
    CHECK(has(writer, "and 899 more; findings.csv has all"));
    CHECK_FALSE(has(writer, "is fed by"));
    CHECK(has(rest, "<h3>is fed by 100</h3>"));
    CHECK(has(rest, "<h3>reads 500</h3>"));
    CHECK(has(rest.substr(rest.find("L1H1")), "Nothing of it is beyond chance."));
}

TEST_CASE("a card of a page that holds all says nothing of findings.csv") {
    auto all = cut_answers();
    all.heads[0].found = {.out = 8, .feeds = 1};
    all.heads.resize(1);
    const auto cards = sl::detail::heads_section(all).panels.front().html;
    CHECK(has(cards, "<h3>writes to 7</h3>"));
    CHECK(has(cards,
              "and 1 more under <a href=\"#tables?choice=found+edges&amp;filter=L0H0.\">Tables</a></p>"));
    CHECK_FALSE(has(cards, "findings.csv"));
    CHECK_FALSE(has(cards, "<h3>reads"));
}

TEST_CASE("what feeds what is counted over all that was found") {
    auto all = cut_answers();
    CHECK(has(sl::detail::feeds_text(all), "and 899 more"));
    all.edges.resize(7);
    CHECK(has(sl::detail::feeds_text(all), "900 edges, none among the 7 most significant"));
    all.heads.front().found.feeds = 0;
    CHECK(has(sl::detail::feeds_text(all), "No head is found to feed a later head, by value, query or key."));
}

TEST_CASE("of many heads those of which nothing was found are folded, no card is lost") {
    auto all = cut_answers();
    for (std::size_t k = all.heads.size(); k < 20; ++k)
        all.heads.push_back({.label = "L2H" + std::to_string(k), .layer = 2});
    all.heads[15].stands_out = {"copies"};
    const auto cards = sl::detail::heads_section(all).panels.front().html;
    const auto fold =
        cards.find("<details class=\"silent\"><summary>7 more heads of which nothing was found");
    REQUIRE(fold != std::string::npos);
    for (const auto& head : all.heads) CHECK(has(cards, "id=\"" + head.label + "\""));
    CHECK(cards.find("id=\"L2H11\"") < fold);
    CHECK(cards.find("id=\"L2H12\"") > fold);
    CHECK(cards.find("id=\"L2H15\"") < fold);
    CHECK(has(cards, "stands out: copies"));
}

TEST_CASE("what a control takes back is said, marked, and named behind what it does not") {
    auto all = cut_answers();
    CHECK_FALSE(has(sl::detail::verdict(all), "takes back"));
    all.families = {{.name = "a<b", .found = 4999, .tested = 9000, .is_doubtful = true},
                    {.name = "sound", .found = 1, .tested = 1000}};
    for (auto& edge : all.edges) edge.is_doubtful = true;
    all.edges[7].is_doubtful = false;
    all.heads.front().found.doubtful = 3000;
    const auto verdict = sl::detail::verdict(all);
    CHECK(has(verdict, "It takes back 4,999 edges of a&lt;b</strong>"));
    CHECK_FALSE(has(verdict, "sound"));
    const auto box = sl::detail::edges_box(all);
    const auto first = box.substr(box.find("<ol>"), box.find("</li>") - box.find("<ol>"));
    CHECK(has(first, "feeds"));
    CHECK_FALSE(has(first, "doubtful"));
    CHECK(has(box, "doubtful !"));
    CHECK(has(sl::detail::heads_box(all), "<td>3,000 !</td>"));
}

TEST_CASE("paths that were not found are no finding: of their kind that alone is said") {
    auto all = cut_answers();
    all.paths = {{.section = "embed_to_x", .names = {"1", "L0H0.0", "x"}, .score = 0.5},
                 {.section = "embed_to_y", .names = {"2", "L0H0.0", "y"}, .score = 0.25}};
    auto& test = all.paths[1].test.emplace();
    test.q = 0.0;
    const auto text = sl::detail::paths_text(all);
    CHECK_FALSE(has(text, "0.5"));
    CHECK(has(text, "No path whose every hop is found: <small>embed_to_x;"));
    CHECK(has(text, "0.25, q &lt; 1e-307"));
}

TEST_CASE("powers of ten are rounded to one digit before the point") {
    CHECK(sl::detail::power_text(std::log10(9.96e-15)) == "1e-14");
    CHECK(sl::detail::power_text(std::log10(9.94e-15)) == "9.9e-15");
    CHECK(sl::detail::power_text(std::log10(9.97e-1)) == "1");
    CHECK(sl::detail::power_text(-3033.04) == "9.1e-3034");
}

TEST_CASE("what queries and keys read is in a unit of its own, everywhere") {
    const auto words = [](const char* section) {
        sl::detail::found_line edge{.section = section, .source = "a", .target = "b", .head = "L0H0"};
        edge.score = 2;
        edge.q = 0.01;
        return sl::detail::numbers_of(edge, "scaled");
    };
    CHECK(words("embed_to_ov") == "scaled 2, q 0.01");
    CHECK(words("embed_to_qk_query") == "scaled in attention 2, q 0.01");
    CHECK(words("embed_to_qk_key") == "scaled in attention 2, q 0.01");
}
