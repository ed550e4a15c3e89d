#include "svdlens/linalg/detail/singular_values.hpp"

#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("singular values are scaled by a power of two, and those out of range are told") {
    sl::detail::dense_vector<double> values(2);
    values << 1.5, 0;
    std::vector<float> out(2);
    CHECK(sl::detail::write_singular_values<float>(values, 3, out));
    CHECK(out == std::vector<float>{12, 0});
    CHECK_FALSE(sl::detail::write_singular_values<float>(values, 128, out));
    CHECK(sl::detail::write_singular_values<float>(values, -200, out));
    CHECK(out == std::vector<float>{0, 0});
    std::vector<double> wide(2);
    CHECK(sl::detail::write_singular_values<double>(values, 128, wide));
}
