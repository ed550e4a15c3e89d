#include "svdlens/directions/factored_difference.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "directions/noisy_copies.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"
#include "support/random_factors.hpp"
#include "svdlens/directions/singular_directions.hpp"

namespace sl = svdlens;
using svdlens_tests::graded_heads;
using svdlens_tests::message_of;
using svdlens_tests::ov_set;

namespace {

svdlens_tests::head_list with_small_change(svdlens_tests::head_list heads, double size, std::uint64_t seed) {
    svdlens_tests::normal_numbers draw(seed);
    for (auto& head : heads) head = {with_noise(head.first, size, draw), with_noise(head.second, size, draw)};
    return heads;
}

} // namespace

TEST_CASE("a difference of heads is the difference of their products, of any size") {
    const auto heads = graded_heads(3, 24, 4, 1);
    for (const double size : {1.0, 1e-3, 1e-6}) {
        const auto changed = with_small_change(heads, size, 5);
        // As both are stored in float, in long double from there on.
        const auto before = ov_set<float>(heads), after = ov_set<float>(changed);
        const auto change = sl::factored_difference(before, after);
        const auto directions = sl::singular_directions(change);
        CHECK(directions.directions() == 8);
        for (std::size_t h = 0; h < heads.size(); ++h) {
            const auto expected =
                difference(svdlens_tests::dense(after.matrices[h]), svdlens_tests::dense(before.matrices[h]));
            const auto found = svdlens_tests::dense(change.matrices[h]);
            const double scale = static_cast<double>(frobenius_norm(expected));
            CHECK(static_cast<double>(frobenius_norm(difference(found, expected))) < 1e-6 * scale);
            const auto values = svdlens_tests::singular_values(expected);
            for (std::size_t k = 0; k < 8; ++k)
                CHECK(std::abs(static_cast<double>(directions.singular_value(0, h, k)) -
                               static_cast<double>(values[k])) < 2e-6 * scale);
        }
    }
}

TEST_CASE("what did not change is null space, and so is what changed only in its factors") {
    const auto heads = graded_heads(2, 20, 4, 3);
    const auto set = ov_set<float>(heads);
    const auto same = sl::singular_directions(sl::factored_difference(set, set));
    CHECK(same.null_directions() == 16);
    auto scaled = heads; // W_V · 2, W_O / 2: the product is the same
    for (auto& head : scaled) {
        for (auto& x : head.first.values) x *= 2;
        for (auto& x : head.second.values) x /= 2;
    }
    CHECK(sl::singular_directions(sl::factored_difference(set, ov_set<float>(scaled))).null_directions() ==
          16);
}

TEST_CASE("a rank planted into one factor is the rank of the difference") {
    const auto heads = graded_heads(1, 20, 5, 4);
    svdlens_tests::normal_numbers draw(8);
    for (std::size_t rank = 1; rank <= 3; ++rank) {
        auto changed = heads;
        const auto update = product(draw.matrix(20, rank), draw.matrix(rank, 5));
        for (std::size_t k = 0; k < update.values.size(); ++k)
            changed[0].first.values[k] += 0.05L * update.values[k];
        const auto directions =
            sl::singular_directions(sl::factored_difference(ov_set<double>(heads), ov_set<double>(changed)));
        CHECK(directions.null_directions() == 10 - rank);
    }
}

TEST_CASE("directions of a difference are nodes of their own, at the heads' places") {
    const auto set = ov_set<float>(graded_heads(2, 12, 3, 3));
    const auto change = sl::factored_difference(set, ov_set<float>(graded_heads(2, 12, 3, 4)));
    CHECK(change.name == "ov_change");
    const auto directions = sl::singular_directions(change);
    CHECK(directions.writing().identity.entity == "ov_change_direction");
    CHECK(sl::singular_directions(set).writing().identity.entity == "direction");
    CHECK(directions.writing().port.first == set.right.first);
    CHECK(directions.axes().label(0, "head") == "L0H0");
}

TEST_CASE("sets that are not of the same heads are refused, naming both") {
    const auto set = ov_set<float>(graded_heads(2, 12, 3, 3));
    auto narrow = ov_set<float>(graded_heads(2, 12, 2, 3));
    narrow.file = "after.safetensors";
    const auto text = message_of([&] { sl::factored_difference(set, narrow); });
    CHECK(text.find("after.safetensors") != std::string::npos);
    CHECK(text.find("12 x 3") != std::string::npos);
    CHECK(text.find("12 x 2") != std::string::npos);
    auto other_place = set;
    other_place.right.first += 7;
    CHECK_THROWS_AS(sl::factored_difference(set, other_place), sl::argument_error);
    auto centred = set;
    centred.left_centered = true;
    CHECK_THROWS_AS(sl::factored_difference(set, centred), sl::argument_error);
    auto broken = set;
    broken.matrices[1].b =
        svdlens_tests::with_entry(broken.matrices[1].b, 0, 1, std::numeric_limits<float>::quiet_NaN());
    CHECK(message_of([&] { sl::factored_difference(set, broken); }).find("L0H1") != std::string::npos);
}
