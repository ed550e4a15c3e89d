/// @file
/// Several order statistics of values in memory.
#ifndef SVDLENS_TABLE_MULTI_SELECT_HPP
#define SVDLENS_TABLE_MULTI_SELECT_HPP

#include <algorithm>
#include <cstddef>
#include <span>

namespace svdlens::inline v0 {

namespace detail {

/// Puts the values that a full sort would put at the given positions (ascending, unique) there, lower ones
/// before and higher ones behind each. O(n log positions) on average.
/// @param offset how many positions precede `values`
template <class V>
void multi_select(std::span<V> values, std::span<const std::size_t> positions, std::size_t offset = 0) {
    if (positions.empty()) return;
    const std::size_t middle = positions.size() / 2;
    const std::size_t at = positions[middle] - offset;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
    multi_select(values.first(at), positions.first(middle), offset);
    multi_select(values.subspan(at + 1), positions.subspan(middle + 1), offset + at + 1);
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
