/// @file
/// How many rows each label of a column has.
#ifndef SVDLENS_TABLE_VALUE_COUNTS_HPP
#define SVDLENS_TABLE_VALUE_COUNTS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "by.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/groups/group_places.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "question.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// One label and its rows. Labels may repeat; the group is the identity.
struct value_count {
    std::string label; ///< of several columns, with ", " between
    std::uint64_t count = 0;
    std::uint64_t group = 0; ///< the label's index: the `sub_index` over the axes that the columns span
};

namespace detail {

/// The numbers of each group that occurs.
class group_counts {
  public:
    /// A place for every group, where these are few beside the rows.
    void cover(std::uint64_t groups) {
        places_.cover(groups);
        counts_.resize(places_.size());
    }

    /// Counts listed rows, each by its own group. Of covered groups alone.
    template <std::floating_point T>
    void add_listed(const score_run<T>& run, const grouping& groups) {
        for (std::size_t k = 0; k < run.scores.size(); ++k)
            counts_[static_cast<std::size_t>(groups.group(run.rows[k]))] +=
                static_cast<std::uint64_t>(run.scores[k] == run.scores[k]);
    }

    /// Counts a piece of a run.
    template <std::floating_point T>
    void add(const score_run<T>& run, const group_stretch& s) {
        places_.for_pages(s.group, s.groups(), [&](std::size_t place, std::size_t first, std::size_t groups) {
            std::uint64_t* const counts = at(place);
            const T* const x = run.scores.data() + s.begin + first;
            if (s.step == 0)
                *counts += count_numbers(run.scores.subspan(s.begin, s.size()));
            else
                for (std::size_t k = 0; k < groups; ++k)
                    counts[k] += static_cast<std::uint64_t>(x[k] == x[k]);
        });
    }

    void add(const group_counts& other) {
        other.places_.for_each_page([&](std::uint64_t group, std::size_t from) {
            std::uint64_t* const counts = at(places_.place(group));
            for (std::size_t k = 0; k < group_places::page_size; ++k) counts[k] += other.counts_[from + k];
        });
    }

    /// How many groups there is room for.
    std::size_t size() const { return counts_.size(); }

    /// Groups with numbers, the largest first, without labels.
    std::vector<value_count> entries() const {
        std::vector<value_count> result;
        if (counts_.empty()) return result;
        places_.for_groups([&](std::uint64_t group, std::size_t place) {
            if (counts_[place] != 0) result.push_back({{}, counts_[place], group});
        });
        std::sort(result.begin(), result.end(), [](const value_count& a, const value_count& b) {
            return a.count != b.count ? a.count > b.count : a.group < b.group;
        });
        return result;
    }

  private:
    template <std::floating_point T>
    static std::uint64_t count_numbers(std::span<const T> scores) {
        std::uint64_t numbers = 0;
        for (const T score : scores) numbers += static_cast<std::uint64_t>(score == score);
        return numbers;
    }

    std::uint64_t* at(std::size_t place) {
        if (places_.size() > counts_.size()) counts_.resize(places_.size());
        return counts_.data() + place;
    }

    group_places places_;
    std::vector<std::uint64_t> counts_;
};

/// The numbers of each group: one pass, in any order.
template <std::floating_point T>
class bound_value_counts {
  public:
    using state = group_counts;
    static constexpr merge_order order = merge_order::any;
    struct plan {};

    /// @throws argument_error (invalid_argument) where it is known already that groups are over the budget
    bound_value_counts(const asked_table<T>& table, by_columns columns) :
        axes_(&table.axes), columns_(std::move(columns)), groups_(table.axes, columns_), run_(&table.run) {
        const auto most = (std::min)(groups_.groups(), table.max_rows);
        most_bytes_ = most > run_->memory_budget / bytes_each ? run_->memory_budget : most * bytes_each;
        is_few_ =
            groups_.groups() <= (std::max)((std::min)(few_groups, table.max_rows), table.max_rows / 16) &&
            groups_.groups() <= run_->memory_budget / bytes_each;
        if (table.in_memory || table.tiles != nullptr) check(most); // its rows are all there
    }

