#include "svdlens/directions/spectra.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "directions/brute_diagonal.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"
#include "support/random_model.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;

namespace {

/// n values whose squares have a density in proportion to λ^-exponent from 1 on, at their quantiles.
std::vector<double> power_law_values(std::size_t n, double exponent) {
    std::vector<double> values;
    for (std::size_t k = 0; k < n; ++k) {
        const double above = (static_cast<double>(k) + 0.5) / static_cast<double>(n);
        values.push_back(std::sqrt(std::pow(above, -1 / (exponent - 1))));
    }
    return values;
}

} // namespace

TEST_CASE("four ranks are four numbers") {
    const auto flat = sl::ranks_of(std::vector<double>{3, 3, 3, 3});
    for (const double each : {flat.stable, flat.participation, flat.entropy, flat.entropy_of_values})
        CHECK(each == Approx(4));
    const auto one = sl::ranks_of(std::vector<double>{0, 2, 0});
    for (const double each : {one.stable, one.participation, one.entropy, one.entropy_of_values})
        CHECK(each == Approx(1));
    const auto two = sl::ranks_of(std::vector<double>{1, 2}); // squares 1 and 4
    CHECK(two.stable == Approx(1.25));
    CHECK(two.participation == Approx(25.0 / 17));
    CHECK(two.entropy == Approx(std::exp(-0.2 * std::log(0.2) - 0.8 * std::log(0.8))));
    CHECK(two.entropy_of_values == Approx(std::exp(std::log(3.0) - 2.0 / 3 * std::log(2.0))));
    const auto far = sl::ranks_of(std::vector<double>{1e-300, 2e-300});
    CHECK(far.participation == Approx(25.0 / 17));
    CHECK(sl::ranks_of({}).stable == 0);
    CHECK(message_of([] {
              sl::ranks_of(std::vector<double>{1, -1});
          }) == "spectrum: expected finite singular values of at least 0, found -1");
    CHECK_THROWS_AS(sl::ranks_of(std::vector<double>{std::numeric_limits<double>::quiet_NaN()}),
                    sl::argument_error);
}

TEST_CASE("the product law has the edges of SCIENCE's table, and random products end there") {
    CHECK(sl::product_law_of(128, 16).upper == Approx(1.528).margin(5e-4));
    CHECK(sl::product_law_of(128, 32).upper == Approx(1.760172593046087).epsilon(1e-12));
    CHECK(sl::product_law_of(128, 32).lower == Approx(0.3690087298281905).epsilon(1e-12));
    CHECK(sl::product_law_of(768, 64).upper == Approx(1.427).margin(5e-4));
    CHECK(sl::product_law_of(64, 64).upper == Approx(2.598).margin(5e-4));
    CHECK(sl::product_law_of(64, 64).lower == Approx(0).margin(1e-9));
    CHECK(sl::product_law_of(10, 40).lower == 0);
    CHECK_THROWS_AS(sl::product_law_of(0, 3), sl::argument_error);
    svdlens_tests::matrix_maker make(2);
    const auto a = make.uniform(96, 24), b = make.uniform(24, 96);
    const auto s = svdlens_tests::singular_values(product(a, b));
    const auto unit = frobenius_norm(a) * frobenius_norm(b) / 24;
    const auto law = sl::product_law_of(96, 24);
    CHECK(static_cast<double>(s[0] / unit) == Approx(law.upper).epsilon(0.15));
    CHECK(static_cast<double>(s[23] / unit) == Approx(law.lower).epsilon(0.25));
}

TEST_CASE("a power law is found again, with its error and its cut-off") {
    for (const double exponent : {1.8, 2.5, 4.0}) {
        const auto law = sl::power_law_of(power_law_values(400, exponent), {.cut_off = 1});
        REQUIRE(law.has_value());
        CHECK(law->exponent == Approx(exponent).epsilon(0.01));
        CHECK(law->standard_error == Approx((law->exponent - 1) / 20));
        CHECK(law->values == 400);
        CHECK(law->distance < 0.01);
        const auto scaled = [&] {
            auto values = power_law_values(400, exponent);
            for (double& each : values) each *= 1e-3;
            return sl::power_law_of(values, {.cut_off = 1e-6});
        }();
        CHECK(scaled->exponent == Approx(law->exponent));
    }
    auto values = power_law_values(300, 2.5);
    for (int k = 0; k < 200; ++k) values.push_back(0.9 - 0.002 * k); // below: no law
    const auto found = sl::power_law_of(values);
    CHECK(found->exponent == Approx(2.5).epsilon(0.1));
    CHECK(found->cut_off == Approx(1).epsilon(0.2));
}

TEST_CASE("below ten values there is no exponent, nor where all are equal") {
    CHECK(!sl::power_law_of(power_law_values(9, 2)).has_value());
    CHECK(sl::power_law_of(power_law_values(10, 2)).has_value());
    CHECK(!sl::power_law_of(power_law_values(30, 2), {.cut_off = 5}).has_value());
    CHECK(!sl::power_law_of(std::vector<double>(40, 3.0)).has_value());
    CHECK(!sl::power_law_of(std::vector<double>(40, 0.0)).has_value());
    CHECK_THROWS_AS(sl::power_law_of(power_law_values(30, 2), {.cut_off = 0}), sl::argument_error);
}

TEST_CASE("a layer's spectrum is that of all its heads") {
    svdlens_tests::matrix_maker make(3);
    std::vector<std::pair<svdlens_tests::plain_matrix, svdlens_tests::plain_matrix>> heads;
    for (int k = 0; k < 6; ++k) heads.emplace_back(make.uniform(20, 4), make.uniform(4, 20));
    heads[1].first = svdlens_tests::plain_matrix(20, 4);
    const auto directions = sl::singular_directions(svdlens_tests::set_of_heads<double>("ov", 2, heads));
    const auto found = sl::layer_spectra(directions);
    REQUIRE(found.size() == 2);
    CHECK(found[0].values == 8); // one head is zero
    CHECK(found[1].values == 12);
    CHECK(!found[0].fall.has_value());
    CHECK(found[1].fall.has_value());
    std::vector<double> values;
    for (std::size_t h = 3; h < 6; ++h)
        for (const auto s : svdlens_tests::singular_values(product(heads[h].first, heads[h].second)))
            if (s > 1e-9L) values.push_back(static_cast<double>(s));
    CHECK(found[1].ranks.participation == Approx(sl::ranks_of(values).participation));
    CHECK(found[1].layer == 1);
}
