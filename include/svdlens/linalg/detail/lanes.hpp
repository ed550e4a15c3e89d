/// @file
/// Loops over arrays that compilers turn into full-width vector instructions, also without -ffast-math.
///
/// Sums are kept in as many partial sums as a vector has places and added up in one fixed order, so a result
/// depends neither on how the compiler vectorises nor on how many matrices lie side by side.
#ifndef SVDLENS_LINALG_DETAIL_LANES_HPP
#define SVDLENS_LINALG_DETAIL_LANES_HPP

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Values in 64 bytes, the widest vector there is: 16 floats, 8 doubles. A constant, so that results do not
/// depend on the machine more than its arithmetic does.
template <std::floating_point T>
inline constexpr std::size_t vector_width = 64 / sizeof(T);

/// sums[e] = Σ a[k + e] · b[k + e] over k = 0, Width, 2 Width, ... < count, a multiple of Width. Long sums are
/// halved: rounding that all goes in one direction, as with equal entries, then grows with the logarithm of
/// the length.
template <std::size_t Width, std::floating_point T>
void sum_products(const T* __restrict a, const T* __restrict b, std::size_t count, T* __restrict sums) {
    constexpr std::size_t longest = 16 * Width;
    if (count > longest) {
        const std::size_t half = count / Width / 2 * Width;
        T rest[Width];
        sum_products<Width>(a, b, half, sums);
        sum_products<Width>(a + half, b + half, count - half, rest);
        for (std::size_t e = 0; e < Width; ++e) sums[e] += rest[e];
        return;
    }
    T part[Width] = {};
    for (std::size_t k = 0; k < count; k += Width)
        for (std::size_t e = 0; e < Width; ++e) part[e] += a[k + e] * b[k + e];
    for (std::size_t e = 0; e < Width; ++e) sums[e] = part[e];
}

/// Adds the upper half of `count` values to the lower half until `left` are left; both are powers of two.
template <std::floating_point T>
void fold(T* values, std::size_t count, std::size_t left) {
    for (std::size_t half = count / 2; half >= left; half /= 2)
        for (std::size_t e = 0; e < half; ++e) values[e] += values[half + e];
}

/// What the length of the vectors of `dot` is a multiple of: four partial sums for the latency of
/// an addition.
template <std::floating_point T>
inline constexpr std::size_t dot_width = 4 * vector_width<T>;

/// Σ a[k] · b[k]. `count` is a multiple of dot_width.
template <std::floating_point T>
T dot(const T* a, const T* b, std::size_t count) {
    T sums[dot_width<T>];
    sum_products<dot_width<T>>(a, b, count, sums);
    fold(sums, dot_width<T>, 1);
    return sums[0];
}

/// a += factor · b
template <std::floating_point T>
void add_multiple(T* __restrict a, T factor, const T* __restrict b, std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) a[k] += factor * b[k];
}

/// 1/√x for positive normal x, to about one unit in the last place. Without std::sqrt, which may set errno
/// and so keeps loops from being vectorised. The start is Lomont's (2003), then Newton's steps.
template <std::floating_point T>
T inverse_root(T x) {
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    constexpr bits start = sizeof(T) == 4 ? bits{0x5f3759df} : static_cast<bits>(0x5fe6eb50c7b537a9);
    constexpr int steps = sizeof(T) == 4 ? 3 : 4;
    T y = std::bit_cast<T>(static_cast<bits>(start - (std::bit_cast<bits>(x) >> 1)));
    for (int k = 0; k < steps; ++k) y += y * (T{0.5} - T{0.5} * x * y * y);
    return y;
}

/// Turns the pair (a, b) by an angle of its own for each place of a vector, given as its sine and the tangent
/// of its half: (a + s (b - τ a), b - s (a + τ b)), which changes no length by more than rounding does
/// (Rutishauser 1966). `count` is a multiple of vector_width.
template <std::floating_point T>
void turn(T* __restrict a, T* __restrict b, std::size_t count, const T* __restrict sine,
          const T* __restrict half_tangent) {
    constexpr std::size_t width = vector_width<T>;
    for (std::size_t k = 0; k < count; k += width)
        for (std::size_t e = 0; e < width; ++e) {
            const T x = a[k + e];
            const T y = b[k + e];
            a[k + e] = x + sine[e] * (y - half_tangent[e] * x);
            b[k + e] = y - sine[e] * (x + half_tangent[e] * y);
        }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
