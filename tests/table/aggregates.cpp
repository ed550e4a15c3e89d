#include "svdlens/table/aggregates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/detail/groups/add_scores.hpp"
#include "table/naive_groups.hpp"

namespace sl = svdlens;
namespace ag = svdlens::aggregates;
using namespace svdlens_tests;

namespace {

/// The value of scores added one by one, all at once, and in two parts that are merged.
template <class A, class T>
std::vector<double> all_ways(const A& a, const std::vector<T>& scores) {
    using state = sl::detail::aggregate_state<A, T>;
    state one_by_one{}, at_once{}, head{}, tail{}, each{};
    for (const T score : scores) sl::detail::add_score(a, one_by_one, score);
    sl::detail::add_all(a, at_once, std::span<const T>(scores));
    const auto middle = std::span<const T>(scores).first(scores.size() / 3);
    sl::detail::add_all(a, head, middle);
    sl::detail::add_all(a, tail, std::span<const T>(scores).subspan(middle.size()));
    a.merge(head, tail);
    a.merge(head, state{});
    std::vector<state> states(scores.size());
    sl::detail::add_each(a, states.data(), std::span<const T>(scores));
    for (const auto& s : states) a.merge(each, s);
    return {a.value(one_by_one), a.value(at_once), a.value(head), a.value(each)};
}

template <class T, class A>
void check_value(const A& a, const std::vector<T>& scores, double wanted, double scale = 0) {
    for (const double found : all_ways(a, scores)) {
        INFO(A::name() << " of " << scores.size() << ": " << found << " for " << wanted);
        CHECK(same_number(found, wanted, scale));
    }
}

template <class T>
void check_all(const std::vector<T>& scores) {
    std::vector<long double> x;
    for (const T score : scores)
        if (!std::isnan(score)) x.push_back(score);
    const auto n = static_cast<long double>(x.size());
    long double sum = 0, sizes = 0, energy = 0, squares = 0;
    for (const auto v : x) {
        sum += v;
        sizes += std::abs(v);
        energy += v * v;
    }
    for (const auto v : x) squares += (v - sum / n) * (v - sum / n);
    const auto size_less = [](long double a, long double b) { return std::abs(a) < std::abs(b); };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto pick = [&](auto found) { return x.empty() ? nan : static_cast<double>(*found); };
    const auto scale = static_cast<double>(sizes);
    check_value(ag::count{}, scores, static_cast<double>(x.size()));
    check_value(ag::sum{}, scores, static_cast<double>(sum), scale);
    check_value(ag::abs_sum{}, scores, static_cast<double>(sizes));
    check_value(ag::energy{}, scores, static_cast<double>(energy));
    check_value(ag::mean{}, scores, static_cast<double>(sum / n), scale / static_cast<double>(n));
    check_value(ag::abs_mean{}, scores, static_cast<double>(sizes / n));
    check_value(ag::std_dev{}, scores,
                x.size() < 2 ? nan : static_cast<double>(std::sqrt(squares / (n - 1))));
    check_value(ag::min{}, scores, pick(std::min_element(x.begin(), x.end())));
    check_value(ag::max{}, scores, pick(std::max_element(x.begin(), x.end())));
    check_value(ag::abs_min{}, scores, std::abs(pick(std::min_element(x.begin(), x.end(), size_less))));
    check_value(ag::abs_max{}, scores, std::abs(pick(std::max_element(x.begin(), x.end(), size_less))));
}

} // namespace

TEMPLATE_TEST_CASE("aggregates are what a plain loop in long double computes", "", float, double) {
    for (const std::size_t count : {0U, 1U, 2U, 15U, 16U, 31U, 32U, 33U, 100U, 1024U, 5000U})
        for (unsigned seed = 0; seed < 3; ++seed) {
            check_all(finite_scores<TestType>(count, seed));
            check_all(random_scores<TestType>(count, seed));
        }
}

TEST_CASE("scores of NaN count nothing") {
    for (const std::size_t count : {1U, 5U, 200U}) check_all(std::vector<float>(count, NAN));
}

TEST_CASE("a small spread about a large mean is not lost") {
    std::vector<double> scores;
    for (int k = 0; k < 4000; ++k) scores.push_back(1e9 + (k % 2 == 0 ? 1 : -1));
    const double wanted = std::sqrt(4000.0 / 3999.0);
    for (const double found : all_ways(ag::std_dev{}, scores)) CHECK(found == Approx(wanted).epsilon(1e-9));
}

TEST_CASE("infinities are extremes, and leave no spread") {
    for (const std::size_t count : {3U, 100U}) {
        std::vector<double> scores(count, 1.0);
        scores[1] = INFINITY;
        check_value(ag::max{}, scores, INFINITY);
        check_value(ag::abs_max{}, scores, INFINITY);
        check_value(ag::sum{}, scores, INFINITY);
        check_value(ag::mean{}, scores, INFINITY);
        check_value(ag::energy{}, scores, INFINITY);
        check_value(ag::std_dev{}, scores, NAN);
        check_value(ag::min{}, scores, 1);
        scores[2] = -INFINITY;
        check_value(ag::min{}, scores, -INFINITY);
        check_value(ag::abs_max{}, scores, INFINITY);
        check_value(ag::mean{}, scores, NAN);
    }
    check_value(ag::max{}, std::vector<double>(40, -INFINITY), -INFINITY);
    check_value(ag::min{}, std::vector<double>(40, INFINITY), INFINITY);
}

