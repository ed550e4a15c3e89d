/// @file
/// The rank of each row's score, in the table or in its group.
#ifndef SVDLENS_TABLE_RANK_HPP
#define SVDLENS_TABLE_RANK_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "../core/detail/prefetch.hpp"
#include "../core/detail/without_progress.hpp"
#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "../tensor/sub_index.hpp"
#include "by.hpp"
#include "detail/order/order_image.hpp"
#include "detail/order/radix_sort.hpp"
#include "detail/rows/position_loop.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

/// What rows of equal scores get, as in pandas.
enum class rank_method {
    average, ///< the mean of the ranks that they take up
    min,     ///< the lowest of these
    max,     ///< the highest of these
    dense,   ///< as min, but the next score's rank is only one more
    first    ///< a rank each, in the order of the source
};

struct rank_options {
    rank_method method = rank_method::average;
    sort_order order = sort_order::ascending; ///< ascending: the lowest score has rank 1
};

namespace detail {

/// The rank of the `k`-th of `ties` equal scores that `before` rows and `different` scores precede.
inline double tied_rank(rank_method method, std::size_t before, std::size_t different, std::size_t ties,
                        std::size_t k) {
    const auto low = static_cast<double>(before + 1);
    const auto high = static_cast<double>(before + ties);
    switch (method) {
    case rank_method::min:
        return low;
    case rank_method::max:
        return high;
    case rank_method::dense:
        return static_cast<double>(different + 1);
    case rank_method::first:
        return low + static_cast<double>(k);
    case rank_method::average:
        break;
    }
    return (low + high) / 2;
}

/// The rows to be ranked, those that are not NaN, by group, score and position. Keys are groups where there
/// are several, else the places of scores.
template <std::unsigned_integral Integer, stored_source S>
keyed_positions<Integer> rank_entries(const S& source, const sub_index& group, sort_order order,
                                      const execution& run) {
    keyed_positions<Integer> entries(source.size());
    for_positions(source.size(), part_of(run, 0, 0.1), [&](std::size_t k) {
        entries[k] = {static_cast<Integer>(score_place(source.score_at(k), order)), static_cast<Integer>(k)};
    });
    const auto is_nan = [](const auto& entry) { return entry.key == static_cast<Integer>(nan_place); };
    const auto* const end = std::remove_if(entries.begin(), entries.end(), is_nan);
    entries.shrink(static_cast<std::size_t>(end - entries.begin()));
    const bool grouped = group.size() > 1;
    radix_sort(entries, part_of(run, 0.1, grouped ? 0.5 : 1, source.size()));
    if (!grouped) return entries;
    for_positions(entries.size(), part_of(run, 0.5, 0.6, source.size()), [&](std::size_t k) {
        const auto row = source.row_at(static_cast<std::size_t>(entries[k].position));
        entries[k].key = static_cast<Integer>(group.index(row));
    });
    radix_sort(entries, part_of(run, 0.6, 1, source.size()));
    return entries;
}

/// What precedes an entry, in its group.
struct rank_place {
    std::size_t group_begin = 0;
    std::size_t different = 0; ///< scores
};

/// Ranks entries in the order of groups and scores, stretch by stretch.
template <std::unsigned_integral Integer, stored_source S>
class entry_ranker {
  public:
    entry_ranker(const S& source, const keyed_positions<Integer>& entries, bool grouped, rank_method method) :
        source_(source), entries_(entries), grouped_(grouped), method_(method) {}

    /// Ranks by the entries' positions; NaN for the others.
    std::vector<double> ranks(const execution& run) const {
        std::vector<double> result(source_.size(), std::numeric_limits<double>::quiet_NaN());
        const auto places = stretch_places(without_progress(run));
        for_stretches(run, [&](std::size_t stretch, std::size_t begin, std::size_t end) {
            rank_stretch(places[stretch], begin, end, result);
        });
        return result;
    }

  private:
    /// Ranks are written all over the place: each is asked for as many entries before.
    static constexpr std::size_t ahead = 32;

    template <class Use>
    void for_stretches(const execution& run, Use use) const {
        for_position_stretches(entries_.size(), run, [&](std::size_t begin, std::size_t end) {
            use(begin / position_stretch, begin, end);
        });
    }

    bool begins_group(std::size_t k) const {
        return k == 0 || (grouped_ && entries_[k].key != entries_[k - 1].key);
    }
    bool begins_ties(std::size_t k) const {
        if (k == 0) return true;
        if (!grouped_) return entries_[k].key != entries_[k - 1].key;
        return begins_group(k) || score(k) != score(k - 1);
    }
    std::size_t position(std::size_t k) const { return static_cast<std::size_t>(entries_[k].position); }
    auto score(std::size_t k) const { return source_.score_at(position(k)); }

