/// @file
/// Workers over blocks, and whose turn it is to merge: what loops over blocks are made of. `Execution` is `execution`,
/// whose header includes this one.
#ifndef SVDLENS_CORE_DETAIL_BLOCK_LOOP_HPP
#define SVDLENS_CORE_DETAIL_BLOCK_LOOP_HPP

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Starts `count - 1` threads on `work(state)`, runs it on the calling thread too, and joins. The work is no
/// template argument, so that threads are compiled once and not with each loop.
inline void run_workers(unsigned count, void (*work)(void*), void* state) {
    std::vector<std::thread> pool;
    pool.reserve(count);
    try {
        for (unsigned k = 1; k < count; ++k) pool.emplace_back(work, state);
    } catch (...) {
        // No more threads or memory to be had: the ones that run, and this one, do the work.
    }
    work(state);
    for (auto& thread : pool) thread.join();
}

/// Hands the turn to merge from block to block; the first failure ends everybody's wait.
class turnstile {
  public:
    /// Waits until `block` may merge. False when another worker failed.
    bool wait_for(std::size_t block, std::unique_lock<std::mutex>& lock) {
        changed_.wait(lock, [&] { return next_ == block || failure_; });
        return !failure_;
    }
    /// Whether it is the turn of `block`. With the mutex held.
    bool is_at(std::size_t block) const { return next_ == block; }
    void advance() {
        ++next_;
        changed_.notify_all();
    }
    void fail(std::exception_ptr reason) {
        const std::lock_guard guard(mutex_);
        if (!failure_) failure_ = std::move(reason);
        failed_.store(true, std::memory_order_relaxed);
        changed_.notify_all();
    }
    bool failed() const { return failed_.load(std::memory_order_relaxed); }
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }
    std::mutex& mutex() { return mutex_; }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t next_ = 0;
    std::exception_ptr failure_;
    std::atomic<bool> failed_{false};
};

/// What a loop does with blocks and a worker's slot, behind one type: the loop is compiled once and not with each verb.
struct block_calls {
    void* work; ///< what the functions are given first
    void* (*make_slot)();
    void (*end_slot)(void* slot);
    bool (*step)(void* work, std::size_t block, void* slot);
    void (*finish)(void* work, void* slot);
};

/// One of the workers of a loop.
template <class Execution>
void work_on_blocks(std::size_t blocks, const Execution& run, turnstile& turn, const block_calls& calls,
                    std::atomic<std::size_t>& next) {
    try {
        const std::unique_ptr<void, void (*)(void*)> slot(calls.make_slot(), calls.end_slot);
        bool going = true;
        while (going && !turn.failed()) {
            const std::size_t i = next.fetch_add(1, std::memory_order_relaxed);
            if (i >= blocks) break;
            run.throw_if_stopped();
            going = calls.step(calls.work, i, slot.get());
        }
        const std::lock_guard lock(turn.mutex());
        calls.finish(calls.work, slot.get());
    } catch (...) {
        turn.fail(std::current_exception()); // unwinding has given the mutex back
    }
}

template <class Execution>
void run_block_calls(std::size_t blocks, const Execution& run, turnstile& turn, const block_calls& calls) {
    std::atomic<std::size_t> next{0};
    auto work = [&] { work_on_blocks(blocks, run, turn, calls, next); };
    run_workers(
        worker_count(run, blocks), [](void* state) { (*static_cast<decltype(work)*>(state))(); }, &work);
    turn.rethrow();
}

/// What both loops share: `step(i, slot)` for every block on all workers until it says false or one fails,
/// and `finish(slot)` once a worker, one at a time.
template <class Slot, class Execution, class Step, class Finish>
void loop_blocks(std::size_t blocks, const Execution& run, turnstile& turn, Step step, Finish finish) {
    struct steps {
        Step& step;
        Finish& finish;
    } both{step, finish};
    run_block_calls(
        blocks, run, turn,
        {&both, []() -> void* { return new Slot{}; }, [](void* slot) { delete static_cast<Slot*>(slot); },
         [](void* work, std::size_t i, void* slot) -> bool {
             return static_cast<steps*>(work)->step(i, *static_cast<Slot*>(slot));
         },
         [](void* work, void* slot) { static_cast<steps*>(work)->finish(*static_cast<Slot*>(slot)); }});
}

/// Reports that `done` of `blocks` blocks are through, each an even share of `total`.
template <class Execution>
void report_progress(const Execution& run, std::size_t done, std::size_t blocks, std::uint64_t total) {
    if (!run.progress) return;
    const double share = static_cast<double>(done) / static_cast<double>(blocks);
    run.progress(
        {done == blocks ? total : static_cast<std::uint64_t>(share * static_cast<double>(total)), total});
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
