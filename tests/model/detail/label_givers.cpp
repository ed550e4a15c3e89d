#include "svdlens/model/detail/label_givers.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

std::vector<std::string> labels(std::string_view name, std::size_t rows,
                                const std::optional<std::string>& environment = {},
                                std::size_t predicted = 0) {
    return sl::detail::labels_of({name, rows, environment, predicted});
}

const std::string minigrid_env = "MiniGrid-Dynamic-Obstacles-8x8-v0";

} // namespace

TEST_CASE("axes of MiniGrid's sizes have its labels, unless another environment is named") {
    CHECK(labels("feature", 980) == sl::minigrid::feature_labels());
    CHECK(labels("feature", 980, "MiniGrid-MemoryS13Random-v0") == sl::minigrid::feature_labels());
    CHECK(labels("feature", 980, "Atari-Pong").empty());
    CHECK(labels("feature", 980, "").empty());
    CHECK(labels("action", 7) == sl::minigrid::action_labels());
    CHECK(labels("action", 8).back() == "no action");
    CHECK(labels("action", 8, "Atari-Pong").empty());
}

TEST_CASE("nobody labels other axes") {
    CHECK(labels("feature", 979).empty());
    CHECK(labels("action", 6).empty());
    CHECK(labels("action", 9).empty());
    CHECK(labels("token", 980).empty());
    CHECK(labels("", 0).empty());
}

TEST_CASE("where the config names MiniGrid, fewer actions are the first ones") {
    using list = std::vector<std::string>;
    CHECK(labels("action", 3, minigrid_env, 3) == list{"left", "right", "forward"});
    CHECK(labels("action", 4, minigrid_env, 3) == list{"left", "right", "forward", "no action"});
    CHECK(labels("action", 4, minigrid_env, 4).back() == "pickup");
    CHECK(labels("action", 1, minigrid_env, 1) == list{"left"});
    CHECK(labels("action", 8, minigrid_env, 7).back() == "no action");
    CHECK(labels("action", 7, minigrid_env, 7) == sl::minigrid::action_labels());
    CHECK(labels("action", 3, {}, 3).empty());
    CHECK(labels("action", 3, "Atari-Pong", 3).empty());
    CHECK(labels("action", 5, minigrid_env, 3).empty());
    CHECK(labels("action", 2, minigrid_env, 3).empty());
    CHECK(labels("action", 8, minigrid_env, 8).empty()); // MiniGrid has seven
    CHECK(labels("action", 9, minigrid_env, 8).empty());
    CHECK(labels("action", 8, {}, 8).empty()); // eight actions, not seven and none
}

TEST_CASE("where the config names MiniGrid, features are compact or one-hot, of a view of any size") {
    const auto compact = labels("feature", 147, minigrid_env);
    REQUIRE(compact.size() == 147);
    CHECK(compact.front() == "object, (0,0)");
    CHECK(compact[49 + 7 * 3 + 4] == "colour, (3,4)");
    CHECK(compact.back() == "state, (6,6)");
    CHECK(labels("feature", 3 * 9, minigrid_env).back() == "state, (2,2)");
    CHECK(labels("feature", 20 * 25, minigrid_env)[25 * 5 + 5 * 3 + 4] == "key, (3,4)");
    CHECK(labels("feature", 147).empty());
    CHECK(labels("feature", 147, "Atari-Pong").empty());
    CHECK(labels("feature", 146, minigrid_env).empty());
    CHECK(labels("feature", 3 * 16, minigrid_env).empty()); // views are odd
}
