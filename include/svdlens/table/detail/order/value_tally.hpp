/// @file
/// How often each value occurs, as long as the values are few.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_VALUE_TALLY_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_VALUE_TALLY_HPP

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../../../core/detail/state_pipe.hpp"
#include "order_image.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Counts images, at most `most` different ones: with one more it is over, and stays so. Open addressing; at
/// most half full.
template <std::floating_point T>
class value_tally {
  public:
    using image = image_type<T>;
    using entry = std::pair<image, std::uint64_t>;

    value_tally() = default;
    explicit value_tally(std::size_t most) : most_(most), places_(2 * std::bit_ceil(most + 1)) {}

    bool is_new() const { return places_.empty(); }
    bool is_over() const { return is_over_; }

    void add(image x, std::uint64_t count = 1) {
        if (is_over_) return;
        auto& place = places_[find(x)];
        if (place.second == 0 && ++size_ > most_) {
            is_over_ = true;
            return;
        }
        place.first = x;
        place.second += count;
    }

    void add(const value_tally& other) {
        for (const auto& e : other.places_)
            if (e.second != 0) add(e.first, e.second);
        is_over_ = is_over_ || other.is_over_;
    }

    /// What another process has tallied is added to one that has places.
    void fields(state_writer& to) {
        auto list = is_over_ ? std::vector<entry>() : entries();
        auto over = static_cast<std::uint8_t>(is_over_);
        to(list, over);
    }
    void fields(state_reader& from) {
        std::uint8_t over = 0;
        from(places_, over);
        is_over_ = over != 0;
    }

    /// Ascending.
    std::vector<entry> entries() const {
        std::vector<entry> result;
        for (const auto& e : places_)
            if (e.second != 0) result.push_back(e);
        std::sort(result.begin(), result.end());
        return result;
    }

  private:
    /// Where the image is, or can be.
    std::size_t find(image x) const {
        constexpr std::uint64_t spread = 0x9e37'79b9'7f4a'7c15U; // 2^64 over the golden ratio
        const std::size_t mask = places_.size() - 1;
        auto at = static_cast<std::size_t>(static_cast<std::uint64_t>(x) * spread >> 32) & mask;
        while (places_[at].second != 0 && places_[at].first != x) at = (at + 1) & mask;
        return at;
    }

    std::size_t most_ = 0;
    std::size_t size_ = 0;
    bool is_over_ = false;
    std::vector<entry> places_; ///< a power of two; empty ones have no count
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
