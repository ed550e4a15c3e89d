/// @file
/// Arithmetic on sizes that come from files: overflow is an answer, never a wrap.
#ifndef SVDLENS_CORE_DETAIL_CHECKED_HPP
#define SVDLENS_CORE_DETAIL_CHECKED_HPP

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// a * b, or nothing when it exceeds 64 bits.
constexpr std::optional<std::uint64_t> checked_multiply(std::uint64_t a, std::uint64_t b) noexcept {
    if (a != 0 && b > (std::numeric_limits<std::uint64_t>::max)() / a) return std::nullopt;
    return a * b;
}

/// a + b, or nothing when it exceeds 64 bits.
constexpr std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) noexcept {
    if (b > (std::numeric_limits<std::uint64_t>::max)() - a) return std::nullopt;
    return a + b;
}

/// The product of all factors from left to right (1 for none), or nothing when a partial product exceeds
/// 64 bits: `{0, 2^63, 16}` is 0, `{2^63, 16, 0}` is nothing, as the safetensors reference has it.
constexpr std::optional<std::uint64_t> checked_product(std::span<const std::uint64_t> factors) noexcept {
    std::optional<std::uint64_t> product = 1;
    for (const auto factor : factors) {
        product = checked_multiply(*product, factor);
        if (!product) return std::nullopt;
    }
    return product;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
