#include "support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/message_of.hpp"
#include "support/random_factors.hpp"
#include "svdlens/linalg/one_sided_directions.hpp"
#include "svdlens/linalg/singular_directions.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;
using svdlens_tests::random_factors;

namespace {

template <class T>
void check_same(const sl::basic_vector_set<T>& found, const sl::basic_vector_set<T>& expected) {
    CHECK(found.name == expected.name);
    CHECK(found.axes.rows() == expected.axes.rows());
    CHECK(found.identity.entity == expected.identity.entity);
    CHECK(found.port.at(3) == expected.port.at(3));
    CHECK(found.provenance == expected.provenance);
    CHECK(found.singular_values == expected.singular_values);
    CHECK(found.null_space == expected.null_space);
    REQUIRE(found.layers.size() == expected.layers.size());
    for (std::size_t l = 0; l < found.layers.size(); ++l)
        CHECK(plain_matrix(found.layers[l]).values == plain_matrix(expected.layers[l]).values);
}

template <class T>
void check_both_sides(sl::basic_factored_set<T> set) {
    const auto both = sl::singular_directions(set, {.threads = 1});
    for (const unsigned threads : {1U, 2U, 5U}) {
        check_same(sl::writing_directions(set, {.threads = threads}), both.writing());
        check_same(sl::reading_directions(set, {.threads = threads}), both.reading());
    }
}

} // namespace

TEST_CASE("one side has the bits that it has beside the other") {
    check_both_sides(random_factors<float>({2, 5, 24, 7}));
    check_both_sides(random_factors<double>({2, 3, 9, 12}));
    check_both_sides(random_factors<float>({0, 0, 4, 2}));
    check_both_sides(random_factors<float>({2, 2, 4, 0}));
    auto deficient = random_factors<float>({1, 3, 12, 4});
    deficient.matrices[1].a = plain_matrix(12, 4).as<float>();
    check_both_sides(deficient);
}

TEST_CASE("one side of factors of different widths") {
    auto set = random_factors<float>({1, 2, 10, 4});
    svdlens_tests::matrix_maker make(3);
    for (auto& each : set.matrices) each.b = make.uniform(4, 17).template as<float>();
    check_both_sides(set);
}

TEST_CASE("a QK set has no writing or reading side") {
    auto qk = random_factors<float>({1, 1, 4, 2});
    qk.name = "qk";
    qk.right = {sl::flow::reads, 0, 4};
    CHECK(
        message_of([&] { sl::writing_directions(qk); }) ==
        "singular directions of \"qk\": no writing side, ask for singular_directions(...).query() or .key()");
    REQUIRE_THROWS_AS(sl::reading_directions(qk), sl::argument_error);
}

TEST_CASE("one side refuses what both sides refuse") {
    auto set = random_factors<float>({1, 2, 8, 4});
    set.matrices[1].a =
        svdlens_tests::with_entry(set.matrices[1].a, 0, 2, std::numeric_limits<float>::quiet_NaN());
    const auto expected = message_of([&] { sl::singular_directions(set); });
    CHECK(message_of([&] { sl::writing_directions(set); }) == expected);
    CHECK(message_of([&] { sl::reading_directions(set); }) == expected);
}
