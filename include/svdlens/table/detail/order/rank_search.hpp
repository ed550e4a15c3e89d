/// @file
/// Order statistics of any source by counting digits: several ranks at once.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_RANK_SEARCH_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_RANK_SEARCH_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "order_image.hpp"
#include "stretches.hpp"
#include "top_digits.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Puts the values that a full sort would put at the given positions (ascending, unique) there, lower ones
/// before and higher ones behind each. O(n log positions) on average.
/// @param offset how many positions precede `values`
template <class V>
void multi_select(std::span<V> values, std::span<const std::size_t> positions, std::size_t offset = 0) {
    if (positions.empty()) return;
    const std::size_t middle = positions.size() / 2;
    const std::size_t at = positions[middle] - offset;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
    multi_select(values.first(at), positions.first(middle), offset);
    multi_select(values.subspan(at + 1), positions.subspan(middle + 1), offset + at + 1);
}

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

    /// What stands at the ranks, from the images of all scores under the open prefixes, which are
    /// moved about.
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

inline std::vector<std::uint64_t> sorted_unique(std::vector<std::uint64_t> ranks) {
    std::sort(ranks.begin(), ranks.end());
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    return ranks;
}

/// What stands at some ranks.
template <std::floating_point T>
class scores_at_ranks {
  public:
    /// @param ranks ascending and unique
    scores_at_ranks(std::vector<std::uint64_t> ranks, std::vector<ranked_score<T>> scores) :
        ranks_(std::move(ranks)), scores_(std::move(scores)) {}

    /// At one of the ranks. O(log ranks).
    const ranked_score<T>& operator()(std::uint64_t rank) const {
        return scores_[static_cast<std::size_t>(std::lower_bound(ranks_.begin(), ranks_.end(), rank) -
                                                ranks_.begin())];
    }

  private:
    std::vector<std::uint64_t> ranks_;
    std::vector<ranked_score<T>> scores_;
};

/// The search for ranks (ascending, unique), which needs the digit counts no more: taken by value, they are
/// gone before the next pass.
template <std::floating_point T>
rank_search<T> start_search(top_digits<T> top, const std::vector<std::uint64_t>& ranks) {
    return rank_search<T>(top, ranks);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
