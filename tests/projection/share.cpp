// Centered cosines and shares, against the formulas written out in double (long double where lengths are extreme).
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <svdlens/projection/projection.hpp>
#include <svdlens/table/store.hpp>

#include "projection/random_values.hpp"
#include "projection/rows_of.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;

using svdlens_tests::message_of;
using svdlens_tests::random_values;
using svdlens_tests::rows_of;

namespace {

/// Directions of `heads` heads a layer, `each` a head, in two layers.
template <class T>
sl::basic_vector_set<T> sharing_directions(std::size_t heads, std::size_t each, std::size_t d,
                                           sl::flow flow = sl::flow::writes) {
    random_values random{std::mt19937_64(3)};
    sl::basic_vector_set<T> set{
        .name = "ov",
        .axes = {{{"layer", 2}, {"head", heads}, {"direction", each}}, {{"head", "L{layer}H{head}"}}},
        .identity = {"direction", "{head}.{direction}"},
        .layers = {},
        .port = {flow, 1, 4}};
    for (std::size_t l = 0; l < 2; ++l) {
        auto values = random.operator()<T>(heads * each * d);
        for (std::size_t k = 0; k < values.size(); ++k)
            values[k] += k % d == 2 ? T(3) : T(0.5); // an outlier coordinate, and a mean
        set.layers.emplace_back(std::move(values), heads * each, d);
        set.singular_values.push_back(random.operator()<T>(heads * each));
        set.null_space.emplace_back(heads * each, false);
    }
    return set;
}

/// Neurons of two layers, stored as W_in is.
template <class T>
sl::basic_vector_set<T> sharing_neurons(std::size_t n, std::size_t d, bool centered,
                                        sl::flow flow = sl::flow::reads) {
    random_values random{std::mt19937_64(5)};
    sl::basic_vector_set<T> set{.name = "mlp_in",
                                .axes = {{{"layer", 2}, {"neuron", n}}, {{"neuron", "L{layer}N{neuron}"}}},
                                .identity = {"neuron", "L{layer}N{neuron}"},
                                .layers = {},
                                .port = {flow, 2, 4},
                                .centered = centered};
    for (std::size_t l = 0; l < 2; ++l) {
        auto values = random.operator()<T>(n * d);
        for (std::size_t j = 0; j < n && centered; ++j) {
            T mean = 0;
            for (std::size_t c = 0; c < d; ++c) mean += values[c * n + j] / static_cast<T>(d);
            for (std::size_t c = 0; c < d; ++c) values[c * n + j] -= mean;
        }
        set.layers.push_back(sl::basic_matrix<T>(std::move(values), d, n).transposed());
    }
    return set;
}

using wide_vector = std::vector<long double>;

/// v, or P v.
template <class T>
wide_vector vector_of(const sl::basic_vector_set<T>& set, std::size_t layer, std::size_t k, bool centred) {
    wide_vector v(set.d_model());
    long double mean = 0;
    for (std::size_t c = 0; c < v.size(); ++c)
        mean += (v[c] = set.layers[layer](k, c)) / static_cast<long double>(v.size());
    for (auto& x : v) x -= centred ? mean : 0;
    return v;
}

long double product_of(const wide_vector& a, const wide_vector& b) {
    long double sum = 0;
    for (std::size_t c = 0; c < a.size(); ++c) sum += a[c] * b[c];
    return sum;
}

long double cosine_of(const wide_vector& a, const wide_vector& b) {
    const long double norms = std::sqrt(product_of(a, a)) * std::sqrt(product_of(b, b));
    return norms > 0 ? product_of(a, b) / norms : 0;
}

/// By the definition: c_k / √Σ c_j², j all directions of all layers that are neither null space nor dead.
template <class T>
long double naive_share(const sl::basic_vector_set<T>& v, std::size_t layer, std::size_t k,
                        const wide_vector& w, bool centred) {
    long double sum = 0;
    for (std::size_t l = 0; l < v.layers.size(); ++l)
        for (std::size_t j = 0; j < v.layers[l].rows(); ++j) {
            if (v.is_null(l, j) || v.is_dead(l, j)) continue;
            const auto c = cosine_of(vector_of(v, l, j, centred), w);
            sum += c * c;
        }
    return sum > 0 ? cosine_of(vector_of(v, layer, k, centred), w) / std::sqrt(sum) : 0;
}

std::vector<double> numbers_of(const sl::score_parts& parts) {
    return {parts.singular_value,   parts.dot, parts.cosine, parts.scaled, parts.centered_cosine,
            parts.share.value_or(2)};
}

/// The parts of many rows are those of each, to the bit: in any order, rows twice, for any number of threads.
template <class T>
void check_parts_together(const sl::basic_projection<T>& scores) {
    std::vector<sl::row_number> rows;
    for (const auto& [row, score] : rows_of(scores)) rows.push_back(row);
    std::reverse(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2));
    rows.push_back(rows.front());
    for (const unsigned threads : {1U, 2U, 5U}) {
        const auto together = scores.parts(rows, {.threads = threads});
        REQUIRE(together.size() == rows.size());
        for (std::size_t k = 0; k < rows.size(); ++k)
            REQUIRE(numbers_of(together[k]) == numbers_of(scores.parts(rows[k])));
    }
}

