/// @file
/// A matrix inside a stored tensor: a view of the file where it can be, else converted when it is asked for.
#ifndef SVDLENS_MODEL_DETAIL_STORED_MATRIX_HPP
#define SVDLENS_MODEL_DETAIL_STORED_MATRIX_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../io/convert.hpp"
#include "../../io/dtype.hpp"
#include "../../io/state_dict.hpp"
#include "../../linalg/matrix.hpp"
#include "tensor_layout.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Elements of a tensor at `offset + i · rows.stride + j · columns.stride`.
struct stored_elements {
    state_dict file; ///< keeps the tensor's bytes mapped
    std::string name;
    dtype type;
    std::size_t offset;
    axis_step rows;
    axis_step columns;

    stored_elements transposed() const { return {file, name, type, offset, columns, rows}; }
};

/// Elements that interleave with a few others: a strip with all of them is converted at a time.
template <std::floating_point T>
void convert_every(const stored_elements& from, std::span<const std::byte> bytes, std::span<T> out) {
    constexpr std::size_t strip = 256;
    const std::size_t width = bits_of(from.type) / 8, stride = from.columns.stride;
    std::vector<T> all(strip * stride);
    for (std::size_t first = 0; first < out.size(); first += strip) {
        const std::size_t count = (std::min)(strip, out.size() - first), size = (count - 1) * stride + 1;
        convert<T>(from.type, bytes.subspan(first * stride * width, size * width),
                   std::span(all).first(size));
        for (std::size_t k = 0; k < count; ++k) out[first + k] = all[k * stride];
    }
}

/// `count` elements from (row, column) on, along the columns.
template <std::floating_point T>
void convert_stretch(const stored_elements& from, std::span<const std::byte> bytes, std::size_t row,
                     std::size_t column, std::span<T> out) {
    const std::size_t width = bits_of(from.type) / 8;
    const std::size_t first = from.offset + row * from.rows.stride + column * from.columns.stride;
    if (from.columns.stride == 1)
        return convert<T>(from.type, bytes.subspan(first * width, out.size() * width), out);
    if (from.columns.stride <= 4) return convert_every(from, bytes.subspan(first * width), out);
    for (std::size_t k = 0; k < out.size(); ++k)
        convert<T>(from.type, bytes.subspan((first + k * from.columns.stride) * width, width),
                   out.subspan(k, 1));
}

/// Converts a part, walking the file along its rows. Row-major. O(values)
template <std::floating_point T>
basic_matrix<T> convert_part(const stored_elements& from, const matrix_part& part) {
    std::vector<T> values(part.rows * part.columns);
    const auto bytes = from.file.bytes(from.name);
    const std::span<T> all(values);
    for (std::size_t i = 0; i < part.rows && part.columns != 0; ++i)
        convert_stretch(from, bytes, part.row + i, part.column, all.subspan(i * part.columns, part.columns));
    return basic_matrix<T>(std::move(values), part.rows, part.columns);
}

/// All of it, one part at a time when it is asked for.
template <std::floating_point T>
basic_matrix<T> converted_matrix(stored_elements from) {
    if (from.columns.stride != 1 && from.rows.stride == 1)
        return converted_matrix<T>(from.transposed()).transposed();
    const std::size_t rows = from.rows.extent, columns = from.columns.extent;
    return deferred_matrix<T>(rows, columns, [from = std::move(from)](const matrix_part& part) {
        return convert_part<T>(from, part);
    });
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
