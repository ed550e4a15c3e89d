/// @file
/// The tails of a table, or of each of its groups, with the quantiles that bound them: in memory or streamed
/// in row order.
#ifndef SVDLENS_TABLE_TAILS_HPP
#define SVDLENS_TABLE_TAILS_HPP

#include <concepts>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "bounds.hpp"
#include "by.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/rows/row_list.hpp"
#include "detail/rows/row_question.hpp"
#include "detail/tails/bounds.hpp"
#include "detail/tails/found_tails.hpp"
#include "detail/tails/group_tails.hpp"
#include "detail/tails/row_stream.hpp"
#include "detail/tails/tail_question.hpp"
#include "question.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

/// The exact quantiles that bound tails (rule `linear`): for each side a table of the groups that have rows,
/// whose scores are the bounds. NaN where a side was not asked for, or where a group has no number; a zero is
/// +0. Without groups both are tables of no axis, with one row.
struct tail_bounds {
    basic_selection<double> low;
    basic_selection<double> high;

    /// The bounds of the whole table, as `outside` takes them.
    /// @throws argument_error (invalid_argument) where they are those of groups
    score_bounds whole() const {
        if (low.axes().rank() != 0)
            throw argument_error(errc::invalid_argument,
                                 "tails: expected bounds of the whole table, found those of " +
                                     to_text(low.size()) + " groups");
        return {low.score_at(0), high.score_at(0)};
    }
};

/// The rows strictly beyond two quantiles, and the quantiles.
template <std::floating_point T>
struct basic_tails {
    tail_bounds bounds;
    basic_selection<T> rows; ///< ascending
};

using tails = basic_tails<float>;

namespace detail {

/// The bounds as tables of some groups.
template <class BoundsOf>
tail_bounds to_tail_bounds(const axes& groups, const std::vector<row_number>& rows,
                           const BoundsOf& bounds_of) {
    std::vector<double> low, high;
    for (const auto row : rows) {
        const score_bounds bounds = bounds_of(row);
        low.push_back(bounds.low);
        high.push_back(bounds.high);
    }
    return {basic_selection<double>(groups, rows, std::move(low)),
            basic_selection<double>(groups, rows, std::move(high))};
}

/// Those of the whole table, which is one group.
inline tail_bounds to_tail_bounds(const axes& table, const score_bounds& bounds) {
    return to_tail_bounds(group_axes(table, {}), {0}, [&](row_number) { return bounds; });
}

/// Those of the groups that have rows.
inline tail_bounds to_tail_bounds(const axes& table, const by_columns& columns,
                                  const bounds_of_groups& found) {
    return to_tail_bounds(group_axes(table, columns), found.present,
                          [&](row_number group) { return found.bounds[static_cast<std::size_t>(group)]; });
}

/// The tails of a table and their bounds: of the whole, or of every group.
template <std::floating_point T, score_key Key, class Sink>
class bound_tails {
  public:
    bound_tails(const asked_table<T>& table, const tail_options& wanted, Sink* sink) :
        axes_(&table.axes), by_(wanted.by) {
        check_tails(wanted);
        if (by_.names.empty())
            whole_ = std::make_unique<whole>(table, wanted, sink);
        else
            grouped_ = std::make_unique<grouped>(table, wanted, sink);
    }

    template <class Use>
    void parts(const Use& use) {
        if (whole_)
            use(*whole_);
        else
            use(*grouped_);
    }

    /// The bounds alone where the rows went to a sink.
    auto result() {
        auto found = whole_ ? tails_of(*whole_) : tails_of(*grouped_);
        if constexpr (std::same_as<Sink, no_sink>)
            return found;
        else
            return std::move(found.bounds);
    }

  private:
    using whole = tail_passes<T, Key, Sink>;
    using grouped = group_tail_passes<T, Key, Sink>;

    basic_tails<T> tails_of(whole& passes) const {
        auto found = passes.result();
        return {to_tail_bounds(*axes_, found.bounds), to_selection(*axes_, std::move(found.rows))};
    }
    basic_tails<T> tails_of(grouped& passes) const {
        auto found = passes.result();
        return {to_tail_bounds(*axes_, by_, found.bounds), to_selection(*axes_, std::move(found.rows))};
    }

