/// @file
/// The bodies of circuit/compare_checkpoints.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_COMPARE_CHECKPOINTS_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_COMPARE_CHECKPOINTS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/dead_parts.hpp"
#include "../../../directions/factored_difference.hpp"
#include "../../../directions/factored_set.hpp"
#include "../../../directions/matched_directions.hpp"
#include "../../../directions/similarity.hpp"
#include "../../../directions/singular_directions.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../../significance/log_p_of_overlap.hpp"
#include "../../circuits.hpp"
#include "../../compare_checkpoints.hpp"
#include "../other_heads.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY double head_change::relative() const {
    if (change == 0) return 0;
    return norm_before == 0 ? std::numeric_limits<double>::infinity() : change / norm_before;
}

SVDLENS_BODY double weight_change::relative() const {
    if (change == 0) return 0;
    return norm_before == 0 ? std::numeric_limits<double>::infinity() : change / norm_before;
}

SVDLENS_BODY bool basis_evidence::is_shared() const {
    const auto twice_the_control = 2 * static_cast<double>(other_hits) * static_cast<double>(matched);
    return hits != 0 && static_cast<double>(hits) * static_cast<double>(other_matched) >= twice_the_control;
}

template <std::floating_point T>
const direction_match* basic_circuit_change<T>::match_of(std::size_t layer, std::size_t head,
                                                         std::size_t direction) const {
    const auto place = [](const direction_match& m) { return std::array{m.layer, m.head, m.direction}; };
    const std::array asked{layer, head, direction};
    const auto at = std::lower_bound(matches.begin(), matches.end(), asked,
                                     [&](const auto& m, const auto& key) { return place(m) < key; });
    return at == matches.end() || place(*at) != asked ? nullptr : &*at;
}

namespace detail {

/// What two models are compared by: name and value.
using model_fact = std::pair<std::string, std::string>;

template <std::floating_point T>
std::vector<model_fact> size_facts(const basic_transformer_weights<T>& w) {
    const auto& s = w.sizes;
    return {{"n_layers", to_text(s.n_layers)},
            {"n_heads", to_text(s.n_heads)},
            {"n_key_value_heads", to_text(s.n_key_value_heads)},
            {"d_model", to_text(s.d_model)},
            {"d_head", to_text(s.d_head)},
            {"d_mlp", to_text(s.d_mlp)},
            {"d_vocab", to_text(s.d_vocab)},
            {"n_experts", to_text(s.n_experts)},
            {"d_expert", to_text(s.d_expert)},
            {"d_shared", to_text(s.d_shared)}};
}

inline std::string yes_or_no(bool is) { return is ? "yes" : "no"; }

inline std::string norm_kind_text(normalization norms) {
    switch (norms) {
    case normalization::none:
        return "none";
    case normalization::layer_norm:
        return "LayerNorm";
    case normalization::layer_norm_folded:
        return "LayerNorm, folded in the file";
    case normalization::rms_norm:
        return "RMSNorm";
    case normalization::rms_norm_folded:
        break;
    }
    return "RMSNorm, folded in the file";
}

inline std::string placement_text(norm_placement placement) {
    switch (placement) {
    case norm_placement::before:
        return "before attention and MLP";
    case norm_placement::after:
        return "behind each sum";
    case norm_placement::both:
        return "before and behind attention and MLP";
    case norm_placement::written:
        break;
    }
    return "behind attention and MLP";
}

/// What an embedding's or a predictor's rows are: name, count and labels.
template <std::floating_point T>
std::string rows_text(const basic_named_matrix<T>& extra) {
    std::string text = extra.name + " with " + to_text(extra.vectors.rows()) + " rows";
    for (const auto& label : extra.labels) text += " " + label;
    return text;
}

template <std::floating_point T>
std::string extras_text(const basic_transformer_weights<T>& w) {
    std::string text;
    for (const auto& each : w.extras) text += (text.empty() ? "" : "; ") + rows_text(each);
    return text.empty() ? "none" : text;
}

inline std::string joined_steps(const weight_steps& steps) {
    std::string text;
    for (const auto& each : steps.texts()) text += (text.empty() ? "" : ", ") + each;
    return text.empty() ? "weights as stored" : text;
}

template <std::floating_point T>
std::vector<model_fact> kind_facts(const basic_transformer_weights<T>& w) {
    return {{"processing", joined_steps(w.processing)},
            {"norms", norm_kind_text(w.normalization)},
            {"norms standing", placement_text(w.norm_placement)},
            {"parallel blocks", yes_or_no(w.block_order == block_order::parallel)},
            {"gated MLP", yes_or_no(w.is_gated())},
            {"rotary positions", yes_or_no(w.is_rotary())},
            {"normalised queries and keys", yes_or_no(w.has_qk_norm)},
            {"embedding", yes_or_no(w.has_embed())},
            {"unembedding", yes_or_no(w.has_unembed())},
            {"other matrices", extras_text(w)}};
}

inline void require_same_facts(const std::string& before, const std::string& after,
                               const std::vector<model_fact>& expected, const std::vector<model_fact>& found,
                               errc code) {
    for (std::size_t k = 0; k < expected.size(); ++k)
        if (expected[k] != found[k])
            throw model_error(code, after + ": cannot be compared with " + before + ": expected " +
                                        expected[k].first + ": " + expected[k].second + ", found " +
                                        found[k].second +
                                        "; name two checkpoints of one model, processed alike");
}

} // namespace detail

