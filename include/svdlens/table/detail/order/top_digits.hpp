/// @file
/// How often each highest digit of the scores occurs: what every search for ranks begins with.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_TOP_DIGITS_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_TOP_DIGITS_HPP

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../../../core/detail/state_pipe.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "order_image.hpp"
#include "stretches.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

using stretch_digits = std::array<std::uint32_t, stretch_size>;

/// The highest digits of the keys of at most a stretch of scores; `digit_values` for NaN. Digits first, what
/// is done with them after: in one loop neither would be fast.
template <score_key Key, std::floating_point T>
void find_top_digits(const T* scores, std::size_t count, stretch_digits& digits) {
    for_stretch(count, [&](std::size_t k) {
        const T score = Key{}(scores[k]);
        const auto digit = static_cast<std::uint32_t>(leading_digits<T>(order_image(score), 0));
        digits[k] = score == score ? digit : static_cast<std::uint32_t>(digit_values);
    });
}

/// How often each highest digit occurs, and NaN. Counts add up in any order. 256 KiB, and 512 KiB more from
/// 2^32 scores on.
template <std::floating_point T>
class top_digits {
  public:
    static constexpr std::uint64_t most_narrow = 0xffff'ffff;

    top_digits() = default;
    /// @param most scores that narrow counters take before they are carried over
    explicit top_digits(std::uint64_t most) : most_(most) {}

    template <score_key Key = signed_score>
    void count(std::span<const T> scores) {
        stretch_digits digits;
        for (std::size_t first = 0; first < scores.size(); first += stretch_size) {
            const std::size_t size = (std::min)(stretch_size, scores.size() - first);
            make_room(size);
            find_top_digits<Key>(scores.data() + first, size, digits);
            for (std::size_t k = 0; k < size; ++k) ++narrow_[digits[k]];
        }
    }
    template <score_key Key = signed_score>
    void count(const score_block<T>& block) {
        for (std::size_t k = 0; k < block.runs; ++k) count<Key>(block.run(k).scores);
    }

    void add(const top_digits& other) {
        if (!other.wide_.empty()) {
            carry();
            for (std::size_t k = 0; k < wide_.size(); ++k) wide_[k] += other.wide_[k];
        }
        make_room(other.held_);
        for (std::size_t k = 0; k < narrow_.size(); ++k) narrow_[k] += other.narrow_[k];
    }

    /// Numbers, without NaN.
    std::uint64_t size() const {
        std::uint64_t sum = 0;
        for (std::size_t digit = 0; digit < digit_values; ++digit) sum += (*this)[digit];
        return sum;
    }
    std::uint64_t nan_count() const { return (*this)[digit_values]; }

    /// How often a digit occurs.
    std::uint64_t operator[](std::size_t digit) const {
        return narrow_[digit] + (wide_.empty() ? 0 : wide_[digit]);
    }

    /// Those that occur, with how often, NaN last; as bytes.
    void fields(state_writer& to) {
        std::vector<std::pair<std::uint32_t, std::uint64_t>> counts;
        for (std::size_t digit = 0; digit <= digit_values; ++digit)
            if (const auto count = (*this)[digit]; count != 0)
                counts.emplace_back(static_cast<std::uint32_t>(digit), count);
        to(counts);
    }
    void fields(state_reader& from) {
        std::vector<std::pair<std::uint32_t, std::uint64_t>> counts;
        from(counts);
        carry();
        std::fill(wide_.begin(), wide_.end(), 0);
        for (const auto& [digit, count] : counts)
            wide_[(std::min<std::size_t>)(digit, digit_values)] += count;
    }

  private:
    /// Before `more` scores are counted.
    void make_room(std::uint64_t more) {
        if (more > most_ - held_) carry();
        held_ += more;
    }

    void carry() {
        wide_.resize(narrow_.size());
        for (std::size_t k = 0; k < narrow_.size(); ++k) wide_[k] += std::exchange(narrow_[k], 0);
        held_ = 0;
    }

    std::uint64_t most_ = most_narrow;
    std::uint64_t held_ = 0; ///< scores that the narrow counters hold
    std::vector<std::uint32_t> narrow_ = std::vector<std::uint32_t>(digit_values + 1);
    std::vector<std::uint64_t> wide_; ///< empty until it is needed
};

/// Adds what is counted later, and leaves nothing of it.
template <std::floating_point T>
void add_digits(std::optional<top_digits<T>>& into, std::optional<top_digits<T>>& later) {
    if (!later) return;
    if (into)
        into->add(*later);
    else
        into = std::move(later);
    later.reset();
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
