/// @file
/// The bodies of directions/head_spectra.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_HEAD_SPECTRA_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_HEAD_SPECTRA_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../linalg/detail/core_svd.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../factored_set.hpp"
#include "../../head_spectra.hpp"
#include "../../singular_directions.hpp"
#include "../../spectra.hpp"
#include "../diagonal_sums.hpp"
#include "../direction_checks.hpp"
#include "../factor_checks.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The singular values of a factor from FᵀF.
template <std::floating_point Real>
std::vector<Real> values_of_gram(const dense_matrix<Real>& gram) {
    const Eigen::SelfAdjointEigenSolver<dense_matrix<Real>> solver(gram, Eigen::EigenvaluesOnly);
    std::vector<Real> values;
    for (const Real each : solver.eigenvalues()) values.push_back(std::sqrt((std::max)(Real{0}, each)));
    std::reverse(values.begin(), values.end());
    return values;
}

/// AᵀA, B Bᵀ and B A of W = A·B, each factor in a unit of a power of two.
struct head_grams {
    dense_matrix<double> reading;
    dense_matrix<double> writing;
    dense_matrix<double> across;
    int exponent = 0;

    /// ‖W‖_F²
    double energy() const { return inner(reading, writing); }
};

template <std::floating_point T>
head_grams grams_of_head(const basic_factored_matrix<T>& head) {
    const auto a = to_unit(head.a), b = to_unit(head.b.transposed());
    return {transposed_product(a.values, a.values), transposed_product(b.values, b.values),
            transposed_product(b.values, a.values), a.exponent + b.exponent};
}

/// W² = A (B A) B: with C = B A, ⟨W², W⟩ = Σ (AᵀA C) ∘ (B Bᵀ) and ‖W²‖² = Σ (Cᵀ AᵀA C) ∘ (B Bᵀ). 0 where W²
/// is no more than rounding, d · eps · ‖A‖ ‖B‖ ‖W‖.
template <std::floating_point T>
double idempotence_of(const head_grams& grams, std::size_t d) {
    const dense_matrix<double> once = product(grams.reading, grams.across);
    const double twice = inner(transposed_product(grams.across, once), grams.writing);
    const double rounding = static_cast<double>(d) * double{std::numeric_limits<T>::epsilon()};
    const double sizes = grams.reading.trace() * grams.writing.trace() * grams.energy();
    if (!(twice > rounding * rounding * sizes)) return 0;
    const double both = inner(once, grams.writing);
    return both * both / (twice * grams.energy());
}

template <std::floating_point T>
head_spectrum spectrum_of_head(const basic_factored_set<T>& set,
                               const basic_singular_directions<T>& directions, std::size_t k,
                               const power_law_options& options) {
    head_spectrum result;
    result.head = set.head_label(k);
    result.index = {k / set.heads(), k % set.heads()};
    std::vector<double> values;
    for (std::size_t j = 0; j < directions.directions(); ++j)
        if (!directions.is_null(result.index.layer, result.index.head, j))
            values.push_back(
                static_cast<double>(directions.singular_value(result.index.layer, result.index.head, j)));
    const auto& head = set.matrices[k];
    const auto grams = grams_of_head(head);
    const auto r = static_cast<double>(head.a.columns());
    const double unit = std::sqrt(grams.reading.trace() * grams.writing.trace()) / r;
    result.ranks = svdlens::ranks_of(values); // not that of detail/, which places have
    result.largest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    result.product_edge =
        std::ldexp(unit, grams.exponent) * product_law_of(head.a.rows(), head.a.columns()).upper;
    result.beyond_edge = static_cast<std::size_t>(
        std::count_if(values.begin(), values.end(), [&](double s) { return s > result.product_edge; }));
    const double sizes = grams.reading.trace() * grams.writing.trace();
    result.alignment = sizes > 0 ? grams.energy() / sizes : 0;
    result.left_values = values_of_gram(grams.reading);
    result.right_values = values_of_gram(grams.writing);
    result.idempotence = idempotence_of<T>(grams, head.a.rows());
    result.fall = power_law_of(values, options);
    return result;
}

} // namespace detail

template <std::floating_point T>
std::vector<head_spectrum> head_spectra(const basic_factored_set<T>& set,
                                        const basic_singular_directions<T>& directions,
                                        const power_law_options& options, const execution& run) {
    detail::require_composable(set, run);
    detail::require_directions_of(set, directions);
    std::vector<head_spectrum> result(set.matrices.size());
    const auto compute = [&](std::size_t k, detail::one_eigen_thread&) {
        result[k] = detail::spectrum_of_head(set, directions, k, options);
    };
    for_blocks<detail::one_eigen_thread>(result.size(), result.size(), run, compute);
    return result;
}

#ifdef SVDLENS_COMPILED
template std::vector<head_spectrum> head_spectra(const basic_factored_set<float>& set,
                                                 const basic_singular_directions<float>& directions,
                                                 const power_law_options& options, const execution& run);
template std::vector<head_spectrum> head_spectra(const basic_factored_set<double>& set,
                                                 const basic_singular_directions<double>& directions,
                                                 const power_law_options& options, const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
