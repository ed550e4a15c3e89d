#include "svdlens/directions/detail/decompose_heads.hpp"

#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_factors.hpp"
#include "svdlens/directions/detail/consistent_vectors.hpp"

namespace sl = svdlens;

TEST_CASE("groups are large where there are many heads, and small where workers would wait") {
    using sl::detail::lanes_a_group;
    CHECK(lanes_a_group(144, 2, 16, 1) == 16);
    CHECK(lanes_a_group(8, 2, 16, 1) == 8);
    CHECK(lanes_a_group(8, 2, 16, 2) == 4);
    CHECK(lanes_a_group(8, 2, 16, 8) == 2);
    CHECK(lanes_a_group(1, 1, 8, 1) == 1);
    CHECK(lanes_a_group(1000, 2, 2, 4) == 2);
}

TEST_CASE("the threshold of null space is zero only where no singular value is near it") {
    const auto set = svdlens_tests::random_factors<double>({1, 1, 12, 4});
    const auto& head = set.matrices[0];
    sl::detail::factored_batch<double> batch(head.a, head.b, 1);
    batch.add(head.a, head.b);
    batch.run();
    CHECK(batch.frobenius_bound(0) >= batch.spectral_bound(0) / 1.04);
    CHECK(batch.frobenius_bound(0) <= batch.spectral_bound(0) * 4);
    CHECK(batch.null_threshold(0, 1.0) == 0);
    CHECK(batch.null_threshold(0, 1e-15) == Approx(12 * 0x1p-52 * batch.spectral_bound(0)));
}

namespace sl = svdlens;

TEST_CASE("one side of the directions is a consistent vector set") {
    const auto set = svdlens_tests::random_factors<float>({2, 2, 3, 2});
    const std::vector<sl::matrix> layers{{std::vector<float>(12), 4, 3}, {std::vector<float>(12), 4, 3}};
    const std::vector<float> values{8, 7, 6, 5, 4, 3, 2, 1};
    const std::vector<bool> null_space{false, false, false, false, false, false, false, true};
    const auto found =
        sl::detail::direction_set(set, sl::detail::circuit_side::right, layers, values, null_space);
    sl::detail::require_consistent(found);
    CHECK(found.axes.shape_rows() == 8);
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
