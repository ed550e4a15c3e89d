#include "svdlens/linalg/detail/singular_values.hpp"

#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;

TEST_CASE("singular values are scaled by a power of two, and those out of range are told") {
    sl::detail::dense_vector<double> values(2);
    values << 1.5, 0;
    std::vector<float> out(2);
    sl::detail::write_singular_values<float>(values, 3, out);
    CHECK(out == std::vector<float>{12, 0});
    CHECK(sl::detail::holds<float>(1.5, 3));
    CHECK_FALSE(sl::detail::holds<float>(1.5, 128));
    CHECK(sl::detail::holds<double>(1.5, 128));
    sl::detail::write_singular_values<float>(values, -200, out);
    CHECK(out == std::vector<float>{0, 0});
    CHECK_FALSE(sl::detail::holds<float>(1.5, -200));
    CHECK(sl::detail::holds<double>(1.5, -200));
    CHECK(sl::detail::holds<float>(0, -200));
    CHECK(sl::detail::holds<float>(1.0, -149));       // the smallest there is
    CHECK_FALSE(sl::detail::holds<float>(1.0, -150)); // half of it, rounded to even
    CHECK_FALSE(sl::detail::holds<float>(std::numeric_limits<double>::infinity(), 0));
}

TEST_CASE("what a type does not hold is refused with its size, its bound and a remedy") {
    const auto refusal = [](auto type, int exponent) {
        return message_of([&] { sl::detail::refuse_singular_value<decltype(type)>("w: ", 1.0, exponent); });
    };
    CHECK(refusal(1.0F, 200) ==
          "w: a singular value exceeds the range of the computing type: expected at most "
          "3.4028235e+38, found about 1e60; compute in double, or scale the weights");
    CHECK(refusal(1.0F, -200) ==
          "w: a singular value falls below the range of the computing type: expected at least 1e-45, found "
          "about 1e-60; compute in double, or scale the weights");
    CHECK(refusal(1.0, -2000) ==
          "w: a singular value falls below the range of the computing type: expected at "
          "least 5e-324, found about 1e-602; scale the weights");
    try {
        sl::detail::refuse_singular_value<double>("", 1.0, 2000);
    } catch (const sl::numeric_error& problem) {
        CHECK(problem.code() == sl::errc::non_finite);
    }
    try {
        sl::detail::refuse_singular_value<double>("", 1.0, -2000);
    } catch (const sl::numeric_error& problem) {
        CHECK(problem.code() == sl::errc::underflow);
    }
}
