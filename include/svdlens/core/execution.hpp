/// @file
/// How work is run: threads, progress and stopping, and the ordered loop that all of it goes through.
#ifndef SVDLENS_CORE_EXECUTION_HPP
#define SVDLENS_CORE_EXECUTION_HPP

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "detail/block_loop.hpp"
#include "error.hpp"

namespace svdlens::inline v0_2 {

/// How far a piece of work has come: rows for tables, matrices for decompositions.
struct progress_report {
    std::uint64_t done = 0;
    std::uint64_t total = 0;
};

namespace detail {
struct pass_share; // core/detail/pass_share.hpp
}

/// The last, defaulted argument of everything that takes time. Results never depend on it: a memory budget
/// refuses work, or changes the number of passes.
struct execution {
    /// Number of worker threads; 0 means one per hardware thread.
    unsigned threads = 0;
    /// Bytes for what grows with rows or groups, as each function says; 1 GiB. What would need more is an
    /// error before the work starts, one that names the bytes. What is left keeps scores that are computed from
    /// one pass to the next, as many as it holds: an eighth of a table's or more, else none.
    std::uint64_t memory_budget = std::uint64_t{1} << 30;
    /// Called after each block, never by two threads at once, with `done` ascending.
    std::function<void(const progress_report&)> progress = {};
    /// When it becomes true, work ends within a block and throws `cancelled_error`. May be set by a
    /// signal handler.
    const std::atomic<bool>* stop = nullptr;
    /// Where passes over tables are shared out between processes: what `shard_run::of` (core/shard_run.hpp) sets.
    const detail::pass_share* shared = nullptr;

    /// For loops that no block loop runs. @throws cancelled_error when `stop` is true
    void throw_if_stopped() const {
        if (stop != nullptr && stop->load(std::memory_order_relaxed)) throw cancelled_error();
    }
};

/// How many workers a loop over `blocks` blocks uses: never more than it has blocks, nor than 1024.
inline unsigned worker_count(const execution& run, std::size_t blocks) {
    const unsigned wanted =
        run.threads != 0 ? run.threads : (std::max)(1U, std::thread::hardware_concurrency());
    constexpr std::size_t most = 1024;
    return static_cast<unsigned>((std::min<std::size_t>)({wanted, most, (std::max<std::size_t>)(1, blocks)}));
}

/// Runs `compute(i, slot)` for every block in parallel and `merge(i, slot)` strictly in ascending order, one
/// at a time, so that one global accumulator gives the same bits for any number of threads.
///
/// Each worker owns one default-constructed `Slot`, reused from block to block; `finish(slot)` is called for
/// each at the end, in any order, one at a time: there a worker adds up what does not depend on the order.
/// `total` is what progress counts to; blocks share it evenly. The first exception of a worker reaches the
/// caller once, after all have ended.
/// @throws cancelled_error when `run.stop` becomes true
template <class Slot, class Compute, class Merge, class Finish>
void for_blocks_in_order(std::size_t blocks, std::uint64_t total, const execution& run, Compute compute,
                         Merge merge, Finish finish) {
    detail::turnstile turn;
    const auto step = [&](std::size_t i, Slot& slot) {
        compute(i, slot);
        std::unique_lock lock(turn.mutex());
        if (!turn.wait_for(i, lock)) return false;
        merge(i, slot);
        detail::report_progress(run, i + 1, blocks, total);
        turn.advance();
        return true;
    };
    detail::loop_blocks<Slot>(blocks, run, turn, step, finish);
}

/// `for_blocks_in_order` with nothing to add up at the end.
template <class Slot, class Compute, class Merge>
void for_blocks_in_order(std::size_t blocks, std::uint64_t total, const execution& run, Compute compute,
                         Merge merge) {
    for_blocks_in_order<Slot>(blocks, total, run, compute, merge, [](Slot&) {});
}

/// Runs `compute(i, slot)` for every block in parallel, in any order, then `finish(slot)` for each worker's
/// slot, one at a time: for work whose result does not depend on the order, such as counts and writes to
/// different places. Progress and errors as `for_blocks_in_order`.
/// @throws cancelled_error when `run.stop` becomes true
template <class Slot, class Compute, class Finish>
void for_blocks(std::size_t blocks, std::uint64_t total, const execution& run, Compute compute,
                Finish finish) {
    detail::turnstile turn;
    std::size_t done = 0;
    const auto step = [&](std::size_t i, Slot& slot) {
        compute(i, slot);
        const std::lock_guard lock(turn.mutex());
        detail::report_progress(run, ++done, blocks, total);
        return true;
    };
    detail::loop_blocks<Slot>(blocks, run, turn, step, finish);
}

/// `for_blocks` with nothing to add up at the end.
template <class Slot, class Compute>
void for_blocks(std::size_t blocks, std::uint64_t total, const execution& run, Compute compute) {
    for_blocks<Slot>(blocks, total, run, compute, [](Slot&) {});
}

namespace detail {

/// What a part's report is of a whole of `total`.
inline progress_report report_of_whole(const progress_report& part, double begin, double end,
                                       std::uint64_t total) {
    const double share =
        part.total == 0 ? 1.0 : static_cast<double>(part.done) / static_cast<double>(part.total);
    const double through = begin + (end - begin) * share;
    return {static_cast<std::uint64_t>(through * static_cast<double>(total)), total};
}

} // namespace detail

/// The part from `begin` to `end` (shares of 1) of a longer piece of work: the same threads, budget and
/// stop, and progress that runs through that part of the whole. Copies `run.progress`: one with a state
/// goes in by std::ref.
inline execution part_of(const execution& run, double begin, double end) {
    if (!run.progress) return run;
    execution part = run;
    part.progress = [outer = run.progress, begin, end](const progress_report& r) {
        outer(detail::report_of_whole(r, begin, end, r.total));
    };
    return part;
}

/// The same with progress out of `total`, whatever the part counts: so parts that count different things (left
/// rows, right rows, rows of the result) ascend together.
inline execution part_of(const execution& run, double begin, double end, std::uint64_t total) {
    if (!run.progress) return run;
    execution part = run;
    part.progress = [outer = run.progress, begin, end, total](const progress_report& r) {
        outer(detail::report_of_whole(r, begin, end, total));
    };
    return part;
}

} // namespace svdlens::inline v0_2

#endif
