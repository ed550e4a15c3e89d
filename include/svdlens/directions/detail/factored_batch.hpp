/// @file
/// Products of factors of one shape, decomposed side by side.
#ifndef SVDLENS_DIRECTIONS_DETAIL_FACTORED_BATCH_HPP
#define SVDLENS_DIRECTIONS_DETAIL_FACTORED_BATCH_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "../../linalg/detail/core_svd.hpp"
#include "../../linalg/detail/finite.hpp"
#include "../../linalg/detail/jacobi_svd.hpp"
#include "../../linalg/detail/large_array.hpp"
#include "../../linalg/detail/scaled_qr.hpp"
#include "../../linalg/detail/singular_values.hpp"
#include "../../linalg/matrix.hpp"
#include "factor_scales.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Where a decomposition is written: direction-major, `left` m × rows, `right` m × columns.
template <std::floating_point T>
struct svd_target {
    T* left;
    T* right;
    std::span<T> singular_values;
};

/// The number of directions of a product of d × r and r × d2.
template <std::floating_point T>
std::size_t direction_count(const basic_matrix<T>& a, const basic_matrix<T>& b) {
    return (std::min)({a.rows(), a.columns(), b.columns()});
}

/// Products a·b of one shape that are decomposed side by side: Q₁R₁ = a, Q₂R₂ = bᵀ, SVD of the cores R₁R₂ᵀ =
/// U'SV'ᵀ, U = Q₁U', V = Q₂V'. Each result has the same bits as if its product were alone.
template <std::floating_point T>
class factored_batch {
  public:
    /// The most products that go together.
    static std::size_t most_lanes(const basic_matrix<T>& a, const basic_matrix<T>& b) {
        return jacobi_batch<T>::most_lanes(core_rows(a), core_rows(b.transposed()));
    }

    /// Room for `count` products of the shape of a · b.
    factored_batch(const basic_matrix<T>& a, const basic_matrix<T>& b, std::size_t count) :
        cores_(core_rows(a), core_rows(b.transposed()), count), left_(count), right_(count),
        exponents_(count), width_((std::max)(a.rows(), b.columns())), left_room_(scaled_qr<T>::room(a)),
        right_room_(scaled_qr<T>::room(b.transposed())),
        memory_(make_large_array<T>(count * (left_room_ + right_room_))) {}

    void clear() {
        cores_.clear();
        count_ = 0;
    }

    /// Adds a product of finite factors that are not empty. O((d + d2) r²).
    void add(const basic_matrix<T>& a, const basic_matrix<T>& b) {
        T* const memory = memory_.get() + count_ * (left_room_ + right_room_);
        const auto scales = balanced_scales(column_exponents(a), column_exponents(b.transposed()));
        exponents_[count_] = scales.exponent;
        left_[count_].compute(a, scales.left, memory);
        right_[count_].compute(b.transposed(), scales.right, memory + left_room_);
        const auto& r_a = left_[count_].rest();
        cores_.add(product<T>(r_a, right_[count_].rest().transpose()));
        ++count_;
    }

    /// The part that all products go through in lock step. O(r³) each.
    void run() { cores_.run(); }

    /// Writes the k-th decomposition and returns how many directions are more than null space. O((d + d2) r²).
    /// @throws numeric_error when the largest singular value, unless it is rounding alone, is beyond T's
    ///         range (non_finite) or vanishes below it (underflow)
    std::size_t write(std::size_t k, const svd_target<T>& out) const {
        const auto core = cores_[k];
        const auto smallest = static_cast<double>(core.values(core.values.size() - 1));
        const double threshold = null_threshold(k, smallest);
        std::size_t rank = 0;
        while (rank < out.singular_values.size() && is_above(core.values, rank, threshold)) ++rank;
        write_values(core.values, exponents_[k] + cores_.exponent(k), rank, out.singular_values);
        left_[k].multiply(core.left, out.left);
        right_[k].multiply(core.right, out.right);
        return rank;
    }

    /// d · eps · ‖a‖₂ ‖b‖₂ in the unit of the core's singular values, or zero where a bound that costs nothing
    /// shows that not even the smallest of these is that small.
    double null_threshold(std::size_t k, double smallest) const {
        const double share = static_cast<double>(width_) * double{std::numeric_limits<T>::epsilon()};
        if (smallest > 1.001 * share * frobenius_bound(k)) return 0;
        return share * spectral_bound(k);
    }

    /// ‖a‖_F ‖b‖_F, at least ‖a‖₂ ‖b‖₂ and at most r times that, in the unit of the core.
    double frobenius_bound(std::size_t k) const {
        return std::ldexp(double{left_[k].rest().norm()} * double{right_[k].rest().norm()},
                          -cores_.exponent(k));
    }

    /// ‖a‖₂ ‖b‖₂, an upper bound (see spectral_norm), in the unit of the core. O(r³), about as long as `run`.
    double spectral_bound(std::size_t k) const {
        return std::ldexp(double{spectral_norm(left_[k].rest())} * double{spectral_norm(right_[k].rest())},
                          -cores_.exponent(k));
    }

  private:
    static Eigen::Index core_rows(const basic_matrix<T>& factor) {
        return static_cast<Eigen::Index>((std::min)(factor.rows(), factor.columns()));
    }

    static bool is_above(const dense_vector<T>& values, std::size_t k, double threshold) {
        return static_cast<double>(values(static_cast<Eigen::Index>(k))) > threshold;
    }

    /// Values that are rounding alone, those from `rank` on, are 0 where T does not hold them: what they are the
    /// rounding of may be 0.
    static void write_values(const dense_vector<T>& values, int exponent, std::size_t rank,
                             std::span<T> out) {
        if (rank != 0 && !holds<T>(double{values(0)}, exponent))
            refuse_singular_value<T>("", double{values(0)}, exponent);
        write_singular_values(values, exponent, out);
        for (T& value : out.subspan(rank))
            if (!is_finite(value)) value = 0;
    }

    jacobi_batch<T> cores_;
    std::vector<scaled_qr<T>> left_;
    std::vector<scaled_qr<T>> right_;
    std::vector<int> exponents_; // of each product: what its factors were divided by
    std::size_t width_;
    std::size_t count_ = 0;
    std::size_t left_room_;
    std::size_t right_room_;
    std::shared_ptr<T[]> memory_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
