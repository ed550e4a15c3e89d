/// @file
/// SHA-256: what names a checkpoint's bytes, whatever its file is called.
#ifndef SVDLENS_IO_SHA256_HPP
#define SVDLENS_IO_SHA256_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "../core/execution.hpp"

namespace svdlens::inline v0_2 {

/// The SHA-256 of bytes that come piece by piece (FIPS 180-4).
class sha256 {
  public:
    /// Takes more bytes.
    void add(std::span<const std::byte> bytes) {
        length_ += bytes.size();
        while (!bytes.empty()) {
            const auto taken = (std::min)(bytes.size(), block_.size() - filled_);
            std::copy_n(bytes.begin(), taken, block_.begin() + static_cast<std::ptrdiff_t>(filled_));
            filled_ += taken;
            bytes = bytes.subspan(taken);
            if (filled_ == block_.size()) mix();
        }
    }

    /// The hash of all bytes so far, as 64 hexadecimal digits.
    std::string hex() const {
        sha256 rest = *this;
        rest.pad();
        constexpr std::string_view digits = "0123456789abcdef";
        std::string text;
        for (const auto word : rest.state_)
            for (int shift = 28; shift >= 0; shift -= 4) text += digits[word >> shift & 15U];
        return text;
    }

  private:
    /// The first bits of the fractional parts of the cube roots of the first primes.
    static constexpr std::array<std::uint32_t, 64> constants = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

    /// Appends a one bit, zeros, and the length in bits.
    void pad() {
        const std::uint64_t bits = length_ * 8;
        const std::array<std::byte, 1> one = {std::byte{0x80}};
        add(one);
        const std::array<std::byte, 1> zero = {std::byte{0}};
        while (filled_ != block_.size() - sizeof bits) add(zero);
        std::array<std::byte, sizeof bits> length;
        for (std::size_t k = 0; k < length.size(); ++k)
            length[k] = static_cast<std::byte>(bits >> (56 - 8 * k));
        add(length);
    }

    std::array<std::uint32_t, 64> schedule() const {
        std::array<std::uint32_t, 64> words;
        for (std::size_t k = 0; k < 16; ++k) {
            words[k] = 0;
            for (std::size_t byte = 0; byte < 4; ++byte)
                words[k] = words[k] << 8 | std::to_integer<std::uint32_t>(block_[4 * k + byte]);
        }
        for (std::size_t k = 16; k < words.size(); ++k) {
            const auto a = words[k - 15], b = words[k - 2];
            words[k] = words[k - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) + words[k - 7] +
                       (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
        }
        return words;
    }

    void mix() {
        const auto words = schedule();
        auto [a, b, c, d, e, f, g, h] = state_;
        for (std::size_t k = 0; k < words.size(); ++k) {
            const auto one = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                             ((e & f) ^ (~e & g)) + constants[k] + words[k];
            const auto two =
                (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g;
            g = f;
            f = e;
            e = d + one;
            d = c;
            c = b;
            b = a;
            a = one + two;
        }
        const std::array<std::uint32_t, 8> mixed = {a, b, c, d, e, f, g, h};
        for (std::size_t k = 0; k < mixed.size(); ++k) state_[k] += mixed[k];
        filled_ = 0;
    }

    std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                           0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::byte, 64> block_{};
    std::size_t filled_ = 0;
    std::uint64_t length_ = 0;
};

/// The SHA-256 of a file, as `sha256sum` prints it. Reads all of it: O(size).
/// @throws file_error (cannot_open, not_a_file, cannot_read); cancelled_error when `run.stop` becomes true
std::string file_sha256(const std::filesystem::path& path, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/sha256.hpp"
#endif

#endif
