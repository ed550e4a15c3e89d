#include "svdlens/report/detail/grid_format.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/model/minigrid.hpp"

namespace sl = svdlens;
using label_list = std::vector<std::string>;
using sl::detail::grid_format;

TEST_CASE("MiniGrid's features are seen to be maps of their view") {
    const auto format = grid_format(sl::axis("feature", sl::minigrid::feature_labels()));
    REQUIRE(format);
    CHECK(format->axis == "feature");
    CHECK(format->width == sl::minigrid::view);
    CHECK(format->height == sl::minigrid::view);
    CHECK(format->maps == label_list(sl::minigrid::channels.begin(), sl::minigrid::channels.end()));
}

TEST_CASE("any axis that says so is a stack of maps") {
    const label_list labels = sl::cartesian_labels(
        "{}, ({},{})", {{"a, (b", "", "a, (b"}, sl::number_labels(3), sl::number_labels(2)});
    const auto format = grid_format(sl::axis("seen", labels));
    REQUIRE(format);
    CHECK(format->axis == "seen");
    CHECK(format->width == 3);
    CHECK(format->height == 2);
    CHECK(format->maps == label_list{"a, (b", "", "a, (b"});
}

TEST_CASE("an axis without places is none") {
    CHECK(!grid_format(sl::axis("feature", 980))); // numbers: as many as MiniGrid's say nothing
    CHECK(!grid_format(sl::axis("feature", 980, sl::label_format{"f, ({},0)"})));
    CHECK(!grid_format(sl::axis("feature", label_list{})));
    CHECK(!grid_format(sl::axis("action", sl::minigrid::action_labels())));
}

TEST_CASE("labels that are nearly those of maps are none") {
    auto labels =
        sl::cartesian_labels("{}, ({},{})", {{"a", "b"}, sl::number_labels(2), sl::number_labels(2)});
    REQUIRE(grid_format(sl::axis("feature", labels)));
    SECTION("one is another") { labels[5] = "b, (1,0)"; }
    SECTION("the first is no place") { labels[0] = "a"; }
    SECTION("x runs fastest") {
        for (const auto k : {0U, 4U}) std::swap(labels[k + 1], labels[k + 2]);
    }
    SECTION("one is missing") { labels.erase(labels.begin()); }
    SECTION("the last is spelled otherwise") {
        labels.back() = GENERATE(as<std::string>(), "b, (1,1", "b, (1,1) ", "b, (1;1)", "b, (,1)", "b, (1,)",
                                 "b, (-1,1)", "b (1,1)", "", ", (", "b, (01,1)",
                                 "b, (99999999999999999999,1)", "b, (18446744073709551615,1)");
    }
    CHECK(!grid_format(sl::axis("feature", labels)));
}
