#include "svdlens/directions/head_spectra.hpp"

#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "directions/brute_diagonal.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::matrix_maker;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;
using svdlens_tests::set_of_heads;

namespace {

template <class T>
std::vector<sl::head_spectrum> spectra_of(const std::vector<std::pair<plain_matrix, plain_matrix>>& heads,
                                          const sl::execution& run = {}) {
    const auto set = set_of_heads<T>("ov", 1, heads);
    return sl::head_spectra(set, sl::singular_directions(set), {}, run);
}

double inner_product(const plain_matrix& a, const plain_matrix& b) {
    svdlens_tests::real sum = 0;
    for (std::size_t k = 0; k < a.values.size(); ++k) sum += a.values[k] * b.values[k];
    return static_cast<double>(sum);
}

} // namespace

TEST_CASE("a head's alignment and idempotence are those of the whole matrices") {
    matrix_maker make(1);
    std::vector<std::pair<plain_matrix, plain_matrix>> heads;
    for (int k = 0; k < 3; ++k) heads.emplace_back(make.uniform(14, 4), make.uniform(4, 14));
    heads[1].second = svdlens_tests::scaled_by(heads[1].second, 1e-20L);
    const auto found = spectra_of<double>(heads);
    for (std::size_t k = 0; k < 3; ++k) {
        const auto w = product(heads[k].first, heads[k].second), twice = product(w, w);
        const double a = inner_product(heads[k].first, heads[k].first),
                     b = inner_product(heads[k].second, heads[k].second), ww = inner_product(w, w);
        CHECK(found[k].alignment == Approx(ww / (a * b)).epsilon(1e-10));
        const double both = inner_product(twice, w);
        CHECK(found[k].idempotence == Approx(both * both / (inner_product(twice, twice) * ww)).epsilon(1e-9));
        CHECK(found[k].largest == Approx(static_cast<double>(svdlens_tests::singular_values(w)[0])));
        CHECK(found[k].product_edge ==
              Approx(std::sqrt(a * b) / 4 * sl::product_law_of(14, 4).upper).epsilon(1e-10));
        const auto s = svdlens_tests::singular_values(heads[k].first);
        REQUIRE(found[k].left_values.size() == 4);
        CHECK(found[k].left_values[1] / found[k].left_values[0] == Approx(static_cast<double>(s[1] / s[0])));
    }
    CHECK(found[2].head == "L0H2");
    CHECK(found[2].index == sl::head_index{0, 2});
}

TEST_CASE("projections are idempotent whatever their size, and what squares to nothing is not") {
    matrix_maker make(2);
    const auto frame = make.orthonormal_rows(6, 12);
    plain_matrix up(12, 3), down(3, 12), away(3, 12);
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 12; ++j) {
            up(j, i) = frame(i, j);
            down(i, j) = -5 * frame(i, j);
            away(i, j) = frame(i + 3, j);
        }
    const auto found = spectra_of<float>({{up, down}, {up, away}, {plain_matrix(12, 3), down}});
    CHECK(found[0].idempotence == Approx(1));
    CHECK(found[1].idempotence == 0);
    CHECK(found[2].idempotence == 0);
    CHECK(found[2].alignment == 0);
    CHECK(found[2].largest == 0);
    CHECK(found[2].beyond_edge == 0);
    CHECK(found[0].alignment == Approx(1.0 / 3));
}

TEST_CASE("a strong direction in a random head is beyond the product law's edge, and nothing else") {
    matrix_maker make(3);
    auto a = make.uniform(96, 24), b = make.uniform(24, 96);
    const auto none = spectra_of<float>({{a, b}})[0];
    CHECK(none.beyond_edge <= 1);
    for (std::size_t i = 0; i < 96; ++i) {
        a(i, 0) *= 4;
        b(0, i) *= 4;
    }
    CHECK(spectra_of<float>({{a, b}})[0].beyond_edge == 1);
}

TEST_CASE(
    "spectra of heads have the same bits for any number of threads, and refuse other heads' directions") {
    matrix_maker make(4);
    std::vector<std::pair<plain_matrix, plain_matrix>> heads;
    for (int k = 0; k < 5; ++k) heads.emplace_back(make.uniform(14, 11), make.uniform(11, 14));
    const auto one = spectra_of<float>(heads, {.threads = 1}),
               three = spectra_of<float>(heads, {.threads = 3});
    for (std::size_t k = 0; k < 5; ++k) {
        CHECK(one[k].idempotence == three[k].idempotence);
        CHECK(one[k].alignment == three[k].alignment);
        CHECK(one[k].fall->exponent == three[k].fall->exponent);
    }
    const auto set = set_of_heads<float>("ov", 1, heads);
    heads.pop_back();
    const auto fewer = sl::singular_directions(set_of_heads<float>("ov", 1, heads));
    CHECK(message_of([&] {
              sl::head_spectra(set, fewer);
          }).find("ov: expected the directions of the same heads") != std::string::npos);
}
