/// @file
/// How containers and strided views become tensors: the customisation point.
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

namespace svdlens::inline v0_2 {

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

/// A tensor of the library's own.
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
concept owns_values = requires { requires tensor_traits<X>::owns_values; };

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

/// Elements in memory: element (i, j, ...) is `data[i * strides[0] + j * strides[1] + ...]`. Strides count
/// elements and may be zero or negative. Views the memory. A tensor-like container itself.
template <class T>
struct strided_values {
    const T* data = nullptr;
    std::vector<std::uint64_t> shape = {};
    std::vector<std::ptrdiff_t> strides = {};

    /// Whether the strides are those of row-major elements without gaps. Where an extent is 1 its stride does
    /// not matter.
    bool is_row_major() const {
        std::ptrdiff_t expected = 1;
        for (std::size_t k = shape.size(); k-- > 0;) {
            const auto extent = static_cast<std::ptrdiff_t>(shape[k]);
            if (extent != 1 && strides[k] != expected) return false;
            expected *= extent;
        }
        return true;
    }
};

namespace detail {

/// Copies the elements from axis k on in row-major order; returns where the next one goes. O(elements)
template <class T, class Out>
Out* copy_strided(const strided_values<T>& from, std::size_t k, const T* data, Out* out) {
    if (k == from.shape.size()) {
        *out = static_cast<Out>(*data);
        return out + 1;
    }
    const auto extent = static_cast<std::ptrdiff_t>(from.shape[k]);
    const auto stride = from.strides[k];
    if (k + 1 < from.shape.size()) {
        for (std::ptrdiff_t i = 0; i < extent; ++i) out = copy_strided(from, k + 1, data + i * stride, out);
        return out;
    }
    for (std::ptrdiff_t i = 0; i < extent; ++i) out[i] = static_cast<Out>(data[i * stride]);
    return out + extent;
}

} // namespace detail

/// Base of the traits of a view X with elements of type T, which then say one thing:
/// @code
/// template <> struct svdlens::tensor_traits<my_view> : svdlens::strided_traits<my_view, float> {
///     static svdlens::strided_values<float> strided(const my_view& v) {
///         return {v.data(), {v.rows(), v.columns()}, {v.pitch(), 1}};
///     }
/// };
/// @endcode
/// Row-major lvalues without gaps are viewed (their memory must outlive the table), all else is copied.
template <class X, class T>
struct strided_traits {
    using value_type = T;

    static std::vector<std::uint64_t> shape(const X& x) { return tensor_traits<X>::strided(x).shape; }

    static const T* row_major(const X& x) {
        const auto values = tensor_traits<X>::strided(x);
        return values.is_row_major() ? values.data : nullptr;
    }

    static void copy(const X& x, tensor_value<T>* out) {
        const auto values = tensor_traits<X>::strided(x);
        for (const auto extent : values.shape)
            if (extent == 0) return; // no elements, and perhaps no memory
        detail::copy_strided(values, 0, values.data, out);
    }
};

/// Values where they lie, with their strides.
template <class T>
struct tensor_traits<strided_values<T>> : strided_traits<strided_values<T>, T> {
    static const strided_values<T>& strided(const strided_values<T>& x) { return x; }
};

namespace detail {

template <class X>
using handle_element =
    std::remove_cv_t<std::remove_pointer_t<decltype(std::declval<const X&>().data_handle())>>;

/// Elements that the handle points to: not those that an accessor computes from it.
template <class X>
concept plain_accessor = !requires {
    typename X::reference;
} || std::is_same_v<typename X::reference, decltype(*std::declval<const X&>().data_handle())>;

/// Element positions that strides give, as far as the type knows.
template <class X>
concept plain_layout = !requires { X::is_always_strided(); } || requires { requires X::is_always_strided(); };

} // namespace detail

/// std::mdspan and what looks like it: extents, strides and a pointer to the elements.
template <class X>
concept mdspan_like = requires(const X& x) {
    { x.rank() } -> std::convertible_to<std::size_t>;
    { x.extent(0) } -> std::convertible_to<std::uint64_t>;
    { x.stride(0) } -> std::convertible_to<std::ptrdiff_t>;
    requires std::is_pointer_v<std::remove_cvref_t<decltype(x.data_handle())>>;
    requires std::is_arithmetic_v<detail::handle_element<X>>;
} && detail::plain_accessor<X> && detail::plain_layout<X>;

/// As many axes as the view has dimensions; see `strided_traits` for what is viewed and what is copied.
template <mdspan_like X>
struct tensor_traits<X> : strided_traits<X, detail::handle_element<X>> {
    static strided_values<detail::handle_element<X>> strided(const X& x) {
        strided_values<detail::handle_element<X>> values{x.data_handle()};
        for (std::size_t k = 0; k < static_cast<std::size_t>(x.rank()); ++k) {
            using index = decltype(x.rank());
            values.shape.push_back(static_cast<std::uint64_t>(x.extent(static_cast<index>(k))));
            values.strides.push_back(static_cast<std::ptrdiff_t>(x.stride(static_cast<index>(k))));
        }
        return values;
    }
};

} // namespace svdlens::inline v0_2

#endif
