/// @file
/// The bodies of circuit/position_profile.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_POSITION_PROFILE_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_POSITION_PROFILE_HPP

#include <concepts>
#include <utility>

#include "../../../core/execution.hpp"
#include "../../../directions/attention_profile.hpp"
#include "../../../model/detail/processing_steps.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../circuits.hpp"
#include "../../position_profile.hpp"
#include "../retitled.hpp"
#include "../token_circuits.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
basic_attention_profile<T> position_profile(const basic_transformer_weights<T>& weights,
                                            const position_profile_options& options, const execution& run) {
    detail::require_allowed(weights.file, "position_profile", detail::refusal_of_positions(weights));
    const auto positions = detail::some_positions(weights, 0, weights.W_pos.rows());
    auto profile = attention_profile(
        qk_circuits(weights), positions,
        {.scale = *weights.attention_scale, .offsets = options.offsets, .causal = options.causal}, run);
    return {detail::retitled(std::move(profile.attention), "position_attention"),
            detail::retitled(std::move(profile.score), "position_score")};
}

#ifdef SVDLENS_COMPILED
template basic_attention_profile<float> position_profile(const basic_transformer_weights<float>& weights,
                                                         const position_profile_options& options,
                                                         const execution& run);
template basic_attention_profile<double> position_profile(const basic_transformer_weights<double>& weights,
                                                          const position_profile_options& options,
                                                          const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
