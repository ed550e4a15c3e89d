/// @file
/// Which rows of a shape are present, and their one canonical cut into blocks.
#ifndef SVDLENS_TABLE_TILING_HPP
#define SVDLENS_TABLE_TILING_HPP

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// A table seen as sections (one per target layer), each of lines (one per direction) of `length` rows.
///
/// A section holds some lines, and of each of them the same columns; the rows of other lines and columns are
/// numbers that nobody hands out. The cut depends on these numbers alone, never on threads, cache or budget,
/// so that a projection and the table stored from it give the same bits.
class tiling {
  public:
    /// [begin, end)
    struct range {
        std::size_t begin;
        std::size_t end;
        std::size_t size() const { return end - begin; }
    };

    /// The part `lines` of the list of present lines and, in each of them, `columns` (ascending, apart), at
    /// rows from `first_row` on.
    struct section {
        row_number first_row;
        range lines;
        std::vector<range> columns;
        std::size_t ordinal = 0; ///< which section it is to the caller, who asks for it by `ordinal(tile)`
    };

    /// A patch of one section: present lines [line, line + lines) by columns [column, column + columns).
    struct tile {
        std::size_t section; ///< counted among the sections that hold rows
        std::size_t line;
        std::size_t lines;
        std::size_t column;
        std::size_t columns;
        std::size_t columns_before; ///< present columns of the line before this tile
    };

    /// The largest tile, in lines and in columns.
    struct tile_size {
        std::size_t lines;
        std::size_t columns;
    };

    /// No rows.
    tiling() = default;

    /// @param length rows a line
    /// @param lines the numbers of the lines that `section::lines` picks from, ascending
    /// @param sections ascending in `first_row`
    tiling(std::uint64_t length, std::vector<std::uint64_t> lines, const std::vector<section>& sections,
           tile_size size) :
        length_(static_cast<std::size_t>(length)),
        lines_(std::make_shared<const std::vector<std::uint64_t>>(std::move(lines))), size_(size) {
        for (const auto& s : sections) add(s);
    }

    /// All rows of a shape, in runs as long as a block.
    static tiling dense(std::uint64_t rows) {
        constexpr std::size_t block = std::size_t{1} << 16;
        return tiling(rows, {0}, {{0, {0, 1}, {{0, static_cast<std::size_t>(rows)}}}}, {1, block});
    }

    std::size_t blocks() const { return blocks_; }

    /// The number of present rows.
    std::uint64_t size() const { return rows_; }

    /// The i-th tile. O(log sections).
    tile operator()(std::size_t i) const {
        const auto found = section_of(i);
        const placed& s = *found;
        const std::size_t across = s.pieces.size();
        const std::size_t line = s.lines.begin + (i - s.first_block) / across * size_.lines;
        const auto& part = s.pieces[(i - s.first_block) % across];
        return {static_cast<std::size_t>(found - sections_.begin()),
                line,
                (std::min)(size_.lines, s.lines.end - line),
                part.column,
                part.columns,
                part.before};
    }

    /// What tiles share whose rows lie among each other, being pieces of the same lines. It ascends, and the
    /// rows of one band precede those of the next. O(log sections).
    std::size_t band(std::size_t i) const {
        if (size_.lines == 1) return i;
        const placed& s = *section_of(i);
        return i - (i - s.first_block) % s.pieces.size();
    }

    /// The number, in the section's own numbering, of the k-th present line.
    std::uint64_t line_number(std::size_t k) const { return (*lines_)[k]; }

    /// The number of the first row of a tile's section.
    row_number first_row(const tile& t) const { return sections_[t.section].first_row; }

    /// What the caller calls the tile's section.
    std::size_t ordinal(const tile& t) const { return sections_[t.section].ordinal; }

    /// How many present rows precede the tile's first row: where a table of present rows holds it.
    std::size_t offset(const tile& t) const {
        const placed& s = sections_[t.section];
        return static_cast<std::size_t>(s.first_offset) + (t.line - s.lines.begin) * s.width +
               t.columns_before;
    }

    /// How far apart a table of present rows holds the lines of a tile.
    std::size_t pitch(const tile& t) const { return sections_[t.section].width; }

    /// How many present rows precede `row`, or nothing when it is not present. O(log lines).
    std::optional<std::size_t> offset(row_number row) const {
        const auto after = std::upper_bound(sections_.begin(), sections_.end(), row,
                                            [](row_number r, const placed& s) { return r < s.first_row; });
        if (after == sections_.begin()) return std::nullopt;
        const placed& s = *(after - 1);
        const auto column = find_column(s, static_cast<std::size_t>((row - s.first_row) % length_));
        const auto line = find_line(s, (row - s.first_row) / length_);
        if (!column || !line) return std::nullopt;
        return static_cast<std::size_t>(s.first_offset) + *line * s.width + *column;
    }