    unsigned passes_left() const { return is_done_ ? 0 : 1; }
    std::uint64_t bytes() const { return most_bytes_; }
    plan begin_pass() const { return {}; }
    void look(const plan&, const score_block<T>& block, group_counts& mine) const {
        if (is_few_ && mine.size() == 0) mine.cover(groups_.groups());
        for (std::size_t r = 0; r < block.runs; ++r) {
            const auto run = block.run(r);
            if (is_few_ && run.rows != nullptr)
                mine.add_listed(run, groups_);
            else
                groups_.for_stretches(run, [&](const group_stretch& s) { mine.add(run, s); });
        }
        check((std::min<std::uint64_t>)(mine.size(), groups_.groups()));
    }
    void merge(group_counts& into, group_counts& later) const {
        if (is_few_ && into.size() == 0) into.cover(groups_.groups());
        into.add(std::exchange(later, {}));
        check((std::min<std::uint64_t>)(into.size(), groups_.groups()));
    }
    void end_pass(group_counts& all) {
        counts_ = std::move(all);
        is_done_ = true;
    }

    std::vector<value_count> result() const {
        auto result = counts_.entries();
        for (const auto& name : columns_.names) {
            const resolved_column column(*axes_, name);
            for (auto& entry : result) {
                if (&name != &columns_.names.front()) entry.label += ", ";
                column.append(entry.label, groups_.first_row(entry.group));
            }
        }
        return result;
    }

  private:
    static constexpr std::uint64_t few_groups = 4096;
    static constexpr std::uint64_t bytes_each = sizeof(std::uint64_t) + 1;

    void check(std::uint64_t groups) const {
        check_budget("value_counts", "groups", groups, bytes_each, *run_);
    }

    const axes* axes_;
    by_columns columns_;
    grouping groups_;
    const execution* run_;
    std::uint64_t most_bytes_;
    bool is_few_; ///< groups: each has its place from the start
    group_counts counts_;
    bool is_done_ = false;
};

/// `value_counts` without a source.
struct value_counts_question {
    by_columns columns;

    template <std::floating_point T>
    bound_value_counts<T> bind(const asked_table<T>& table) const {
        return {table, columns};
    }
};

/// `value_counts` of any source.
template <std::floating_point T>
std::vector<value_count> count_labels(const score_source_ref<T>& source, const by_columns& columns,
                                      const execution& run) {
    return ask_one(source, value_counts_question{columns}, run);
}

#ifdef SVDLENS_COMPILED
extern template std::vector<value_count> count_labels(const score_source_ref<float>&, const by_columns&,
                                                      const execution&);
extern template std::vector<value_count> count_labels(const score_source_ref<double>&, const by_columns&,
                                                      const execution&);
#endif

} // namespace detail

/// The rows of each combination of labels of some columns whose score is not NaN: count descending, then by
/// the combination's index. Combinations without such rows are left out. Two indices with the same labels are
/// two entries.
///
/// One pass. Memory: 9 bytes for each group that occurs, which the budget counts, up to eight times as much where few of
/// its neighbours occur, and as much for each thread; the entries with their texts.
/// @throws lookup_error (unknown_column); argument_error (invalid_argument) for more groups than the budget
/// allows
template <score_source S>
std::vector<value_count> value_counts(const S& source, const by_columns& columns, const execution& run = {}) {
    return detail::count_labels<typename S::value_type>(source, columns, run);
}

/// `value_counts` of the labels of one column: `value_counts(scores, "neuron")`.
template <score_source S>
std::vector<value_count> value_counts(const S& source, const std::string& column, const execution& run = {}) {
    return value_counts(source, by(column), run);
}

/// The questions that `value_counts` answers, for `ask`: `value_counts("neuron")`. @{
inline detail::value_counts_question value_counts(by_columns columns) { return {std::move(columns)}; }
inline detail::value_counts_question value_counts(const std::string& column) { return {by(column)}; }
/// @}

/// One line a label: the label left aligned, the count right aligned.
inline std::ostream& operator<<(std::ostream& out, const std::vector<value_count>& counts) {
    std::size_t labels = 0, digits = 0;
    for (const auto& entry : counts) {
        labels = (std::max)(labels, entry.label.size());
        digits = (std::max)(digits, to_text(entry.count).size());
    }
    for (const auto& entry : counts) {
        const auto number = to_text(entry.count);
        const auto gap = labels - entry.label.size() + 2 + digits - number.size();
        out << entry.label << std::string(gap, ' ') << number << '\n';
    }
    return out;
}

} // namespace svdlens::inline v0_2

#endif
