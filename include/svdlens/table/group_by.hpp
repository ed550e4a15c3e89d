/// @file
/// Aggregates of groups: one row a group, one column an aggregate.
#ifndef SVDLENS_TABLE_GROUP_BY_HPP
#define SVDLENS_TABLE_GROUP_BY_HPP

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "by.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/groups/group_columns.hpp"
#include "detail/groups/group_states.hpp"
#include "question.hpp"
#include "score_columns.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

/// What `group_by` makes: the groups that have rows, ascending, with a column an aggregate, which is found by
/// its type. A group's number is its row number in `axes()`, the table's axes without those that were
/// aggregated over. It prints and goes by as `score_columns`; with one aggregate it is a table itself, on which all verbs
/// work: `top_k(group_by(scores, by("head"), aggregates::mean{}), 5)`. Memory: 8 + 8 * aggregates bytes a group.
template <aggregate... A>
class grouped_columns {
  public:
    using value_type = double;

    /// @throws argument_error (invalid_argument) when there are not as many columns as aggregates
    explicit grouped_columns(score_columns columns) : columns_(std::move(columns)) {
        if (columns_.names().size() != sizeof...(A))
            throw argument_error(errc::invalid_argument,
                                 "grouped columns: expected " + to_text(sizeof...(A)) +
                                     " columns, one an aggregate, found " + to_text(columns_.names().size()));
    }

    /// All columns, in the order of the aggregates and by their names. @{
    const score_columns& columns() const& { return columns_; }
    score_columns columns() && { return std::move(columns_); }
    operator score_columns() const& { return columns_; }
    operator score_columns() && { return std::move(columns_); }
    /// @}

    const svdlens::axes& axes() const { return columns_.axes(); }
    std::size_t size() const { return columns_.size(); }
    bool empty() const { return columns_.empty(); }
    std::span<const row_number> rows() const& { return columns_.rows(); }
    std::vector<row_number> rows() && { return std::move(columns_).rows(); }

    /// The column of the aggregate of that type as the scores of a table of its own, on which all verbs work:
    /// `get<aggregates::mean>()`. @{
    template <aggregate X>
    basic_selection<double> get() const& {
        return columns_.column(position<X>());
    }
    template <aggregate X>
    basic_selection<double> get() && {
        return std::move(columns_).column(position<X>());
    }
    /// @}

    /// A table of one aggregate is that column. @{
    operator basic_selection<double>() const&
        requires(sizeof...(A) == 1)
    {
        return columns_.column(0);
    }
    operator basic_selection<double>() &&
            requires(sizeof...(A) == 1)
    {
        return std::move(columns_).column(0);
    }
    /// @}

    /// The rows of a table of one aggregate: `score_source.hpp` says what they are. @{
    std::uint64_t max_rows() const
        requires(sizeof...(A) == 1)
    {
        return size();
    }
    std::size_t blocks() const
        requires(sizeof...(A) == 1)
    {
        return (size() + block_rows - 1) / block_rows;
    }
    score_block<double> block(std::size_t i, block_buffer<double>&) const
        requires(sizeof...(A) == 1)
    {
        const std::size_t first = i * block_rows, count = (std::min)(block_rows, size() - first);
        return {
            columns_.values(std::size_t{0}).data() + first, 1, count, count, nullptr, rows().data() + first};
    }
    row_number row_at(std::size_t k) const
        requires(sizeof...(A) == 1)
    {
        return rows()[k];
    }
    double score_at(std::size_t k) const
        requires(sizeof...(A) == 1)
    {
        return columns_.values(std::size_t{0})[k];
    }
    /// @}

  private:
    static constexpr std::size_t block_rows = std::size_t{1} << 16;

    template <class X>
    static constexpr std::size_t position() {
        constexpr std::array<bool, sizeof...(A)> same{std::same_as<X, A>...};
        static_assert((std::same_as<X, A> || ...), "group_by was not asked for this aggregate");
        std::size_t k = 0;
        while (!same[k]) ++k;
        return k;
    }

