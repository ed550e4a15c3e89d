/// @file
/// Exact quantiles and order statistics of any source in bounded memory.
#ifndef SVDLENS_TABLE_QUANTILES_HPP
#define SVDLENS_TABLE_QUANTILES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "detail/order/quantile_place.hpp"
#include "detail/order/radix_select.hpp"
#include "detail/order/rank_search.hpp"
#include "detail/order/top_digits.hpp"
#include "score_key.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

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


namespace detail {

inline void check_probabilities(std::span<const double> probabilities) {
    for (const double p : probabilities)
        if (!(p >= 0 && p <= 1))
            throw argument_error(errc::invalid_argument,
                                 "quantiles: expected probabilities from 0 to 1, found " + to_text(p));
}

/// Where the quantiles of n > 0 scores lie.
inline std::vector<quantile_place> find_places(std::uint64_t n, std::span<const double> probabilities,
                                               quantile_rule rule) {
    std::vector<quantile_place> places;
    for (const double p : probabilities) places.push_back(find_place(n, p, rule));
    return places;
}

/// The ranks that the places name.
inline std::vector<std::uint64_t> ranks_of(std::span<const quantile_place> places) {
    std::vector<std::uint64_t> ranks;
    for (const auto& place : places) {
        ranks.push_back(place.low);
        ranks.push_back(place.high);
    }
    return ranks;
}

/// The value of a quantile, from what stands at its ranks.
template <class Score>
double quantile_at(const quantile_place& place, const Score& score) {
    return interpolate(static_cast<double>(score(place.low)), static_cast<double>(score(place.high)),
                       place.share);
}

/// The quantiles of a source whose highest digits are counted already.
template <score_key Key, score_source S>
std::vector<double> quantiles_after(const S& source, top_digits<typename S::value_type> top,
                                    std::span<const double> probabilities, quantile_rule rule,
                                    const execution& run) {
    const auto n = top.size();
    std::vector<double> result(probabilities.size(), std::numeric_limits<double>::quiet_NaN());
    if (n == 0) return result;
    const auto places = find_places(n, probabilities, rule);
    const auto found = find_ranks<Key>(source, std::move(top), ranks_of(places), run);
    for (std::size_t k = 0; k < result.size(); ++k)
        result[k] = quantile_at(places[k], [&](std::uint64_t rank) { return found(rank).score; });
    return result;
}

} // namespace detail

/// Exact quantiles by one of NumPy's nine rules: order statistics, interpolated in double. For double scores
/// they are NumPy's bits; for float ones NumPy interpolates in float, and this does not.
/// `quantiles<magnitude>` are those of |score|.
///
/// NaN scores are skipped; a source without numbers gives NaN. Between a finite and an infinite neighbour the
/// result is pandas' (infinite or NaN); equal neighbours give their value, infinite ones too. Results do not
/// depend on how the source is cut into blocks.
///
/// Takes 2 passes over float scores (3 over double ones where there are millions, 4 at most), whatever the
/// number of probabilities; more where their neighbourhoods are over 128. Memory: threads * (256 KiB + block)
/// + 256 KiB in the first pass; later 1 MiB, or 256 KiB a neighbourhood where that is more, and 64 KiB.
/// @throws argument_error (invalid_argument) for a probability outside [0, 1]
template <score_key Key = signed_score, score_source S>
std::vector<double> quantiles(const S& source, const std::vector<double>& probabilities, quantile_rule rule,
                              const execution& run = {}) {
    using T = typename S::value_type;
    detail::check_probabilities(probabilities);
    if (probabilities.empty()) return {};
    auto top = detail::count_top_digits<Key>(source, stage(run, 0, detail::first_pass<T>));
    return detail::quantiles_after<Key>(source, std::move(top), probabilities, rule,
                                        stage(run, detail::first_pass<T>, 1));
}

/// By the rule `linear`: h = (n - 1) p, as NumPy and pandas do unless told otherwise.
template <score_key Key = signed_score, score_source S>
std::vector<double> quantiles(const S& source, const std::vector<double>& probabilities,
                              const execution& run = {}) {
    return quantiles<Key>(source, probabilities, quantile_rule::linear, run);
}

} // namespace svdlens::inline v0_2

#endif
