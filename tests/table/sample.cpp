#include "svdlens/table/sample.hpp"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/map_scores.hpp"
#include "svdlens/table/score_key.hpp"
#include "svdlens/table/sort_by.hpp"
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

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

template <class T>
bool identical(const sl::basic_selection<T>& a, const sl::basic_selection<T>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t k = 0; k < a.size(); ++k) {
        if (a.row_at(k) != b.row_at(k)) return false;
        if (std::isnan(a.score_at(k)) ? !std::isnan(b.score_at(k)) : a.score_at(k) != b.score_at(k))
            return false;
    }
    return true;
}

} // namespace

TEMPLATE_TEST_CASE("a sample is the same for a projection and the table stored from it", "", float, double) {
    const auto lazy = causal_scores(awkward_scores<TestType>(3 * 4 * 8 * 50, 14));
    const auto table = sl::store(lazy);
    for (const std::uint64_t n :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{37}, table.max_rows() - 5, table.max_rows()}) {
        const auto expected = sl::sample(table, n, 77, {.threads = 1});
        CHECK(expected.size() == n);
        for (const unsigned threads : {1U, 2U, 5U}) {
            CHECK(identical(sl::sample(lazy, n, 77, {.threads = threads}), expected));
            CHECK(identical(sl::sample(table, n, 77, {.threads = threads}), expected));
        }
        for (std::size_t k = 0; k < expected.size(); ++k) {
            const auto row = expected.row_at(k);
            REQUIRE(lazy.tiles().offset(row).has_value());
            REQUIRE((std::isnan(lazy.at(row)) ? std::isnan(expected.score_at(k))
                                              : expected.score_at(k) == lazy.at(row)));
            if (k > 0) REQUIRE(expected.row_at(k - 1) < row);
        }
    }
    CHECK_FALSE(identical(sl::sample(table, 37, 77), sl::sample(table, 37, 78)));
}

TEST_CASE("NaN rows are sampled like others, and all rows are a sample of themselves") {
    const auto table = sl::long_table(awkward_scores<float>(500, 3), sl::axes({{"row", 500}}));
    CHECK(identical(sl::sample(table, 500, 9), sl::collect(table)));
}

TEST_CASE("positions count, not row numbers: a selection keeps its order") {
    const auto table = sl::long_table(random_scores<float>(100, 3), sl::axes({{"row", 100}}));
    const auto sorted = sl::sort_by(table, {sl::descending("score")});
    const auto of_table = sl::sample(table, 20, 4);
    const auto of_sorted = sl::sample(sorted, 20, 4);
    for (std::size_t k = 0; k < 20; ++k) {
        const auto position = static_cast<std::size_t>(of_table.row_at(k));
        CHECK(of_sorted.row_at(k) == sorted.row_at(position));
        CHECK(of_sorted.score_at(k) == sorted.score_at(position));
    }
}

TEST_CASE("mapped scores are sampled in the same places") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 14));
    const auto plain = sl::sample(lazy, 50, 1);
    const auto mapped = sl::sample(sl::map_scores(lazy, sl::magnitude{}), 50, 1);
    for (std::size_t k = 0; k < 50; ++k) {
        CHECK(mapped.row_at(k) == plain.row_at(k));
        CHECK(mapped.score_at(k) == std::abs(plain.score_at(k)));
    }
}

TEST_CASE("more rows than there are are refused") {
    const auto table = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"row", 2}}));
    REQUIRE_THROWS_AS(sl::sample(table, 3, 0), sl::argument_error);
    CHECK(message_of([&] { (void)sl::sample(table, 3, 0); }) ==
          "sample: expected at most the 2 rows that there are, found 3 asked for");
    const auto none = sl::long_table(std::vector<float>{}, sl::axes({sl::axis("row", 0)}));
    CHECK(sl::sample(none, 0, 0).empty());
    REQUIRE_THROWS_AS(sl::sample(none, 1, 0), sl::argument_error);
    static_assert(!sl::positioned_source<sl::score_source_ref<float>>);
}
