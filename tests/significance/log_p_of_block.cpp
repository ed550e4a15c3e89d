#include "svdlens/significance/log_p_of_block.hpp"

#include <cmath>
#include <cstddef>

#include "support/catch.hpp"
#include "svdlens/core/error.hpp"
#include "svdlens/significance/log_p.hpp"

namespace sl = svdlens;

TEST_CASE("a block's energy has the beta law, that of a cosine for one member") {
    for (const double c : {1e-4, 0.05, 0.3, 0.9})
        for (const std::size_t d : {3U, 48U, 127U, 4096U})
            CHECK(sl::log_p_of_block(c * c, 1, d) == Approx(sl::log_p(c, d)).epsilon(1e-11));
    for (const double e : {0.001, 0.1, 0.6, 0.99}) { // two members: (1 - e)^((D - 2) / 2)
        CHECK(sl::log_p_of_block(e, 2, 50) == Approx(24 * std::log1p(-e)).epsilon(1e-11).margin(1e-12));
        // D = 8, 4 members: 1 - I_e(2, 2) = 1 - e²(3 - 2e)
        CHECK(sl::log_p_of_block(e, 4, 8) ==
              Approx(std::log1p(-e * e * (3 - 2 * e))).epsilon(1e-10).margin(1e-12));
    }
    // 1 - I_e(3/2, 1) = 1 - e^(3/2): D = 5, 3 members
    CHECK(sl::log_p_of_block(0.4, 3, 5) ==
          Approx(std::log1p(-std::pow(0.4, 1.5))).epsilon(1e-11).margin(1e-12));
    CHECK(sl::log_p_of_block(0.5, 6, 6) == 0);
    CHECK(sl::log_p_of_block(0, 2, 6) == 0);
    CHECK(std::isinf(sl::log_p_of_block(1, 2, 6)));
    CHECK_THROWS_AS(sl::log_p_of_block(0.5, 7, 6), sl::argument_error);
    CHECK_THROWS_AS(sl::log_p_of_block(1.5, 2, 6), sl::argument_error);
}
