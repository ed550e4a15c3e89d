/// @file
/// A tensor of a checkpoint, and a tensor with a name to be written.
#ifndef SVDLENS_IO_TENSOR_RECORD_HPP
#define SVDLENS_IO_TENSOR_RECORD_HPP

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../core/detail/checked.hpp"
#include "../core/text.hpp"
#include "../tensor/tensor.hpp"
#include "dtype.hpp"

namespace svdlens::inline v0_2 {

/// Little-endian bytes with a name, a dtype and a shape. Copying is cheap: copies share the bytes.
struct named_tensor {
    std::string name;
    dtype type = dtype::f32;
    std::vector<std::uint64_t> shape;
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner; ///< keeps the bytes alive; null when the caller does

    /// F32 or F64 values, shared with the tensor and not copied.
    template <class T>
        requires(std::same_as<T, float> || std::same_as<T, double>)
    named_tensor(std::string name_, const basic_tensor<T>& values) :
        name(std::move(name_)), type(std::is_same_v<T, float> ? dtype::f32 : dtype::f64),
        shape(values.shape().begin(), values.shape().end()), bytes(std::as_bytes(values.values())),
        owner(values.owner()) {
        if constexpr (std::endian::native != std::endian::little) turn_elements();
    }

    /// Elements of any dtype, as a file would hold them.
    named_tensor(std::string name_, dtype type_, std::vector<std::uint64_t> shape_,
                 std::span<const std::byte> bytes_, std::shared_ptr<const void> owner_) :
        name(std::move(name_)),
        type(type_), shape(std::move(shape_)), bytes(bytes_), owner(std::move(owner_)) {}

  private:
    /// A big-endian machine's elements in the file's order.
    void turn_elements() {
        const std::size_t width = bits_of(type) / 8;
        auto turned = std::make_shared<std::vector<std::byte>>(bytes.begin(), bytes.end());
        for (std::size_t k = 0; k < turned->size(); ++k)
            (*turned)[k] = bytes[k / width * width + width - 1 - k % width];
        bytes = *turned;
        owner = std::move(turned);
    }
};

/// The strings that a checkpoint carries beside its tensors.
using metadata_map = std::map<std::string, std::string>;

/// One tensor of a checkpoint. Its bytes are `[begin, end)` of the storage, little-endian and row-major; with
/// `strides`, its first element is at `begin`, and `end - begin` is its size in order all the same.
struct tensor_record {
    std::string name;                 ///< any bytes of UTF-8, the empty name and NUL included
    dtype type = dtype::f32;          ///< of the elements
    std::uint32_t storage = 0;        ///< which of the storages of its state dict holds it
    std::vector<std::uint64_t> shape; ///< empty for a scalar: one element
    std::uint64_t begin = 0;          ///< first byte; in a file, counted from the end of the header
    std::uint64_t end = 0;            ///< one past the last byte
    std::vector<std::uint64_t> strides =
        {}; ///< elements from an index to the next, an axis each; empty: in order
};

/// Size of a tensor in bits, or nothing when it, or a product of leading extents, exceeds 64 bits.
constexpr std::optional<std::uint64_t> tensor_bits(dtype type,
                                                   std::span<const std::uint64_t> shape) noexcept {
    const auto elements = detail::checked_product(shape);
    return elements ? detail::checked_multiply(*elements, bits_of(type)) : std::nullopt;
}

} // namespace svdlens::inline v0_2

#endif
