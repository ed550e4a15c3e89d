#include "svdlens/table/detail/groups/norm.hpp"

#include <cmath>
#include <vector>

#include "support/catch.hpp"
#include "support/numbers.hpp"

namespace sl = svdlens;
using svdlens_tests::inf;
using svdlens_tests::not_a_number;

namespace {

sl::detail::square_sums sums_of(const std::vector<double>& scores) {
    sl::detail::square_sums sums;
    for (const double score : scores) sl::detail::norm::add(sums, score);
    return sums;
}

double norm_of(const std::vector<double>& scores) { return sl::detail::norm::value(sums_of(scores)); }

} // namespace

TEST_CASE("norms of small, middling and large doubles, and of those together") {
    CHECK(norm_of({}) == 0);
    CHECK(norm_of({3, -4, not_a_number}) == 5);
    CHECK(norm_of({3e-200, 4e-200}) == Approx(5e-200));
    CHECK(norm_of({3e300, 4e300, 1, 1e-300}) == Approx(5e300));
    CHECK(norm_of({0x1p400, 0x1.8p400}) == Approx(std::hypot(0x1p400, 0x1.8p400))); // either side of a border
    CHECK(norm_of({0x1p-400, 0x1.8p-401}) == Approx(std::hypot(0x1p-400, 0x1.8p-401)));
    CHECK(norm_of({5e-324}) == 5e-324);
    CHECK(norm_of({1, -inf}) == inf);
    const auto longest = sums_of({1.7e308, 1.7e308});
    CHECK(sl::detail::norm::value(longest) == inf);
    CHECK(sl::detail::norm::value(longest, 64) == Approx(1.7e308 * 0x1p-64 * std::sqrt(2)));
}

TEST_CASE("sums of squares merge") {
    auto sums = sums_of({3e-200, 1});
    sl::detail::norm::merge(sums, sums_of({4e-200, 3e300}));
    sl::detail::norm::merge(sums, sums_of({-4e300}));
    CHECK(sl::detail::norm::value(sums) == Approx(5e300));
}

TEST_CASE("squares that may have left the range are told from those that have not") {
    CHECK(sl::detail::squares_fit<double>(std::vector<double>{1, 1e149, 1e-149, not_a_number}));
    for (const double energy : {0.0, 1e-151, 1e151, inf}) {
        CHECK_FALSE(sl::detail::squares_fit<double>(std::vector<double>{1, energy}));
        CHECK(sl::detail::squares_fit<float>(std::vector<double>{1, energy}));
    }
}
