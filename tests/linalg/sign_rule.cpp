#include "svdlens/linalg/sign_rule.hpp"

#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

template <class T>
struct pair {
    std::vector<T> u, v;
};

template <class T>
pair<T> ruled(std::vector<T> u, std::vector<T> v) {
    sl::apply_sign_rule<T>(u, v);
    return {u, v};
}

template <class T>
void check_rule() {
    using values = std::vector<T>;
    const T a = static_cast<T>(0.6), b = static_cast<T>(-0.8);
    const auto flipped = ruled<T>({a, b}, {1, -2, 3});
    CHECK(flipped.u == values{-a, -b});
    CHECK(flipped.v == values{-1, 2, -3});
    const auto kept = ruled<T>({-a, -b}, {1, -2, 3});
    CHECK(kept.u == values{-a, -b});
    CHECK(kept.v == values{1, -2, 3});
    CHECK(ruled<T>({0, 0}, {1}).v == values{1});
    CHECK(ruled<T>({-1}, {0}).u == values{1});
    CHECK(ruled<T>({}, {}).u.empty());
}

} // namespace

TEST_CASE("the largest entry of u is made positive, and v takes the same sign") {
    check_rule<float>();
    check_rule<double>();
}

TEST_CASE("among entries within 1e-4 of the largest the first decides") {
    const auto first = ruled<double>({0.1, -0.99995, 1.0}, {1});
    CHECK(first.u == std::vector<double>{-0.1, 0.99995, -1.0});
    CHECK(first.v == std::vector<double>{-1});
    const auto beyond = ruled<double>({0.1, -0.9998, 1.0}, {1});
    CHECK(beyond.u == std::vector<double>{0.1, -0.9998, 1.0});
    CHECK(beyond.v == std::vector<double>{1});
    CHECK(ruled<float>({0.5F, -0.5F}, {1}).u == std::vector<float>{0.5F, -0.5F});
    CHECK(ruled<float>({-0.5F, 0.5F}, {1}).u == std::vector<float>{0.5F, -0.5F});
}
