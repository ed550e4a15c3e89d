/// @file
/// One side of the singular directions of a factored set as a vector set.
#ifndef SVDLENS_LINALG_DIRECTION_SET_HPP
#define SVDLENS_LINALG_DIRECTION_SET_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "factored_set.hpp"
#include "matrix.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Whether the set is of QK circuits, whose both sides read.
template <std::floating_point T>
bool both_sides_read(const basic_factored_set<T>& set) {
    return set.right.flow == flow::reads;
}

[[noreturn]] inline void throw_wrong_side(const std::string& name, std::string_view asked,
                                          std::string_view instead) {
    throw argument_error(errc::invalid_argument, "singular directions of " + quoted(name) + ": no " +
                                                     std::string(asked) + " side, ask for " +
                                                     std::string(instead));
}

/// (layer, head, direction), with the label columns of the set.
template <std::floating_point T>
axes direction_axes(const basic_factored_set<T>& set, std::size_t directions) {
    axes result({set.axes[0], set.axes[1], {"direction", directions}}, set.axes.label_columns());
    result.set_title(set.name);
    result.set_provenance(set.provenance);
    return result;
}

/// A list over (layer, head, direction) as one list a layer.
template <class Value>
std::vector<std::vector<Value>> split_by_layer(const std::vector<Value>& values, std::size_t layers) {
    std::vector<std::vector<Value>> result;
    for (std::size_t l = 0; l < layers; ++l) {
        const auto stride = static_cast<std::ptrdiff_t>(values.size() / layers);
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(l) * stride;
        result.emplace_back(first, first + stride);
    }
    return result;
}

/// The directions on one side, a matrix a layer, with what is known of each.
template <std::floating_point T>
basic_vector_set<T> direction_set(const basic_factored_set<T>& set, const residual_port& port,
                                  std::vector<basic_matrix<T>> layers, const std::vector<T>& singular_values,
                                  const std::vector<bool>& null_space) {
    const std::size_t lines = layers.empty() ? 0 : layers.front().rows();
    return {.name = set.name,
            .axes = direction_axes(set, set.heads() == 0 ? 0 : lines / set.heads()),
            .identity = {"direction", "L{layer}H{head}.{direction}",
                         both_sides_read(set) ? set.name + "_direction" : "direction"},
            .layers = std::move(layers),
            .port = port,
            .singular_values = split_by_layer(singular_values, set.layers()),
            .null_space = split_by_layer(null_space, set.layers()),
            .provenance = set.provenance};
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
