/// @file
/// A model's edges and heads as the report tells them.
#ifndef SVDLENS_REPORT_DETAIL_FIND_ANSWERS_HPP
#define SVDLENS_REPORT_DETAIL_FIND_ANSWERS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../../circuit/circuits.hpp"
#include "../../circuit/dead_parts_of.hpp"
#include "../../circuit/found_edges.hpp"
#include "../../circuit/found_pairs.hpp"
#include "../../circuit/head_marks.hpp"
#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../directions/dead_parts.hpp"
#include "../../directions/head_spectra.hpp"
#include "../../directions/singular_directions.hpp"
#include "../../model/transformer_weights.hpp"
#include "../../model/weight_processing.hpp"
#include "../../projection/projection.hpp"
#include "../../significance/factor_alignment.hpp"
#include "../report_options.hpp"
#include "answers.hpp"
#include "find_paths.hpp"

namespace svdlens::inline v0_2::detail {

/// How many found edges a page holds.
inline constexpr std::size_t most_edges_of_a_page = 2000;

/// The score of a kind.
inline double score_of(const score_parts& parts, score_kind kind) {
    switch (kind) {
    case score_kind::dot:
        return parts.dot;
    case score_kind::cosine:
        return parts.cosine;
    case score_kind::scaled:
        return parts.scaled;
    case score_kind::centered_cosine:
        return parts.centered_cosine;
    case score_kind::share:
        break;
    }
    return parts.share.value_or(parts.centered_cosine);
}

/// Where the rows of each family begin in findings.csv, whose first two lines are the provenance and the header.
template <std::floating_point T>
std::unordered_map<const basic_found_family<T>*, std::uint64_t>
first_lines(const basic_found_edges<T>& found) {
    std::unordered_map<const basic_found_family<T>*, std::uint64_t> first;
    std::uint64_t line = 3;
    for (const auto& each : found.families) {
        first[&each] = line;
        line += each.found.size();
    }
    return first;
}

template <std::floating_point T>
found_line line_of(const basic_found_row<T>& row, std::uint64_t first, score_kind kind) {
    const auto& table = row.of->table;
    const auto& axes = row.of->found.rows.axes();
    const auto parts = table.scores.parts(row.row());
    found_line line{.section = row.of->name(),
                    .source = row.label("source"),
                    .target = row.label("target"),
                    .is_read = table.far_end == "source",
                    .head = table.is_of_heads() ? row.label("head") : std::string()};
    const auto& by = row.of->near_end();
    line.role = by.ends_with("_query") ? "query" : by.ends_with("_key") ? "key" : "";
    if (axes.find_axis("target_head")) line.other_head = row.label("target_head");
    line.far_entity = spaced(axes[axes.rank() - 1].name);
    line.score = score_of(parts, kind);
    line.cosine = row.value("cosine");
    line.singular_value = parts.singular_value;
    line.log10_p = row.value("log10_p");
    line.q = row.value("q");
    line.line = first + row.k;
    line.is_doubtful = row.of->found.doubtful();
    return line;
}

template <std::floating_point T>
std::vector<found_line> found_lines(const basic_found_edges<T>& found, score_kind kind) {
    const auto first = first_lines(found);
    std::vector<found_line> lines;
    for (const auto& row : most_significant(found, most_edges_of_a_page))
        lines.push_back(line_of(row, first.at(row.of), kind));
    return lines;
}

/// The heads with their spectra, in the model's order.
template <std::floating_point T>
std::vector<head_line> head_lines(const basic_singular_directions<T>& ov) {
    const auto dead = dead_heads(ov.writing());
    std::vector<head_line> heads;
    for (std::size_t l = 0; l < ov.layers(); ++l)
        for (std::size_t h = 0; h < ov.heads(); ++h) {
            const row_number row = l * ov.heads() + h;
            auto& head = heads.emplace_back(head_line{dead.label_of(row), l, h});
            for (std::size_t k = 0; k < ov.directions(); ++k) {
                head.spectrum.push_back(static_cast<double>(ov.singular_value(l, h, k)));
                head.nulls += ov.is_null(l, h, k) ? 1U : 0U;
            }
            head.is_dead = std::binary_search(dead.rows.begin(), dead.rows.end(), row);
        }
    return heads;
}

/// What the tests of heads say of each, and by which it stands out.
inline void mark_heads(std::vector<head_line>& heads, const marked_heads& marks) {
    for (std::size_t k = 0; k < heads.size(); ++k) heads[k].marked = marks.heads[k];
    for (const auto& each : standing_heads(marks)) {
        std::string words(to_text(each.role));
        if (each.role == head_role::induction) words += " of " + marks.heads[each.row].partner;
        heads[each.row].stands_out.push_back(std::move(words));
    }
}

/// Which edges are whose.
inline void share_edges_out(std::vector<head_line>& heads, const std::vector<found_line>& edges,
                            const std::unordered_map<std::string, head_findings>& counts) {
    std::unordered_map<std::string, head_line*> by_label;
    for (auto& head : heads) {
        by_label[head.label] = &head;
        if (const auto at = counts.find(head.label); at != counts.end()) head.found = at->second;
    }
    for (std::size_t k = 0; k < edges.size(); ++k) {
        const auto& edge = edges[k];
        if (edge.head.empty()) continue;
        auto& head = *by_label.at(edge.head);
        (edge.role == "query"      ? head.query_reads
         : edge.role == "key"      ? head.key_reads
         : edge.is_read            ? head.reads
         : edge.other_head.empty() ? head.writes
                                   : head.feeds)
            .push_back(k);
        if (!edge.other_head.empty()) by_label.at(edge.other_head)->fed_by.push_back(k);
    }
}

/// What of pairs of heads was found, and how each role was tested.
template <std::floating_point T>
void add_pairs(answers& result, const std::vector<basic_found_pairs<T>>& pairs) {
    for (const auto& each : pairs)
        result.pair_families.push_back({std::string(to_text(each.role)), each.tested, each.found[0],
                                        each.found[1], each.reversed, each.reversed_hits[0],
                                        each.reversed_hits[1], each.doubtful(result.q, 0)});
    for (const auto& each : feeding_pairs(pairs, result.q)) {
        if (result.pairs.size() == most_edges_of_a_page) break;
        const auto& pair = *each.pair;
        result.pairs.push_back({pair.composition.source, pair.composition.target,
                                std::string(to_text(each.role)),
                                static_cast<double>(pair.composition.seen_score), pair.share, pair.z,
                                pair.log_p[0] / std::numbers::ln10, pair.q[0]});
    }
}

/// Which pairs are whose, and which community each head is of.
inline void share_pairs_out(answers& result, const head_communities& communities) {
    std::unordered_map<std::string, head_line*> by_label;
    result.communities = communities.count;
    for (std::size_t k = 0; k < result.heads.size(); ++k) {
        by_label[result.heads[k].label] = &result.heads[k];
        result.heads[k].community = communities.of[k];
    }
    for (std::size_t k = 0; k < result.pairs.size(); ++k) {
        by_label.at(result.pairs[k].source)->feeds_heads.push_back(k);
        by_label.at(result.pairs[k].target)->fed_by_heads.push_back(k);
    }
}

/// The heads that matter first: what a control doubts does not count.
inline void rank_heads(std::vector<head_line>& heads) {
    std::stable_sort(heads.begin(), heads.end(), [](const head_line& a, const head_line& b) {
        const auto key = [](const head_line& head) {
            const auto edges = head.found.in + head.found.out - head.found.doubtful;
            const auto pairs = head.feeds_heads.size() + head.fed_by_heads.size();
            return std::tuple(head.is_dead, -static_cast<double>(edges + pairs), -head.largest());
        };
        return key(a) < key(b);
    });
}

inline std::vector<family_line> family_lines_of(const auto& found) {
    std::vector<family_line> lines;
    for (const auto& each : found.families)
        lines.push_back(
            {each.name(), each.found.size(), each.found.tested, each.found.control, each.found.doubtful()});
    return lines;
}

/// Directions of found edges whose singular values are within a hundredth of the next one's: known together only.
inline std::string near_equal_text(const std::vector<head_line>& heads,
                                   const std::vector<found_line>& edges) {
    constexpr double within = 0.01;
    constexpr std::size_t shown = 4;
    std::vector<std::string> pairs;
    std::unordered_set<std::string_view> ends;
    for (const auto& edge : edges) ends.insert({edge.source, edge.target});
    for (const auto& head : heads)
        for (std::size_t k = 0; k + 1 < head.spectrum.size() - head.nulls; ++k) {
            if (head.spectrum[k] - head.spectrum[k + 1] >= within * head.spectrum[k]) continue;
            const auto name = head.label + "." + to_text(k), next = head.label + "." + to_text(k + 1);
            if (ends.contains(name) || ends.contains(next)) pairs.push_back(name + " and ." + to_text(k + 1));
        }
    if (pairs.empty()) return {};
    std::string text = "Near-equal singular values (within 1%): ";
    for (std::size_t k = 0; k < (std::min)(pairs.size(), shown); ++k) text += (k == 0 ? "" : ", ") + pairs[k];
    if (pairs.size() > shown) text += " and " + to_text(pairs.size() - shown) + " more pairs";
    return text + ": only the plane of such two directions is known, not which of them an edge is of.";
}

/// Where random factors' singular values end, on each head's line; whether the heads look untrained: their factors fit
/// each other as random ones do.
template <std::floating_point T>
std::string add_edges_of_chance(std::vector<head_line>& heads, const basic_transformer_weights<T>& weights,
                                const basic_singular_directions<T>& ov, const execution& run) {
    constexpr double usual = 3; // standard deviations
    std::vector<double> z;
    const auto spectra = svdlens::head_spectra(ov_circuits(weights), ov, {}, run);
    for (std::size_t k = 0; k < spectra.size(); ++k) {
        heads[k].product_edge = spectra[k].product_edge;
        heads[k].beyond_edge = spectra[k].beyond_edge;
        if (spectra[k].largest > 0) z.push_back(alignment_of(spectra[k]).z);
    }
    if (z.empty()) return {};
    const auto middle = z.begin() + static_cast<std::ptrdiff_t>(z.size() / 2);
    std::nth_element(z.begin(), middle, z.end());
    if (std::abs(*middle) > usual) return {};
    return "Most heads look random: their W_V and W_O fit each other as factors without any training do "
           "(median z " +
           to_rounded_text(*middle, 2) + "; of trained heads about 20).";
}

template <std::floating_point T>
std::string norms_text(const basic_transformer_weights<T>& weights) {
    if (weights.norm_placement == norm_placement::after)
        return "Norms stand behind each sum and cannot be folded: scores are of the weights as stored.";
    const bool has_norms = weights.normalization == normalization::layer_norm ||
                           weights.normalization == normalization::rms_norm;
    if (has_norms && !weights.processing.contains(weight_step::norms_folded))
        return "Norms are not folded: scores are of the weights as stored, without the gains of the norms.";
    return {};
}

/// What a reader should know before believing anything.
template <std::floating_point T>
std::vector<std::string> alerts_of(const basic_transformer_weights<T>& weights,
                                   const basic_singular_directions<T>& ov, const answers& so_far,
                                   const std::string& looks_random, const report_options& options,
                                   const execution& run) {
    std::vector<std::string> alerts;
    const auto say = [&](std::string text) {
        if (!text.empty()) alerts.push_back(std::move(text));
    };
    std::string doubtful;
    for (const auto& each : so_far.families)
        if (each.is_doubtful) doubtful += (doubtful.empty() ? "" : ", ") + each.name;
    if (!doubtful.empty())
        say("Do not take the findings of " + doubtful +
            " for facts: rows that nothing computes are as improbable, and the decoy rate is above twice the "
            "rate asked for.");
    for (const auto& each : so_far.pair_families)
        if (each.is_doubtful)
            say("Pairs of heads by " + each.role +
                " are left out: so many pairs in reverse order, which nothing "
                "computes, compose as much that they cannot be told from chance.");
    for (const auto& line : so_far.untested) say(line);
    say(looks_random);
    say(norms_text(weights));
    for (const auto& dead : dead_parts_of(weights, ov.writing(), run))
        if (!dead.rows.empty()) say("Dead " + dead.kind + ": " + to_string(dead, 6) + ".");
    if (ov.null_directions() != 0)
        say(to_text(ov.null_directions()) + " of " + to_text(ov.axes().shape_rows()) +
            " OV directions are numerically null space, and left out.");
    say(near_equal_text(so_far.heads, so_far.edges));
    for (const auto& fact : options.facts)
        if (fact.starts_with("left out: ")) say("Left" + fact.substr(4));
    return alerts;
}

template <std::floating_point T>
answers find_answers(const basic_transformer_weights<T>& weights, const basic_singular_directions<T>& ov,
                     const basic_found_edges<T>& found, const std::vector<basic_found_pairs<T>>& pairs,
                     const report_options& options, const execution& run) {
    answers result{found.q, std::string(to_text(found.null)), std::string(to_text(options.score)),
                   found.count(), found.tested()};
    result.families = family_lines_of(found);
    result.untested = found.left_out;
    result.edges = found_lines(found, options.score);
    result.heads = head_lines(ov);
    const auto looks_random = add_edges_of_chance(result.heads, weights, ov, run); // in the model's order
    const auto marks = head_marks(weights, ov, {.offset = options.rotary_offset}, run);
    mark_heads(result.heads, marks);
    result.notes = marks.notes;
    result.paths = path_lines(weights, ov, found, options, run);
    share_edges_out(result.heads, result.edges, findings_of_heads(found));
    add_pairs(result, pairs);
    share_pairs_out(result, communities_of_heads(pairs, ov.layers(), ov.heads(), result.q));
    rank_heads(result.heads);
    result.alerts = alerts_of(weights, ov, result, looks_random, options, run);
    return result;
}

} // namespace svdlens::inline v0_2::detail

#endif
