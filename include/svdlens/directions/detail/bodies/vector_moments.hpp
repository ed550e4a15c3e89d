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
#include "../../../linalg/detail/tiny_product.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../vector_moments.hpp"
#include "../../vector_set.hpp"
#include "../coupling.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Some vectors in double, a column each, whichever way they lie in memory.
template <std::floating_point T>
dense_matrix<double> vectors_in_columns(const basic_matrix<T>& deferred_or_not, double scale) {
    const auto m = deferred_or_not.resident();
    if (m.column_stride() == 1)
        return with_map(m.transposed(), [&](const auto& map) -> dense_matrix<double> {
            return scale * map.template cast<double>();
        });
    dense_matrix<double> rows = with_map(
        m, [&](const auto& map) -> dense_matrix<double> { return scale * map.template cast<double>(); });
    return rows.transpose(); // in the cache, not in the file
}

/// Vectors of things without their mean, a few of them in double at a time.
template <std::floating_point T>
class centred_things {
  public:
    /// Twice over the vectors. @throws numeric_error (non_finite) naming the vector; cancelled_error
    centred_things(const basic_vector_set<T>& set, const execution& run) :
        vectors_(set.layers.front()), scale_(scale_to_one(set, run)),
        means_(Eigen::VectorXd::Zero(static_cast<Eigen::Index>(vectors_.columns()))) {
        struct sums {
            Eigen::VectorXd entries;
            double squares = 0;
        };
        const auto compute = [&](std::size_t i, sums& s) {
            const auto part = as_they_are(i * vectors_at_once, 0, width());
            s.entries = part.rowwise().sum();
            s.squares = part.squaredNorm();
        };
        Eigen::VectorXd total = means_;
        const auto merge = [&](std::size_t, sums& s) {
            total += s.entries;
            size_ += s.squares;
        };
        const std::size_t strips = (things() + vectors_at_once - 1) / vectors_at_once;
        for_blocks_in_order<sums>(strips, strips, without_progress(run), compute, merge);
        means_ = total / static_cast<double>((std::max<std::size_t>)(1, things()));
    }

    std::size_t things() const { return vectors_.rows(); }
    std::size_t width() const { return vectors_.columns(); }
    double size() const { return size_; }
    int exponent() const { return -std::ilogb(scale_); }

    /// Some entries of the vectors from `thing` on, at most `vectors_at_once` of them, a column each.
    dense_matrix<double> part(std::size_t thing, std::size_t entry, std::size_t entries) const {
        auto values = as_they_are(thing, entry, entries);
        values.colwise() -=
            means_.segment(static_cast<Eigen::Index>(entry), static_cast<Eigen::Index>(entries));
        return values;
    }

  private:
    dense_matrix<double> as_they_are(std::size_t thing, std::size_t entry, std::size_t entries) const {
        const std::size_t count = (std::min)(vectors_at_once, things() - thing);
        return vectors_in_columns(vectors_.row_range(thing, count).column_range(entry, entries), scale_);
    }

    basic_matrix<T> vectors_;
    double scale_;
    Eigen::VectorXd means_;
    double size_ = 0;
};

/// Some rows of aᵀ·b over some of the things.
struct moment_task {
    std::size_t thing, things;
    std::size_t row, rows;
};

/// Tasks of things in their order, within which rows are.
inline std::vector<moment_task> moment_tasks(std::size_t things, std::size_t width) {
    constexpr std::size_t stretch = 16 * vectors_at_once, band = 256;
    std::vector<moment_task> tasks;
    for (std::size_t k = 0; k < things; k += stretch)
        for (std::size_t i = 0; i < width; i += band)
            tasks.push_back({k, (std::min)(stretch, things - k), i, (std::min)(band, width - i)});
    return tasks;
}

/// aᵀ·b over all things in their order. Of a Gram matrix (a is b) what is on the diagonal and above is made,
/// and the rest copied.
template <std::floating_point T>
basic_matrix<double> product_over_things(const centred_things<T>& a, const centred_things<T>& b,
                                         const execution& run) {
    struct slot {
        one_eigen_thread held;
        dense_matrix<double> sum;
    };
    const bool symmetric = &a == &b;
    const auto tasks = moment_tasks(a.things(), a.width());
    dense_matrix<double> result = dense_matrix<double>::Zero(static_cast<Eigen::Index>(a.width()),
                                                             static_cast<Eigen::Index>(b.width()));
    const auto compute = [&](std::size_t i, slot& s) {
        const auto& task = tasks[i];
        const std::size_t from = symmetric ? task.row : 0, columns = b.width() - from;
        s.sum = dense_matrix<double>::Zero(static_cast<Eigen::Index>(task.rows),
                                           static_cast<Eigen::Index>(columns));
        for (std::size_t k = task.thing; k < task.thing + task.things; k += vectors_at_once) {
            run.throw_if_stopped();
            const auto right = b.part(k, from, columns);
            if (symmetric)
                add_to_product(right.topRows(static_cast<Eigen::Index>(task.rows)), right.transpose(), s.sum);
            else
                add_to_product(a.part(k, task.row, task.rows), right.transpose(), s.sum);
        }
    };
    const auto merge = [&](std::size_t i, slot& s) {
        const auto row = static_cast<Eigen::Index>(tasks[i].row);
        result.block(row, symmetric ? row : 0, s.sum.rows(), s.sum.cols()) += s.sum;
    };
    for_blocks_in_order<slot>(tasks.size(), tasks.size(), run, compute, merge);
    if (symmetric) result.template triangularView<Eigen::StrictlyLower>() = result.transpose().eval();
    std::vector<double> values(result.data(), result.data() + result.size());
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
