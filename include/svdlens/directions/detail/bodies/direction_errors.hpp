/// @file
/// The bodies of directions/direction_errors.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_DIRECTION_ERRORS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_DIRECTION_ERRORS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../linalg/detail/core_svd.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../table/long_table.hpp"
#include "../../direction_errors.hpp"
#include "../../factored_set.hpp"
#include "../../singular_directions.hpp"
#include "../diagonal_sums.hpp"
#include "../direction_checks.hpp"
#include "../factor_checks.hpp"
#include "../products.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A variance that first order may put above what an angle can be, or that is 0 / 0.
inline double at_most_one(double variance) { return variance <= 1 ? variance : 1; }

/// ‖row · factor‖² of each row.
template <std::floating_point Real>
std::vector<Real> energies_through(const basic_matrix<Real>& rows, const dense_matrix<Real>& factor) {
    std::vector<Real> result;
    with_map(rows, [&](const auto& map) {
        dense_matrix<Real> seen(map.rows(), factor.cols());
        set_to_product(map, factor, seen);
        for (Eigen::Index k = 0; k < seen.rows(); ++k) result.push_back(seen.row(k).squaredNorm());
    });
    return result;
}

template <std::floating_point T>
struct error_sides {
    typename basic_side_errors<T>::head left;
    typename basic_side_errors<T>::head right;
};

template <std::floating_point T>
error_sides<T> errors_of_head(const basic_factored_matrix<T>& head, const basic_matrix<T>& left,
                              const basic_matrix<T>& right, std::span<const T> values, double noise) {
    const auto a = to_unit(head.a), b = to_unit(head.b.transposed());
    const auto variance = [&](const unit_matrix& factor) {
        return noise * noise * factor.values.squaredNorm() / static_cast<double>(factor.values.size());
    };
    std::vector<double> scaled, by_left = energies_through(in_double(left), a.values),
                                by_right = energies_through(in_double(right), b.values);
    for (const T s : values) scaled.push_back(std::ldexp(static_cast<double>(s), -(a.exponent + b.exponent)));
    for (double& each : by_left) each *= variance(b);  // a change of B, through A
    for (double& each : by_right) each *= variance(a); // a change of A, through B
    return {{scaled, by_left, by_right}, {scaled, by_right, by_left}};
}

} // namespace detail

template <std::floating_point T>
basic_side_errors<T>::basic_side_errors(basic_vector_set<T> vectors, std::vector<head> heads) :
    vectors_(std::move(vectors)), heads_(std::move(heads)) {}

template <std::floating_point T>
double basic_side_errors<T>::mixing(std::size_t layer, std::size_t k, std::size_t j) const {
    const auto& of = head_of(layer, k);
    k %= directions();
    j %= directions();
    const double sk = of.values[k] * of.values[k], sj = of.values[j] * of.values[j];
    const double kj = of.through[j] + of.straight[k], jk = of.through[k] + of.straight[j];
    return std::sqrt(detail::at_most_one((sk * kj + sj * jk) / ((sk - sj) * (sk - sj))));
}

template <std::floating_point T>
double basic_side_errors<T>::outside(const head& of, std::size_t k) const {
    return detail::at_most_one(of.straight[k] / (of.values[k] * of.values[k]));
}

template <std::floating_point T>
double basic_side_errors<T>::sine(std::size_t layer, std::size_t k) const {
    const std::size_t first = k / directions() * directions();
    double sum =
        static_cast<double>(vectors_.d_model() - directions()) * outside(head_of(layer, k), k - first);
    for (std::size_t j = first; j < first + directions(); ++j) {
        const double turned = j == k ? 0 : mixing(layer, k, j);
        sum += turned * turned;
    }
    return std::sqrt(detail::at_most_one(sum));
}

template <std::floating_point T>
double basic_side_errors<T>::score_error(std::size_t layer, std::size_t k,
                                         std::span<const double> target) const {
    const std::size_t first = k / directions() * directions();
    const auto rows = vectors_.layers[layer].row_range(first, directions()).resident();
    double rest = 0, variance = 0;
    for (const double x : target) rest += x * x;
    for (std::size_t j = 0; j < directions(); ++j) {
        double dot = 0;
        for (std::size_t i = 0; i < target.size(); ++i) dot += static_cast<double>(rows(j, i)) * target[i];
        rest -= dot * dot;
        if (first + j == k) continue;
        const double turned = mixing(layer, k, first + j);
        variance += turned * turned * dot * dot;
    }
    return std::sqrt(variance + outside(head_of(layer, k), k - first) * (std::max)(0.0, rest));
}

