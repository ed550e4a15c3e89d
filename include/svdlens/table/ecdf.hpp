/// @file
/// Empirical distribution functions, of a table and of each of its groups.
#ifndef SVDLENS_TABLE_ECDF_HPP
#define SVDLENS_TABLE_ECDF_HPP

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/groups/group_scores.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "detail/order/order_image.hpp"
#include "detail/order/rank_passes.hpp"
#include "detail/order/rank_question.hpp"
#include "detail/order/rank_search.hpp"
#include "detail/order/top_digits.hpp"
#include "detail/order/value_tally.hpp"
#include "question.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// Steps of an empirical distribution: shares[k] of the scores are at most values[k]. Both ascend strictly;
/// the last share is 1.
struct ecdf_steps {
    std::vector<double> values;
    std::vector<double> shares;
    std::uint64_t count = 0; ///< scores that are not NaN
    std::uint64_t nan_count = 0;
};

namespace detail {

inline void check_points(std::size_t points) {
    if (points < 2)
        throw argument_error(errc::invalid_argument,
                             "ecdf: expected at least 2 points, found " + to_text(points));
}

/// The score, with one zero for both, which are equal and make one step.
struct one_zero {
    template <std::floating_point T>
    T operator()(T score) const {
        return score + T(0);
    }
};

/// Adds the step at the next value; a step at the same value goes up.
inline void add_step(ecdf_steps& steps, double value, std::uint64_t at_most) {
    const double share = static_cast<double>(at_most) / static_cast<double>(steps.count);
    if (!steps.values.empty() && steps.values.back() == value) {
        steps.shares.back() = share;
        return;
    }
    steps.values.push_back(value);
    steps.shares.push_back(share);
}

/// `points` ranks of n > 0 at even distances, the first and the last among them; all where n is not more.
inline std::vector<std::uint64_t> even_ranks(std::uint64_t n, std::size_t points) {
    const std::uint64_t count = (std::min<std::uint64_t>)(n, points);
    std::vector<std::uint64_t> ranks;
    for (std::uint64_t k = 0; k < count; ++k) {
        const std::uint64_t gaps = (std::max<std::uint64_t>)(count - 1, 1);
        ranks.push_back((n - 1) / gaps * k + (n - 1) % gaps * k / gaps);
    }
    return ranks;
}

/// Tallies the values of a block until there are too many.
template <std::floating_point T>
void tally(const score_block<T>& block, value_tally<T>& values) {
    for (std::size_t k = 0; k < block.runs && !values.is_over(); ++k) {
        for (const T score : block.run(k).scores) {
            if (score != score) continue;
            values.add(order_image(one_zero{}(score)));
            if (values.is_over()) return;
        }
    }
}

/// How often each value occurs, unless there are too many: one pass.
template <std::floating_point T>
class tally_question {
  public:
    using state = value_tally<T>;
    static constexpr merge_order order = merge_order::any;
    struct plan {};

    explicit tally_question(std::size_t most) :
        most_(most), found_(std::make_shared<value_tally<T>>()),
        over_(std::make_unique<std::atomic<bool>>(false)) {}

    unsigned passes_left() const { return is_done_ ? 0 : 1; }
    plan begin_pass() const { return {}; }
    void look(const plan&, const score_block<T>& block, value_tally<T>& mine) const {
        if (over_->load(std::memory_order_relaxed)) return;
        if (mine.is_new()) mine = value_tally<T>(most_);
        tally(block, mine);
        if (mine.is_over()) over_->store(true, std::memory_order_relaxed);
    }
    void merge(value_tally<T>& into, value_tally<T>& later) const {
        if (into.is_new()) into = value_tally<T>(most_);
        into.add(later);
        later = {};
    }
    void end_pass(value_tally<T>& all) {
        *found_ = all.is_new() ? value_tally<T>(most_) : std::move(all);
        is_done_ = true;
    }

    /// What is found when the pass has ended.
    std::shared_ptr<const value_tally<T>> found() const { return found_; }
    const value_tally<T>& result() const { return *found_; }

