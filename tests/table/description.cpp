#include "svdlens/table/description.hpp"

#include <limits>
#include <sstream>
#include <string>

#include "support/catch.hpp"

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
