/// @file
/// The rows of a source a batch at a time, in the order in which results are handed out.
#ifndef SVDLENS_EXPORT_DETAIL_ARROW_ROWS_HPP
#define SVDLENS_EXPORT_DETAIL_ARROW_ROWS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../../core/detail/without_progress.hpp"
#include "../../core/execution.hpp"
#include "../../table/detail/rows/row_list.hpp"
#include "../../table/score_source.hpp"
#include "../../table/store.hpp"
#include "../../table/tiling.hpp"
#include "../../tensor/axis.hpp"

namespace svdlens::inline v0_2::detail {

/// Rows that follow each other, and where in the batch they stand.
struct arrow_stretch {
    std::size_t at;
    row_number first;
    std::size_t count;
};

/// Rows of a batch: their scores, which lie together, and their numbers, listed or in stretches.
template <std::floating_point T>
struct arrow_rows {
    std::span<const T> scores = {};
    std::span<const row_number> listed = {};
    std::vector<arrow_stretch> stretches = {}; ///< where they are not listed: ascending in `at`
    std::shared_ptr<const void> owner = {};    ///< of scores and listed rows

    std::size_t size() const { return listed.empty() ? scores.size() : listed.size(); }

    /// Calls `use(at, first, count)` for rows that follow each other, from the first of the batch on.
    template <class Use>
    void for_stretches(Use use) const {
        for (std::size_t k = 0; k < listed.size(); ++k) use(k, listed[k], std::size_t{1});
        for (const auto& s : stretches) use(s.at, s.first, s.count);
    }

    /// Calls `use(k, row)` for every row.
    template <class Use>
    void for_rows(Use use) const {
        for_stretches([&](std::size_t at, row_number first, std::size_t count) {
            for (std::size_t j = 0; j < count; ++j) use(at + j, first + j);
        });
    }

    /// Rows [begin, begin + count). @param next the first stretch that reaches beyond `begin`; moved on
    arrow_rows slice(std::size_t begin, std::size_t count, std::size_t& next) const {
        arrow_rows part{scores.subspan(begin, count), {}, {}, owner};
        if (!listed.empty()) part.listed = listed.subspan(begin, count);
        for (; next < stretches.size() && stretches[next].at < begin + count; ++next) {
            const auto& whole = stretches[next];
            const std::size_t from = (std::max)(whole.at, begin);
            const std::size_t to = (std::min)(whole.at + whole.count, begin + count);
            part.stretches.push_back({from - begin, whole.first + (from - whole.at), to - from});
            if (whole.at + whole.count > begin + count) break;
        }
        return part;
    }
};

/// Scores that lie in memory in the order of the rows, so that no batch copies them: null where there are none.
template <std::floating_point T>
struct scores_in_place {
    const T* scores = nullptr;
    const row_number* rows = nullptr; ///< null: the present rows of the source's tiling
};

template <score_source S>
scores_in_place<typename S::value_type> in_place(const S& source) {
    using T = typename S::value_type;
    if constexpr (std::same_as<S, basic_long_table<T>>)
        return {source.values().data(), nullptr};
    else if constexpr (std::same_as<S, basic_selection<T>>)
        return {source.scores().data(), source.rows().data()};
    else
        return {};
}

/// Reads a source a batch at a time. Blocks are computed by several threads, those of neighbouring bands together.
template <std::floating_point T>
class arrow_row_reader {
  public:
    /// @param owner keeps alive what the source refers to
    /// @param most rows a batch, at most
    arrow_row_reader(std::shared_ptr<const void> owner, const score_source_ref<T>& source,
                     scores_in_place<T> place, std::size_t most, const execution& run) :
        owner_(std::move(owner)),
        source_(source), place_(place), most_(most), run_(run) {}

    /// The next rows, or nothing at the end. @throws cancelled_error
    std::optional<arrow_rows<T>> next() {
        while (taken_ == read_.size()) {
            if (block_ == source_.blocks()) return std::nullopt;
            run_.throw_if_stopped();
            read_ = {}; // what was read goes before more is
            read_ = read();
            taken_ = stretch_ = 0;
        }
        const std::size_t count = (std::min)(most_, read_.size() - taken_);
        auto part = read_.slice(taken_, count, stretch_);
        taken_ += count;
        handed_on_ += count;
        if (run_.progress) run_.progress({handed_on_, (std::max)(handed_on_, source_.max_rows())});
        return part;
    }