    score_columns columns_;
};

/// The groups and their columns as text, first and last rows.
template <aggregate... A>
std::string to_string(const grouped_columns<A...>& table) {
    return to_string(table.columns());
}

template <aggregate... A>
std::ostream& operator<<(std::ostream& out, const grouped_columns<A...>& table) {
    return out << table.columns();
}

namespace detail {

/// `group_by` of a table.
template <std::floating_point T, aggregate... A>
class bound_group_by {
  public:
    bound_group_by(const asked_table<T>& table, const by_columns& columns,
                   const std::tuple<A...>& aggregates) :
        columns_("group_by", table, table.axes.spanned_axes(columns.names), aggregates, 0) {}

    template <class Use>
    void parts(const Use& use) {
        use(columns_);
    }
    grouped_columns<A...> result() { return grouped_columns<A...>(columns_.result()); }

  private:
    bound_columns<T, A...> columns_;
};

/// `group_by` without a source.
template <aggregate... A>
struct group_by_question {
    by_columns columns;
    std::tuple<A...> aggregates;

    template <std::floating_point T>
    bound_group_by<T, A...> bind(const asked_table<T>& table) const {
        return {table, columns, aggregates};
    }
};

} // namespace detail

/// The question that `group_by` answers, for `ask`: `group_by(by("head"), aggregates::mean{})`. @{
template <aggregate... A>
detail::group_by_question<A...> group_by(const by_columns& columns, const std::tuple<A...>& aggregates) {
    return {columns, aggregates};
}
template <aggregate... A>
    requires(sizeof...(A) > 0)
detail::group_by_question<A...> group_by(const by_columns& columns, const A&... aggregates) {
    return {columns, std::tuple<A...>(aggregates...)};
}
/// @}

/// Aggregates of every group of rows that agree in the columns:
/// @code
/// auto heads = group_by(scores, by("layer", "head"), std::tuple{aggregates::mean{}, aggregates::energy{}});
/// auto means = heads.get<aggregates::mean>();   // a table over layer and head
/// @endcode
/// A group without a row is absent; one of NaN scores only is there, with what its aggregate gives for no number
/// (`single`: NaN). The same bits for any number of threads and for stored against lazy; extremes and counts
/// depend on no cut into blocks either.
///
/// One pass, O(rows). Memory, of which the budget counts all but the last: for each group that occurs 1 + 8
/// (sum, count, double extremes; 4: float extremes; 16: mean, single; 24: std) bytes, up to eight times as much where
/// few of its neighbours occur, 8 + 8 * aggregates for the result, and for each thread a block and as much for each row of
/// a 256th of the blocks at most.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for more groups than the memory budget
/// allows
template <score_source S, aggregate... A>
grouped_columns<A...> group_by(const S& source, const by_columns& columns, const std::tuple<A...>& aggregates,
                               const execution& run = {}) {
    static_assert(sizeof...(A) > 0, "group_by: name at least one aggregate");
    return detail::ask_one<typename S::value_type>(source, group_by(columns, aggregates), run);
}

/// One aggregate: `group_by(scores, by("head"), aggregates::abs_max{}, {.threads = 4})`.
template <score_source S, aggregate A>
grouped_columns<A> group_by(const S& source, const by_columns& columns, const A& a,
                            const execution& run = {}) {
    return group_by(source, columns, std::tuple<A>(a), run);
}

/// Several aggregates, with the default `execution`: `group_by(scores, by("head"),
/// aggregates::mean{}, aggregates::max{})`.
template <score_source S, aggregate A, aggregate B, aggregate... More>
grouped_columns<A, B, More...> group_by(const S& source, const by_columns& columns, const A& a, const B& b,
                                        const More&... more) {
    return group_by(source, columns, std::tuple<A, B, More...>(a, b, more...));
}

} // namespace svdlens::inline v0_2

#endif
