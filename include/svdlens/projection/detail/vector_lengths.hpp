/// @file
/// What a projection keeps of its vectors' lengths, which also tell whether all are finite.
#ifndef SVDLENS_PROJECTION_DETAIL_VECTOR_LENGTHS_HPP
#define SVDLENS_PROJECTION_DETAIL_VECTOR_LENGTHS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../core/detail/pass_share.hpp"
#include "../../core/detail/state_pipe.hpp"
#include "../../core/detail/without_progress.hpp"
#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../directions/vector_set.hpp"
#include "../../linalg/detail/finite.hpp"
#include "../../linalg/detail/row_lengths.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

template <std::floating_point T>
[[noreturn]] void refuse_vector(const basic_vector_set<T>& set, std::size_t layer, std::size_t k,
                                const std::string& what) {
    auto named = set.axes;
    named.add(set.identity);
    throw numeric_error(errc::non_finite, set.provenance + ": " + quoted(set.name) + ": the " + what + " " +
                                              quoted(named.label(layer * set.size() + k, set.identity.name)) +
                                              " is not finite");
}

/// Some of a layer's vectors: few enough that those of a deferred set take little memory.
struct vector_stretch {
    std::size_t layer;
    std::size_t first;
    std::size_t count;
};

template <std::floating_point T>
std::vector<vector_stretch> vector_stretches(const basic_vector_set<T>& set,
                                             const std::vector<bool>& kept_layers, std::size_t most = 1024) {
    std::vector<vector_stretch> stretches;
    for (std::size_t l = 0; l < set.layers.size(); ++l)
        for (std::size_t first = 0; first < set.layers[l].rows() && kept_layers[l]; first += most)
            stretches.push_back({l, first, (std::min)(most, set.layers[l].rows() - first)});
    return stretches;
}

/// By layer of a set; no entries for a layer that is not kept.
template <std::floating_point T>
struct vector_lengths {
    std::vector<std::vector<T>> inverse; ///< 1 / ‖w‖; 0 for a zero vector and for an extreme one
    std::vector<std::vector<std::size_t>> extreme; ///< the numbers of extreme vectors, ascending

    bool is_extreme(std::size_t layer, std::size_t k) const {
        return std::binary_search(extreme[layer].begin(), extreme[layer].end(), k);
    }
};

/// Whether a vector, or the vector times its singular value, is so long or so short that a product of such
/// vectors and the singular values in T might overflow or lose bits to underflow: beyond the fourth root of
/// T's range. Not a zero vector.
template <std::floating_point T>
bool is_extreme(const scaled_number& length, T singular_value) {
    constexpr int most = std::numeric_limits<T>::max_exponent / 4;
    if (length.value == 0) return false;
    const int exponent = std::ilogb(length.value) + length.exponent;
    if (std::abs(exponent) > most) return true;
    return singular_value != 0 && std::abs(exponent + std::ilogb(singular_value)) > most;
}

/// Measures some stretches of vectors, in parallel, and takes their lengths to `result`, which has places for them.
/// @throws numeric_error (non_finite); cancelled_error
template <std::floating_point T>
void measure_stretches(const basic_vector_set<T>& set, std::span<const vector_stretch> stretches,
                       vector_lengths<T>& result, const execution& run) {
    using slot = std::vector<scaled_number>;
    const auto measure = [&](std::size_t i, slot& lengths) {
        const auto& s = stretches[i];
        lengths = row_lengths(set.layers[s.layer].row_range(s.first, s.count));
    };
    const auto keep = [&](std::size_t i, const slot& lengths) {
        const auto& s = stretches[i];
        for (std::size_t k = s.first; k < s.first + s.count; ++k) {
            const auto& length = lengths[k - s.first];
            const T singular_value = set.singular_value(s.layer, k);
            if (!is_finite(length.value)) refuse_vector(set, s.layer, k, "vector");
            if (!is_finite(singular_value)) refuse_vector(set, s.layer, k, "singular value of");
            const bool extreme = is_extreme(length, singular_value);
            if (extreme) result.extreme[s.layer].push_back(k);
            const bool has_inverse = length.value != 0 && !extreme;
            result.inverse[s.layer][k] = has_inverse ? static_cast<T>(1 / length.value) : T{0};
        }
    };
    for_blocks_in_order<slot>(stretches.size(), stretches.size(), run, measure, keep);
}

/// Writes what was measured of some stretches, or reads it.
template <std::floating_point T, class Pipe>
void carry_lengths(Pipe& pipe, std::span<const vector_stretch> stretches, vector_lengths<T>& result) {
    for (const auto& s : stretches) {
        carry_values(pipe, std::span(result.inverse[s.layer]).subspan(s.first, s.count));
        auto& all = result.extreme[s.layer];
        std::vector<std::uint64_t> extreme;
        for (const auto k : all)
            if (k >= s.first && k < s.first + s.count) extreme.push_back(k);
        pipe(extreme);
        std::erase_if(all, [&](std::size_t k) { return k >= s.first && k < s.first + s.count; });
        for (const auto k : extreme) {
            if (k < s.first || k >= s.first + s.count)
                throw format_error(errc::broken_shard, "a vector that is not of the stretch");
            all.push_back(static_cast<std::size_t>(k));
        }
    }
}

/// The same with other processes, each of which measures a part for all.
template <std::floating_point T>
void measure_together(const basic_vector_set<T>& set, const std::vector<vector_stretch>& stretches,
                      vector_lengths<T>& result, execution run) {
    const auto& shared = *std::exchange(run.shared, nullptr);
    const std::size_t parts = (std::min)(stretches.size(), 2 * shared.count);
    const auto of = [&](std::size_t part) {
        const std::size_t begin = part * stretches.size() / parts;
        return std::span(stretches).subspan(begin, (part + 1) * stretches.size() / parts - begin);
    };
    make_together(
        shared, "lengths of " + set.name, parts,
        [&](std::size_t part) { measure_stretches<T>(set, of(part), result, run); },
        [&](auto& pipe, std::size_t part) { carry_lengths<T>(pipe, of(part), result); });
    for (auto& each : result.extreme) { // parts come in any order, and after one that was damaged again
        std::sort(each.begin(), each.end());
        each.erase(std::unique(each.begin(), each.end()), each.end());
    }
}

/// The lengths of the layers kept, in parallel over stretches of vectors. Processes that share work measure large sets
/// for each other.
/// @throws numeric_error (non_finite), naming the vector, when it or its singular value is not finite;
/// cancelled_error
template <std::floating_point T>
vector_lengths<T> measure_vectors(const basic_vector_set<T>& set, const std::vector<bool>& kept_layers,
                                  const execution& run) {
    constexpr std::uint64_t worth_sharing = std::uint64_t{1}
                                            << 22; // values: reading them costs more than a file
    vector_lengths<T> result;
    result.inverse.resize(set.layers.size());
    result.extreme.resize(set.layers.size());
    std::uint64_t values = 0;
    for (std::size_t l = 0; l < set.layers.size(); ++l) {
        if (!kept_layers[l]) continue;
        result.inverse[l].resize(set.layers[l].rows());
        values += std::uint64_t{set.layers[l].rows()} * set.layers[l].columns();
    }
    const auto stretches = vector_stretches(set, kept_layers);
    const execution quietly = without_progress(run);
    if (run.shared != nullptr && values >= worth_sharing)
        measure_together(set, stretches, result, quietly);
    else
        measure_stretches<T>(set, stretches, result, quietly);
    return result;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
