/// @file
/// The rows of a source that meet a condition.
#ifndef SVDLENS_TABLE_WHERE_HPP
#define SVDLENS_TABLE_WHERE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/filter/filter_block.hpp"
#include "detail/filter/row_filter.hpp"
#include "detail/rows/bands.hpp"
#include "detail/rows/row_list.hpp"
#include "detail/rows/row_question.hpp"
#include "detail/rows/source_kind.hpp"
#include "predicate.hpp"
#include "question.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "store.hpp"
#include "tiling.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The blocks of a source in which a filter may keep rows, and how many rows at most.
struct surviving_blocks {
    std::vector<std::size_t> numbers;
    std::uint64_t max_rows = 0;
};

/// The tiles that hold a row which the masks let through, where the source is tiled: it fetches no scores.
/// O(lines) All blocks of another source.
template <std::floating_point T>
surviving_blocks find_surviving(const score_source_ref<T>& source, const row_filter& filter) {
    surviving_blocks result;
    const tiling* const tiles = source.tiles_or_null();
    if (tiles == nullptr) {
        result.max_rows = (std::min)(source.max_rows(), filter.bound(source.axes()));
        if (result.max_rows == 0) return result;
        result.numbers.resize(source.blocks());
        std::iota(result.numbers.begin(), result.numbers.end(), std::size_t{0});
        return result;
    }
    block_buffer<T> buffer;
    const T* no_scores = nullptr;
    for (std::size_t i = 0; i < tiles->blocks(); ++i) {
        const auto tile = (*tiles)(i);
        const auto block = tiles->block(tile, no_scores, tiles->pitch(tile), buffer);
        std::uint64_t rows = 0;
        for (std::size_t k = 0; k < block.runs; ++k)
            rows += filter.count(block.starts[k], block.starts[k] + block.width);
        if (rows != 0) result.numbers.push_back(i);
        result.max_rows += rows;
    }
    return result;
}

/// The rows of a table: one pass.
template <std::floating_point T>
class bound_row_count {
  public:
    using state = std::uint64_t;
    static constexpr merge_order order = merge_order::any;
    struct plan {};

    unsigned passes_left() const { return rows_ ? 0 : 1; }
    plan begin_pass() const { return {}; }
    void look(const plan&, const score_block<T>& block, state& rows) const { rows += block.size(); }
    void merge(state& into, state& later) const { into += std::exchange(later, 0); }
    void end_pass(state all) { rows_ = all; }
    std::uint64_t result() const { return *rows_; }

  private:
    std::optional<std::uint64_t> rows_;
};

/// `count_rows` without a source.
struct row_count_question {
    template <std::floating_point T>
    bound_row_count<T> bind(const asked_table<T>&) const {
        return {};
    }
};

/// `count_rows` of any source.
template <std::floating_point T>
std::uint64_t count_rows_of(const score_source_ref<T>& source, const execution& run) {
    return ask_one(source, row_count_question(), run);
}

/// Appends the rows of a selection's block that a filter keeps.
struct filtered_rows {
    const row_filter* filter;

    template <std::floating_point T>
    void operator()(const score_block<T>& block, row_list<T>& found) const {
        const auto whole = block.run(0);
        for (std::size_t k = 0; k < whole.scores.size(); ++k)
            if ((*filter)(whole.rows[k], static_cast<double>(whole.scores[k])))
                found.push_back(whole.rows[k], whole.scores[k]);
    }
};

#ifdef SVDLENS_COMPILED
extern template surviving_blocks find_surviving(const score_source_ref<float>&, const row_filter&);
extern template surviving_blocks find_surviving(const score_source_ref<double>&, const row_filter&);
extern template std::uint64_t count_rows_of(const score_source_ref<float>&, const execution&);
extern template std::uint64_t count_rows_of(const score_source_ref<double>&, const execution&);
#endif

} // namespace detail

/// The rows of a source that meet a condition, made by `where`: a score source that reads the other when it
/// is read. Holds a copy of the source; copies of a narrowed source share it.
template <score_source S>
class narrowed {
  public:
    using value_type = typename S::value_type;

