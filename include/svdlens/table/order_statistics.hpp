/// @file
/// The scores at given ranks of any score source, exactly and in bounded memory.
#ifndef SVDLENS_TABLE_ORDER_STATISTICS_HPP
#define SVDLENS_TABLE_ORDER_STATISTICS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "radix_select.hpp"
#include "rank_search.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "top_digits.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// The share of the passes that `count_top_digits` takes, for progress.
template <std::floating_point T>
inline constexpr double first_pass = 1.0 / digits_of<T>;

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

/// What stands at ranks in any order, below `top.size()`, of a source whose highest digits are counted
/// already.
template <score_key Key, score_source S>
scores_at_ranks<typename S::value_type> find_ranks(const S& source, top_digits<typename S::value_type> top,
                                                   std::vector<std::uint64_t> ranks, const execution& run) {
    ranks = sorted_unique(std::move(ranks));
    auto found = finish_search<Key>(source, start_search(std::move(top), ranks), run);
    return {std::move(ranks), std::move(found)};
}

} // namespace detail

/// The scores that stand at the given ranks (0: the lowest) of the ascending order of all that are not NaN;
/// with `order_statistics<magnitude>` of their magnitudes. Of the two zeros -0 comes first. Passes and memory
/// as `quantiles`.
/// @throws argument_error (invalid_argument) for a rank that is not below the number of scores
template <score_key Key = signed_score, score_source S>
std::vector<typename S::value_type> order_statistics(const S& source, const std::vector<std::uint64_t>& ranks,
                                                     const execution& run = {}) {
    using T = typename S::value_type;
    if (ranks.empty()) return {};
    auto top = detail::count_top_digits<Key>(source, stage(run, 0, detail::first_pass<T>));
    const auto highest = *std::max_element(ranks.begin(), ranks.end());
    if (const auto n = top.size(); highest >= n)
        throw argument_error(errc::invalid_argument, "order statistics: expected ranks below the " +
                                                         to_text(n) + " scores, found " + to_text(highest));
    const auto found =
        detail::find_ranks<Key>(source, std::move(top), ranks, stage(run, detail::first_pass<T>, 1));
    std::vector<T> result;
    for (const auto rank : ranks) result.push_back(found(rank).score);
    return result;
}

} // namespace svdlens::inline v0

#endif
