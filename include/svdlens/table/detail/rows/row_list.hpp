/// @file
/// Kept rows as they come out of tiles, brought into ascending row order.
#ifndef SVDLENS_TABLE_DETAIL_ROWS_ROW_LIST_HPP
#define SVDLENS_TABLE_DETAIL_ROWS_ROW_LIST_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "../../../tensor/axes.hpp"
#include "../../score_source.hpp"
#include "../../selection.hpp"
#include "../order/radix_sort.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A row with its score.
template <std::floating_point T>
struct scored_row {
    row_number row;
    T score;

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(row, score);
    }
};

/// Rows and scores side by side, as a selection takes them.
template <std::floating_point T>
struct row_list {
    std::vector<row_number> rows;
    std::vector<T> scores;

    std::size_t size() const { return rows.size(); }
    void clear() {
        rows.clear();
        scores.clear();
    }
    void reserve(std::size_t size) {
        rows.reserve(size);
        scores.reserve(size);
    }
    void push_back(row_number row, T score) {
        rows.push_back(row);
        scores.push_back(score);
    }
    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(rows, scores);
    }
    /// Whether it is of rows of a table of so many.
    bool fits(std::uint64_t all) const {
        return rows.size() == scores.size() &&
               std::all_of(rows.begin(), rows.end(), [&](row_number row) { return row < all; });
    }
    void append(const row_list& other) {
        rows.insert(rows.end(), other.rows.begin(), other.rows.end());
        scores.insert(scores.end(), other.scores.begin(), other.scores.end());
    }
};

/// Sorts by row number, which no two rows share. Nothing is moved when they are sorted already. O(n). Memory:
/// 32 + sizeof(T) bytes a row.
template <std::floating_point T>
void sort_rows(row_list<T>& list) {
    if (std::is_sorted(list.rows.begin(), list.rows.end())) return;
    keyed_positions<std::uint64_t> order(list.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = {list.rows[k], k};
    radix_sort(order, {.threads = 1}); // the threads are the caller's
    std::vector<T> scores(list.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
        list.rows[k] = order[k].key;
        scores[k] = list.scores[order[k].position];
    }
    list.scores = std::move(scores);
}

/// A selection of the listed rows in ascending order.
template <std::floating_point T>
basic_selection<T> to_selection(const axes& columns, row_list<T> list) {
    sort_rows(list);
    return basic_selection<T>(columns, std::move(list.rows), std::move(list.scores));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
