/// @file
/// The bodies of circuit/found_pairs.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_FOUND_PAIRS_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_FOUND_PAIRS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/execution.hpp"
#include "../../../directions/centered_writing.hpp"
#include "../../../directions/composition.hpp"
#include "../../../directions/dead_parts.hpp"
#include "../../../directions/factored_set.hpp"
#include "../../../directions/singular_directions.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../graph/communities.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../../projection/restriction.hpp"
#include "../../../significance/composition_tests.hpp"
#include "../../circuits.hpp"
#include "../../found_pairs.hpp"
#include "../../head_sides.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The smallest false discovery rate at which each is found (Benjamini and Hochberg), of all together.
SVDLENS_BODY std::vector<double> rates_of_pairs(const std::vector<double>& log_p) {
    std::vector<std::size_t> order(log_p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return log_p[a] < log_p[b]; });
    std::vector<double> q(log_p.size());
    double least = 1;
    for (std::size_t k = order.size(); k-- > 0;) {
        const double rank = static_cast<double>(k + 1), count = static_cast<double>(order.size());
        least = (std::min)(least, std::exp(log_p[order[k]]) * count / rank);
        q[order[k]] = least;
    }
    return q;
}

/// One of the tails' q of all pairs tested, and how many of the pairs in reverse order are as improbable.
template <std::floating_point T>
void judge_tail(basic_found_pairs<T>& all, const std::vector<composition_test>& reversed, std::size_t side,
                double rate) {
    std::vector<double> log_p;
    for (const auto& each : all.pairs)
        if (each.tested) log_p.push_back(each.log_p[side]);
    const auto q = rates_of_pairs(log_p);
    double threshold = -std::numeric_limits<double>::infinity();
    std::size_t k = 0;
    for (auto& each : all.pairs) {
        if (!each.tested) continue;
        each.q[side] = q[k++];
        if (each.q[side] > rate) continue;
        ++all.found[side];
        threshold = (std::max)(threshold, each.log_p[side]);
    }
    for (const auto& each : reversed) {
        const double p = side == 0 ? each.share.log_p_above : each.share.log_p_below;
        if (all.found[side] != 0 && p <= threshold) ++all.reversed_hits[side];
    }
}

using pair_key = std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>;

inline pair_key key_of_pair(const head_index& source, const head_index& target) {
    return {source.layer, source.head, target.layer, target.head};
}

/// Whether a head has a direction that is not dead.
template <std::floating_point T>
bool is_alive(const basic_vector_set<T>& set, const head_index& head) {
    const auto each = static_cast<std::size_t>(set.axes[2].extent);
    for (std::size_t k = 0; k < each; ++k)
        if (!set.is_dead(head.layer, head.head * each + k)) return true;
    return false;
}

/// The pairs in one role.
/// @param writing what heads write, and `reading` what they read in this role, their dead parts marked
template <std::floating_point T>
basic_found_pairs<T> tested_pairs(composition_role role, std::vector<basic_head_composition<T>> compositions,
                                  const basic_vector_set<T>& writing, const basic_vector_set<T>& reading,
                                  double q, const execution& run) {
    basic_found_pairs<T> result{role};
    std::map<pair_key, composition_test> tests;
    for (auto& each : test_compositions(writing, reading, projected_rows::causal, run))
        tests.emplace(key_of_pair(each.source_head, each.target_head), std::move(each));
    const auto is_tested = [&](const head_index& source, const head_index& target, const energy_test& share) {
        return is_alive(writing, source) && is_alive(reading, target) && share.energy > 0;
    };
    for (auto& each : compositions) {
        basic_found_pair<T> pair{.composition = std::move(each)};
        const auto &source = pair.composition.source_head, &target = pair.composition.target_head;
        const auto test = tests.find(key_of_pair(source, target));
        pair.tested = test != tests.end() && is_tested(source, target, test->second.share);
        if (pair.tested) {
            const auto& share = test->second.share;
            pair.share = share.energy;
            pair.z = share.z;
            pair.log_p[0] = share.log_p_above;
            pair.log_p[1] = share.log_p_below;
            ++result.tested;
        }
        result.pairs.push_back(std::move(pair));
    }
    std::vector<composition_test> reversed;
    for (auto& each : test_compositions(writing, reading, projected_rows::acausal, run))
        if (each.source_head.layer > each.target_head.layer &&
            is_tested(each.source_head, each.target_head, each.share))
            reversed.push_back(std::move(each));
    result.reversed = reversed.size();
    for (std::size_t side = 0; side < 2; ++side) judge_tail(result, reversed, side, q);
    return result;
}

} // namespace detail

