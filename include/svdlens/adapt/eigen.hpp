/// @file
/// Eigen's dense expressions as tensors: `long_table(matrix, {"head", "neuron"})`.
#ifndef SVDLENS_ADAPT_EIGEN_HPP
#define SVDLENS_ADAPT_EIGEN_HPP

#include <Eigen/Core>

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "../tensor/tensor_traits.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Matrix, Array, Map, Block and every lazy expression over them.
template <class X>
concept eigen_dense = std::is_base_of_v<Eigen::DenseBase<X>, X>;

/// Expressions whose coefficients lie in memory.
template <class X>
concept eigen_in_memory = eigen_dense<X> &&(X::Flags& Eigen::DirectAccessBit) != 0;

} // namespace detail

/// Two axes, rows and columns; one for what is a vector at compile time. Viewed in place where it lies in
/// memory row by row without gaps (also a column-major matrix of one column); anything else is evaluated. An
/// rvalue Matrix or Array that does is moved in.
template <class X>
    requires detail::eigen_dense<X>
struct tensor_traits<X> {
    using value_type = typename X::Scalar;

    static constexpr bool owns_values = std::is_base_of_v<Eigen::PlainObjectBase<X>, X>;

    static std::vector<std::uint64_t> shape(const X& x) {
        if constexpr (X::IsVectorAtCompileTime) {
            return {static_cast<std::uint64_t>(x.size())};
        } else {
            return {static_cast<std::uint64_t>(x.rows()), static_cast<std::uint64_t>(x.cols())};
        }
    }

    static const value_type* row_major(const X& x) {
        if constexpr (detail::eigen_in_memory<X>) {
            const bool columns_adjoin = x.cols() <= 1 || x.colStride() == 1;
            const bool rows_adjoin = x.rows() <= 1 || x.rowStride() == x.cols();
            return columns_adjoin && rows_adjoin ? x.data() : nullptr;
        } else {
            return nullptr;
        }
    }

    static void copy(const X& x, value_type* out) {
        using row_major_values = Eigen::Matrix<value_type, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
        using array = Eigen::Array<value_type, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
        using plain = std::conditional_t<std::is_base_of_v<Eigen::ArrayBase<X>, X>, array, row_major_values>;
        Eigen::Map<plain>(out, x.rows(), x.cols()) = x;
    }
};

} // namespace svdlens::inline v0

#endif