template <std::floating_point T>
void require_comparable(const basic_transformer_weights<T>& before,
                        const basic_transformer_weights<T>& after) {
    detail::require_same_facts(before.file, after.file, detail::size_facts(before), detail::size_facts(after),
                               errc::wrong_shape);
    detail::require_same_facts(before.file, after.file, detail::kind_facts(before), detail::kind_facts(after),
                               errc::unsupported_model);
}

namespace detail {

/// Σ S² of the directions of a head that are more than null space.
template <std::floating_point T>
double energy_of(const basic_singular_directions<T>& of, std::size_t layer, std::size_t head,
                 std::size_t& directions) {
    double sum = 0;
    for (directions = 0; directions < of.directions() && !of.is_null(layer, head, directions); ++directions) {
        const auto s = static_cast<double>(of.singular_value(layer, head, directions));
        sum += s * s;
    }
    return sum;
}

template <std::floating_point T>
head_change change_of(const basic_circuit_change<T>& all, std::size_t k) {
    const std::size_t heads = all.before.set.heads();
    head_change result{.layer = k / heads, .head = k % heads};
    std::size_t rank = 0;
    const auto norm = [&](const basic_decomposed_set<T>& of) {
        return std::sqrt(energy_of(of.directions, result.layer, result.head, rank));
    };
    result.norm_before = norm(all.before);
    result.norm_after = norm(all.after);
    const auto& change = all.change.directions;
    const double energy = energy_of(change, result.layer, result.head, result.directions);
    result.change = std::sqrt(energy);
    if (energy == 0) return result;
    const auto first = static_cast<double>(change.singular_value(result.layer, result.head, 0));
    result.first_share = first * first / energy;
    return result;
}

template <std::floating_point T>
void mark_dead_heads(basic_circuit_change<T>& all) {
    if (all.before.directions.directions() == 0) return;
    const auto before = dead_heads(all.before.directions.left()).rows;
    const auto after = dead_heads(all.after.directions.left()).rows;
    for (std::size_t k = 0; k < all.heads.size(); ++k)
        all.heads[k].dead = std::binary_search(before.begin(), before.end(), k) &&
                            std::binary_search(after.begin(), after.end(), k);
}

/// The dimensions that directions of a side live in.
template <std::floating_point T>
std::size_t dimension_of(const basic_vector_set<T>& side) {
    return side.d_model() - (side.centered && side.d_model() > 1 ? 1 : 0);
}

/// ln p of every match, in parallel.
template <std::floating_point T>
std::vector<double> log_p_of_matches(const basic_singular_directions<T>& of,
                                     const std::vector<direction_match>& matches, const execution& run) {
    std::vector<double> result(matches.size());
    const std::size_t left = dimension_of(of.left()), right = dimension_of(of.right());
    constexpr std::size_t each = 64;
    const auto compute = [&](std::size_t i, char&) {
        for (std::size_t k = i * each; k < (std::min)(matches.size(), (i + 1) * each); ++k)
            result[k] = log_p_of_overlap(std::clamp(matches[k].overlap(), -1.0, 1.0), left, right);
    };
    const execution quietly = without_progress(run);
    for_blocks<char>((matches.size() + each - 1) / each, matches.size(), quietly, compute);
    return result;
}

template <std::floating_point T>
basic_decomposed_set<T> decomposed(basic_factored_set<T> set, const execution& run) {
    auto directions = singular_directions(set, run);
    return {std::move(set), std::move(directions)};
}

} // namespace detail

