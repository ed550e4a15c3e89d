#include "svdlens/linalg/detail/filled_rows.hpp"

#include <cstddef>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("rows are filled from rows, without the gaps between these") {
    const auto from = sl::matrix({1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3).column_range(1, 2);
    const auto made = sl::detail::filled_rows(from, [](std::size_t i, const float* row, float* out) {
        for (std::size_t j = 0; j < 2; ++j) out[j] = 10 * row[j] + static_cast<float>(i);
    });
    CHECK(made.row_stride() == 2);
    CHECK(made(0, 0) == 20);
    CHECK(made(1, 1) == 61);
    CHECK(made(2, 1) == 92);
    const auto none =
        sl::detail::filled_rows(sl::matrix(), [](std::size_t, const float*, float*) { FAIL(); });
    CHECK(none.rows() == 0);
}
