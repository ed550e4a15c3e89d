/// @file
/// The lengths of a set's vectors, which also tell whether all are finite.
#ifndef SVDLENS_PROJECTION_VECTOR_NORMS_HPP
#define SVDLENS_PROJECTION_VECTOR_NORMS_HPP

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../linalg/eigen_map.hpp"
#include "../linalg/vector_set.hpp"
#include "projection_rows.hpp"

namespace svdlens::inline v0 {

namespace detail {

template <std::floating_point T>
[[noreturn]] void refuse_vector(const basic_vector_set<T>& set, std::size_t layer, std::size_t k) {
    auto named = set.axes;
    named.add({"identity", set.identity.pattern, set.identity.entity});
    throw numeric_error(errc::non_finite, set.provenance + ": " + quoted(set.name) + ": the vector " +
                                              quoted(named.label(layer * set.size() + k, "identity")) +
                                              " is not finite");
}

/// Some of a layer's vectors: few enough that those of a deferred set take little memory.
struct vector_stretch {
    std::size_t layer;
    std::size_t first;
    std::size_t count;
};

template <std::floating_point T>
std::vector<vector_stretch> vector_stretches(const basic_vector_set<T>& set, const index_filter& layers) {
    constexpr std::size_t most = 1024;
    std::vector<vector_stretch> stretches;
    for (std::size_t l = 0; l < set.layers.size(); ++l)
        for (std::size_t first = 0; first < set.size() && layers.keeps(l); first += most)
            stretches.push_back({l, first, (std::min)(most, set.size() - first)});
    return stretches;
}

/// ‖w‖ of every vector of the layers kept, by layer; no entries for the others. In parallel over stretches of
/// vectors.
/// @throws numeric_error (non_finite), naming the vector; cancelled_error
template <std::floating_point T>
std::vector<std::vector<double>> vector_norms(const basic_vector_set<T>& set, const index_filter& layers,
                                              const execution& run) {
    struct slot {};
    std::vector<std::vector<double>> norms(set.layers.size());
    for (std::size_t l = 0; l < norms.size(); ++l)
        if (layers.keeps(l)) norms[l].resize(set.size());
    const auto stretches = vector_stretches(set, layers);
    const auto compute = [&](std::size_t i, slot&) {
        const auto& s = stretches[i];
        with_map(set.layers[s.layer].row_range(s.first, s.count), [&](const auto& map) {
            Eigen::Map<Eigen::VectorXd>(norms[s.layer].data() + s.first, map.rows()) =
                map.template cast<double>().rowwise().norm();
        });
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

} // namespace detail

} // namespace svdlens::inline v0

#endif
