/// @file
/// How many rows each label of a column has.
#ifndef SVDLENS_TABLE_VALUE_COUNTS_HPP
#define SVDLENS_TABLE_VALUE_COUNTS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "by.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "scan.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

/// One label and its rows. Labels may repeat; the group is the identity.
struct value_count {
    std::string label; ///< of several columns, with ", " between
    std::uint64_t count = 0;
    std::uint64_t group = 0; ///< the label's index: the `sub_index` over the axes that the columns span
};

namespace detail {

/// The numbers of every group.
template <std::floating_point T>
std::vector<std::uint64_t> count_numbers(const score_source_ref<T>& source, const grouping& groups,
                                         const execution& run) {
    return aggregate_groups(source, groups, std::tuple<aggregates::count>(), run).template states<0>();
}

/// Of listed rows: each worker counts for itself, where groups are no more than the rows of a few blocks.
template <std::floating_point T>
std::vector<std::uint64_t> count_numbers(const basic_selection<T>& rows, const grouping& groups,
                                         const execution& run) {
    using counts = std::vector<std::uint64_t>;
    constexpr std::uint64_t most = std::uint64_t{1} << 18;
    if (groups.groups() > most) return count_numbers(score_source_ref<T>(rows), groups, run);
    counts all(static_cast<std::size_t>(groups.groups()));
    scan<counts>(
        rows, run,
        [&](const auto& block, counts& mine) {
            mine.resize(all.size());
            const auto listed = block.run(0);
            for (std::size_t k = 0; k < listed.scores.size(); ++k)
                mine[static_cast<std::size_t>(groups.group(listed.row(k)))] +=
                    static_cast<std::uint64_t>(listed.scores[k] == listed.scores[k]);
        },
        [&](const counts& mine) {
            for (std::size_t group = 0; group < mine.size(); ++group) all[group] += mine[group];
        });
    return all;
}

/// `value_counts` of a source that `count_numbers` takes.
template <class Source>
std::vector<value_count> count_labels(const Source& source, const by_columns& columns, const execution& run) {
    const grouping groups(source.axes(), columns);
    check_budget("value_counts", "groups", groups.groups(), sizeof(std::uint64_t) + 1, run);
    const auto counts = count_numbers(source, groups, run);
    std::vector<value_count> result;
    for (std::size_t group = 0; group < counts.size(); ++group)
        if (counts[group] != 0) result.push_back({{}, counts[group], group});
    std::stable_sort(result.begin(), result.end(),
                     [](const value_count& a, const value_count& b) { return a.count > b.count; });
    for (const auto& name : columns.names) {
        const resolved_column column(source.axes(), name);
        for (auto& entry : result) {
            if (&name != &columns.names.front()) entry.label += ", ";
            column.append(entry.label, groups.first_row(entry.group));
        }
    }
    return result;
}

#ifdef SVDLENS_COMPILED
extern template std::vector<value_count> count_labels(const score_source_ref<float>&, const by_columns&,
                                                      const execution&);
extern template std::vector<value_count> count_labels(const score_source_ref<double>&, const by_columns&,
                                                      const execution&);
extern template std::vector<value_count> count_labels(const basic_selection<float>&, const by_columns&,
                                                      const execution&);
extern template std::vector<value_count> count_labels(const basic_selection<double>&, const by_columns&,
                                                      const execution&);
#endif

} // namespace detail

/// The rows of each combination of labels of some columns whose score is not NaN: count descending, then by
/// the combination's index. Combinations without such rows are left out. Two indices with the same labels are
/// two entries.
///
/// One pass. Memory: 9 bytes a group, which the budget counts, and at most as much for each row of a block
/// for each thread; of a selection 8 bytes a group for each thread; the entries with their texts.
/// @throws lookup_error (unknown_column); argument_error (invalid_argument) for more groups than the budget
/// or 2^28 allow
template <score_source S>
std::vector<value_count> value_counts(const S& source, const by_columns& columns, const execution& run = {}) {
    using T = typename S::value_type;
    if constexpr (std::same_as<S, basic_selection<T>>)
        return detail::count_labels(source, columns, run);
    else
        return detail::count_labels<score_source_ref<T>>(source, columns, run);
}

/// `value_counts` of the labels of one column: `value_counts(scores, "neuron")`.
template <score_source S>
std::vector<value_count> value_counts(const S& source, const std::string& column, const execution& run = {}) {
    return value_counts(source, by(column), run);
}

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
