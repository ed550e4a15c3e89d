#include "svdlens/directions/factored_set.hpp"

#include <cstddef>

#include "support/catch.hpp"
#include "support/random_factors.hpp"

namespace sl = svdlens;
using svdlens_tests::random_factors;

TEST_CASE("a factored set finds its matrices by layer and head") {
    const auto set = random_factors<float>({2, 3, 5, 2});
    CHECK(set.layers() == 2);
    CHECK(set.heads() == 3);
    CHECK(&set(1, 2) == &set.matrices[5]);
    CHECK(set.head_label(5) == "L1H2");
    const sl::factored_set none;
    CHECK(none.layers() == 0);
    CHECK(none.heads() == 0);
}
