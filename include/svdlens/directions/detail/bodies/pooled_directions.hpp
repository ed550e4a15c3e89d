/// @file
/// The bodies of directions/pooled_directions.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_POOLED_DIRECTIONS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_POOLED_DIRECTIONS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../../linalg/scaled_matrix.hpp"
#include "../../../linalg/stacked_matrix.hpp"
#include "../../pooled_directions.hpp"
#include "../../vector_set.hpp"
#include "../consistent_vectors.hpp"
#include "../gram_sum.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

template <std::floating_point T>
void require_poolable(const std::vector<basic_vector_set<T>>& sides) {
    const auto refuse = [](const std::string& what) {
        throw argument_error(errc::invalid_argument, "pooled_directions: expected " + what);
    };
    if (sides.empty()) refuse("at least one side of heads, found none");
    for (const auto& side : sides) {
        require_consistent(side);
        const auto rank = side.axes.rank();
        if (side.singular_values.empty() || rank == 0 || side.axes[rank - 1].name != "direction")
            refuse("directions with their singular values, found " + quoted(side.name));
        if (side.d_model() != sides.front().d_model())
            refuse("vectors of one length, found " + to_text(sides.front().d_model()) + " and " +
                   to_text(side.d_model()) + " in " + quoted(side.name));
    }
}

/// S / (Σ S²)^½ of each vector of a layer, the sum over the directions of its head.
template <std::floating_point T>
std::vector<double> weights_in_heads(const basic_vector_set<T>& side, std::size_t layer) {
    const auto directions = static_cast<std::size_t>(side.axes[side.axes.rank() - 1].extent);
    const std::size_t vectors = side.layers[layer].rows();
    std::vector<double> weights(vectors);
    for (std::size_t first = 0; first < vectors; first += directions) {
        double largest = 0, sum = 0;
        for (std::size_t k = first; k < first + directions; ++k) {
            weights[k] = side.is_dead(layer, k) ? 0 : static_cast<double>(side.singular_value(layer, k));
            largest = (std::max)(largest, weights[k]);
        }
        if (!(largest > 0)) continue;
        for (std::size_t k = first; k < first + directions; ++k) {
            weights[k] /= largest; // squares neither vanish nor leave double's range
            sum += weights[k] * weights[k];
        }
        for (std::size_t k = first; k < first + directions; ++k) weights[k] /= std::sqrt(sum);
    }
    return weights;
}

/// All vectors of a side by their weights, one matrix. A layer may lack them.
template <std::floating_point T>
basic_vector_set<T> weighted_rows(const basic_vector_set<T>& side) {
    std::vector<basic_matrix<T>> pieces;
    const std::vector<double> unshifted(side.d_model());
    for (std::size_t l = 0; l < side.layers.size(); ++l)
        if (!side.lacks(l))
            pieces.push_back(scaled_matrix(side.layers[l], weights_in_heads(side, l), unshifted));
    auto rows = stacked_matrix(std::move(pieces));
    return {.name = side.name,
            .axes = svdlens::axes({{"row", rows.rows()}}),
            .identity = {"row", "{row}"},
            .layers = {std::move(rows)},
            .provenance = side.provenance};
}

/// Of vectors as they are, not up to a power of two.
template <std::floating_point T>
dense_matrix<double> gram_of(const basic_vector_set<T>& set, const execution& run) {
    const gram_sum<T> all(set, seen_space::whole, run);
    const double unit = 1 / all.scale();
    return (all.sum(run) * unit) * unit;
}

} // namespace detail

template <std::floating_point T>
basic_vector_set<T> pooled_directions(const std::vector<basic_vector_set<T>>& sides, const execution& run) {
    detail::require_poolable(sides);
    const auto d = static_cast<Eigen::Index>(sides.front().d_model());
    detail::dense_matrix<double> gram = detail::dense_matrix<double>::Zero(d, d);
    std::string provenance;
    for (const auto& side : sides) {
        if (side.size() != 0) gram += detail::gram_of(detail::weighted_rows(side), run);
        if (provenance.empty()) provenance = side.provenance;
    }
    if (gram.trace() > 0) gram /= gram.trace();
    basic_vector_set<T> result{.name = "stream",
                               .axes = svdlens::axes({axis("matrix", std::vector<std::string>{"stream"}),
                                                      {"direction", sides.front().d_model()}}),
                               .identity = {"direction", "{matrix}.{direction}"},
                               .layers = {},
                               .provenance = std::move(provenance)};
    detail::set_directions(result, gram, 1.0);
    return result;
}

template <std::floating_point T>
std::vector<double> energy_shares(const basic_vector_set<T>& of, const basic_vector_set<T>& along,
                                  const execution& run) {
    for (const auto* set : {&of, &along}) {
        detail::require_consistent(*set);
        if (set->layered() || set->d_model() != along.d_model())
            throw argument_error(errc::invalid_argument,
                                 "energy_shares: expected vectors of " + to_text(along.d_model()) +
                                     " entries without layers, found " + quoted(set->name) + " with " +
                                     to_text(set->d_model()));
    }
    std::vector<double> shares(along.size());
    if (of.size() == 0 || along.size() == 0) return shares;
    const detail::gram_sum<T> all(of, seen_space::whole, run);
    const auto gram = all.sum(run); // a share does not depend on the scale
    if (!(gram.trace() > 0)) return shares;
    const auto unit = normalized(along).layers.front().resident();
    [[maybe_unused]] const detail::one_eigen_thread held;
    for (std::size_t k = 0; k < shares.size(); ++k) {
        run.throw_if_stopped();
        const detail::dense_matrix<double> e =
            detail::with_map(unit.row_range(k, 1), [](const auto& row) -> detail::dense_matrix<double> {
                return row.template cast<double>();
            });
        shares[k] = (e * gram * e.transpose())(0, 0) / gram.trace();
    }
    return shares;
}

#ifdef SVDLENS_COMPILED
template basic_vector_set<float> pooled_directions(const std::vector<basic_vector_set<float>>&,
                                                   const execution&);
template basic_vector_set<double> pooled_directions(const std::vector<basic_vector_set<double>>&,
                                                    const execution&);
template std::vector<double> energy_shares(const basic_vector_set<float>&, const basic_vector_set<float>&,
                                           const execution&);
template std::vector<double> energy_shares(const basic_vector_set<double>&, const basic_vector_set<double>&,
                                           const execution&);
#endif

} // namespace svdlens::inline v0_2

#endif