    /// The row that `offset` present rows precede. O(1) where all rows up to the last are present, else
    /// O(log sections).
    row_number row(std::size_t offset) const {
        assert(offset < rows_);
        if (has_no_holes_) return offset;
        const auto after =
            std::upper_bound(sections_.begin(), sections_.end(), offset,
                             [](std::size_t rows, const placed& s) { return rows < s.first_offset; });
        const placed& s = *(after - 1);
        const std::size_t inside = offset - static_cast<std::size_t>(s.first_offset);
        const auto piece_after =
            std::upper_bound(s.pieces.begin(), s.pieces.end(), inside % s.width,
                             [](std::size_t rows, const piece& p) { return rows < p.before; });
        const piece& found = *(piece_after - 1);
        return s.first_row + line_number(s.lines.begin + inside / s.width) * length_ + found.column +
               (inside % s.width - found.before);
    }

    /// The block of a tile whose scores start at `scores`, its lines `pitch` apart. Whole neighbouring lines
    /// become one run.
    template <class T>
    score_block<T> block(const tile& t, const T* scores, std::size_t pitch, block_buffer<T>& buffer) const {
        const bool whole_lines = t.columns == length_ && pitch == length_;
        const bool neighbours = line_number(t.line + t.lines - 1) - line_number(t.line) == t.lines - 1;
        const std::size_t runs = whole_lines && neighbours ? 1 : t.lines;
        buffer.starts.resize(runs);
        for (std::size_t k = 0; k < runs; ++k)
            buffer.starts[k] = first_row(t) + line_number(t.line + k) * length_ + t.column;
        return {scores, runs, t.lines * t.columns / runs, pitch, buffer.starts.data(), nullptr};
    }

  private:
    /// Neighbouring columns of one tile.
    struct piece {
        std::size_t column;
        std::size_t columns;
        std::size_t before;
    };

    /// A section with rows, and where it comes among the blocks and the present rows.
    struct placed {
        row_number first_row;
        range lines;
        std::size_t ordinal;
        std::vector<piece> pieces;
        std::size_t width;
        std::size_t first_block;
        std::uint64_t first_offset;
    };

    std::vector<placed>::const_iterator section_of(std::size_t block) const {
        return std::upper_bound(sections_.begin(), sections_.end(), block,
                                [](std::size_t i, const placed& s) { return i < s.first_block; }) -
               1;
    }

    void add(const section& s) {
        placed next{s.first_row, s.lines, s.ordinal, {}, 0, blocks_, rows_};
        for (const auto& part : s.columns) {
            for (std::size_t column = part.begin; column < part.end; column += size_.columns) {
                const std::size_t columns = (std::min)(size_.columns, part.end - column);
                next.pieces.push_back({column, columns, next.width});
                next.width += columns;
            }
        }
        if (s.lines.size() == 0 || next.width == 0) return;
        has_no_holes_ = has_no_holes_ && follows(next);
        blocks_ += (s.lines.size() + size_.lines - 1) / size_.lines * next.pieces.size();
        rows_ += static_cast<std::uint64_t>(s.lines.size()) * next.width;
        sections_.push_back(std::move(next));
    }

    /// Whether a section's rows, all of them neighbours, come right behind as many as its first one's number.
    bool follows(const placed& s) const {
        const auto first = line_number(s.lines.begin), last = line_number(s.lines.end - 1);
        return s.width == length_ && last - first == s.lines.size() - 1 &&
               s.first_row + first * length_ == s.first_offset;
    }

    static std::optional<std::size_t> find_column(const placed& s, std::size_t column) {
        const auto after = std::upper_bound(s.pieces.begin(), s.pieces.end(), column,
                                            [](std::size_t c, const piece& p) { return c < p.column; });
        if (after == s.pieces.begin()) return std::nullopt;
        const piece& found = *(after - 1);
        if (column - found.column >= found.columns) return std::nullopt;
        return found.before + (column - found.column);
    }

    /// The position among the section's lines of the line of that number.
    std::optional<std::size_t> find_line(const placed& s, std::uint64_t number) const {
        const auto first = lines_->begin() + static_cast<std::ptrdiff_t>(s.lines.begin);
        const auto last = lines_->begin() + static_cast<std::ptrdiff_t>(s.lines.end);
        const auto found = std::lower_bound(first, last, number);
        if (found == last || *found != number) return std::nullopt;
        return static_cast<std::size_t>(found - first);
    }

    std::size_t length_ = 0;
    std::shared_ptr<const std::vector<std::uint64_t>> lines_ =
        std::make_shared<const std::vector<std::uint64_t>>();
    tile_size size_{1, 1};
    std::vector<placed> sections_;
    std::size_t blocks_ = 0;
    std::uint64_t rows_ = 0;
    bool has_no_holes_ = true;
};

} // namespace svdlens::inline v0_2

#endif
