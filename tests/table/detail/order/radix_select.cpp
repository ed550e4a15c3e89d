#include "svdlens/table/detail/order/radix_select.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/detail/order/rank_search.hpp"
#include "svdlens/table/detail/order/top_digits.hpp"
#include "svdlens/table/score_key.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

template <class T>
sl::detail::rank_search<T> start(const cut_source<T>& source, const std::vector<std::uint64_t>& ranks) {
    return {sl::detail::count_top_digits<sl::signed_score>(source, {}), ranks};
}

} // namespace

TEMPLATE_TEST_CASE("a search by further digits ends where a sort does", "", float, double) {
    const auto scores = random_scores<TestType>(2 * 3 * 400, 9);
    auto sorted = scores;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::uint64_t> ranks;
    for (std::uint64_t rank = 3; rank < sorted.size(); rank += 7)
        ranks.push_back(rank); // hundreds of prefixes
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(head_axes(2, 3, 400), scores, threads);
        auto search = start(cut, ranks);
        while (!search.is_done()) sl::detail::descend<sl::signed_score>(cut, search, {.threads = threads});
        const auto found = search.take();
        for (std::size_t k = 0; k < ranks.size(); ++k)
            REQUIRE(found[k].score == sorted[static_cast<std::size_t>(ranks[k])]);
    }
}

TEST_CASE("wide counters count as narrow ones do") {
    const auto scores = random_scores<float>(2 * 3 * 400, 10);
    const cut_source<float> cut(head_axes(2, 3, 400), scores, 3);
    const auto search = start(cut, {0, 1200, 2399});
    CHECK(search.fits_narrow_counts());
    const sl::detail::open_prefixes<float> open(search.open(), search.depth());
    const auto narrow = sl::detail::count_next_digits<std::uint32_t, sl::signed_score>(cut, open, {});
    const auto wide =
        sl::detail::count_next_digits<std::uint64_t, sl::signed_score>(cut, open, {.threads = 3});
    CHECK(std::equal(narrow.begin(), narrow.end(), wide.begin(), wide.end()));
    CHECK(std::accumulate(wide.begin(), wide.end(), std::uint64_t{0}) == search.open_scores());
}

TEST_CASE("collected images are those of the scores under the open prefixes") {
    const auto scores = awkward_scores<double>(2 * 3 * 400, 11);
    std::vector<std::uint64_t> wanted;
    const cut_source<double> cut(head_axes(2, 3, 400), scores, 4);
    const auto search = start(cut, {5, 700, 701});
    for (const double score : scores)
        if (!std::isnan(score) && search.is_open(sl::detail::order_image(score)))
            wanted.push_back(sl::detail::order_image(score));
    std::sort(wanted.begin(), wanted.end());
    for (const unsigned threads : {1U, 5U}) {
        auto found = sl::detail::collect_images<sl::signed_score>(cut, search, {.threads = threads});
        std::sort(found.begin(), found.end());
        CHECK(found == wanted);
    }
}
