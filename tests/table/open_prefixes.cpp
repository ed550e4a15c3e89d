#include "svdlens/table/open_prefixes.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/order_image.hpp"
#include "svdlens/table/score_key.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// Checks what is found under the prefixes of every 50th score, `depth` digits long, against a plain loop.
template <class T, class Key>
void check_found(unsigned depth) {
    using image = sl::detail::image_type<T>;
    const auto scores = awkward_scores<T>(3001, 5);
    std::set<image> prefixes;
    for (std::size_t k = 0; k < scores.size(); k += 50)
        if (!std::isnan(scores[k]))
            prefixes.insert(sl::detail::leading_digits<T>(sl::detail::order_image(scores[k]), depth - 1));
    std::vector<sl::detail::open_prefix<T>> list;
    for (const auto prefix : prefixes) list.push_back({prefix, 1});
    std::vector<std::pair<std::size_t, image>> wanted, found;
    for (const T score : scores) {
        const image x = sl::detail::order_image(Key{}(score));
        for (std::size_t k = 0; k < list.size(); ++k)
            if (!std::isnan(score) && sl::detail::leading_digits<T>(x, depth - 1) == list[k].prefix)
                wanted.emplace_back(k, x);
    }
    const sl::detail::open_prefixes<T> open(list, depth);
    open.template find<Key>(std::span<const T>(scores),
                            [&](std::size_t place, image x) { found.emplace_back(place, x); });
    CHECK(!found.empty());
    CHECK(found == wanted);
}

} // namespace

TEST_CASE("scores under prefixes of any depth are found in their order") {
    check_found<float, sl::signed_score>(1);
    check_found<float, sl::magnitude>(1);
    for (const unsigned depth : {1U, 2U, 3U}) check_found<double, sl::signed_score>(depth);
    check_found<double, sl::magnitude>(2);
}

TEST_CASE("the next digit is the one behind the prefix") {
    const std::vector<sl::detail::open_prefix<double>> list{{0x12345678U, 1}};
    const sl::detail::open_prefixes<double> open(list, 2);
    CHECK(open.next_digit(0x123456789abcdef0U) == 0x9abcU);
}
