#include "svdlens/directions/centered_writing.hpp"

#include <cstddef>

#include "support/catch.hpp"
#include "support/random_factors.hpp"

namespace sl = svdlens;
using svdlens_tests::random_factors;

TEST_CASE("what heads write loses its mean, and what they read stays") {
    const auto set = random_factors<double>({2, 3, 9, 4});
    const auto seen = sl::with_centered_writing(set);
    CHECK(seen.right_centered);
    CHECK_FALSE(seen.left_centered);
    CHECK(seen.provenance == set.provenance + "; writing centred");
    for (std::size_t k = 0; k < set.matrices.size(); ++k) {
        const auto before = set.matrices[k].b.resident(), after = seen.matrices[k].b.resident();
        for (std::size_t i = 0; i < before.rows(); ++i) {
            double mean = 0;
            for (std::size_t j = 0; j < before.columns(); ++j) mean += before(i, j) / 9;
            for (std::size_t j = 0; j < before.columns(); ++j)
                CHECK(after(i, j) == Approx(before(i, j) - mean).margin(1e-15));
        }
        CHECK(seen.matrices[k].a.data() == set.matrices[k].a.data());
    }
    CHECK(sl::with_centered_writing(seen).provenance == seen.provenance);
}

TEST_CASE("circuits that write nothing are refused") {
    auto qk = random_factors<float>({1, 1, 4, 2});
    qk.right.flow = sl::flow::reads;
    REQUIRE_THROWS_AS(sl::with_centered_writing(qk), sl::argument_error);
}
