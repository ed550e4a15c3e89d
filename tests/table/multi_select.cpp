#include "svdlens/table/multi_select.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("several positions hold what a full sort puts there, and divide the rest") {
    std::mt19937 random(2);
    for (const std::size_t count : {1U, 2U, 3U, 100U, 1000U}) {
        std::vector<std::uint32_t> values(count);
        for (auto& value : values) value = static_cast<std::uint32_t>(random() % 60);
        auto sorted = values;
        std::sort(sorted.begin(), sorted.end());
        std::vector<std::size_t> positions;
        for (std::size_t k = 0; k < count; ++k)
            if (random() % 9 == 0 || k + 1 == count) positions.push_back(k);
        sl::detail::multi_select(std::span(values), std::span<const std::size_t>(positions));
        std::size_t from = 0;
        for (const auto at : positions) {
            REQUIRE(values[at] == sorted[at]);
            for (; from < at; ++from) REQUIRE(values[from] <= values[at]);
        }
        std::sort(values.begin(), values.end());
        REQUIRE(values == sorted);
    }
}

TEST_CASE("no positions of no values are nothing to do") {
    std::vector<int> values;
    sl::detail::multi_select(std::span(values), std::span<const std::size_t>());
    CHECK(values.empty());
}
