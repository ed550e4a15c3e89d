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

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
