#include "svdlens/table/detail/order/value_tally.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("few values are counted as a map counts them") {
    std::mt19937_64 random(4);
    sl::detail::value_tally<double> tally(100);
    std::map<std::uint64_t, std::uint64_t> wanted;
    for (int k = 0; k < 5000; ++k) {
        const std::uint64_t value = random() % 100 << 40; // alike in their lower bits
        tally.add(value);
        ++wanted[value];
    }
    CHECK_FALSE(tally.is_over());
    const auto entries = tally.entries();
    CHECK(entries == decltype(entries)(wanted.begin(), wanted.end()));
}

TEST_CASE("one value more than wanted is too many, and stays so") {
    sl::detail::value_tally<float> tally(3), other(3);
    for (const std::uint32_t value : {7U, 8U, 7U, 9U}) tally.add(value);
    CHECK_FALSE(tally.is_over());
    for (const std::uint32_t value : {9U, 10U}) other.add(value);
    CHECK_FALSE(other.is_over());
    tally.add(other);
    CHECK(tally.is_over());
    sl::detail::value_tally<float> third(3);
    third.add(tally);
    CHECK(third.is_over());
    third.add(std::uint32_t{1});
    CHECK(third.is_over());
}

TEST_CASE("tallies that hold the same values add up") {
    sl::detail::value_tally<float> a(2), b(2), unused;
    a.add(5);
    b.add(5, 3);
    b.add(0);
    a.add(b);
    a.add(unused);
    CHECK(unused.is_new());
    const auto entries = a.entries();
    CHECK(entries == decltype(entries){{0, 1}, {5, 4}});
}

TEST_CASE("a tally of nothing takes nothing") {
    sl::detail::value_tally<float> none(0);
    CHECK(none.entries().empty());
    none.add(1);
    CHECK(none.is_over());
}
