/// @file
/// Rows in the order of some columns.
#ifndef SVDLENS_TABLE_SORT_BY_HPP
#define SVDLENS_TABLE_SORT_BY_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../core/detail/without_progress.hpp"
#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "../tensor/sub_index.hpp"
#include "detail/order/order_image.hpp"
#include "detail/order/radix_sort.hpp"
#include "detail/rows/position_loop.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "store.hpp"

namespace svdlens::inline v0_2 {

/// A column to sort by and which way round.
struct sort_key {
    std::string column; ///< an axis, a label column, or `score`, `magnitude`, `row`
    sort_order order = sort_order::ascending;
};

/// Sorts from low to high: `ascending("head")`.
inline sort_key ascending(std::string column) { return {std::move(column), sort_order::ascending}; }

/// Sorts from high to low: `descending("score")`.
inline sort_key descending(std::string column) { return {std::move(column), sort_order::descending}; }

namespace detail {

/// A key whose column was looked up: an integer for each row that ascends in the order asked for.
class resolved_sort_key {
  public:
    /// @throws lookup_error (unknown_column)
    resolved_sort_key(const axes& table, const sort_key& key) :
        kind_(find_kind(table, key.column)), order_(key.order),
        index_(kind_ == kind::index ? sub_index(table, {key.column}) : sub_index()) {}

    /// The row number, ascending.
    static resolved_sort_key row() { return resolved_sort_key(kind::row, sort_order::ascending, {}); }

    template <std::floating_point T>
    std::uint64_t operator()(row_number row, T score) const {
        if (kind_ == kind::score) return score_place(score, order_);
        if (kind_ == kind::magnitude) return score_place(std::abs(score), order_);
        const std::uint64_t number = kind_ == kind::row ? row : index_.index(row);
        return order_ == sort_order::ascending ? number : ~number;
    }

    /// Whether the lower 32 bits of its integers order as the integers do, in a table of these axes.
    template <std::floating_point T>
    bool is_narrow(const axes& table) const {
        constexpr std::uint64_t most = std::uint64_t{1} << 32;
        if (kind_ == kind::index) return index_.size() <= most;
        if (kind_ == kind::row) return table.shape_rows() <= most;
        return sizeof(T) == sizeof(std::uint32_t);
    }

    /// The score that an integer of this key is the place of; nothing where it does not tell: of NaN and 0, which have several
    /// forms, and of other columns.
    template <std::floating_point T>
    std::optional<T> score_of(std::uint64_t place) const {
        const auto narrow = static_cast<image_type<T>>(place);
        if (kind_ != kind::score || narrow == static_cast<image_type<T>>(nan_place)) return std::nullopt;
        const T score = score_at_place<T>(narrow, order_);
        return score == 0 ? std::nullopt : std::optional<T>(score);
    }

  private:
    enum class kind { index, score, magnitude, row };

    resolved_sort_key(kind what, sort_order order, sub_index index) :
        kind_(what), order_(order), index_(std::move(index)) {}

    /// A table's own column stands before the names that every table has.
    static kind find_kind(const axes& table, const std::string& column) {
        if (table.find_label_column(column) != nullptr || table.find_axis(column)) return kind::index;
        if (column == "score") return kind::score;
        if (column == "magnitude") return kind::magnitude;
        if (column == "row") return kind::row;
        std::string message = "sort_by: no column " + quoted(column) + "; there are";
        for (const auto& name : table.column_names()) (message += ' ') += quoted(name);
        throw lookup_error(errc::unknown_column, message + " \"score\" \"magnitude\" \"row\"");
    }