/// Compares every row of a table of (target_layer, layer, head, direction, neuron).
template <class T>
void check_all(const sl::basic_vector_set<T>& v, const sl::basic_vector_set<T>& w,
               const sl::projection_options& options, double margin) {
    const bool centred = v.centered || w.centered;
    const auto cosines = sl::project(v, w, options).with_score(sl::score_kind::centered_cosine);
    const auto shares = cosines.with_score(sl::score_kind::share);
    const auto found = rows_of(shares);
    const std::size_t each = v.axes[2].extent;
    REQUIRE_FALSE(found.empty());
    for (const auto& [row, cosine] : rows_of(cosines)) {
        const auto i = cosines.axes().index(row);
        const auto k = i[2] * each + i[3];
        const auto target = vector_of(w, i[0], i[4], centred);
        const auto c = static_cast<double>(cosine_of(vector_of(v, i[1], k, centred), target));
        const auto share = static_cast<double>(naive_share(v, i[1], k, target, centred));
        REQUIRE(static_cast<double>(cosine) == Approx(c).margin(margin));
        REQUIRE(static_cast<double>(found.at(row)) == Approx(share).margin(margin));
        const auto parts = shares.parts(row);
        REQUIRE(parts.centered_cosine == Approx(c).margin(margin));
        REQUIRE(parts.share.value() == Approx(share).margin(margin));
    }
}

} // namespace

TEMPLATE_TEST_CASE("the parts of many rows are those of each", "", float, double) {
    for (const bool centred : {false, true}) {
        const auto v = sharing_directions<TestType>(4, 6, 11);
        const auto scores = sl::project(v, sharing_neurons<TestType>(7, 11, centred));
        check_parts_together(scores);
        check_parts_together(scores.with_score(sl::score_kind::share));
        CHECK(scores.parts(std::span<const sl::row_number>()).empty());
        const std::vector<sl::row_number> absent{scores.axes().shape_rows()};
        REQUIRE_THROWS_AS(scores.parts(absent), sl::argument_error);
    }
}

TEMPLATE_TEST_CASE("centered cosines and shares are those of their formulas", "", float, double) {
    const double margin = sizeof(TestType) == 4 ? 1e-6 : 1e-13;
    for (const bool centred : {false, true})
        for (const std::size_t d : {11U, 48U, 300U}) { // 48 directions: more, as many, fewer than dimensions
            const auto v = sharing_directions<TestType>(4, 6, d);
            const auto w = sharing_neurons<TestType>(7, d, centred);
            check_all(v, w, {}, margin);
            check_all(v, w, {.only = {{"head", {1, 3}}, {"layer", {0}}, {"neuron", {2, 5}}}}, margin);
            check_all(v, w, {.only = {{"target_layer", {1}}}, .rows = sl::projected_rows::causal}, margin);
        }
}

