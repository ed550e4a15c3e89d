/// @file
/// Elements in a file's order of bytes.
#ifndef SVDLENS_IO_DETAIL_LITTLE_ENDIAN_HPP
#define SVDLENS_IO_DETAIL_LITTLE_ENDIAN_HPP

#include <bit>
#include <cstddef>
#include <cstring>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// An element at any address, from little-endian order.
template <class Stored>
Stored load_little(const std::byte* at) noexcept {
    Stored value;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, at, sizeof value);
    } else {
        std::byte turned[sizeof value];
        for (std::size_t k = 0; k < sizeof value; ++k) turned[k] = at[sizeof value - 1 - k];
        std::memcpy(&value, turned, sizeof value);
    }
    return value;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
