/// @file
/// Rows beyond bounds, given or as exact quantiles of the table or of their group.
#ifndef SVDLENS_TABLE_OUTSIDE_HPP
#define SVDLENS_TABLE_OUTSIDE_HPP

#include <concepts>
#include <utility>

#include "../core/execution.hpp"
#include "bounds.hpp"
#include "by.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/rows/row_question.hpp"
#include "detail/tails/bounds.hpp"
#include "question.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "tails.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// `outside` without a source.
template <score_key Key>
struct outside_question {
    score_bounds bounds;

    template <std::floating_point T>
    row_question<T, hits_of<outside_test<T, Key>>> bind(const asked_table<T>& table) const {
        return {table.axes, hits_of(outside_test<T, Key>(bounds))};
    }
};

/// `outside` of any source.
template <score_key Key, std::floating_point T>
basic_selection<T> find_outside(const score_source_ref<T>& source, const score_bounds& bounds,
                                const execution& run) {
    return ask_one(source, outside_question<Key>{bounds}, run);
}

#ifdef SVDLENS_COMPILED
extern template basic_selection<float> find_outside<signed_score>(const score_source_ref<float>&,
                                                                  const score_bounds&, const execution&);
extern template basic_selection<double> find_outside<signed_score>(const score_source_ref<double>&,
                                                                   const score_bounds&, const execution&);
extern template basic_selection<float> find_outside<magnitude>(const score_source_ref<float>&,
                                                               const score_bounds&, const execution&);
extern template basic_selection<double> find_outside<magnitude>(const score_source_ref<double>&,
                                                                const score_bounds&, const execution&);
#endif

} // namespace detail

/// The rows whose score is strictly below `bounds.low` or strictly above `bounds.high`, in ascending row
/// order: `outside(scores, {.low = -0.5, .high = 0.5})`, or one side: `outside(scores, {.high = 0.5})`.
/// `outside<magnitude>` compares |score| and keeps the scores as they are. NaN scores are never kept, and a
/// NaN bound keeps nothing on its side. Scores are compared with the bounds in double.
///
/// One pass. Memory: 8 + sizeof(T) bytes a kept row (twice while it grows, 32 + sizeof(T) more to sort where
/// blocks are tiles), and a block for each thread.
/// @throws cancelled_error when `run.stop` becomes true
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> outside(const S& source, const score_bounds& bounds,
                                                const execution& run = {}) {
    return detail::find_outside<Key, typename S::value_type>(source, bounds, run);
}

/// The question that `outside` answers, for `ask`: `outside({.high = 0.5})`.
template <score_key Key = signed_score>
detail::outside_question<Key> outside(const score_bounds& bounds) {
    return {bounds};
}

/// The rows strictly outside two exact quantiles of the source (rule `linear`), in ascending row order: both
/// tails. `outside_quantiles<magnitude>` takes the quantiles of |score| and compares |score|. One tail, and
/// the bounds themselves: `find_tails`, whose passes, memory and errors these are.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> outside_quantiles(const S& source, double low_probability,
                                                          double high_probability,
                                                          const execution& run = {}) {
    return find_tails<Key>(source, {.low = low_probability, .high = high_probability}, run).rows;
}

/// The rows strictly outside two exact quantiles of their group, in ascending row order:
/// `outside_quantiles(scores, 0.01, 0.99, by("layer", "head"))`. A group without numbers keeps none. Passes,
/// memory and errors as `find_tails` of groups.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> outside_quantiles(const S& source, double low_probability,
                                                          double high_probability, const by_columns& columns,
                                                          const execution& run = {}) {
    return find_tails<Key>(source, {.low = low_probability, .high = high_probability, .by = columns}, run)
        .rows;
}

} // namespace svdlens::inline v0_2

#endif
