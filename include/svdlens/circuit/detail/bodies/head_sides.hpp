/// @file
/// The bodies of circuit/head_sides.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_HEAD_SIDES_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_HEAD_SIDES_HPP

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../directions/singular_directions.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../circuits.hpp"
#include "../../head_sides.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
basic_attending_directions<T> attending_directions(const basic_transformer_weights<T>& weights,
                                                   std::optional<std::int64_t> offset, const execution& run) {
    if (weights.is_rotary() && !offset)
        return {{},
                {},
                "queries and keys are rotated by position, so that they meet in one matrix at one "
                "distance only: say how far a query stands behind its key (rotary_offset, or --offset N)"};
    try {
        basic_attending_directions<T> made;
        made.circuits = weights.is_rotary() ? rotary_qk_circuits(weights, *offset) : qk_circuits(weights);
        made.qk = singular_directions(*made.circuits, run);
        return made;
    } catch (const model_error& reason) { // a model may have no W_Q, or norms between
        return {{}, {}, reason.what()};
    }
}

template <std::floating_point T>
basic_head_sides<T> sides_of_heads(const basic_singular_directions<T>& ov,
                                   const basic_attending_directions<T>& attending) {
    basic_head_sides<T> sides{ov.reading(), ov.writing()};
    if (attending.qk) {
        sides.query = attending.qk->query();
        sides.key = attending.qk->key();
    }
    sides.left_out = attending.left_out;
    return sides;
}

template <std::floating_point T>
basic_head_sides<T> sides_of_heads(const basic_transformer_weights<T>& weights,
                                   const basic_singular_directions<T>& ov, std::optional<std::int64_t> offset,
                                   const execution& run) {
    return sides_of_heads(ov, attending_directions(weights, offset, run));
}

#ifdef SVDLENS_COMPILED
template basic_attending_directions<float>
attending_directions(const basic_transformer_weights<float>& weights, std::optional<std::int64_t> offset,
                     const execution& run);
template basic_attending_directions<double>
attending_directions(const basic_transformer_weights<double>& weights, std::optional<std::int64_t> offset,
                     const execution& run);
template basic_head_sides<float> sides_of_heads(const basic_singular_directions<float>& ov,
                                                const basic_attending_directions<float>& attending);
template basic_head_sides<double> sides_of_heads(const basic_singular_directions<double>& ov,
                                                 const basic_attending_directions<double>& attending);
template basic_head_sides<float> sides_of_heads(const basic_transformer_weights<float>& weights,
                                                const basic_singular_directions<float>& ov,
                                                std::optional<std::int64_t> offset, const execution& run);
template basic_head_sides<double> sides_of_heads(const basic_transformer_weights<double>& weights,
                                                 const basic_singular_directions<double>& ov,
                                                 std::optional<std::int64_t> offset, const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