template <std::floating_point T>
basic_circuit_change<T> compare_circuits(const basic_factored_set<T>& before,
                                         const basic_factored_set<T>& after, const execution& run) {
    auto change = factored_difference(before, after, run); // refuses what does not fit
    basic_circuit_change<T> all{detail::decomposed(before, part_of(run, 0, 0.2)),
                                detail::decomposed(after, part_of(run, 0.2, 0.4)),
                                detail::decomposed(std::move(change), part_of(run, 0.4, 0.9)),
                                {},
                                {},
                                {}};
    const auto cosines = frobenius_cosine(before, after, detail::without_progress(run));
    for (std::size_t k = 0; k < before.matrices.size(); ++k) {
        all.heads.push_back(detail::change_of(all, k));
        all.heads.back().cosine = static_cast<double>(cosines.values()[k]);
    }
    detail::mark_dead_heads(all);
    all.matches = match_directions(all.before.directions, all.after.directions, part_of(run, 0.9, 1));
    all.log_p = detail::log_p_of_matches(all.before.directions, all.matches, run);
    return all;
}

namespace detail {

inline std::uint64_t hits_among(const std::vector<double>& log_p, double log_pairs) {
    const double most = std::log(0.01) - log_pairs;
    return static_cast<std::uint64_t>(
        std::count_if(log_p.begin(), log_p.end(), [&](double each) { return each <= most; }));
}

/// Pairs of directions among which a circuit's matches were looked for.
template <std::floating_point T>
std::uint64_t pairs_of(const basic_circuit_change<T>& circuit) {
    std::uint64_t pairs = 0;
    for (const auto& each : circuit.heads) {
        std::size_t before = 0, after = 0;
        energy_of(circuit.before.directions, each.layer, each.head, before);
        energy_of(circuit.after.directions, each.layer, each.head, after);
        pairs += before * after;
    }
    return pairs;
}

} // namespace detail

template <std::floating_point T>
basis_evidence evidence_of_basis(const std::vector<const basic_circuit_change<T>*>& circuits,
                                 const execution& run) {
    basis_evidence result;
    for (const auto* each : circuits) result.pairs += detail::pairs_of(*each);
    const double log_pairs = std::log(static_cast<double>((std::max<std::uint64_t>)(1, result.pairs)));
    for (const auto* each : circuits) {
        result.matched += each->matches.size();
        result.hits += detail::hits_among(each->log_p, log_pairs);
        for (const auto& match : each->matches)
            result.largest_overlap = (std::max)(result.largest_overlap, std::abs(match.overlap()));
        auto partners =
            detail::other_heads(each->before.set, each->before.directions, each->after.directions);
        if (partners.empty()) continue;
        const auto others =
            match_directions(each->before.directions, each->after.directions,
                             {.partners = std::move(partners)}, detail::without_progress(run));
        result.other_matched += others.size();
        result.other_hits +=
            detail::hits_among(detail::log_p_of_matches(each->before.directions, others, run), log_pairs);
    }
    return result;
}

