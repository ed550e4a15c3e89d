/// @file
/// Singular values of a scaled matrix, scaled back, and what is said of those that the type cannot hold.
#ifndef SVDLENS_LINALG_DETAIL_SINGULAR_VALUES_HPP
#define SVDLENS_LINALG_DETAIL_SINGULAR_VALUES_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <string>

#include <Eigen/Core>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "core_svd.hpp"
#include "finite.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Writes 2^exponent · values, each rounded to the nearest number of T: infinity above its range, subnormal
/// numbers or zero below.
template <std::floating_point T, std::floating_point Real>
void write_singular_values(const dense_vector<Real>& values, int exponent, std::span<T> out) {
    for (std::size_t k = 0; k < out.size(); ++k)
        out[k] = static_cast<T>(std::ldexp(double{values(static_cast<Eigen::Index>(k))}, exponent));
}

/// Whether T holds 2^exponent · value: it is neither infinite nor, unless it is zero, rounded to zero.
template <std::floating_point T>
bool holds(double value, int exponent) {
    const T rounded = static_cast<T>(std::ldexp(value, exponent));
    return is_finite(rounded) && (rounded != 0 || value == 0);
}

/// Refuses 2^exponent · value > 0, the largest singular value, which T does not hold. `whose` begins the message.
/// @throws numeric_error (non_finite) above the range of T, (underflow) below
template <std::floating_point T>
[[noreturn]] void refuse_singular_value(const std::string& whose, double value, int exponent) {
    constexpr double decimal_places_a_bit = 0.30102999566398120;
    const double power = std::log10(value) + decimal_places_a_bit * exponent;
    const bool above = power > 0;
    const T bound = above ? (std::numeric_limits<T>::max)() : std::numeric_limits<T>::denorm_min();
    const std::string wider = sizeof(T) < sizeof(double) ? "compute in double, or " : "";
    throw numeric_error(above ? errc::non_finite : errc::underflow,
                        whose + "a singular value " + (above ? "exceeds" : "falls below") +
                            " the range of the computing type: expected at " + (above ? "most " : "least ") +
                            to_text(bound) + ", found about 1e" + to_text(std::llround(power)) + "; " +
                            wider + "scale the weights");
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
