/// @file
/// Products whose bits do not depend on where matrices lie, nor on the machine's caches.
#ifndef SVDLENS_LINALG_DETAIL_TINY_PRODUCT_HPP
#define SVDLENS_LINALG_DETAIL_TINY_PRODUCT_HPP

#include <algorithm>

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

/// How long the sums of one product of Eigen's may be, so that it takes them in one go whatever the machine's caches:
/// longer ones it cuts where the first-level cache, whose size it asks for at run time, ends. So long that it does
/// not cut with 32 KiB, the least that machines with these instructions have.
template <class T>
constexpr Eigen::Index longest_sum() {
#ifdef EIGEN_VECTORIZE_AVX512
    return 512;
#else
    return sizeof(T) == 4 ? 256 : 128;
#endif
}

/// Calls `use(first, size)` for slices of a sum, ascending, as few and as even as can be: none is so short that
/// Eigen would multiply it another way.
template <class T, class Use>
void for_slices(Eigen::Index length, Use use) {
    const Eigen::Index count = (length + longest_sum<T>() - 1) / longest_sum<T>();
    const Eigen::Index size = count < 2 ? length : ((length + count - 1) / count + 7) / 8 * 8;
    Eigen::Index first = 0;
    do {
        use(first, (std::min)(size, length - first));
        first += size;
    } while (first < length);
}

/// c += a · b. The same bits wherever the three lie in memory, and whatever caches the machine has.
template <class A, class B, class C>
void add_to_product(const A& a, const B& b, C& c) {
    if (is_tiny_product(a, b)) return add_tiny_product(a, b, c);
    for_slices<typename C::Scalar>(a.cols(), [&](Eigen::Index first, Eigen::Index size) {
        c.noalias() += a.middleCols(first, size) * b.middleRows(first, size);
    });
}

/// c = a · b. The same bits wherever the three lie in memory, and whatever caches the machine has.
template <class A, class B, class C>
void set_to_product(const A& a, const B& b, C& c) {
    c.setZero();
    add_to_product(a, b, c);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
