/// @file
/// Products of vectors of any finite length: in double, of vectors that powers of two bring to a length near 1.
#ifndef SVDLENS_PROJECTION_DETAIL_WIDE_PRODUCT_HPP
#define SVDLENS_PROJECTION_DETAIL_WIDE_PRODUCT_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>

#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/detail/row_lengths.hpp"
#include "../../linalg/detail/tiny_product.hpp"
#include "../../linalg/matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Writes a matrix' only row to `out`, divided by a power of two, so that it is about as long as 1, and says
/// how long it is then. What was written times 2^exponent is the row, `value` what was written is long; a zero
/// row is left alone. O(columns).
template <std::floating_point T>
scaled_number write_near_one(const basic_matrix<T>& deferred_or_not, double* out) {
    const auto row = deferred_or_not.resident();
    const auto length = row_lengths(row).front();
    int exponent = 0;
    if (length.value != 0)
        exponent =
            (std::clamp)(std::ilogb(length.value) + length.exponent, -largest_exponent, largest_exponent);
    const double scale = std::ldexp(1.0, -exponent);
    for (std::size_t c = 0; c < row.columns(); ++c) out[c] = static_cast<double>(row(0, c)) * scale;
    return {std::ldexp(length.value, length.exponent - exponent), exponent};
}

/// Some vectors, each written near 1.
class wide_vectors {
  public:
    /// Not less than two rows: a product with one would go another way, in which Eigen's sums depend on how
    /// the other side lies in memory.
    wide_vectors(std::size_t count, std::size_t length) :
        rows_(row_major_matrix<double>::Zero(static_cast<Eigen::Index>((std::max<std::size_t>)(count, 2)),
                                             static_cast<Eigen::Index>(length))) {}

    /// Where the k-th is written.
    double* row(std::size_t k) { return rows_.row(static_cast<Eigen::Index>(k)).data(); }

    /// The products with other vectors, one a column; not less than two of either.
    row_major_matrix<double> times(const wide_vectors& others) const {
        row_major_matrix<double> products(rows_.rows(), others.rows_.rows());
        const auto right = others.rows_.transpose();
        set_to_product(rows_, right, products);
        return products;
    }

  private:
    row_major_matrix<double> rows_;
};

/// The score of a product; infinite only where double has no such number.
inline double wide_score(double product, const scaled_number& a, const scaled_number& b) {
    return std::ldexp(product * a.value * b.value, a.exponent + b.exponent);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
