/// @file
/// The powers of two by which two factors are scaled before they are decomposed.
#ifndef SVDLENS_DIRECTIONS_DETAIL_FACTOR_SCALES_HPP
#define SVDLENS_DIRECTIONS_DETAIL_FACTOR_SCALES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <vector>

#include "../../linalg/detail/finite.hpp"
#include "../../linalg/matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Of a column of zeros.
inline constexpr int no_exponent = (std::numeric_limits<int>::min)();

/// For each column the e for which 2^-e brings its largest entry to [0.5, 1). The matrix is finite.
template <std::floating_point T>
std::vector<int> column_exponents(const basic_matrix<T>& m) {
    std::vector<int> result;
    for (const T largest : largest_in_columns(m)) {
        int exponent = no_exponent;
        if (largest != 0) std::frexp(largest, &exponent);
        result.push_back(exponent);
    }
    return result;
}

/// Exponents of the columns of A and of the rows of B. Those of a pair add up to `exponent`, unless its product
/// is zero: A·B is 2^exponent times the product of the scaled factors.
struct factor_scales {
    std::vector<int> left;
    std::vector<int> right;
    int exponent = 0;
};

/// Scales for columns of A and rows of B of these exponents. All of A get one exponent, and all of B. Only a
/// pair that is out of proportion, long in one factor and vanishing in the other (as in A·D and D⁻¹·B), is
/// evened out: what would underflow in one factor may be all that there is of the product. Such scales change
/// no bit of what is computed but where it would underflow; an ordinary head has no such pair.
inline factor_scales balanced_scales(const std::vector<int>& left, const std::vector<int>& right) {
    constexpr int most_out_of_proportion = 16;
    const auto counts = [&](std::size_t k) { return left[k] != no_exponent && right[k] != no_exponent; };
    const auto largest = [&](const std::vector<int>& exponents, auto use) {
        int result = no_exponent;
        for (std::size_t k = 0; k < exponents.size(); ++k)
            if (use(k)) result = (std::max)(result, exponents[k]);
        return result;
    };
    const auto top = [&](const std::vector<int>& exponents) {
        const int counted = largest(exponents, counts);
        const int any =
            counted != no_exponent ? counted : largest(exponents, [](std::size_t) { return true; });
        return any != no_exponent ? any : 0;
    };
    const int left_top = top(left), right_top = top(right);
    const auto surplus = [&](std::size_t k) {
        if (!counts(k)) return 0;
        const int difference = (left[k] - left_top) - (right[k] - right_top);
        return std::abs(difference) > most_out_of_proportion ? difference / 2 : 0;
    };
    // What is evened out may have been all that was near 1.
    int left_rest = no_exponent, right_rest = no_exponent;
    for (std::size_t k = 0; k < left.size(); ++k) {
        if (!counts(k)) continue;
        left_rest = (std::max)(left_rest, left[k] - left_top - surplus(k));
        right_rest = (std::max)(right_rest, right[k] - right_top + surplus(k));
    }
    if (left_rest == no_exponent) left_rest = right_rest = 0;
    factor_scales result{{}, {}, left_top + left_rest + right_top + right_rest};
    // A pair whose product is zero may have any scale under which it does not overflow.
    const auto scale = [&](int exponent, int usual) {
        return exponent != no_exponent && exponent > usual + most_out_of_proportion ? exponent : usual;
    };
    for (std::size_t k = 0; k < left.size(); ++k) {
        const int on_left = left_top + left_rest + surplus(k);
        const int on_right = right_top + right_rest - surplus(k);
        result.left.push_back(counts(k) ? on_left : scale(left[k], on_left));
        result.right.push_back(counts(k) ? on_right : scale(right[k], on_right));
    }
    return result;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