TEMPLATE_TEST_CASE("shares of one target sum to 1 over all directions, whatever the table holds", "", float,
                   double) {
    for (const std::size_t d : {16U, 48U, 200U}) {
        auto v = sharing_directions<TestType>(3, 8, d);
        v.null_space[0][3] = v.null_space[1][20] = true;
        const auto w = sharing_neurons<TestType>(9, d, true);
        std::map<std::pair<std::uint64_t, std::uint64_t>, double> sums;
        for (const auto rows : {sl::projected_rows::causal, sl::projected_rows::acausal}) {
            const auto shares = sl::project(v, w, {.score = sl::score_kind::share, .rows = rows});
            CHECK(shares.null_dimension() == 46);
            for (const auto& [row, score] : rows_of(shares)) {
                const auto i = shares.axes().index(row);
                CHECK(std::abs(score) <= 1);
                sums[{i[0], i[4]}] += static_cast<double>(score) * static_cast<double>(score);
            }
        }
        CHECK(sums.size() == 18);
        for (const auto& [target, sum] : sums) CHECK(sum == Approx(1).margin(1e-6));
    }
}

TEST_CASE("null-space and dead directions are in no share") {
    auto v = sharing_directions<double>(4, 6, 20);
    const auto w = sharing_neurons<double>(7, 20, true);
    v.null_space[0][4] = v.null_space[1][9] = true;
    v.dead.assign(2, std::vector<bool>(24));
    v.dead[0][0] = v.dead[1][23] = true;
    check_all(v, w, {}, 1e-12);
    const auto shares = sl::project(v, w, {.score = sl::score_kind::share});
    CHECK(shares.null_dimension() == 44);
    for (const auto& [row, score] : rows_of(shares)) {
        const auto i = shares.axes().index(row);
        CHECK_FALSE(v.is_dead(i[1], i[2] * 6 + i[3]));
        CHECK_FALSE(v.is_null(i[1], i[2] * 6 + i[3]));
    }
    // Those of null space where they are asked for: they take their part then.
    const auto all =
        sl::project(v, w, {.score = sl::score_kind::share, .null_space = sl::null_space::included});
    CHECK(all.null_dimension() == 46);
    // A zero vector is no direction.
    auto values = std::vector<double>(24 * 20, 1.0);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] += static_cast<double>(k % 7);
    std::fill(values.begin(), values.begin() + 20, 0.0);
    v.layers[0] = sl::basic_matrix<double>(values, 24, 20);
    v.dead.clear();
    CHECK(sl::project(v, w, {.score = sl::score_kind::share}).null_dimension() == 45);
    check_all(v, w, {}, 1e-12);
}

TEST_CASE("a target that no direction reaches has share 0, and a constant vector no centered cosine") {
    for (const std::size_t d : {30U, 80U}) {
        auto v = sharing_directions<float>(4, 6, d);
        std::vector<float> values(24 * d);
        for (std::size_t l = 0; l < 2; ++l) { // all in the first half of the dimensions
            for (std::size_t k = 0; k < 24; ++k)
                for (std::size_t c = 0; c < d; ++c) values[k * d + c] = c < d / 2 ? v.layers[l](k, c) : 0;
            v.layers[l] = sl::matrix(values, 24, d);
        }
        auto w = sharing_neurons<float>(3, d, false);
        std::vector<float> targets(3 * d);
        targets[d - 1] = 2;                                                     // orthogonal to all
        std::fill_n(targets.begin() + static_cast<std::ptrdiff_t>(d), d, 0.3F); // constant
        w.layers[0] = w.layers[1] = sl::matrix(targets, 3, d);                  // and zero
        for (const auto& [row, score] : rows_of(sl::project(v, w, {.score = sl::score_kind::share}))) {
            if (row % 3 != 1) CHECK(score == 0);
            if (row % 3 == 1) CHECK(score != 0);
        }
        w.centered = true;
        for (const auto kind : {sl::score_kind::centered_cosine, sl::score_kind::share})
            for (const auto& [row, score] : rows_of(sl::project(v, w, {.score = kind})))
                if (row % 3 != 0) CHECK(score == 0);
    }
}

