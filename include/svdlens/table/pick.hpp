/// @file
/// Rows by number: the scores that a source has for them.
#ifndef SVDLENS_TABLE_PICK_HPP
#define SVDLENS_TABLE_PICK_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "detail/rows/row_list.hpp"
#include "detail/rows/same_shape.hpp"
#include "detail/rows/source_kind.hpp"
#include "score_columns.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "store.hpp"
#include "tiling.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The rows asked for, ascending, each once.
/// @throws argument_error (invalid_argument) for one outside the table
inline std::vector<row_number> wanted_rows(const axes& table, std::span<const row_number> rows) {
    std::vector<row_number> wanted(rows.begin(), rows.end());
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    if (!wanted.empty() && wanted.back() >= table.shape_rows())
        throw argument_error(errc::invalid_argument, "pick: expected rows below the table's " +
                                                         to_text(table.shape_rows()) + ", found " +
                                                         to_text(wanted.back()));
    return wanted;
}

/// Calls `use(row)` for each wanted row among the `count` ones from `first` on, until it says false.
template <class Use>
bool for_wanted(const std::vector<row_number>& wanted, row_number first, std::size_t count, Use use) {
    auto next = std::lower_bound(wanted.begin(), wanted.end(), first);
    for (; next != wanted.end() && *next - first < count; ++next)
        if (!use(*next)) return false;
    return true;
}

/// Appends what a block holds of the wanted rows.
template <class T>
void pick_from(const score_block<T>& block, const std::vector<row_number>& wanted, row_list<T>& found) {
    for (std::size_t r = 0; r < block.runs; ++r) {
        const auto run = block.run(r);
        if (run.rows == nullptr) {
            for_wanted(wanted, run.first, run.scores.size(), [&](row_number row) {
                found.push_back(row, run.scores[static_cast<std::size_t>(row - run.first)]);
                return true;
            });
            continue;
        }
        for (std::size_t k = 0; k < run.scores.size(); ++k)
            if (std::binary_search(wanted.begin(), wanted.end(), run.rows[k]))
                found.push_back(run.rows[k], run.scores[k]);
    }
}

/// Whether a tile holds a wanted row. Asks for no score.
template <class T>
bool holds_wanted(const tiling& tiles, std::size_t i, const std::vector<row_number>& wanted,
                  block_buffer<T>& buffer) {
    const auto tile = tiles(i);
    const auto shape = tiles.block<T>(tile, nullptr, tile.columns, buffer);
    for (std::size_t r = 0; r < shape.runs; ++r)
        if (!for_wanted(wanted, shape.starts[r], shape.width, [](row_number) { return false; })) return true;
    return false;
}

/// Where rows stand, found by their numbers. A row may stand in several places.
class row_places {
  public:
    explicit row_places(std::span<const row_number> rows) : rows_(rows), order_(rows.size()) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::stable_sort(order_.begin(), order_.end(),
                         [&](std::size_t a, std::size_t b) { return rows_[a] < rows_[b]; });
    }

    /// Appends the places of a row, ascending.
    void find(row_number row, std::vector<std::size_t>& places) const {
        auto at =
            std::lower_bound(order_.begin(), order_.end(), row,
                             [&](std::size_t place, row_number wanted) { return rows_[place] < wanted; });
        for (; at != order_.end() && rows_[*at] == row; ++at) places.push_back(*at);
    }

  private:
    std::span<const row_number> rows_;
    std::vector<std::size_t> order_;
};

/// A worker's buffer and what it found in a block.
template <class T>
struct pick_slot {
    block_buffer<T> buffer;
    row_list<T> found;
};

} // namespace detail

/// The rows of these numbers with the scores that this source has for them, in ascending row order. The
/// numbers are the source's own; those of a selection come with their axes below. Rows that are not present are left out,
/// a row that is asked for twice comes once, NaN scores are kept.
///
/// One pass over the rows; of a tiled source (a table, a projection) only tiles that hold a wanted row are
/// computed. O(blocks log rows) and the tiles. Memory: 8 bytes a wanted row, 8 + sizeof(T) a found one, a
/// block for each thread.
/// @throws argument_error (invalid_argument) for a row number that the axes do not have; cancelled_error
template <score_source S>
basic_selection<typename S::value_type> pick(const S& source, std::span<const row_number> rows,
                                             const execution& run = {}) {
    using T = typename S::value_type;
    using slot_type = detail::pick_slot<T>;
    const auto wanted = detail::wanted_rows(source.axes(), rows);
    const tiling* const tiles = detail::tiling_of(source);
    detail::row_list<T> all;
    for_blocks_in_order<slot_type>(
        wanted.empty() ? 0 : source.blocks(), source.max_rows(), run,
        [&](std::size_t i, slot_type& slot) {
            slot.found.clear();
            if (tiles != nullptr && !detail::holds_wanted(*tiles, i, wanted, slot.buffer)) return;
            detail::pick_from(source.block(i, slot.buffer), wanted, slot.found);
        },
        [&](std::size_t, const slot_type& slot) { all.append(slot.found); });
    return detail::to_selection(source.axes(), std::move(all));
}

/// The rows that a selection, or what else is in memory, of the same table has, with the scores that this
/// source has for them: `pick(table, top_k(map_scores(table, magnitude{}), 5))`. All else as above.
/// @throws argument_error (invalid_axes) when names or extents of the axes differ, naming the difference
template <score_source S, stored_source Among>
basic_selection<typename S::value_type> pick(const S& source, const Among& among, const execution& run = {}) {
    detail::check_same_shape("pick", source.axes(), among.axes());
    std::vector<row_number> rows(among.size());
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = among.row_at(k);
    return pick(source, std::span<const row_number>(rows), run);
}

/// The rows that a selection, or what else is in memory, of the same axes has, with all their columns and in its
/// order: `pick(groups.columns(), top_k(groups.get<aggregates::mean>(), 5))`. Rows that are not there are left out, and
/// one that is there several times, as in a join, comes as often. O((rows + among) log rows). Memory: 8 bytes a row, and
/// the result.
/// @throws argument_error (invalid_axes) when names or extents of the axes differ, naming the difference
template <stored_source Among>
score_columns pick(const score_columns& columns, const Among& among) {
    detail::check_same_shape("pick", columns.axes(), among.axes());
    const detail::row_places known(columns.rows());
    std::vector<std::size_t> places;
    for (std::size_t k = 0; k < among.size(); ++k) known.find(among.row_at(k), places);
    std::vector<row_number> rows;
    for (const auto place : places) rows.push_back(columns.rows()[place]);
    std::vector<std::vector<double>> values(columns.names().size());
    for (std::size_t column = 0; column < values.size(); ++column)
        for (const auto place : places) values[column].push_back(columns.values(column)[place]);
    return {columns.axes(), std::move(rows), columns.names(), std::move(values)};
}

} // namespace svdlens::inline v0_2

#endif
