#include "svdlens/table/detail/order/rank_passes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
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

/// Calls `use(block)` for every block.
template <class T, class Use>
void for_blocks_of(const cut_source<T>& source, Use use) {
    sl::block_buffer<T> buffer;
    for (std::size_t i = 0; i < source.blocks(); ++i) use(source.block(i, buffer));
}

template <class T>
sl::detail::rank_search<T> start(const cut_source<T>& source, const std::vector<std::uint64_t>& ranks) {
    sl::detail::top_digits<T> top;
    for_blocks_of(source, [&](const auto& block) { top.count(block); });
    return {top, ranks};
}

/// Gives every rank its next digit.
template <class T>
void descend(const cut_source<T>& source, sl::detail::rank_search<T>& search) {
    for (std::size_t first = 0; first < search.open().size();) {
        const sl::detail::digit_pass<T, sl::signed_score> pass(search, first);
        std::vector<std::uint32_t> hits;
        for_blocks_of(source, [&](const auto& block) { pass.look(block, hits); });
        pass.hand_over(hits);
        pass.descend(search);
        first = pass.end();
    }
    search.end_digit();
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
        while (!search.is_done()) descend(cut, search);
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
    sl::detail::next_digits<float> narrow(open.size(), true), wide(open.size(), false);
    std::uint64_t sum = 0;
    for_blocks_of(cut, [&](const auto& block) {
        std::vector<std::uint32_t> hits, same;
        open.find<sl::signed_score>(block, [&](std::size_t place, auto image) {
            hits.push_back(
                static_cast<std::uint32_t>(place << sl::detail::digit_bits | open.next_digit(image)));
        });
        same = hits;
        narrow.add(hits);
        wide.add(same);
    });
    bool equal = true;
    for (std::size_t hit = 0; hit < open.size() * sl::detail::digit_values; ++hit) {
        equal = equal && narrow[hit] == wide[hit];
        sum += wide[hit];
    }
    CHECK(equal);
    CHECK(sum == search.open_scores());
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
    const sl::detail::image_pass<double, sl::signed_score> pass(search);
    std::vector<std::uint64_t> mine;
    for_blocks_of(cut, [&](const auto& block) { pass.look(block, mine); });
    pass.hand_over(mine);
    const auto images = pass.images();
    std::vector<std::uint64_t> found(images.begin(), images.end());
    std::sort(found.begin(), found.end());
    CHECK(found == wanted);
}
