#include "svdlens/table/detail/order/quantile_place.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/numbers.hpp"

namespace sl = svdlens;
using sl::quantile_rule;
using svdlens_tests::inf;

namespace {

/// The quantile of sorted values, straight from the definitions of Hyndman and Fan: Q = (1 - g) x_j + g
/// x_(j+1), j = floor(n p + m), with g by the rule; ranks count from 1.
double defined_quantile(const std::vector<double>& x, double p, quantile_rule rule) {
    const double n = static_cast<double>(x.size());
    double m = 0;
    switch (rule) {
    case quantile_rule::closest_observation:
        m = -0.5;
        break;
    case quantile_rule::hazen:
        m = 0.5;
        break;
    case quantile_rule::weibull:
        m = p;
        break;
    case quantile_rule::linear:
        m = 1 - p;
        break;
    case quantile_rule::median_unbiased:
        m = (p + 1) / 3;
        break;
    case quantile_rule::normal_unbiased:
        m = p / 4 + 3.0 / 8;
        break;
    default:
        break;
    }
    const double j = std::floor(n * p + m);
    double g = n * p + m - j;
    if (rule == quantile_rule::inverted_cdf) g = g > 0 ? 1 : 0;
    if (rule == quantile_rule::averaged_inverted_cdf) g = g > 0 ? 1 : 0.5;
    // Of two that are equally near NumPy 1 takes the one whose rank from 0 is even; the paper counts from 1.
    if (rule == quantile_rule::closest_observation) g = g > 0 || std::fmod(j - 1, 2) != 0 ? 1 : 0;
    const auto at = [&](double rank) {
        return x[static_cast<std::size_t>((std::min)((std::max)(rank, 1.0), n)) - 1];
    };
    return (1 - g) * at(j) + g * at(j + 1);
}

double quantile(const std::vector<double>& x, double p, quantile_rule rule) {
    const auto place = sl::detail::find_place(x.size(), p, rule);
    return sl::detail::interpolate(x[static_cast<std::size_t>(place.low)],
                                   x[static_cast<std::size_t>(place.high)], place.share);
}

constexpr std::size_t rules = 9;

} // namespace

TEST_CASE("every rule is its definition, also on whole positions and at the ends") {
    for (std::size_t n = 1; n <= 40; ++n) {
        std::vector<double> x;
        for (std::size_t k = 0; k < n; ++k) x.push_back(static_cast<double>(k * k));
        for (std::size_t k = 0; k < rules; ++k) {
            const auto rule = static_cast<quantile_rule>(k);
            for (int eighth = 0; eighth <= 8; ++eighth) { // n p and n p + m are exact
                const double p = eighth / 8.0;
                INFO("n " << n << ", p " << p << ", rule " << k);
                REQUIRE(quantile(x, p, rule) ==
                        Approx(defined_quantile(x, p, rule)).epsilon(1e-12).margin(1e-12));
            }
        }
    }
}

TEST_CASE("places are neighbours within the scores") {
    for (const std::uint64_t n :
         {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{7}, std::uint64_t{1} << 40}) {
        for (std::size_t k = 0; k < rules; ++k) {
            for (const double p : {0.0, 1e-300, 1.0 / 3, 0.5, 1 - 0x1p-53, 1.0}) {
                const auto place = sl::detail::find_place(n, p, static_cast<quantile_rule>(k));
                CHECK(place.low < n);
                CHECK(place.high < n);
                CHECK((place.high == place.low || place.high == place.low + 1));
                CHECK(place.share >= 0);
                CHECK(place.share < 1);
            }
        }
    }
}

TEST_CASE("products round before they are added, as numpy's do") {
    // 0.1 * 30 is 3 in double, but a hair above it exactly: a fused product would leave the whole position.
    CHECK(quantile({0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
                    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29},
                   0.1, quantile_rule::inverted_cdf) == 2);
    CHECK(quantile({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 0.3, quantile_rule::averaged_inverted_cdf) == 2.5);
    CHECK(sl::detail::find_place(31, 0.1, quantile_rule::linear).share == 0);
}

// IEEE's inf - inf and inf * 0 had made NaN of the second half of these.
TEST_CASE("a whole rank is its value, next to an infinity lies that infinity, between two NaN") {
    CHECK(sl::detail::interpolate(inf, inf, 0.5) == inf);
    CHECK(sl::detail::interpolate(-inf, -inf, 0) == -inf);
    CHECK(sl::detail::interpolate(1, inf, 0.25) == inf);
    CHECK(sl::detail::interpolate(-inf, 1, 0.75) == -inf);
    CHECK(std::isnan(sl::detail::interpolate(-inf, inf, 0.5)));
    CHECK(sl::detail::interpolate(1, inf, 0) == 1);
    CHECK(sl::detail::interpolate(1, inf, 0.75) == inf);
    CHECK(sl::detail::interpolate(-inf, 1, 0.25) == -inf);
    CHECK(sl::detail::interpolate(-inf, inf, 0) == -inf);
}

TEST_CASE("numbers whose distance double has no room for have quantiles between them") {
    constexpr double most = std::numeric_limits<double>::max();
    CHECK(sl::detail::interpolate(-1e308, 1e308, 0.5) == 0);
    CHECK(sl::detail::interpolate(-1e308, 1e308, 0.25) == Approx(-5e307));
    CHECK(sl::detail::interpolate(-1e308, 1e308, 0.75) == Approx(5e307));
    CHECK(sl::detail::interpolate(-most, most, 0) == -most);
    CHECK(sl::detail::interpolate(-most, most, 1 - 0x1p-53) == Approx(most));
    CHECK(sl::detail::interpolate(1.5e308, most, 0.5) == Approx(1.6488465674e308));
    for (int k = 0; k <= 1000; ++k) { // never beyond the neighbours, nor backwards
        const double share = k / 1001.0, x = sl::detail::interpolate(-most, 1e308, share);
        CHECK((x >= -most && x <= 1e308));
        if (k > 0) CHECK(x >= sl::detail::interpolate(-most, 1e308, (k - 1) / 1001.0));
    }
}
