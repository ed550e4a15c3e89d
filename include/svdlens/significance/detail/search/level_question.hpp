/// @file
/// What the decoy rule asks of either table: how many rows are at each level, and the rows from one on.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_LEVEL_QUESTION_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_LEVEL_QUESTION_HPP

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../../../table/question.hpp"
#include "../../../table/score_source.hpp"
#include "../../../tensor/axes.hpp"
#include "../levels/tested_rows.hpp"
#include "family_state.hpp"

namespace svdlens::inline v0_2::detail {

/// Levels of p over weight: the l-th holds (2^-(l+1), 2^-l], the last all smaller.
inline constexpr std::size_t decoy_levels = 64;

/// Bounds of how many rows are at a level or a deeper one.
struct level_bounds {
    std::array<std::uint64_t, decoy_levels> least{};
    std::array<std::uint64_t, decoy_levels> most{};
    std::uint64_t nans = 0;
};

/// A question of one pass, whose states are added in any order.
template <class State>
class single_pass {
  public:
    using state = State;
    merge_order order = merge_order::any;
    unsigned passes_left() const { return left_; }
    int begin_pass() { return 0; }
    void end_pass(state& all) {
        left_ = 0;
        found_ = std::move(all);
    }
    state result() { return std::move(found_); }

  private:
    unsigned left_ = 1;
    state found_;
};

struct level_bounds_question {
    const tested_rows* tested;

    template <std::floating_point T>
    class bound : public single_pass<level_bounds> {
      public:
        explicit bound(const tested_rows* tested) : tested_(tested) {}

        void look(int, const score_block<T>& block, level_bounds& mine) const {
            for (std::size_t k = 0; k < block.runs; ++k)
                for (const T score : block.run(k).scores)
                    mine.nans += static_cast<std::uint64_t>(score != score);
            tested_->for_each_candidate(block, 0, [&](row_number, T, float least, float most) {
                if (least >= 0) ++mine.least[level_of(least)];
                ++mine.most[level_of(most)];
            });
        }
        void merge(level_bounds& into, level_bounds& later) const {
            for (std::size_t l = 0; l < decoy_levels; ++l) {
                into.least[l] += later.least[l];
                into.most[l] += later.most[l];
            }
            into.nans += later.nans;
            later = {};
        }
        void end_pass(level_bounds& all) {
            for (std::size_t l = decoy_levels - 1; l > 0; --l) {
                all.least[l - 1] += all.least[l];
                all.most[l - 1] += all.most[l];
            }
            single_pass<level_bounds>::end_pass(all);
        }

      private:
        static std::size_t level_of(float place) {
            return (std::min)(decoy_levels - 1, static_cast<std::size_t>(place));
        }
        const tested_rows* tested_;
    };

    template <std::floating_point T>
    bound<T> bind(const asked_table<T>&) const {
        return bound<T>(tested);
    }
};

/// The rows of a level and all deeper ones with their ln p over weight, in no order.
template <std::floating_point T>
struct level_rows_question {
    const tested_rows* tested;
    std::size_t level;

    class bound : public single_pass<std::vector<found_row<T>>> {
      public:
        explicit bound(const level_rows_question& asked) : asked_(asked) {}

        void look(int, const score_block<T>& block, std::vector<found_row<T>>& mine) const {
            const auto least = -static_cast<double>(asked_.level);
            asked_.tested->for_each_candidate(block, least, [&](row_number row, T score, float, float) {
                mine.push_back({asked_.tested->log_ratio(row, static_cast<double>(score)), row, score, 0});
            });
        }
        void merge(std::vector<found_row<T>>& into, std::vector<found_row<T>>& later) const {
            into.insert(into.end(), later.begin(), later.end());
            later = {};
        }

      private:
        level_rows_question asked_;
    };

    bound bind(const asked_table<T>&) const { return bound(*this); }
};

} // namespace svdlens::inline v0_2::detail

#endif
