#include "svdlens/table/resample.hpp"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/sample.hpp"
#include "svdlens/table/top_k.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

struct sum_of {
    template <class T>
    double operator()(std::span<const T> scores) const {
        double sum = 0;
        for (const auto score : scores) sum += static_cast<double>(score);
        return sum;
    }
};

} // namespace

TEMPLATE_TEST_CASE("each value is the statistic of one sample, the first that of sample()", "", float,
                   double) {
    const auto table = sl::long_table(random_scores<TestType>(3000, 1), sl::axes({{"row", 3000}}));
    const sl::resample_options options{.rows = 100, .times = 40, .seed = 6};
    const auto one = sl::resample(table, options, sum_of{}, {.threads = 1});
    REQUIRE(one.values.size() == 40);
    const auto first = sl::sample(table, 100, 6);
    CHECK(one.values[0] == sum_of{}(first.scores()));
    for (std::size_t k = 0; k < 40; ++k) {
        sl::detail::random_stream random(6, k);
        double sum = 0;
        for (const auto row : sl::detail::random_positions(3000, 100, random))
            sum += static_cast<double>(table.score_at(static_cast<std::size_t>(row)));
        CHECK(one.values[k] == sum);
    }
    double mean = 0, squares = 0;
    for (const auto value : one.values) mean += value / 40;
    for (const auto value : one.values) squares += (value - mean) * (value - mean);
    CHECK(one.mean == Approx(mean).epsilon(1e-12));
    CHECK(one.std == Approx(std::sqrt(squares / 39)).epsilon(1e-12));
    for (const unsigned threads : {2U, 5U}) {
        const auto many = sl::resample(table, options, sum_of{}, {.threads = threads});
        CHECK(many.values == one.values);
        CHECK(std::bit_cast<std::uint64_t>(many.mean) == std::bit_cast<std::uint64_t>(one.mean));
        CHECK(std::bit_cast<std::uint64_t>(many.std) == std::bit_cast<std::uint64_t>(one.std));
    }
}

TEST_CASE("the share of random rows beyond a quantile is what the quantile says") {
    const auto table = sl::long_table(random_scores<float>(100000, 2), sl::axes({{"row", 100000}}));
    const auto top = sl::top_k(table, 100); // the 99.9 % quantile is its last
    const float bound = top.score_at(99);
    const auto beyond = [&](std::span<const float> scores) {
        int count = 0;
        for (const float score : scores) count += score >= bound ? 1 : 0;
        return count;
    };
    const auto found = sl::resample(table, {.rows = 768, .times = 2000, .seed = 1}, beyond);
    // Hypergeometric: mean 0.768, standard deviation 0.872; the mean of 2000 is within 4 x 0.0195.
    CHECK(std::abs(found.mean - 0.768) < 0.078);
    CHECK(std::abs(found.std - 0.872) < 0.08);
}

TEST_CASE("values that are NaN are left out of the mean") {
    const auto table = sl::long_table(std::vector<double>{1, NAN, 3, 4}, sl::axes({{"row", 4}}));
    const auto first = [](std::span<const double> scores) { return scores[0]; };
    const auto found = sl::resample(table, {.rows = 1, .times = 64, .seed = 2}, first);
    double sum = 0, count = 0;
    for (const auto value : found.values) {
        if (std::isnan(value)) continue;
        sum += value;
        ++count;
    }
    CHECK(count < 64);
    CHECK(found.mean == Approx(sum / count));
}

TEST_CASE("no samples, one sample, empty samples, all rows, too many rows") {
    const auto table = sl::long_table(std::vector<float>{1, 2, 3}, sl::axes({{"row", 3}}));
    const auto none = sl::resample(table, {.rows = 1, .times = 0}, sum_of{});
    CHECK(none.values.empty());
    CHECK(std::isnan(none.mean));
    CHECK(std::isnan(none.std));
    const auto one = sl::resample(table, {.rows = 3}, sum_of{});
    CHECK(one.values == std::vector<double>{6});
    CHECK(one.mean == 6);
    CHECK(std::isnan(one.std));
    CHECK(sl::resample(table, {.rows = 0, .times = 2}, sum_of{}).mean == 0);
    CHECK(sl::resample(table, {.rows = 3, .times = 9}, sum_of{}).std == 0);
    CHECK(message_of([&] { (void)sl::resample(table, {.rows = 4}, sum_of{}); }) ==
          "resample: expected at most the 3 rows that there are, found 4 asked for");
    const std::atomic<bool> stop{true};
    REQUIRE_THROWS_AS(sl::resample(table, {.rows = 1}, sum_of{}, {.stop = &stop}), sl::cancelled_error);
}