    /// @throws as `where`
    narrowed(S source, predicate condition) :
        state_(std::make_shared<const state>(std::move(source), std::move(condition))) {}

    const svdlens::axes& axes() const { return state_->source.axes(); }
    std::uint64_t max_rows() const { return state_->blocks.max_rows; }
    std::size_t blocks() const { return state_->blocks.numbers.size(); }

    score_block<value_type> block(std::size_t i, block_buffer<value_type>& buffer) const {
        const auto whole = state_->source.block(state_->blocks.numbers[i], buffer);
        return detail::filter_block(state_->filter, whole, buffer);
    }

    /// A number that the blocks of the same lines share.
    std::size_t band(std::size_t i) const
        requires(detail::banded_source<S>)
    {
        return detail::band_of(state_->source, state_->blocks.numbers[i]);
    }

    /// The source that is narrowed.
    const S& source() const { return state_->source; }
    /// What its rows have to meet.
    const predicate& condition() const { return state_->condition; }

  private:
    struct state {
        state(S whole, predicate wanted) :
            source(std::move(whole)), condition(std::move(wanted)), filter(source.axes(), condition),
            blocks(detail::find_surviving<value_type>(source, filter)) {}

        S source;
        predicate condition;
        detail::row_filter filter;
        detail::surviving_blocks blocks;
    };

    std::shared_ptr<const state> state_;
};

/// The rows that meet a condition, lazily: `where(table, column("head") == "L0H3" && score() > 0.5)`. The
/// result is a score source that holds a copy of the source (tables and projections share their values; a
/// `score_source_ref` refers to its source).
///
/// Conditions on columns that are joined by && at the top become masks over axes. Blocks of a tiled
/// source (long table, projection) without a row that the masks let through are never fetched; one whose
/// rows all pass is handed through without a copy; of others the kept rows are listed, and only lines
/// that the masks let through are visited. `max_rows()` is exact where masks alone decide on a tiled
/// source, else an upper bound.
///
/// A text or an integer that is compared for being equal (==, !=, in) has to be a label of the column or an
/// index along its axis; labels that repeat match all their indices. Scores compare as IEEE has it: with NaN
/// only != is true, and what ! turns round.
///
/// Making it takes O(labels of the columns named + lines of the tiling) and a byte for each label of a
/// column. A pass reads the surviving blocks. Memory: 12 to 16 bytes a kept row of a block for each thread.
/// @throws lookup_error (unknown_column); (unknown_label) for a label or an index that is compared and that
/// the column
///         does not have, naming the axis and its extent; argument_error (invalid_argument) when an integer is compared
///         with a column over several axes, or a label column has more than 2^28 labels
template <score_source S>
narrowed<S> where(S source, const predicate& condition) {
    return narrowed<S>(std::move(source), condition);
}

/// Narrows what is narrowed already: both conditions on the first source.
template <score_source S>
narrowed<S> where(const narrowed<S>& source, const predicate& condition) {
    return narrowed<S>(source.source(), source.condition() && condition);
}

/// The rows of a selection that meet a condition, as a selection in the same order. O(rows). Conditions and
/// errors as above.
/// @throws cancelled_error when `run.stop` becomes true
template <std::floating_point T>
basic_selection<T> where(const basic_selection<T>& source, const predicate& condition,
                         const execution& run = {}) {
    const detail::row_filter filter(source.axes(), condition);
    detail::row_question<T, detail::filtered_rows> question(source.axes(), {&filter});
    const score_source_ref<T> whole(source);
    detail::ask_of(whole, question, run);
    auto kept = question.rows();
    return basic_selection<T>(source.axes(), std::move(kept.rows), std::move(kept.scores));
}

/// The question that `count_rows` answers, for `ask`.
inline detail::row_count_question count_rows() { return {}; }

/// The number of present rows, NaN scores included. One pass.
/// @throws cancelled_error when `run.stop` becomes true
template <score_source S>
std::uint64_t count_rows(const S& source, const execution& run = {}) {
    return detail::count_rows_of<typename S::value_type>(source, run);
}

} // namespace svdlens::inline v0_2

#endif
