#include "svdlens/table/detail/order/radix_sort.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/core/error.hpp"

namespace sl = svdlens;
using sl::detail::keyed_positions;

namespace {

/// Keys with bits from `mask` only, in random order.
template <class Integer>
keyed_positions<Integer> random_entries(std::size_t count, std::uint64_t mask, std::uint64_t set) {
    std::mt19937_64 random(count + mask);
    keyed_positions<Integer> entries(count);
    for (std::size_t k = 0; k < count; ++k)
        entries[k] = {static_cast<Integer>((random() & mask) | set), static_cast<Integer>(k)};
    return entries;
}

/// As the sort of the standard library orders them.
template <class Integer>
void check_sorted(std::size_t count, std::uint64_t mask, std::uint64_t set, unsigned threads) {
    auto entries = random_entries<Integer>(count, mask, set);
    std::vector<sl::detail::keyed_position<Integer>> wanted(entries.begin(), entries.end());
    std::stable_sort(wanted.begin(), wanted.end(),
                     [](const auto& a, const auto& b) { return a.key < b.key; });
    sl::detail::radix_sort(entries, {.threads = threads});
    CHECK(
        std::equal(entries.begin(), entries.end(), wanted.begin(), wanted.end(),
                   [](const auto& a, const auto& b) { return a.key == b.key && a.position == b.position; }));
}

} // namespace

TEST_CASE("entries come by key, and equal keys in the order that they had") {
    const std::size_t counts[] = {0, 1, 2, 255, 30000};
    const std::uint64_t masks[] = {
        0, 1, 0xff, 0x3ff, 0xff00ff00, 0xf000000000000000, 0xffffffff, ~std::uint64_t{0}};
    for (const auto count : counts) {
        for (const auto mask : masks) {
            for (const std::uint64_t set : {std::uint64_t{0}, ~mask}) {
                check_sorted<std::uint64_t>(count, mask, set, 1);
                check_sorted<std::uint32_t>(count, mask, set, 2);
            }
        }
    }
}

TEST_CASE("several threads sort their parts as one does") {
    for (const unsigned threads : {1U, 2U, 5U}) {
        check_sorted<std::uint32_t>(400'001, 0xffffffff, 0, threads);
        check_sorted<std::uint32_t>(400'001, 0x7, 0, threads);
        check_sorted<std::uint64_t>(400'001, 0xfff00000000f00ff, 0, threads);
    }
}

TEST_CASE("a shrunk list is sorted without its end") {
    auto entries = random_entries<std::uint32_t>(1000, 0xffff, 0);
    entries.shrink(400);
    sl::detail::radix_sort(entries, {});
    REQUIRE(entries.size() == 400);
    CHECK(std::is_sorted(entries.begin(), entries.end(),
                         [](const auto& a, const auto& b) { return a.key < b.key; }));
    CHECK(std::all_of(entries.begin(), entries.end(), [](const auto& each) { return each.position < 400; }));
}

TEST_CASE("sorting can be stopped") {
    const std::atomic<bool> stop{true};
    auto entries = random_entries<std::uint64_t>(5000, 0xff, 0);
    REQUIRE_THROWS_AS(sl::detail::radix_sort(entries, {.stop = &stop}), sl::cancelled_error);
}
