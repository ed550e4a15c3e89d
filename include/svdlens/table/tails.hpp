/// @file
/// The tails of a table with the quantiles that bound them, in memory or streamed in row order.
#ifndef SVDLENS_TABLE_TAILS_HPP
#define SVDLENS_TABLE_TAILS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "detail/rows/row_list.hpp"
#include "detail/rows/source_kind.hpp"
#include "detail/tails/bounds.hpp"
#include "detail/tails/tail_options.hpp"
#include "detail/tails/tail_scan.hpp"
#include "detail/tails/tail_search.hpp"
#include "quantiles.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "store.hpp"

namespace svdlens::inline v0_2 {

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
    if (in_memory(source)) return false;
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


/// What takes rows as they are found: a function of a run of listed rows, ascending in it and from call to
/// call. It is called by one thread at a time. The run is gone after the call.
template <class F, class T>
concept row_sink = std::floating_point<T> && std::invocable < F&,
        const score_run<T>
& > ;

namespace detail {

/// Hands a list to a sink in slices, so that the sink holds little at a time and a stop is answered.
template <std::floating_point T, class Sink>
void hand_on(const row_list<T>& list, Sink& sink, const execution& run) {
    constexpr std::size_t slice = std::size_t{1} << 14;
    for (std::size_t first = 0; first < list.size(); first += slice) {
        run.throw_if_stopped();
        const std::size_t count = (std::min)(slice, list.size() - first);
        sink(score_run<T>{{list.scores.data() + first, count}, 0, list.rows.data() + first});
    }
}

/// Hands over rows in row order, of a source that has bands.
template <banded_source S, class Test, class Sink>
void stream_rows(const S& source, const Test& test, Sink& sink, const execution& run) {
    using T = typename S::value_type;
    struct slot {
        block_buffer<T> buffer;
        row_list<T> found;
    };
    row_list<T> band;
    const auto end_band = [&] {
        sort_rows(band);
        hand_on(band, sink, run);
        band.clear();
    };
    for_blocks_in_order<slot>(
        source.blocks(), source.max_rows(), run,
        [&](std::size_t i, slot& mine) {
            const auto block = source.block(i, mine.buffer);
            mine.found.clear();
            for (std::size_t k = 0; k < block.runs; ++k)
                append_hits(block.run(k), 0, block.width, test, mine.found);
        },
        [&](std::size_t i, slot& mine) {
            band.append(mine.found);
            if (i + 1 == source.blocks() || band_of(source, i + 1) != band_of(source, i)) end_band();
        });
}

/// The bounds alone.
template <score_key Key, score_source S>
tail_bounds find_tail_bounds(const S& source, const tail_options& wanted, const execution& run) {
    std::vector<double> probabilities;
    for (const auto& side : {wanted.low, wanted.high})
        if (side) probabilities.push_back(*side);
    const auto found = quantiles<Key>(source, probabilities, run);
    return to_bounds(wanted.low ? found.front() : no_bound, wanted.high ? found.back() : no_bound);
}

} // namespace detail

/// Calls `sink(run)` with the rows whose score is strictly below `low` or strictly above `high`, in ascending
/// row order, as they are found, at most 2^14 a call; `for_each_outside<magnitude>` compares |score|. Bounds
/// as in `outside`.
///
/// One pass. Memory: a block for each thread and the rows found in a band of tiles (the same lines across all
/// columns), 40 + 2 sizeof(T) bytes each: it does not grow with the number of rows.
/// Sources without bands (selections, and narrowed ones) are collected first, as `outside` does.
/// @throws what the sink throws, once; cancelled_error when `run.stop` becomes true
template <score_key Key = signed_score, score_source S, class Sink>
    requires row_sink<Sink, typename S::value_type>
void for_each_outside(const S& source, double low, double high, Sink&& sink, const execution& run = {}) {
    const detail::outside_test<typename S::value_type, Key> test(low, high);
    if constexpr (banded_source<S>) {
        detail::stream_rows(source, test, sink, run);
    } else {
        auto rows = detail::find_rows(source, test, 0, run);
        detail::sort_rows(rows);
        detail::hand_on(rows, sink, run);
    }
}

/// The tails of any size: their rows go to the sink in ascending row order, and their bounds are returned.
///
/// Where `find_tails` takes one pass, that is all. Else the bounds are found by `quantiles`, and the rows are
/// streamed by `for_each_outside`: one pass more than `quantiles`, and no row is held.
/// @throws argument_error (invalid_argument) for a probability outside [0, 1] or a low one above the high
/// one; what the sink throws; cancelled_error when `run.stop` becomes true
template <score_key Key = signed_score, score_source S, class Sink>
    requires row_sink<Sink, typename S::value_type>
        tail_bounds for_each_outside_quantiles(const S& source, const tail_options& wanted, Sink&& sink,
                                               const execution& run = {}) {
        detail::check_tails(wanted);
        const detail::tail_sizes sizes(source.max_rows(), wanted);
        if (detail::takes_one_pass(source, sizes, wanted.memory_budget)) {
            auto found = detail::scan_tails<Key>(source, wanted, sizes, run);
            detail::sort_rows(found.rows);
            detail::hand_on(found.rows, sink, run);
            return found.bounds;
        }
        const auto bounds = detail::find_tail_bounds<Key>(source, wanted, stage(run, 0, 2.0 / 3));
        for_each_outside<Key>(source, bounds.low, bounds.high, sink, stage(run, 2.0 / 3, 1));
        return bounds;
    }

} // namespace svdlens::inline v0_2

#endif
