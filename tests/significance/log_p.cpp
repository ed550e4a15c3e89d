#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <numbers>
#include <string>

#include <svdlens/significance/log_p.hpp>

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;

using svdlens_tests::message_of;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct log_p_point {
    std::size_t dimension;
    double score;
    double log_p;
};

/// Of the page that the formulas are from.
const log_p_point page_points[] = {
    {2, .1, -0.0658925690292},  {3, .5, -0.693147180560},    {48, .9, -41.0827403987},
    {127, .1, -1.34170641905},  {127, .35, -9.87862011342},  {127, .5, -20.0989598947},
    {768, .35, -52.6217837587}, {768, .9, -640.332722797},   {4096, .1, -22.6829451304},
    {4096, .5, -592.721240474}, {16384, .9, -13608.8521408},
};

} // namespace

TEST_CASE("ln p is that of mpmath with 50 digits, to 2e-13 of it") {
    std::ifstream in(std::string(SVDLENS_TEST_SOURCE_DIR) + "/significance/log_p.txt");
    double worst = 0;
    int points = 0;
    log_p_point at{};
    while (in >> at.dimension >> at.score >> at.log_p) {
        const double error = std::abs(sl::log_p(at.score, at.dimension) / at.log_p - 1);
        INFO("D " << at.dimension << ", c " << at.score << ": error " << error);
        CHECK(error < 2e-13);
        CHECK(sl::log_p(-at.score, at.dimension) == sl::log_p(at.score, at.dimension));
        worst = std::max(worst, error);
        ++points;
    }
    CHECK(points == 491);
    INFO("worst error " << worst);
    CHECK(worst < 2e-14);
}

TEST_CASE("ln p has the points of the page") {
    for (const auto& at : page_points)
        CHECK(sl::log_p(at.score, at.dimension) == Approx(at.log_p).epsilon(5e-12));
}

TEST_CASE("ln p in closed form in two and three dimensions") {
    for (double c = 0.01; c < 1; c += 0.07) {
        CHECK(sl::log_p(c, 2) == Approx(std::log(2 / std::numbers::pi * std::acos(c))).epsilon(1e-13));
        CHECK(sl::log_p(c, 3) == Approx(std::log1p(-c)).epsilon(1e-13));
    }
}

TEST_CASE("ln p at the ends of its range") {
    for (const std::size_t dimension : {1U, 2U, 3U, 127U, 131072U}) {
        CHECK(sl::log_p(0, dimension) == 0);
        CHECK(std::isnan(sl::log_p(std::nan(""), dimension)));
        const double at_one = dimension == 1 ? 0 : -infinity;
        for (const double one : {1.0, -1.0, 1 + 1e-7, -1 - 1e-5}) CHECK(sl::log_p(one, dimension) == at_one);
        CHECK(sl::log_p(5e-324, dimension) == Approx(0).margin(1e-300));
        CHECK(sl::log_p(1 - 1e-16, dimension) <= 0);
    }
    CHECK(sl::log_p(0.3, 1) == 0);
    CHECK(message_of([] { sl::log_p(0.5, 0); }) == "log_p: expected a dimension of at least 1, found 0");
    CHECK(message_of([] { sl::log_p(1.5, 8); }) ==
          "log_p: expected a cosine or a share, at most 1 in size, found 1.5");
    CHECK_THROWS(sl::log_p(-infinity, 8));
}

TEST_CASE("ln p falls with the score and with the dimension") {
    for (const std::size_t dimension : {2U, 16U, 768U, 16384U}) {
        double before = 0;
        for (float c = 1e-6F; c < 1; c *= 1.01F) {
            const double now = sl::log_p(static_cast<double>(c), dimension);
            REQUIRE(now < before);
            REQUIRE(sl::log_p(static_cast<double>(std::nextafter(c, 1.0F)), dimension) < now);
            REQUIRE(sl::log_p(static_cast<double>(c), dimension + 1) < now);
            before = now;
        }
    }
}

TEST_CASE("one side is half of both") {
    using sl::score_side;
    for (const double c : {0.01, 0.2, 0.9}) {
        const double both = sl::log_p(c, 48);
        CHECK(sl::log_p_one_sided(c, 48, score_side::above) == Approx(both - std::log(2)).epsilon(1e-14));
        CHECK(sl::log_p_one_sided(-c, 48, score_side::below) == Approx(both - std::log(2)).epsilon(1e-14));
        const double other = std::log1p(-std::exp(both) / 2);
        CHECK(sl::log_p_one_sided(c, 48, score_side::below) == Approx(other).epsilon(1e-14));
        CHECK(sl::log_p_one_sided(-c, 48, score_side::above) == Approx(other).epsilon(1e-14));
    }
    CHECK(sl::log_p_one_sided(0, 48, score_side::above) == Approx(std::log(0.5)));
    CHECK(sl::log_p_one_sided(1, 48, score_side::above) == -infinity);
    CHECK(sl::log_p_one_sided(-1, 48, score_side::above) == 0);
    CHECK(std::isnan(sl::log_p_one_sided(std::nan(""), 48, score_side::above)));
}

TEST_CASE("the critical score is where ln p passes, from below") {
    for (const std::size_t dimension : {2U, 3U, 48U, 127U, 768U, 4096U, 131072U})
        for (const double t : {-1e-6, -0.01, -0.7, -3.0, -10.0, -50.0, -592.7, -13608.0}) {
            const double least = sl::critical_score(t, dimension);
            INFO("D " << dimension << ", ln p " << t << ": " << least);
            CHECK(sl::log_p(least * (1 - 1e-12), dimension) > t);
            const double beyond = least * (1 + 1e-9);
            if (beyond < 1) CHECK(sl::log_p(beyond, dimension) <= t);
        }
    CHECK(sl::critical_score(0, 127) == 0);
    CHECK(sl::critical_score(1, 127) == 0);
    CHECK(sl::critical_score(-infinity, 127) == Approx(1));
    CHECK(sl::critical_score(-1e-3, 1) == Approx(1)); // no score is improbable in one dimension
    CHECK_THROWS(sl::critical_score(std::nan(""), 127));
    CHECK_THROWS(sl::critical_score(-1, 0));
}
