/// @file
/// The numbers that tests are about, and when two of them are the same.
#ifndef SVDLENS_TESTS_SUPPORT_NUMBERS_HPP
#define SVDLENS_TESTS_SUPPORT_NUMBERS_HPP

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace svdlens_tests {

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Equal, or both NaN.
template <class T>
bool same(T a, T b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

/// The scores that are numbers, ascending.
template <class T>
std::vector<T> sorted_numbers(std::vector<T> scores) {
    std::erase_if(scores, [](T score) { return std::isnan(score); });
    std::sort(scores.begin(), scores.end());
    return scores;
}

} // namespace svdlens_tests

#endif
