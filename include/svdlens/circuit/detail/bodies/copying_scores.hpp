/// @file
/// The bodies of circuit/copying_scores.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_COPYING_SCORES_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_COPYING_SCORES_HPP

#include <concepts>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../../directions/similarity.hpp"
#include "../../../model/detail/processing_steps.hpp"
#include "../../../model/detail/refusals.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../circuits.hpp"
#include "../../copying_scores.hpp"
#include "../retitled.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
basic_eigenvalue_signs<T> copying_scores(const basic_transformer_weights<T>& weights, const execution& run) {
    detail::require_allowed(weights.file, "copying_scores", detail::refusal_of_copying(weights));
    auto signs = eigenvalue_signs(ov_circuits(weights), weights.embed(), weights.unembed(), run);
    return {detail::retitled(std::move(signs.score), "copying_score"),
            detail::retitled(std::move(signs.positive_fraction), "copying_positive_fraction")};
}

#ifdef SVDLENS_COMPILED
template basic_eigenvalue_signs<float> copying_scores(const basic_transformer_weights<float>& weights,
                                                      const execution& run);
template basic_eigenvalue_signs<double> copying_scores(const basic_transformer_weights<double>& weights,
                                                       const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
