/// @file
/// Which heads feed which later heads, by value, query or key, more or less than chance.
#ifndef SVDLENS_CIRCUIT_FOUND_PAIRS_HPP
#define SVDLENS_CIRCUIT_FOUND_PAIRS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "../core/execution.hpp"
#include "../directions/composition.hpp"
#include "../directions/singular_directions.hpp"
#include "../model/transformer_weights.hpp"
#include "head_sides.hpp"

namespace svdlens::inline v0_2 {

/// A pair of heads in one role: what it scores, and its tests in both tails.
template <std::floating_point T>
struct basic_found_pair {
    basic_head_composition<T> composition;
    bool tested = false; ///< not where one of the two is dead in this role, or meets nothing
    double share = 0;
    double z = 0;
    double log_p[2] = {}; ///< above: they compose; below: they avoid each other
    double q[2] = {1, 1}; ///< of these, over all pairs of the role
};

/// All pairs of heads in one role.
template <std::floating_point T>
struct basic_found_pairs {
    composition_role role = composition_role::value;
    std::vector<basic_found_pair<T>> pairs = {}; ///< in the order of `head_compositions`
    std::uint64_t tested = 0;
    std::uint64_t found[2] = {};         ///< above, below, at the rate asked for
    std::uint64_t reversed = 0;          ///< the control: pairs in reverse order
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

using found_pair = basic_found_pair<float>;
using found_pairs = basic_found_pairs<float>;

/// Tests all pairs of heads by value and, where there are QK circuits, by query and key: shares of what the later head reads,
/// each role a family of its own at the rate q. None of a model of one layer. Dead heads have no test.
/// @param ov `singular_directions(ov_circuits(weights))`
/// @throws as `head_compositions` and `test_compositions`
template <std::floating_point T>
std::vector<basic_found_pairs<T>>
find_pairs(const basic_transformer_weights<T>& weights, const basic_singular_directions<T>& ov,
           const basic_attending_directions<T>& attending, double q = 0.05, const execution& run = {});

/// A pair that composes more than chance.
template <std::floating_point T>
struct basic_feeding_pair {
    composition_role role;
    const basic_found_pair<T>* pair;
};

/// Those found in any role whose control does not warn, the most significant first. They refer to `pairs`.
template <std::floating_point T>
std::vector<basic_feeding_pair<T>> feeding_pairs(const std::vector<basic_found_pairs<T>>& pairs, double q);

/// The heads of a model in communities of pairs that compose more than chance.
struct head_communities {
    std::vector<std::optional<std::size_t>> of; ///< by layer and head; none of heads without a pair
    std::size_t count = 0;
    double modularity = 0;
};

/// Communities of the graph of `feeding_pairs`, by their composition. O(pairs log pairs)
template <std::floating_point T>
head_communities communities_of_heads(const std::vector<basic_found_pairs<T>>& pairs, std::size_t layers,
                                      std::size_t heads, double q);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/found_pairs.hpp"
#endif

#endif
