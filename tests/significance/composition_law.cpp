#include "svdlens/significance/composition_law.hpp"

#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/significance/detail/laws/gamma_tails.hpp"

namespace sl = svdlens;

namespace {

struct rare_event {
    sl::score_side side;
    double value;
    double log_p;
};

/// What make_composition_law.py wrote of a pair of spectra.
struct composition_case {
    std::string name;
    std::size_t dimension = 0;
    std::vector<double> a, b, draws;
    std::vector<rare_event> rare;
};

struct law_values {
    std::vector<std::vector<double>> gamma, energy;
    std::vector<composition_case> cases;
};

std::vector<double> numbers_of(std::istream& in) {
    std::vector<double> result;
    for (double x; in >> x;) result.push_back(x);
    return result;
}

law_values read_laws() {
    std::ifstream in(std::string(SVDLENS_TEST_SOURCE_DIR) + "/significance/composition_law.txt");
    REQUIRE(in);
    law_values result;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string what;
        words >> what;
        if (what == "case") {
            auto& added = result.cases.emplace_back();
            words >> added.name >> added.dimension;
        } else if (what == "gamma") {
            result.gamma.push_back(numbers_of(words));
        } else if (what == "energy") {
            result.energy.push_back(numbers_of(words));
        } else if (what == "above" || what == "below") {
            const auto x = numbers_of(words);
            result.cases.back().rare.push_back(
                {what == "above" ? sl::score_side::above : sl::score_side::below, x.at(0), x.at(1)});
        } else if (what != "#") {
            auto& last = result.cases.back();
            (what == "a" ? last.a : what == "b" ? last.b : last.draws) = numbers_of(words);
        }
    }
    REQUIRE(result.cases.size() == 10);
    return result;
}

/// Of squared values.
sl::spectrum of_squares(std::vector<double> squares, std::size_t dimension) {
    for (double& x : squares) x = std::sqrt(x);
    return {squares, dimension};
}

/// How far a tail may be from what splitting found, in ln p. Too small a p is the worse fault.
struct tail_bounds {
    double confident;
    double conservative;
};

tail_bounds bounds_of(const composition_case& each, const rare_event& event) {
    const double depth = -event.log_p;
    const double noise = 0.15 + 0.01 * depth;
    const bool is_flat = each.name.starts_with("flat_") || each.name == "full_rank";
    if (event.side == sl::score_side::above)
        return {noise + 0.02 * depth, noise + (is_flat ? 0.012 : 0.01) * depth * depth};
    return {noise + 0.05 * depth, is_flat ? 0.5 * depth : noise + 0.03 * depth};
}

} // namespace

TEST_CASE("gamma tails are those of the power series in 80 digits") {
    for (const auto& point : read_laws().gamma) {
        const auto found = sl::detail::gamma_tails(point[0], point[1]);
        CHECK(found.below == Approx(point[2]).epsilon(1e-9).margin(1e-300));
        CHECK(found.above == Approx(point[3]).epsilon(1e-9).margin(1e-300));
    }
}

TEST_CASE("the tails of energies of flat spectra are those of the beta law") {
    for (const auto& point : read_laws().energy) {
        const auto m = static_cast<std::size_t>(point[0]), d = static_cast<std::size_t>(point[1]);
        const double found = sl::log_p_of_energy(point[2], sl::spectrum::flat(m, d), sl::score_side::above);
        CHECK(found > point[3] - 0.02);
        CHECK(found < point[3] + (m >= 8 ? 0.016 : 0.15));
    }
}

TEST_CASE("the moments of compositions are those of 40,000 draws") {
    for (const auto& each : read_laws().cases) {
        const auto found = sl::moments_of_composition(of_squares(each.a, each.dimension),
                                                      of_squares(each.b, each.dimension));
        INFO(each.name);
        CHECK(found.mean == Approx(each.draws[0]).epsilon(0.01));
        CHECK(found.variance == Approx(each.draws[1]).epsilon(0.04));
        CHECK(found.skewness == Approx(each.draws[2]).margin(0.1));
    }
}

TEST_CASE("the tails of compositions are within their bounds of rare events by splitting") {
    for (const auto& each : read_laws().cases)
        for (const auto& event : each.rare) {
            const double found = sl::log_p_of_composition(event.value, of_squares(each.a, each.dimension),
                                                          of_squares(each.b, each.dimension), event.side);
            const auto [confident, conservative] = bounds_of(each, event);
            INFO(each.name << (event.side == sl::score_side::above ? " above " : " below ") << event.value
                           << " ln p " << event.log_p << " found " << found);
            CHECK(found > event.log_p - confident);
            CHECK(found < event.log_p + conservative);
        }
}

