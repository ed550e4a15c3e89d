/// @file
/// How a tensor of a checkpoint is laid out, by the meaning of its axes: fused and split matrices as tables.
#ifndef SVDLENS_MODEL_STORED_AXES_HPP
#define SVDLENS_MODEL_STORED_AXES_HPP

#include <array>
#include <cstdint>

#include "../core/error.hpp"

namespace svdlens::inline v0_2::schemes {

/// The axes of stored tensors. A size that one tensor gives to an axis holds for all.
enum class model_axis {
    none, ///< fills up the list of a tensor of lower rank
    n_heads,
    n_key_value_heads,
    n_group, ///< heads that share a key/value head, where they lie beside it
    one,     ///< of extent 1: what stands once in a stack, or alone in a dimension
    d_model,
    d_head,
    d_mlp,
    n_experts,   ///< of a mixture, side by side in one tensor
    d_expert,    ///< neurons of an expert, where d_mlp are those of other layers
    d_shared,    ///< neurons of the experts that every token goes to
    d_latent,    ///< what keys and values are made from, where they share it (DeepSeek)
    d_rotary,    ///< dimensions of queries and keys that are rotated, where they lie apart (DeepSeek)
    d_unrotated, ///< the others of them
    n_ctx,
    n_positions, ///< rows of W_pos, where a config's n_ctx counts others besides (RoBERTa)
    d_vocab,
    d_vocab_out, ///< tokens of W_U; or of a W_E of which a config's d_vocab counts a part (Trajectory Transformer)
    any,         ///< of any extent; several dimensions side by side are the rows of one matrix
};

/// Slice `index` of `count` equal ones that lie side by side: the keys of fused queries, keys and values are
/// `fused_slice{1, 3}`.
struct fused_slice {
    std::uint32_t index;
    std::uint32_t count;
};

/// One of several things that are stacked: an axis, or so many entries that nobody reads.
struct stack_part {
    model_axis axis = model_axis::none;
    std::uint32_t entries = 0;

    constexpr stack_part() = default;
    /// As many entries as the axis has.
    constexpr stack_part(model_axis axis_) : axis(axis_) {}
    /// Entries that are not read.
    constexpr stack_part(std::uint32_t entries_) : entries(entries_) {}
};

/// Axes of different extents one behind the other, of which the one at `index` is read: the keys of fused
/// queries, keys and values with grouped heads are `stacked_axes{1, {n_heads, n_key_value_heads,
/// n_key_value_heads}}`, and positions that begin at row 2 `stacked_axes{1, {2, n_ctx}}`.
struct stacked_axes {
    std::uint32_t index;
    std::array<stack_part, 3> parts;
};

/// What one dimension of a stored tensor is made of: an axis, slices of which one is read, or axes stacked.
struct axis_factor {
    model_axis axis = model_axis::none; ///< the one that is read
    fused_slice slice = {0, 1};
    std::array<stack_part, 3> stack = {}; ///< with `axis` among them; or nothing
    std::uint32_t index = 0;              ///< of `axis` in the stack

    constexpr axis_factor() = default;
    /// An axis as it is.
    constexpr axis_factor(model_axis axis_) : axis(axis_) {}
    /// @throws argument_error (invalid_argument) where what is read is no axis; in a constexpr table the
    ///         compiler refuses it
    constexpr axis_factor(stacked_axes stacked) : stack(stacked.parts), index(stacked.index) {
        if (index >= stack.size() || stack[index].axis == model_axis::none)
            throw argument_error(errc::invalid_argument, "naming scheme: what is read of a stack is no axis");
        axis = stack[index].axis;
    }
    /// @throws argument_error (invalid_argument) for a slice beyond the last; in a constexpr table the
    ///         compiler refuses it
    constexpr axis_factor(fused_slice slice_) : slice(slice_) {
        if (slice.index >= slice.count)
            throw argument_error(errc::invalid_argument, "naming scheme: a slice beyond the last");
    }

    /// Whether it is an axis of the model.
    constexpr bool is_axis() const { return axis != model_axis::none; }
    /// Whether it is a part of axes that stand one behind the other.
    constexpr bool is_stacked() const { return stack[0].axis != model_axis::none || stack[0].entries != 0; }
    /// Whether it stands for no axis at all.
    constexpr bool is_nothing() const { return !is_axis() && slice.count == 1; }
};

/// One dimension of a stored tensor: an axis, one of several that are stacked, or several `joined`.
struct stored_dimension {
    std::array<axis_factor, 3> factors = {};

    constexpr stored_dimension() = default;
    /// One axis.
    constexpr stored_dimension(model_axis axis) : factors{axis} {}
    /// One of several axes that stand one behind the other.
    constexpr stored_dimension(stacked_axes stacked) : factors{stacked} {}
    /// Three axes in one dimension, outermost first.
    constexpr stored_dimension(axis_factor outer, axis_factor middle, axis_factor inner) :
        factors{outer, middle, inner} {}

    /// Whether one axis is all of it.
    constexpr bool is_single() const {
        return factors[1].is_nothing() && factors[2].is_nothing() && !factors[0].is_stacked();
    }
};

/// Several axes in one dimension, outermost first: `joined(n_heads, d_head)` is head after head,
/// `joined(fused_slice{0, 3}, n_heads, d_head)` the first third of three times that, and `joined(n_heads,
/// fused_slice{0, 3}, d_head)` the first third within each head.
constexpr stored_dimension joined(axis_factor outer, axis_factor middle = {}, axis_factor inner = {}) {
    return {outer, middle, inner};
}

/// The dimensions of a stored tensor, outermost first.
using stored_axes = std::array<stored_dimension, 4>;

} // namespace svdlens::inline v0_2::schemes

#endif
