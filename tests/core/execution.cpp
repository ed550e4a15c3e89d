#include "svdlens/core/execution.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

struct counted_slot {
    std::size_t block = 0;
    std::size_t uses = 0;
};

/// The block numbers in the order in which they were merged.
std::vector<std::size_t> merge_order(std::size_t blocks, unsigned threads) {
    std::vector<std::size_t> order;
    sl::for_blocks_in_order<counted_slot>(
        blocks, blocks, {.threads = threads}, [](std::size_t i, counted_slot& slot) { slot.block = i; },
        [&](std::size_t i, counted_slot& slot) {
            REQUIRE(slot.block == i);
            order.push_back(i);
        });
    return order;
}

} // namespace

TEST_CASE("blocks are merged once each and in order by any number of workers") {
    for (const std::size_t blocks : {0U, 1U, 2U, 7U, 500U}) {
        std::vector<std::size_t> wanted(blocks);
        std::iota(wanted.begin(), wanted.end(), std::size_t{0});
        for (const unsigned threads : {0U, 1U, 2U, 5U, 16U}) CHECK(merge_order(blocks, threads) == wanted);
    }
}

TEST_CASE("a block that is ready early is not merged before the one that it follows") {
    std::atomic<bool> second_is_ready{false}, second_is_merged{false};
    std::vector<std::size_t> order;
    struct nothing {};
    sl::for_blocks_in_order<nothing>(
        2, 2, {.threads = 2},
        [&](std::size_t i, nothing&) {
            if (i == 1) {
                second_is_ready = true;
                return;
            }
            while (!second_is_ready) std::this_thread::yield();
            for (int k = 0; k < 50 && !second_is_merged; ++k) // long enough for who does not wait
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
        },
        [&](std::size_t i, nothing&) {
            if (i == 1) second_is_merged = true;
            order.push_back(i);
        });
    CHECK(order == std::vector<std::size_t>{0, 1});
}

TEST_CASE("slots are used again and finished once a worker") {
    std::size_t uses = 0, finished = 0;
    sl::for_blocks_in_order<counted_slot>(
        100, 100, {.threads = 3}, [](std::size_t, counted_slot& slot) { ++slot.uses; },
        [](std::size_t, counted_slot&) {},
        [&](counted_slot& slot) {
            uses += slot.uses;
            ++finished;
        });
    CHECK(uses == 100);
    CHECK(finished >= 1);
    CHECK(finished <= 3);
}

TEST_CASE("the unordered loop computes every block once and adds up all slots") {
    for (const unsigned threads : {1U, 2U, 5U}) {
        std::vector<int> seen(300);
        std::size_t uses = 0;
        sl::for_blocks<counted_slot>(
            300, 300, {.threads = threads},
            [&](std::size_t i, counted_slot& slot) {
                ++seen[i];
                ++slot.uses;
            },
            [&](const counted_slot& slot) { uses += slot.uses; });
        CHECK(uses == 300);
        CHECK(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; }));
    }
}

TEST_CASE("the first exception of a worker reaches the caller and nobody hangs") {
    for (const unsigned threads : {1U, 2U, 5U}) {
        for (const std::size_t bad : {0U, 1U, 99U}) {
            const auto fail = [&](std::size_t i) {
                if (i == bad) throw std::runtime_error("block");
            };
            const auto ignore = [](std::size_t, counted_slot&) {};
            REQUIRE_THROWS_AS(
                sl::for_blocks_in_order<counted_slot>(
                    100, 100, {.threads = threads}, [&](std::size_t i, counted_slot&) { fail(i); }, ignore),
                std::runtime_error);
            REQUIRE_THROWS_AS(
                sl::for_blocks_in_order<counted_slot>(100, 100, {.threads = threads}, ignore,
                                                      [&](std::size_t i, counted_slot&) { fail(i); }),
                std::runtime_error);
            REQUIRE_THROWS_AS(sl::for_blocks<counted_slot>(100, 100, {.threads = threads},
                                                           [&](std::size_t i, counted_slot&) { fail(i); }),
                              std::runtime_error);
        }
    }
}

TEST_CASE("nothing is merged after a block that failed") {
    std::vector<std::size_t> merged;
    REQUIRE_THROWS_AS(sl::for_blocks_in_order<counted_slot>(
                          50, 50, {.threads = 4},
                          [](std::size_t i, counted_slot&) {
                              if (i == 20) throw std::logic_error("block");
                          },
                          [&](std::size_t i, counted_slot&) { merged.push_back(i); }),
                      std::logic_error);
    CHECK(std::find(merged.begin(), merged.end(), 20) == merged.end());
    CHECK(merged.size() <= 20);
}