TEST_CASE("where nothing can vary there is no test") {
    using enum sl::score_side;
    const auto p = [](double x, const sl::spectrum& a, const sl::spectrum& b) {
        return std::pair(sl::log_p_of_composition(x, a, b, above), sl::log_p_of_composition(x, a, b, below));
    };
    const std::pair none(0.0, 0.0);
    CHECK(p(0.5, sl::spectrum::flat(2, 2), sl::spectrum::flat(1, 2)) == none);
    CHECK(p(0.5, sl::spectrum::flat(1, 1), sl::spectrum::flat(1, 1)) == none);
    CHECK(p(0.2, sl::spectrum::flat(7, 7), sl::spectrum::flat(2, 7)) == none); // flat, full rank
    CHECK(p(0, sl::spectrum::flat(0, 7), sl::spectrum::flat(2, 7)) == none);   // a zero head
    CHECK(sl::log_p_of_energy(0.3, sl::spectrum::flat(7, 7), above) == 0);
    CHECK(sl::log_p_of_energy(0, sl::spectrum::flat(0, 7), above) == 0);
    CHECK(sl::moments_of_composition(sl::spectrum::flat(0, 7), sl::spectrum::flat(2, 7)).z(0.3) == 0);
    REQUIRE_THROWS_AS(sl::moments_of_composition(sl::spectrum::flat(2, 7), sl::spectrum::flat(2, 8)),
                      sl::argument_error);
}

TEST_CASE("the composition of two vectors has the law of a cosine") {
    const auto one = sl::spectrum::flat(1, 128);
    const auto m = sl::moments_of_composition(one, one);
    CHECK(m.mean == Approx(1.0 / 128));
    CHECK(m.variance == Approx(2.0 * 127 / (128.0 * 128 * 130)));
    for (const double c : {0.05, 0.2, 0.4, 0.6})
        CHECK(sl::log_p_of_energy(c * c, one, sl::score_side::above) ==
              Approx(sl::log_p(c, 128)).margin(0.15));
    CHECK(std::isinf(sl::log_p_of_energy(1, one, sl::score_side::above)));
    CHECK(sl::log_p_of_energy(1, one, sl::score_side::below) == 0);
    CHECK(std::isinf(sl::log_p_of_energy(0, one, sl::score_side::below)));
    CHECK(std::isnan(sl::log_p_of_energy(std::nan(""), one, sl::score_side::below)));
}

TEST_CASE("tails are monotone and add up to all, in the bulk and far out") {
    using enum sl::score_side;
    std::vector<double> steep, mild;
    for (int k = 1; k <= 20; ++k) steep.push_back(1.0 / k);
    for (int k = 1; k <= 30; ++k) mild.push_back(1 + 0.01 * k);
    const sl::spectrum a(steep, 96), b(mild, 96);
    const auto m = sl::moments_of_composition(a, b);
    double last = 1;
    for (double z = -3; z < 60; z += 0.25) {
        const double x = m.mean + z * std::sqrt(m.variance);
        const double up = sl::log_p_of_composition(x, a, b, above);
        const double down = sl::log_p_of_composition(x, a, b, below);
        CHECK(up < last);
        CHECK(std::exp(up) + std::exp(down) >= 1 - 1e-9);
        CHECK(std::exp(up) + std::exp(down) < 1.01);
        last = up;
    }
    last = 1;
    for (double e = 0.001; e < a.shares().front(); e *= 1.05) {
        const double up = sl::log_p_of_energy(e, a, above);
        CHECK(up <= last + 1e-9);
        CHECK(std::exp(up) + std::exp(sl::log_p_of_energy(e, a, below)) == Approx(1));
        last = up;
    }
}

TEST_CASE("a nearly flat spectrum of full rank has a nearly normal law") {
    std::vector<double> values(64, 1.0);
    values[0] = 1 + 1e-9;
    const sl::spectrum a(values, 64), b = sl::spectrum::flat(3, 64);
    const auto m = sl::moments_of_composition(a, b);
    REQUIRE(m.variance > 0);
    const double p =
        sl::log_p_of_composition(m.mean + 2 * std::sqrt(m.variance), a, b, sl::score_side::above);
    CHECK(p < -1);
    CHECK(p > -10);
}
