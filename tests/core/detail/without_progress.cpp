#include "svdlens/core/detail/without_progress.hpp"

#include <atomic>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("a run without progress keeps threads, budget and stop") {
    const std::atomic<bool> stop{false};
    int reports = 0;
    const sl::execution run{.threads = 3,
                            .memory_budget = 77,
                            .progress = [&](const sl::progress_report&) { ++reports; },
                            .stop = &stop};
    const auto quiet = sl::detail::without_progress(run);
    CHECK(quiet.threads == 3);
    CHECK(quiet.memory_budget == 77);
    CHECK(quiet.stop == &stop);
    CHECK_FALSE(static_cast<bool>(quiet.progress));
    CHECK(static_cast<bool>(run.progress));
    CHECK(reports == 0);
}
