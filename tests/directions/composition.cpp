#include "svdlens/directions/composition.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_factors.hpp"

namespace sl = svdlens;
using svdlens_tests::dense;
using svdlens_tests::plain_matrix;
using svdlens_tests::random_factors;

namespace {

template <class T>
double dense_score(const sl::basic_factored_matrix<T>& first, const sl::basic_factored_matrix<T>& second) {
    const auto one = dense(first), two = dense(second);
    return static_cast<double>(frobenius_norm(product(one, two)) /
                               (frobenius_norm(one) * frobenius_norm(two)));
}

template <class T>
void check_against_dense(const svdlens_tests::factor_shape& shape, double tolerance) {
    const auto set = random_factors<T>(shape);
    const auto found = sl::v_composition(set);
    REQUIRE(found.size() == shape.heads * shape.heads * shape.layers * (shape.layers - 1) / 2);
    for (const auto& pair : found) {
        REQUIRE(pair.source_head.layer < pair.target_head.layer);
        CHECK(pair.source ==
              "L" + std::to_string(pair.source_head.layer) + "H" + std::to_string(pair.source_head.head));
        CHECK(pair.target ==
              "L" + std::to_string(pair.target_head.layer) + "H" + std::to_string(pair.target_head.head));
        const double expected = dense_score(set(pair.source_head.layer, pair.source_head.head),
                                            set(pair.target_head.layer, pair.target_head.head));
        CHECK(static_cast<double>(pair.score) == Approx(expected).epsilon(tolerance));
    }
}

} // namespace

TEST_CASE("V composition is that of the dense matrices") {
    for (const svdlens_tests::factor_shape shape :
         {svdlens_tests::factor_shape{3, 2, 14, 5}, {2, 3, 6, 6}, {2, 1, 4, 7}, {4, 2, 9, 1}, {2, 2, 1, 1}}) {
        check_against_dense<float>(shape, 1e-5);
        check_against_dense<double>(shape, 1e-12);
    }
}

TEST_CASE("pairs come by source layer, target layer, source head, target head") {
    const auto found = sl::v_composition(random_factors<float>({3, 2, 6, 2}));
    REQUIRE(found.size() == 12);
    CHECK(found[0].source + found[0].target == "L0H0L1H0");
    CHECK(found[1].source + found[1].target == "L0H0L1H1");
    CHECK(found[2].source + found[2].target == "L0H1L1H0");
    CHECK(found[4].source + found[4].target == "L0H0L2H0");
    CHECK(found[11].source + found[11].target == "L1H1L2H1");
}

TEST_CASE("a head that reads all that another writes composes fully, one that reads none not at all") {
    auto set = random_factors<double>({2, 2, 4, 1});
    const auto row = [](std::vector<double> values) {
        return sl::basic_matrix<double>(std::move(values), 1, 4);
    };
    const auto e0 = row({1, 0, 0, 0}), e1 = row({0, 1, 0, 0});
    for (auto& each : set.matrices) each = {e0.transposed(), e1};
    set.matrices[2].a = e1.transposed();
    const auto found = sl::v_composition(set);
    CHECK(found[0].score == Approx(1)); // writes e1, read by L1H0
    CHECK(found[1].score == 0);         // L1H1 reads e0
}

TEST_CASE("zero heads compose with nothing, scales do not matter") {
    auto set = random_factors<float>({2, 2, 8, 3});
    const auto before = sl::v_composition(set);
    set.matrices[1].a = plain_matrix(8, 3).as<float>();
    auto huge = plain_matrix(set.matrices[0].b);
    for (auto& x : huge.values) x *= 1e25L;
    set.matrices[0].b = huge.as<float>();
    auto small = plain_matrix(set.matrices[2].a);
    for (auto& x : small.values) x *= 1e-25L;
    set.matrices[2].a = small.as<float>();
    const auto found = sl::v_composition(set);
    CHECK(found[0].score == Approx(before[0].score).epsilon(1e-5));
    CHECK(found[1].score == Approx(before[1].score).epsilon(1e-5));
    CHECK(found[2].score == 0);
    CHECK(found[3].score == 0);
}

TEST_CASE("composition has the same bits for any number of threads") {
    const auto set = random_factors<float>({5, 3, 20, 4});
    const auto one = sl::v_composition(set, {.threads = 1});
    for (const unsigned threads : {2U, 5U}) {
        const auto found = sl::v_composition(set, {.threads = threads});
        REQUIRE(found.size() == one.size());
        for (std::size_t k = 0; k < one.size(); ++k) {
            CHECK(found[k].score == one[k].score);
            CHECK(found[k].source == one[k].source);
            CHECK(found[k].target_head == one[k].target_head);
        }
    }
}

TEST_CASE("models of one layer or none have no pairs") {
    CHECK(sl::v_composition(random_factors<float>({1, 4, 6, 2})).empty());
    CHECK(sl::v_composition(random_factors<float>({0, 0, 6, 2})).empty());
    CHECK(sl::v_composition(random_factors<float>({3, 0, 6, 2})).empty());
}

