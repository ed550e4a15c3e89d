/// @file
/// The Gram matrix of a set's vectors, and its eigenvectors as directions.
#ifndef SVDLENS_DIRECTIONS_DETAIL_GRAM_SUM_HPP
#define SVDLENS_DIRECTIONS_DETAIL_GRAM_SUM_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include "../../core/detail/without_progress.hpp"
#include "../../core/execution.hpp"
#include "../../linalg/detail/core_svd.hpp"
#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/detail/tiny_product.hpp"
#include "../../linalg/matrix.hpp"
#include "../../linalg/sign_rule.hpp"
#include "../vector_set.hpp"
#include "coupling.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Σ w wᵀ of all vectors, dead ones left out, scaled by a power of two.
template <std::floating_point T>
class gram_sum {
  public:
    gram_sum(const basic_vector_set<T>& set, seen_space space, const execution& run) :
        set_(set), vectors_(set.layers.front()), space_(space), scale_(scale_to_one(set, run)) {}

    /// What vectors are multiplied by.
    double scale() const { return scale_; }

    /// A worker makes some rows, each from its diagonal on, over all vectors in their order: products of a strip in T, their
    /// sum in double.
    dense_matrix<double> sum(const execution& run) const {
        constexpr Eigen::Index band = 128;
        const auto d = static_cast<Eigen::Index>(set_.d_model());
        dense_matrix<double> gram = dense_matrix<double>::Zero(d, d);
        const auto make = [&](std::size_t b, row_major_matrix<T>& rows) {
            [[maybe_unused]] const one_eigen_thread held;
            const Eigen::Index first = static_cast<Eigen::Index>(b) * band;
            const Eigen::Index count = (std::min)(band, d - first);
            row_major_matrix<T> product(count, d - first);
            for (std::size_t k = 0; k < vectors_.rows(); k += vectors_at_once) {
                run.throw_if_stopped();
                write(k, rows);
                const auto left = rows.middleCols(first, count).transpose();
                const auto right = rows.rightCols(d - first);
                set_to_product(left, right, product);
                gram.block(first, first, count, d - first) += product.template cast<double>();
            }
        };
        const auto bands = static_cast<std::size_t>((d + band - 1) / band);
        for_blocks<row_major_matrix<T>>(bands, bands, without_progress(run), make);
        gram.template triangularView<Eigen::StrictlyLower>() = gram.transpose();
        return gram;
    }

  private:
    /// Some vectors from the first one on, one a row.
    void write(std::size_t first, row_major_matrix<T>& out) const {
        const auto part =
            vectors_.row_range(first, (std::min)(vectors_at_once, vectors_.rows() - first)).resident();
        const auto scale = static_cast<T>(scale_);
        out.resize(static_cast<Eigen::Index>(part.rows()), static_cast<Eigen::Index>(part.columns()));
        with_map(part, [&](const auto& map) { out = scale * map; });
        for (std::size_t k = 0; k < part.rows(); ++k) {
            auto row = out.row(static_cast<Eigen::Index>(k));
            if (set_.is_dead(0, first + k)) row.setZero();
            if (space_ == seen_space::centred) row.array() -= row.mean();
        }
    }

    const basic_vector_set<T>& set_;
    const basic_matrix<T>& vectors_;
    seen_space space_;
    double scale_;
};

/// The eigenvectors of a Gram matrix as directions, largest first, with the sign rule.
template <std::floating_point T>
void set_directions(basic_vector_set<T>& to, const dense_matrix<double>& gram, double scale) {
    [[maybe_unused]] const one_eigen_thread held;
    const Eigen::SelfAdjointEigenSolver<dense_matrix<double>> solver(gram);
    const auto d = gram.rows();
    const double largest = d == 0 ? 0 : (std::max)(0.0, solver.eigenvalues()(d - 1));
    const double nothing = static_cast<double>(d) * double{std::numeric_limits<T>::epsilon()} * largest;
    std::vector<T> rows, values;
    std::vector<bool> null_space;
    for (Eigen::Index k = d; k > 0; --k) {
        const double squared = solver.eigenvalues()(k - 1);
        const auto vector = solver.eigenvectors().col(k - 1);
        std::vector<T> row(static_cast<std::size_t>(d));
        for (Eigen::Index c = 0; c < d; ++c) row[static_cast<std::size_t>(c)] = static_cast<T>(vector(c));
        apply_sign_rule(std::span<T>(row), std::span<T>());
        rows.insert(rows.end(), row.begin(), row.end());
        null_space.push_back(!(squared > nothing));
        values.push_back(static_cast<T>(std::sqrt((std::max)(0.0, squared)) / scale));
    }
    const auto size = static_cast<std::size_t>(d);
    to.layers = {basic_matrix<T>(std::move(rows), size, size)};
    to.singular_values = {std::move(values)};
    to.null_space = {std::move(null_space)};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
