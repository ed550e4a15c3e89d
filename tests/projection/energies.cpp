#include "svdlens/projection/energies.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random_factors.hpp"
#include "svdlens/directions/centered_writing.hpp"
#include "svdlens/directions/dead_parts.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/projection/projection.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/top_k.hpp"

namespace sl = svdlens;
using svdlens_tests::dense;
using svdlens_tests::plain_matrix;
using svdlens_tests::random_factors;

namespace {

constexpr std::size_t width = 14;

/// Vectors at the MLP's ports of `random_factors`' blocks: read at 4 l + 2, written at 4 l + 3.
template <class T>
sl::basic_vector_set<T> mlp_vectors(sl::flow flow, std::size_t layers, std::size_t count, double scale = 1) {
    svdlens_tests::matrix_maker make(flow == sl::flow::reads ? 21 : 22);
    sl::basic_vector_set<T> set{
        .name = flow == sl::flow::reads ? "mlp_in" : "mlp_out",
        .axes = {{{"layer", layers}, {"neuron", count}}, {{"neuron", "L{layer}N{neuron}"}}},
        .identity = {"neuron", "L{layer}N{neuron}"},
        .layers = {},
        .port = {flow, flow == sl::flow::reads ? 2 : 3, 4}};
    for (std::size_t l = 0; l < layers; ++l) {
        auto m = make.uniform(count, width);
        for (auto& x : m.values) x *= scale;
        set.layers.push_back(m.as<T>());
    }
    return set;
}

/// Takes the means out and says so.
template <class T>
sl::basic_vector_set<T> centred(sl::basic_vector_set<T> set) {
    for (auto& m : set.layers) m = sl::detail::rows_without_means(m).resident();
    set.centered = true;
    return set;
}

using vector = std::vector<double>;

template <class T>
vector row_of(const sl::basic_matrix<T>& m, std::size_t k, bool inside) {
    const auto rows = m.resident();
    vector x;
    double mean = 0;
    for (std::size_t c = 0; c < rows.columns(); ++c) {
        x.push_back(static_cast<double>(rows(k, c)));
        mean += x.back() / static_cast<double>(rows.columns());
    }
    for (double& each : x) each -= inside ? mean : 0;
    return x;
}

double dot(const vector& a, const vector& b) {
    double sum = 0;
    for (std::size_t c = 0; c < a.size(); ++c) sum += a[c] * b[c];
    return sum;
}

/// Present rows by their labels `source>target`.
template <class T>
std::map<std::string, double> by_label(const sl::basic_energies<T>& table) {
    std::map<std::string, double> result;
    const auto held = sl::store(table);
    for (std::size_t k = 0; k < held.size(); ++k) {
        const auto row = held.row_at(k);
        result[held.axes().label(row, "source") + ">" + held.axes().label(row, "target")] =
            static_cast<double>(held.score_at(k));
    }
    return result;
}

/// Σ_i share²_i weighed by S_i², of one vector, by loops over all directions.
template <class T>
double naive_share_energy(const sl::basic_vector_set<T>& set, std::size_t layer, std::size_t first,
                          std::size_t count, const vector& w, bool inside) {
    double all = 0, some = 0, weights = 0;
    for (std::size_t l = 0; l < set.layers.size(); ++l)
        for (std::size_t k = 0; k < set.size(); ++k) {
            if (set.is_null(l, k) || set.is_dead(l, k)) continue;
            const auto v = row_of(set.layers[l], k, inside);
            const double squared = dot(v, w) * dot(v, w) / dot(v, v);
            all += squared;
            if (l != layer || k < first || k >= first + count) continue;
            const auto s = static_cast<double>(set.singular_value(l, k));
            some += s * s * dot(v, v) * squared;
            weights += s * s * dot(v, v);
        }
    return some / weights / all;
}

std::string head(std::size_t l, std::size_t h) { return "L" + std::to_string(l) + "H" + std::to_string(h); }
std::string neuron(std::size_t l, std::size_t n) { return "L" + std::to_string(l) + "N" + std::to_string(n); }

double squared(double x) { return x * x; }

} // namespace

