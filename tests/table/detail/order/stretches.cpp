#include "svdlens/table/detail/order/stretches.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("a mask has the bits of the positions that pass") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 200; ++round) {
        const std::uint64_t bits = round == 0 ? 0 : round == 1 ? ~std::uint64_t{0} : random();
        for (const std::size_t count : {0U, 1U, 7U, 8U, 9U, 63U, 64U}) {
            const auto kept = count == 64 ? bits : bits & ((std::uint64_t{1} << count) - 1);
            REQUIRE(sl::detail::stretch_mask(count, [&](std::size_t k) { return (bits >> k & 1) != 0; }) ==
                    kept);
        }
    }
}

TEST_CASE("bits are visited in ascending order") {
    std::vector<std::size_t> found;
    sl::detail::for_bits(std::uint64_t{1} << 63 | 0b1011, [&](std::size_t k) { found.push_back(k); });
    CHECK(found == std::vector<std::size_t>{0, 1, 3, 63});
}

TEST_CASE("hits of any piece of any length are those of a plain loop") {
    const auto scores = awkward_scores<float>(500, 8);
    const auto test = [](float score) { return score > 0.6F; };
    for (const std::size_t begin : {0U, 1U, 63U, 64U, 65U}) {
        for (std::size_t end = begin; end <= scores.size(); end += end % 3 + 1) {
            std::vector<std::size_t> wanted, found;
            for (std::size_t k = begin; k < end; ++k)
                if (test(scores[k])) wanted.push_back(k);
            sl::detail::for_hits(std::span<const float>(scores), begin, end, test,
                                 [&](std::size_t k) { found.push_back(k); });
            REQUIRE(found == wanted);
        }
    }
}

TEST_CASE("a test that use changes holds from the next stretch on") {
    struct at_least {
        float bound;
        bool operator()(float score) const { return score >= bound; }
    };
    const std::vector<float> scores(192, 1.0F);
    at_least test{0};
    std::vector<std::size_t> found;
    sl::detail::for_hits(std::span<const float>(scores), 0, scores.size(), test, [&](std::size_t k) {
        found.push_back(k);
        test.bound = 2;
    });
    CHECK(found.size() == 64);
}
