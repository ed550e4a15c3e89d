/// @file
/// The bodies of directions/factored_difference.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_FACTORED_DIFFERENCE_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_FACTORED_DIFFERENCE_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/execution.hpp"
#include "../../../linalg/detail/finite.hpp"
#include "../../../linalg/detail/scaled_qr.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../../linalg/matrix_difference.hpp"
#include "../../../linalg/scaled_matrix.hpp"
#include "../../../linalg/stacked_matrix.hpp"
#include "../../factored_difference.hpp"
#include "../../factored_set.hpp"
#include "../factor_checks.hpp"
#include "../set_pairs.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Powers of two, or zeros, that two factors are multiplied by.
struct pair_scales {
    double a = 0;
    double b = 0;
};

/// Such that the largest entries of both are of one size. Where one is zero both are: the product is.
template <std::floating_point T>
pair_scales evened_out(const basic_matrix<T>& a, const basic_matrix<T>& b) {
    const T largest_a = largest_magnitude(a.resident()), largest_b = largest_magnitude(b.resident());
    if (largest_a == 0 || largest_b == 0) return {};
    const int exponent = (binary_exponent(largest_b) - binary_exponent(largest_a)) / 2;
    return {std::ldexp(1.0, exponent), std::ldexp(1.0, -exponent)};
}

template <std::floating_point T>
basic_matrix<T> times(const basic_matrix<T>& m, double factor) {
    return scaled_matrix(m, std::vector<double>(m.rows(), factor), {});
}

template <std::floating_point T>
basic_factored_matrix<T> change_of_head(const basic_factored_matrix<T>& before,
                                        const basic_factored_matrix<T>& after) {
    const auto change_of_a = matrix_difference(after.a, before.a);
    const auto change_of_b = matrix_difference(after.b, before.b);
    const auto first = evened_out(change_of_a, after.b);
    const auto second = evened_out(before.a, change_of_b);
    const auto beside = [](const basic_matrix<T>& left, const basic_matrix<T>& right) {
        return stacked_matrix<T>({left.transposed(), right.transposed()}).transposed();
    };
    return {.a = beside(times(change_of_a, first.a), times(before.a, second.a)),
            .b = stacked_matrix<T>({times(after.b, first.b), times(change_of_b, second.b)}),
            .a_name = after.a_name,
            .b_name = after.b_name};
}

} // namespace detail

template <std::floating_point T>
basic_factored_set<T> factored_difference(const basic_factored_set<T>& before,
                                          const basic_factored_set<T>& after, const execution& run) {
    detail::require_like_heads(before, after);
    detail::require_finite_factors(before, run);
    detail::require_finite_factors(after, run);
    auto result = before;
    result.name += "_change";
    // Its directions are no directions of the heads: nodes of their own.
    auto head = *before.axes.find_label_column("head");
    head.entity = result.name;
    result.axes.add(std::move(head));
    result.file = after.file + " less " + before.file;
    result.provenance = after.provenance + " less " + before.provenance;
    const execution quietly = detail::without_progress(run);
    const auto compute = [&](std::size_t k, char&) {
        result.matrices[k] = detail::change_of_head(before.matrices[k], after.matrices[k]);
    };
    for_blocks<char>(result.matrices.size(), result.matrices.size(), quietly, compute);
    return result;
}

#ifdef SVDLENS_COMPILED
template basic_factored_set<float> factored_difference(const basic_factored_set<float>& before,
                                                       const basic_factored_set<float>& after,
                                                       const execution& run);
template basic_factored_set<double> factored_difference(const basic_factored_set<double>& before,
                                                        const basic_factored_set<double>& after,
                                                        const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