  private:
    arrow_rows<T> read() {
        if (source_.tiles_or_null() != nullptr) return read_tiles(*source_.tiles_or_null());
        if (place_.rows == nullptr) return read_lists();
        const auto size = static_cast<std::size_t>(source_.max_rows());
        block_ = source_.blocks();
        return {{place_.scores, size}, {place_.rows, size}, {}, owner_};
    }

    /// How many present rows precede a block that begins a band.
    std::size_t rows_before(const tiling& tiles, std::size_t block) const {
        return block == tiles.blocks() ? static_cast<std::size_t>(tiles.size()) : tiles.offset(tiles(block));
    }

    static std::size_t end_of_band(const tiling& tiles, std::size_t block) {
        std::size_t end = block + 1;
        while (end < tiles.blocks() && tiles.band(end) == tiles.band(block)) ++end;
        return end;
    }

    /// As many bands as fit a batch, at least one.
    arrow_rows<T> read_tiles(const tiling& tiles) {
        const std::size_t first = block_, base = rows_before(tiles, first);
        block_ = end_of_band(tiles, first);
        while (block_ < tiles.blocks()) {
            const std::size_t end = end_of_band(tiles, block_);
            if (rows_before(tiles, end) - base > most_) break;
            block_ = end;
        }
        const std::size_t size = rows_before(tiles, block_) - base;
        if (place_.scores != nullptr)
            return {{place_.scores + base, size}, {}, stretches(tiles, first, base), owner_};
        auto scores = std::make_shared<std::vector<T>>(size);
        compute(tiles, first, base, scores->data());
        return {{scores->data(), size}, {}, stretches(tiles, first, base), scores};
    }

    void compute(const tiling& tiles, std::size_t first, std::size_t base, T* out) const {
        for_blocks<block_buffer<T>>(block_ - first, 0, without_progress(run_),
                                    [&](std::size_t i, block_buffer<T>& buffer) {
                                        const auto tile = tiles(first + i);
                                        const auto block = source_.block(first + i, buffer);
                                        T* place = out + (tiles.offset(tile) - base);
                                        for (std::size_t k = 0; k < block.runs; ++k) {
                                            const auto scores = block.run(k).scores;
                                            std::copy(scores.begin(), scores.end(), place);
                                            place += tiles.pitch(tile);
                                        }
                                    });
    }

    std::vector<arrow_stretch> stretches(const tiling& tiles, std::size_t first, std::size_t base) const {
        std::vector<arrow_stretch> result;
        block_buffer<T> buffer;
        for (std::size_t i = first; i < block_; ++i) {
            const auto tile = tiles(i);
            const auto block = tiles.block(tile, static_cast<const T*>(nullptr), tiles.pitch(tile), buffer);
            std::size_t at = tiles.offset(tile) - base;
            for (std::size_t k = 0; k < block.runs; ++k, at += tiles.pitch(tile))
                result.push_back({at, block.starts[k], block.width});
        }
        std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
        return result;
    }

    /// Rows of a source without tiles, until a batch is full and all of a band are there. Those that lie in memory keep
    /// their order.
    arrow_rows<T> read_lists() {
        struct slot {
            block_buffer<T> buffer;
            row_list<T> rows;
        };
        auto all = std::make_shared<row_list<T>>();
        while (block_ < source_.blocks() && all->size() < most_) {
            const std::size_t first = block_;
            while (!(source_.in_memory() || source_.ends_band(block_))) ++block_;
            ++block_;
            for_blocks_in_order<slot>(
                block_ - first, 0, without_progress(run_),
                [&](std::size_t i, slot& s) { append(source_.block(first + i, s.buffer), s.rows); },
                [&](std::size_t, slot& s) {
                    all->append(s.rows);
                    s.rows.clear();
                });
        }
        if (!source_.in_memory()) sort_rows(*all);
        return {{all->scores.data(), all->size()}, {all->rows.data(), all->size()}, {}, all};
    }

    static void append(const score_block<T>& block, row_list<T>& rows) {
        for (std::size_t k = 0; k < block.runs; ++k) {
            const auto run = block.run(k);
            for (std::size_t j = 0; j < run.scores.size(); ++j) rows.push_back(run.row(j), run.scores[j]);
        }
    }

    std::shared_ptr<const void> owner_;
    score_source_ref<T> source_;
    scores_in_place<T> place_;
    std::size_t most_;
    execution run_;
    std::size_t block_ = 0; ///< the first that is not read
    arrow_rows<T> read_;
    std::size_t taken_ = 0;   ///< of what is read
    std::size_t stretch_ = 0; ///< the first that is not taken whole
    std::uint64_t handed_on_ = 0;
};

} // namespace svdlens::inline v0_2::detail

#endif
