#include "svdlens/core/detail/random_positions.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;
using sl::detail::random_positions;
using sl::detail::random_stream;

namespace {

using list = std::vector<std::uint64_t>;

list draw(std::uint64_t size, std::uint64_t count, std::uint64_t seed, std::uint64_t stream = 0) {
    random_stream random(seed, stream);
    return random_positions(size, count, random);
}

/// The chi-square statistic of counts that should all be the same.
double chi_square(const std::vector<std::uint64_t>& counts) {
    double sum = 0, result = 0;
    for (const auto count : counts) sum += static_cast<double>(count);
    const double expected = sum / static_cast<double>(counts.size());
    for (const auto count : counts) {
        const double off = static_cast<double>(count) - expected;
        result += off * off / expected;
    }
    return result;
}

} // namespace

TEST_CASE("random numbers are those of SplitMix64, and the same on every machine") {
    CHECK(random_stream(0).next() == 0xe220a8397b1dcdaf);
    // From a second implementation, in Python.
    CHECK(draw(1000, 10, 1) == list{6, 90, 217, 256, 262, 297, 419, 560, 579, 708});
    CHECK(draw(1000000000000, 5, 2, 3) ==
          list{70628751904, 90011807240, 169759737817, 425096128961, 878755405401});
    CHECK(draw(7, 5, 5) == list{1, 2, 3, 4, 5});
}

TEST_CASE("numbers below a bound are below it") {
    random_stream random(3);
    for (const std::uint64_t bound :
         {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
        std::uint64_t most = 0;
        for (int k = 0; k < 200; ++k) {
            const auto number = random.below(bound);
            REQUIRE(number < bound);
            most = (std::max)(most, number);
        }
        CHECK(most >= (bound - 1) / 2);
    }
}

TEST_CASE("positions ascend, none comes twice, none is outside") {
    const std::uint64_t sizes[] = {0, 1, 2, 3, 10, 1001};
    for (const auto size : sizes) {
        for (std::uint64_t count = 0; count <= size; count += 1 + count / 3) {
            const auto drawn = draw(size, count, size + count);
            REQUIRE(drawn.size() == count);
            for (std::size_t k = 1; k < drawn.size(); ++k) REQUIRE(drawn[k - 1] < drawn[k]);
            if (!drawn.empty()) REQUIRE(drawn.back() < size);
        }
        CHECK(draw(size, size, 1).size() == size);
    }
}

TEST_CASE("every set of positions is as likely") {
    // The 0.1 % points of chi-square with 9, 19 and 99 degrees of freedom are 27.88, 43.82 and 148.23.
    std::vector<std::uint64_t> pairs(10), triples(20), singles(100);
    for (std::uint64_t k = 0; k < 20000; ++k) {
        const auto two = draw(5, 2, 11, k); // the pairs of five
        const std::size_t first[] = {0, 4, 7, 9};
        ++pairs[first[two[0]] + static_cast<std::size_t>(two[1] - two[0] - 1)];
        std::size_t set = 0; // the triples of six, by way of the others
        for (const auto position : draw(6, 3, 12, k)) set |= std::size_t{1} << position;
        std::size_t number = 0;
        for (std::size_t other = 0; other < set; ++other) number += std::popcount(other) == 3 ? 1 : 0;
        ++triples[number];
        for (const auto position : draw(100, 7, k)) ++singles[static_cast<std::size_t>(position)];
    }
    CHECK(chi_square(pairs) < 27.88);
    CHECK(chi_square(triples) < 43.82);
    CHECK(chi_square(singles) < 148.23);
    std::vector<std::uint64_t> most(10); // more than half are drawn by those that are not
    for (std::uint64_t k = 0; k < 20000; ++k)
        for (const auto position : draw(10, 7, 13, k)) ++most[static_cast<std::size_t>(position)];
    CHECK(chi_square(most) < 27.88);
}

TEST_CASE("seeds and streams give different sets") {
    CHECK(draw(1000000, 20, 1) != draw(1000000, 20, 2));
    CHECK(draw(1000000, 20, 1, 0) != draw(1000000, 20, 1, 1));
    CHECK(draw(1000000, 20, 1, 1) != draw(1000000, 20, 2, 0));
    CHECK(draw(1000000, 20, 1, 1) == draw(1000000, 20, 1, 1));
}
