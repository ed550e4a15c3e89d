/// @file
/// Products of matrices so small that Eigen multiplies them coefficient by coefficient.
#ifndef SVDLENS_LINALG_DETAIL_TINY_PRODUCT_HPP
#define SVDLENS_LINALG_DETAIL_TINY_PRODUCT_HPP

#include <Eigen/Core>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether Eigen would take its way for small products. That way begins with single places until the
/// result is aligned and goes on with vectors, which round differently: its bits would depend on where
/// memory begins.
template <class A, class B>
bool is_tiny_product(const A& a, const B& b) {
    return a.rows() + a.cols() + b.cols() < EIGEN_GEMM_TO_COEFFBASED_THRESHOLD;
}

/// c += a · b, one sum after the other.
template <class A, class B, class C>
void add_tiny_product(const A& a, const B& b, C& c) {
    for (Eigen::Index i = 0; i < a.rows(); ++i)
        for (Eigen::Index j = 0; j < b.cols(); ++j) {
            typename C::Scalar sum = 0;
            for (Eigen::Index k = 0; k < a.cols(); ++k) sum += a(i, k) * b(k, j);
            c(i, j) += sum;
        }
}

/// c += a · b. The same bits wherever the three lie in memory.
template <class A, class B, class C>
void add_to_product(const A& a, const B& b, C& c) {
    if (is_tiny_product(a, b)) return add_tiny_product(a, b, c);
    c.noalias() += a * b;
}

/// c = a · b. The same bits wherever the three lie in memory.
template <class A, class B, class C>
void set_to_product(const A& a, const B& b, C& c) {
    if (!is_tiny_product(a, b)) {
        c.noalias() = a * b;
        return;
    }
    c.setZero();
    add_tiny_product(a, b, c);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