template <std::floating_point T>
basic_long_table<T> basic_side_errors<T>::sines() const {
    std::vector<T> values;
    for (std::size_t l = 0; l < vectors_.layers.size(); ++l)
        for (std::size_t k = 0; k < vectors_.layers[l].rows(); ++k)
            values.push_back(static_cast<T>(sine(l, k)));
    auto axes = vectors_.axes;
    axes.set_title(vectors_.name + "_sine");
    axes.set_provenance(vectors_.provenance);
    return long_table(std::move(values), std::move(axes));
}

template <std::floating_point T>
basic_direction_errors<T> direction_errors(const basic_factored_set<T>& set,
                                           const basic_singular_directions<T>& directions,
                                           const direction_error_options& options, const execution& run) {
    detail::require_uniform(set);
    detail::require_directions_of(set, directions);
    detail::require_share_of_noise("direction errors, noise", options.noise);
    detail::require_finite_factors(set, run);
    using head = typename basic_side_errors<T>::head;
    const auto& left = directions.left();
    const auto& right = directions.right();
    const std::size_t each = directions.directions();
    std::vector<head> of_left(set.matrices.size()), of_right(set.matrices.size());
    const auto compute = [&](std::size_t k, detail::one_eigen_thread&) {
        const std::size_t layer = k / set.heads(), first = k % set.heads() * each;
        auto found = detail::errors_of_head<T>(set.matrices[k], left.layers[layer].row_range(first, each),
                                               right.layers[layer].row_range(first, each),
                                               std::span(left.singular_values[layer]).subspan(first, each),
                                               options.noise);
        of_left[k] = std::move(found.left);
        of_right[k] = std::move(found.right);
    };
    for_blocks<detail::one_eigen_thread>(set.matrices.size(), set.matrices.size(), run, compute);
    return {{left, std::move(of_left)}, {right, std::move(of_right)}};
}

SVDLENS_BODY std::string to_string(const direction_block& block) {
    auto text = "L" + to_text(block.layer) + "H" + to_text(block.head) + "." + to_text(block.first);
    return block.size() == 1 ? text : text + "-" + to_text(block.last);
}

template <std::floating_point T>
std::vector<direction_block> direction_blocks(const basic_direction_errors<T>& errors,
                                              const direction_block_options& options) {
    detail::require_share_of_noise("direction blocks, mixing", options.mixing);
    std::vector<direction_block> result;
    const auto& vectors = errors.left.vectors();
    const std::size_t each = errors.left.directions();
    const auto is_mixed = [&](std::size_t layer, std::size_t k) {
        return errors.left.mixing(layer, k - 1, k) > options.mixing ||
               errors.right.mixing(layer, k - 1, k) > options.mixing;
    };
    for (std::size_t l = 0; l < vectors.layers.size(); ++l)
        for (std::size_t k = 0; k < vectors.layers[l].rows(); ++k) {
            if (vectors.is_null(l, k) || vectors.is_dead(l, k)) continue; // arbitrary vectors make no block
            const std::size_t direction = k % each;
            if (direction != 0 && !vectors.is_null(l, k - 1) && !vectors.is_dead(l, k - 1) && is_mixed(l, k))
                result.back().last = direction;
            else
                result.push_back({l, k / each, direction, direction});
        }
    return result;
}

#ifdef SVDLENS_COMPILED
template class basic_side_errors<float>;
template class basic_side_errors<double>;
template basic_direction_errors<float> direction_errors(const basic_factored_set<float>& set,
                                                        const basic_singular_directions<float>& directions,
                                                        const direction_error_options& options,
                                                        const execution& run);
template basic_direction_errors<double> direction_errors(const basic_factored_set<double>& set,
                                                         const basic_singular_directions<double>& directions,
                                                         const direction_error_options& options,
                                                         const execution& run);
template std::vector<direction_block> direction_blocks(const basic_direction_errors<float>& errors,
                                                       const direction_block_options& options);
template std::vector<direction_block> direction_blocks(const basic_direction_errors<double>& errors,
                                                       const direction_block_options& options);
#endif

} // namespace svdlens::inline v0_2

#endif