TEST_CASE("a failing finish reaches the caller") {
    REQUIRE_THROWS_AS(sl::for_blocks<counted_slot>(
                          3, 3, {.threads = 2}, [](std::size_t, counted_slot&) {},
                          [](counted_slot&) { throw std::runtime_error("finish"); }),
                      std::runtime_error);
}

TEST_CASE("stop ends the work with cancelled_error before or while it runs") {
    std::atomic<bool> stop{true};
    std::atomic<int> computed{0};
    const auto compute = [&](std::size_t i, counted_slot&) {
        ++computed;
        if (i == 10) stop = true;
    };
    const auto run = [&](unsigned threads) {
        sl::for_blocks_in_order<counted_slot>(1000, 1000, {.threads = threads, .stop = &stop}, compute,
                                              [](std::size_t, counted_slot&) {});
    };
    REQUIRE_THROWS_AS(run(2), sl::cancelled_error);
    CHECK(computed == 0);
    stop = false;
    REQUIRE_THROWS_AS(run(2), sl::cancelled_error);
    CHECK(computed >= 11);
    CHECK(computed < 1000);
    CHECK(sl::cancelled_error().code() == sl::errc::cancelled);
}

TEST_CASE("progress ascends to the total and is called by one thread at a time") {
    for (const unsigned threads : {1U, 4U}) {
        std::vector<std::uint64_t> done;
        std::atomic<int> inside{0};
        const auto progress = [&](const sl::progress_report& report) {
            REQUIRE(++inside == 1);
            REQUIRE(report.total == 12345);
            done.push_back(report.done);
            --inside;
        };
        const sl::execution run{.threads = threads, .progress = progress};
        sl::for_blocks_in_order<counted_slot>(
            77, 12345, run, [](std::size_t, counted_slot&) {}, [](std::size_t, counted_slot&) {});
        CHECK(done.size() == 77);
        CHECK(std::is_sorted(done.begin(), done.end()));
        CHECK(done.back() == 12345);
        done.clear();
        sl::for_blocks<counted_slot>(77, 12345, run, [](std::size_t, counted_slot&) {});
        CHECK(done.size() == 77);
        CHECK(std::is_sorted(done.begin(), done.end()));
        CHECK(done.back() == 12345);
    }
}

TEST_CASE("a failing progress reaches the caller") {
    const sl::execution run{.threads = 2,
                            .progress = [](const sl::progress_report&) { throw std::runtime_error("p"); }};
    REQUIRE_THROWS_AS(sl::for_blocks<counted_slot>(5, 5, run, [](std::size_t, counted_slot&) {}),
                      std::runtime_error);
}

TEST_CASE("stages map progress into their part and keep threads and stop") {
    std::vector<std::uint64_t> done;
    std::atomic<bool> stop{false};
    const sl::execution run{
        .threads = 3,
        .progress = [&](const sl::progress_report& report) { done.push_back(report.done); },
        .stop = &stop};
    const auto first = sl::part_of(run, 0, 0.25);
    const auto last = sl::part_of(sl::part_of(run, 0.5, 1), 0.5, 1); // the last quarter
    first.progress({100, 100});
    last.progress({0, 100});
    last.progress({100, 100});
    CHECK(done == std::vector<std::uint64_t>{25, 75, 100});
    CHECK(last.threads == 3);
    CHECK(last.stop == &stop);
    CHECK_FALSE(sl::part_of({}, 0, 1).progress);
}

TEST_CASE("there are never more workers than blocks and at least one") {
    CHECK(sl::worker_count({.threads = 8}, 3) == 3);
    CHECK(sl::worker_count({.threads = 2}, 3) == 2);
    CHECK(sl::worker_count({.threads = 2}, 0) == 1);
    CHECK(sl::worker_count({}, 1000) >= 1);
}

TEST_CASE("a loop of one's own stops where it is asked to") {
    std::atomic<bool> stop = false;
    const sl::execution run{.stop = &stop};
    run.throw_if_stopped();
    sl::execution().throw_if_stopped(); // nobody can ask
    stop = true;
    CHECK_THROWS_AS(run.throw_if_stopped(), sl::cancelled_error);
}
