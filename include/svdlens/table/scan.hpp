/// @file
/// The loops of all table verbs: every block of a source fetched, worked on in parallel, and merged.
#ifndef SVDLENS_TABLE_SCAN_HPP
#define SVDLENS_TABLE_SCAN_HPP

#include <cstddef>

#include "../core/execution.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What a worker owns: the buffer that it lends to the source, and its part of the result.
template <class T, class State>
struct block_slot {
    block_buffer<T> buffer;
    State state;
};

} // namespace detail

/// Calls `compute(block, state)` for every block in parallel, `merge(state)` in ascending order of blocks,
/// and `finish(state)` once a worker at the end. Progress counts rows. Memory: a block and a `State` for
/// each thread.
/// @throws cancelled_error when `run.stop` becomes true
template <class State, score_source S, class Compute, class Merge, class Finish>
void scan_in_order(const S& source, const execution& run, Compute compute, Merge merge, Finish finish) {
    using slot_type = detail::block_slot<typename S::value_type, State>;
    for_blocks_in_order<slot_type>(
        source.blocks(), source.max_rows(), run,
        [&](std::size_t i, slot_type& slot) { compute(source.block(i, slot.buffer), slot.state); },
        [&](std::size_t, slot_type& slot) { merge(slot.state); },
        [&](slot_type& slot) { finish(slot.state); });
}

/// `scan_in_order` with nothing to add up at the end.
template <class State, score_source S, class Compute, class Merge>
void scan_in_order(const S& source, const execution& run, Compute compute, Merge merge) {
    scan_in_order<State>(source, run, compute, merge, [](State&) {});
}

/// Calls `compute(block, state)` for every block in parallel and in any order, then `finish(state)` once a
/// worker, one at a time: for results that do not depend on the order, such as counts.
/// @throws cancelled_error when `run.stop` becomes true
template <class State, score_source S, class Compute, class Finish>
void scan(const S& source, const execution& run, Compute compute, Finish finish) {
    using slot_type = detail::block_slot<typename S::value_type, State>;
    for_blocks<slot_type>(
        source.blocks(), source.max_rows(), run,
        [&](std::size_t i, slot_type& slot) { compute(source.block(i, slot.buffer), slot.state); },
        [&](slot_type& slot) { finish(slot.state); });
}

} // namespace svdlens::inline v0_2

#endif
