/// @file
/// What a checkpoint says of one tensor: name, dtype, shape, and where its bytes are.
#ifndef SVDLENS_IO_TENSOR_RECORD_HPP
#define SVDLENS_IO_TENSOR_RECORD_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../core/checked.hpp"
#include "../core/text.hpp"
#include "dtype.hpp"

namespace svdlens::inline v0 {

/// The strings that a checkpoint carries beside its tensors.
using metadata_map = std::map<std::string, std::string>;

/// One tensor of a checkpoint. Its bytes are `[begin, end)` of the storage, little-endian and row-major.
struct tensor_record {
    std::string name;                 ///< any bytes of UTF-8, the empty name and NUL included
    dtype type = dtype::f32;          ///< of the elements
    std::uint32_t storage = 0;        ///< which of the storages of its state dict holds it
    std::vector<std::uint64_t> shape; ///< empty for a scalar: one element
    std::uint64_t begin = 0;          ///< first byte; in a file, counted from the end of the header
    std::uint64_t end = 0;            ///< one past the last byte
};

/// Size of a tensor in bits, or nothing when it, or a product of leading extents, exceeds 64 bits.
constexpr std::optional<std::uint64_t> tensor_bits(dtype type,
                                                   std::span<const std::uint64_t> shape) noexcept {
    const auto elements = checked_product(shape);
    return elements ? checked_multiply(*elements, bits(type)) : std::nullopt;
}

namespace detail {

/// A shape for messages: a hostile one may have millions of extents.
inline std::string short_text(std::span<const std::uint64_t> shape) {
    constexpr std::size_t most = 16;
    if (shape.size() <= most) return to_text(shape);
    std::string text = to_text(shape.first(most));
    text.pop_back();
    return text + ", ...]";
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
