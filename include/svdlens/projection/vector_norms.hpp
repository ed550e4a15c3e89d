/// @file
/// The lengths of a set's vectors, which also tell whether all are finite.
#ifndef SVDLENS_PROJECTION_VECTOR_NORMS_HPP
#define SVDLENS_PROJECTION_VECTOR_NORMS_HPP

#include <Eigen/Core>

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

/// ‖w‖ of every vector of the layers kept, by layer; no entries for the others. In parallel over layers.
/// @throws numeric_error (non_finite), naming the vector; cancelled_error
template <std::floating_point T>
std::vector<std::vector<double>> vector_norms(const basic_vector_set<T>& set, const index_filter& layers,
                                              const execution& run) {
    struct slot {};
    std::vector<std::vector<double>> norms(set.layers.size());
    const auto compute = [&](std::size_t l, slot&) {
        if (!layers.keeps(l)) return;
        norms[l].resize(set.size());
        with_map(set.layers[l], [&](const auto& map) {
            Eigen::Map<Eigen::VectorXd>(norms[l].data(), map.rows()) =
                map.template cast<double>().rowwise().norm();
        });
    };
    const auto check = [&](std::size_t l, slot&) {
        for (std::size_t k = 0; k < norms[l].size(); ++k)
            if (!std::isfinite(norms[l][k])) refuse_vector(set, l, k);
    };
    const execution quietly{.threads = run.threads, .stop = run.stop};
    for_blocks_in_order<slot>(set.layers.size(), set.layers.size(), quietly, compute, check);
    return norms;
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
