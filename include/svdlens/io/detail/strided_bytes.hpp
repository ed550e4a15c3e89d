/// @file
/// A tensor's elements put in order.
#ifndef SVDLENS_IO_DETAIL_STRIDED_BYTES_HPP
#define SVDLENS_IO_DETAIL_STRIDED_BYTES_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Copies elements of `Width` bytes that stand apart, one behind the other.
template <std::size_t Width>
void copy_line(std::byte* to, const std::byte* from, std::size_t count, std::size_t step) {
    for (std::size_t k = 0; k < count; ++k) std::memcpy(to + k * Width, from + k * step * Width, Width);
}

/// The same for a width that is known when it runs: that of an element of whole bytes.
inline void copy_line(std::byte* to, const std::byte* from, std::size_t count, std::size_t step,
                      std::size_t width) {
    if (width == 1) return copy_line<1>(to, from, count, step);
    if (width == 2) return copy_line<2>(to, from, count, step);
    if (width == 4) return copy_line<4>(to, from, count, step);
    copy_line<8>(to, from, count, step);
}

/// Writes the elements of a shape in row-major order, whose strides (in elements) are others, from the first
/// one on. O(elements), one line of the last axis after the other.
/// @pre there are elements, and all lie in what `from` points into
inline void copy_in_order(std::byte* to, const std::byte* from, std::span<const std::uint64_t> shape,
                          std::span<const std::uint64_t> strides, std::size_t width) {
    const std::size_t last = shape.size() - 1;
    const auto count = static_cast<std::size_t>(shape[last]);
    const auto step = static_cast<std::size_t>(strides[last]);
    std::vector<std::uint64_t> index(last);
    std::uint64_t line = 0; // its first element
    while (true) {
        copy_line(to, from + line * width, count, step, width);
        to += count * width;
        std::size_t axis = last;
        while (axis > 0 && ++index[axis - 1] == shape[axis - 1]) {
            line -= (shape[axis - 1] - 1) * strides[axis - 1];
            index[--axis] = 0;
        }
        if (axis == 0) return;
        line += strides[axis - 1];
    }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