  private:
    std::size_t most_;
    std::shared_ptr<value_tally<T>> found_;
    std::unique_ptr<std::atomic<bool>> over_;
    bool is_done_ = false;
};

/// The steps at evenly spaced ranks, or at all values where these are few.
template <std::floating_point T>
class wanted_steps {
  public:
    wanted_steps(std::size_t points, std::shared_ptr<const value_tally<T>> values) :
        points_(points), values_(std::move(values)) {}

    bool is_empty() const { return false; }
    std::vector<std::uint64_t> ranks(const top_digits<T>& top) {
        steps_.count = top.size();
        steps_.nan_count = top.nan_count();
        if (values_->is_over()) ranks_ = even_ranks(steps_.count, points_);
        return ranks_;
    }
    ecdf_steps result(const scores_at_ranks<T>& found) {
        std::uint64_t at_most = 0;
        if (!values_->is_over())
            for (const auto& entry : values_->entries())
                add_step(steps_, static_cast<double>(from_order_image<T>(entry.first)),
                         at_most += entry.second);
        for (const auto rank : ranks_)
            add_step(steps_, static_cast<double>(found(rank).score), found(rank).at_most);
        return std::move(steps_);
    }

  private:
    std::size_t points_;
    std::shared_ptr<const value_tally<T>> values_;
    std::vector<std::uint64_t> ranks_;
    ecdf_steps steps_;
};

/// The values and the ranks of a distribution, asked together.
template <std::floating_point T>
class bound_ecdf {
  public:
    bound_ecdf(const asked_table<T>& table, std::size_t points) :
        values_(static_cast<std::size_t>((std::min<std::uint64_t>)(points, table.max_rows))),
        steps_(wanted_steps<T>(points, values_.found())) {}

    template <class Use>
    void parts(const Use& use) {
        use(values_); // its pass ends before that of the ranks does, which depend on it
        use(steps_);
    }
    ecdf_steps result() { return steps_.result(); }

  private:
    tally_question<T> values_;
    rank_question<T, one_zero, wanted_steps<T>> steps_;
};

/// `ecdf` without a source.
struct ecdf_question {
    std::size_t points = 512;

    template <std::floating_point T>
    bound_ecdf<T> bind(const asked_table<T>& table) const {
        check_points(points);
        return {table, points};
    }
};

} // namespace detail

/// The empirical distribution of the scores, exactly: a step at every value where there are at most `points`
/// different ones, else steps at the values of `points` evenly spaced ranks, the lowest and the highest among
/// them (equal values make one step). Every share is exact: the share of scores that are at most that value.
/// NaN scores are counted and left out, infinities are values, the two zeros are one. Does not depend on
/// blocks or threads.
///
/// One pass where the values are few, else those of `quantiles` for as many probabilities as points: 3 to
/// 6 for float scores and 512 points. Memory: threads * (256 KiB + 64 bytes a point + block), then up to
/// 33 MiB.
/// @throws argument_error (invalid_argument) for fewer than two points
template <score_source S>
ecdf_steps ecdf(const S& source, std::size_t points, const execution& run = {}) {
    return detail::ask_one<typename S::value_type>(source, detail::ecdf_question{points}, run);
}

/// In 512 points at most.
template <score_source S>
ecdf_steps ecdf(const S& source, const execution& run = {}) {
    return ecdf(source, 512, run);
}

/// The distributions of the groups that have rows, ascending. A group's number is its row number in `axes`,
/// the table's axes without those that are not grouped by.
struct group_ecdf_steps {
    svdlens::axes axes;
    std::vector<row_number> rows;
    std::vector<ecdf_steps> steps; ///< one a row; without a step where all scores are NaN
};

