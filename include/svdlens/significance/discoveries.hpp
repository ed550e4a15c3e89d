/// @file
/// Which rows of a table are more than chance, at a false discovery rate: exact, over any number of rows.
#ifndef SVDLENS_SIGNIFICANCE_DISCOVERIES_HPP
#define SVDLENS_SIGNIFICANCE_DISCOVERIES_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../projection/projection.hpp"
#include "../table/ask.hpp"
#include "../table/question.hpp"
#include "../table/score_source.hpp"
#include "detail/search/discovery_question.hpp"
#include "discovery_test.hpp"
#include "findings.hpp"
#include "log_p.hpp"
#include "row_weights.hpp"

namespace svdlens::inline v0_2 {

/// How a projection is asked for discoveries.
struct discovery_options {
    double q = 0.05;
    null_model null = null_model::share;
    p_weights weights = p_weights::energy;
    /// Rows of the control, at least, where the projection's sets have acausal ones: all tiles, or a fixed subset of so
    /// many rows. 0: no control.
    std::uint64_t control_rows = 10'000'000;
};

namespace detail {

template <class S>
inline constexpr bool is_projection = false;
template <class T>
inline constexpr bool is_projection<basic_projection<T>> = true;

} // namespace detail

/// The rows of any table of cosines or shares that are found at a false discovery rate q: the step-up rule of Benjamini
/// and Hochberg on p over weight, p as `log_p` of the score in `test.dimension` dimensions, weights of mean 1 over all
/// present rows. The family is all present rows: NaN ones count, with p = 1. Rows of one value stand or fall together.
///
/// Exact, for any number of rows. One pass in most cases: rows are counted by level of p over weight, and the deeper
/// levels held, 16 bytes a row: no more than half of `run.memory_budget`. Two, where more is found than these hold.
/// O(1) a row, a look-up of a bound of its p; p itself, about 1 µs, of the rows about the threshold and beyond it. One
/// pass more, first, for weights of a table without tiles.
/// @throws argument_error (invalid_argument) for q outside (0, 1), a score above 1 in size, weights of another table or
/// that are all 0, a table that a condition on scores narrows, or when the budget does not hold what is found
/// (`for_each_discovery` streams it)
/// @throws cancelled_error when `run.stop` becomes true
template <score_source S>
    requires(!detail::is_projection<S>)
findings discoveries(const S& source, const discovery_test& test, const execution& run = {}) {
    return std::get<0>(ask(source, detail::discovery_question{test}, run));
}

/// The question that `discoveries` answers, for `ask`: `discoveries({.q = 0.05, .dimension = 127})`; that of a
/// projection of shares: `discoveries(test_of(shares, {.q = 0.05}))`.
inline detail::discovery_question discoveries(discovery_test test) { return {std::move(test)}; }

/// Discoveries of any number: `sink(discovered_rows)` is called with them in ascending row order, never by two threads at
/// once. Where the budget holds them, once, with their q. Else the threshold is found by counting, three passes or more,
/// and the rows are handed on band by band (the tiles of the same lines) in a last one, without q; the result says so.
/// Otherwise as `discoveries`.
/// @throws as `discoveries`, but for the budget; what the sink throws, once
template <score_source S, class Sink>
    requires(std::invocable<Sink&, const discovered_rows<typename S::value_type>&>)
discovery_count for_each_discovery(const S& source, const discovery_test& test, Sink&& sink,
                                   const execution& run = {}) {
    return std::get<0>(
        ask(source, detail::discovery_sink_question<std::remove_reference_t<Sink>>{test, &sink}, run));
}

/// What `discoveries` takes for the scores of a projection, of `share` or `centered_cosine`.
/// @throws argument_error (invalid_argument) when the scores follow no null
template <std::floating_point T>
discovery_test test_of(const basic_projection<T>& scores, const discovery_options& options = {});

/// The findings of a projection of any kind of score, with shares, or centered cosines, as the null has it; with the
/// control: rows of its sets that cannot be, put through the same threshold. Rows of sets without acausal pairs (tokens,
/// unembedding) have none: `control_of` takes the wrong side instead.
/// @throws as above; numeric_error, as `project`
template <std::floating_point T>
findings discoveries(const basic_projection<T>& scores, const discovery_options& options = {},
                     const execution& run = {});

/// The findings of several projections as one family: one threshold, and rates over all of them.
template <std::floating_point T>
std::vector<findings> discoveries(const std::vector<basic_projection<T>>& scores,
                                  const discovery_options& options = {}, const execution& run = {});

/// How many rows of a control pass the threshold of findings: `control_of(found, project(heads.writing(),
/// weights.embedding(), {.rows = projected_rows::wrong_side}))`. At least `options.control_rows` rows, in whole tiles
/// that their numbers choose, or all. With the null and the kind of weights that the findings were tested with
/// (`findings::as`; those of the options where they come from no projection). Weights of the control have the mean, over
/// all of its family, that those of the table have: as many of its rows as of the table's pass by chance. One pass over
/// these tiles.
template <std::floating_point T>
control_counts control_of(const findings& found, const basic_projection<T>& control,
                          const discovery_options& options = {}, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/discoveries.hpp"
#endif

#endif
