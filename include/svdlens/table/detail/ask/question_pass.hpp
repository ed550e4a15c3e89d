/// @file
/// One pass over a source: every block computed once, looked at by all questions, and what they found merged.
#ifndef SVDLENS_TABLE_DETAIL_ASK_QUESTION_PASS_HPP
#define SVDLENS_TABLE_DETAIL_ASK_QUESTION_PASS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/block_loop.hpp"
#include "../../../core/detail/pass_share.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../question.hpp"
#include "../../score_source.hpp"
#include "block_ranges.hpp"
#include "erased_question.hpp"
#include "shared_blocks.hpp"

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
///
/// A pass that is shared out looks at a part of the blocks, and writes the states that it would have merged. Where all parts
/// are there they are read and merged instead, in the same order.
template <std::floating_point T>
class question_pass {
  public:
    /// What is referred to must outlive the pass.
    question_pass(const score_source_ref<T>& source, const std::vector<erased_question<T>*>& asked,
                  const execution& run, work_share share) :
        source_(source),
        run_(run), share_(share), ranges_(source.blocks()), end_(source.blocks()) {
        asked_.reserve(asked.size());
        for (auto* q : asked) {
            const auto order = q->order();
            sums_ = sums_ || order == merge_order::blocks;
            streams_ = streams_ || order == merge_order::rows;
            q->begin_pass();
            asked_.push_back({q, order, q->make_state(), q->make_state()});
        }
    }

    /// @throws cancelled_error; what a question throws; where the pass is shared out pending_error, format_error
    void make() {
        if (run_.shared == nullptr || source_.in_memory()) {
            look_at_blocks();
        } else if (const auto& shared = *run_.shared; check_savable(), shared.begin(shared.run, title())) {
            read_parts(shared.parts(shared.run));
            keep_merged();
        } else {
            write_part();
        }
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
        std::size_t piece;
        std::vector<worker_states> states;
    };

    const std::string& title() const { return source_.axes().title(); }

    void look_at_blocks() {
        const bool by_ranges = sums_ && !streams_;
        pieces_ = pieces_of(ranges_, begin_, end_);
        const std::size_t units = by_ranges ? pieces_.size() : end_ - begin_;
        range_at_ = pieces_.empty() ? 0 : pieces_.front().range;
        most_pending_ = worker_count(run_, units);
        loop_blocks<pass_slot<T>>(
            units, run_, turn_,
            [&](std::size_t i, pass_slot<T>& slot) {
                return by_ranges ? take_range(i, slot) : take_block(i, slot);
            },
            [&](pass_slot<T>& slot) { finish(slot); });
    }

    /// @throws argument_error (invalid_argument)
    void check_savable() const {
        for (const auto& a : asked_)
            if (!a.q->is_savable())
                throw argument_error(errc::invalid_argument,
                                     title() +
                                         ": a question of this table keeps states that cannot be written "
                                         "to a file, so that it has no shards; ask it in one process");
    }

    /// This process' blocks are looked at, and the states of what it would have merged written.
    [[noreturn]] void write_part() {
        const auto& shared = *run_.shared;
        out_.emplace(shared.write(shared.run));
        auto part = shared_blocks(ranges_, source_.tiles_or_null(), shared.part(shared.run), shared.count);
        begin_ = static_cast<std::size_t>(part.begin);
        end_ = static_cast<std::size_t>(part.end);
        auto kind = kind_of_pass();
        (*out_)(kind, part);
        look_at_blocks();
        for (std::size_t k = 0; k < asked_.size(); ++k)
            if (asked_[k].order == merge_order::any)
                write_entry(k, state_entry::kind::all, end_, asked_[k].all);
        state_entry last{};
        (*out_)(last);
        shared.end(shared.run);
        throw pending_error(title() + ": other shards have a part in this");
    }

    /// What all parts of a pass have in common.
    struct pass_kind {
        std::uint64_t blocks = 0;
        std::uint64_t rows = 0;
        std::uint8_t score_bytes = sizeof(T);
        std::vector<merge_order> orders;