template <std::floating_point T>
std::vector<basic_found_pairs<T>>
find_pairs(const basic_transformer_weights<T>& weights, const basic_singular_directions<T>& ov,
           const basic_attending_directions<T>& attending, double q, const execution& run) {
    std::vector<basic_found_pairs<T>> all;
    if (weights.sizes.n_layers < 2) return all;
    const auto circuits = ov_circuits(weights);
    const bool seen_centred = ov.reading().centered && !ov.writing().centered; // by those who read
    const auto writing = without_dead_parts(
        seen_centred ? writing_directions(with_centered_writing(circuits), run) : ov.writing(), run);
    const auto add = [&](composition_role role, const basic_factored_set<T>& later,
                         const basic_vector_set<T>& reading) {
        all.push_back(detail::tested_pairs(role, head_compositions(circuits, later, {.role = role}, run),
                                           writing, without_dead_parts(reading, run), q, run));
    };
    add(composition_role::value, circuits, ov.reading());
    if (!attending.qk) return all;
    add(composition_role::query, *attending.circuits, attending.qk->query());
    add(composition_role::key, *attending.circuits, attending.qk->key());
    return all;
}

template <std::floating_point T>
std::vector<basic_feeding_pair<T>> feeding_pairs(const std::vector<basic_found_pairs<T>>& pairs, double q) {
    std::vector<basic_feeding_pair<T>> all;
    for (const auto& each : pairs) {
        if (each.doubtful(q, 0)) continue;
        for (const auto& pair : each.pairs)
            if (pair.tested && pair.q[0] <= q) all.push_back({each.role, &pair});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.pair->log_p[0] < b.pair->log_p[0]; });
    return all;
}

template <std::floating_point T>
head_communities communities_of_heads(const std::vector<basic_found_pairs<T>>& pairs, std::size_t layers,
                                      std::size_t heads, double q) {
    head_communities result{std::vector<std::optional<std::size_t>>(layers * heads)};
    std::vector<weighted_edge> edges;
    for (const auto& each : feeding_pairs(pairs, q)) {
        const auto &source = each.pair->composition.source_head, &target = each.pair->composition.target_head;
        edges.push_back({source.layer * heads + source.head, target.layer * heads + target.head,
                         static_cast<double>(each.pair->composition.seen_score)});
    }
    if (edges.empty()) return result;
    const auto found = find_communities(layers * heads, edges);
    for (const auto& each : edges)
        for (const auto head : {each.a, each.b}) {
            result.of[head] = found.community[head];
            result.count = (std::max)(result.count, found.community[head] + 1);
        }
    result.modularity = found.modularity;
    return result;
}

#ifdef SVDLENS_COMPILED
template std::vector<basic_found_pairs<float>> find_pairs(const basic_transformer_weights<float>& weights,
                                                          const basic_singular_directions<float>& ov,
                                                          const basic_attending_directions<float>& attending,
                                                          double q, const execution& run);
template std::vector<basic_found_pairs<double>>
find_pairs(const basic_transformer_weights<double>& weights, const basic_singular_directions<double>& ov,
           const basic_attending_directions<double>& attending, double q, const execution& run);
template std::vector<basic_feeding_pair<float>>
feeding_pairs(const std::vector<basic_found_pairs<float>>& pairs, double q);
template std::vector<basic_feeding_pair<double>>
feeding_pairs(const std::vector<basic_found_pairs<double>>& pairs, double q);
template head_communities communities_of_heads(const std::vector<basic_found_pairs<float>>& pairs,
                                               std::size_t layers, std::size_t heads, double q);
template head_communities communities_of_heads(const std::vector<basic_found_pairs<double>>& pairs,
                                               std::size_t layers, std::size_t heads, double q);
#endif

} // namespace svdlens::inline v0_2

#endif
