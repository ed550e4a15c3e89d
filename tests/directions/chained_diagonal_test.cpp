#include "svdlens/directions/chained_diagonal_test.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "directions/brute_diagonal.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::brute_test;
using svdlens_tests::matrix_maker;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;
using svdlens_tests::scaled_by;
using svdlens_tests::set_of_heads;
using svdlens_tests::set_of_things;
using svdlens_tests::shifted_by;

namespace {

/// Layers of heads whose reading and writing are at random.
struct chained_case {
    plain_matrix x;
    std::size_t layers, heads;
    std::vector<std::pair<plain_matrix, plain_matrix>> qk, ov;

    chained_case(std::uint64_t seed, std::size_t n, std::size_t d, std::size_t r, std::size_t l,
                 std::size_t h) :
        x(n, d),
        layers(l), heads(h) {
        matrix_maker make(seed);
        x = shifted_by(make.uniform(n, d), scaled_by(make.uniform(1, d), 4));
        for (std::size_t k = 0; k < l * h; ++k) {
            qk.emplace_back(make.uniform(d, r), make.uniform(r, d));
            ov.emplace_back(make.uniform(d, r + 1), make.uniform(r + 1, d));
        }
    }

    template <class T>
    std::vector<sl::basic_chained_test<T>> test(const sl::execution& run = {}) const {
        return sl::chained_diagonal_test(set_of_heads<T>("qk", layers, qk), set_of_heads<T>("ov", layers, ov),
                                         sl::moments_of(set_of_things<T>("token", x)), {.scale = 0.5}, run);
    }

    plain_matrix whole(std::size_t source, std::size_t target) const {
        const auto written = transposed(product(ov[source].first, ov[source].second));
        return scaled_by(product(product(product(x, qk[target].first), qk[target].second),
                                 product(written, transposed(x))),
                         0.5L);
    }
};

template <class T>
void check_pairs(const chained_case& given, double tolerance) {
    const auto found = given.test<T>();
    REQUIRE(found.size() == given.layers * (given.layers - 1) / 2 * given.heads * given.heads);
    for (const auto& pair : found) {
        const auto expected =
            brute_test(given.whole(pair.source_head.layer * given.heads + pair.source_head.head,
                                   pair.target_head.layer * given.heads + pair.target_head.head));
        CHECK(static_cast<double>(pair.advantage) ==
              Approx(expected.advantage).epsilon(tolerance).margin(tolerance));
        CHECK(static_cast<double>(pair.z) == Approx(expected.z).epsilon(tolerance).margin(tolerance));
    }
}

} // namespace

TEST_CASE("a chained diagonal test is that of the whole matrix, for every pair of heads") {
    check_pairs<double>(chained_case(1, 30, 14, 3, 3, 2), 1e-9);
    check_pairs<float>(chained_case(2, 50, 20, 4, 2, 3), 1e-4);
    check_pairs<double>(chained_case(3, 20, 9, 2, 4, 1), 1e-9);
}

TEST_CASE("chained pairs come by source layer, target layer, source head, target head") {
    const auto found = chained_case(4, 12, 9, 2, 3, 2).test<float>();
    std::vector<std::string> names;
    for (const auto& pair : found) names.push_back(pair.source + pair.target);
    CHECK(names == std::vector<std::string>{"L0H0L1H0", "L0H0L1H1", "L0H1L1H0", "L0H1L1H1", "L0H0L2H0",
                                            "L0H0L2H1", "L0H1L2H0", "L0H1L2H1", "L1H0L2H0", "L1H0L2H1",
                                            "L1H1L2H0", "L1H1L2H1"});
    CHECK(chained_case(4, 12, 9, 2, 1, 2).test<float>().empty());
}

TEST_CASE("heads that share factors have the answers that they have apart") {
    auto given = chained_case(5, 30, 14, 3, 2, 4);
    for (std::size_t k = 0; k < given.qk.size(); k += 2) {
        given.qk[k + 1].second = given.qk[k].second;
        given.ov[k + 1].first = given.ov[k].first;
    }
    check_pairs<double>(given, 1e-9);
}

TEST_CASE("what an earlier head writes where nothing looks is nothing") {
    auto given = chained_case(6, 30, 14, 3, 2, 2);
    for (auto& head : given.ov) // written in the first half, looked for in the second
        for (std::size_t i = 0; i < head.second.rows; ++i)
            for (std::size_t j = 7; j < 14; ++j) head.second(i, j) = 0;
    for (auto& head : given.qk)
        for (std::size_t i = 0; i < head.second.rows; ++i)
            for (std::size_t j = 0; j < 7; ++j) head.second(i, j) = 1e-9L * head.second(i, j);
    for (const auto& pair : given.test<float>()) {
        CHECK(pair.advantage == 0);
        CHECK(pair.z == 0);
    }
}

TEST_CASE("chained tests have the same bits for any number of threads") {
    const chained_case given(7, 40, 33, 5, 5, 3);
    const auto one = given.test<float>({.threads = 1});
    for (const unsigned threads : {2U, 5U}) {
        const auto found = given.test<float>({.threads = threads});
        REQUIRE(found.size() == one.size());
        for (std::size_t k = 0; k < one.size(); ++k) {
            CHECK(found[k].advantage == one[k].advantage);
            CHECK(found[k].z == one[k].z);
        }
    }
}

TEST_CASE("a chained test refuses sets of different heads, and weights that are no numbers") {
    const chained_case given(8, 12, 9, 2, 2, 2);
    const auto vectors = sl::moments_of(set_of_things<float>("token", given.x));
    const std::vector<std::pair<plain_matrix, plain_matrix>> fewer(given.ov.begin(), given.ov.begin() + 2);
    CHECK(message_of([&] {
              sl::chained_diagonal_test(set_of_heads<float>("qk", 2, given.qk),
                                        set_of_heads<float>("ov", 2, fewer), vectors);
          }) == "(in memory): qk and ov: expected as many layers and heads, found 2 x 2 and 2 x 1");
    auto broken = given;
    broken.ov[3].first(0, 0) = std::numeric_limits<long double>::infinity();
    CHECK(message_of([&] { broken.test<float>(); }).find("ov of L1H1, tensor \"ov.a\"") != std::string::npos);
}
