/// @file
/// The loop of the verbs on rows in memory: every position, in parallel.
#ifndef SVDLENS_TABLE_DETAIL_ROWS_POSITION_LOOP_HPP
#define SVDLENS_TABLE_DETAIL_ROWS_POSITION_LOOP_HPP

#include <algorithm>
#include <cstddef>

#include "../../../core/execution.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline constexpr std::size_t position_stretch = std::size_t{1} << 14;

/// Calls `use(begin, end)` for stretches of the positions below `count`, which several threads take in
/// any order.
/// @throws cancelled_error when `run.stop` becomes true
template <class Use>
void for_position_stretches(std::size_t count, const execution& run, Use use) {
    constexpr std::size_t stretch = position_stretch;
    struct nothing {};
    for_blocks<nothing>((count + stretch - 1) / stretch, count, run, [&](std::size_t i, nothing&) {
        use(i * stretch, (std::min)(count, (i + 1) * stretch));
    });
}

/// Calls `use(k)` for every position below `count`, likewise.
/// @throws cancelled_error when `run.stop` becomes true
template <class Use>
void for_positions(std::size_t count, const execution& run, Use use) {
    for_position_stretches(count, run, [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) use(k);
    });
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
