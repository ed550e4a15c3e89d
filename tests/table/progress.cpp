#include "svdlens/core/execution.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <svdlens/table/cosine_similarity.hpp>
#include <svdlens/table/join.hpp>
#include <svdlens/table/long_table.hpp>
#include <svdlens/table/rank.hpp>
#include <svdlens/table/store.hpp>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

/// What a verb reports, checked to ascend to one total.
template <class Verb>
void check_ascends(std::uint64_t total, Verb verb) {
    std::vector<std::uint64_t> done;
    bool one_total = true;
    verb(sl::execution{.threads = 2, .progress = [&](const sl::progress_report& report) {
                           one_total = one_total && report.total == total;
                           done.push_back(report.done);
                       }});
    REQUIRE_FALSE(done.empty());
    CHECK(one_total);
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(done.back() == total);
}

auto table_of(std::size_t rows, std::size_t columns) {
    std::vector<float> values(rows * columns);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = std::sin(static_cast<float>(k));
    return sl::long_table(std::move(values), sl::axes({{"head", rows}, {"neuron", columns}}));
}

} // namespace

TEST_CASE("verbs whose parts count different things report ascending progress out of one total") {
    const auto large = table_of(30, 400);
    const auto small = sl::long_table(std::vector<float>(30, 1.0F), sl::axes({{"head", 30}}));
    const auto rows = sl::collect(large);
    check_ascends(12030, [&](const auto& run) { sl::join(rows, sl::collect(small), sl::by("head"), run); });
    check_ascends(12030, [&](const auto& run) { sl::join(sl::collect(small), rows, sl::by("head"), run); });
    check_ascends(12000, [&](const auto& run) { sl::cosine_similarities(large, "head", run); });
    auto holes = std::vector<float>(12000, std::numeric_limits<float>::quiet_NaN());
    holes[7] = 1;
    const auto mostly_nan = sl::long_table(std::move(holes), sl::axes({{"head", 30}, {"neuron", 400}}));
    check_ascends(12000, [&](const auto& run) { sl::rank(mostly_nan, sl::by("head"), run); });
}
