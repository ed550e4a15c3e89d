#include "svdlens/report/detail/heads_section.hpp"

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
    CHECK(
        has(writer, "and 2,094 more, 1 of them under <a href=\"#tables\">Tables</a>; findings.csv has all"));
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
    CHECK(has(cards, "and 1 more under <a href=\"#tables\">Tables</a></p>"));
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