        friend bool operator==(const pass_kind&, const pass_kind&) = default;
        template <class Pipe>
        void fields(Pipe& pipe) {
            pipe(blocks, rows, score_bytes, orders);
        }
    };

    pass_kind kind_of_pass() const {
        pass_kind kind{source_.blocks(), source_.max_rows(), sizeof(T), {}};
        for (const auto& a : asked_) kind.orders.push_back(a.order);
        return kind;
    }

    /// Writes a state, which is a new one after.
    void write_entry(std::size_t k, state_entry::kind of, std::size_t end, erased_state& state) {
        state_entry entry{of, static_cast<std::uint32_t>(k), end};
        (*out_)(entry);
        if (!state) state = asked_[k].q->make_state();
        asked_[k].q->write(state, *out_);
        state = asked_[k].q->make_state();
    }

    /// In the order of their blocks: each begins where the one before it has ended.
    void read_parts(std::size_t parts) {
        const auto& shared = *run_.shared;
        std::uint64_t through = 0;
        for (std::size_t k = 0; k < parts; ++k) through = read_part(k, through);
        if (through != source_.blocks())
            shared.refuse(shared.run, "blocks are missing behind " + to_text(through) + " of " +
                                          to_text(source_.blocks()));
    }

    /// @returns the block behind the last of the part
    std::uint64_t read_part(std::size_t k, std::uint64_t through) {
        const auto& shared = *run_.shared;
        auto from = shared.read(shared.run, k);
        pass_kind kind;
        block_span part;
        from(kind, part);
        if (kind != kind_of_pass())
            shared.refuse(shared.run, quoted(title()) +
                                          " is another table there, or other things are asked of "
                                          "it; give all shards the same options and memory");
        if (part.begin != through || part.end < part.begin || part.end > source_.blocks())
            shared.refuse(shared.run, "holds blocks " + to_text(part.begin) + " to " + to_text(part.end) +
                                          ", expected them from " + to_text(through) + " on");
        for (;;) {
            run_.throw_if_stopped();
            state_entry entry;
            from(entry);
            if (entry.of == state_entry::kind::end) return part.end;
            if (!entry.is_known() || entry.question >= asked_.size() || entry.end < part.begin ||
                entry.end > part.end)
                shared.refuse(shared.run, "a state of no question or no block");
            auto& a = asked_[entry.question];
            auto state = a.q->make_state();
            if (!a.q->read(state, from))
                shared.refuse(shared.run, "a state that no question of " + quoted(title()) + " can have");
            add_entry(a, entry, state);
        }
    }

    /// For the shards of another round, which need not merge again.
    void keep_merged() {
        const auto& shared = *run_.shared;
        auto to = shared.keep(shared.run, streams_);
        if (to.file == nullptr) return;
        auto kind = kind_of_pass();
        block_span all{0, source_.blocks()};
        to(kind, all);
        for (std::size_t k = 0; k < asked_.size(); ++k) {
            state_entry entry{state_entry::kind::all, static_cast<std::uint32_t>(k), source_.blocks()};
            to(entry);
            asked_[k].q->write(asked_[k].all, to);
        }
        state_entry last{};
        to(last);
    }