namespace detail {

/// Whether both are of one file, one with an adapter merged into it: their basis is one however much it changes.
template <std::floating_point T>
bool is_of_one_file(const basic_transformer_weights<T>& before, const basic_transformer_weights<T>& after) {
    return before.file == after.file && before.adapters != after.adapters;
}

inline void require_shared_basis(const std::string& before, const std::string& after,
                                 const basis_evidence& basis) {
    if (basis.is_shared()) return;
    throw model_error(errc::unsupported_model,
                      after + ": nothing is shared with " + before + ": of " + to_text(basis.matched) +
                          " directions matched with those of the same heads " + to_text(basis.hits) +
                          " overlap more than chance (largest " + to_rounded_text(basis.largest_overlap, 3) +
                          "), with those of other heads " + to_text(basis.other_hits) + " of " +
                          to_text(basis.other_matched) +
                          "; expected two checkpoints of one training, as models of different seeds share no "
                          "basis: look at "
                          "each alone, and compare what they read and write in tokens");
}

/// Some rows at a time, so that a deferred matrix is never there as a whole.
template <std::floating_point T>
weight_change change_of(std::string name, const basic_matrix<T>& before, const basic_matrix<T>& after) {
    constexpr std::size_t rows_at_once = 256;
    double squares = 0, changes = 0;
    for (std::size_t first = 0; first < before.rows(); first += rows_at_once) {
        const auto count = (std::min)(rows_at_once, before.rows() - first);
        const auto one = before.row_range(first, count).resident(),
                   two = after.row_range(first, count).resident();
        for (std::size_t i = 0; i < count; ++i)
            for (std::size_t j = 0; j < before.columns(); ++j) {
                const auto a = static_cast<double>(one(i, j)), b = static_cast<double>(two(i, j));
                squares += a * a;
                changes += (b - a) * (b - a);
            }
    }
    return {std::move(name), std::sqrt(squares), std::sqrt(changes)};
}

/// The matrices outside the heads, by name.
template <std::floating_point T>
std::vector<std::pair<std::string, basic_matrix<T>>>
matrices_outside_heads(const basic_transformer_weights<T>& weights) {
    std::vector<std::pair<std::string, basic_matrix<T>>> all;
    const auto add = [&](std::string name, const basic_matrix<T>& matrix) {
        if (matrix.rows() != 0 && matrix.columns() != 0) all.emplace_back(std::move(name), matrix);
    };
    const auto add_mlp = [&](const std::string& place, const basic_mlp<T>& mlp) {
        add(place + "W_in", mlp.W_in);
        add(place + "W_gate", mlp.W_gate);
        add(place + "W_out", mlp.W_out);
    };
    add("W_E", weights.W_E);
    add("W_pos", weights.W_pos);
    for (std::size_t l = 0; l < weights.blocks.size(); ++l) {
        const auto& block = weights.blocks[l];
        const std::string place = "L" + to_text(l) + " ";
        if (block.mlp) add_mlp(place, *block.mlp);
        if (!block.mixture) continue;
        add(place + "W_router", block.mixture->W_router);
        add_mlp(place + "experts ", block.mixture->experts);
        if (block.mixture->shared) add_mlp(place + "shared expert ", *block.mixture->shared);
    }
    add("W_U", weights.W_U);
    for (const auto& each : weights.extras) add(each.name, each.vectors);
    return all;
}

/// Those that both have in one shape: what positions there are may differ.
template <std::floating_point T>
std::vector<weight_change> changes_outside_heads(const basic_transformer_weights<T>& before,
                                                 const basic_transformer_weights<T>& after,
                                                 std::vector<std::string>& left_out, const execution& run) {
    std::vector<weight_change> changes;
    const auto others = matrices_outside_heads(after);
    for (const auto& mine : matrices_outside_heads(before)) { // no names: clang 14 hides them
        run.throw_if_stopped();
        const auto same = std::find_if(others.begin(), others.end(), [&](const auto& each) {
            return each.first == mine.first && each.second.rows() == mine.second.rows() &&
                   each.second.columns() == mine.second.columns();
        });
        if (same == others.end())
            left_out.push_back(mine.first + ": not compared: the other has none of its shape");
        else
            changes.push_back(change_of(mine.first, mine.second, same->second));
    }
    return changes;
}

/// The QK circuits as they can be had; none, with the reason.
template <std::floating_point T>
std::optional<basic_factored_set<T>> qk_to_compare(const basic_transformer_weights<T>& weights,
                                                   std::int64_t offset, std::vector<std::string>& left_out) {
    try {
        return weights.is_rotary() ? rotary_qk_circuits(weights, offset) : qk_circuits(weights);
    } catch (const model_error& reason) {
        if (left_out.empty()) left_out.push_back("QK circuits: " + std::string(reason.what()));
        return std::nullopt;
    }
}

} // namespace detail