namespace detail {

/// An aggregate: how many scores are NaN.
struct nan_total {
    using state = std::uint64_t;
    static constexpr auto nan = nan_scores::kept;
    template <class Score>
    static void add(state& total, Score score) {
        total += static_cast<state>(score != score);
    }
    static void merge(state& total, state other) { total += other; }
    static double value(state total) { return static_cast<double>(total); }
};

/// The steps of images, which are sorted.
template <std::floating_point T>
void add_steps(std::span<image_type<T>> images, std::size_t points, ecdf_steps& steps) {
    steps.count = images.size();
    if (images.empty()) return;
    std::sort(images.begin(), images.end());
    std::size_t different = 1;
    for (std::size_t k = 1; k < images.size(); ++k)
        different += static_cast<std::size_t>(images[k] != images[k - 1]);
    for (const auto rank : even_ranks(images.size(), different <= points ? images.size() : points)) {
        const auto value = images[static_cast<std::size_t>(rank)];
        const auto after =
            std::upper_bound(images.begin() + static_cast<std::ptrdiff_t>(rank), images.end(), value);
        add_step(steps, static_cast<double>(from_order_image<T>(value)),
                 static_cast<std::uint64_t>(after - images.begin()));
    }
}

/// The distributions of the groups whose scores are gathered.
template <std::floating_point T>
class gathered_steps {
  public:
    explicit gathered_steps(std::size_t points) : points_(points) {}

    template <class Counts>
    void begin(const Counts& counts, const group_sizes& sizes) {
        rows_ = sizes.present;
        counts.for_groups([&](std::uint64_t, std::size_t place) {
            steps_.push_back({});
            steps_.back().nan_count = counts.template states<1>()[place];
        });
    }
    void use(std::size_t group, std::span<image_type<T>> images) {
        const auto at = std::lower_bound(rows_.begin(), rows_.end(), group);
        if (at == rows_.end() || *at != group) return;
        add_steps<T>(images, points_, steps_[static_cast<std::size_t>(at - rows_.begin())]);
    }
    std::pair<std::vector<row_number>, std::vector<ecdf_steps>> result() {
        return {std::move(rows_), std::move(steps_)};
    }

  private:
    std::size_t points_;
    std::vector<row_number> rows_;
    std::vector<ecdf_steps> steps_; ///< one a row
};

/// `ecdf` of groups.
template <std::floating_point T>
class bound_group_ecdf {
  public:
    bound_group_ecdf(const asked_table<T>& table, const by_columns& columns, std::size_t points) :
        axes_(group_axes(table.axes, columns)),
        passes_("ecdf", table, grouping(table.axes, columns), bytes_each, gathered_steps<T>(points)) {}

    template <class Use>
    void parts(const Use& use) {
        use(passes_);
    }
    group_ecdf_steps result() {
        auto [rows, steps] = passes_.result();
        return {std::move(axes_), std::move(rows), std::move(steps)};
    }

  private:
    static constexpr std::uint64_t bytes_each = 8 + 8 + 1 + 8 + 8;

    axes axes_;
    group_images_question<T, one_zero, gathered_steps<T>, nan_total> passes_;
};

/// `ecdf` of groups without a source.
struct group_ecdf_question {
    by_columns columns;
    std::size_t points = 512;

    template <std::floating_point T>
    bound_group_ecdf<T> bind(const asked_table<T>& table) const {
        check_points(points);
        return {table, columns, points};
    }
};

} // namespace detail

/// The empirical distribution of every group of rows that agree in the columns, each as `ecdf` has it: a
/// group without a row is absent, one of NaN scores only has no steps. `points` are those of a group.
///
/// One pass counts, one gathers the scores of the groups: more where the budget does not hold all scores.
/// O(rows log rows of a group). Memory: sizeof(T) bytes a score and 33 bytes a group, at most the budget; 16
/// bytes a step, and a block for each thread.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for fewer than two points, or when the budget does not hold what
/// the groups need or the scores of one group
template <score_source S>
group_ecdf_steps ecdf(const S& source, const by_columns& columns, std::size_t points,
                      const execution& run = {}) {
    return detail::ask_one<typename S::value_type>(source, detail::group_ecdf_question{columns, points}, run);
}

/// In 512 points a group at most.
template <score_source S>
group_ecdf_steps ecdf(const S& source, const by_columns& columns, const execution& run = {}) {
    return ecdf(source, columns, 512, run);
}

/// The questions that `ecdf` answers, for `ask`: `ecdf(512)`, `ecdf(by("head"))`. @{
inline detail::ecdf_question ecdf(std::size_t points = 512) { return {points}; }
inline detail::group_ecdf_question ecdf(by_columns columns, std::size_t points = 512) {
    return {std::move(columns), points};
}
/// @}

} // namespace svdlens::inline v0_2

#endif