    kind kind_;
    sort_order order_;
    sub_index index_;
};

/// Looks the columns up once. @throws lookup_error (unknown_column)
inline std::vector<resolved_sort_key> resolve(const axes& table, const std::vector<sort_key>& keys) {
    std::vector<resolved_sort_key> result;
    for (const auto& key : keys) result.emplace_back(table, key);
    return result;
}

/// Whether a source has its rows in ascending order, so that a row's position tells as much as its number.
template <stored_source S>
bool in_row_order(const S& source) {
    if constexpr (!tiled_source<S>) {
        for (std::size_t k = 1; k < source.size(); ++k)
            if (source.row_at(k) < source.row_at(k - 1)) return false;
    }
    return true;
}

/// Brings positions into the order of one key, leaving rows that are equal in it as they are.
template <std::unsigned_integral Integer, stored_source S>
void sort_positions(const S& source, const resolved_sort_key& key, keyed_positions<Integer>& entries,
                    const execution& run) {
    for_positions(entries.size(), part_of(run, 0, 0.2), [&](std::size_t k) {
        const auto position = static_cast<std::size_t>(entries[k].position);
        entries[k].key = static_cast<Integer>(key(source.row_at(position), source.score_at(position)));
    });
    radix_sort(entries, part_of(run, 0.2, 1));
}

/// The positions of a source's rows in the order of the keys: by the last key first.
template <std::unsigned_integral Integer, stored_source S>
keyed_positions<Integer> sorted_positions(const S& source, const std::vector<resolved_sort_key>& keys,
                                          const execution& run) {
    keyed_positions<Integer> entries(source.size());
    for_positions(entries.size(), without_progress(run), [&](std::size_t k) {
        entries[k] = {0, static_cast<Integer>(k)};
    });
    const auto share = 1.0 / static_cast<double>(keys.size());
    for (std::size_t k = keys.size(); k-- > 0;) {
        const auto done = static_cast<double>(keys.size() - 1 - k);
        sort_positions(source, keys[k], entries, part_of(run, done * share, (done + 1) * share));
    }
    return entries;
}

/// The rows in the order of the keys.
template <std::unsigned_integral Integer, stored_source S>
basic_selection<typename S::value_type>
sorted_rows(const S& source, const std::vector<resolved_sort_key>& keys, const execution& run) {
    const auto entries = sorted_positions<Integer>(source, keys, part_of(run, 0, 0.75));
    const auto* const first = keys.empty() ? nullptr : &keys.front();
    std::vector<row_number> rows(entries.size());
    std::vector<typename S::value_type> scores(entries.size());
    for_positions(entries.size(), part_of(run, 0.75, 1), [&](std::size_t k) {
        const auto position = static_cast<std::size_t>(entries[k].position);
        rows[k] = source.row_at(position);
        // What was sorted last is the first key: reading its scores in their new order would miss the cache each time.
        const auto score = first != nullptr ? first->template score_of<typename S::value_type>(entries[k].key)
                                            : std::nullopt;
        scores[k] = score ? *score : source.score_at(position);
    });
    return {source.axes(), std::move(rows), std::move(scores)};
}

} // namespace detail

/// All rows in the order of some columns: `sort_by(table, {ascending("head"), descending("score")})`. The
/// keys that follow decide where the ones before are equal; between rows that are equal in all keys the lower
/// row number comes first. No keys: by row number.
///
/// Columns of the table are compared **by index**, not as text: L2 comes before L10, and a label column over
/// several axes is compared in row-major order of these. `score`, `magnitude` (|score|) and `row` are columns
/// too, where the table has none of that name. Scores that are NaN come last in either order, as in pandas;
/// -0 equals +0.
///
/// O(n) for each key, on all threads. Memory: 8 + sizeof(T) bytes a row of the result, and beside it 16, or 32
/// where a key or the number of rows needs more than 32 bits (scores that are double do).
/// @throws lookup_error (unknown_column), naming the columns there are; cancelled_error
template <stored_source S>
basic_selection<typename S::value_type> sort_by(const S& source, const std::vector<sort_key>& keys,
                                                const execution& run = {}) {
    auto resolved = detail::resolve(source.axes(), keys);
    if (!detail::in_row_order(source)) resolved.push_back(detail::resolved_sort_key::row());
    const auto is_narrow = [&](const detail::resolved_sort_key& key) {
        return key.template is_narrow<typename S::value_type>(source.axes());
    };
    const bool narrow = detail::has_narrow_positions(source.size()) &&
                        std::all_of(resolved.begin(), resolved.end(), is_narrow);
    return narrow ? detail::sorted_rows<std::uint32_t>(source, resolved, run)
                  : detail::sorted_rows<std::uint64_t>(source, resolved, run);
}

} // namespace svdlens::inline v0_2

#endif
