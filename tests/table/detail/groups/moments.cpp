#include "svdlens/table/detail/groups/moments.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/table/score_source.hpp"

namespace sl = svdlens;

TEST_CASE("moments of parts merge to those of the whole") {
    const std::vector<double> scores{3, -1, 4, 1, -5, 9, 2, 6};
    const auto part = [&](std::size_t first, std::size_t count) {
        const sl::row_number start = first;
        return sl::detail::block_moments(
            sl::score_block<double>{scores.data() + first, 1, count, count, &start, nullptr});
    };
    auto merged = part(0, 3);
    merged.merge(part(3, 0));
    merged.merge(part(3, 5));
    CHECK(merged.count == 8);
    CHECK(merged.sum == 19);
    CHECK(merged.mean() == 19.0 / 8);
    CHECK(merged.squares == Approx(173 - 19 * 19 / 8.0));
    CHECK(merged.std() == Approx(std::sqrt((173 - 19 * 19 / 8.0) / 7)));
    CHECK(merged.min == -5);
    CHECK(merged.max == 9);
}

TEST_CASE("runs are read with their pitch and NaN counts as missing") {
    constexpr float gap = 1e30F, nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> memory{1, 2, gap, nan, 5, gap};
    const std::vector<sl::row_number> starts{0, 10};
    const auto found =
        sl::detail::block_moments(sl::score_block<float>{memory.data(), 2, 2, 3, starts.data(), nullptr});
    CHECK(found.count == 3);
    CHECK(found.nan_count == 1);
    CHECK(found.sum == 8);
    CHECK(found.max == 5);
}

TEST_CASE("leaves of every length around the lane width count every score once") {
    for (std::size_t count = 1; count < 70; ++count) {
        std::vector<float> scores(count, 0.5F);
        scores.back() = 2.5F;
        const auto found = sl::detail::leaf_moments<float>(scores);
        REQUIRE(found.count == count);
        REQUIRE(found.sum == 0.5 * static_cast<double>(count - 1) + 2.5);
        REQUIRE(found.max == 2.5);
    }
}

TEST_CASE("NaN anywhere in a leaf leaves the moments of the other scores") {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t count = 1; count < 100; count += 7) {
        for (std::size_t missing = 0; missing < count; ++missing) {
            std::vector<double> scores, others;
            for (std::size_t k = 0; k < count; ++k) {
                const double score = static_cast<double>((k * 37) % 19) - 5;
                scores.push_back(k == missing ? nan : score);
                if (k != missing) others.push_back(score);
            }
            const auto found = sl::detail::leaf_moments<double>(scores);
            const auto wanted = sl::detail::leaf_moments<double>(others);
            REQUIRE(found.count == count - 1);
            REQUIRE(found.nan_count == 1);
            REQUIRE(found.sum == wanted.sum);
            REQUIRE(found.squares == wanted.squares);
            REQUIRE(found.min == wanted.min);
            REQUIRE(found.max == wanted.max);
        }
    }
}

TEST_CASE("infinities of both signs are no NaN") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const auto found = sl::detail::leaf_moments<float>(std::vector<float>{-infinity, 1, infinity});
    CHECK(found.count == 3);
    CHECK(found.nan_count == 0);
    CHECK(std::isnan(found.mean()));
    CHECK(found.min == -infinity);
    CHECK(found.max == infinity);
    const auto one = sl::detail::leaf_moments<float>(std::vector<float>{2, -infinity, std::nanf("")});
    CHECK(one.count == 2);
    CHECK(one.mean() == -infinity);
    CHECK(std::isnan(one.std()));
}

TEST_CASE("moments in units of their own merge with others in any order") {
    const std::vector<double> zeros(3, 0.0), small{1e-200, 3e-200, 2e-200}, ordinary{1, 2, 4},
        large{1e200, -3e200, 1e199};
    const auto of = [](const std::vector<double>& scores) {
        return sl::detail::leaf_moments<double>(scores);
    };
    const auto merged = [](sl::detail::moments a, const sl::detail::moments& b) {
        a.merge(b);
        return a;
    };
    CHECK(of(small).unit != 0);
    CHECK(of(ordinary).unit == 0);
    CHECK(of(zeros).unit == 0);
    CHECK(of(small).std() == Approx(1e-200));
    CHECK(of(small).min == 1e-200);
    for (const auto* other : {&zeros, &ordinary, &large}) {
        auto all = small;
        all.insert(all.end(), other->begin(), other->end());
        const auto whole = of(all), one = merged(of(small), of(*other)),
                   turned = merged(of(*other), of(small));
        for (const auto& found : {one, turned}) {
            CHECK(found.count == 6);
            CHECK(found.std() == Approx(whole.std()).epsilon(1e-14));
            CHECK(found.center == Approx(whole.center).epsilon(1e-14));
            CHECK(found.min == whole.min);
            CHECK(found.max == whole.max);
        }
    }
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(std::isnan(merged(of(large), of({infinity, 1})).std()));
    CHECK(merged(of(large), of({infinity, 1})).mean() == infinity);
    CHECK(of({1.7e308, 1.7e308}).mean() == 1.7e308);
    CHECK(of({1.7e308, 1.7e308}).std() == 0);
    CHECK(of({1.7e308, -1.7e308}).std() == infinity); // 2.4e308
}
