#include "svdlens/linalg/matrix_difference.hpp"

#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;

TEST_CASE("a difference is exact, in any part and orientation") {
    const sl::matrix a(std::vector<float>{1, 2, 3, 4, 5, 6}, 2, 3);
    const sl::matrix b(std::vector<float>{1.5F, 2, 0, -4, 5.25F, 7}, 2, 3);
    const auto difference = sl::matrix_difference(a, b);
    CHECK(difference.is_deferred());
    const std::vector<float> expected{-0.5F, 0, 3, 8, -0.25F, -1};
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
            CHECK(difference.row_range(i, 1).column_range(j, 1).resident()(0, 0) == expected[i * 3 + j]);
            CHECK(difference.transposed().resident()(j, i) == expected[i * 3 + j]);
        }
    const auto of_transposed = sl::matrix_difference(a.transposed(), b.transposed()).resident();
    CHECK(of_transposed(2, 0) == 3);
    CHECK(svdlens_tests::message_of([&] { sl::matrix_difference(a, b.transposed()); }) ==
          "matrix_difference: expected 2 x 3, found 3 x 2");
}
