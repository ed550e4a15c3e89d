/// @file
/// What a radix search for ranks knows between two passes.
#ifndef SVDLENS_TABLE_RANK_SEARCH_HPP
#define SVDLENS_TABLE_RANK_SEARCH_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "multi_select.hpp"
#include "open_prefixes.hpp"
#include "order_image.hpp"
#include "top_digits.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// One order statistic on its way: the digits known so far, and its rank among the scores that share them.
template <std::floating_point T>
struct partial_rank {
    image_type<T> prefix = 0;
    std::uint64_t rank = 0;   ///< among the scores with the prefix
    std::uint64_t before = 0; ///< scores below the prefix
    std::uint64_t count = 0;  ///< scores with the prefix

    /// Takes the next digit from how often each digit follows the prefix.
    template <class Counts>
    void descend(const Counts& counts) {
        std::size_t digit = 0;
        for (; rank >= counts[digit]; ++digit) {
            rank -= counts[digit];
            before += counts[digit];
        }
        prefix = static_cast<image_type<T>>(static_cast<std::uint64_t>(prefix) << digit_bits | digit);
        count = counts[digit];
    }
};

/// The score at a rank, and how many scores are not above it.
template <std::floating_point T>
struct ranked_score {
    T score;
    std::uint64_t at_most;
};

/// Wanted ranks, and the prefixes that the scores at them have.
template <std::floating_point T>
class rank_search {
  public:
    using image = image_type<T>;

    /// @param wanted ascending and unique, below `top.size()`
    rank_search(const top_digits<T>& top, std::span<const std::uint64_t> wanted) {
        std::uint64_t before = 0; // the ranks ascend: each goes on from where the one before it stands
        std::size_t digit = 0;
        for (const auto rank : wanted) {
            for (; rank - before >= top[digit]; ++digit) before += top[digit];
            ranks_.push_back({static_cast<image>(digit), rank - before, before, top[digit]});
        }
        find_open();
    }

    /// Digits that are known of every prefix.
    unsigned depth() const { return depth_; }
    unsigned digits_left() const { return digits_of<T> - depth_; }
    bool is_done() const { return digits_left() == 0; }

    /// The prefixes of the ranks: ascending, unique.
    std::span<const open_prefix<T>> open() const { return open_; }
    /// All scores under them.
    std::uint64_t open_scores() const {
        std::uint64_t sum = 0;
        for (const auto& p : open_) sum += p.count;
        return sum;
    }
    /// What is known of the k-th rank.
    const partial_rank<T>& operator[](std::size_t k) const { return ranks_[k]; }

    /// Whether an image is under one of the prefixes. O(log prefixes)
    bool is_open(image x) const {
        const auto prefix = leading_digits<T>(x, depth_ - 1);
        const auto found = std::lower_bound(open_.begin(), open_.end(), prefix, prefix_below<T>);
        return found != open_.end() && found->prefix == prefix;
    }

    /// The images that take no more memory than the counts of a further digit, or 1 MiB.
    std::uint64_t most_collected() const {
        constexpr std::size_t free = std::size_t{1} << 20;
        return (std::max)(free, open_.size() * digit_values * sizeof(std::uint32_t)) / sizeof(image);
    }
    bool fits_narrow_counts() const {
        return std::all_of(open_.begin(), open_.end(),
                           [](const open_prefix<T>& p) { return p.count <= top_digits<T>::most_narrow; });
    }

    /// Gives the ranks under the k-th prefix their next digit, from how often each follows; k must ascend
    /// from 0 through all prefixes, and `end_digit` must follow.
    template <class Counts>
    void descend(std::size_t k, const Counts& counts) {
        for (; moved_ < ranks_.size() && ranks_[moved_].prefix == open_[k].prefix; ++moved_)
            ranks_[moved_].descend(counts);
    }
    void end_digit() {
        ++depth_;
        moved_ = 0;
        find_open();
    }

    /// What stands at the ranks, when all digits are known.
    std::vector<ranked_score<T>> take() const {
        std::vector<ranked_score<T>> result;
        for (const auto& r : ranks_) result.push_back({from_order_image<T>(r.prefix), r.before + r.count});
        return result;
    }

    /// What stands at the ranks, from the images of all scores under the open prefixes, which are moved
    /// about.
    std::vector<ranked_score<T>> take(std::span<image> images) const {
        const auto positions = positions_among_open();
        multi_select(images, std::span<const std::size_t>(positions));
        std::vector<ranked_score<T>> result(ranks_.size());
        std::size_t end = images.size(); // of those that may equal the one at hand
        std::size_t last = end;          // behind the last that equals it
        for (std::size_t k = ranks_.size(); k-- > 0; end = positions[k]) {
            const image value = images[positions[k]];
            const auto behind = images.subspan(positions[k] + 1, end - positions[k] - 1);
            const bool goes_on = end < images.size() && images[end] == value;
            if (!goes_on)
                last = positions[k] + 1 +
                       static_cast<std::size_t>(std::count(behind.begin(), behind.end(), value));
            const std::size_t lower = positions[k] - static_cast<std::size_t>(ranks_[k].rank);
            result[k] = {from_order_image<T>(value), ranks_[k].before + (last - lower)};
        }
        return result;
    }

  private:
    /// Where each rank stands among the scores under all open prefixes.
    std::vector<std::size_t> positions_among_open() const {
        std::vector<std::size_t> positions;
        std::uint64_t before = 0;
        auto p = open_.begin();
        for (const auto& r : ranks_) {
            for (; p->prefix != r.prefix; ++p) before += p->count;
            positions.push_back(static_cast<std::size_t>(before + r.rank));
        }
        return positions;
    }

    void find_open() {
        open_.clear();
        for (const auto& r : ranks_)
            if (open_.empty() || open_.back().prefix != r.prefix) open_.push_back({r.prefix, r.count});
    }

    std::vector<partial_rank<T>> ranks_; ///< ascending
    std::vector<open_prefix<T>> open_;
    unsigned depth_ = 1;
    std::size_t moved_ = 0; ///< ranks that have their next digit already
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
