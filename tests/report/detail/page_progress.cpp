#include "svdlens/report/detail/page_progress.hpp"

#include <cstdint>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("pieces of work of different cost ascend together") {
    std::vector<double> shares;
    const sl::execution run{.progress = [&](const sl::progress_report& r) {
        shares.push_back(static_cast<double>(r.done) / static_cast<double>(r.total));
    }};
    sl::detail::page_progress progress(run, 10);
    for (const double cost : {2.0, 5.0, 3.0, 4.0}) { // the last is beyond what was expected
        const auto part = progress.next(cost);
        for (const std::uint64_t done : {0U, 500'000U, 1'000'000U}) part.progress({done, 1'000'000});
    }
    const std::vector<double> expected{0, 0.1, 0.2, 0.2, 0.45, 0.7, 0.7, 0.85, 1, 1, 1, 1};
    REQUIRE(shares.size() == expected.size());
    for (std::size_t k = 0; k < shares.size(); ++k) CHECK(shares[k] == Approx(expected[k]).margin(1e-5));
}

TEST_CASE("nobody who listens is nobody to report to") {
    const sl::execution quiet;
    sl::detail::page_progress progress(quiet, 0);
    CHECK_FALSE(static_cast<bool>(progress.next(1).progress));
}
