/// @file
/// What every pair of heads composes, and whether that is more, or less, than chance.
#ifndef SVDLENS_EXAMPLES_PROGRAM_HEAD_PAIRS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_HEAD_PAIRS_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <svdlens/circuit/circuits.hpp>
#include <svdlens/directions/centered_writing.hpp>
#include <svdlens/directions/composition.hpp>
#include <svdlens/directions/dead_parts.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/graph/communities.hpp>
#include <svdlens/significance/composition_tests.hpp>

#include "ending.hpp"
#include "options.hpp"
#include "reading.hpp"

namespace program {

/// A pair of heads in one role: what it scores, and its tests in both tails.
struct head_pair {
    svdlens::head_composition composition;
    bool tested = false; ///< not where one of the two is dead, or shares cannot be taken
    double share = 0;
    double z = 0;
    double log_p[2] = {}; ///< above, below
    double q[2] = {1, 1}; ///< above, below
};

/// All pairs in one role.
struct head_pairs {
    std::string kind; ///< `v`, `q`, `k`
    std::vector<head_pair> pairs;
    std::uint64_t tested = 0;
    std::uint64_t found[2] = {};         ///< above, below, at the rate asked for
    std::uint64_t reversed = 0;          ///< pairs in reverse order
    std::uint64_t reversed_hits[2] = {}; ///< of them, as improbable as those found

