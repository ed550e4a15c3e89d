/// @file
/// Refuses factored matrices with entries that are no numbers, by head, tensor and position.
#ifndef SVDLENS_DIRECTIONS_DETAIL_FINITE_FACTORS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_FINITE_FACTORS_HPP

#include <concepts>
#include <cstddef>

#include "../../core/execution.hpp"
#include "../../linalg/detail/finite.hpp"
#include "../factored_set.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Always names the first one in the order of heads, however many threads look. O(entries).
/// @throws numeric_error (non_finite); cancelled_error
template <std::floating_point T>
void require_finite_factors(const basic_factored_set<T>& set, const execution& run) {
    const auto check = [&](std::size_t k, bool& finite) {
        finite = all_finite(set.matrices[k].a) && all_finite(set.matrices[k].b);
    };
    const auto refuse = [&](std::size_t k, bool& finite) {
        if (finite) return;
        require_finite(set.matrices[k].a, describe_factor(set, k, set.matrices[k].a_name));
        require_finite(set.matrices[k].b, describe_factor(set, k, set.matrices[k].b_name));
    };
    const execution quietly{.threads = run.threads, .stop = run.stop};
    for_blocks_in_order<bool>(set.matrices.size(), set.matrices.size(), quietly, check, refuse);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
