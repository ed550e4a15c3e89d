/// @file
/// A stable sort of positions by integer keys.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_RADIX_SORT_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_RADIX_SORT_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "../../../core/detail/prefetch.hpp"
#include "../../../core/execution.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A row to be ordered: its key, and where it stands in the source. Half the width is half the memory, and
/// sorts in half the time: where keys and positions fit in 32 bits, that is what is sorted.
template <std::unsigned_integral Integer>
struct keyed_position {
    Integer key;
    Integer position;
};

/// Memory for entries, which nobody has written yet: threads write it first, each its part.
template <std::unsigned_integral Integer>
class keyed_positions {
  public:
    /// A cache line more than asked for: its address can be named before it is known that all are written.
    explicit keyed_positions(std::size_t size) :
        entries_(std::make_unique_for_overwrite<keyed_position<Integer>[]>(size + line)), size_(size) {}

    /// Entries in a cache line.
    static constexpr std::size_t line = 64 / sizeof(keyed_position<Integer>);

    std::size_t size() const { return size_; }
    keyed_position<Integer>* begin() { return entries_.get(); }
    keyed_position<Integer>* end() { return entries_.get() + size_; }
    keyed_position<Integer>& operator[](std::size_t k) { return entries_[k]; }
    const keyed_position<Integer>& operator[](std::size_t k) const { return entries_[k]; }

    /// Leaves the first `size` entries.
    void shrink(std::size_t size) { size_ = size; }

  private:
    std::unique_ptr<keyed_position<Integer>[]> entries_;
    std::size_t size_;
};

/// Sorts entries by one digit after the other, several threads at a time. A part of the entries is a worker's;
/// the parts' entries of a digit follow one another in their order, so that the sort is stable.
template <std::unsigned_integral Integer>
class digit_sorter {
  public:
    digit_sorter(keyed_positions<Integer>& entries, const execution& run) :
        entries_(entries), run_(run), places_(worker_count(run, entries.size() / least_part + 1)) {}

    void sort() {
        const auto differing = differing_bits();
        for (std::size_t digit = 0; digit < digits; ++digit)
            if (digit_of(differing, digit) != 0) sort_by(digit);
    }

  private:
    /// 11 bits: three passes for 32, and the ends of 2048 lists stay in the second cache.
    static constexpr unsigned digit_width = 11;
    static constexpr std::size_t digits = (sizeof(Integer) * 8 + digit_width - 1) / digit_width;
    static constexpr std::size_t digit_count = std::size_t{1} << digit_width;
    static constexpr std::size_t least_part = std::size_t{1} << 16;
    using digit_places = std::array<std::size_t, digit_count>;

    static std::size_t digit_of(Integer key, std::size_t digit) {
        return static_cast<std::size_t>(key >> (digit_width * digit)) % digit_count;
    }

    /// Calls `use(part, begin, end)` for every part of the entries.
    template <class Use>
    void for_parts(const execution& run, Use use) const {
        struct nothing {};
        const std::size_t parts = places_.size(), n = entries_.size(), size = n / parts;
        for_blocks<nothing>(parts, n, run, [&](std::size_t p, nothing&) {
            use(p, size * p, p + 1 == parts ? n : size * (p + 1));
        });
    }

    /// The bits in which not all keys agree.
    Integer differing_bits() {
        Integer any = 0, all = static_cast<Integer>(~Integer{0});
        for (const auto& each : entries_) {
            any |= each.key;
            all &= each.key;
        }
        return entries_.size() == 0 ? Integer{0} : static_cast<Integer>(any & ~all);
    }

    void sort_by(std::size_t digit) {
        constexpr double steps = 2 * digits;
        const auto step = static_cast<double>(2 * digit);
        for_parts(part_of(run_, step / steps, (step + 1) / steps),
                  [&](std::size_t part, std::size_t begin, std::size_t end) {
                      auto& counts = places_[part];
                      counts.fill(0);
                      for (std::size_t k = begin; k < end; ++k) ++counts[digit_of(entries_[k].key, digit)];
                  });
        find_places();
        for_parts(part_of(run_, (step + 1) / steps, (step + 2) / steps),
                  [&](std::size_t part, std::size_t begin, std::size_t end) {
                      scatter(places_[part], digit, begin, end);
                  });
        std::swap(entries_, other_);
    }

    /// From how often a part has each digit to where its first entry of it goes.
    void find_places() {
        std::size_t place = 0;
        for (std::size_t digit = 0; digit < digit_count; ++digit)
            for (auto& places : places_) {
                const std::size_t count = places[digit];
                places[digit] = place;
                place += count;
            }
    }

    /// A list's next cache line is asked for when the last one begins: twice as fast as without.
    void scatter(digit_places& next, std::size_t digit, std::size_t begin, std::size_t end) {
        constexpr auto line = keyed_positions<Integer>::line;
        auto* const out = other_.begin();
        for (std::size_t k = begin; k < end; ++k) {
            auto& place = next[digit_of(entries_[k].key, digit)];
            if (place % line == 0) prefetch_for_writing(out + place + line);
            out[place++] = entries_[k];
        }
    }

    keyed_positions<Integer>& entries_;
    const execution& run_;
    std::vector<digit_places> places_;
    keyed_positions<Integer> other_{entries_.size()};
};

/// Sorts by key; equal keys stay in order, whatever the number of threads. Digit by digit from the lowest one,
/// and digits that all keys share are passed over, so that small keys take few passes. O(n). Memory: as much
/// as the entries, and 16 KiB a thread.
/// @throws cancelled_error when `run.stop` becomes true
template <std::unsigned_integral Integer>
void radix_sort(keyed_positions<Integer>& entries, const execution& run) {
    digit_sorter<Integer>(entries, run).sort();
}

/// Whether positions of so many rows fit in 32 bits.
constexpr bool has_narrow_positions(std::size_t rows) { return rows <= 0xffff'ffff; }

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