    /// Whether the reversed pairs say of a tail, 0 above and 1 below, that more than twice the rate asked for is by
    /// chance.
    bool doubtful(double q, std::size_t tail) const {
        const auto part = [](std::uint64_t n, std::uint64_t of) {
            return static_cast<double>(n) / static_cast<double>(of);
        };
        return found[tail] != 0 && reversed != 0 &&
               part(reversed_hits[tail], reversed) > 2 * q * part(found[tail], tested);
    }
    /// Whether they say so of either.
    bool doubtful(double q) const { return doubtful(q, 0) || doubtful(q, 1); }
};

namespace detail {

/// The smallest false discovery rate at which each is found (Benjamini and Hochberg), of all together.
inline std::vector<double> rates_of(const std::vector<double>& log_p) {
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
inline void judge_tail(head_pairs& all, const std::vector<svdlens::composition_test>& reversed, int tail,
                       double rate) {
    std::vector<double> log_p;
    for (const auto& each : all.pairs)
        if (each.tested) log_p.push_back(each.log_p[tail]);
    const auto q = rates_of(log_p);
    double threshold = -std::numeric_limits<double>::infinity();
    std::size_t k = 0;
    for (auto& each : all.pairs) {
        if (!each.tested) continue;
        each.q[tail] = q[k++];
        if (each.q[tail] > rate) continue;
        ++all.found[tail];
        threshold = (std::max)(threshold, each.log_p[tail]);
    }
    for (const auto& each : reversed) {
        const double p = tail == 0 ? each.share.log_p_above : each.share.log_p_below;
        if (all.found[tail] != 0 && p <= threshold) ++all.reversed_hits[tail];
    }
}

using pair_key = std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>;

inline pair_key key_of(const svdlens::head_index& source, const svdlens::head_index& target) {
    return {source.layer, source.head, target.layer, target.head};
}

/// Whether a head has a direction that is not dead.
inline bool is_alive(const svdlens::vector_set& set, const svdlens::head_index& head) {
    const auto each = static_cast<std::size_t>(set.axes[2].extent);
    for (std::size_t k = 0; k < each; ++k)
        if (!set.is_dead(head.layer, head.head * each + k)) return true;
    return false;
}

/// @param writing what heads write, and `reading` what they read in this role, their dead parts marked
inline head_pairs tested_pairs(std::string kind, std::vector<svdlens::head_composition> compositions,
                               const svdlens::vector_set& writing, const svdlens::vector_set& reading,
                               const options& o) {
    head_pairs result{std::move(kind), {}};
    std::map<pair_key, svdlens::composition_test> tests;
    for (auto& each : svdlens::test_compositions(writing, reading, svdlens::projected_rows::causal, o.run()))
        tests.emplace(key_of(each.source_head, each.target_head), std::move(each));
    for (auto& each : compositions) {
        head_pair pair{.composition = std::move(each)};
        const auto &source = pair.composition.source_head, &target = pair.composition.target_head;
        const auto test = tests.find(key_of(source, target));
        pair.tested = test != tests.end() && is_alive(writing, source) && is_alive(reading, target) &&
                      test->second.share.energy > 0;
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
    std::vector<svdlens::composition_test> reversed;
    for (auto& each : svdlens::test_compositions(writing, reading, svdlens::projected_rows::acausal, o.run()))
        if (each.source_head.layer > each.target_head.layer && is_alive(writing, each.source_head) &&
            is_alive(reading, each.target_head) && each.share.energy > 0)
            reversed.push_back(std::move(each));
    result.reversed = reversed.size();
    for (const int tail : {0, 1}) judge_tail(result, reversed, tail, o.q);
    return result;
}

} // namespace detail

/// Says how many pairs were not tested: those of heads that are dead in this role.
inline void say_untested_pairs(const std::vector<head_pairs>& pairs, std::vector<std::string>& left_out) {
    for (const auto& each : pairs) {
        const auto untested = each.pairs.size() - static_cast<std::size_t>(each.tested);
        if (untested != 0)
            left_out.push_back("composition.csv, kind " + each.kind + ": " + svdlens::to_text(untested) +
                               " pairs are not tested, of heads that are dead in this role or meet nothing");
    }
}

/// The pairs of a model's heads by value and, where it has QK circuits, by query and key. Its readers' space is that
/// in which what is written is taken.
inline std::vector<head_pairs> pairs_of_heads(const read_model& model, const circuits& of, const options& o) {
    current_stage = "composing heads";
    std::vector<head_pairs> all;
    if (model.weights.sizes.n_layers < 2) return all;
    const auto run = o.run();
    const auto ov = svdlens::ov_circuits(model.weights);
    const bool seen_centred = of.ov.reading().centered && !of.ov.writing().centered;
    const auto writing = svdlens::without_dead_parts(
        seen_centred ? svdlens::writing_directions(svdlens::with_centered_writing(ov), run) : of.ov.writing(),
        run);
    const auto add = [&](const char* kind, svdlens::composition_role role, const svdlens::factored_set& later,
                         const svdlens::vector_set& reading) {
        all.push_back(detail::tested_pairs(kind, svdlens::head_compositions(ov, later, {.role = role}, run),
                                           writing, svdlens::without_dead_parts(reading, run), o));
    };
    add("v", svdlens::composition_role::value, ov, of.ov.reading());
    if (!of.qk) return all;
    const auto qk = svdlens::qk_circuits(model.weights);
    add("q", svdlens::composition_role::query, qk, of.qk->query());
    add("k", svdlens::composition_role::key, qk, of.qk->key());
    return all;
}

/// The heads of a model in communities of pairs that compose more than chance.
struct head_communities {
    std::vector<std::optional<std::size_t>> of; ///< by layer and head; none of heads without a pair
    std::size_t count = 0;
    double modularity = 0;
};

/// Communities of the graph of all pairs found above chance, in any role, by their composition. Pairs of a role whose
/// control warns of those above are left out, which is said.
inline head_communities communities_of_heads(const std::vector<head_pairs>& pairs, std::size_t layers,
                                             std::size_t heads, double q,
                                             std::vector<std::string>& left_out) {
    std::vector<svdlens::weighted_edge> edges;
    head_communities result{std::vector<std::optional<std::size_t>>(layers * heads)};
    for (const auto& each : pairs) {
        if (each.doubtful(q, 0)) {
            left_out.push_back("heads.csv: communities are without the pairs of kind " + each.kind +
                               ", whose control warns");
            continue;
        }
        for (const auto& pair : each.pairs) {
            if (!pair.tested || pair.q[0] > q) continue;
            const auto &source = pair.composition.source_head, &target = pair.composition.target_head;
            edges.push_back({source.layer * heads + source.head, target.layer * heads + target.head,
                             static_cast<double>(pair.composition.seen_score)});
        }
    }
    if (edges.empty()) return result;
    const auto found = svdlens::find_communities(layers * heads, edges);
    for (const auto& each : edges)
        for (const auto head : {each.a, each.b}) {
            result.of[head] = found.community[head];
            result.count = (std::max)(result.count, found.community[head] + 1);
        }
    result.modularity = found.modularity;
    return result;
}

} // namespace program

#endif