    /// What precedes each stretch.
    std::vector<rank_place> stretch_places(const execution& run) const {
        const std::size_t none = entries_.size();
        std::vector<rank_place> places(entries_.size() / position_stretch + 1, {none, 0});
        for_stretches(run, [&](std::size_t stretch, std::size_t begin, std::size_t end) {
            auto& place = places[stretch];
            for (std::size_t k = begin; k < end; ++k) {
                if (begins_group(k)) place = {k, 0};
                if (method_ == rank_method::dense && begins_ties(k)) ++place.different;
            }
        });
        rank_place before;
        for (auto& place : places) {
            auto after = place;
            if (after.group_begin == none) after = {before.group_begin, before.different + after.different};
            place = std::exchange(before, after);
        }
        return places;
    }

    /// The ties that begin in a stretch: they may end in a later one.
    void rank_stretch(rank_place at, std::size_t begin, std::size_t end, std::vector<double>& ranks) const {
        while (begin < end && !begins_ties(begin)) ++begin;
        while (begin < end) {
            if (begins_group(begin)) at = {begin, 0};
            std::size_t next = begin + 1;
            while (next < entries_.size() && !begins_ties(next)) ++next;
            for (std::size_t k = begin; k < next; ++k) {
                if (k + ahead < entries_.size()) prefetch_for_writing(&ranks[position(k + ahead)]);
                ranks[position(k)] =
                    tied_rank(method_, begin - at.group_begin, at.different, next - begin, k - begin);
            }
            ++at.different;
            begin = next;
        }
    }

    const S& source_;
    const keyed_positions<Integer>& entries_;
    bool grouped_;
    rank_method method_;
};

template <std::unsigned_integral Integer, stored_source S>
std::vector<double> rank_scores(const S& source, const sub_index& group, const rank_options& options,
                                const execution& run) {
    const auto entries = rank_entries<Integer>(source, group, options.order, part_of(run, 0, 0.7));
    const entry_ranker<Integer, S> ranker(source, entries, group.size() > 1, options.method);
    return ranker.ranks(part_of(run, 0.7, 0.9, source.size()));
}

} // namespace detail

/// The rank of each row's score among those of its group, from 1: `rank(table, by("head"), {.method =
/// rank_method::dense})`. Rows are those of the source in its order, their scores the ranks; as pandas'
/// `groupby().rank()`. NaN has the rank NaN and counts nowhere; -0 equals +0; infinities have ranks. For
/// ranks of |score|, rank `map_scores(table, magnitude{})`.
///
/// O(n), on all threads. Memory: 16 bytes a row of the result, and beside it 16 for scores that are float, else
/// 32 (or where groups or rows are more than 2^32).
/// @throws lookup_error (unknown_column); cancelled_error
template <stored_source S>
basic_selection<double> rank(const S& source, const by_columns& columns, const rank_options& options,
                             const execution& run = {}) {
    const sub_index group(source.axes(), columns.names);
    const bool narrow = sizeof(typename S::value_type) == sizeof(std::uint32_t) &&
                        detail::has_narrow_positions(source.size()) && group.size() <= std::uint64_t{1} << 32;
    auto ranks = narrow ? detail::rank_scores<std::uint32_t>(source, group, options, run)
                        : detail::rank_scores<std::uint64_t>(source, group, options, run);
    std::vector<row_number> rows(source.size());
    detail::for_positions(rows.size(), part_of(run, 0.9, 1),
                          [&](std::size_t k) { rows[k] = source.row_at(k); });
    return {source.axes(), std::move(rows), std::move(ranks)};
}

/// Average ranks of ties, the lowest score first.
template <stored_source S>
basic_selection<double> rank(const S& source, const by_columns& columns, const execution& run = {}) {
    return rank(source, columns, rank_options(), run);
}

/// The rank of each row's score in the whole table, as pandas' `Series.rank`. All else as in groups.
template <stored_source S>
basic_selection<double> rank(const S& source, const rank_options& options, const execution& run = {}) {
    return rank(source, by(), options, run);
}

/// Average ranks of ties, the lowest score first.
template <stored_source S>
basic_selection<double> rank(const S& source, const execution& run = {}) {
    return rank(source, by(), rank_options(), run);
}

} // namespace svdlens::inline v0_2

#endif
