#include "svdlens/directions/singular_directions.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_factors.hpp"
#include "svdlens/directions/factored_svd.hpp"
#include "svdlens/linalg/sign_rule.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;
using svdlens_tests::random_factors;

namespace {

template <class T>
void check_same(const sl::basic_vector_set<T>& found, const sl::basic_vector_set<T>& expected) {
    CHECK(found.name == expected.name);
    CHECK(found.axes.shape_rows() == expected.axes.shape_rows());
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

namespace sl = svdlens;
using svdlens_tests::dense;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;
using svdlens_tests::random_factors;
using svdlens_tests::real;

namespace {

template <class T>
void check_recomposition(const svdlens_tests::factor_shape& shape) {
    const auto set = random_factors<T>(shape);
    const auto found = sl::singular_directions(set);
    REQUIRE(found.layers() == shape.layers);
    REQUIRE(found.heads() == shape.heads);
    REQUIRE(found.directions() == std::min(shape.d, shape.r));
    for (std::size_t l = 0; l < shape.layers; ++l)
        for (std::size_t h = 0; h < shape.heads; ++h) {
            const auto w = dense(set(l, h));
            plain_matrix sum(shape.d, shape.d);
            const auto expected = singular_values(w);
            const real scale =
                singular_values(plain_matrix(set(l, h).a))[0] * singular_values(plain_matrix(set(l, h).b))[0];
            const real bound =
                20 * std::numeric_limits<T>::epsilon() * std::sqrt(static_cast<real>(shape.r)) * scale;
            for (std::size_t k = 0; k < found.directions(); ++k) {
                const auto u = found.reading(l, h, k);
                const auto v = found.writing(l, h, k);
                const real s = static_cast<real>(found.singular_value(l, h, k));
                CHECK(std::abs(s - expected[k]) <= bound);
                for (std::size_t i = 0; i < shape.d; ++i)
                    for (std::size_t j = 0; j < shape.d; ++j)
                        sum(i, j) += static_cast<real>(u[i]) * s * static_cast<real>(v[j]);
            }
            CHECK(frobenius_norm(difference(sum, w)) <= bound);
        }
}

template <class T>
bool same_bits(const sl::basic_singular_directions<T>& a, const sl::basic_singular_directions<T>& b) {
    for (std::size_t l = 0; l < a.layers(); ++l)
        if (plain_matrix(a.reading().layers[l]).values != plain_matrix(b.reading().layers[l]).values ||
            plain_matrix(a.writing().layers[l]).values != plain_matrix(b.writing().layers[l]).values ||
            a.reading().null_space[l] != b.reading().null_space[l])
            return false;
    return std::equal(a.singular_values().values().begin(), a.singular_values().values().end(),
                      b.singular_values().values().begin());
}

sl::factored_set qk_set() {
    auto set = random_factors<float>({2, 2, 6, 3});
    set.name = "qk";
    set.right = {sl::flow::reads, 0, 4};
    return set;
}

} // namespace

TEST_CASE("the directions of every head put its matrix together again") {
    for (const svdlens_tests::factor_shape shape : {svdlens_tests::factor_shape{2, 3, 12, 4},
                                                    {1, 1, 20, 17},
                                                    {3, 2, 8, 8},
                                                    {1, 2, 5, 9},
                                                    {2, 2, 7, 1},
                                                    {1, 3, 1, 1}}) {
        check_recomposition<float>(shape);
        check_recomposition<double>(shape);
    }
}

TEST_CASE("directions follow the sign rule") {
    const auto found = sl::singular_directions(random_factors<float>({2, 2, 16, 5}));
    for (std::size_t h = 0; h < 2; ++h)
        for (std::size_t k = 0; k < 5; ++k) {
            const auto u = found.reading(1, h, k);
            float largest = 0;
            for (const float x : u) largest = std::max(largest, std::abs(x));
            std::size_t first = 0;
            while (std::abs(u[first]) < largest * (1 - 1e-4F)) ++first;
            CHECK(u[first] > 0);
        }
}

TEST_CASE("the layout is direction-major and contiguous over a layer") {
    const auto found = sl::singular_directions(random_factors<float>({2, 3, 10, 4}));
    const auto& layer = found.writing().layers[1];
    CHECK(layer.rows() == 12);
    CHECK(layer.columns() == 10);
    CHECK(layer.row_stride() == 10);
    CHECK(layer.column_stride() == 1);
    CHECK(found.writing(1, 2, 3).data() == layer.data() + (2 * 4 + 3) * 10);
    CHECK(found.reading(0, 1, 0).data() == found.reading().layers[0].data() + 4 * 10);
    CHECK(found.writing().singular_value(1, 11) == found.singular_value(1, 2, 3));
}

TEST_CASE("axes, labels, ports and provenance come along") {
    const auto found = sl::singular_directions(random_factors<float>({2, 3, 10, 4}));
    CHECK(found.name() == "ov");
    REQUIRE(found.axes().rank() == 3);
    CHECK(found.axes()[2].name == "direction");
    CHECK(found.axes().shape_rows() == 24);
    CHECK(found.axes().label(23, "head") == "L1H2");
    CHECK(found.singular_values().size() == 24);
    CHECK(found.singular_values().values()[23] == found.singular_value(1, 2, 3));
    const auto reading = found.reading();
    CHECK(reading.name == "ov");
    CHECK(reading.port.flow == sl::flow::reads);
    CHECK(reading.port.at(1) == 4);
    CHECK(reading.identity.entity == "direction");
    CHECK(reading.axes.resolved(reading.identity).pattern.text() == "L{layer}H{head}.{direction}");
    CHECK(reading.provenance == "model.safetensors; weights as stored");
    CHECK(found.writing().port.flow == sl::flow::writes);
    CHECK(found.writing().port.at(1) == 5);
    CHECK(found.writing().layered());
}

TEST_CASE("a QK set has queries and keys, an OV set has readings and writings") {
    const auto qk = sl::singular_directions(qk_set());
    CHECK(qk.query().name == "qk_query");
    CHECK(qk.key().name == "qk_key");
    CHECK(qk.query().identity.entity == "qk_query"); // a node of its own, called L0H1.q2
    CHECK(qk.key().identity.entity == "qk_key");
    const auto name_of_first = [](const sl::vector_set& set) {
        auto named = set.axes;
        named.add(set.identity);
        return named.label(0, set.identity.name);
    };
    CHECK(name_of_first(qk.query()) == "L0H0.q0");
    CHECK(name_of_first(qk.key()) == "L0H0.k0");
    CHECK(qk.query(1, 0, 2).size() == 6);
    CHECK(qk.key(1, 0, 2).data() == qk.key().layers[1].data() + 2 * 6);
    REQUIRE_THROWS_AS(qk.reading(), sl::argument_error);
    REQUIRE_THROWS_AS(qk.writing(), sl::argument_error);
    CHECK(message_of([&] { qk.writing(); }) ==
          "singular directions of \"qk\": no writing side, ask for query() or key()");
    const auto ov = sl::singular_directions(random_factors<float>({1, 1, 4, 2}));
    REQUIRE_THROWS_AS(ov.query(), sl::argument_error);
    REQUIRE_THROWS_AS(ov.key(), sl::argument_error);
}

TEST_CASE("the bits do not depend on the number of threads") {
    const auto set = random_factors<float>({3, 4, 40, 18});
    const auto one = sl::singular_directions(set, {.threads = 1});
    CHECK(same_bits(one, sl::singular_directions(set, {.threads = 2})));
    CHECK(same_bits(one, sl::singular_directions(set, {.threads = 5})));
    CHECK_FALSE(same_bits(one, sl::singular_directions(random_factors<float>({3, 4, 40, 18}, 2))));
}

TEST_CASE("the bits of a head do not depend on the heads beside it") {
    const auto set = random_factors<float>({1, 19, 40, 18});
    const auto all = sl::singular_directions(set);
    for (const std::size_t count : {1U, 2U, 7U}) {
        auto some = set;
        some.axes = sl::head_axes(1, count);
        some.matrices.assign(set.matrices.begin() + 9, set.matrices.begin() + 9 + static_cast<int>(count));
        const auto found = sl::singular_directions(some);
        for (std::size_t h = 0; h < count; ++h)
            for (std::size_t k = 0; k < 18; ++k) {
                CHECK(found.singular_value(0, h, k) == all.singular_value(0, 9 + h, k));
                CHECK(std::equal(found.reading(0, h, k).begin(), found.reading(0, h, k).end(),
                                 all.reading(0, 9 + h, k).begin()));
                CHECK(std::equal(found.writing(0, h, k).begin(), found.writing(0, h, k).end(),
                                 all.writing(0, 9 + h, k).begin()));
            }
    }
    const auto one = sl::factored_svd(set.matrices[9].a, set.matrices[9].b);
    for (std::size_t k = 0; k < 18; ++k) CHECK(one.singular_values[k] == all.singular_value(0, 9, k));
}

TEST_CASE("null space is found relative to the factors, also where they nearly cancel") {
    auto set = random_factors<double>({1, 4, 12, 4});
    auto& deficient = set.matrices[1]; // two equal columns
    auto a = plain_matrix(deficient.a);
    for (std::size_t i = 0; i < a.rows; ++i) a(i, 3) = a(i, 2);
    deficient.a = a.as<double>();
    auto& cancelling = set.matrices[2]; // a b = 0 up to rounding, with factors of norm about 4
    auto b = plain_matrix(cancelling.b);
    a = plain_matrix(cancelling.a);
    for (std::size_t i = 0; i < a.rows; ++i) {
        a(i, 2) = a(i, 0);
        a(i, 3) = a(i, 1);
        b(2, i) = -b(0, i);
        b(3, i) = -b(1, i);
    }
    cancelling.a = a.as<double>();
    cancelling.b = b.as<double>();
    set.matrices[3].a = plain_matrix(12, 4).as<double>();
    const auto found = sl::singular_directions(set);
    for (std::size_t k = 0; k < 4; ++k) {
        CHECK_FALSE(found.is_null(0, 0, k));
        CHECK(found.is_null(0, 1, k) == (k == 3));
        CHECK(found.is_null(0, 2, k));
        CHECK(found.is_null(0, 3, k));
    }
    CHECK(found.null_directions() == 9);
    CHECK(found.writing().is_null(0, 7));
    CHECK_FALSE(found.writing().is_null(0, 6));
}

TEST_CASE("equal heads have equal directions, and repeated singular values keep them orthonormal") {
    auto set = random_factors<float>({1, 3, 32, 16});
    svdlens_tests::matrix_maker make(9);
    set.matrices[0] = {make.orthonormal_rows(16, 32).as<float>().transposed(),
                       make.orthonormal_rows(16, 32).as<float>()};
    set.matrices[1] = set.matrices[0];
    set.matrices[2] = {sl::matrix(std::vector<float>(32 * 16, 1.0F), 32, 16),
                       sl::matrix(std::vector<float>(32 * 16, 1.0F), 16, 32)};
    const auto found = sl::singular_directions(set);
    for (std::size_t k = 0; k < 16; ++k) {
        CHECK(std::equal(found.reading(0, 0, k).begin(), found.reading(0, 0, k).end(),
                         found.reading(0, 1, k).begin()));
        CHECK(found.singular_value(0, 0, k) == Approx(1).epsilon(1e-5));
    }
    CHECK(found.singular_value(0, 2, 0) == Approx(16 * 32).epsilon(1e-5));
    for (const std::size_t head : {0U, 2U}) {
        const plain_matrix u(found.reading().layers[0].row_range(head * 16, 16));
        CHECK(row_orthonormality(u) < 20 * std::numeric_limits<float>::epsilon() * 4);
    }
    CHECK(found.null_directions() == 15);
}

TEST_CASE("transposed and sliced factors give what their copies give") {
    auto set = random_factors<float>({1, 2, 20, 6});
    auto views = set;
    for (auto& each : views.matrices) {
        each.a = transposed(plain_matrix(each.a)).as<float>().transposed();
        const auto wide = plain_matrix(each.b);
        plain_matrix padded(wide.rows + 3, wide.columns + 5);
        for (std::size_t i = 0; i < wide.rows; ++i)
            for (std::size_t j = 0; j < wide.columns; ++j) padded(i + 2, j + 1) = wide(i, j);
        each.b = padded.as<float>().row_range(2, wide.rows).column_range(1, wide.columns);
    }
    CHECK(same_bits(sl::singular_directions(set), sl::singular_directions(views)));
}

TEST_CASE("a set without heads, layers or ranks has no directions") {
    for (const svdlens_tests::factor_shape shape :
         {svdlens_tests::factor_shape{0, 0, 4, 2}, {2, 0, 4, 2}, {0, 3, 4, 2}, {2, 2, 4, 0}}) {
        const auto found = sl::singular_directions(random_factors<float>(shape));
        CHECK(found.singular_values().size() == 0);
        CHECK(found.null_directions() == 0);
        CHECK(found.layers() == shape.layers);
        CHECK(found.heads() == shape.heads);
        CHECK(found.writing().layers.size() == (shape.heads == 0 ? 0 : shape.layers));
    }
}

TEST_CASE("non-finite weights are refused before any work, by file, head, tensor and position") {
    auto set = random_factors<float>({2, 3, 8, 4});
    set.matrices[5].b =
        svdlens_tests::with_entry(set.matrices[5].b, 1, 6, std::numeric_limits<float>::infinity());
    set.matrices[5].a =
        svdlens_tests::with_entry(set.matrices[5].a, 7, 2, std::numeric_limits<float>::quiet_NaN());
    bool worked = false;
    const sl::execution run{.progress = [&](const sl::progress_report&) { worked = true; }};
    REQUIRE_THROWS_AS(sl::singular_directions(set, run), sl::numeric_error);
    CHECK(message_of([&] { sl::singular_directions(set, run); }) ==
          "model.safetensors: ov of L1H2, tensor \"W_V\": expected finite weights, found nan at row 7, "
          "column 2");
    CHECK_FALSE(worked);
    set.matrices[4].b =
        svdlens_tests::with_entry(set.matrices[4].b, 1, 6, -std::numeric_limits<float>::infinity());
    for (const unsigned threads : {1U, 2U, 5U})
        CHECK(message_of([&] { sl::singular_directions(set, {.threads = threads}); }) ==
              "model.safetensors: ov of L1H1, tensor \"W_O\": expected finite weights, found -inf at row 1, "
              "column 6");
}

TEST_CASE("a head whose singular values exceed the type's range is named") {
    auto set = random_factors<float>({1, 2, 4, 2});
    set.matrices[1] = {sl::matrix(std::vector<float>(8, 1e30F), 4, 2),
                       sl::matrix(std::vector<float>(8, 1e30F), 2, 4)};
    CHECK(message_of([&] { sl::singular_directions(set); }) ==
          "model.safetensors: ov of L0H1: a singular value exceeds the range of the computing type: expected "
          "at most 3.4028235e+38, found about 1e61; compute in double, or scale the weights");
}

TEST_CASE(
    "a head whose singular values all vanish below the type's range is named, not taken for null space") {
    auto set = random_factors<float>({1, 3, 8, 2});
    const auto tiny = [&](real scale, std::uint64_t seed) {
        svdlens_tests::matrix_maker make(seed);
        auto a = make.uniform(8, 2), b = make.uniform(2, 8);
        for (auto* m : {&a, &b})
            for (real& x : m->values) x *= scale;
        return sl::factored_matrix{a.as<float>(), b.as<float>()};
    };
    set.matrices[1] = tiny(1e-21L, 2); // 1e-42: held, with fewer digits
    CHECK_FALSE(sl::singular_directions(set).is_null(0, 1, 1));
    CHECK(sl::singular_directions(set).singular_value(0, 1, 0) > 0);
    set.matrices[1] = tiny(1e-30L, 2);
    for (const unsigned threads : {1U, 2U, 5U}) {
        try {
            sl::singular_directions(set, {.threads = threads});
            FAIL("expected an error");
        } catch (const sl::numeric_error& problem) {
            CHECK(problem.code() == sl::errc::underflow);
            CHECK(
                std::string(problem.what()) ==
                "model.safetensors: ov of L0H1: a singular value falls below the range of the computing "
                "type: expected at least 1e-45, found about 1e-59; compute in double, or scale the weights");
        }
    }
    CHECK_THROWS_AS(sl::writing_directions(set), sl::numeric_error);
    set.matrices[1] = {sl::matrix(std::vector<float>(16), 8, 2), set.matrices[1].b}; // zero is zero
    CHECK(sl::singular_directions(set).is_null(0, 1, 0));
}

TEST_CASE(
    "null space is told by what was computed, not by what is left after rounding to a subnormal number") {
    // S = (3, 0.3) times the smallest float there is: the second is rounded to 0, and is no rounding error.
    auto set = random_factors<float>({1, 1, 2, 2});
    const float tiny = std::numeric_limits<float>::denorm_min();
    set.matrices[0] = {sl::matrix({30 * tiny, 0, 0, 3 * tiny}, 2, 2), sl::matrix({0.1F, 0, 0, 0.1F}, 2, 2)};
    const auto found = sl::singular_directions(set);
    CHECK(found.singular_value(0, 0, 0) == 3 * tiny);
    CHECK(found.singular_value(0, 0, 1) == 0);
    CHECK(found.null_directions() == 0);
}

TEST_CASE("rounding alone of factors that cancel is no singular value beyond the type's range") {
    for (const float scale : {1e30F, 1e-30F}) {
        auto set = random_factors<float>({1, 1, 12, 4});
        auto a = plain_matrix(set.matrices[0].a), b = plain_matrix(set.matrices[0].b);
        for (std::size_t i = 0; i < 12; ++i)
            for (std::size_t k = 0; k < 2; ++k) {
                a(i, k + 2) = a(i, k);
                b(k + 2, i) = -b(k, i);
            }
        for (auto* m : {&a, &b})
            for (real& x : m->values) x *= static_cast<real>(scale);
        set.matrices[0] = {a.as<float>(), b.as<float>()};
        const auto found = sl::singular_directions(set);
        CHECK(found.null_directions() == 4);
        CHECK(found.singular_value(0, 0, 0) == 0);
    }
}

TEST_CASE("progress counts matrices, and stop ends the work") {
    const auto set = random_factors<float>({2, 3, 8, 4});
    std::vector<std::uint64_t> done;
    sl::singular_directions(set, {.threads = 2, .progress = [&](const sl::progress_report& p) {
                                      CHECK(p.total == 6);
                                      done.push_back(p.done);
                                  }});
    CHECK(done == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6});
    const std::atomic<bool> stop{true};
    REQUIRE_THROWS_AS(sl::singular_directions(set, {.stop = &stop}), sl::cancelled_error);
}

namespace {

/// A set of the k-th head alone.
template <class T>
sl::basic_factored_set<T> alone(const sl::basic_factored_set<T>& set, std::size_t k) {
    auto one = set;
    one.axes = sl::head_axes(1, 1);
    one.matrices = {set.matrices[k]};
    return one;
}

template <class T>
bool same_values(std::span<const T> a, std::span<const T> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// A prime number of heads, so that some group of any size is not full.
template <class T>
void check_heads_alone(const svdlens_tests::factor_shape& shape, unsigned threads) {
    const auto set = random_factors<T>(shape, 19);
    const auto all = sl::singular_directions(set, {.threads = threads});
    for (std::size_t h = 0; h < shape.heads; ++h) {
        const auto one = sl::singular_directions(alone(set, h));
        const auto svd = sl::factored_svd(set.matrices[h].a, set.matrices[h].b);
        REQUIRE(one.directions() == all.directions());
        for (std::size_t k = 0; k < all.directions(); ++k) {
            CHECK(same_values(all.reading(0, h, k), one.reading(0, 0, k)));
            CHECK(same_values(all.writing(0, h, k), one.writing(0, 0, k)));
            CHECK(all.singular_value(0, h, k) == one.singular_value(0, 0, k));
            CHECK(all.is_null(0, h, k) == one.is_null(0, 0, k));
            std::vector<T> u(svd.left.data() + k * shape.d, svd.left.data() + (k + 1) * shape.d);
            std::vector<T> v(svd.right.data() + k * shape.d, svd.right.data() + (k + 1) * shape.d);
            sl::apply_sign_rule<T>(u, v);
            CHECK(same_values<T>(all.reading(0, h, k), u));
            CHECK(same_values<T>(all.writing(0, h, k), v));
            CHECK(all.singular_value(0, h, k) == svd.singular_values[k]);
        }
    }
}

} // namespace

TEST_CASE("each of many tiny heads has the bits that it has alone") {
    const unsigned threads = GENERATE(1U, 2U, 5U);
    check_heads_alone<float>({1, 19, 7, 4}, threads);
    check_heads_alone<double>({1, 19, 7, 4}, threads);
    check_heads_alone<float>({1, 19, 4, 7}, threads);
    check_heads_alone<float>({1, 19, 1, 1}, threads);
}
