#include "support/catch.hpp"

#include <cstddef>
#include <vector>

#include "support/random_factors.hpp"
#include "svdlens/linalg/decompose_heads.hpp"

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
    CHECK(sl::detail::null_threshold(batch, 0, 12, 1.0) == 0);
    CHECK(sl::detail::null_threshold(batch, 0, 12, 1e-14) == Approx(12 * 0x1p-52 * batch.spectral_bound(0)));
}