TEST_CASE("the energy of a head with a neuron is that of its dense matrix") {
    const auto ov = random_factors<double>({3, 2, width, 4});
    const auto into = mlp_vectors<double>(sl::flow::reads, 3, 6);
    const auto table = sl::energies(sl::writing_directions(ov), into, {.kind = sl::energy_kind::cosine});
    CHECK(table.axes().title() == "ov_to_mlp_in_energy");
    CHECK(table.axes().column_names() ==
          std::vector<std::string>{"target_layer", "layer", "head", "neuron", "source", "target"});
    CHECK(table.null_dimension() == width);
    const auto found = by_label(table);
    CHECK(found.size() == 6 * 2 * 6); // l <= m
    CHECK(table.max_rows() == found.size());
    for (std::size_t l = 0; l < 3; ++l)
        for (std::size_t m = l; m < 3; ++m)
            for (std::size_t h = 0; h < 2; ++h)
                for (std::size_t n = 0; n < 6; ++n) {
                    auto w = plain_matrix(into.layers[m]);
                    plain_matrix one(width, 1);
                    for (std::size_t c = 0; c < width; ++c) one(c, 0) = w(n, c);
                    const auto W = dense(ov(l, h));
                    const auto expected = static_cast<double>(frobenius_norm(product(W, one)) /
                                                              (frobenius_norm(W) * frobenius_norm(one)));
                    CHECK(found.at(head(l, h) + ">" + neuron(m, n)) ==
                          Approx(squared(expected)).epsilon(1e-10));
                }
}

TEST_CASE("behind a norm energies are inside P, with the exact spectrum of what is seen") {
    const auto ov = sl::with_centered_writing(random_factors<double>({2, 2, width, 4}));
    const auto into = centred(mlp_vectors<double>(sl::flow::reads, 2, 5));
    const auto writing = sl::writing_directions(ov);
    const auto table = sl::energies(writing, into, {.kind = sl::energy_kind::cosine});
    CHECK(table.null_dimension() == width - 1);
    const auto found = by_label(table);
    for (std::size_t h = 0; h < 2; ++h) {
        const auto W = dense(ov(0, h));
        for (std::size_t n = 0; n < 5; ++n) {
            const auto w = row_of(into.layers[1], n, false);
            plain_matrix one(width, 1);
            for (std::size_t c = 0; c < width; ++c) one(c, 0) = static_cast<svdlens_tests::real>(w[c]);
            const auto expected = static_cast<double>(frobenius_norm(product(W, one)) /
                                                      (frobenius_norm(W) * frobenius_norm(one)));
            CHECK(found.at(head(0, h) + ">" + neuron(1, n)) == Approx(squared(expected)).epsilon(1e-10));
        }
        const auto sizes = table.source_spectrum(h);
        REQUIRE(sizes.size() == 4);
        for (std::size_t k = 0; k < 4; ++k)
            CHECK(sizes[k] / sizes[0] ==
                  Approx(writing.singular_value(0, h * 4 + k) / writing.singular_value(0, h * 4)));
    }
}

TEST_CASE("share energies are those of loops, of writers and of readers, in P and outside") {
    const auto heads = sl::singular_directions(random_factors<double>({3, 2, width, 4}));
    for (const bool inside : {false, true}) {
        auto into = mlp_vectors<double>(sl::flow::reads, 3, 5);
        auto from = mlp_vectors<double>(sl::flow::writes, 3, 5);
        auto reading = heads.reading();
        if (inside) into = centred(into), reading.centered = true;
        const auto out = by_label(sl::energies(heads.writing(), into));
        const auto in = by_label(sl::energies(reading, from));
        CHECK(out.size() == 6 * 2 * 5);
        CHECK(in.size() == 3 * 2 * 5); // what a neuron writes reaches later layers only
        for (std::size_t h = 0; h < 2; ++h)
            for (std::size_t n = 0; n < 5; ++n) {
                CHECK(out.at(head(1, h) + ">" + neuron(2, n)) ==
                      Approx(naive_share_energy(heads.writing(), 1, h * 4, 4,
                                                row_of(into.layers[2], n, false), inside))
                          .epsilon(1e-9));
                const auto w = row_of(from.layers[0], n, inside);
                if (!inside)
                    CHECK(in.at(neuron(0, n) + ">" + head(2, h)) ==
                          Approx(naive_share_energy(heads.reading(), 2, h * 4, 4, w, false)).epsilon(1e-9));
            }
    }
    CHECK(sl::energies(heads.writing(), mlp_vectors<double>(sl::flow::reads, 3, 5)).null_dimension() == 24);
}

