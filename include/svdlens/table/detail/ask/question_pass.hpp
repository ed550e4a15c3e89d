/// @file
/// One pass over a source: every block computed once, looked at by all questions, and what they found merged.
#ifndef SVDLENS_TABLE_DETAIL_ASK_QUESTION_PASS_HPP
#define SVDLENS_TABLE_DETAIL_ASK_QUESTION_PASS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "../../../core/detail/block_loop.hpp"
#include "../../../core/execution.hpp"
#include "../../question.hpp"
#include "../../score_source.hpp"
#include "block_ranges.hpp"
#include "erased_question.hpp"

namespace svdlens::inline v0_2::detail {

/// What a worker holds: for each question the state of a block, and that of what it has put together.
template <std::floating_point T>
struct pass_slot {
    block_buffer<T> buffer;
    std::vector<erased_state> block;
    std::vector<erased_state> whole;
};

/// A pass of some questions. Where sums are asked for workers take ranges of blocks, and merge them in their order; where
/// rows are handed on in order, they take single blocks, as they do where no order is asked for.
template <std::floating_point T>
class question_pass {
  public:
    /// All must outlive the pass.
    question_pass(const score_source_ref<T>& source, std::vector<erased_question<T>*> asked,
                  const execution& run) :
        source_(source),
        asked_(std::move(asked)), run_(run), ranges_(source.blocks()) {
        for (auto* q : asked_) {
            orders_.push_back(q->order(q->question));
            q->plan = q->begin_pass(q->question);
            all_.push_back(q->make_state());
            range_.push_back(q->make_state());
        }
        sums_ = has(merge_order::blocks);
        streams_ = has(merge_order::rows);
    }

    /// @throws cancelled_error; what a question throws
    void make() {
        const bool by_ranges = sums_ && !streams_;
        const std::size_t units = by_ranges ? ranges_.size() : source_.blocks();
        most_pending_ = worker_count(run_, units);
        loop_blocks<pass_slot<T>>(
            units, run_, turn_,
            [&](std::size_t i, pass_slot<T>& slot) {
                return by_ranges ? take_range(i, slot) : take_block(i, slot);
            },
            [&](pass_slot<T>& slot) { finish(slot); });
        for (std::size_t k = 0; k < asked_.size(); ++k)
            asked_[k]->end_pass(asked_[k]->question, all_[k].get());
    }

  private:
    /// A range whose turn has not come.
    struct pending_range {
        std::size_t range;
        std::vector<erased_state> states;
    };

    bool has(merge_order order) const {
        return std::find(orders_.begin(), orders_.end(), order) != orders_.end();
    }

    std::vector<erased_state> make_states() const {
        std::vector<erased_state> states;
        for (const auto* q : asked_) states.push_back(q->make_state());
        return states;
    }

    /// Has every question look at a block; what knows no order goes to the worker's whole at once.
    void look(std::size_t block, pass_slot<T>& slot) {
        run_.throw_if_stopped();
        if (slot.whole.empty()) {
            slot.whole = make_states();
            slot.block = make_states();
        }
        const auto found = source_.block(block, slot.buffer);
        for (std::size_t k = 0; k < asked_.size(); ++k) {
            auto& state = orders_[k] == merge_order::any ? slot.whole[k] : slot.block[k];
            asked_[k]->look(asked_[k]->question, asked_[k]->plan.get(), found, state.get());
        }
    }

    void merge(std::size_t k, const erased_state& into, const erased_state& later) {
        asked_[k]->merge(asked_[k]->question, into.get(), later.get());
    }

    void report() { report_progress(run_, ++done_, source_.blocks(), source_.max_rows()); }

    bool take_range(std::size_t range, pass_slot<T>& slot) {
        for (std::size_t i = ranges_.begin(range); i < ranges_.end(range); ++i) {
            if (turn_.failed()) return false;
            look(i, slot);
            for (std::size_t k = 0; k < asked_.size(); ++k)
                if (orders_[k] == merge_order::blocks) merge(k, slot.whole[k], slot.block[k]);
            const std::lock_guard lock(turn_.mutex());
            report();
        }
        return hand_in(range, slot);
    }

    /// A range whose turn has not come is put by, a few at most: its worker goes on.
    bool hand_in(std::size_t range, pass_slot<T>& slot) {
        std::unique_lock lock(turn_.mutex());
        if (!turn_.is_at(range) && pending_.size() < most_pending_) {
            pending_.push_back({range, take_sums(slot)});
            return true;
        }
        if (!turn_.wait_for(range, lock)) return false;
        add_range(slot.whole);
        turn_.advance();
        add_pending();
        return true;
    }

    /// What a worker has put together, which goes on with new states.
    std::vector<erased_state> take_sums(pass_slot<T>& slot) {
        std::vector<erased_state> sums(asked_.size());
        for (std::size_t k = 0; k < asked_.size(); ++k)
            if (orders_[k] == merge_order::blocks)
                sums[k] = std::exchange(slot.whole[k], asked_[k]->make_state());
        return sums;
    }

    /// Ranges that were put by and whose turn it is.
    void add_pending() {
        for (std::size_t k = 0; k < pending_.size();) {
            if (!turn_.is_at(pending_[k].range)) {
                ++k;
                continue;
            }
            add_range(pending_[k].states);
            turn_.advance();
            pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(k));
            k = 0;
        }
    }

    void add_range(const std::vector<erased_state>& states) {
        for (std::size_t k = 0; k < asked_.size(); ++k)
            if (orders_[k] == merge_order::blocks) merge(k, all_[k], states[k]);
    }

    bool take_block(std::size_t i, pass_slot<T>& slot) {
        look(i, slot);
        std::unique_lock lock(turn_.mutex());
        if (streams_) {
            if (!turn_.wait_for(i, lock)) return false;
            add_block(i, slot);
            turn_.advance();
        }
        report();
        return true;
    }

    /// In ascending order.
    void add_block(std::size_t i, pass_slot<T>& slot) {
        const bool ends_band = source_.ends_band(i), ends_range = i + 1 == ranges_.end(range_at_);
        for (std::size_t k = 0; k < asked_.size(); ++k) {
            if (orders_[k] == merge_order::blocks) {
                merge(k, range_[k], slot.block[k]);
                if (ends_range) merge(k, all_[k], range_[k]);
            } else if (orders_[k] == merge_order::rows) {
                merge(k, all_[k], slot.block[k]);
                if (ends_band) asked_[k]->end_band(asked_[k]->question, all_[k].get());
            }
        }
        if (ends_range) ++range_at_;
    }

    /// One worker at a time.
    void finish(pass_slot<T>& slot) {
        for (std::size_t k = 0; k < slot.whole.size(); ++k)
            if (orders_[k] == merge_order::any) merge(k, all_[k], slot.whole[k]);
        slot = {};
    }

    const score_source_ref<T>& source_;
    std::vector<erased_question<T>*> asked_;
    const execution& run_;
    block_ranges ranges_;
    std::vector<merge_order> orders_;
    std::vector<erased_state> all_;   ///< what is found, a state a question
    std::vector<erased_state> range_; ///< of the range at hand, where single blocks are merged in order
    bool sums_ = false;
    bool streams_ = false;
    turnstile turn_;
    std::size_t range_at_ = 0;
    std::size_t done_ = 0;
    std::size_t most_pending_ = 0;
    std::vector<pending_range> pending_; ///< a few
};

} // namespace svdlens::inline v0_2::detail

#endif