template <std::floating_point T>
basic_checkpoint_comparison<T> compare_checkpoints(const basic_transformer_weights<T>& before,
                                                   const basic_transformer_weights<T>& after,
                                                   const comparison_options& options, const execution& run) {
    require_comparable(before, after);
    std::vector<std::string> left_out;
    const auto qk_before = detail::qk_to_compare(before, options.rotary_offset, left_out);
    const auto qk_after = detail::qk_to_compare(after, options.rotary_offset, left_out);
    const bool has_qk = qk_before && qk_after;
    basic_checkpoint_comparison<T> result{
        compare_circuits(ov_circuits(before), ov_circuits(after), part_of(run, 0, has_qk ? 0.5 : 1)),
        {},
        {},
        std::move(left_out)};
    if (has_qk) result.qk = compare_circuits(*qk_before, *qk_after, part_of(run, 0.5, 1));
    std::vector<const basic_circuit_change<T>*> circuits{&result.ov};
    if (has_qk) circuits.push_back(&*result.qk);
    result.basis = evidence_of_basis(circuits, run);
    if (!detail::is_of_one_file(before, after))
        detail::require_shared_basis(before.file, after.file, result.basis);
    result.others = detail::changes_outside_heads(before, after, result.left_out, run);
    return result;
}

#ifdef SVDLENS_COMPILED
template struct basic_circuit_change<float>;
template struct basic_circuit_change<double>;
template void require_comparable(const basic_transformer_weights<float>& before,
                                 const basic_transformer_weights<float>& after);
template void require_comparable(const basic_transformer_weights<double>& before,
                                 const basic_transformer_weights<double>& after);
template basic_circuit_change<float> compare_circuits(const basic_factored_set<float>& before,
                                                      const basic_factored_set<float>& after,
                                                      const execution& run);
template basic_circuit_change<double> compare_circuits(const basic_factored_set<double>& before,
                                                       const basic_factored_set<double>& after,
                                                       const execution& run);
template basis_evidence evidence_of_basis(const std::vector<const basic_circuit_change<float>*>& circuits,
                                          const execution& run);
template basis_evidence evidence_of_basis(const std::vector<const basic_circuit_change<double>*>& circuits,
                                          const execution& run);
template basic_checkpoint_comparison<float>
compare_checkpoints(const basic_transformer_weights<float>& before,
                    const basic_transformer_weights<float>& after, const comparison_options& options,
                    const execution& run);
template basic_checkpoint_comparison<double>
compare_checkpoints(const basic_transformer_weights<double>& before,
                    const basic_transformer_weights<double>& after, const comparison_options& options,
                    const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
