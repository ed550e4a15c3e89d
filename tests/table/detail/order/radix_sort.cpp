#include "svdlens/table/detail/order/radix_sort.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/core/error.hpp"

namespace sl = svdlens;
using sl::detail::keyed_position;

namespace {

/// Keys with bits from `mask` only, in random order.
std::vector<keyed_position> random_entries(std::size_t count, std::uint64_t mask, std::uint64_t set) {
    std::mt19937_64 random(count + mask);
    std::vector<keyed_position> entries;
    for (std::size_t k = 0; k < count; ++k) entries.push_back({(random() & mask) | set, k});
    return entries;
}

} // namespace

TEST_CASE("entries come by key, and equal keys in the order that they had") {
    const std::size_t counts[] = {0, 1, 2, 255, 30000};
    const std::uint64_t masks[] = {
        0, 1, 0xff, 0x3ff, 0xff00ff00, 0xf000000000000000, 0xffffffff, ~std::uint64_t{0}};
    for (const auto count : counts) {
        for (const auto mask : masks) {
            for (const std::uint64_t set : {std::uint64_t{0}, ~mask}) {
                auto entries = random_entries(count, mask, set);
                auto wanted = entries;
                std::sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) {
                    return a.key != b.key ? a.key < b.key : a.position < b.position;
                });
                sl::detail::radix_sort(entries, {});
                CHECK(std::equal(
                    entries.begin(), entries.end(), wanted.begin(), wanted.end(),
                    [](const auto& a, const auto& b) { return a.key == b.key && a.position == b.position; }));
            }
        }
    }
}

TEST_CASE("sorting can be stopped") {
    const std::atomic<bool> stop{true};
    auto entries = random_entries(5000, 0xff, 0);
    REQUIRE_THROWS_AS(sl::detail::radix_sort(entries, {.stop = &stop}), sl::cancelled_error);
}
