/// @file
/// The bodies of circuit/induction_circuits.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_INDUCTION_CIRCUITS_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_INDUCTION_CIRCUITS_HPP

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../../directions/chained_diagonal_test.hpp"
#include "../../../directions/diagonal_test.hpp"
#include "../../../directions/vector_moments.hpp"
#include "../../../model/detail/processing_steps.hpp"
#include "../../../model/detail/refusals.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../circuits.hpp"
#include "../../induction_circuits.hpp"
#include "../../position_profile.hpp"
#include "../retitled.hpp"
#include "../token_circuits.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Moments of the embedded tokens alone, all three the same.
inline vector_moments of_readers(const vector_moments& vectors) {
    auto result = vectors;
    result.to = result.across = vectors.from;
    result.to_size = vectors.from_size;
    result.to_exponent = vectors.from_exponent;
    result.to_name = vectors.from_name;
    return result;
}

} // namespace detail

template <std::floating_point T>
basic_induction_circuits<T> induction_circuits(const basic_transformer_weights<T>& weights,
                                               const token_test_options& options, const execution& run) {
    detail::require_allowed(weights.file, "induction_circuits",
                            detail::refusal_of_matching(weights, options.offset.has_value()));
    const auto no_copying = detail::refusal_of_copying(weights);
    const auto no_positions = detail::refusal_of_positions(weights);
    const auto ov = ov_circuits(weights);
    const auto qk = detail::scoring_circuits(weights, options.offset);
    const diagonal_test_options scale{.scale = *weights.attention_scale};
    const auto summing = part_of(run, 0, 0.4, 100);
    const auto both = no_copying ? moments_of(weights.embed(), summing)
                                 : moments_of(weights.embed(), weights.unembed(), summing);
    const auto tokens = detail::of_readers(both);
    std::vector<std::string> notes;
    if (no_copying) notes.push_back("no copying test: " + *no_copying);
    if (no_positions) notes.push_back("no position test: " + *no_positions);
    auto matching = diagonal_test(qk, tokens, scale, part_of(run, 0.4, 0.5, 100));
    std::optional<basic_diagonal_test<T>> copying;
    if (!no_copying)
        copying = detail::titled(diagonal_test(ov, both, {}, part_of(run, 0.5, 0.6, 100)), "copying");
    std::optional<basic_attention_profile<T>> positions;
    if (!no_positions) positions = position_profile(weights, {}, part_of(run, 0.6, 0.7, 100));
    auto pairs = chained_diagonal_test(qk, ov, tokens, scale, part_of(run, 0.7, 1, 100));
    return {std::move(pairs), detail::titled(std::move(matching), "matching"), std::move(copying),
            std::move(positions), std::move(notes)};
}

#ifdef SVDLENS_COMPILED
template basic_induction_circuits<float> induction_circuits(const basic_transformer_weights<float>& weights,
                                                            const token_test_options& options,
                                                            const execution& run);
template basic_induction_circuits<double> induction_circuits(const basic_transformer_weights<double>& weights,
                                                             const token_test_options& options,
                                                             const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