TEST_CASE("the energies of heads with heads are compositions, of all kinds") {
    const auto ov = random_factors<double>({3, 2, width, 4});
    const auto heads = sl::singular_directions(ov);
    const auto cosines = sl::energies(heads.writing(), heads.reading(), {.kind = sl::energy_kind::cosine});
    CHECK(cosines.axes().column_names() ==
          std::vector<std::string>{"target_layer", "layer", "head", "target_head", "source", "target"});
    const auto found = by_label(cosines);
    const auto shares = by_label(sl::energies(heads.writing(), heads.reading()));
    const auto subspaces =
        by_label(sl::energies(heads.writing(), heads.reading(), {.kind = sl::energy_kind::subspace}));
    REQUIRE(found.size() == 12);
    for (std::size_t l = 0; l < 3; ++l)
        for (std::size_t m = l + 1; m < 3; ++m)
            for (std::size_t h = 0; h < 2; ++h)
                for (std::size_t g = 0; g < 2; ++g) {
                    const auto one = dense(ov(l, h)), two = dense(ov(m, g));
                    const auto name = head(l, h) + ">" + head(m, g);
                    CHECK(found.at(name) ==
                          Approx(squared(static_cast<double>(frobenius_norm(product(one, two)) /
                                                             (frobenius_norm(one) * frobenius_norm(two)))))
                              .epsilon(1e-10));
                    double share = 0, kernel = 0, weights = 0;
                    for (std::size_t j = g * 4; j < g * 4 + 4; ++j) {
                        const auto u = row_of(heads.reading().layers[m], j, false);
                        const double t = squared(heads.reading().singular_value(m, j));
                        share += t * naive_share_energy(heads.writing(), l, h * 4, 4, u, false);
                        weights += t;
                        for (std::size_t i = h * 4; i < h * 4 + 4; ++i)
                            kernel += squared(dot(row_of(heads.writing().layers[l], i, false), u));
                    }
                    CHECK(shares.at(name) == Approx(share / weights).epsilon(1e-9));
                    CHECK(subspaces.at(name) == Approx(kernel / 16).epsilon(1e-10));
                }
}

TEST_CASE("the identity: energies of heads are sums of squares of the scaled projection") {
    const auto heads = sl::singular_directions(random_factors<double>({2, 2, width, 4}));
    const auto scaled = sl::project(heads.writing(), heads.reading());
    const auto held = sl::store(scaled);
    std::map<std::string, double> sums;
    for (std::size_t k = 0; k < held.size(); ++k) {
        const auto row = held.row_at(k);
        const auto& a = held.axes();
        sums[a.label(row, "head") + ">L" + std::to_string(a.coordinate(row, 0)) + "H" +
             std::to_string(a.coordinate(row, 4))] += squared(held.score_at(k));
    }
    const auto found =
        by_label(sl::energies(heads.writing(), heads.reading(), {.kind = sl::energy_kind::cosine}));
    REQUIRE(sums.size() == found.size());
    for (const auto& [name, sum] : sums) {
        const auto norm = [&](const sl::basic_vector_set<double>& set, std::size_t l, std::size_t h) {
            double all = 0;
            for (std::size_t k = 0; k < 4; ++k) all += squared(set.singular_value(l, h * 4 + k));
            return all;
        };
        const auto h = static_cast<std::size_t>(name[3] - '0'), g = static_cast<std::size_t>(name[8] - '0');
        CHECK(sum / (norm(heads.writing(), 0, h) * norm(heads.reading(), 1, g)) ==
              Approx(found.at(name)).epsilon(1e-12));
    }
}

TEST_CASE("acausal rows are the complement, wrong-side rows all of two sets that read") {
    const auto heads = sl::singular_directions(random_factors<double>({3, 2, width, 4}));
    const auto into = mlp_vectors<double>(sl::flow::reads, 3, 5);
    const auto causal = by_label(sl::energies(heads.writing(), into));
    const auto acausal = sl::energies(heads.writing(), into, {.rows = sl::projected_rows::acausal});
    CHECK(acausal.axes().title() == "ov_to_mlp_in_energy_acausal");
    const auto others = by_label(acausal);
    CHECK(causal.size() + others.size() == 3 * 2 * 3 * 5);
    for (const auto& [name, value] : others) CHECK(causal.count(name) == 0);
    const auto wrong = sl::energies(heads.reading(), into, {.rows = sl::projected_rows::wrong_side});
    CHECK(wrong.max_rows() == 3 * 2 * 3 * 5);
    REQUIRE_THROWS_AS(sl::energies(heads.reading(), into), sl::argument_error);
}

