/// @file
/// The diagonal of X·A·B·Yᵀ, and what is beside it, from moments of X and Y.
#ifndef SVDLENS_DIRECTIONS_DETAIL_DIAGONAL_SUMS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_DIAGONAL_SUMS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>

#include <Eigen/Core>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../linalg/detail/core_svd.hpp"
#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/detail/finite.hpp"
#include "../../linalg/detail/scaled_qr.hpp"
#include "../../linalg/detail/tiny_product.hpp"
#include "../../linalg/matrix.hpp"
#include "../vector_moments.hpp"
#include "head_tables.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A matrix in double whose largest entry is near 1, and the power of two that was taken out.
struct unit_matrix {
    dense_matrix<double> values;
    int exponent = 0;
};

template <std::floating_point T>
unit_matrix to_unit(const basic_matrix<T>& deferred_or_not) {
    const auto m = deferred_or_not.resident();
    unit_matrix result;
    result.exponent = binary_exponent(static_cast<double>(largest_magnitude(m)));
    const double scale = std::ldexp(1.0, -result.exponent);
    result.values = with_map(
        m, [&](const auto& map) -> dense_matrix<double> { return scale * map.template cast<double>(); });
    return result;
}

/// m · factor.
inline dense_matrix<double> times(const basic_matrix<double>& m, const dense_matrix<double>& factor) {
    dense_matrix<double> result(static_cast<Eigen::Index>(m.rows()), factor.cols());
    with_map(m, [&](const auto& left) { set_to_product(left, factor, result); });
    return result;
}

/// aᵀ · b in one product: of columns that are not so long that rounding adds up (`transposed_product`).
inline dense_matrix<double> crossed(const dense_matrix<double>& a, const dense_matrix<double>& b) {
    dense_matrix<double> result(a.cols(), b.cols());
    set_to_product(a.transpose(), b, result);
    return result;
}

/// What a factor d × r makes of the moments of the vectors that it reads.
struct seen_moments {
    dense_matrix<double> plain; ///< FᵀF
    dense_matrix<double> seen;  ///< Fᵀ G F with the vectors' G
};

inline seen_moments moments_through(const dense_matrix<double>& factor, const basic_matrix<double>& gram) {
    return {crossed(factor, factor), crossed(factor, times(gram, factor))};
}

inline double inner(const dense_matrix<double>& a, const dense_matrix<double>& b) {
    return a.cwiseProduct(b).sum();
}

/// Of an M without the means of its rows and columns, in a unit of 2^exponent.
struct diagonal_sums {
    double diagonal = 0; ///< Σ M̄_ii
    double squares = 0;  ///< ‖M̄‖_F²
    int exponent = 0;
};

/// Sums of 0 where ‖M̄‖ is no more than what rounding every entry of X and Y by itself changes, or what is
/// left of factors that cancel.
template <std::floating_point T>
diagonal_sums significant_sums(double diagonal, const seen_moments& reading, const seen_moments& writing,
                               const vector_moments& moments, int exponent) {
    const double eps = rounding_of<T>(moments.things);
    const auto d = static_cast<double>(moments.from.rows());
    const double squares = inner(reading.seen, writing.seen);
    const double vectors = eps * eps / d *
                           (moments.from_size * inner(reading.plain, writing.seen) +
                            moments.to_size * inner(reading.seen, writing.plain));
    const double cancelled = 1e-14 * reading.seen.norm() * writing.seen.norm();
    const double factors = (std::max)(d * d * eps * eps, 1e-14) * reading.plain.norm() * writing.plain.norm();
    const bool is_noise =
        !(squares > (std::max)(vectors, cancelled)) || !(inner(reading.plain, writing.plain) > factors);
    return is_noise ? diagonal_sums{0, 0, exponent} : diagonal_sums{diagonal, squares, exponent};
}

/// Of X·a·b·Yᵀ. The factors are finite and fit the vectors. O(d² r).
template <std::floating_point T>
diagonal_sums sum_diagonal(const basic_matrix<T>& a, const basic_matrix<T>& b,
                           const vector_moments& moments) {
    const auto reading = to_unit(a), writing = to_unit(b.transposed());
    const double diagonal = inner(writing.values, times(moments.across, reading.values));
    return significant_sums<T>(
        diagonal, moments_through(reading.values, moments.from), moments_through(writing.values, moments.to),
        moments, reading.exponent + writing.exponent + moments.from_exponent + moments.to_exponent);
}

/// The scale of the matrix changes its sign only.
inline double z_of(const diagonal_sums& sums, std::size_t things, double scale) {
    if (sums.squares == 0 || scale == 0) return 0;
    return (scale < 0 ? -1 : 1) * sums.diagonal / std::sqrt(sums.squares / static_cast<double>(things - 1));
}

/// In the unit of M. @throws numeric_error (non_finite) beyond T's range
template <std::floating_point T>
T advantage_of(const diagonal_sums& sums, std::size_t things, double scale, const std::string& where) {
    const double value = std::ldexp(sums.diagonal / static_cast<double>(things - 1) * scale, sums.exponent);
    if (std::abs(value) <= static_cast<double>((std::numeric_limits<T>::max)())) return static_cast<T>(value);
    throw numeric_error(errc::non_finite, where +
                                              ": expected an advantage within the range of the weights' "
                                              "type, found one of 2^" +
                                              to_text(sums.exponent) + " times " + to_text(sums.diagonal));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
