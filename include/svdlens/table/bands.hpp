/// @file
/// Sources whose blocks come in row order, band after band.
#ifndef SVDLENS_TABLE_BANDS_HPP
#define SVDLENS_TABLE_BANDS_HPP

#include <concepts>
#include <cstddef>

#include "score_source.hpp"
#include "store.hpp"

namespace svdlens::inline v0 {

namespace detail {

template <class S>
concept names_bands = requires(const S& s, std::size_t i) {
    { s.band(i) } -> std::same_as<std::size_t>;
};

} // namespace detail

/// A source that is tiled, or narrowed from one: rows of one band of blocks precede those of the next.
template <class S>
concept banded_source = score_source<S> &&(tiled_source<S> || detail::names_bands<S>);

namespace detail {

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

} // namespace svdlens::inline v0

#endif
