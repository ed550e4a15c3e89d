/// @file
/// A stable sort of positions by integer keys.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_RADIX_SORT_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_RADIX_SORT_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../../../core/execution.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A row to be ordered: its key, and where it stands in the source.
struct keyed_position {
    std::uint64_t key;
    std::size_t position;
};

inline constexpr std::size_t byte_values = 256;
using byte_counts = std::array<std::size_t, byte_values>;

inline std::size_t key_byte(const keyed_position& entry, std::size_t byte) {
    return static_cast<std::size_t>(entry.key >> (8 * byte)) % byte_values;
}

/// Moves all entries, in the order of one byte of their keys, to `out`.
inline void scatter(const std::vector<keyed_position>& entries, std::size_t byte, const byte_counts& counts,
                    std::vector<keyed_position>& out) {
    byte_counts next{};
    for (std::size_t k = 1; k < byte_values; ++k) next[k] = next[k - 1] + counts[k - 1];
    for (const auto& entry : entries) out[next[key_byte(entry, byte)]++] = entry;
}

/// Sorts by key; equal keys stay in order. Byte by byte from the lowest one, and bytes that all keys share
/// are passed over, so that small keys take few passes. O(n). Memory: 16 bytes an entry.
/// @throws cancelled_error when `run.stop` becomes true
inline void radix_sort(std::vector<keyed_position>& entries, const execution& run) {
    if (entries.empty()) return;
    std::array<byte_counts, sizeof(std::uint64_t)> counts{};
    for (const auto& entry : entries)
        for (std::size_t byte = 0; byte < counts.size(); ++byte) ++counts[byte][key_byte(entry, byte)];
    std::vector<keyed_position> other(entries.size());
    for (std::size_t byte = 0; byte < counts.size(); ++byte) {
        run.throw_if_stopped();
        if (counts[byte][key_byte(entries.front(), byte)] == entries.size()) continue;
        scatter(entries, byte, counts[byte], other);
        entries.swap(other);
    }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