TEST_CASE("extremes of floats are held as floats") {
    STATIC_REQUIRE(sizeof(sl::detail::aggregate_state<ag::abs_max, float>) == sizeof(float));
    STATIC_REQUIRE(sizeof(sl::detail::aggregate_state<ag::abs_max, double>) == sizeof(double));
    STATIC_REQUIRE(std::is_same_v<sl::detail::aggregate_state<ag::mean, float>, ag::mean::state>);
}

TEST_CASE("single passes one score on, NaN too, and refuses two") {
    using sl::detail::add_score;
    const ag::single one;
    ag::single::state s{}, other{};
    CHECK(std::isnan(one.value(s)));
    add_score(one, s, 2.5F);
    CHECK(one.value(s) == 2.5);
    one.merge(s, other);
    CHECK(one.value(s) == 2.5);
    one.merge(other, s);
    CHECK(one.value(other) == 2.5);
    add_score(one, s, std::numeric_limits<float>::quiet_NaN());
    REQUIRE_THROWS_AS(one.value(s), sl::argument_error);
    CHECK(message_of([&] { (void)one.value(s); }) ==
          "aggregates::single: expected one row a group, found 2; group by more columns or take another "
          "aggregate");
    ag::single::state nan{};
    add_score(one, nan, NAN);
    CHECK(nan.rows == 1);
    CHECK(std::isnan(one.value(nan)));
}

TEST_CASE("aggregates have names") {
    CHECK(ag::abs_max::name() == "abs_max");
    CHECK(ag::min::name() == "min");
    CHECK(ag::energy::name() == "energy");
    CHECK(ag::abs_mean::name() == "abs_mean");
    CHECK(ag::sum::name() == "sum");
    CHECK(ag::std_dev::name() == "std");
}

// Squares of doubles beyond 1e154 had made NaN of the deviation, those below 1e-162 had made 0; a sum beyond the
// range an infinite mean.
TEST_CASE("means and deviations of doubles of any size are those of a plain loop in long double") {
    constexpr double most = std::numeric_limits<double>::max(),
                     least = std::numeric_limits<double>::denorm_min();
    const std::vector<std::vector<double>> cases{{1e200, -1e200, 2e200}, {1e-200, 2e-200, 5e-200},
                                                 {most, most, most},     {1e308, 1e308, -1e308, -1.5e308},
                                                 {most, 0.9 * most},     {least, 3 * least, 8 * least},
                                                 {1e200, 1, 1e-200},     {0, 0, 1e-200, 2e-200},
                                                 {1e-200, 0, 1, 2},      {-1e300},
                                                 {1e155, 1e155 + 1e140}, {1e-130, 3e-130},
                                                 {1e130, -3e130, 1e-130}};
    for (const auto& scores : cases) {
        long double sum = 0, squares = 0, sizes = 0;
        for (const long double x : scores) sum += x, sizes += std::abs(x);
        const auto n = static_cast<long double>(scores.size());
        for (const long double x : scores) squares += (x - sum / n) * (x - sum / n);
        for (const std::size_t copies : {1U, 30U, 900U}) { // one by one, in lanes, in leaves
            std::vector<double> all;
            for (std::size_t k = 0; k < copies; ++k) all.insert(all.end(), scores.begin(), scores.end());
            const auto size = static_cast<long double>(all.size());
            const auto wanted =
                static_cast<double>(std::sqrt(squares * static_cast<long double>(copies) / (size - 1)));
            INFO(scores[0] << " and " << scores.size() - 1 << " others, " << copies << " times");
            for (const double found : all_ways(ag::mean{}, all))
                CHECK(std::abs(found - static_cast<double>(sum / n)) <=
                      1e-13 * static_cast<double>(sizes / n));
            for (const double found : all_ways(ag::std_dev{}, all)) {
                if (all.size() < 2) CHECK(std::isnan(found));
                if (all.size() >= 2)
                    CHECK(std::abs(found - wanted) <=
                          1e-12 * wanted + 1e-15 * static_cast<double>(sizes / n) + 2 * least);
            }
        }
    }
    const double inf = std::numeric_limits<double>::infinity();
    check_value(ag::mean{}, std::vector<double>{1e308, inf, 1e308}, inf);
    for (const double found : all_ways(ag::std_dev{}, std::vector<double>{1e200, inf, 1}))
        CHECK(std::isnan(found));
    for (const double found : all_ways(ag::mean{}, std::vector<double>{inf, -inf})) CHECK(std::isnan(found));
}
