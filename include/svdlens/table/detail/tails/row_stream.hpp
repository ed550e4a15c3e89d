/// @file
/// Rows handed to a sink in row order, as they are found.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_ROW_STREAM_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_ROW_STREAM_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>

#include "../../../core/execution.hpp"
#include "../../../tensor/axes.hpp"
#include "../../score_source.hpp"
#include "../rows/bands.hpp"
#include "../rows/row_list.hpp"
#include "../rows/same_shape.hpp"
#include "bounds.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What takes rows as they are found: a function of a run of listed rows, ascending in it and from call to
/// call. It is called by one thread at a time. The run is gone after the call.
// clang-format off
template <class F, class T>
concept row_sink = std::floating_point<T> && std::invocable<F&, const score_run<T>&>;
// clang-format on

/// A sink that knows whose rows it takes, as those of files do, is handed no others.
/// @throws argument_error (invalid_axes), naming the first difference
template <class Sink>
void check_sink(const char* verb, const axes& table, const Sink& sink) {
    if constexpr (requires {
                      { sink.axes() } -> std::same_as<const axes&>;
                  })
        check_same_shape(verb, table, sink.axes());
}

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

/// Hands over the rows that `hits(block, found)` appends, in row order, of a source that has bands.
template <banded_source S, class Hits, class Sink>
void stream_bands(const S& source, const Hits& hits, Sink& sink, const execution& run) {
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
            mine.found.clear();
            hits(source.block(i, mine.buffer), mine.found);
        },
        [&](std::size_t i, slot& mine) {
            band.append(mine.found);
            if (i + 1 == source.blocks() || band_of(source, i + 1) != band_of(source, i)) end_band();
        });
}

/// The same of any source: one without bands is collected first.
template <score_source S, class Hits, class Sink>
void stream_rows(const S& source, const Hits& hits, Sink& sink, const execution& run) {
    if constexpr (banded_source<S>) {
        stream_bands(source, hits, sink, run);
    } else {
        auto rows = find_rows(source, hits, 0, run);
        sort_rows(rows);
        hand_on(rows, sink, run);
    }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
