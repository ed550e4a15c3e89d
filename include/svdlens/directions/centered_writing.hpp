/// @file
/// What heads write, as readers behind a LayerNorm see it: without its mean.
#ifndef SVDLENS_DIRECTIONS_CENTERED_WRITING_HPP
#define SVDLENS_DIRECTIONS_CENTERED_WRITING_HPP

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../linalg/scaled_matrix.hpp"
#include "factored_set.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Every row minus its mean, deferred; the means are taken at once.
template <std::floating_point T>
basic_matrix<T> rows_without_means(const basic_matrix<T>& deferred_or_not) {
    const auto m = deferred_or_not.resident();
    std::vector<double> means(m.rows());
    for (std::size_t i = 0; i < m.rows(); ++i) {
        for (std::size_t j = 0; j < m.columns(); ++j) means[i] += static_cast<double>(m(i, j));
        means[i] /= static_cast<double>(m.columns());
    }
    return scaled_matrix(deferred_or_not.transposed(), std::vector<double>(m.columns(), 1.0),
                         std::move(means))
        .transposed();
}

} // namespace detail

/// W P in place of each W = a·b, P = I - 11ᵀ/d: what is seen of it behind a LayerNorm, whose singular values and
/// directions are those that the law of composition takes. A set that is centred is given back. O(values of b); deferred.
/// @throws argument_error (invalid_argument) for circuits that write nothing
template <std::floating_point T>
basic_factored_set<T> with_centered_writing(basic_factored_set<T> set) {
    if (set.right.flow == flow::reads)
        throw argument_error(errc::invalid_argument, set.file +
                                                         ": with_centered_writing: expected circuits that "
                                                         "write, found " +
                                                         quoted(set.name));
    if (set.right_centered) return set;
    for (auto& each : set.matrices) each.b = detail::rows_without_means(each.b);
    set.right_centered = true;
    set.provenance += set.provenance.empty() ? "writing centred" : "; writing centred";
    return set;
}

} // namespace svdlens::inline v0_2

#endif