    /// As `add_range` and `add_block` merge what they do not write.
    void add_entry(asked_part& a, const state_entry& entry, const erased_state& state) {
        const auto end = static_cast<std::size_t>(entry.end);
        if (entry.of != state_entry::kind::block || end == 0) {
            a.q->merge(a.all, state);
            if (entry.of == state_entry::kind::band) a.q->end_band(a.all);
            return;
        }
        a.q->merge(a.range, state);
        if (end == ranges_.end(ranges_.of(end - 1))) a.q->merge(a.all, a.range);
    }

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
        const double share = static_cast<double>(done_) / static_cast<double>(end_ - begin_);
        const double through = share_.begin + (share_.end - share_.begin) * share;
        const auto rows = source_.max_rows();
        run_.progress({static_cast<std::uint64_t>(through * static_cast<double>(rows)), rows});
    }

    bool take_range(std::size_t piece, pass_slot<T>& slot) {
        for (std::size_t i = pieces_[piece].begin; i < pieces_[piece].end; ++i) {
            if (turn_.failed()) return false;
            look(i, slot);
            for (std::size_t k = 0; k < asked_.size(); ++k)
                if (asked_[k].order == merge_order::blocks) add_to_range(asked_[k], slot.states[k]);
            const std::lock_guard lock(turn_.mutex());
            report();
        }
        return hand_in(piece, slot);
    }

    static void add_to_range(const asked_part& a, worker_states& states) {
        if (!states.whole) states.whole = a.q->make_state();
        a.q->merge(states.whole, states.block);
    }

    /// A range whose turn has not come is put by, a few at most: its worker goes on.
    bool hand_in(std::size_t piece, pass_slot<T>& slot) {
        std::unique_lock lock(turn_.mutex());
        if (!turn_.is_at(piece) && pending_.size() < most_pending_) {
            pending_.push_back({piece, take_sums(slot)});
            return true;
        }
        if (!turn_.wait_for(piece, lock)) return false;
        add_range(piece, slot.states);
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
            if (!turn_.is_at(pending_[k].piece)) {
                ++k;
                continue;
            }
            add_range(pending_[k].piece, pending_[k].states);
            std::swap(pending_[k], pending_.back());
            pending_.pop_back();
            k = 0;
        }
    }

    void add_range(std::size_t piece, std::vector<worker_states>& states) {
        const auto of = pieces_[piece].is_range ? state_entry::kind::range : state_entry::kind::block;
        for (std::size_t k = 0; k < asked_.size(); ++k) {
            if (asked_[k].order != merge_order::blocks) continue;
            if (out_)
                write_entry(k, of, pieces_[piece].end, states[k].whole);
            else
                asked_[k].q->merge(asked_[k].all, states[k].whole);
        }
        turn_.advance();
    }

    bool take_block(std::size_t unit, pass_slot<T>& slot) {
        const std::size_t i = begin_ + unit;
        look(i, slot);
        std::unique_lock lock(turn_.mutex());
        if (streams_) {
            if (!turn_.wait_for(unit, lock)) return false;
            add_block(i, slot);
            turn_.advance();
        }
        report();
        return true;
    }

    /// In ascending order.
    void add_block(std::size_t i, pass_slot<T>& slot) {
        const bool ends_range = i + 1 == ranges_.end(range_at_);
        for (std::size_t k = 0; k < asked_.size(); ++k) {
            if (asked_[k].order == merge_order::blocks)
                add_sums(i, k, slot.states[k].block, ends_range);
            else if (asked_[k].order == merge_order::rows)
                add_band(i, k, slot.states[k].block);
        }
        if (ends_range) ++range_at_;
    }

    void add_sums(std::size_t i, std::size_t k, erased_state& block, bool ends_range) {
        auto& a = asked_[k];
        const bool is_whole = ranges_.begin(range_at_) >= begin_ && ranges_.end(range_at_) <= end_;
        if (!is_whole) return write_entry(k, state_entry::kind::block, i + 1, block);
        a.q->merge(a.range, block);
        if (!ends_range) return;
        if (out_)
            write_entry(k, state_entry::kind::range, i + 1, a.range);
        else
            a.q->merge(a.all, a.range);
    }

    void add_band(std::size_t i, std::size_t k, const erased_state& block) {
        auto& a = asked_[k];
        const bool ends_band = source_.ends_band(i);
        a.q->merge(a.all, block);
        if (out_ && (ends_band || i + 1 == end_))
            write_entry(k, ends_band ? state_entry::kind::band : state_entry::kind::part_of_band, i + 1,
                        a.all);
        else if (ends_band)
            a.q->end_band(a.all);
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
    std::size_t begin_ = 0; ///< of the blocks that are looked at
    std::size_t end_;
    std::vector<block_piece> pieces_; ///< of these
    std::vector<asked_part> asked_;
    std::optional<state_writer> out_; ///< takes states instead of `asked_`
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