TEST_CASE("dead heads and neurons have no rows, null and dead directions no part") {
    auto set = random_factors<double>({2, 3, width, 4});
    for (auto* each : {&set.matrices[1], &set.matrices[5]}) { // one dead, one of rank 3
        auto a = plain_matrix(each->a);
        for (std::size_t i = 0; i < a.rows; ++i)
            for (std::size_t j = 0; j < a.columns; ++j)
                if (each == &set.matrices[1])
                    a(i, j) *= 1e-7L;
                else if (j == 3)
                    a(i, j) = a(i, 0);
        each->a = a.as<double>();
    }
    const auto writing = sl::without_dead_parts(sl::writing_directions(set));
    auto into = mlp_vectors<double>(sl::flow::reads, 2, 6);
    auto small = plain_matrix(into.layers[1]);
    for (std::size_t c = 0; c < width; ++c) small(2, c) *= 1e-6L;
    into.layers[1] = small.as<double>();
    into = sl::without_dead_parts(into);
    const auto table = sl::energies(writing, into);
    CHECK(table.null_dimension() == 4 * 4 + 3);
    const auto found = by_label(table);
    CHECK(found.size() ==
          2 * 6 + 5 * 5); // layer 0: heads 0 and 2 on six; layer 1: five heads on five neurons
    for (const auto& [name, value] : found) CHECK(name.find(head(0, 1) + ">") == std::string::npos);
    CHECK(
        found.at("L1H2>L1N0") ==
        Approx(naive_share_energy(writing, 1, 8, 4, row_of(into.layers[1], 0, false), false)).epsilon(1e-9));
    CHECK(table.source_spectrum(5).size() == 3);
    CHECK(table.source_spectrum(1).empty());
}

TEST_CASE("energies do not depend on how long vectors are") {
    const auto heads = sl::singular_directions(random_factors<float>({2, 2, width, 4}));
    const auto plain = by_label(sl::energies(heads.writing(), mlp_vectors<float>(sl::flow::reads, 2, 5)));
    for (const double scale : {1e-30, 1e30}) {
        for (const auto kind : {sl::energy_kind::share, sl::energy_kind::cosine}) {
            const auto before = by_label(
                sl::energies(heads.writing(), mlp_vectors<float>(sl::flow::reads, 2, 5), {.kind = kind}));
            const auto after = by_label(sl::energies(
                heads.writing(), mlp_vectors<float>(sl::flow::reads, 2, 5, scale), {.kind = kind}));
            REQUIRE(before.size() == after.size());
            for (const auto& [name, value] : before) CHECK(after.at(name) == Approx(value).epsilon(1e-5));
        }
    }
}

TEST_CASE("energies are the same bits for any number of threads, and over tiles of any cut") {
    const auto ov = random_factors<float>({2, 30, 24, 10}); // 300 directions a layer: two tiles
    const auto writing = sl::writing_directions(ov);
    sl::vector_set into{.name = "mlp_in",
                        .axes = {{{"layer", 2}, {"neuron", 1500}}, {{"neuron", "L{layer}N{neuron}"}}},
                        .identity = {"neuron", "L{layer}N{neuron}"},
                        .layers = {},
                        .port = {sl::flow::reads, 2, 4}};
    svdlens_tests::matrix_maker make(3);
    for (int l = 0; l < 2; ++l) into.layers.push_back(make.uniform(1500, 24).as<float>());
    const auto table = sl::energies(writing, into, {}, {.threads = 1});
    REQUIRE(table.blocks() == (2 + 3) * 2);
    const auto one = sl::store(table, {.threads = 1});
    for (const unsigned threads : {2U, 5U}) {
        const auto again =
            sl::store(sl::energies(writing, into, {}, {.threads = threads}), {.threads = threads});
        REQUIRE(again.size() == one.size());
        std::size_t different = 0;
        for (std::size_t k = 0; k < one.size(); ++k)
            different += one.score_at(k) != again.score_at(k) ? 1U : 0U;
        CHECK(different == 0);
    }
    for (const std::size_t k : {std::size_t{0}, std::size_t{40000}, std::size_t{134999}}) {
        const auto row = one.row_at(k);
        const auto l = one.axes().coordinate(row, 1), h = one.axes().coordinate(row, 2);
        const auto m = one.axes().coordinate(row, 0), n = one.axes().coordinate(row, 3);
        CHECK(static_cast<double>(one.score_at(k)) ==
              Approx(naive_share_energy(writing, l, h * 10, 10, row_of(into.layers[m], n, false), false))
                  .epsilon(1e-4));
    }
}

TEST_CASE("few directions have no shares, and no directions no rows") {
    const auto few = sl::writing_directions(random_factors<float>({1, 1, width, 4}));
    const auto into = mlp_vectors<float>(sl::flow::reads, 1, 3);
    REQUIRE_THROWS_AS(sl::energies(few, into), sl::argument_error);
    CHECK(sl::energies(few, into, {.kind = sl::energy_kind::cosine}).max_rows() == 3);
    CHECK(sl::to_text(sl::energy_kind::subspace) == "subspace");
}
