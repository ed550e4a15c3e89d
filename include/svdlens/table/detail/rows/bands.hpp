/// @file
/// Bands: the blocks of the same lines, which come before those of later lines.
#ifndef SVDLENS_TABLE_DETAIL_ROWS_BANDS_HPP
#define SVDLENS_TABLE_DETAIL_ROWS_BANDS_HPP

#include <concepts>
#include <cstddef>

#include "../../score_source.hpp"
#include "../../store.hpp"
#include "source_kind.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A source that is tiled, or narrowed from one: rows of one band of blocks precede those of the next.
// clang-format off
template <class S>
concept banded_source = score_source<S> && (tiled_source<S> || names_bands<S>);
// clang-format on

/// A number that the blocks of one band share. O(log sections)
template <banded_source S>
std::size_t band_of(const S& source, std::size_t block) {
    if constexpr (tiled_source<S>) {
        return source.tiles().band(block);
    } else {
        return source.band(block);
    }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
