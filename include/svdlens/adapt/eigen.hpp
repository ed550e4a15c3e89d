/// @file
/// Eigen's dense expressions as tensors: `long_table(matrix, {"head", "neuron"})`; tables as Eigen's maps.
#ifndef SVDLENS_ADAPT_EIGEN_HPP
#define SVDLENS_ADAPT_EIGEN_HPP

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <Eigen/Core>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../table/detail/rows/dense_values.hpp"
#include "../table/long_table.hpp"
#include "../tensor/tensor_traits.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Matrix, Array, Map, Block and every lazy expression over them.
template <class X>
concept eigen_dense = std::is_base_of_v<Eigen::DenseBase<X>, X>;

/// Expressions whose coefficients lie in memory.
template <class X>
concept eigen_in_memory = eigen_dense<X> && (X::Flags & Eigen::DirectAccessBit) != 0;

template <class T>
using row_major_matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

} // namespace detail

/// Two axes, rows and columns; one for what is a vector at compile time. Viewed in place where it lies in
/// memory row by row without gaps (also a column-major matrix of one column); anything else is evaluated,
/// integers as double. An rvalue Matrix or Array that does is moved in.
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

    static void copy(const X& x, tensor_value<value_type>* out) {
        using element = tensor_value<value_type>;
        using array = Eigen::Array<element, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
        using plain = std::conditional_t<std::is_base_of_v<Eigen::ArrayBase<X>, X>, array,
                                         detail::row_major_matrix<element>>;
        Eigen::Map<plain>(out, x.rows(), x.cols()) = x.template cast<element>();
    }
};

/// A view of row-major values that others own.
template <class T>
using const_eigen_map = Eigen::Map<const detail::row_major_matrix<T>>;

/// The values of a table with two axes, which must outlive the view, and what the table views too. O(1)
/// @throws argument_error (invalid_axes) when it has not two axes; (invalid_argument) when rows are absent
template <std::floating_point T>
const_eigen_map<T> to_eigen(const basic_long_table<T>& table) {
    const auto& axes = table.axes();
    if (axes.rank() != 2)
        throw argument_error(errc::invalid_axes, "to_eigen: expected a table with two axes, found " +
                                                     to_text(axes.rank()) + "; pivot it");
    detail::check_dense(table, "to_eigen");
    return {table.values().data(), static_cast<Eigen::Index>(axes[0].extent),
            static_cast<Eigen::Index>(axes[1].extent)};
}

/// The values of a wide table, which must outlive the view; NaN where no cell is. O(1)
template <detail::wide_values W>
const_eigen_map<typename W::value_type> to_eigen(const W& wide) {
    return {wide.values().data(), static_cast<Eigen::Index>(wide.row_count()),
            static_cast<Eigen::Index>(wide.column_count())};
}

// A view of a temporary would dangle.
template <std::floating_point T>
void to_eigen(const basic_long_table<T>&& table) = delete;
template <detail::wide_values W>
void to_eigen(const W&& wide) = delete;

} // namespace svdlens::inline v0_2

#endif
