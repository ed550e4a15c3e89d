/// @file
/// The bodies of directions/vector_moments.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_VECTOR_MOMENTS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_VECTOR_MOMENTS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/execution.hpp"
#include "../../../linalg/detail/core_svd.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../vector_moments.hpp"
#include "../../vector_set.hpp"
#include "../coupling.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Vectors of things without their mean, a few of them in double at a time.
template <std::floating_point T>
class centred_things {
  public:
    /// Three times over the vectors. @throws numeric_error (non_finite) naming the vector; cancelled_error
    centred_things(const basic_vector_set<T>& set, const execution& run) :
        vectors_(set.layers.front()), scale_(scale_to_one(set, run)),
        means_(Eigen::RowVectorXd::Zero(static_cast<Eigen::Index>(vectors_.columns()))) {
        struct sums {
            Eigen::RowVectorXd entries;
            double squares = 0;
        };
        const auto compute = [&](std::size_t i, sums& s) {
            const auto part = scaled(i * vectors_at_once, 0, vectors_.columns());
            s.entries = part.colwise().sum();
            s.squares = part.squaredNorm();
        };
        Eigen::RowVectorXd total = means_;
        const auto merge = [&](std::size_t, sums& s) {
            total += s.entries;
            size_ += s.squares;
        };
        const execution quietly = without_progress(run);
        for_blocks_in_order<sums>(strips(), strips(), quietly, compute, merge);
        means_ = total / static_cast<double>((std::max<std::size_t>)(1, things()));
    }

    std::size_t things() const { return vectors_.rows(); }
    std::size_t width() const { return vectors_.columns(); }
    double size() const { return size_; }
    int exponent() const { return -std::ilogb(scale_); }

    /// Some columns of the vectors from `row` on, at most `vectors_at_once` of them.
    dense_matrix<double> part(std::size_t row, std::size_t column, std::size_t columns) const {
        dense_matrix<double> values = scaled(row, column, columns);
        values.rowwise() -=
            means_.segment(static_cast<Eigen::Index>(column), static_cast<Eigen::Index>(columns));
        return values;
    }

  private:
    std::size_t strips() const { return (things() + vectors_at_once - 1) / vectors_at_once; }

    dense_matrix<double> scaled(std::size_t row, std::size_t column, std::size_t columns) const {
        const std::size_t rows = (std::min)(vectors_at_once, things() - row);
        const auto part = vectors_.row_range(row, rows).column_range(column, columns);
        return with_map(part, [&](const auto& map) -> dense_matrix<double> {
            return scale_ * map.template cast<double>();
        });
    }

    basic_matrix<T> vectors_;
    double scale_;
    Eigen::RowVectorXd means_;
    double size_ = 0;
};

/// aᵀ·b over all things in their order; a worker makes some rows of it at a time. Of a Gram matrix (a is b) what is on
/// the diagonal and above is made, and the rest copied.
template <std::floating_point T>
basic_matrix<double> product_over_things(const centred_things<T>& a, const centred_things<T>& b,
                                         const execution& run) {
    constexpr std::size_t band = 64;
    const bool symmetric = &a == &b;
    std::vector<double> values(a.width() * b.width());
    const dense_part<double> result(values.data(), static_cast<Eigen::Index>(a.width()),
                                    static_cast<Eigen::Index>(b.width()),
                                    Eigen::OuterStride<>(static_cast<Eigen::Index>(a.width())));
    const auto compute = [&](std::size_t i, one_eigen_thread&) {
        const std::size_t first = i * band, rows = (std::min)(band, a.width() - first);
        const std::size_t from = symmetric ? first : 0, columns = b.width() - from;
        dense_matrix<double> sum =
            dense_matrix<double>::Zero(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
        for (std::size_t k = 0; k < a.things(); k += vectors_at_once) {
            run.throw_if_stopped();
            const auto right = b.part(k, from, columns);
            const auto left = symmetric
                                  ? dense_matrix<double>(right.leftCols(static_cast<Eigen::Index>(rows)))
                                  : a.part(k, first, rows);
            add_transposed_product<double>(part_from(left), part_from(right), part_to(sum));
        }
        dense_part<double>(result).block(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(from),
                                         sum.rows(), sum.cols()) = sum;
    };
    const std::size_t bands = (a.width() + band - 1) / band;
    for_blocks<one_eigen_thread>(bands, bands, run, compute);
    if (symmetric)
        for (std::size_t j = 0; j < b.width(); ++j)
            for (std::size_t i = j + 1; i < a.width(); ++i)
                values[j * a.width() + i] = values[i * a.width() + j];
    return basic_matrix<double>(std::move(values), b.width(), a.width()).transposed();
}

} // namespace detail

template <std::floating_point T>
vector_moments moments_of(const basic_vector_set<T>& things, const execution& run) {
    detail::require_same_things(things, things);
    const detail::centred_things<T> x(things, run);
    const auto gram = detail::product_over_things(x, x, run);
    return {gram,         gram,         gram,       x.size(),    x.size(),
            x.exponent(), x.exponent(), x.things(), things.name, things.name};
}

template <std::floating_point T>
vector_moments moments_of(const basic_vector_set<T>& from, const basic_vector_set<T>& to,
                          const execution& run) {
    detail::require_same_things(from, to);
    const detail::centred_things<T> x(from, run), y(to, run);
    const auto reading = detail::product_over_things(x, x, part_of(run, 0, 0.25, 4));
    const auto writing = detail::product_over_things(y, y, part_of(run, 0.25, 0.5, 4));
    const auto across = detail::product_over_things(y, x, part_of(run, 0.5, 1, 4));
    return {reading,      writing,      across,     x.size(),  y.size(),
            x.exponent(), y.exponent(), x.things(), from.name, to.name};
}

#ifdef SVDLENS_COMPILED
template vector_moments moments_of(const basic_vector_set<float>& from, const basic_vector_set<float>& to,
                                   const execution& run);
template vector_moments moments_of(const basic_vector_set<double>& from, const basic_vector_set<double>& to,
                                   const execution& run);
template vector_moments moments_of(const basic_vector_set<float>& things, const execution& run);
template vector_moments moments_of(const basic_vector_set<double>& things, const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
