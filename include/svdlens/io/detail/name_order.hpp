/// @file
/// Puts what has names in their order, where names that stand twice are side by side.
#ifndef SVDLENS_IO_DETAIL_NAME_ORDER_HPP
#define SVDLENS_IO_DETAIL_NAME_ORDER_HPP

#include <algorithm>
#include <string>
#include <vector>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Sorts by a name (ascending bytes) and gives the first element whose name the one before has too; null when
/// all names differ. O(n log n), O(n) where the order is right already.
template <class Named>
const Named* order_by_name(std::vector<Named>& all, std::string Named::*name) {
    const auto before = [name](const Named& a, const Named& b) { return a.*name < b.*name; };
    const auto same = [name](const Named& a, const Named& b) { return a.*name == b.*name; };
    if (!std::is_sorted(all.begin(), all.end(), before)) std::sort(all.begin(), all.end(), before);
    const auto twice = std::adjacent_find(all.begin(), all.end(), same);
    return twice == all.end() ? nullptr : &*twice;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
