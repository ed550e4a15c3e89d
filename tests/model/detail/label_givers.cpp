#include "svdlens/model/detail/label_givers.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

std::vector<std::string> labels(std::string_view name, std::size_t rows,
                                const std::optional<std::string>& environment = {}) {
    return sl::detail::labels_of({name, rows, environment});
}

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
