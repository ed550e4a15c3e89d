/// @file
/// Finds the scores whose image begins with one of some prefixes.
#ifndef SVDLENS_TABLE_OPEN_PREFIXES_HPP
#define SVDLENS_TABLE_OPEN_PREFIXES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "order_image.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "stretches.hpp"
#include "top_digits.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Scores that share their highest digits.
template <std::floating_point T>
struct open_prefix {
    image_type<T> prefix;
    std::uint64_t count; ///< how many scores have it
};

template <std::floating_point T>
bool prefix_below(const open_prefix<T>& p, image_type<T> prefix) {
    return p.prefix < prefix;
}

/// The prefixes whose scores one pass looks at.
template <std::floating_point T>
class open_prefixes {
  public:
    /// @param prefixes ascending and unique, each of `depth` digits (at least one)
    open_prefixes(std::span<const open_prefix<T>> prefixes, unsigned depth) :
        prefixes_(prefixes), depth_(depth) {
        for (const auto& p : prefixes)
            open_[static_cast<std::size_t>(p.prefix >> (digit_bits * (depth - 1)))] = 1;
    }

    std::size_t size() const { return prefixes_.size(); }

    /// The digit of an image that follows the prefix.
    std::uint32_t next_digit(image_type<T> image) const {
        return static_cast<std::uint32_t>(leading_digits<T>(image, depth_) & (digit_values - 1));
    }

    /// Calls `use(place, image)` for the key of each score under a prefix: the prefix' position among all.
    template <score_key Key, class Use>
    void find(const score_block<T>& block, Use use) const {
        for (std::size_t k = 0; k < block.runs; ++k) find<Key>(block.run(k).scores, use);
    }
    template <score_key Key, class Use>
    void find(std::span<const T> scores, Use use) const {
        stretch_digits digits;
        const std::uint8_t* const open = open_.data();
        for (std::size_t first = 0; first < scores.size(); first += stretch_size) {
            const T* const x = scores.data() + first;
            const std::size_t size = (std::min)(stretch_size, scores.size() - first);
            find_top_digits<Key>(x, size, digits);
            const auto mask = stretch_mask(size, [&](std::size_t k) { return open[digits[k]]; });
            for_bits(mask, [&](std::size_t k) { find_one(order_image(Key{}(x[k])), use); });
        }
    }

  private:
    template <class Use>
    void find_one(image_type<T> image, Use& use) const {
        const auto prefix = leading_digits<T>(image, depth_ - 1);
        const auto place = std::lower_bound(prefixes_.begin(), prefixes_.end(), prefix, prefix_below<T>);
        if (place != prefixes_.end() && place->prefix == prefix)
            use(static_cast<std::size_t>(place - prefixes_.begin()), image);
    }

    std::span<const open_prefix<T>> prefixes_;
    unsigned depth_;
    std::vector<std::uint8_t> open_ = std::vector<std::uint8_t>(digit_values + 1); // the last for NaN: closed
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
