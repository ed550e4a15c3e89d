#include "svdlens/table/detail/order/image_select.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

namespace detail = svdlens::detail;

/// Some ranks of some images, by sorting and by selecting.
template <class T, class Make>
void check_ranks(std::size_t count, unsigned seed, Make make) {
    using image = detail::image_type<T>;
    std::mt19937_64 random(seed);
    std::vector<image> images(count);
    for (auto& x : images) x = static_cast<image>(make(random));
    auto sorted = images;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::size_t> ranks{
        0, count - 1, count / 2, count / 100, count - 1 - count / 100, random() % count};
    std::sort(ranks.begin(), ranks.end());
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    const auto found = detail::images_at<T>(std::span(images), std::span<const std::size_t>(ranks));
    REQUIRE(found.size() == ranks.size());
    for (std::size_t k = 0; k < ranks.size(); ++k) CHECK(found[k] == sorted[ranks[k]]);
}

template <class T>
void check_kinds(std::size_t count, unsigned seed) {
    using random_engine = std::mt19937_64;
    check_ranks<T>(count, seed, [](random_engine& r) { return r(); });
    check_ranks<T>(count, seed, [](random_engine& r) { return r() % 3; });
    check_ranks<T>(count, seed, [](random_engine&) { return 7; });
    check_ranks<T>(count, seed, [](random_engine& r) {
        const double sum = static_cast<double>(r() % 1000) + static_cast<double>(r() % 1000) - 1000;
        return detail::order_image(static_cast<T>(sum * 0.01));
    });
}

} // namespace

TEST_CASE("selecting finds what sorting finds, few or many, alike or not") {
    for (const std::size_t count : {1U, 2U, 100U, 4095U, 4096U, 4097U, 50000U}) {
        check_kinds<float>(count, static_cast<unsigned>(count));
        check_kinds<double>(count, static_cast<unsigned>(count) + 1);
    }
}

TEST_CASE("the neighbours of a rank are those that share its highest bits") {
    std::vector<std::uint32_t> images(5000, 0);
    for (std::size_t k = 0; k < images.size(); ++k) images[k] = static_cast<std::uint32_t>(k % 5) << 29;
    const std::vector<std::size_t> ranks{1500, 4999};
    const detail::rank_neighbours<float> close(images, ranks);
    const auto left = close.take();
    CHECK(left.size() == 2000);
    CHECK(std::count(left.begin(), left.end(), std::uint32_t{1} << 29) == 1000);
    CHECK(std::vector<std::size_t>(close.positions().begin(), close.positions().end()) ==
          std::vector<std::size_t>{500, 1999});
}
