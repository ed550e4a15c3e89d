/// @file
/// A tensor of any dtype with a name: what in-memory state dicts and written files are made of.
#ifndef SVDLENS_IO_NAMED_TENSOR_HPP
#define SVDLENS_IO_NAMED_TENSOR_HPP

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../tensor/tensor.hpp"
#include "dtype.hpp"

namespace svdlens::inline v0 {

/// Little-endian bytes with a name, a dtype and a shape. Copying is cheap: copies share the bytes.
struct named_tensor {
    std::string name;
    dtype type = dtype::f32;
    std::vector<std::uint64_t> shape;
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner; ///< keeps the bytes alive; null when the caller does

    /// F32 or F64 values, shared with the tensor and not copied.
    template <class T>
        requires std::same_as<T, float> || std::same_as<T, double>
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
            const std::size_t width = bits(type) / 8;
            auto turned = std::make_shared<std::vector<std::byte>>(bytes.begin(), bytes.end());
            for (std::size_t k = 0; k < turned->size(); ++k)
                (*turned)[k] = bytes[k / width * width + width - 1 - k % width];
            bytes = *turned;
            owner = std::move(turned);
        }
};

} // namespace svdlens::inline v0

#endif
