#include "svdlens/table/detail/rows/position_loop.hpp"

#include <atomic>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/core/error.hpp"

namespace sl = svdlens;

TEST_CASE("every position is used once, for any number of threads") {
    const std::size_t counts[] = {0, 1, 16383, 16384, 16385, 100001};
    for (const auto count : counts) {
        for (const unsigned threads : {1U, 2U, 5U}) {
            std::vector<int> used(count);
            sl::detail::for_positions(count, {.threads = threads}, [&](std::size_t k) { ++used[k]; });
            CHECK(used == std::vector<int>(count, 1));
        }
    }
}

TEST_CASE("a loop over positions reports all of them and can be stopped") {
    sl::progress_report last;
    const sl::execution watched{.threads = 1, .progress = [&](const sl::progress_report& r) { last = r; }};
    sl::detail::for_positions(40000, watched, [](std::size_t) {});
    CHECK(last.done == 40000);
    CHECK(last.total == 40000);
    const std::atomic<bool> stop{true};
    REQUIRE_THROWS_AS(sl::detail::for_positions(1, {.stop = &stop}, [](std::size_t) {}), sl::cancelled_error);
}
