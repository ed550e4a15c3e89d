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

/// What a worker holds for a question: the state of a block, and that of what it has put together.
struct worker_states {
    erased_state block;
    erased_state whole;
};

/// What a worker holds.
template <std::floating_point T>
struct pass_slot {
    block_buffer<T> buffer;
    std::vector<worker_states> states; ///< one a question
};

/// What a pass is of longer work, in shares of that: what its progress is reported as.
struct work_share {
    double begin = 0;
    double end = 1;
};

/// A pass of some questions. Where sums are asked for workers take ranges of blocks, and merge them in their order; where
/// rows are handed on in order, they take single blocks, as they do where no order is asked for.
template <std::floating_point T>
class question_pass {
  public:
    /// What is referred to must outlive the pass.
    question_pass(const score_source_ref<T>& source, const std::vector<erased_question<T>*>& asked,
                  const execution& run, work_share share) :
        source_(source),
        run_(run), share_(share), ranges_(source.blocks()) {
        asked_.reserve(asked.size());
        for (auto* q : asked) {
            const auto order = q->order();
            sums_ = sums_ || order == merge_order::blocks;
            streams_ = streams_ || order == merge_order::rows;
            q->begin_pass();
            asked_.push_back({q, order, q->make_state(), q->make_state()});
        }
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
        for (auto& a : asked_) a.q->end_pass(a.all);
    }

  private:
    /// A question, and what is found for it.
    struct asked_part {
        erased_question<T>* q;
        merge_order order;
        erased_state all;
        erased_state range; ///< of the range at hand, where single blocks are merged in order
    };

    /// A range whose turn has not come.
    struct pending_range {
        std::size_t range;
        std::vector<worker_states> states;
    };

    /// Has every question look at a block; what knows no order goes to the worker's whole at once.
    void look(std::size_t block, pass_slot<T>& slot) {
        run_.throw_if_stopped();
        slot.states.resize(asked_.size());
        const auto found = source_.block(block, slot.buffer);
        for (std::size_t k = 0; k < asked_.size(); ++k) {
            const auto& a = asked_[k];
            auto& state = a.order == merge_order::any ? slot.states[k].whole : slot.states[k].block;
            if (!state) state = a.q->make_state();
            a.q->look(found, state);
        }
    }

    /// A block is through.
    void report() {
        ++done_;
        if (!run_.progress) return;
        const double share = static_cast<double>(done_) / static_cast<double>(source_.blocks());
        const double through = share_.begin + (share_.end - share_.begin) * share;
        const auto rows = source_.max_rows();
        run_.progress({static_cast<std::uint64_t>(through * static_cast<double>(rows)), rows});
    }

    bool take_range(std::size_t range, pass_slot<T>& slot) {
        for (std::size_t i = ranges_.begin(range); i < ranges_.end(range); ++i) {
            if (turn_.failed()) return false;
            look(i, slot);
            for (std::size_t k = 0; k < asked_.size(); ++k)
                if (asked_[k].order == merge_order::blocks) add_to_range(asked_[k], slot.states[k]);
            const std::lock_guard lock(turn_.mutex());
            report();
        }
        return hand_in(range, slot);
    }

    static void add_to_range(const asked_part& a, worker_states& states) {
        if (!states.whole) states.whole = a.q->make_state();
        a.q->merge(states.whole, states.block);
    }

    /// A range whose turn has not come is put by, a few at most: its worker goes on.
    bool hand_in(std::size_t range, pass_slot<T>& slot) {
        std::unique_lock lock(turn_.mutex());
        if (!turn_.is_at(range) && pending_.size() < most_pending_) {
            pending_.push_back({range, take_sums(slot)});
            return true;
        }
        if (!turn_.wait_for(range, lock)) return false;
        add_range(slot.states);
        add_pending();
        return true;
    }

    /// What a worker has put together, which goes on with new states.
    std::vector<worker_states> take_sums(pass_slot<T>& slot) {
        std::vector<worker_states> sums(asked_.size());
        for (std::size_t k = 0; k < asked_.size(); ++k)
            if (asked_[k].order == merge_order::blocks) sums[k].whole = std::move(slot.states[k].whole);
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
            std::swap(pending_[k], pending_.back());
            pending_.pop_back();
            k = 0;
        }
    }

    void add_range(const std::vector<worker_states>& states) {
        for (std::size_t k = 0; k < asked_.size(); ++k)
            if (asked_[k].order == merge_order::blocks) asked_[k].q->merge(asked_[k].all, states[k].whole);
        turn_.advance();
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
            auto& a = asked_[k];
            if (a.order == merge_order::blocks) {
                a.q->merge(a.range, slot.states[k].block);
                if (ends_range) a.q->merge(a.all, a.range);
            } else if (a.order == merge_order::rows) {
                a.q->merge(a.all, slot.states[k].block);
                if (ends_band) a.q->end_band(a.all);
            }
        }
        if (ends_range) ++range_at_;
    }

    /// One worker at a time.
    void finish(pass_slot<T>& slot) {
        for (std::size_t k = 0; k < slot.states.size(); ++k)
            if (asked_[k].order == merge_order::any) asked_[k].q->merge(asked_[k].all, slot.states[k].whole);
    }

    score_source_ref<T> source_;
    const execution& run_;
    work_share share_;
    block_ranges ranges_;
    std::vector<asked_part> asked_;
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
