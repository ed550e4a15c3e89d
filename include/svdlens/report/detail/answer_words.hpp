/// @file
/// Found edges in words, as HTML.
#ifndef SVDLENS_REPORT_DETAIL_ANSWER_WORDS_HPP
#define SVDLENS_REPORT_DETAIL_ANSWER_WORDS_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../../core/text.hpp"
#include "../../plot/markup.hpp"
#include "../../plot/palette.hpp"
#include "answers.hpp"

namespace svdlens::inline v0_2::detail {

/// A number as tables show it.
inline std::string shown(double value, int digits = 3) { return to_rounded_text(value, digits); }

/// 10^log10, also where double has no such number: `3.4e-320`.
inline std::string power_text(double log10) {
    if (!std::isfinite(log10)) return "0";
    double exponent = std::floor(log10);
    std::string digits = to_rounded_text(std::pow(10, log10 - exponent), 2);
    if (digits == "10") { // 9.96
        digits = "1";
        ++exponent;
    }
    return exponent == 0 ? digits : digits + "e" + to_rounded_text(exponent, 9);
}

/// `16,896`
inline std::string grouped(std::uint64_t count) {
    std::string text = to_text(count);
    for (std::size_t k = text.size(); k > 3; k -= 3) text.insert(k - 3, ",");
    return text;
}

/// Texts with something between them.
inline std::string joined(const std::vector<std::string>& texts, std::string_view between) {
    std::string result;
    for (const auto& text : texts) (result += result.empty() ? "" : between) += text;
    return result;
}

/// `3 edges`, `1 edge`
inline std::string counted(std::uint64_t n, std::string_view one, std::string_view many) {
    return grouped(n) + " " + std::string(n == 1 ? one : many);
}

/// Of findings that the page has no room for.
inline std::string beyond_page(const answers& all, std::uint64_t n) {
    return counted(n, "edge", "edges") + ", none among the " + grouped(all.edges.size()) +
           " most significant that this page holds; findings.csv has all";
}

/// A link to one of the page's tables, with the rows of a head alone.
inline std::string link_to_rows(std::string_view choice, const std::string& filter, std::string_view words) {
    std::string address = "#tables?choice=";
    for (const char c : choice) address += c == ' ' ? '+' : c;
    return "<a href=\"" + address + "&amp;filter=" + plot::markup_text(filter) + "\">" + std::string(words) +
           "</a>";
}

/// A link to the section of the head whose direction a label may be of.
inline std::string linked(std::string_view label, std::string_view head) {
    const auto text = plot::markup_text(label);
    if (head.empty() || !label.starts_with(head)) return "<bdi>" + text + "</bdi>";
    return "<a href=\"#" + plot::markup_text(head) + "\"><bdi>" + text + "</bdi></a>";
}

/// Before a label that is a number alone: what it numbers.
inline std::string entity_of(const std::string& entity, const std::string& label) {
    const bool is_number = label.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? entity + " " : std::string();
}
inline std::string entity_of(const found_line& edge, const std::string& label) {
    return plot::markup_text(entity_of(edge.far_entity, label));
}

/// `token 11 → L1H1.0 → token 11`
inline std::string path_in_words(const path_line& path) {
    auto names = path.names;
    names.front().insert(0, entity_of(path.from, names.front()));
    names.back().insert(0, entity_of(path.to, names.back()));
    return plot::markup_text(joined(names, " \u2192 "));
}

inline std::string source_of(const found_line& edge) {
    return entity_of(edge, edge.source) +
           linked(edge.source, edge.is_read ? std::string_view() : std::string_view(edge.head));
}

inline std::string target_of(const found_line& edge) {
    return entity_of(edge, edge.target) + linked(edge.target, edge.is_read ? edge.head : edge.other_head);
}

/// `L0H3.0 writes to L0N36`
inline std::string edge_in_words(const found_line& edge) {
    const std::string verb = edge.is_read && !edge.role.empty() ? " is read by the " + edge.role + " "
                             : edge.is_read                     ? " is read by "
                             : !edge.other_head.empty()         ? " feeds "
                                                                : " writes to ";
    return source_of(edge) + verb + target_of(edge);
}

/// `L0H1 feeds the key of L1H2`
inline std::string pair_in_words(const pair_line& pair) {
    return linked(pair.source, pair.source) + " feeds the " + pair.role + " of " +
           linked(pair.target, pair.target);
}

/// A rate that may be less than double can say.
inline std::string q_text(double q) { return q == 0 ? std::string("< 1e-307") : shown(q, 2); }

/// `composition 0.41, p 2e-9, q 3e-08`
inline std::string numbers_of(const pair_line& pair) {
    return "composition " + shown(pair.composition) + ", p " + power_text(pair.log10_p) + ", q " +
           q_text(pair.q);
}

/// What the scores of a table are called: those of queries and keys are parts of attention scores, in a unit of their own.
inline std::string unit_of(const std::string& table, const std::string& score) {
    const bool attends = table.ends_with("_query") || table.ends_with("_key");
    return attends ? score + " in attention" : score;
}

/// `scaled 1.2, q 3e-08`
inline std::string numbers_of(const found_line& edge, const std::string& score) {
    return unit_of(edge.section, score) + " " + shown(edge.score) + ", q " + q_text(edge.q);
}

inline std::string color_dot(const head_line& head) {
    return "<span class=\"dot\" style=\"background:" + plot::hue(head.layer, head.head) + "\"></span>";
}

inline std::string spark_of(const head_line& head, double width, double height) {
    return plot::sparkline(
        head.spectrum, {.width = width,
                        .height = height,
                        .color = plot::hue(head.layer, head.head),
                        .label = "spectrum of " + head.label + ", dashed: where that of random factors ends",
                        .level = head.product_edge});
}

} // namespace svdlens::inline v0_2::detail

#endif
