#include "svdlens/table/describe.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/store.hpp"
#include "table/expected_tables.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

bool close(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b)) || a == Approx(b).epsilon(1e-12);
}

void check_same_bits(const sl::description& a, const sl::description& b) {
    const auto left = sl::statistics(a), right = sl::statistics(b);
    REQUIRE(left.size() == right.size());
    for (std::size_t k = 0; k < left.size(); ++k) {
        INFO(left[k].first);
        CHECK(std::bit_cast<std::uint64_t>(left[k].second) == std::bit_cast<std::uint64_t>(right[k].second));
    }
    CHECK(a.nan_count == b.nan_count);
}

template <class T>
sl::description described(std::vector<T> scores) {
    const auto count = scores.size();
    return sl::describe(sl::long_table(std::move(scores), sl::axes({{"row", count}})));
}

} // namespace

TEST_CASE("describe says what pandas says") {
    for (const auto& expected : expected_tables()) {
        INFO(expected.name);
        expected.for_items("describe", [](const auto& table, const expected_item& item) {
            const auto wanted = item.numbers();
            const auto found = sl::describe(table);
            CHECK(static_cast<double>(found.count) == wanted[0]);
            CHECK(static_cast<double>(found.nan_count) == wanted[1]);
            CHECK(close(found.mean, wanted[2]));
            CHECK(close(found.std, wanted[3]));
            CHECK(close(found.min, wanted[4]));
            CHECK(close(found.max, wanted[5]));
        });
    }
}

TEMPLATE_TEST_CASE("moments agree with two passes in long double", "", float, double) {
    auto scores = random_scores<TestType>(200001, 21);
    for (auto& score : scores) score += 3;
    long double sum = 0, squares = 0;
    for (const auto score : scores) sum += static_cast<long double>(score);
    const long double mean = sum / static_cast<long double>(scores.size());
    for (const auto score : scores)
        squares += (static_cast<long double>(score) - mean) * (static_cast<long double>(score) - mean);
    const auto found = described(scores);
    CHECK(found.mean == Approx(static_cast<double>(mean)).epsilon(1e-12));
    CHECK(found.std ==
          Approx(static_cast<double>(std::sqrt(squares / static_cast<long double>(scores.size() - 1))))
              .epsilon(1e-12));
}

TEST_CASE("a large offset costs the standard deviation nothing that double can hold") {
    std::vector<double> scores;
    for (int k = 0; k < 5000; ++k) scores.push_back(1e6 + (k % 2 == 0 ? 0.5 : -0.5));
    CHECK(described(scores).std == Approx(0.5 * std::sqrt(5000.0 / 4999.0)).epsilon(1e-12));
}

TEST_CASE("infinities make the mean infinite or NaN and the standard deviation NaN") {
    const auto one = described<double>({inf, 1});
    CHECK(one.mean == inf);
    CHECK(std::isnan(one.std));
    CHECK(one.min == 1);
    CHECK(one.max == inf);
    const auto both = described<float>({INFINITY, 1, -INFINITY});
    CHECK(std::isnan(both.mean));
    CHECK(both.min == -inf);
    CHECK(both.max == inf);
}

TEST_CASE("describe of no numbers counts and is NaN elsewhere") {
    const auto none = described<float>({NAN, NAN});
    CHECK(none.count == 0);
    CHECK(none.nan_count == 2);
    for (const double value : {none.mean, none.std, none.min, none.max}) CHECK(std::isnan(value));
    CHECK(described<double>({}).count == 0);
}

TEST_CASE("one number has no standard deviation") {
    const auto one = described<float>({NAN, 4.0F});
    CHECK(one.count == 1);
    CHECK(one.mean == 4);
    CHECK(std::isnan(one.std));
}

TEST_CASE("the median is always there and percentiles are sorted and unique") {
    const auto table = sl::long_table(std::vector<float>{1, 2, 3}, sl::axes({{"row", 3}}));
    const auto found = sl::describe(table, {0.9, 0.1, 0.9});
    REQUIRE(found.percentiles.size() == 3);
    CHECK(found.percentiles[0].probability == 0.1);
    CHECK(found.percentiles[1].probability == 0.5);
    CHECK(found.percentiles[1].value == 2);
    CHECK(found.percentiles[2].probability == 0.9);
    CHECK(sl::describe(table, {}).percentiles.size() == 1);
    REQUIRE_THROWS_AS(sl::describe(table, {1.5}), sl::argument_error);
}

TEMPLATE_TEST_CASE("describe is the same bits for any number of threads and for stored scores", "", float,
                   double) {
    const auto lazy = causal_scores(random_scores<TestType>(3 * 4 * 8 * 50, 9));
    const auto once = sl::describe(lazy, {0.01, 0.99}, {.threads = 1});
    CHECK(once.count == 14 * 50 + 28 * 50 + 28 * 37);
    for (const unsigned threads : {1U, 2U, 5U}) {
        check_same_bits(once, sl::describe(lazy, {0.01, 0.99}, {.threads = threads}));
        check_same_bits(
            once, sl::describe(sl::store(lazy, {.threads = threads}), {0.01, 0.99}, {.threads = threads}));
    }
}