TEST_CASE("composition refuses non-finite and rectangular circuits") {
    auto set = random_factors<float>({2, 2, 6, 2});
    set.matrices[3].b =
        svdlens_tests::with_entry(set.matrices[3].b, 0, 0, std::numeric_limits<float>::quiet_NaN());
    REQUIRE_THROWS_AS(sl::v_composition(set), sl::numeric_error);
    for (auto& each : set.matrices) each.b = plain_matrix(2, 5).as<float>();
    REQUIRE_THROWS_AS(sl::v_composition(set), sl::argument_error);
}

namespace {

/// A QK-like set: both sides read at 4 l.
template <class T>
sl::basic_factored_set<T> random_qk(const svdlens_tests::factor_shape& shape, std::uint64_t seed) {
    auto set = random_factors<T>(shape, seed);
    set.name = "qk";
    set.right = set.left;
    return set;
}

plain_matrix without_row_means(plain_matrix m) {
    for (std::size_t i = 0; i < m.rows; ++i) {
        svdlens_tests::real mean = 0;
        for (std::size_t j = 0; j < m.columns; ++j) mean += m(i, j);
        mean /= static_cast<svdlens_tests::real>(m.columns);
        for (std::size_t j = 0; j < m.columns; ++j) m(i, j) -= mean;
    }
    return m;
}

double ratio(const plain_matrix& one, const plain_matrix& two) {
    return static_cast<double>(frobenius_norm(product(one, two)) /
                               (frobenius_norm(one) * frobenius_norm(two)));
}

/// What the role's side reads of a target, as the matrix that stands behind the source's.
template <class T>
plain_matrix behind(const sl::basic_factored_matrix<T>& w, sl::composition_role role) {
    return role == sl::composition_role::key ? transposed(dense(w)) : dense(w);
}

} // namespace

TEST_CASE("query and key composition are those of the dense matrices, forward and reversed") {
    using enum sl::composition_role;
    const auto ov = random_factors<double>({3, 2, 11, 4}), qk = random_qk<double>({3, 2, 11, 4}, 7);
    for (const auto role : {value, query, key})
        for (const auto order : {sl::head_pairs::causal, sl::head_pairs::reversed}) {
            const auto& later = role == value ? ov : qk;
            const auto found = sl::head_compositions(ov, later, {.role = role, .pairs = order});
            REQUIRE(found.size() == 12);
            for (const auto& pair : found) {
                const auto from = pair.source_head, to = pair.target_head;
                CHECK((from.layer < to.layer) == (order == sl::head_pairs::causal));
                CHECK(pair.score ==
                      Approx(ratio(dense(ov(from.layer, from.head)), behind(later(to.layer, to.head), role)))
                          .epsilon(1e-12));
                CHECK(pair.seen_score == pair.score);
            }
        }
}

TEST_CASE("behind a norm a head sees what another writes without its mean") {
    using enum sl::composition_role;
    const auto ov = random_factors<double>({2, 2, 9, 3});
    auto qk = random_qk<double>({2, 3, 9, 3}, 7); // other numbers of heads on either side
    for (auto& each : qk.matrices) {
        each.a = transposed(without_row_means(transposed(plain_matrix(each.a)))).as<double>();
        each.b = without_row_means(plain_matrix(each.b)).as<double>();
    }
    qk.left_centered = qk.right_centered = true;
    for (const auto role : {query, key}) {
        const auto found = sl::head_compositions(ov, qk, {.role = role});
        REQUIRE(found.size() == 6);
        for (const auto& pair : found) {
            const auto one = dense(ov(0, pair.source_head.head));
            const auto two = behind(qk(1, pair.target_head.head), role);
            CHECK(pair.score == Approx(ratio(one, two)).epsilon(1e-12));
            CHECK(pair.seen_score == Approx(ratio(without_row_means(one), two)).epsilon(1e-12));
            CHECK(pair.seen_score > pair.score);
        }
    }
    auto of_ones = ov; // a head that writes along (1, ..., 1) alone is not seen
    std::vector<double> ones(27, 1.0);
    of_ones.matrices[0].b = sl::basic_matrix<double>(ones, 3, 9);
    const auto unseen = sl::head_compositions(of_ones, qk, {.role = key});
    CHECK(unseen[0].seen_score == 0);
    CHECK(unseen[0].score < 1e-12);
}

TEST_CASE("roles are those of the sets") {
    using enum sl::composition_role;
    const auto ov = random_factors<float>({2, 2, 6, 2}), qk = random_qk<float>({2, 2, 6, 2}, 3);
    REQUIRE_THROWS_AS(sl::head_compositions(ov, qk), sl::argument_error);
    REQUIRE_THROWS_AS(sl::head_compositions(ov, ov, {.role = key}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::head_compositions(qk, qk, {.role = query}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::head_compositions(ov, random_qk<float>({3, 2, 6, 2}, 3), {.role = query}),
                      sl::argument_error);
    REQUIRE_THROWS_AS(sl::head_compositions(ov, random_qk<float>({2, 2, 7, 2}, 3), {.role = query}),
                      sl::argument_error);
    CHECK(sl::to_text(query) == "query");
}
