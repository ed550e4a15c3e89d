/// @file
/// What verbs ask of any source, where the answer changes how they go about it and never what they give.
#ifndef SVDLENS_TABLE_DETAIL_ROWS_SOURCE_KIND_HPP
#define SVDLENS_TABLE_DETAIL_ROWS_SOURCE_KIND_HPP

#include <concepts>
#include <cstddef>

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

class tiling;

namespace detail {

/// The tiling whose tiles are the source's blocks; null where there is none.
template <class S>
const tiling* tiling_of(const S& source) {
    // The types are asked for, too: a source of the user's may have members of these names.
    if constexpr (requires {
                      { source.tiles_or_null() } -> std::same_as<const tiling*>;
                  })
        return source.tiles_or_null();
    else if constexpr (requires {
                           { source.tiles() } -> std::same_as<const tiling&>;
                       })
        return &source.tiles();
    else
        return nullptr;
}

/// Whether the scores lie in memory, so that another pass costs little.
template <class S>
bool in_memory(const S& source) {
    if constexpr (requires {
                      { source.in_memory() } -> std::same_as<bool>;
                  })
        return source.in_memory();
    else
        return requires(std::size_t k) { source.score_at(k); };
}

/// A source that names the band of a block itself.
template <class S>
concept names_bands = requires(const S& s, std::size_t i) {
    { s.band(i) } -> std::same_as<std::size_t>;
};

using band_function = std::size_t (*)(const void* source, std::size_t block);

/// What tells the band of a block of an S, a number that the blocks of the same lines share; null where the source
/// has none.
template <class S>
constexpr band_function band_call() {
    if constexpr (names_bands<S>)
        return [](const void* s, std::size_t i) { return static_cast<const S*>(s)->band(i); };
    else if constexpr (requires(const S& s) {
                           { s.tiles() } -> std::same_as<const tiling&>;
                       })
        return [](const void* s, std::size_t i) { return static_cast<const S*>(s)->tiles().band(i); };
    else
        return nullptr;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
