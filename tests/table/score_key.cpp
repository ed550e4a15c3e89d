#include "svdlens/table/score_key.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("keys keep the type of a score, its NaN and its infinities") {
    STATIC_REQUIRE(sl::score_key<sl::signed_score>);
    STATIC_REQUIRE(sl::score_key<sl::magnitude>);
    STATIC_REQUIRE_FALSE(sl::score_key<int>);
    CHECK(sl::signed_score{}(-2.5F) == -2.5F);
    CHECK(sl::magnitude{}(-2.5F) == 2.5F);
    CHECK_FALSE(std::signbit(sl::magnitude{}(-0.0)));
    CHECK(sl::magnitude{}(-std::numeric_limits<double>::infinity()) ==
          std::numeric_limits<double>::infinity());
    CHECK(std::isnan(sl::magnitude{}(-std::numeric_limits<float>::quiet_NaN())));
}
