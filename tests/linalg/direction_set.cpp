#include "support/catch.hpp"

#include <vector>

#include "support/message_of.hpp"
#include "support/random_factors.hpp"
#include "svdlens/linalg/direction_set.hpp"

namespace sl = svdlens;

TEST_CASE("one side of the directions is a consistent vector set") {
    const auto set = svdlens_tests::random_factors<float>({2, 2, 3, 2});
    const std::vector<sl::matrix> layers{{std::vector<float>(12), 4, 3}, {std::vector<float>(12), 4, 3}};
    const std::vector<float> values{8, 7, 6, 5, 4, 3, 2, 1};
    const std::vector<bool> null_space{false, false, false, false, false, false, false, true};
    const auto found = sl::detail::direction_set(set, set.right, layers, values, null_space);
    sl::detail::require_consistent(found);
    CHECK(found.axes.rows() == 8);
    CHECK(found.axes[2].name == "direction");
    CHECK(found.singular_value(1, 0) == 4);
    CHECK(found.is_null(1, 3));
    CHECK_FALSE(found.is_null(0, 3));
    CHECK(found.port.at(1) == 5);
    CHECK(found.identity.entity == "direction");
}

TEST_CASE("lists are split evenly by layer, also into nothing") {
    CHECK(sl::detail::split_by_layer(std::vector<int>{1, 2, 3, 4}, 2) ==
          std::vector<std::vector<int>>{{1, 2}, {3, 4}});
    CHECK(sl::detail::split_by_layer(std::vector<int>{}, 2) == std::vector<std::vector<int>>{{}, {}});
    CHECK(sl::detail::split_by_layer(std::vector<int>{}, 0).empty());
}