TEST_CASE("a cut at odd places changes sums in the last bits only and counts not at all") {
    const auto scores = awkward_scores<float>(2 * 3 * 700, 2);
    auto finite = scores;
    for (auto& score : finite)
        if (std::isinf(score)) score = 1;
    const auto columns = head_axes(2, 3, 700);
    const auto whole = sl::describe(sl::long_table(finite, columns));
    for (const unsigned seed : {1U, 2U, 3U}) {
        const auto found =
            sl::describe(cut_source<float>(columns, finite, seed), {0.25, 0.75}, {.threads = 3});
        CHECK(found.count == whole.count);
        CHECK(found.nan_count == whole.nan_count);
        CHECK(close(found.mean, whole.mean));
        CHECK(close(found.std, whole.std));
        CHECK(found.min == whole.min);
        CHECK(found.max == whole.max);
    }
}

namespace sl = svdlens;

TEST_CASE("percent names are the shortest that are right") {
    CHECK(sl::percent_name(0.001) == "0.1%");
    CHECK(sl::percent_name(0.01) == "1%");
    CHECK(sl::percent_name(0.07) == "7%");
    CHECK(sl::percent_name(0.25) == "25%");
    CHECK(sl::percent_name(0.5) == "50%");
    CHECK(sl::percent_name(0.29) == "29%");
    CHECK(sl::percent_name(0.999) == "99.9%");
    CHECK(sl::percent_name(0.9999) == "99.99%");
    CHECK(sl::percent_name(0) == "0%");
    CHECK(sl::percent_name(1) == "100%");
    CHECK(sl::percent_name(1e-7) == "0.00001%");
}

TEST_CASE("a description prints aligned and in pandas' order") {
    sl::description d;
    d.title = "ov_to_mlp_in";
    d.count = 1200;
    d.mean = 0.25;
    d.min = -1.5;
    d.max = 1e-7;
    d.percentiles = {{0.001, -1.25}, {0.5, 1.0 / 3}};
    std::ostringstream out;
    out << d;
    CHECK(out.str() == "ov_to_mlp_in\n"
                       "count      1200\n"
                       "mean       0.25\n"
                       "std         nan\n"
                       "min        -1.5\n"
                       "0.1%      -1.25\n"
                       "50%    0.333333\n"
                       "max       1e-07\n");
}

TEST_CASE("a description says how many scores were NaN, and only then") {
    sl::description d;
    CHECK(sl::to_string(d).find("nan  ") == std::string::npos);
    d.nan_count = 3;
    CHECK(sl::to_string(d).find("\nnan      3\n") != std::string::npos);
}

TEST_CASE("one or two percentiles written out are numbers, not ways to run") {
    const auto table = sl::long_table(std::vector<float>{1, 2, 3}, sl::axes({{"row", 3}}));
    CHECK(sl::describe(table, {0.25}).percentiles.size() == 2);
    CHECK(sl::describe(table, {0.25, 0.75}).percentiles.size() == 3);
    const std::vector<double> list{0.25, 0.75};
    CHECK(sl::describe(table, list).percentiles.size() == 3);
    check_same_bits(sl::describe(table, {.threads = 2}), sl::describe(table, {0.25, 0.5, 0.75}));
}

TEST_CASE("mean and deviation of doubles of any size are finite, in any cut and for any number of threads") {
    const auto three = described<double>({1e200, -1e200, 2e200});
    CHECK(three.std == Approx(1.5275252316519468e200)); // NumPy's of 1, -1, 2
    CHECK(three.mean == Approx(2e200 / 3));
    CHECK(described<double>({1e-200, -1e-200, 2e-200}).std == Approx(1.5275252316519468e-200));
    CHECK(described<double>({1e308, 1e308, 1.5e308}).mean == Approx(3.5e308L / 3));
    CHECK(described<double>({0, 0, 5e-324}).max == 5e-324);
    CHECK(described<double>({1e200, inf}).mean == inf);
    CHECK(std::isnan(described<double>({1e200, inf}).std));
    const sl::axes axes({{"row", 5000}});
    for (const double scale : {1e-300, 1e-170, 1e160, 1e300}) {
        auto plain = random_scores<double>(5000, 3);
        for (std::size_t k = 0; k < plain.size(); ++k) plain[k] = k < 1500 ? 0 : k % 11 == 0 ? NAN : plain[k];
        auto scaled = plain;
        for (auto& score : scaled) score *= scale;
        const auto expected = sl::describe(sl::long_table(plain, axes)),
                   found = sl::describe(sl::long_table(scaled, axes));
        CHECK(found.std / scale == Approx(expected.std));
        CHECK(found.mean / scale == Approx(expected.mean));
        for (const int seed : {1, 2, 3}) {
            const cut_source<double> cut(axes, scaled, static_cast<unsigned>(seed));
            const auto one = sl::describe(cut, {0.5}, {.threads = 1});
            CHECK(one.std == Approx(found.std));
            check_same_bits(one, sl::describe(cut, {0.5}, {.threads = 2}));
            check_same_bits(one, sl::describe(cut, {0.5}, {.threads = 5}));
        }
    }
}