    const axes* axes_;
    by_columns by_;
    std::unique_ptr<whole> whole_; // one of the two
    std::unique_ptr<grouped> grouped_;
};

/// `find_tails` without a source.
template <score_key Key>
struct tails_question {
    tail_options wanted;

    template <std::floating_point T>
    bound_tails<T, Key, no_sink> bind(const asked_table<T>& table) const {
        return {table, wanted, nullptr};
    }
};

/// `outside_quantiles` without a source: the tails without their bounds.
template <score_key Key>
struct tail_rows_question {
    tail_options wanted;

    template <std::floating_point T>
    class bound {
      public:
        explicit bound(bound_tails<T, Key, no_sink> tails) : tails_(std::move(tails)) {}

        template <class Use>
        void parts(const Use& use) {
            tails_.parts(use);
        }
        basic_selection<T> result() { return tails_.result().rows; }

      private:
        bound_tails<T, Key, no_sink> tails_;
    };

    template <std::floating_point T>
    bound<T> bind(const asked_table<T>& table) const {
        return bound<T>({table, wanted, nullptr});
    }
};

/// `for_each_tail` without a source. Refers to the sink.
template <score_key Key, class Sink>
struct tail_sink_question {
    tail_options wanted;
    Sink* sink;

    template <std::floating_point T>
    bound_tails<T, Key, Sink> bind(const asked_table<T>& table) const {
        check_sink("for_each_tail", table.axes, *sink);
        return {table, wanted, sink};
    }
};

/// `for_each_outside` without a source. Refers to the sink.
template <score_key Key, class Sink>
struct outside_sink_question {
    score_bounds bounds;
    Sink* sink;

    template <std::floating_point T>
    sink_question<T, hits_of<outside_test<T, Key>>, Sink> bind(const asked_table<T>& table) const {
        check_sink("for_each_outside", table.axes, *sink);
        return {hits_of(outside_test<T, Key>(bounds)), *sink, table.run};
    }
};

/// `find_tails` of any source.
template <score_key Key, std::floating_point T>
basic_tails<T> find_tails_of(const score_source_ref<T>& source, const tail_options& wanted,
                             const execution& run) {
    return ask_one(source, tails_question<Key>{wanted}, run);
}

#ifdef SVDLENS_COMPILED
extern template basic_tails<float> find_tails_of<signed_score>(const score_source_ref<float>&,
                                                               const tail_options&, const execution&);
extern template basic_tails<double> find_tails_of<signed_score>(const score_source_ref<double>&,
                                                                const tail_options&, const execution&);
extern template basic_tails<float> find_tails_of<magnitude>(const score_source_ref<float>&,
                                                            const tail_options&, const execution&);
extern template basic_tails<double> find_tails_of<magnitude>(const score_source_ref<double>&,
                                                             const tail_options&, const execution&);
#endif

} // namespace detail

/// The rows strictly beyond exact quantiles of the source (rule `linear`) in ascending row order, with those
/// quantiles: `find_tails(scores, {.low = 0.001, .high = 0.999})`, or those of every group:
/// `find_tails(scores, {.low = 0.001, .high = 0.999, .by = by("head")})`. `find_tails<magnitude>` takes the
/// quantiles of |score|, compares |score|, and keeps the signed scores. A quantile that is zero is +0. A
/// group without numbers keeps no row.
///
/// Passes without groups, chosen by the source and the options:
/// - one, where the scores are not in memory and the tails are at most an eighth of the rows: what lies
///   beyond running bounds is kept, and the bounds come from it.
/// - else two: the highest digits of the scores are counted (256 KiB a thread and 256 KiB), then the tails
///   and the few rows about their ends collected, up to half as many more. One pass more where very many
///   rows are about the ends (equal scores, or all within a few per cent of each other), three where scores
///   are double.
///
/// Memory: 40 + 2 sizeof(T) bytes for each row that the tails can have, and the budget holds them.
///
/// With groups: the passes of `group_quantiles` and one more. Memory: its budget, then 32 bytes a group, 32
/// more for the bounds, and that of `outside`.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for a probability outside [0, 1], a low one above the high one,
/// tails that are over the memory budget (`for_each_tail` streams those), or when it does not hold what the
/// groups need or the scores of one group
/// @throws cancelled_error when `run.stop` becomes true
template <score_key Key = signed_score, score_source S>
basic_tails<typename S::value_type> find_tails(const S& source, const tail_options& wanted,
                                               const execution& run = {}) {
    return detail::find_tails_of<Key, typename S::value_type>(source, wanted, run);
}

