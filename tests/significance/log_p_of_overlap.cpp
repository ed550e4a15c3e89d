#include "svdlens/significance/log_p_of_overlap.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "svdlens/core/error.hpp"
#include "svdlens/significance/log_p.hpp"

namespace sl = svdlens;

TEST_CASE("the law of an overlap is that of 30 digits, either side first") {
    std::ifstream in(std::string(SVDLENS_TEST_SOURCE_DIR) + "/significance/log_p_of_overlap.txt");
    std::size_t left = 0, right = 0, points = 0;
    double overlap = 0, expected = 0;
    while (in >> left >> right >> overlap >> expected) {
        INFO(left << " " << right << " " << overlap);
        CHECK(sl::log_p_of_overlap(overlap, left, right) == Approx(expected).epsilon(1e-9));
        CHECK(sl::log_p_of_overlap(-overlap, right, left) == Approx(expected).epsilon(1e-9));
        ++points;
    }
    CHECK(points == 56);
}

TEST_CASE("the largest dimensions and smallest overlaps are the same from both sides") {
    for (const double overlap : {1e-6, 1e-3, 0.02, 0.3, 0.97})
        for (const std::size_t left : {2U, 30U, 4096U, 16384U}) {
            const double one = sl::log_p_of_overlap(overlap, left, 16384);
            CHECK(one == Approx(sl::log_p_of_overlap(overlap, 16384, left)).epsilon(1e-8).margin(2e-9));
            CHECK(one <= sl::log_p(overlap, 16384)); // both have to be at least that
            CHECK(one <= sl::log_p(overlap, left));
        }
}

TEST_CASE("ends of the law of an overlap, and what is refused") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK(sl::log_p_of_overlap(0, 5, 7) == 0);
    CHECK(sl::log_p_of_overlap(1, 5, 7) == -infinity);
    CHECK(sl::log_p_of_overlap(-1 - 1e-7, 5, 7) == -infinity);
    CHECK(std::isnan(sl::log_p_of_overlap(std::nan(""), 5, 7)));
    CHECK(sl::log_p_of_overlap(0.4, 1, 9) == sl::log_p(0.4, 9));
    CHECK(sl::log_p_of_overlap(0.4, 9, 1) == sl::log_p(0.4, 9));
    CHECK(sl::log_p_of_overlap(0.4, 1, 1) == 0);
    CHECK_THROWS_AS(sl::log_p_of_overlap(0.4, 0, 3), sl::argument_error);
    CHECK_THROWS_AS(sl::log_p_of_overlap(1.2, 3, 3), sl::argument_error);
}
