/// @file
/// In which bins of a histogram the scores of each highest digit lie.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_DIGIT_PLACES_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_DIGIT_PLACES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "../../score_key.hpp"
#include "bin_finder.hpp"
#include "order_image.hpp"
#include "stretches.hpp"
#include "top_digits.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Scores that share their highest digit go to one slot at once where no edge lies between them; the others are cut, and
/// looked for between the digit's first slot and its last. 576 KiB.
template <std::floating_point T>
class digit_places {
  public:
    /// O(digits + edges), about
    explicit digit_places(const bin_finder& bins) : bins_(bins) {
        for (std::size_t digit = 0; digit < digit_values; ++digit) {
            first_[digit] = slot_of(lowest_image(digit));
            last_[digit] = slot_of(highest_image(digit));
            is_cut_[digit] = first_[digit] != last_[digit];
        }
        first_[digit_values] = last_[digit_values] = static_cast<std::uint32_t>(bins.places() - 1);
    }

    /// Adds the scores of whole digits to `places`. @return whether there are others
    bool add_whole(const top_digits<T>& digits, std::vector<std::uint64_t>& places) const {
        bool others = false;
        for (std::size_t digit = 0; digit <= digit_values; ++digit) {
            const std::uint64_t count = digits[digit];
            if (is_cut_[digit] == 0)
                places[first_[digit]] += count;
            else
                others = others || count != 0;
        }
        return others;
    }

    /// Counts the scores whose digits are cut.
    template <score_key Key>
    void count_cut(std::span<const T> scores, std::vector<std::uint64_t>& places) const {
        count_stretches<Key>(scores, places, [](const stretch_digits&, std::size_t) {});
    }

    /// Counts all scores.
    template <score_key Key>
    void count(std::span<const T> scores, std::vector<std::uint64_t>& places) const {
        count_stretches<Key>(scores, places, [&](const stretch_digits& digits, std::size_t size) {
            for (std::size_t k = 0; k < size; ++k) places[first_[digits[k]]] += is_cut_[digits[k]] == 0;
        });
    }

  private:
    using image = image_type<T>;
    static constexpr unsigned rest = digit_bits * (digits_of<T> - 1);

    template <score_key Key, class Whole>
    void count_stretches(std::span<const T> scores, std::vector<std::uint64_t>& places, Whole whole) const {
        stretch_digits digits;
        const std::uint8_t* const cut = is_cut_.data();
        for (std::size_t first = 0; first < scores.size(); first += stretch_size) {
            const T* const x = scores.data() + first;
            const std::size_t size = (std::min)(stretch_size, scores.size() - first);
            find_top_digits<Key>(x, size, digits);
            whole(digits, size);
            const auto mask = stretch_mask(size, [&](std::size_t k) { return cut[digits[k]]; });
            for_bits(mask, [&](std::size_t k) {
                ++places[bins_.slot_between(static_cast<double>(Key{}(x[k])), first_[digits[k]],
                                            last_[digits[k]])];
            });
        }
    }

    // Beyond the infinities there are but bits of NaN.
    static image lowest_image(std::size_t digit) {
        return (std::max)(static_cast<image>(static_cast<image>(digit) << rest),
                          order_image(-std::numeric_limits<T>::infinity()));
    }
    static image highest_image(std::size_t digit) {
        return (std::min)(static_cast<image>((static_cast<image>(digit) << rest) | ((image{1} << rest) - 1)),
                          order_image(std::numeric_limits<T>::infinity()));
    }
    std::uint32_t slot_of(image x) const {
        return static_cast<std::uint32_t>(bins_.slot(static_cast<double>(from_order_image<T>(x))));
    }

    const bin_finder& bins_;
    std::vector<std::uint32_t> first_ = std::vector<std::uint32_t>(digit_values + 1); // the last for NaN
    std::vector<std::uint32_t> last_ = std::vector<std::uint32_t>(digit_values + 1);
    std::vector<std::uint8_t> is_cut_ = std::vector<std::uint8_t>(digit_values + 1);
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
