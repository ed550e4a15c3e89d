/// @file
/// The lengths of a set's vectors, which also tell whether all are finite.
#ifndef SVDLENS_PROJECTION_DETAIL_VECTOR_NORMS_HPP
#define SVDLENS_PROJECTION_DETAIL_VECTOR_NORMS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../directions/vector_set.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

template <std::floating_point T>
[[noreturn]] void refuse_vector(const basic_vector_set<T>& set, std::size_t layer, std::size_t k) {
    auto named = set.axes;
    named.add(set.identity);
    throw numeric_error(errc::non_finite, set.provenance + ": " + quoted(set.name) + ": the vector " +
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
                                             const std::vector<bool>& kept_layers) {
    constexpr std::size_t most = 1024;
    std::vector<vector_stretch> stretches;
    for (std::size_t l = 0; l < set.layers.size(); ++l)
        for (std::size_t first = 0; first < set.size() && kept_layers[l]; first += most)
            stretches.push_back({l, first, (std::min)(most, set.size() - first)});
    return stretches;
}

/// Writes ‖row‖ of every row, in double. O(values), along the way they lie in memory: loops that compilers
/// vectorise, each sum in a fixed order.
template <std::floating_point T>
void write_row_norms(const basic_matrix<T>& deferred_or_not, double* norms) {
    constexpr std::size_t parts = 16;
    const auto m = deferred_or_not.resident();
    std::fill_n(norms, m.rows(), 0.0);
    if (m.column_stride() != 1) {
        for (std::size_t c = 0; c < m.columns(); ++c) {
            const T* const column = m.data() + c * m.column_stride();
            for (std::size_t k = 0; k < m.rows(); ++k)
                norms[k] += static_cast<double>(column[k]) * static_cast<double>(column[k]);
        }
    } else {
        for (std::size_t k = 0; k < m.rows(); ++k) {
            const T* const row = m.data() + k * m.row_stride();
            double sums[parts] = {};
            std::size_t c = 0;
            for (; c + parts <= m.columns(); c += parts)
                for (std::size_t e = 0; e < parts; ++e)
                    sums[e] += static_cast<double>(row[c + e]) * static_cast<double>(row[c + e]);
            for (; c < m.columns(); ++c) sums[0] += static_cast<double>(row[c]) * static_cast<double>(row[c]);
            for (const double sum : sums) norms[k] += sum;
        }
    }
    for (std::size_t k = 0; k < m.rows(); ++k) norms[k] = std::sqrt(norms[k]);
}

/// ‖w‖ of every vector of the layers kept, by layer; no entries for the others. In parallel over stretches
/// of vectors.
/// @throws numeric_error (non_finite), naming the vector; cancelled_error
template <std::floating_point T>
std::vector<std::vector<double>> vector_norms(const basic_vector_set<T>& set,
                                              const std::vector<bool>& kept_layers, const execution& run) {
    struct slot {};
    std::vector<std::vector<double>> norms(set.layers.size());
    for (std::size_t l = 0; l < norms.size(); ++l)
        if (kept_layers[l]) norms[l].resize(set.size());
    const auto stretches = vector_stretches(set, kept_layers);
    const auto compute = [&](std::size_t i, slot&) {
        const auto& s = stretches[i];
        write_row_norms(set.layers[s.layer].row_range(s.first, s.count), norms[s.layer].data() + s.first);
    };
    const auto check = [&](std::size_t i, slot&) {
        const auto& s = stretches[i];
        for (std::size_t k = s.first; k < s.first + s.count; ++k)
            if (!std::isfinite(norms[s.layer][k])) refuse_vector(set, s.layer, k);
    };
    const execution quietly{.threads = run.threads, .stop = run.stop};
    for_blocks_in_order<slot>(stretches.size(), stretches.size(), quietly, compute, check);
    return norms;
}

/// 1 / ‖w‖ of norms; 0 for a vector that is zero, or so short that T has no such number.
template <std::floating_point T>
std::vector<std::vector<T>> inverse_norms(const std::vector<std::vector<double>>& norms) {
    constexpr auto most = static_cast<double>((std::numeric_limits<T>::max)());
    std::vector<std::vector<T>> result;
    for (const auto& layer : norms) {
        result.emplace_back();
        for (const double norm : layer)
            result.back().push_back(norm > 0 && 1 / norm <= most ? static_cast<T>(1 / norm) : T{0});
    }
    return result;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
