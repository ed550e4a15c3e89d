#include "svdlens/significance/spectrum.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("a spectrum is squares over their sum, and its power sums count zeros") {
    const std::vector<double> values{3e160, 0, 4e160}; // squares would overflow
    const sl::spectrum s(values, 5);
    REQUIRE(s.shares().size() == 2);
    CHECK(s.shares()[0] == Approx(0.64));
    CHECK(s.shares()[1] == Approx(0.36));
    double second = 0, third = 0;
    for (const double a : {0.64, 0.36, 0.0, 0.0, 0.0}) {
        second += (a - 0.2) * (a - 0.2);
        third += (a - 0.2) * (a - 0.2) * (a - 0.2);
    }
    CHECK(s.second() == Approx(second));
    CHECK(s.third() == Approx(third));
    CHECK(s.dimension() == 5);
}

TEST_CASE("a flat spectrum of full rank does not vary, whatever rounding makes of it") {
    CHECK(sl::spectrum::flat(64, 64).second() == 0);
    std::vector<double> values(48, 0.1);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] *= 1 + 1e-15 * static_cast<double>(k % 3);
    CHECK(sl::spectrum(values, 48).second() == 0);
    CHECK(sl::spectrum::flat(63, 64).second() > 0);
}

TEST_CASE("spectra of nothing, of more values than dimensions, and of no numbers") {
    CHECK(sl::spectrum(std::vector<double>{0, 0}, 4).shares().empty());
    CHECK(sl::spectrum(std::vector<double>{}, 4).second() == 0);
    CHECK(sl::spectrum(std::vector<double>{1, 1, 1e-9}, 2).shares().size() == 2);
    REQUIRE_THROWS_AS(sl::spectrum(std::vector<double>{1}, 0), sl::argument_error);
    REQUIRE_THROWS_AS(sl::spectrum(std::vector<double>{-1}, 2), sl::argument_error);
    REQUIRE_THROWS_AS(sl::spectrum(std::vector<double>{std::nan("")}, 2), sl::argument_error);
    REQUIRE_THROWS_AS(sl::spectrum(std::vector<double>{std::numeric_limits<double>::infinity()}, 2),
                      sl::argument_error);
}
