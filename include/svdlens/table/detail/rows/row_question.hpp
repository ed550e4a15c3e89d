/// @file
/// The rows of a source that pass a test as a question: held, or handed to a sink in row order.
#ifndef SVDLENS_TABLE_DETAIL_ROWS_ROW_QUESTION_HPP
#define SVDLENS_TABLE_DETAIL_ROWS_ROW_QUESTION_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <utility>

#include "../../../core/execution.hpp"
#include "../../../tensor/axes.hpp"
#include "../../question.hpp"
#include "../../score_source.hpp"
#include "../../selection.hpp"
#include "row_list.hpp"

namespace svdlens::inline v0_2::detail {

/// Appends what is found later, and leaves nothing of it.
template <std::floating_point T>
void move_rows(row_list<T>& into, row_list<T>& later) {
    if (into.size() == 0)
        std::swap(into, later);
    else
        into.append(later);
    later.clear();
}

/// Hands a list to a sink in slices, so that the sink holds little at a time and a stop is answered.
template <std::floating_point T, class Sink>
void hand_on(const row_list<T>& list, Sink& sink, const execution& run) {
    constexpr std::size_t slice = std::size_t{1} << 14;
    for (std::size_t first = 0; first < list.size(); first += slice) {
        run.throw_if_stopped();
        const std::size_t count = (std::min)(slice, list.size() - first);
        sink(score_run<T>{{list.scores.data() + first, count}, 0, list.rows.data() + first});
    }
}

/// Sorts the rows of a band, hands them on and leaves none.
template <std::floating_point T, class Sink>
void hand_on_band(row_list<T>& band, Sink& sink, const execution& run) {
    sort_rows(band);
    hand_on(band, sink, run);
    band.clear();
}

/// The rows that `hits(block, found)` appends: one pass.
template <std::floating_point T, class Hits>
class row_question {
  public:
    using state = row_list<T>;
    static constexpr merge_order order = merge_order::blocks;
    struct plan {};

    row_question(const axes& table, Hits hits) : axes_(&table), hits_(std::move(hits)) {}

    unsigned passes_left() const { return is_done_ ? 0 : 1; }
    plan begin_pass() const { return {}; }
    void look(const plan&, const score_block<T>& block, row_list<T>& found) const { hits_(block, found); }
    bool fits(const row_list<T>& read) const { return read.fits(axes_->shape_rows()); }
    void merge(row_list<T>& into, row_list<T>& later) const { move_rows(into, later); }
    void end_pass(row_list<T>& all) {
        rows_ = std::move(all);
        is_done_ = true;
    }
    /// In the order of blocks.
    row_list<T> rows() { return std::move(rows_); }
    basic_selection<T> result() { return to_selection(*axes_, rows()); }

  private:
    const axes* axes_;
    Hits hits_;
    row_list<T> rows_;
    bool is_done_ = false;
};

/// Hands the rows that `hits(block, found)` appends to a sink, ascending: one pass. Refers to the sink. No more is held
/// than the rows found in a band of blocks.
template <std::floating_point T, class Hits, class Sink>
class sink_question {
  public:
    using state = row_list<T>;
    static constexpr merge_order order = merge_order::rows;
    struct plan {};

    /// All but the hits must outlive it.
    sink_question(Hits hits, Sink& sink, const execution& run) :
        hits_(std::move(hits)), sink_(&sink), run_(&run) {}

    unsigned passes_left() const { return is_done_ ? 0 : 1; }
    plan begin_pass() const { return {}; }
    void look(const plan&, const score_block<T>& block, row_list<T>& found) const { hits_(block, found); }
    bool fits(const row_list<T>& read) const { return read.rows.size() == read.scores.size(); }
    void merge(row_list<T>& into, row_list<T>& later) const { move_rows(into, later); }
    void end_band(row_list<T>& band) { hand_on_band(band, *sink_, *run_); }
    void end_pass(row_list<T>&) { is_done_ = true; }
    void result() const {}

  private:
    Hits hits_;
    Sink* sink_;
    const execution* run_;
    bool is_done_ = false;
};

} // namespace svdlens::inline v0_2::detail

#endif
