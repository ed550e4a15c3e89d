/// @file
/// Tails in two passes or more: rows that may be in them are collected while their bounds are still being
/// searched for.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_TAIL_SEARCH_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_TAIL_SEARCH_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../../bounds.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../order/order_image.hpp"
#include "../order/quantile_place.hpp"
#include "../order/rank_search.hpp"
#include "../order/top_digits.hpp"
#include "../rows/row_list.hpp"
#include "bounds.hpp"
#include "found_tails.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether a score's key is at or beyond one of two bounds. Without branches; NaN never is.
template <std::floating_point T, score_key Key>
struct reaching_test {
    T low = std::numeric_limits<T>::quiet_NaN();
    T high = std::numeric_limits<T>::quiet_NaN();

    bool operator()(T score) const {
        const T key = Key{}(score);
        return (key <= low) | (key >= high);
    }
};

/// The search for the bounds of the tails of n > 0 scores, whose highest digits are counted.
template <std::floating_point T, score_key Key>
class tail_search {
  public:
    tail_search(top_digits<T> top, tail low, tail high) :
        count_(top.size()), low_(find(low)), high_(find(high)), ranks_(wanted()),
        search_(start_search(std::move(top), ranks_)) {}

    rank_search<T>& search() { return search_; }
    unsigned digits_left() const { return search_.digits_left(); }

    /// Whether the rows about the bounds are few beside the tails themselves.
    bool is_close() const {
        constexpr std::uint64_t few = std::uint64_t{1} << 16;
        return search_.open_scores() <= few + reached() / 3;
    }

    /// What every row of the tails passes, and a few more do.
    reaching_test<T, Key> reaching() const {
        reaching_test<T, Key> test;
        const unsigned unknown = digit_bits * search_.digits_left();
        const auto infinity = order_image(std::numeric_limits<T>::infinity());
        const auto lowest = order_image(-std::numeric_limits<T>::infinity());
        if (low_) {
            const auto next = static_cast<image_type<T>>(at(low_->high).prefix + 1U);
            test.low =
                from_order_image<T>((std::min)(static_cast<image_type<T>>((next << unknown) - 1U), infinity));
        }
        if (high_)
            test.high = from_order_image<T>(
                (std::max)(static_cast<image_type<T>>(at(high_->low).prefix << unknown), lowest));
        return test;
    }

    /// How many rows pass that.
    std::uint64_t reached() const {
        std::uint64_t rows = 0;
        if (low_) rows += at(low_->high).before + at(low_->high).count;
        if (high_) rows += count_ - at(high_->low).before;
        return (std::min)(rows, count_);
    }

    /// How many rows lie strictly beyond the bounds, when all digits are known. Where one is zero that is an
    /// upper bound: a zero of the other sign may count as beyond it.
    std::uint64_t beyond(const score_bounds& bounds) const {
        std::uint64_t rows = 0;
        if (low_) {
            const auto& below = at(low_->low);
            const bool above_it = bounds.low > static_cast<double>(from_order_image<T>(below.prefix));
            rows += below.before + (above_it ? below.count : 0);
        }
        if (high_) {
            const auto& above = at(high_->high);
            const bool below_it = bounds.high < static_cast<double>(from_order_image<T>(above.prefix));
            rows += count_ - above.before - (below_it ? 0 : above.count);
        }
        return rows;
    }

    /// The bounds; from all rows that pass `reaching()`.
    score_bounds bounds(std::span<const T> reaching) const {
        std::vector<image_type<T>> images;
        for (const T score : reaching) {
            const auto image = order_image(Key{}(score));
            if (search_.is_open(image)) images.push_back(image);
        }
        return bounds(search_.take(std::span(images)));
    }
    /// From the images of all scores under the open prefixes, which are moved about.
    score_bounds bounds(std::span<image_type<T>> images) const { return bounds(search_.take(images)); }
    /// From all digits.
    score_bounds bounds() const { return bounds(search_.take()); }

  private:
    using place = std::optional<quantile_place>;

    place find(tail side) const {
        if (!side) return std::nullopt;
        return find_place(count_, *side, quantile_rule::linear);
    }

    std::vector<std::uint64_t> wanted() const {
        std::vector<std::uint64_t> ranks;
        for (const auto& side : {low_, high_})
            if (side) ranks.insert(ranks.end(), {side->low, side->high});
        return sorted_unique(std::move(ranks));
    }

    const partial_rank<T>& at(std::uint64_t rank) const {
        const auto found = std::lower_bound(ranks_.begin(), ranks_.end(), rank);
        return search_[static_cast<std::size_t>(found - ranks_.begin())];
    }

    score_bounds bounds(std::vector<ranked_score<T>> scores) const {
        const scores_at_ranks<T> found(ranks_, std::move(scores));
        const auto bound = [&](const place& side) {
            return side ? quantile_at(*side, [&](std::uint64_t rank) { return found(rank).score; })
                        : no_bound;
        };
        return to_bounds(bound(low_), bound(high_));
    }

    std::uint64_t count_;
    place low_;
    place high_;
    std::vector<std::uint64_t> ranks_; ///< ascending and unique
    rank_search<T> search_;
};

/// Leaves the rows that pass a test, in their order.
template <std::floating_point T, class Test>
void keep_rows(row_list<T>& list, const Test& test) {
    std::size_t kept = 0;
    for (std::size_t k = 0; k < list.size(); ++k) {
        const T score = list.scores[k];
        list.rows[kept] = list.rows[k];
        list.scores[kept] = score;
        kept += static_cast<std::size_t>(test(score));
    }
    list.rows.resize(kept);
    list.scores.resize(kept);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
