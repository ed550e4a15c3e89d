/// @file
/// The tails of a whole table as a question: in one pass, in more, or handed to a sink.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_TAIL_QUESTION_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_TAIL_QUESTION_HPP

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../../../core/detail/pass_share.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../bounds.hpp"
#include "../../question.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../order/rank_passes.hpp"
#include "../order/top_digits.hpp"
#include "../rows/row_list.hpp"
#include "../rows/row_question.hpp"
#include "bounds.hpp"
#include "found_tails.hpp"
#include "tail_scan.hpp"
#include "tail_search.hpp"

namespace svdlens::inline v0_2::detail {

/// Tails are held: nothing is handed on.
struct no_sink {};

/// What a worker holds in any of the passes.
template <std::floating_point T>
struct tail_state {
    tail_candidates<T> candidates;
    rank_state<T> digits;
    row_list<T> rows;

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(candidates, digits, rows);
    }
};

/// The passes to the tails of a whole table.
///
/// Where scores are computed and the tails are few: one, that keeps what lies beyond running bounds. Else digits are
/// counted until what is about the bounds is few, then the rows there are collected. Tails for a sink are found as
/// bounds first, where they do not come in one pass, and streamed in the last one.
template <std::floating_point T, score_key Key, class Sink = no_sink>
class tail_passes {
  public:
    using state = tail_state<T>;
    static constexpr bool streams = !std::same_as<Sink, no_sink>;
    enum class step { scan, count, descend, bound, reach, collect, stream, done };
    struct plan {
        step what = step::done;
        reaching_test<T, Key> reach = {};
        outside_test<T, Key> beyond{score_bounds()};
    };

    tail_passes(const asked_table<T>& table, tail_options wanted, Sink* sink) :
        wanted_(std::move(wanted)), run_(&table.run), sink_(sink), all_(table.axes.shape_rows()),
        step_(streams && !wanted_.low && !wanted_.high ? step::done : step::count) {
        const tail_sizes sizes(table.max_rows, wanted_);
        const std::uint64_t rows = static_cast<std::uint64_t>(sizes.low) + sizes.high;
        const auto bytes = tail_bytes<T>(rows);
        const std::uint64_t shards = run_->shared == nullptr ? 1 : run_->shared->count; // each holds a tail
        const auto most = (table.max_rows / 8 + 1024) / shards;
        if (table.in_memory || rows > most || bytes > run_->memory_budget) return;
        scan_ = std::make_unique<tail_scan<T, Key>>(sizes);
        bytes_ = bytes;
        step_ = step::scan;
    }

    merge_order order = merge_order::any;

    unsigned passes_left() const {
        switch (step_) {
        case step::count:
            return digits_of<T> + (streams ? 1 : 0);
        case step::descend:
            return 1 + tails_->digits_left() + (streams ? 1 : 0);
        case step::bound:
            return 2;
        case step::done:
            return 0;
        case step::scan:
        case step::reach:
        case step::collect:
        case step::stream:
            break;
        }
        return 1;
    }

    std::uint64_t bytes() const { return bytes_; }

    plan begin_pass() {
        plan now{step_};
        if (step_ == step::descend) digit_pass_.emplace(tails_->search(), next_);
        if (step_ == step::bound) image_pass_.emplace(tails_->search());
        if (step_ == step::reach) now.reach = tails_->reaching();
        if (step_ == step::collect || step_ == step::stream) now.beyond = outside_test<T, Key>(found_.bounds);
        return now;
    }

    void look(const plan& now, const score_block<T>& block, state& mine) const {
        switch (now.what) {
        case step::scan:
            return scan_->scan(block, mine.candidates);
        case step::count:
            if (!mine.digits.digits) mine.digits.digits.emplace();
            return mine.digits.digits->template count<Key>(block);
        case step::descend:
            return digit_pass_->look(block, mine.digits.hits);
        case step::bound:
            return image_pass_->look(block, mine.digits.images);
        case step::reach:
            return hits_of(now.reach)(block, mine.rows);
        case step::collect:
        case step::stream:
            return hits_of(now.beyond)(block, mine.rows);
        case step::done:
            break;
        }
    }

    bool fits(const state& read) const {
        const auto is_row = [&](const scored_row<T>& entry) { return entry.row < all_; };
        const auto& [low, high, rows, nan_count, bounds] = read.candidates;
        return read.rows.fits(all_) && nan_count <= rows && std::all_of(low.begin(), low.end(), is_row) &&
               std::all_of(high.begin(), high.end(), is_row);
    }

    void merge(state& into, state& later) const {
        switch (step_) {
        case step::scan:
            return scan_->hand_over(later.candidates);
        case step::count:
            return add_digits(into.digits.digits, later.digits.digits);
        case step::descend:
            digit_pass_->counts()->add(std::exchange(later.digits.counts, {}));
            return digit_pass_->hand_over(later.digits.hits);
        case step::bound:
            return image_pass_->hand_over(later.digits.images);
        case step::reach:
        case step::collect:
        case step::stream:
            return move_rows(into.rows, later.rows);
        case step::done:
            break;
        }
    }

