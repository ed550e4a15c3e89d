/// @file
/// Naming schemes: what each part of a transformer is called in a checkpoint, and in which order its axes are
/// stored, as tables. A new architecture is a new table.
#ifndef SVDLENS_MODEL_NAMING_SCHEME_HPP
#define SVDLENS_MODEL_NAMING_SCHEME_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "../core/text.hpp"
#include "../linalg/vector_set.hpp"
#include "transformer_parts.hpp"

namespace svdlens::inline v0 {

/// The parts that a scheme gives names to.
enum class weight_part {
    W_E,
    W_pos,
    W_U,
    b_U,
    ln_final_w,
    ln_final_b,
    ln1_w,
    ln1_b,
    W_Q,
    W_K,
    W_V,
    W_O,
    b_Q,
    b_K,
    b_V,
    b_O,
    ln2_w,
    ln2_b,
    W_in,
    W_gate,
    W_out,
    b_in,
    b_gate,
    b_out,
};
inline constexpr std::size_t weight_part_count = 24;

/// Whether a part's matrix is d_model × n (it reads the residual stream); otherwise it is n × d_model.
constexpr bool reads_residual(weight_part part) {
    switch (part) {
    case weight_part::W_Q:
    case weight_part::W_K:
    case weight_part::W_V:
    case weight_part::W_in:
    case weight_part::W_gate:
    case weight_part::W_U:
        return true;
    default:
        return false;
    }
}

/// The axes of stored tensors. A size that one tensor gives to an axis holds for all.
enum class model_axis {
    none, ///< fills up the list of a tensor of lower rank
    n_heads,
    n_key_value_heads,
    d_model,
    d_head,
    d_mlp,
    n_ctx,
    d_vocab,
    d_vocab_out,
    any, ///< of any extent
};
inline constexpr std::size_t model_axis_count = 10;

/// The axes of a stored tensor, outermost first.
using stored_axes = std::array<model_axis, 3>;

/// One row of a scheme's table. In a pattern `{layer}` stands for the layer's number. Where a part has
/// several rows, the first whose tensor exists counts. A matrix stored (out, in) is read transposed: its axes
/// say so.
struct part_name {
    weight_part part;
    std::string_view pattern;
    stored_axes axes;
};

/// A matrix besides the usual ones; its bias, if any, is called `....bias` for `....weight`. An embedding
/// table (rows are vectors) that has a bias is a linear layer instead, and stored the other way round.
struct extra_name {
    std::string_view name;
    stored_axes axes;
    svdlens::flow flow;
    std::string_view axis;
    matrix_role role = matrix_role::other;
};

/// What the presence of a tensor says of a model.
enum class tensor_hint {
    buffer,      ///< nothing: no weight
    rotary,      ///< queries and keys are rotated by their position
    qk_norm,     ///< queries or keys are normalised after their projection
    unsupported, ///< the model computes something that this library would get wrong
};

/// A tensor that is not read, and why.
struct hint_name {
    std::string_view pattern;
    tensor_hint hint;
    std::string_view reason = {};
};

/// Where a gated MLP adds the bias that is called b_in.
enum class gated_bias { linear_branch, after_product };

/// How one family of checkpoints names its tensors. A file follows it when, behind one of the prefixes, it
/// has a tensor of some layer and, where there are `extras`, one of them.
struct naming_scheme {
    std::string_view name;
    std::span<const std::string_view> prefixes; ///< of `parts` and `hints`
    std::span<const part_name> parts;
    std::span<const extra_name> extras;
    std::span<const hint_name> hints;
    svdlens::gated_bias gated_bias;
};

namespace detail {

/// A pattern around its `{layer}`.
struct split_pattern {
    std::string_view before;
    std::string_view after;
    bool layered;
};

constexpr split_pattern split(std::string_view pattern) {
    constexpr std::string_view placeholder = "{layer}";
    const auto at = pattern.find(placeholder);
    if (at == std::string_view::npos) return {pattern, {}, false};
    return {pattern.substr(0, at), pattern.substr(at + placeholder.size()), true};
}

/// A layer's number as it is written in names: decimal, no leading zero, at most nine digits.
constexpr std::optional<std::size_t> parse_layer(std::string_view text) {
    if (text.empty() || text.size() > 9 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::size_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    return number;
}

} // namespace detail

/// The tensor that a pattern means in one layer.
inline std::string tensor_name(std::string_view prefix, std::string_view pattern, std::size_t layer) {
    const auto parts = detail::split(pattern);
    std::string name(prefix);
    name += parts.before;
    if (parts.layered) append_number(name, layer);
    name += parts.after;
    return name;
}

/// What the bias of an extra matrix is called: `....bias` for `....weight`.
inline std::string bias_name(std::string_view weight) {
    constexpr std::string_view ending = "weight";
    if (weight.ends_with(ending)) weight.remove_suffix(ending.size());
    return std::string(weight) + "bias";
}

/// The layer whose tensor a pattern calls `name`; 0 for a pattern without layers; nothing when it is
/// another's.
constexpr std::optional<std::size_t> layer_of(std::string_view name, std::string_view prefix,
                                              std::string_view pattern) {
    if (!name.starts_with(prefix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    const auto parts = detail::split(pattern);
    if (!parts.layered) return name == pattern ? std::optional<std::size_t>(0) : std::nullopt;
    if (name.size() < parts.before.size() + parts.after.size()) return std::nullopt;
    if (!name.starts_with(parts.before) || !name.ends_with(parts.after)) return std::nullopt;
    name.remove_prefix(parts.before.size());
    name.remove_suffix(parts.after.size());
    return detail::parse_layer(name);
}

} // namespace svdlens::inline v0

#endif
