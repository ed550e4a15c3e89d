/// @file
/// How containers of other libraries are read as row-major tensors: the customisation point.
#ifndef SVDLENS_TENSOR_TENSOR_TRAITS_HPP
#define SVDLENS_TENSOR_TENSOR_TRAITS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "tensor.hpp"

namespace svdlens::inline v0 {

/// Specialise this for a container to hand it to `long_table`:
/// @code
/// template <> struct svdlens::tensor_traits<my_grid> {
///     using value_type = float;
///     static std::vector<std::uint64_t> shape(const my_grid& g) { return {g.rows(), g.columns()}; }
///     static const float* row_major(const my_grid& g) { return g.data(); }
///     static void copy(const my_grid& g, float* out) { std::copy_n(g.data(), g.size(), out); }
///     static constexpr bool owns_values = true;
/// };
/// @endcode
/// `row_major` is null unless the values are contiguous in row-major order; `copy` writes all of them in that
/// order, integers as `double*`; `owns_values` (optional) says that an rvalue may be moved in rather than
/// copied. For elements at fixed strides `strided_traits` does all of it.
template <class X>
struct tensor_traits;

/// What a tensor holds of elements of type E: float and double as they are, integers as double. Integers of
/// 64 bits beyond 2^53 are rounded to the nearest double.
template <class E>
using tensor_value = std::conditional_t<std::integral<E>, double, E>;

template <class T>
struct tensor_traits<basic_tensor<T>> {
    using value_type = T;
    static std::vector<std::uint64_t> shape(const basic_tensor<T>& x) {
        return {x.shape().begin(), x.shape().end()};
    }
    static const T* row_major(const basic_tensor<T>& x) { return x.data(); }
    static void copy(const basic_tensor<T>& x, tensor_value<T>* out) {
        std::copy(x.values().begin(), x.values().end(), out);
    }
};

/// A container that `tensor_traits` knows.
template <class X>
concept tensor_like = requires(const X& x, tensor_value<typename tensor_traits<X>::value_type>* out) {
    requires std::floating_point<tensor_value<typename tensor_traits<X>::value_type>>;
    { tensor_traits<X>::shape(x) } -> std::same_as<std::vector<std::uint64_t>>;
    { tensor_traits<X>::row_major(x) } -> std::same_as<const typename tensor_traits<X>::value_type*>;
    tensor_traits<X>::copy(x, out);
};

/// A container that says in its traits that its values live and die with it.
template <class X>
concept owns_values = requires {
    requires tensor_traits<X>::owns_values;
};

namespace detail {

/// The values of a container in new memory.
template <tensor_like X>
auto evaluate(const X& x) {
    using value_type = tensor_value<typename tensor_traits<X>::value_type>;
    auto shape = tensor_traits<X>::shape(x);
    std::vector<value_type> values(static_cast<std::size_t>(checked_product(shape).value_or(0)));
    tensor_traits<X>::copy(x, values.data());
    return basic_tensor<value_type>(std::move(values), std::move(shape));
}

/// Views the values of an lvalue, moves in those of an rvalue that owns them; evaluates what is neither.
template <class X>
auto view_or_move(X&& x) {
    using container = std::remove_cvref_t<X>;
    using traits = tensor_traits<container>;
    using tensor_type = basic_tensor<typename traits::value_type>;
    constexpr bool viewed = std::is_lvalue_reference_v<X>;
    constexpr bool moved = !viewed && owns_values<container> && !std::is_const_v<std::remove_reference_t<X>>;
    if constexpr (viewed || moved) {
        auto shape = traits::shape(x);
        const auto size = static_cast<std::size_t>(checked_product(shape).value_or(0));
        const auto* values = size == 0 ? nullptr : traits::row_major(x);
        if (values != nullptr) {
            if constexpr (viewed) {
                return tensor_type({values, size}, std::move(shape), nullptr);
            } else {
                const auto owned = std::make_shared<const container>(std::move(x));
                return tensor_type({traits::row_major(*owned), size}, std::move(shape), owned);
            }
        }
    }
    return evaluate(x);
}

} // namespace detail

/// The tensor that a container holds. A contiguous row-major lvalue is viewed (it must outlive the tensor), a
/// contiguous rvalue that owns its values is moved in, everything else (an expression, a view made on the
/// spot, integers) is evaluated into new memory: nothing dangles.
/// @throws argument_error (invalid_axes) when the number of elements exceeds 64 bits
template <class X>
    requires tensor_like<std::remove_cvref_t<X>>
auto to_tensor(X&& x) {
    using container = std::remove_cvref_t<X>;
    using element = typename tensor_traits<container>::value_type;
    if constexpr (std::integral<element>) {
        return detail::evaluate(x);
    } else if constexpr (std::is_same_v<container, basic_tensor<element>>) {
        return container(std::forward<X>(x));
    } else {
        return detail::view_or_move(std::forward<X>(x));
    }
}

} // namespace svdlens::inline v0

#endif