    void gather(state& all) const {
        if (step_ == step::scan) scan_->gather(all.candidates);
        if (step_ == step::descend) gather_digits(*digit_pass_, all.digits);
        if (step_ == step::bound) gather_images(*image_pass_, all.digits);
    }

    void end_band(state& band) {
        if constexpr (streams) hand_on_band(band.rows, *sink_, *run_);
    }

    void end_pass(state& all) {
        switch (step_) {
        case step::scan:
            return end_scan();
        case step::count:
            return end_count(all.digits.digits ? std::move(*all.digits.digits) : top_digits<T>());
        case step::descend:
            return end_descent();
        case step::bound:
            found_.bounds = tails_->bounds(image_pass_->images());
            return go_to(step::stream, merge_order::rows);
        case step::reach:
            found_.rows = std::move(all.rows);
            found_.bounds = tails_->bounds(std::span<const T>(found_.rows.scores));
            keep_rows(found_.rows, outside_test<T, Key>(found_.bounds));
            if constexpr (streams) hand_on_band(found_.rows, *sink_, *run_);
            return go_to(step::done);
        case step::collect:
            found_.rows = std::move(all.rows);
            return go_to(step::done);
        case step::stream:
        case step::done:
            return go_to(step::done);
        }
    }

    /// The bounds, and where nothing was handed on the rows beyond them, in no order.
    found_tails<T> result() { return std::move(found_); }

  private:
    void go_to(step next, merge_order in = merge_order::any) {
        step_ = next;
        order = in;
        if (next != step::done) return;
        scan_.reset();
        tails_.reset();
        digit_pass_.reset();
        image_pass_.reset();
    }

    void end_scan() {
        found_ = scan_->take(wanted_);
        if constexpr (streams) hand_on_band(found_.rows, *sink_, *run_);
        go_to(step::done);
    }

    void end_count(top_digits<T> top) {
        if (top.size() == 0) return go_to(step::done);
        tails_.emplace(std::move(top), wanted_.low, wanted_.high);
        go_on();
    }

    void end_descent() {
        auto& search = tails_->search();
        digit_pass_->descend(search);
        next_ = digit_pass_->end();
        digit_pass_.reset();
        if (next_ < search.open().size()) return;
        next_ = 0;
        search.end_digit();
        go_on();
    }

    /// What comes after digits.
    void go_on() {
        if constexpr (streams) {
            const bool is_shared =
                run_->shared != nullptr; // a pass costs a round there: rows are held sooner
            if (is_shared && tails_->is_close() && tail_bytes<T>(tails_->reached()) <= run_->memory_budget)
                go_on_to_rows();
            else
                go_on_to_stream();
        } else
            go_on_to_rows();
    }

    void go_on_to_stream() {
        const auto& search = tails_->search();
        if (!search.is_done())
            return go_to(search.open_scores() <= search.most_collected() ? step::bound : step::descend);
        found_.bounds = tails_->bounds();
        go_to(step::stream, merge_order::rows);
    }

    void go_on_to_rows() {
        if (const auto bytes = tail_bytes<T>(tails_->reached());
            tails_->is_close() && bytes <= run_->memory_budget) {
            bytes_ = bytes;
            return go_to(step::reach, merge_order::blocks);
        }
        if (!tails_->search().is_done()) return go_to(step::descend);
        found_.bounds = tails_->bounds();
        check_rows(tails_->beyond(found_.bounds));
        go_to(step::collect, merge_order::blocks);
    }

    /// @throws argument_error (invalid_argument) when the tails are over the budget
    void check_rows(std::uint64_t rows) {
        bytes_ = tail_bytes<T>(rows);
        if (bytes_ <= run_->memory_budget) return;
        throw argument_error(errc::invalid_argument,
                             "tails: " + to_text(rows) + " rows need " + to_text(bytes_) +
                                 " bytes, expected at most " + to_text(run_->memory_budget) +
                                 "; raise execution::memory_budget, or stream them (for_each_tail)");
    }

    tail_options wanted_;
    const execution* run_;
    Sink* sink_;
    std::uint64_t all_; ///< rows that the table can have
    step step_;
    std::uint64_t bytes_ = 0;
    std::unique_ptr<tail_scan<T, Key>> scan_;
    std::optional<tail_search<T, Key>> tails_;
    std::size_t next_ = 0; ///< the first prefix whose next digits are not counted yet
    std::optional<digit_pass<T, Key>> digit_pass_;
    std::optional<image_pass<T, Key>> image_pass_;
    found_tails<T> found_;
};

} // namespace svdlens::inline v0_2::detail

#endif
