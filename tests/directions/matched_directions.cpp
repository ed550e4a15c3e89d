#include "svdlens/directions/matched_directions.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "directions/noisy_copies.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::graded_heads;
using svdlens_tests::head_list;
using svdlens_tests::ov_set;

namespace {

sl::basic_singular_directions<double> directions_of(const head_list& heads) {
    return sl::singular_directions(ov_set<double>(heads));
}

double dot_of(std::span<const double> a, std::span<const double> b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Columns of the first factor and rows of the second in another order: the same heads, other factors.
head_list turned_factors(head_list heads) {
    for (auto& [a, b] : heads)
        for (std::size_t k = 1; k < a.columns; ++k) {
            for (std::size_t i = 0; i < a.rows; ++i) std::swap(a(i, 0), a(i, k));
            for (std::size_t j = 0; j < b.columns; ++j) std::swap(b(0, j), b(k, j));
        }
    return heads;
}

} // namespace

TEST_CASE("directions of the same heads are matched to themselves, whatever their factors") {
    const auto heads = graded_heads(3, 16, 4, 2);
    const auto before = directions_of(heads), after = directions_of(turned_factors(heads));
    const auto matches = sl::match_directions(before, after);
    REQUIRE(matches.size() == 12);
    for (std::size_t k = 0; k < matches.size(); ++k) {
        CHECK(matches[k].head * 4 + matches[k].direction == k);
        CHECK(matches[k].other == matches[k].direction);
        CHECK(matches[k].overlap() == Approx(1));
    }
}

TEST_CASE("directions of a head that writes the opposite are matched to themselves, with overlaps of -1") {
    auto heads = graded_heads(2, 16, 4, 3);
    const auto before = directions_of(heads);
    for (auto& [a, b] : heads)
        for (std::size_t k = 0; k < b.rows; ++k)
            for (std::size_t j = 0; j < b.columns; ++j) b(k, j) = -b(k, j);
    const auto matches = sl::match_directions(before, directions_of(heads));
    REQUIRE(matches.size() == 8);
    for (const auto& each : matches) {
        CHECK(each.other == each.direction);
        CHECK(each.left * each.right == Approx(-1));
    }
}

TEST_CASE("matches have the largest sum over all orders, and overlaps are products of both sides") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto heads = graded_heads(1, 9, 4, seed);
        svdlens_tests::normal_numbers draw(seed + 50);
        head_list other = heads;
        other[0] = {with_noise(other[0].first, 0.7, draw), with_noise(other[0].second, 0.7, draw)};
        const auto before = directions_of(heads), after = directions_of(other);
        const auto gain = [&](std::size_t k, std::size_t j) {
            const double s = std::sqrt(before.singular_value(0, 0, k) * after.singular_value(0, 0, j));
            return s * std::abs(dot_of(before.reading(0, 0, k), after.reading(0, 0, j)) *
                                dot_of(before.writing(0, 0, k), after.writing(0, 0, j)));
        };
        double best = 0;
        std::vector<std::size_t> order{0, 1, 2, 3};
        do {
            double sum = 0;
            for (std::size_t k = 0; k < 4; ++k) sum += gain(k, order[k]);
            best = std::max(best, sum);
        } while (std::next_permutation(order.begin(), order.end()));
        double found = 0;
        for (const auto& m : sl::match_directions(before, after)) {
            found += gain(m.direction, m.other);
            CHECK(m.left == Approx(dot_of(before.reading(0, 0, m.direction), after.reading(0, 0, m.other))));
            CHECK(m.right == Approx(dot_of(before.writing(0, 0, m.direction), after.writing(0, 0, m.other))));
        }
        CHECK(found == Approx(best));
    }
}

TEST_CASE("null directions have no match, and more of them on either side are no fault") {
    auto heads = graded_heads(2, 12, 4, 6);
    auto poorer = heads;
    for (std::size_t i = 0; i < 12; ++i) poorer[1].first(i, 3) = poorer[1].first(i, 2) = 0;
    const auto before = directions_of(heads), after = directions_of(poorer);
    CHECK(sl::match_directions(before, after).size() == 6);
    CHECK(sl::match_directions(after, before).size() == 6);
    for (const auto& m : sl::match_directions(after, before))
        CHECK((m.head == 0 || m.direction < 2)); // those that are there
}

TEST_CASE("heads can be matched with others, in any number of threads") {
    const auto heads = graded_heads(3, 12, 3, 7);
    const auto directions = directions_of(heads);
    auto cycled = heads;
    std::rotate(cycled.begin(), cycled.begin() + 1, cycled.end());
    const sl::direction_match_options others{.partners = {2, 0, 1}};
    const auto one = sl::match_directions(directions, directions_of(cycled), others, {.threads = 1});
    const auto many = sl::match_directions(directions, directions_of(cycled), others, {.threads = 5});
    REQUIRE(one.size() == 9);
    for (std::size_t k = 0; k < 9; ++k) {
        CHECK(one[k].overlap() == Approx(1));
        CHECK(one[k].other_head == (k / 3 + 2) % 3);
        CHECK(one[k].left == many[k].left);
    }
    const auto text = svdlens_tests::message_of([&] {
        sl::match_directions(directions, directions, {.partners = {0, 1}});
    });
    CHECK(text == "match_directions: expected a partner for each of 3 heads, found 2");
    CHECK_THROWS_AS(sl::match_directions(directions, directions, {.partners = {0, 1, 3}}),
                    sl::argument_error);
    CHECK_THROWS_AS(sl::match_directions(directions, directions_of(graded_heads(3, 12, 2, 7))),
                    sl::argument_error);
}
