/// @file
/// The lengths of a matrix' rows, of any that are finite: also where their squares leave double's range.
#ifndef SVDLENS_LINALG_DETAIL_ROW_LENGTHS_HPP
#define SVDLENS_LINALG_DETAIL_ROW_LENGTHS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <vector>

#include "../matrix.hpp"
#include "finite.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// value · 2^exponent: a number that double may have no room for.
struct scaled_number {
    double value = 0;
    int exponent = 0;
};

/// 2^-exponent is a double of full precision.
inline constexpr int largest_exponent = 1000;

/// Σ x² of some rows in memory, in double, along the way they lie there: loops that compilers vectorise. Each
/// row is summed in 16 parts, the same ones whichever way it lies.
template <std::floating_point T>
void write_squared_lengths(const basic_matrix<T>& rows, double* out) {
    constexpr std::size_t parts = 16, strip = 128; // the sums of a strip stay in the nearest cache
    const auto square = [](T x) { return static_cast<double>(x) * static_cast<double>(x); };
    const std::size_t in_parts = rows.columns() / parts * parts;
    std::fill_n(out, rows.rows(), 0.0);
    if (rows.column_stride() == 1) {
        for (std::size_t k = 0; k < rows.rows(); ++k) {
            const T* const row = rows.data() + k * rows.row_stride();
            std::array<double, parts> sums{};
            std::size_t c = 0;
            for (; c < in_parts; c += parts)
                for (std::size_t e = 0; e < parts; ++e) sums[e] += square(row[c + e]);
            for (; c < rows.columns(); ++c) sums[0] += square(row[c]);
            for (const double sum : sums) out[k] += sum;
        }
        return;
    }
    for (std::size_t first = 0; first < rows.rows(); first += strip) {
        const std::size_t count = (std::min)(strip, rows.rows() - first);
        std::array<std::array<double, strip>, parts> sums{};
        for (std::size_t c = 0; c < rows.columns(); ++c) {
            const T* const column = rows.data() + first + c * rows.column_stride();
            auto& sum = sums[c < in_parts ? c % parts : 0];
            for (std::size_t k = 0; k < count; ++k) sum[k] += square(column[k]);
        }
        for (const auto& sum : sums)
            for (std::size_t k = 0; k < count; ++k) out[first + k] += sum[k];
    }
}

/// ‖row‖ of a single row, whose squares may leave double's range: scaled by a power of two first. An entry
/// that is not finite is given back.
template <std::floating_point T>
scaled_number careful_length(const basic_matrix<T>& row) {
    double largest = 0;
    for (std::size_t c = 0; c < row.columns(); ++c) {
        const double x = std::fabs(static_cast<double>(row(0, c)));
        if (!is_finite(x)) return {x, 0};
        largest = (std::max)(largest, x);
    }
    if (largest == 0) return {};
    const int exponent = (std::clamp)(std::ilogb(largest), -largest_exponent, largest_exponent);
    const double scale = std::ldexp(1.0, -exponent);
    double sum = 0;
    for (std::size_t c = 0; c < row.columns(); ++c) {
        const double x = static_cast<double>(row(0, c)) * scale;
        sum += x * x;
    }
    return {std::sqrt(sum), exponent};
}

/// ‖row‖ of every row, in double; its exponent is 0 where the sum of the squares is well inside double's
/// range, as it always is for float. Of a row that is not finite an entry that is not. O(values); of a
/// deferred matrix 256 rows at a time.
template <std::floating_point T>
std::vector<scaled_number> row_lengths(const basic_matrix<T>& m) {
    constexpr std::size_t strip = 256;
    constexpr double least = 0x1p-900, most = 0x1p1000;
    std::vector<double> squares(m.rows());
    std::vector<scaled_number> lengths(m.rows());
    for (std::size_t first = 0; first < m.rows(); first += strip) {
        const auto rows = m.row_range(first, (std::min)(strip, m.rows() - first)).resident();
        write_squared_lengths(rows, squares.data() + first);
        for (std::size_t k = first; k < first + rows.rows(); ++k)
            lengths[k] = squares[k] > least && squares[k] < most
                             ? scaled_number{std::sqrt(squares[k]), 0}
                             : careful_length(rows.row_range(k - first, 1));
    }
    return lengths;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
