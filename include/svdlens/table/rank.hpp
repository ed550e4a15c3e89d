/// @file
/// The rank of each row's score, in the table or in its group.
#ifndef SVDLENS_TABLE_RANK_HPP
#define SVDLENS_TABLE_RANK_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

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

/// Writes the ranks of one group, whose entries are in the order of their scores.
template <stored_source S>
void rank_group(const S& source, std::span<const keyed_position> group, rank_method method,
                std::vector<double>& ranks) {
    const auto score = [&](std::size_t k) { return source.score_at(group[k].position); };
    std::size_t different = 0;
    for (std::size_t begin = 0, end = 0; begin < group.size(); begin = end, ++different) {
        while (end < group.size() && score(end) == score(begin)) ++end;
        for (std::size_t k = begin; k < end; ++k)
            ranks[group[k].position] = tied_rank(method, begin, different, end - begin, k - begin);
    }
}

/// The rows to be ranked, which are those that are not NaN, by group, score and position; keys are groups.
template <stored_source S>
std::vector<keyed_position> rank_entries(const S& source, const sub_index& group, sort_order order,
                                         const execution& run) {
    std::vector<keyed_position> entries(source.size());
    for_positions(source.size(), part_of(run, 0, 0.5), [&](std::size_t k) {
        entries[k] = {score_place(source.score_at(k), order), k};
    });
    std::erase_if(entries, [](const keyed_position& entry) { return entry.key == nan_place; });
    radix_sort(entries, run);
    for_positions(entries.size(), part_of(run, 0.5, 1, source.size()),
                  [&](std::size_t k) { entries[k].key = group.index(source.row_at(entries[k].position)); });
    if (group.size() > 1) radix_sort(entries, run);
    return entries;
}

} // namespace detail

/// The rank of each row's score among those of its group, from 1: `rank(table, by("head"), {.method =
/// rank_method::dense})`. Rows are those of the source in its order, their scores the ranks; as pandas'
/// `groupby().rank()`. NaN has the rank NaN and counts nowhere; -0 equals +0; infinities have ranks. For
/// ranks of |score|, rank `map_scores(table, magnitude{})`.
///
/// O(n), most of it on one thread. Memory: 16 bytes a row of the result and 32 beside it.
/// @throws lookup_error (unknown_column); cancelled_error
template <stored_source S>
basic_selection<double> rank(const S& source, const by_columns& columns, const rank_options& options,
                             const execution& run = {}) {
    const sub_index group(source.axes(), columns.names);
    const auto entries = detail::rank_entries(source, group, options.order, part_of(run, 0, 0.5));
    std::vector<double> ranks(source.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t begin = 0, end = 0; begin < entries.size(); begin = end) {
        while (end < entries.size() && entries[end].key == entries[begin].key) ++end;
        detail::rank_group(source, std::span(entries).subspan(begin, end - begin), options.method, ranks);
    }
    std::vector<row_number> rows(source.size());
    detail::for_positions(rows.size(), part_of(run, 0.5, 1),
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
