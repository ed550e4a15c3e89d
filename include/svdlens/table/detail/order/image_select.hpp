/// @file
/// What stands at some ranks of images in memory.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_IMAGE_SELECT_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_IMAGE_SELECT_HPP

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "order_image.hpp"
#include "rank_search.hpp"

namespace svdlens::inline v0_2::detail {

/// Leaves at the front the images that share their highest bits with those at some ranks. O(n), a tenth of what
/// selecting among all costs where few share them.
template <std::floating_point T>
class rank_neighbours {
  public:
    using image = image_type<T>;

    /// @param ranks ascending and unique, below the number of images
    rank_neighbours(std::span<image> images, std::span<const std::size_t> ranks) : images_(images) {
        for (const image x : images) ++counts_[digit(x)];
        std::size_t before = 0, kept = 0, at = 0;
        for (const auto rank : ranks) {
            for (; rank - before >= counts_[at]; ++at) {
                before += counts_[at];
                if (open_[at] != 0) kept += counts_[at];
            }
            open_[at] = 1;
            positions_.push_back(kept + (rank - before));
        }
    }

    /// Where the ranks stand among the neighbours.
    std::span<const std::size_t> positions() const { return positions_; }

    std::span<image> take() const {
        std::size_t kept = 0;
        for (const image x : images_) {
            images_[kept] = x;
            kept += open_[digit(x)];
        }
        return images_.first(kept);
    }

  private:
    static constexpr unsigned width = 11; // counters that stay in the nearest cache

    static std::size_t digit(image x) { return static_cast<std::size_t>(x >> (sizeof(image) * 8 - width)); }

    std::span<image> images_;
    std::array<std::size_t, std::size_t{1} << width> counts_{};
    std::array<std::uint8_t, std::size_t{1} << width> open_{};
    std::vector<std::size_t> positions_;
};

/// The images that a full sort would put at some ranks (ascending, unique, below their number). Moves images about, and
/// may lose those that stand elsewhere. O(n log ranks) on average.
template <std::floating_point T>
std::vector<image_type<T>> images_at(std::span<image_type<T>> images, std::span<const std::size_t> ranks) {
    constexpr std::size_t few = 4096;
    std::vector<image_type<T>> found;
    const auto select = [&](std::span<image_type<T>> among, std::span<const std::size_t> positions) {
        multi_select(among, positions);
        for (const auto k : positions) found.push_back(among[k]);
    };
    if (images.size() < few) {
        select(images, ranks);
    } else {
        const rank_neighbours<T> close(images, ranks);
        select(close.take(), close.positions());
    }
    return found;
}

} // namespace svdlens::inline v0_2::detail

#endif
