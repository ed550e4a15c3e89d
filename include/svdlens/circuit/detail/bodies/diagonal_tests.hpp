/// @file
/// The bodies of circuit/diagonal_tests.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_DIAGONAL_TESTS_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_DIAGONAL_TESTS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/diagonal_test.hpp"
#include "../../../model/detail/processing_steps.hpp"
#include "../../../model/detail/refusals.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../circuits.hpp"
#include "../../diagonal_tests.hpp"
#include "../retitled.hpp"
#include "../token_circuits.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
basic_diagonal_test<T> copying_test(const basic_transformer_weights<T>& weights, const execution& run) {
    detail::require_allowed(weights.file, "copying_test", detail::refusal_of_copying(weights));
    return detail::titled(diagonal_test(ov_circuits(weights),
                                        moments_of(weights.embed(), weights.unembed(), part_of(run, 0, 0.8)),
                                        {}, part_of(run, 0.8, 1)),
                          "copying");
}

template <std::floating_point T>
basic_diagonal_test<T> matching_test(const basic_transformer_weights<T>& weights,
                                     const token_test_options& options, const execution& run) {
    detail::require_allowed(weights.file, "matching_test",
                            detail::refusal_of_matching(weights, options.offset.has_value()));
    const auto circuits = detail::scoring_circuits(weights, options.offset);
    const auto vectors = moments_of(weights.embed(), part_of(run, 0, 0.8));
    return detail::titled(
        diagonal_test(circuits, vectors, {.scale = *weights.attention_scale}, part_of(run, 0.8, 1)),
        "matching");
}

template <std::floating_point T>
basic_diagonal_test<T> previous_token_test(const basic_transformer_weights<T>& weights,
                                           const position_test_options& options, const execution& run) {
    detail::require_allowed(weights.file, "previous_token_test", detail::refusal_of_positions(weights));
    const std::size_t n = weights.W_pos.rows();
    if (options.offset >= n)
        throw argument_error(errc::invalid_argument,
                             weights.file + ": previous_token_test: expected an offset below the " +
                                 to_text(n) + " positions, found " + to_text(options.offset));
    const auto later = detail::some_positions(weights, options.offset, n - options.offset);
    const auto earlier = detail::some_positions(weights, 0, n - options.offset);
    return detail::titled(diagonal_test(qk_circuits(weights),
                                        moments_of(later, earlier, part_of(run, 0, 0.8)),
                                        {.scale = *weights.attention_scale}, part_of(run, 0.8, 1)),
                          "previous_token");
}

#ifdef SVDLENS_COMPILED
template basic_diagonal_test<float> copying_test(const basic_transformer_weights<float>& weights,
                                                 const execution& run);
template basic_diagonal_test<double> copying_test(const basic_transformer_weights<double>& weights,
                                                  const execution& run);
template basic_diagonal_test<float> matching_test(const basic_transformer_weights<float>& weights,
                                                  const token_test_options& options, const execution& run);
template basic_diagonal_test<double> matching_test(const basic_transformer_weights<double>& weights,
                                                   const token_test_options& options, const execution& run);
template basic_diagonal_test<float> previous_token_test(const basic_transformer_weights<float>& weights,
                                                        const position_test_options& options,
                                                        const execution& run);
template basic_diagonal_test<double> previous_token_test(const basic_transformer_weights<double>& weights,
                                                         const position_test_options& options,
                                                         const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
