#include "svdlens/model/minigrid.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("features are numbered by channel, then across, then down") {
    const auto labels = sl::minigrid::feature_labels();
    REQUIRE(labels.size() == 980);
    CHECK(labels.front() == "unseen, (0,0)");
    CHECK(labels[1] == "unseen, (0,1)");
    CHECK(labels[7] == "unseen, (1,0)");
    CHECK(labels[49 * 5 + 7 * 3 + 4] == "key, (3,4)");
    CHECK(labels[sl::minigrid::feature(6, 2, 5)] == "ball, (2,5)");
    CHECK(labels.back() == "locked, (6,6)");
    CHECK(std::set<std::string>(labels.begin(), labels.end()).size() == 980);
}

TEST_CASE("there are seven actions") {
    const auto labels = sl::minigrid::action_labels();
    REQUIRE(labels.size() == 7);
    CHECK(labels[0] == "left");
    CHECK(labels[2] == "forward");
    CHECK(labels[6] == "done");
}

TEST_CASE("other channels and views are numbered alike") {
    const auto labels = sl::minigrid::feature_labels(sl::minigrid::compact_channels, 5);
    REQUIRE(labels.size() == 75);
    CHECK(labels[25 + 5 * 3 + 4] == "colour, (3,4)");
    CHECK(labels.back() == "state, (4,4)");
}
