/// @file
/// The tails of a table with the quantiles that bound them: rows and thresholds from the same pass.
#ifndef SVDLENS_TABLE_FIND_TAILS_HPP
#define SVDLENS_TABLE_FIND_TAILS_HPP

#include <concepts>
#include <cstdint>
#include <utility>

#include "../core/execution.hpp"
#include "row_order.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "stored_source.hpp"
#include "tail_options.hpp"
#include "tail_scan.hpp"
#include "tail_search.hpp"

namespace svdlens::inline v0 {

/// The rows strictly beyond two quantiles, and the quantiles.
template <std::floating_point T>
struct basic_tails {
    double low;              ///< NaN where none was asked for, or where there is no score
    double high;             ///< the same
    basic_selection<T> rows; ///< ascending
};

using tails = basic_tails<float>;

namespace detail {

/// Whether one pass that keeps candidates is the way to the tails of a source: where a pass costs more than
/// the candidates, and these are few and within the budget.
template <score_source S>
bool takes_one_pass(const S& source, const tail_sizes& sizes, std::uint64_t memory_budget) {
    if (stored_source<S>) return false;
    const std::uint64_t rows = static_cast<std::uint64_t>(sizes.low) + sizes.high;
    return rows <= source.max_rows() / 8 + 1024 && tail_bytes<typename S::value_type>(rows) <= memory_budget;
}

/// The rows in any order.
template <score_key Key, score_source S>
found_tails<typename S::value_type> find_tails(const S& source, const tail_options& wanted,
                                               const execution& run) {
    check_tails(wanted);
    const tail_sizes sizes(source.max_rows(), wanted);
    if (takes_one_pass(source, sizes, wanted.memory_budget))
        return scan_tails<Key>(source, wanted, sizes, run);
    return search_tails<Key>(source, wanted, run);
}

} // namespace detail

/// The rows strictly beyond exact quantiles of the source (rule `linear`) in ascending row order, with those
/// quantiles: `find_tails(scores, {.low = 0.001, .high = 0.999})`. `find_tails<magnitude>` takes the
/// quantiles of |score|, compares |score|, and keeps the signed scores. A quantile that is zero is +0.
///
/// Passes, chosen by the source and the options:
/// - one, where the scores are not in memory and the tails are at most an eighth of the rows: what lies
///   beyond running bounds is kept, and the bounds come from it.
/// - else two: the highest digits of the scores are counted (256 KiB a thread and 256 KiB), then the tails
///   and the few rows about their ends collected, up to half as many more. One pass more where very many
///   rows are about the ends (equal scores, or all within a few per cent of each other), three where scores
///   are double.
///
/// Memory: 40 + 2 sizeof(T) bytes for each row that the tails can have, and the budget holds them.
/// @throws argument_error (invalid_argument) for a probability outside [0, 1], a low one above the high one,
/// or tails that are over the memory budget: `for_each_outside_quantiles` streams those
/// @throws cancelled_error when `run.stop` becomes true
template <score_key Key = signed_score, score_source S>
basic_tails<typename S::value_type> find_tails(const S& source, const tail_options& wanted,
                                               const execution& run = {}) {
    auto found = detail::find_tails<Key>(source, wanted, run);
    return {found.bounds.low, found.bounds.high, detail::to_selection(source.axes(), std::move(found.rows))};
}

} // namespace svdlens::inline v0

#endif