TEST_CASE("a target that directions hardly reach has the shares of its formula") {
    for (const double tiny : {1e-3, 1e-5}) { // below what ‖V̂ᵀw‖² has digits for as a difference
        auto v = sharing_directions<double>(8, 6, 20);
        std::vector<double> values(48 * 20);
        for (std::size_t l = 0; l < 2; ++l) {
            for (std::size_t k = 0; k < 48; ++k)
                for (std::size_t c = 0; c < 20; ++c)
                    values[k * 20 + c] = v.layers[l](k, c) * (c < 10 ? 1 : tiny * tiny);
            v.layers[l] = sl::basic_matrix<double>(values, 48, 20);
        }
        auto w = sharing_neurons<double>(4, 20, false);
        std::vector<double> targets(4 * 20);
        for (std::size_t j = 0; j < 4; ++j)
            for (std::size_t c = 10; c < 20; ++c) targets[j * 20 + c] = w.layers[0](j, c);
        w.layers[0] = w.layers[1] = sl::basic_matrix<double>(targets, 4, 20);
        check_all(v, w, {}, 1e-7);
    }
}

TEMPLATE_TEST_CASE("centered cosines and shares of vectors of extreme lengths", "", float, double) {
    const double margin = sizeof(TestType) == 4 ? 1e-6 : 1e-12;
    const int most = sizeof(TestType) == 4 ? 120 : 1000;
    for (const bool centred : {false, true})
        for (const std::size_t d : {12U, 64U}) {
            auto v = sharing_directions<TestType>(4, 6, d);
            auto w = sharing_neurons<TestType>(5, d, centred);
            const auto scaled = [&](sl::basic_matrix<TestType> m, std::size_t k, int exponent) {
                std::vector<TestType> values;
                for (std::size_t i = 0; i < m.rows(); ++i)
                    for (std::size_t c = 0; c < d; ++c)
                        values.push_back(std::ldexp(m(i, c), i == k ? exponent : 0));
                const auto rows = m.rows();
                return sl::basic_matrix<TestType>(std::move(values), rows, d);
            };
            v.layers[0] = scaled(scaled(v.layers[0], 3, most), 7, -most);
            w.layers[1] = scaled(scaled(w.layers[1], 0, -most), 4, most);
            v.singular_values[1][2] = std::ldexp(TestType(1), most);
            check_all(v, w, {}, margin);
        }
}

TEST_CASE("where no set is centred, a centered cosine is the cosine") {
    const auto v = sharing_directions<float>(4, 6, 20);
    const auto w = sharing_neurons<float>(7, 20, false);
    const auto cosine = sl::project(v, w, {.score = sl::score_kind::cosine});
    CHECK(rows_of(cosine) == rows_of(cosine.with_score(sl::score_kind::centered_cosine)));
    CHECK(cosine.null_dimension() == 20);
    CHECK(cosine.with_score(sl::score_kind::centered_cosine).null_dimension() == 20);
    const auto inside = sl::project(v, sharing_neurons<float>(7, 20, true));
    CHECK(inside.with_score(sl::score_kind::centered_cosine).null_dimension() == 19);
    CHECK(inside.with_score(sl::score_kind::share).null_dimension() == 48);
    CHECK_THROWS_WITH(inside.with_score(sl::score_kind::cosine).null_dimension(),
                      Catch::Contains("kind cosine") && Catch::Contains("with_score(score_kind::share)"));
    CHECK_THROWS_AS(inside.null_dimension(), sl::argument_error);
    CHECK_FALSE(inside.parts(0).share.has_value());
}