/// The question that `find_tails` answers, for `ask`: `find_tails({.low = 0.001, .high = 0.999})`.
template <score_key Key = signed_score>
detail::tails_question<Key> find_tails(const tail_options& wanted) {
    return {wanted};
}

/// Calls `sink(run)` with the rows outside the bounds, in ascending row order, as they are found, at most
/// 2^14 a call: `for_each_outside(scores, {.low = -0.5, .high = 0.5}, csv)`;
/// `for_each_outside<magnitude>` compares
/// |score|. Bounds as in `outside`. The sink is called by one thread at a time; the run is gone after the call.
///
/// One pass. Memory: a block for each thread and the rows found in a band of tiles (the same lines across all
/// columns), 40 + 2 sizeof(T) bytes each: it does not grow with the number of rows.
/// Sources without bands (selections, and narrowed ones) are collected first, as `outside` does.
/// @throws argument_error (invalid_axes) for a sink of another table's rows (`sink.axes()`, where it has that)
/// @throws what the sink throws, once; cancelled_error when `run.stop` becomes true
template <score_key Key = signed_score, score_source S, class Sink>
    requires(detail::row_sink<Sink, typename S::value_type>)
void for_each_outside(const S& source, const score_bounds& bounds, Sink&& sink, const execution& run = {}) {
    using T = typename S::value_type;
    detail::ask_one<T>(source,
                       detail::outside_sink_question<Key, std::remove_reference_t<Sink>>{bounds, &sink}, run);
}

/// The tails of any size: their rows go to the sink as those of `for_each_outside` do, and their bounds
/// are returned.
///
/// Where `find_tails` takes one pass, that is all. Else the bounds are found as `quantiles` finds them, or
/// `group_quantiles`, and the rows are streamed: one pass more than these, and no row is held.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for a probability outside [0, 1] or a low one above the high
/// one, or when the budget does not hold what the groups need or the scores of one group; (invalid_axes) as
/// `for_each_outside`
/// @throws what the sink throws, once; cancelled_error when `run.stop` becomes true
template <score_key Key = signed_score, score_source S, class Sink>
    requires(detail::row_sink<Sink, typename S::value_type>)
tail_bounds for_each_tail(const S& source, const tail_options& wanted, Sink&& sink,
                          const execution& run = {}) {
    using T = typename S::value_type;
    return detail::ask_one<T>(
        source, detail::tail_sink_question<Key, std::remove_reference_t<Sink>>{wanted, &sink}, run);
}

/// The question that `outside_quantiles` (outside.hpp) answers, for `ask`: the rows of the tails without their bounds.
template <score_key Key = signed_score>
detail::tail_rows_question<Key> outside_quantiles(double low_probability, double high_probability,
                                                  by_columns columns = {}) {
    return {{.low = low_probability, .high = high_probability, .by = std::move(columns)}};
}

/// The questions that `for_each_outside` and `for_each_tail` answer, for `ask`. The sink must outlive the asking. @{
template <score_key Key = signed_score, class Sink>
detail::outside_sink_question<Key, Sink> for_each_outside(const score_bounds& bounds, Sink& sink) {
    return {bounds, &sink};
}
template <score_key Key = signed_score, class Sink>
detail::tail_sink_question<Key, Sink> for_each_tail(const tail_options& wanted, Sink& sink) {
    return {wanted, &sink};
}
/// @}

} // namespace svdlens::inline v0_2

#endif
