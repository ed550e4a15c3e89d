/// @file
/// Exact order statistics of a score source in bounded memory: a radix search over the scores' integer
/// images, which ends by collecting the few that are left.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_RADIX_SELECT_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_RADIX_SELECT_HPP

#include <algorithm>
#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../bounds.hpp"
#include "../../scan.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "order_image.hpp"
#include "quantile_place.hpp"
#include "rank_search.hpp"
#include "top_digits.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// How often each digit follows each of the prefixes: one pass over the source.
template <class Count, score_key Key, score_source S>
std::vector<Count> count_next_digits(const S& source, const open_prefixes<typename S::value_type>& open,
                                     const execution& run) {
    using hit_list = std::vector<std::uint32_t>;
    std::vector<Count> counts(open.size() * digit_values);
    scan_in_order<hit_list>(
        source, run,
        [&](const auto& block, hit_list& hits) {
            hits.clear();
            open.template find<Key>(block, [&](std::size_t place, auto image) {
                hits.push_back(static_cast<std::uint32_t>(place << digit_bits | open.next_digit(image)));
            });
        },
        [&](hit_list& hits) {
            for (const auto hit : hits) ++counts[hit];
        });
    return counts;
}

/// Gives the ranks under some of the open prefixes their next digit.
template <class Count, score_key Key, score_source S>
void descend_part(const S& source, rank_search<typename S::value_type>& search, std::size_t first,
                  std::size_t count, const execution& run) {
    const open_prefixes<typename S::value_type> open(search.open().subspan(first, count), search.depth());
    const auto counts = count_next_digits<Count, Key>(source, open, run);
    for (std::size_t k = 0; k < count; ++k)
        search.descend(first + k, std::span(counts).subspan(k * digit_values, digit_values));
}

/// Gives every rank its next digit. At most `together` prefixes are counted in one pass (32 MiB of counts).
template <score_key Key, score_source S>
void descend(const S& source, rank_search<typename S::value_type>& search, const execution& run) {
    constexpr std::size_t together = 128;
    const std::size_t prefixes = search.open().size();
    const double passes = static_cast<double>((prefixes + together - 1) / together);
    double pass = 0;
    for (std::size_t first = 0; first < prefixes; first += together, ++pass) {
        const std::size_t count = (std::min)(together, prefixes - first);
        const auto part = part_of(run, pass / passes, (pass + 1) / passes);
        if (search.fits_narrow_counts())
            descend_part<std::uint32_t, Key>(source, search, first, count, part);
        else
            descend_part<std::uint64_t, Key>(source, search, first, count, part);
    }
    search.end_digit();
}

/// The images of all scores under the open prefixes, in any order: one pass.
template <score_key Key, score_source S>
std::vector<image_type<typename S::value_type>>
collect_images(const S& source, const rank_search<typename S::value_type>& search, const execution& run) {
    using image_list = std::vector<image_type<typename S::value_type>>;
    const open_prefixes<typename S::value_type> open(search.open(), search.depth());
    image_list all(static_cast<std::size_t>(search.open_scores()));
    std::atomic<std::size_t> next{0};
    scan<image_list>(
        source, run,
        [&](const auto& block, image_list& found) {
            found.clear();
            open.template find<Key>(block, [&](std::size_t, auto image) { found.push_back(image); });
            std::copy(found.begin(), found.end(),
                      all.begin() + static_cast<std::ptrdiff_t>(next.fetch_add(found.size())));
        },
        [](image_list&) {});
    return all;
}

/// The scores at the ranks of a search: by further digits while many scores are open, then by
/// collecting them.
template <score_key Key, score_source S>
std::vector<ranked_score<typename S::value_type>>
finish_search(const S& source, rank_search<typename S::value_type> search, const execution& run) {
    double done = 0;
    while (!search.is_done()) {
        if (search.open_scores() <= search.most_collected()) {
            auto images = collect_images<Key>(source, search, part_of(run, done, 1));
            return search.take(std::span(images));
        }
        const double next = done + (1 - done) / search.digits_left();
        descend<Key>(source, search, part_of(run, done, next));
        done = next;
    }
    return search.take();
}

/// What stands at ranks in any order, below `top.size()`, of a source whose highest digits are
/// counted already.
template <score_key Key, score_source S>
scores_at_ranks<typename S::value_type> find_ranks(const S& source, top_digits<typename S::value_type> top,
                                                   std::vector<std::uint64_t> ranks, const execution& run) {
    ranks = sorted_unique(std::move(ranks));
    auto found = finish_search<Key>(source, start_search(std::move(top), ranks), run);
    return {std::move(ranks), std::move(found)};
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

} // namespace svdlens::inline v0_2

#endif