TEST_CASE("shares of fewer than eight directions are refused") {
    auto v = sharing_directions<float>(2, 2, 20);
    const auto w = sharing_neurons<float>(7, 20, true);
    CHECK(sl::project(v, w, {.score = sl::score_kind::share}).null_dimension() == 8);
    v.null_space[1][2] = true;
    const auto scores = sl::project(v, w);
    CHECK(message_of([&] { (void)scores.with_score(sl::score_kind::share); }) ==
          "\"ov\" on \"mlp_in\": a share is what a direction has of what all have of a target: expected at "
          "least "
          "8 directions that are not null space or dead, found 7; ask for centered_cosine");
}

TEST_CASE("shares are the same bits for any number of threads, asked for by many at once") {
    auto v = sharing_directions<float>(8, 40, 200);
    v.layers[0] = sl::normalized(v).layers[0]; // deferred
    const auto w = sharing_neurons<float>(600, 200, true);
    const auto expected =
        rows_of(sl::project(v, w, {.score = sl::score_kind::share}, sl::execution{.threads = 1}));
    for (const unsigned threads : {2U, 5U}) {
        const auto scores =
            sl::project(v, w, {.score = sl::score_kind::share}, sl::execution{.threads = threads});
        CHECK(rows_of(scores) == expected);
        CHECK(rows_of(sl::store(scores, sl::execution{.threads = threads})) == expected);
    }
    const auto scores = sl::project(v, w);
    std::vector<std::vector<float>> first(4);
    std::vector<std::thread> workers;
    for (auto& each : first)
        workers.emplace_back([&scores, &each] {
            sl::block_buffer<float> buffer;
            const auto shares = scores.with_score(sl::score_kind::share);
            const auto block = shares.block(0, buffer);
            const auto run = block.run(0);
            each.assign(run.scores.begin(), run.scores.end());
        });
    for (auto& each : workers) each.join();
    for (const auto& each : first) CHECK(each == first[0]);
}

TEST_CASE("what making shares stops at") {
    std::atomic<bool> stop = true;
    const auto scores =
        sl::project(sharing_directions<float>(8, 40, 200), sharing_neurons<float>(600, 200, true));
    CHECK_THROWS_AS(scores.with_score(sl::score_kind::share, {.stop = &stop}), sl::cancelled_error);
    stop = false; // what was not made is made then
    CHECK(scores.with_score(sl::score_kind::share, {.stop = &stop}).null_dimension() == 640);
}

TEST_CASE("weights are the squares of both sides' singular values") {
    const auto v = sharing_directions<double>(4, 6, 20);
    auto reads = sharing_directions<double>(2, 3, 20, sl::flow::reads);
    reads.port.first = 0;
    reads.null_space[1][4] = true;
    const auto pairs = sl::project(v, reads);
    double total = 0;
    for (const auto& [row, score] : rows_of(pairs)) {
        const auto i = pairs.axes().index(row);
        const double S = v.singular_values[i[1]][i[2] * 6 + i[3]];
        const double U = reads.singular_values[i[0]][i[4] * 3 + i[5]];
        CHECK(pairs.weight(row) == Approx(S * S * U * U));
        CHECK(pairs.line_weight(row) == S * S);
        CHECK(pairs.column_weight(row) == U * U);
        CHECK(pairs.line_weight(row - row % pairs.line_rows()) == S * S);
        total += S * S * U * U;
    }
    CHECK(pairs.total_weight() == Approx(total));
    CHECK(pairs.has_column_weights());
    const auto into = sl::project(v, sharing_neurons<double>(7, 20, true), {.only = {{"neuron", {0, 2, 3}}}});
    total = 0;
    for (const auto& [row, score] : rows_of(into)) total += into.weight(row);
    CHECK(into.total_weight() == Approx(total));
    CHECK_FALSE(into.has_column_weights());
}
