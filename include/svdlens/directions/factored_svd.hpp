/// @file
/// The thin singular value decomposition of a product that is never formed.
#ifndef SVDLENS_DIRECTIONS_FACTORED_SVD_HPP
#define SVDLENS_DIRECTIONS_FACTORED_SVD_HPP

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../linalg/detail/finite.hpp"
#include "../linalg/matrix.hpp"
#include "../linalg/svd.hpp"
#include "detail/factored_batch.hpp"

namespace svdlens::inline v0_2 {

/// The thin SVD of a · b without forming it: Q₁R₁ = a, Q₂R₂ = bᵀ, SVD of R₁R₂ᵀ = U'SV'ᵀ, U = Q₁U', V = Q₂V'.
///
/// a is d × r, b is r × d2; there are min(d, r, d2) directions. O((d + d2) r² + r³). The errors are a few
/// units in the last place of ‖a‖₂ ‖b‖₂, also where the factors nearly cancel.
/// @throws argument_error (invalid_argument) when a has not as many columns as b has rows
/// @throws numeric_error (non_finite) when an entry is NaN or infinite, or a singular value exceeds T's range
template <std::floating_point T>
basic_svd<T> factored_svd(const basic_matrix<T>& a, const basic_matrix<T>& b) {
    if (a.columns() != b.rows())
        throw argument_error(
            errc::invalid_argument,
            "factored SVD: expected as many columns on the left as rows on the right, found " +
                to_text(a.columns()) + " and " + to_text(b.rows()));
    detail::require_finite(a, "left factor");
    detail::require_finite(b, "right factor");
    const std::size_t m = detail::direction_count(a, b);
    std::vector<T> left(m * a.rows());
    std::vector<T> right(m * b.columns());
    std::vector<T> values(m);
    if (m != 0) {
        detail::factored_batch<T> batch(a, b, 1);
        batch.add(a.resident(), b.resident());
        batch.run();
        batch.write(0, {left.data(), right.data(), values});
    }
    return {basic_matrix<T>(std::move(left), m, a.rows()), std::move(values),
            basic_matrix<T>(std::move(right), m, b.columns())};
}

} // namespace svdlens::inline v0_2

#endif
