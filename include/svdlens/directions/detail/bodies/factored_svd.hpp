/// @file
/// The bodies of directions/factored_svd.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_FACTORED_SVD_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_FACTORED_SVD_HPP

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../linalg/detail/finite.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../../linalg/svd.hpp"
#include "../../factored_svd.hpp"
#include "../factored_batch.hpp"

namespace svdlens::inline v0_2 {

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

#ifdef SVDLENS_COMPILED
template basic_svd<float> factored_svd(const basic_matrix<float>& a, const basic_matrix<float>& b);
template basic_svd<double> factored_svd(const basic_matrix<double>& a, const basic_matrix<double>& b);
#endif

} // namespace svdlens::inline v0_2

#endif
