/// @file
/// A table with its index columns written out: one vector for each axis, one for the scores.
#ifndef SVDLENS_TABLE_COLUMNS_HPP
#define SVDLENS_TABLE_COLUMNS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "../core/detail/without_progress.hpp"
#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "../tensor/sub_index.hpp"
#include "score_source.hpp"
#include "store.hpp"

namespace svdlens::inline v0_2 {

/// The rows of a table column by column, as data frames hold them.
template <std::floating_point T, std::integral Index = std::int64_t>
struct table_columns {
    std::vector<std::string> names;          ///< the axes
    std::vector<std::vector<Index>> indices; ///< for each axis, the index of each row
    std::vector<T> scores;
};

namespace detail {

/// Where the cells of rows go.
template <class T, class Index>
class column_filler {
  public:
    column_filler(const axes& table, table_columns<T, Index>& out) : table_(table), out_(out) {
        for (std::size_t k = 0; k < table.rank(); ++k) along_.push_back(sub_index(table, {k}));
    }

    /// Writes a run of consecutive rows at position `at`. Divides once, then counts: the innermost axis runs,
    /// the others stand still along a line.
    void fill(std::size_t at, const score_run<T>& run) const {
        std::copy(run.scores.begin(), run.scores.end(),
                  out_.scores.begin() + static_cast<std::ptrdiff_t>(at));
        for (std::size_t k = 0; k < along_.size(); ++k)
            fill_axis(along_[k], run.first, run.scores.size(), out_.indices[k].data() + at);
    }

    /// Writes one row at position `at`. O(rank)
    void fill(std::size_t at, row_number row, T score) const {
        out_.scores[at] = score;
        table_.for_each_index(row, [&](std::size_t k, std::uint64_t index) {
            out_.indices[k][at] = static_cast<Index>(index);
        });
    }

  private:
    /// The indices along an axis of `count` rows from `first` on: each stands for a stretch, and after the
    /// last one comes the first.
    static void fill_axis(const sub_index& along, row_number first, std::size_t count, Index* out) {
        const std::uint64_t extent = along.size(), each = along.stretch();
        std::uint64_t index = along.index(first);
        if (each == 1) return fill_innermost(index, extent, count, out);
        std::uint64_t left = each - first % each;
        for (std::size_t done = 0; done < count; left = each) {
            const auto stretch = static_cast<std::size_t>((std::min<std::uint64_t>)(left, count - done));
            std::fill_n(out + done, stretch, static_cast<Index>(index));
            done += stretch;
            index = index + 1 == extent ? 0 : index + 1;
        }
    }

    static void fill_innermost(std::uint64_t index, std::uint64_t extent, std::size_t count, Index* out) {
        for (std::size_t done = 0; done < count; index = 0) {
            const auto stretch =
                static_cast<std::size_t>((std::min<std::uint64_t>)(extent - index, count - done));
            for (std::size_t j = 0; j < stretch; ++j) out[done + j] = static_cast<Index>(index + j);
            done += stretch;
        }
    }

    const axes& table_;
    std::vector<sub_index> along_; ///< each axis alone
    table_columns<T, Index>& out_;
};

/// Refuses axes whose indices do not fit the type asked for.
template <class Index>
void check_index_type(const axes& table) {
    for (const auto& axis : table) {
        constexpr auto most = static_cast<std::uint64_t>((std::numeric_limits<Index>::max)());
        if (axis.extent == 0 || axis.extent - 1 <= most) continue;
        throw argument_error(errc::invalid_argument, "columns: axis " + quoted(axis.name) +
                                                         " has indices up to " + to_text(axis.extent - 1) +
                                                         ", which exceed the index type's " + to_text(most) +
                                                         "; ask for a wider one");
    }
}

/// Columns of the right length. Their memory is touched by several threads at once.
template <class T, class Index>
table_columns<T, Index> make_columns(const axes& table, std::uint64_t rows, const execution& run) {
    table_columns<T, Index> out;
    for (const auto& axis : table) out.names.push_back(axis.name);
    out.indices.resize(table.rank());
    const auto size = static_cast<std::size_t>(rows);
    for_blocks<char>(table.rank() + 1, rows, detail::without_progress(run), [&](std::size_t k, char&) {
        if (k == 0)
            out.scores.resize(size);
        else
            out.indices[k - 1].resize(size);
    });
    return out;
}

/// The columns of what is cut into tiles, in row order.
template <class Index, tiled_source S>
auto columns_of_tiles(const S& source, const execution& run) {
    using T = typename S::value_type;
    const tiling& tiles = source.tiles();
    auto out = make_columns<T, Index>(source.axes(), tiles.size(), run);
    const column_filler<T, Index> filler(source.axes(), out);
    for_blocks<block_buffer<T>>(tiles.blocks(), tiles.size(), run,
                                [&](std::size_t i, block_buffer<T>& buffer) {
                                    const auto block = source.block(i, buffer);
                                    const auto tile = tiles(i);
                                    for (std::size_t k = 0; k < block.runs; ++k)
                                        filler.fill(tiles.offset(tile) + k * tiles.pitch(tile), block.run(k));
                                });
    return out;
}

/// The columns of rows in memory, in their order.
template <class Index, stored_source S>
auto columns_of_rows(const S& source, const execution& run) {
    using T = typename S::value_type;
    constexpr std::size_t chunk = std::size_t{1} << 16;
    auto out = make_columns<T, Index>(source.axes(), source.size(), run);
    const column_filler<T, Index> filler(source.axes(), out);
    for_blocks<char>((source.size() + chunk - 1) / chunk, source.size(), run, [&](std::size_t i, char&) {
        const std::size_t end = (std::min)(source.size(), (i + 1) * chunk);
        for (std::size_t at = i * chunk; at < end; ++at)
            filler.fill(at, source.row_at(at), source.score_at(at));
    });
    return out;
}

} // namespace detail

/// All index columns and scores of a source: a table or a tiled projection in row order, a selection in its
/// own order, any other source (which is `collect`ed first) in row order. NaN scores are rows.
///
/// One pass. Memory: rank * sizeof(Index) + sizeof(T) bytes a row; `collect` takes 8 + sizeof(T) more.
/// @throws argument_error (invalid_argument) when an index does not fit `Index`, before anything is
/// allocated; cancelled_error when `run.stop` becomes true
template <std::integral Index = std::int64_t, score_source S>
table_columns<typename S::value_type, Index> to_columns(const S& source, const execution& run = {}) {
    detail::check_index_type<Index>(source.axes());
    if constexpr (tiled_source<S>) {
        return detail::columns_of_tiles<Index>(source, run);
    } else if constexpr (stored_source<S>) {
        return detail::columns_of_rows<Index>(source, run);
    } else {
        return detail::columns_of_rows<Index>(collect(source, part_of(run, 0, 0.5)), part_of(run, 0.5, 1));
    }
}

/// The labels of a column of a table or selection, one a row in its order. The text of every row is a string
/// of its own: for tables that fit a screen or a plot. O(rows)
/// @throws lookup_error (unknown_column)
template <stored_source S>
std::vector<std::string> label_column_of(const S& source, std::string_view name) {
    const resolved_column column(source.axes(), name);
    std::vector<std::string> labels(source.size());
    for (std::size_t k = 0; k < labels.size(); ++k) column.append(labels[k], source.row_at(k));
    return labels;
}

} // namespace svdlens::inline v0_2

#endif
