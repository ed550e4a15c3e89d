/// @file
/// The sign of a pair of singular vectors, which the decomposition leaves free.
#ifndef SVDLENS_LINALG_SIGN_RULE_HPP
#define SVDLENS_LINALG_SIGN_RULE_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>

#include "detail/finite.hpp"

namespace svdlens::inline v0_2 {

/// Entries of u within this of the largest magnitude, relatively, count as equally large: without the slack
/// float and double disagree about the largest one on structured weights in half of the cases.
inline constexpr double sign_rule_slack = 1e-4;

/// Gives u and v the sign under which, among the entries of u within 1e-4 relative of the largest magnitude,
/// the one of lowest index is positive. Changes both or neither; a zero u is left as it is. O(entries).
template <std::floating_point T>
void apply_sign_rule(std::span<T> u, std::span<T> v) {
    const T largest = detail::largest_magnitude(u.data(), u.size());
    const T enough = static_cast<T>(static_cast<double>(largest) * (1 - sign_rule_slack));
    for (const T entry : u) {
        if (std::abs(entry) < enough) continue;
        if (entry >= 0) return;
        for (T& x : u) x = -x;
        for (T& x : v) x = -x;
        return;
    }
}

} // namespace svdlens::inline v0_2

#endif
