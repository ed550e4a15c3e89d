/// @file
/// XXH64, Collet's checksum of 64 bits: it tells damage, at the speed of memory. Not for keeping secrets.
#ifndef SVDLENS_CORE_DETAIL_XXHASH64_HPP
#define SVDLENS_CORE_DETAIL_XXHASH64_HPP

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "requirements.hpp"

namespace svdlens::inline v0_2::detail {

inline constexpr std::uint64_t xxh_primes[] = {0x9e3779b185ebca87U, 0xc2b2ae3d27d4eb4fU, 0x165667b19e3779f9U,
                                               0x85ebca77c2b2ae63U, 0x27d4eb2f165667c5U};

/// A little-endian number, whatever the machine's order.
template <class Word>
Word load_little(const char* at) {
    Word word = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&word, at, sizeof word);
        return word;
    }
    for (std::size_t k = 0; k < sizeof(Word); ++k)
        word |= static_cast<Word>(static_cast<Word>(static_cast<unsigned char>(at[k])) << (8 * k));
    return word;
}

inline std::uint64_t xxh_round(std::uint64_t lane, std::uint64_t input) {
    return std::rotl(lane + input * xxh_primes[1], 31) * xxh_primes[0];
}

inline std::uint64_t xxh_merge(std::uint64_t hash, std::uint64_t lane) {
    return (hash ^ xxh_round(0, lane)) * xxh_primes[0] + xxh_primes[3];
}

/// Four lanes over strips of 32 bytes, which `at` moves along.
inline std::uint64_t xxh_strips(const char*& at, const char* end, std::uint64_t seed) {
    std::uint64_t lanes[] = {seed + xxh_primes[0] + xxh_primes[1], seed + xxh_primes[1], seed,
                             seed - xxh_primes[0]};
    for (; end - at >= 32; at += 32)
        for (std::size_t k = 0; k < 4; ++k)
            lanes[k] = xxh_round(lanes[k], load_little<std::uint64_t>(at + 8 * k));
    std::uint64_t hash =
        std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
    for (const auto lane : lanes) hash = xxh_merge(hash, lane);
    return hash;
}

/// The checksum of some bytes. Source: the specification of XXH64, xxhash_spec.md of github.com/Cyan4973/xxHash.
inline std::uint64_t xxhash64(std::string_view bytes, std::uint64_t seed = 0) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    std::uint64_t hash = bytes.size() >= 32 ? xxh_strips(at, end, seed) : seed + xxh_primes[4];
    hash += bytes.size();
    for (; end - at >= 8; at += 8)
        hash = std::rotl(hash ^ xxh_round(0, load_little<std::uint64_t>(at)), 27) * xxh_primes[0] +
               xxh_primes[3];
    if (end - at >= 4) {
        hash = std::rotl(hash ^ load_little<std::uint32_t>(at) * xxh_primes[0], 23) * xxh_primes[1] +
               xxh_primes[2];
        at += 4;
    }
    for (; at != end; ++at)
        hash = std::rotl(hash ^ static_cast<unsigned char>(*at) * xxh_primes[4], 11) * xxh_primes[0];
    hash = (hash ^ hash >> 33) * xxh_primes[1];
    hash = (hash ^ hash >> 29) * xxh_primes[2];
    return hash ^ hash >> 32;
}

} // namespace svdlens::inline v0_2::detail

#endif
