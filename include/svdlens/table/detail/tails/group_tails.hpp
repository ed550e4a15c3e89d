/// @file
/// Rows beyond the exact quantiles of their group.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_GROUP_TAILS_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_GROUP_TAILS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../bounds.hpp"
#include "../../question.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../groups/group_quantiles.hpp"
#include "../groups/grouping.hpp"
#include "../order/quantile_place.hpp"
#include "../rows/row_list.hpp"
#include "../rows/row_question.hpp"
#include "bounds.hpp"
#include "found_tails.hpp"
#include "tail_question.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The bounds of every group, and which groups have rows.
struct bounds_of_groups {
    std::vector<score_bounds> bounds; ///< by group number
    std::vector<row_number> present;  ///< ascending
};

/// From the quantiles of every group.
inline bounds_of_groups to_group_bounds(group_bounds found, const tail_options& wanted) {
    bounds_of_groups result{{}, std::move(found.sizes.present)};
    for (std::size_t g = 0; g < found.sizes.numbers.size(); ++g)
        result.bounds.push_back(to_bounds(wanted.low ? found.values.front()[g] : no_bound,
                                          wanted.high ? found.values.back()[g] : no_bound));
    return result;
}

/// The probabilities of the sides that are asked for.
inline std::vector<double> probabilities_of(const tail_options& wanted) {
    std::vector<double> probabilities;
    for (const auto& side : {wanted.low, wanted.high})
        if (side) probabilities.push_back(*side);
    return probabilities;
}

/// Appends the rows of a block that are beyond the bounds of their group. The groups must outlive it.
template <std::floating_point T, score_key Key>
class group_hits {
  public:
    group_hits(const grouping& groups, const std::vector<score_bounds>& bounds) :
        groups_(&groups), tests_(bounds.begin(), bounds.end()) {}

    void operator()(const score_block<T>& block, row_list<T>& found) const {
        for (std::size_t k = 0; k < block.runs; ++k) {
            const auto run = block.run(k);
            groups_->for_stretches(run, [&](const group_stretch& s) { append(run, s, found); });
        }
    }

  private:
    void append(const score_run<T>& run, const group_stretch& s, row_list<T>& found) const {
        const auto group = static_cast<std::size_t>(s.group);
        if (s.step == 0) return append_hits(run, s.begin, s.end, tests_[group], found);
        for (std::size_t k = s.begin; k < s.end; ++k)
            if (tests_[group + (k - s.begin)](run.scores[k])) found.push_back(run.row(k), run.scores[k]);
    }

    const grouping* groups_;
    std::vector<outside_test<T, Key>> tests_;
};

/// Rows beyond the bounds of their group, and these.
template <std::floating_point T>
struct group_tails {
    bounds_of_groups bounds;
    row_list<T> rows; ///< in no order; none where they went to a sink
};

/// The passes to the tails of every group: those of `group_quantiles`, then one that collects the rows beyond them, or
/// hands them on.
template <std::floating_point T, score_key Key, class Sink = no_sink>
class group_tail_passes {
  public:
    using bounding = group_quantile_passes<T, Key>;
    struct state {
        typename bounding::state bounds;
        row_list<T> rows;
    };
    struct plan {};
    static constexpr bool streams = !std::same_as<Sink, no_sink>;

    group_tail_passes(const asked_table<T>& table, tail_options wanted, Sink* sink) :
        wanted_(std::move(wanted)), run_(&table.run), sink_(sink),
        quantiles_(std::make_unique<bounding>(
            ask_group_quantiles<T, Key>("tails", table, grouping(table.axes, wanted_.by),
                                        probabilities_of(wanted_), quantile_rule::linear))),
        order(quantiles_->order) {}

    unsigned passes_left() const {
        if (is_done_) return 0;
        return 1 + (hits_ ? 0 : quantiles_->passes_left());
    }
    std::uint64_t bytes() const { return quantiles_->bytes(); }

    plan begin_pass() {
        if (!hits_) quantiles_->begin_pass();
        return {};
    }
    void look(const plan&, const score_block<T>& block, state& mine) const {
        if (hits_)
            (*hits_)(block, mine.rows);
        else
            quantiles_->look({}, block, mine.bounds);
    }
    void merge(state& into, state& later) const {
        if (hits_)
            move_rows(into.rows, later.rows);
        else
            quantiles_->merge(into.bounds, later.bounds);
    }
    void end_band(state& band) {
        if constexpr (streams) hand_on_band(band.rows, *sink_, *run_);
    }
    void end_pass(state& all) {
        if (hits_) {
            rows_ = std::move(all.rows);
            is_done_ = true;
            return;
        }
        quantiles_->end_pass(all.bounds);
        order = quantiles_->order;
        if (quantiles_->passes_left() != 0) return;
        bounds_ = to_group_bounds(quantiles_->result(), wanted_);
        hits_.emplace(quantiles_->groups(), bounds_.bounds);
        order = streams ? merge_order::rows : merge_order::blocks;
    }

    group_tails<T> result() { return {std::move(bounds_), std::move(rows_)}; }

  private:
    tail_options wanted_;
    const execution* run_;
    Sink* sink_;
    std::unique_ptr<bounding> quantiles_; // the hits refer to its groups
    std::optional<group_hits<T, Key>> hits_;
    bounds_of_groups bounds_;
    row_list<T> rows_;
    bool is_done_ = false;

  public:
    merge_order order;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
