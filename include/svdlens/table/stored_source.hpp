/// @file
/// What the materialising verbs take: rows in memory, reached by position.
#ifndef SVDLENS_TABLE_STORED_SOURCE_HPP
#define SVDLENS_TABLE_STORED_SOURCE_HPP

#include <concepts>
#include <cstddef>

#include "score_source.hpp"

namespace svdlens::inline v0 {

/// A score source whose present rows lie in memory in an order of their own: a long table, a selection. What a
/// projection or a narrowed source becomes one by is `store` or `collect`.
template <class S>
concept stored_source = score_source<S> && requires(const S& s, std::size_t k) {
    { s.size() } -> std::same_as<std::size_t>;
    { s.row_at(k) } -> std::same_as<row_number>;
    { s.score_at(k) } -> std::same_as<typename S::value_type>;
};

} // namespace svdlens::inline v0

#endif
