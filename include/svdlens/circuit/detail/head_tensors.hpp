/// @file
/// What OV and QK circuits have in common: which tensor of which head.
#ifndef SVDLENS_CIRCUIT_DETAIL_HEAD_TENSORS_HPP
#define SVDLENS_CIRCUIT_DETAIL_HEAD_TENSORS_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../directions/factored_set.hpp"
#include "../../model/transformer_weights.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The key/value head that a head uses.
inline std::size_t key_value_head(const model_sizes& sizes, std::size_t head) {
    return head / (sizes.n_heads / sizes.n_key_value_heads);
}

/// How messages call a layer's attention tensor: by its name in the file, or as TransformerLens would.
inline std::string tensor_label(const std::string& name, std::size_t layer, std::string_view part) {
    return name.empty() ? "blocks." + to_text(layer) + ".attn." + std::string(part) : name;
}

template <std::floating_point T>
void require_heads(const basic_transformer_weights<T>& weights, std::size_t layer, std::string_view part,
                   std::size_t found, std::size_t expected) {
    if (found == expected) return;
    throw model_error(errc::unknown_tensor, weights.file + ": tensor " +
                                                quoted(tensor_label("", layer, part)) + ": expected " +
                                                to_text(expected) + " heads, found " + to_text(found));
}

/// A set of that name with a model's axes and provenance, without matrices and ports.
/// @throws model_error (invalid_config) when the numbers of heads do not fit each other
template <std::floating_point T>
basic_factored_set<T> empty_circuits(const basic_transformer_weights<T>& weights, std::string name) {
    const auto& sizes = weights.sizes;
    if (sizes.n_heads != 0 && (sizes.n_key_value_heads == 0 || sizes.n_heads % sizes.n_key_value_heads != 0))
        throw model_error(errc::invalid_config, weights.file + ": expected key/value heads that divide the " +
                                                    to_text(sizes.n_heads) + " heads, found " +
                                                    to_text(sizes.n_key_value_heads));
    basic_factored_set<T> result;
    result.name = std::move(name);
    result.axes = head_axes(weights.blocks.size(), sizes.n_heads);
    result.file = weights.file;
    result.provenance = weights.provenance();
    return result;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
