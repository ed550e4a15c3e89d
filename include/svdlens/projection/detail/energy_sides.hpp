/// @file
/// The vectors on one side of a table of energies, gathered into heads, with their weights.
#ifndef SVDLENS_PROJECTION_DETAIL_ENERGY_SIDES_HPP
#define SVDLENS_PROJECTION_DETAIL_ENERGY_SIDES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "../../core/execution.hpp"
#include "../../directions/vector_set.hpp"
#include "../../tensor/axes.hpp"
#include "../../tensor/axis.hpp"
#include "centred_vectors.hpp"
#include "score_factors.hpp"
#include "vector_lengths.hpp"

namespace svdlens::inline v0_2::detail {

/// Whether vectors of a set are singular directions, several of them of one matrix: the last axis counts them.
template <std::floating_point T>
bool has_nodes(const basic_vector_set<T>& set) {
    return !set.singular_values.empty() && set.axes.rank() > 1 &&
           set.axes[set.axes.rank() - 1].name == "direction";
}

/// What a table of energies calls the nodes of a set: a set of the matrices' axes, without vectors.
template <std::floating_point T>
basic_vector_set<T> named_nodes(const basic_vector_set<T>& set) {
    basic_vector_set<T> result{.name = set.name, .axes = set.axes, .identity = set.identity, .layers = {}};
    result.port = set.port;
    if (!has_nodes(set)) return result;
    std::vector<axis> kept(set.axes.begin(), set.axes.end() - 1);
    const std::string last = kept.back().name;
    result.axes = axes(std::move(kept));
    result.identity = {last, "{" + last + "}"};
    if (last != "head") return result;
    result.axes.add({"head", "L{layer}H{head}"});
    result.identity = {"head", "L{layer}H{head}"};
    return result;
}

/// A set's vectors by nodes (heads, or each vector by itself), each vector with the size that its share of a node's
/// energy is the square of, and with what it is multiplied by to be of unit length.
template <std::floating_point T>
struct energy_side {
    basic_vector_set<T> set;
    vector_lengths<T> lengths;
    product_space space = product_space::whole;
    std::size_t width = 1; ///< vectors a node
    std::size_t nodes = 0; ///< a layer
    factor_lists<T>
        unit; ///< 1 / ‖P v‖ of the vector, of an extreme one as it is written near 1; 0: has no part
    std::vector<std::vector<double>> sizes; ///< over the largest of the node; 0: has no part

    std::size_t layers() const { return set.layers.size(); }

    bool is_present(std::size_t layer, std::size_t node) const {
        if (set.lacks(layer)) return false;
        const auto first = sizes[layer].begin() + static_cast<std::ptrdiff_t>(node * width);
        return std::any_of(first, first + static_cast<std::ptrdiff_t>(width), [](double s) { return s > 0; });
    }

    /// Those over 0 of a node, by its number over all layers.
    std::vector<double> sizes_of(std::size_t node) const {
        const auto& all = sizes[node / nodes];
        std::vector<double> result;
        if (all.empty()) return result;
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(node % nodes * width);
        std::copy_if(first, first + static_cast<std::ptrdiff_t>(width), std::back_inserter(result),
                     [](double s) { return s > 0; });
        return result;
    }
};

/// How long each vector of a layer is, those with no part 0; extreme ones get their `unit`.
template <std::floating_point T>
std::vector<double> layer_lengths(energy_side<T>& side, std::size_t layer) {
    const auto& set = side.set;
    std::vector<double> lengths(set.layers[layer].rows()), row(set.d_model());
    for (std::size_t k = 0; k < lengths.size(); ++k) {
        auto& unit = side.unit[layer][k];
        if (set.is_null(layer, k) || set.is_dead(layer, k)) {
            unit = 0;
        } else if (side.lengths.is_extreme(layer, k)) {
            const auto length = write_near_one(set.layers[layer].row_range(k, 1), side.space, row.data());
            unit = length.value == 0 ? T{0} : static_cast<T>(1 / length.value);
            lengths[k] = std::ldexp(length.value, length.exponent);
        } else {
            lengths[k] = unit == 0 ? 0 : 1 / static_cast<double>(unit);
        }
    }
    return lengths;
}

template <std::floating_point T>
void measure_layer(energy_side<T>& side, std::size_t layer, bool equal) {
    const auto lengths = layer_lengths(side, layer);
    const auto singular_value = [&](std::size_t k) {
        return static_cast<double>(side.set.singular_value(layer, k));
    };
    auto& sizes = side.sizes[layer];
    sizes.resize(lengths.size());
    for (std::size_t first = 0; first < sizes.size(); first += side.width) {
        double largest = 0;
        for (std::size_t k = first; k < first + side.width; ++k)
            if (lengths[k] > 0) largest = (std::max)(largest, singular_value(k));
        for (std::size_t k = first; k < first + side.width; ++k) {
            if (lengths[k] == 0 || largest == 0) continue;
            sizes[k] = equal || side.width == 1 ? 1 : singular_value(k) / largest * lengths[k];
        }
    }
}

/// @param equal whether all vectors of a node have the same size
/// @throws numeric_error (non_finite), naming the vector; cancelled_error
template <std::floating_point T>
energy_side<T> make_energy_side(basic_vector_set<T> from, product_space space, bool equal,
                                const execution& run) {
    energy_side<T> side{.set = std::move(from), .lengths = {}, .space = space, .unit = {}, .sizes = {}};
    side.width =
        has_nodes(side.set) ? static_cast<std::size_t>(side.set.axes[side.set.axes.rank() - 1].extent) : 1;
    side.nodes = side.width == 0 ? 0 : side.set.size() / side.width;
    const std::vector<bool> all(side.layers(), true);
    side.lengths = measure_vectors(side.set, all, run);
    side.unit = space == product_space::centred && !side.set.centered
                    ? centred_inverses(side.set, side.lengths, all, run)
                    : side.lengths.inverse;
    side.sizes.resize(side.layers());
    for (std::size_t l = 0; l < side.layers(); ++l) measure_layer(side, l, equal);
    return side;
}

} // namespace svdlens::inline v0_2::detail

#endif
