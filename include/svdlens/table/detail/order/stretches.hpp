/// @file
/// Scores looked at 64 at a time: most stretches hold nothing of interest, and compilers test one in a few
/// vector instructions.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_STRETCHES_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_STRETCHES_HPP

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline constexpr std::size_t stretch_size = 64;

/// Calls `use(k)` for k = 0 .. count - 1, at most a stretch. The loop over a whole one has a constant length,
/// so that compilers vectorise it.
template <class Use>
void for_stretch(std::size_t count, Use use) {
    if (count == stretch_size) {
        for (std::size_t k = 0; k < stretch_size; ++k) use(k);
    } else {
        for (std::size_t k = 0; k < count; ++k) use(k);
    }
}

/// Eight bytes that are 0 or 1 as the bits of a number, the first the lowest. The product gathers the bits in
/// its highest byte; no two terms meet in one place.
inline std::uint64_t pack_flags(const std::uint8_t* flags) {
    constexpr bool little = std::endian::native == std::endian::little;
    std::uint64_t word = 0;
    std::memcpy(&word, flags, sizeof word);
    return word * (little ? 0x0102040810204080U : 0x8040201008040201U) >> 56;
}

/// Bit k says whether `test(k)`, for k below `count`, at most a stretch.
template <class Test>
std::uint64_t stretch_mask(std::size_t count, Test test) {
    std::array<std::uint8_t, stretch_size> flags;
    if (count != stretch_size) flags.fill(0);
    for_stretch(count, [&](std::size_t k) { flags[k] = static_cast<std::uint8_t>(test(k)); });
    std::uint64_t mask = 0;
    for (std::size_t k = 0; k < stretch_size; k += 8) mask |= pack_flags(flags.data() + k) << k;
    return mask;
}

/// Calls `use(k)` for every bit of a mask that is set, ascending.
template <class Use>
void for_bits(std::uint64_t mask, Use use) {
    for (; mask != 0; mask &= mask - 1) use(static_cast<std::size_t>(std::countr_zero(mask)));
}

/// Calls `use(k)` for each position k of [begin, end) whose score passed the test as it stood when k's
/// stretch came up; `use` may change the test. The test must be without branches to be fast.
template <class T, class Test, class Use>
void for_hits(std::span<const T> scores, std::size_t begin, std::size_t end, const Test& test, Use use) {
    constexpr std::size_t few = 16; // not worth a mask
    for (std::size_t first = begin; first < end; first += stretch_size) {
        const Test now = test; // a copy: the compiler need not fear that flags overwrite it
        const T* const x = scores.data() + first;
        const std::size_t count = (std::min)(stretch_size, end - first);
        if (count < few) {
            for (std::size_t k = 0; k < count; ++k)
                if (now(x[k])) use(first + k);
            return;
        }
        const auto mask = stretch_mask(count, [&](std::size_t k) { return now(x[k]); });
        for_bits(mask, [&](std::size_t k) { use(first + k); });
    }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
