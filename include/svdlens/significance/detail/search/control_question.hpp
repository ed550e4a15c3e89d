/// @file
/// How many rows of a control are as improbable as what was found, by line.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_CONTROL_QUESTION_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_CONTROL_QUESTION_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numbers>
#include <numeric>
#include <utility>
#include <vector>

#include "../../../table/question.hpp"
#include "../../../table/score_source.hpp"
#include "../../../table/tiling.hpp"
#include "../../../tensor/axes.hpp"
#include "../../findings.hpp"
#include "../levels/tested_rows.hpp"

namespace svdlens::inline v0_2::detail {

/// How many rows of each line of a control pass.
struct control_hits {
    std::map<std::uint64_t, std::uint64_t> of_lines;

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(of_lines);
    }
};

/// Counts the hits, and sets the rate and its error beside what was found.
inline void add_hits(control_counts& counts, const control_hits& hits, const findings& found) {
    double squares = 0;
    for (const auto& [line, count] : hits.of_lines) {
        counts.hits += count;
        squares += static_cast<double>(count) * static_cast<double>(count);
    }
    if (found.empty()) return;
    const double by_chance = static_cast<double>(found.tested) / static_cast<double>(found.size()) /
                             static_cast<double>(counts.rows);
    counts.decoy_rate = static_cast<double>(counts.hits) * by_chance;
    counts.standard_error = std::sqrt((std::max)(squares, 1.0)) * by_chance;
}

/// How the rows of a control are tested.
struct control_test {
    const tested_rows* tested;
    double threshold; ///< ln
    std::uint64_t line_rows;
    std::uint64_t lines; ///< of a layer of targets: a direction has one in each
};

struct control_question {
    control_test test;

    template <std::floating_point T>
    class bound {
      public:
        using state = control_hits;
        explicit bound(const control_test& asked) : asked_(asked) {}

        merge_order order = merge_order::any;
        unsigned passes_left() const { return left_; }
        double begin_pass() {
            if (std::isinf(asked_.threshold)) return asked_.threshold;
            return asked_.threshold / std::numbers::ln2 + 1e-6 * (1 + std::abs(asked_.threshold));
        }
        void look(double level, const score_block<T>& block, state& mine) const {
            asked_.tested->for_each_candidate(block, level, [&](row_number row, T score, float, float) {
                if (asked_.tested->log_ratio(row, static_cast<double>(score)) <= asked_.threshold)
                    ++mine.of_lines[row / asked_.line_rows % asked_.lines];
            });
        }
        void merge(state& into, state& later) const {
            for (const auto& [line, hits] : later.of_lines) into.of_lines[line] += hits;
            later = {};
        }
        void end_pass(state& all) {
            left_ = 0;
            found_ = std::move(all);
        }
        control_hits result() { return std::move(found_); }

      private:
        control_test asked_;
        unsigned left_ = 1;
        control_hits found_;
    };

    template <std::floating_point T>
    bound<T> bind(const asked_table<T>&) const {
        return bound<T>(test);
    }
};

/// Some blocks of a source, as a source.
template <score_source S>
class some_blocks {
  public:
    using value_type = typename S::value_type;

    some_blocks(const S& source, std::vector<std::size_t> blocks, std::uint64_t rows) :
        source_(&source), blocks_(std::move(blocks)), rows_(rows) {}

    const svdlens::axes& axes() const { return source_->axes(); }
    std::uint64_t max_rows() const { return rows_; }
    std::size_t blocks() const { return blocks_.size(); }
    score_block<value_type> block(std::size_t i, block_buffer<value_type>& buffer) const {
        return source_->block(blocks_[i], buffer);
    }

  private:
    const S* source_;
    std::vector<std::size_t> blocks_;
    std::uint64_t rows_;
};

/// Tiles of at least so many rows, all where there are no more: those whose numbers hash lowest, ascending. So it
/// depends on nothing but the tiling, and follows no pattern of lines or columns.
inline std::vector<std::size_t> choose_tiles(const tiling& tiles, std::uint64_t rows,
                                             std::uint64_t& chosen_rows) {
    const auto hash = [](std::uint64_t x) { // Steele, Lea, Flood: SplitMix64
        x += 0x9e3779b97f4a7c15U;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
        return x ^ (x >> 31);
    };
    std::vector<std::size_t> order(tiles.blocks());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (rows < tiles.size())
        std::sort(order.begin(), order.end(), [&](auto a, auto b) { return hash(a) < hash(b); });
    std::size_t count = 0;
    for (chosen_rows = 0; count < order.size() && chosen_rows < rows; ++count) {
        const auto tile = tiles(order[count]);
        chosen_rows += static_cast<std::uint64_t>(tile.lines) * tile.columns;
    }
    order.resize(count);
    std::sort(order.begin(), order.end());
    return order;
}

} // namespace svdlens::inline v0_2::detail

#endif
