#include "svdlens/projection/detail/projection_rows.hpp"
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <svdlens/projection/projection.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/outside.hpp>
#include <svdlens/table/store.hpp>
#include <svdlens/table/top_k.hpp>

#include "projection/random_values.hpp"
#include "projection/rows_of.hpp"
#include "support/catch.hpp"

namespace sl = svdlens;

using svdlens_tests::random_values;
using svdlens_tests::rows_of;

namespace {

constexpr std::size_t n_layers = 3, n_heads = 2, d_head = 5, d_model = 16, n_neurons = 24;

template <class T>
sl::basic_vector_set<T> directions(sl::flow flow, std::int64_t first) {
    random_values random;
    sl::basic_vector_set<T> set{.name = "ov",
                                .axes = {{{"layer", n_layers}, {"head", n_heads}, {"direction", d_head}},
                                         {{"head", "L{layer}H{head}"}}},
                                .identity = {"direction", "{head}.{direction}"},
                                .layers = {},
                                .port = {flow, first, 4},
                                .provenance = "test"};
    for (std::size_t l = 0; l < n_layers; ++l) {
        set.layers.emplace_back(random.operator()<T>(n_heads * d_head * d_model), n_heads * d_head, d_model);
        set.singular_values.push_back(random.operator()<T>(n_heads * d_head));
        set.null_space.emplace_back(n_heads * d_head, false);
    }
    return set;
}

template <class T>
sl::basic_vector_set<T> neurons(sl::flow flow, std::int64_t first) {
    random_values random{std::mt19937_64(11)};
    sl::basic_vector_set<T> set{
        .name = "mlp_in",
        .axes = {{{"layer", n_layers}, {"neuron", n_neurons}}, {{"neuron", "L{layer}N{neuron}"}}},
        .identity = {"neuron", "L{layer}N{neuron}"},
        .layers = {},
        .port = {flow, first, 4}};
    for (std::size_t l = 0; l < n_layers; ++l) // columns of W_in: stored transposed
        set.layers.push_back(
            sl::basic_matrix<T>(random.operator()<T>(n_neurons * d_model), d_model, n_neurons).transposed());
    return set;
}

double naive_dot(const sl::basic_vector_set<double>& a, std::uint64_t la, std::uint64_t ka,
                 const sl::basic_vector_set<double>& b, std::uint64_t lb, std::uint64_t kb) {
    double sum = 0;
    for (std::size_t c = 0; c < d_model; ++c) sum += a.layers[la](ka, c) * b.layers[lb](kb, c);
    return sum;
}

} // namespace

TEST_CASE(
    "a projection holds every direction on every neuron of the same or a later layer, and no other row") {
    const auto writing = directions<double>(sl::flow::writes, 1);
    const auto into = neurons<double>(sl::flow::reads, 2);
    const auto scores = sl::project(writing, into, {.score = sl::score_kind::dot});
    REQUIRE(scores.axes().title() == "ov_to_mlp_in");
    REQUIRE(scores.axes().column_names() == std::vector<std::string>{"target_layer", "layer", "head",
                                                                     "direction", "neuron", "source",
                                                                     "target"});
    const auto rows = rows_of(scores);
    std::size_t expected = 0;
    for (std::uint64_t m = 0; m < n_layers; ++m)
        for (std::uint64_t l = 0; l <= m; ++l)
            for (std::uint64_t h = 0; h < n_heads; ++h)
                for (std::uint64_t k = 0; k < d_head; ++k)
                    for (std::uint64_t n = 0; n < n_neurons; ++n, ++expected) {
                        const auto row = scores.axes().row(std::vector<std::uint64_t>{m, l, h, k, n});
                        REQUIRE(rows.count(row) == 1);
                        CHECK(rows.at(row) ==
                              Approx(naive_dot(writing, l, h * d_head + k, into, m, n)).margin(1e-12));
                    }
    CHECK(rows.size() == expected);
    const auto row = scores.axes().row(std::vector<std::uint64_t>{2, 1, 0, 3, 17});
    CHECK(scores.axes().label(row, "head") == "L1H0");
    CHECK(scores.axes().label(row, "neuron") == "L2N17");
    CHECK(scores.axes().label(row, "source") == "L1H0.3");
    CHECK(scores.axes().label(row, "target") == "L2N17");
    CHECK(scores.axes().provenance() == "test; score dot");
}

TEST_CASE("in a parallel block a head does not reach the MLP of its own layer") {
    auto into = neurons<double>(sl::flow::reads, 0);
    const auto scores = sl::project(directions<double>(sl::flow::writes, 1), into);
    CHECK(scores.max_rows() == 3 * n_heads * d_head * n_neurons); // layers (0,1), (0,2), (1,2)
    for (const auto& [row, score] : rows_of(scores))
        CHECK(scores.axes().coordinate(row, 1) < scores.axes().coordinate(row, 0));
}

TEST_CASE("what is read where it is written is not reached") {
    const auto later_layers = 3 * n_heads * d_head * n_neurons;
    CHECK(sl::project(directions<double>(sl::flow::writes, 1), neurons<double>(sl::flow::reads, 1))
              .max_rows() == later_layers);
    CHECK(sl::project(directions<double>(sl::flow::reads, 1), neurons<double>(sl::flow::writes, 1))
              .max_rows() == later_layers);
}

TEST_CASE("what neurons write meets the reading directions of later heads") {
    const auto scores =
        sl::project(directions<double>(sl::flow::reads, 0), neurons<double>(sl::flow::writes, 3));
    CHECK(scores.axes().title() == "mlp_in_to_ov");
    const auto rows = rows_of(scores);
    CHECK(rows.size() == 3 * n_heads * d_head * n_neurons);
    for (const auto& [row, score] : rows)
        CHECK(scores.axes().coordinate(row, 1) > scores.axes().coordinate(row, 0));
    CHECK(scores.axes().label(rows.begin()->first, "source") == "L0N0");
    CHECK(scores.axes().label(rows.begin()->first, "target") == "L1H0.0");
}

TEST_CASE("heads reach strictly later heads, and the score is scaled by both singular values") {
    const auto writing = directions<double>(sl::flow::writes, 1);
    const auto reading = directions<double>(sl::flow::reads, 0);
    const auto scores = sl::project(writing, reading);
    CHECK(scores.axes().column_names() == std::vector<std::string>{"target_layer", "layer", "head",
                                                                   "direction", "target_head",
                                                                   "target_direction", "source", "target"});
    for (const auto& [row, score] : rows_of(scores)) {
        const auto i =
            scores.axes().index(row); // target_layer, layer, head, direction, target_head, target_direction
        REQUIRE(i[1] < i[0]);
        const auto a = i[2] * d_head + i[3], b = i[4] * d_head + i[5];
        const double expected = writing.singular_values[i[1]][a] *
                                naive_dot(writing, i[1], a, reading, i[0], b) *
                                reading.singular_values[i[0]][b];
        CHECK(score == Approx(expected).margin(1e-12));
    }
}

TEST_CASE("dot, cosine and scaled agree with their formulas and with the parts of a row") {
    const auto writing = directions<double>(sl::flow::writes, 1);
    auto into = neurons<double>(sl::flow::reads, 2);
    std::vector<double> values(n_neurons * d_model, 0.5);
    std::fill(values.begin(), values.begin() + d_model, 0.0); // neuron 0 of layer 0: a zero vector
    into.layers[0] = sl::basic_matrix<double>(values, n_neurons, d_model);
    const auto scaled = sl::project(writing, into);
    const auto dot = scaled.with_score(sl::score_kind::dot);
    const auto cosine = scaled.with_score(sl::score_kind::cosine);
    const auto dots = rows_of(dot), cosines = rows_of(cosine), effects = rows_of(scaled);
    for (const auto& [row, score] : dots) {
        const auto i = dot.axes().index(row);
        const auto k = i[2] * d_head + i[3];
        const double norms = std::sqrt(naive_dot(writing, i[1], k, writing, i[1], k) *
                                       naive_dot(into, i[0], i[4], into, i[0], i[4]));
        CHECK(cosines.at(row) == Approx(norms > 0 ? score / norms : 0).margin(1e-12));
        CHECK(effects.at(row) == Approx(writing.singular_values[i[1]][k] * score).margin(1e-12));
        const auto parts = scaled.parts(row);
        CHECK(parts.dot == Approx(score).margin(1e-12));
        CHECK(parts.cosine == Approx(cosines.at(row)).margin(1e-12));
        CHECK(parts.scaled == Approx(effects.at(row)).margin(1e-12));
        CHECK(parts.singular_value == writing.singular_values[i[1]][k]);
    }
}

TEST_CASE("null-space directions are left out on both sides unless asked for, and row numbers stay") {
    auto writing = directions<double>(sl::flow::writes, 1);
    auto reading = directions<double>(sl::flow::reads, 0);
    writing.null_space[0][4] = writing.null_space[1][9] = true;
    reading.null_space[2][4] = reading.null_space[2][5] = true;
    const auto all = rows_of(sl::project(writing, reading, {.null_space = sl::null_space::included}));
    const auto scores = sl::project(writing, reading);
    const auto rows = rows_of(scores);
    for (const auto& [row, score] : all) {
        const auto i = scores.axes().index(row);
        const bool null =
            writing.is_null(i[1], i[2] * d_head + i[3]) || reading.is_null(i[0], i[4] * d_head + i[5]);
        REQUIRE(rows.count(row) == (null ? 0 : 1));
        if (!null) CHECK(rows.at(row) == Approx(score).margin(1e-12));
    }
}

TEST_CASE("a projection is restricted to layers, heads, directions and targets") {
    const auto writing = directions<double>(sl::flow::writes, 1);
    const auto into = neurons<double>(sl::flow::reads, 2);
    const auto all = rows_of(sl::project(writing, into));
    const auto scores = sl::project(writing, into,
                                    {.only = {{"layer", {0, 2}},
                                              {"head", {1}},
                                              {"direction", {0, 3, 4}},
                                              {"target_layer", {2}},
                                              {"neuron", {2, 3, 9}}}});
    CHECK(scores.axes().title() == "ov_to_mlp_in_L2");
    const auto rows = rows_of(scores);
    CHECK(rows.size() == 2 * 1 * 3 * 3);
    for (const auto& [row, score] : rows) {
        const auto i = scores.axes().index(row);
        CHECK((i[0] == 2 && i[1] != 1 && i[2] == 1 && (i[3] == 0 || i[3] >= 3) &&
               (i[4] == 2 || i[4] == 3 || i[4] == 9)));
        CHECK(score == Approx(all.at(row)).margin(1e-12));
    }
    CHECK_THROWS_AS(sl::project(writing, into, {.only = {{"head", {2}}}}), sl::argument_error);
    CHECK_THROWS_AS(sl::project(writing, into, {.only = {{"target_layer", {3}}}}), sl::argument_error);
}

TEST_CASE("any axis of a projection is restricted by its name") {
    const auto writing = directions<double>(sl::flow::writes, 1),
               reading = directions<double>(sl::flow::reads, 0);
    const auto all = rows_of(sl::project(writing, reading));
    const auto scores = sl::project(
        writing, reading, {.only = {{"target_head", {1}}, {"target_direction", {0, 4}}, {"direction", {2}}}});
    const auto rows = rows_of(scores);
    std::size_t expected = 0;
    for (const auto& [row, score] : all) {
        const auto i = scores.axes().index(row); // target_layer, layer, head, direction, target_head, ...
        const bool wanted = i[4] == 1 && (i[5] == 0 || i[5] == 4) && i[3] == 2;
        REQUIRE(rows.count(row) == (wanted ? 1 : 0));
        if (!wanted) continue;
        ++expected;
        CHECK(rows.at(row) == Approx(score).margin(1e-12));
        CHECK(scores.parts(row).scaled == Approx(score).margin(1e-12));
    }
    CHECK(rows.size() == expected);
    CHECK(scores.max_rows() == expected);
    CHECK(scores.axes().title() == "ov_to_ov");
    // Named twice: what both lists have. No list: all.
    const auto twice = sl::project(writing, reading, {.only = {{"head", {0, 1}}, {"head", {1}}}});
    CHECK(rows_of(twice) == rows_of(sl::project(writing, reading, {.only = {{"head", {1}}}})));
    CHECK(rows_of(sl::project(writing, reading, {.only = {{"head", {}}}})) == all);
}

TEST_CASE("a restriction that names no axis or no index is refused with those that there are") {
    const auto writing = directions<double>(sl::flow::writes, 1);
    const auto into = neurons<double>(sl::flow::reads, 2);
    CHECK_THROWS_WITH(sl::project(writing, into, {.only = {{"haed", {0}}}}),
                      "projection \"ov_to_mlp_in\": no axis \"haed\"; there are \"target_layer\" \"layer\" "
                      "\"head\" \"direction\" \"neuron\"");
    CHECK_THROWS_AS(sl::project(writing, into, {.only = {{"source", {0}}}}), sl::lookup_error);
    CHECK_THROWS_WITH(sl::project(writing, into, {.only = {{"head", {0, 2}}}}),
                      "projection: axis \"head\": index 2 is outside the extent 2");
    auto probe = into;
    probe.axes = {{{"neuron", n_neurons}}};
    probe.identity = {"neuron", "{neuron}"};
    probe.layers.resize(1);
    probe.port.per_layer = 0;
    CHECK_THROWS_WITH(sl::project(writing, probe, {.only = {{"target_layer", {0}}}}),
                      "projection \"ov_to_mlp_in\": no axis \"target_layer\"; there are \"layer\" \"head\" "
                      "\"direction\" \"neuron\"");
    const auto some = sl::project(writing, probe, {.only = {{"neuron", {3, 5}}}});
    for (const auto& [row, score] : rows_of(some)) {
        const auto i = some.axes().index(row);
        CHECK((i[3] == 3 || i[3] == 5));
        CHECK(score == Approx(some.parts(row).scaled).margin(1e-12));
    }
}

TEST_CASE("an identity names label columns or axes, and ends of edges spell the axes out") {
    auto writing = directions<double>(sl::flow::writes, 1);
    const auto into = neurons<double>(sl::flow::reads, 2);
    const auto axes = sl::project(writing, into).axes();
    CHECK(axes.find_label_column("source")->pattern.text() == "L{layer}H{head}.{direction}");
    CHECK(axes.find_label_column("target")->pattern.text() == "L{target_layer}N{neuron}");
    const auto pair = sl::project(writing, directions<double>(sl::flow::reads, 0)).axes();
    CHECK(pair.find_label_column("target")->pattern.text() ==
          "L{target_layer}H{target_head}.{target_direction}");
    CHECK(pair.label(pair.shape_rows() - 1, "target_head") == "L2H1");
    writing.identity = {"direction", "{nothing}"};
    CHECK_THROWS_AS(sl::project(writing, into), sl::lookup_error);
}

TEST_CASE("stored and lazy scores are the same bits, for any number of threads") {
    auto writing = directions<float>(sl::flow::writes, 1);
    writing.null_space[0][4] = true;
    const auto scores =
        sl::project(writing, neurons<float>(sl::flow::reads, 2), {.only = {{"neuron", {0, 1, 2, 9, 10}}}});
    const auto stored = sl::store(scores);
    REQUIRE(rows_of(stored) == rows_of(scores));
    for (const auto& [row, score] : rows_of(scores)) CHECK(stored.find(row) == score);
    CHECK_FALSE(stored.find(scores.axes().row(std::vector<std::uint64_t>{0, 1, 0, 0, 0})).has_value());
    const auto expected = sl::describe(scores, {0.01, 0.99}, {.threads = 1});
    for (const unsigned threads : {1U, 2U, 5U}) {
        const sl::execution run{.threads = threads};
        for (const auto& found :
             {sl::describe(scores, {0.01, 0.99}, run), sl::describe(stored, {0.01, 0.99}, run)}) {
            CHECK(found.mean == expected.mean);
            CHECK(found.std == expected.std);
            CHECK(found.percentiles[0].value == expected.percentiles[0].value);
        }
        const auto tails = sl::outside_quantiles(scores, 0.05, 0.95, run);
        const auto stored_tails = sl::outside_quantiles(stored, 0.05, 0.95, run);
        CHECK(std::equal(tails.rows().begin(), tails.rows().end(), stored_tails.rows().begin(),
                         stored_tails.rows().end()));
        const auto top = sl::top_k(scores, 3, sl::by("head"), run);
        const auto stored_top = sl::top_k(stored, 3, sl::by("head"), run);
        CHECK(std::equal(top.rows().begin(), top.rows().end(), stored_top.rows().begin(),
                         stored_top.rows().end()));
    }
}

TEST_CASE("tiles hold at most 2^18 scores and whole multiples of 64 lines") {
    for (const std::size_t length : {0U, 1U, 7U, 512U, 513U, 1000U, 1024U, 3072U, 50257U}) {
        const auto tile = sl::detail::projection_tile(length);
        CHECK(tile.lines * tile.columns <= std::size_t{1} << 18);
        CHECK(tile.lines % 64 == 0);
        CHECK(tile.lines >= 256);
        CHECK(tile.columns >= 1);
    }
    CHECK(sl::detail::projection_tile(3072).lines == 256);
    CHECK(sl::detail::projection_tile(3072).columns == 1024);
}

TEST_CASE("a projection keeps what it needs alive") {
    const auto scores = [] {
        return sl::project(directions<float>(sl::flow::writes, 1), neurons<float>(sl::flow::reads, 2));
    }();
    CHECK(rows_of(scores).size() == scores.max_rows());
}

TEST_CASE("sets that cannot be projected on each other are refused with a reason") {
    auto writing = directions<double>(sl::flow::writes, 1);
    const auto into = neurons<double>(sl::flow::reads, 2);
    CHECK_THROWS_AS(sl::project(directions<double>(sl::flow::reads, 0), into), sl::argument_error);
    auto narrow = into;
    for (auto& m : narrow.layers) m = m.column_range(0, d_model - 1);
    CHECK_THROWS_AS(sl::project(writing, narrow), sl::argument_error);
    auto broken = into;
    std::vector<double> values(n_neurons * d_model, 1);
    values[7 * d_model + 3] = std::numeric_limits<double>::quiet_NaN();
    broken.layers[1] = sl::basic_matrix<double>(values, n_neurons, d_model);
    try {
        (void)sl::project(writing, broken);
        FAIL("a NaN weight was accepted");
    } catch (const sl::numeric_error& e) {
        CHECK(e.code() == sl::errc::non_finite);
        CHECK(std::string(e.what()).find("L1N7") != std::string::npos);
    }
}

TEST_CASE("a set without vectors gives a table without rows") {
    const auto writing = directions<double>(sl::flow::writes, 1);
    sl::basic_vector_set<double> none{.name = "unembed",
                                      .axes = {{{"token", std::uint64_t{0}}}},
                                      .identity = {"token", "{token}"},
                                      .layers = {sl::basic_matrix<double>({}, 0, d_model)},
                                      .port = {sl::flow::reads, 12, 0}};
    const auto scores = sl::project(writing, none);
    CHECK(scores.max_rows() == 0);
    CHECK(scores.blocks() == 0);
    CHECK(sl::describe(scores).count == 0);
}

TEST_CASE("an empty list of targets keeps none") {
    const auto writing = directions<double>(sl::flow::writes, 1);
    const auto into = neurons<double>(sl::flow::reads, 2);
    const auto none = sl::project(writing, into, {.only = {{"neuron", std::vector<std::uint64_t>()}}});
    CHECK(none.max_rows() == 0);
    CHECK(sl::project(writing, into, {.only = {{"layer", std::vector<std::uint64_t>()}}}).max_rows() == 0);
    CHECK_THROWS_AS(none.parts(0), sl::argument_error);
}

TEST_CASE("layers of targets that are left out are not looked at") {
    const auto writing = directions<double>(sl::flow::writes, 1);
    auto into = neurons<double>(sl::flow::reads, 2);
    std::vector<double> values(n_neurons * d_model, std::numeric_limits<double>::infinity());
    into.layers[1] = sl::basic_matrix<double>(values, n_neurons, d_model);
    const auto first = sl::project(writing, into, {.only = {{"target_layer", {0}}}});
    CHECK(rows_of(first).size() == n_heads * d_head * n_neurons);
    CHECK_THROWS_AS(sl::project(writing, into), sl::numeric_error);
}

TEST_CASE("sets whose axes, matrices and singular values do not fit are refused") {
    const auto into = neurons<double>(sl::flow::reads, 2);
    const auto good = directions<double>(sl::flow::writes, 1);
    auto bad = good;
    bad.layers.pop_back();
    CHECK_THROWS_AS(sl::project(bad, into), sl::argument_error);
    bad = good;
    bad.layers[1] = bad.layers[1].row_range(0, 3);
    CHECK_THROWS_AS(sl::project(bad, into), sl::argument_error);
    bad = good;
    bad.singular_values[2].pop_back();
    CHECK_THROWS_AS(sl::project(bad, into), sl::argument_error);
    bad = good;
    bad.null_space.pop_back();
    CHECK_THROWS_AS(sl::project(bad, into), sl::argument_error);
    bad = good;
    bad.axes = {{{"layer", n_layers}, {"head", n_heads}, {"direction", d_head + 1}}};
    CHECK_THROWS_AS(sl::project(bad, into), sl::argument_error);
}

namespace {

/// One vector a row, axis `name`.
template <class T>
sl::basic_vector_set<T> probes(const std::string& name, std::vector<T> values, std::size_t width) {
    const std::size_t count = values.size() / width;
    return {.name = name,
            .axes = {{{name, count}}},
            .identity = {name, "{" + name + "}"},
            .layers = {sl::basic_matrix<T>(std::move(values), count, width)}};
}

/// 2^k for k spread over [least, most].
template <class T>
T power_between(std::mt19937_64& bits, int least, int most) {
    return std::ldexp(T{1}, least + static_cast<int>(bits() % static_cast<std::uint64_t>(most - least + 1)));
}

/// Every length that T has: a third of the vectors ordinary, the others from the shortest to the longest.
template <class T>
sl::basic_vector_set<T> vectors_of_all_lengths(const std::string& name, std::size_t count, std::size_t width,
                                               unsigned seed) {
    using limits = std::numeric_limits<T>;
    std::mt19937_64 bits(seed);
    random_values random{std::mt19937_64(seed)};
    auto values = random.operator()<T>(count * width);
    std::vector<T> singular_values = random.operator()<T>(count);
    for (std::size_t k = 0; k < count; ++k) {
        if (k % 7 == 3) std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(k * width), width, T{0});
        if (k % 3 == 0) continue;
        const T power =
            power_between<T>(bits, limits::min_exponent - limits::digits + 2, limits::max_exponent - 1);
        for (std::size_t c = 0; c < width; ++c) values[k * width + c] *= power;
        singular_values[k] *= power_between<T>(bits, limits::min_exponent, limits::max_exponent - 1);
    }
    auto set = probes<T>(name, std::move(values), width);
    set.singular_values = {std::move(singular_values)};
    return set;
}

/// `found` is `expected` rounded to T, off by no more than what the product of vectors of these lengths is in T.
template <class T>
bool is_rounded(double found, long double expected, long double lengths, std::size_t width) {
    using limits = std::numeric_limits<T>;
    constexpr long double most = limits::max(), least = limits::denorm_min();
    const long double slack = static_cast<long double>(width) * limits::epsilon() * lengths + 2 * least;
    if (std::fabs(expected) > most + slack) return std::isinf(found) && (found > 0) == (expected > 0);
    if (std::isinf(found)) return std::fabs(expected) + slack >= most;
    return std::fabs(static_cast<long double>(found) - expected) <= slack;
}

/// Every score and all parts beside sums in long double, which has room for all products of doubles.
template <class T>
void check_formulas(const sl::basic_vector_set<T>& from, const sl::basic_vector_set<T>& to) {
    const auto project_as = [&](sl::score_kind kind) { return sl::project(from, to, {.score = kind}); };
    const auto whole = project_as(sl::score_kind::scaled);
    const auto dots = rows_of(project_as(sl::score_kind::dot)),
               cosines = rows_of(project_as(sl::score_kind::cosine)), effects = rows_of(whole);
    const std::size_t width = from.d_model();
    const auto dot_of = [&](const auto& a, std::size_t i, const auto& b, std::size_t j) {
        long double sum = 0;
        for (std::size_t c = 0; c < width; ++c)
            sum += static_cast<long double>(a.layers[0](i, c)) * static_cast<long double>(b.layers[0](j, c));
        return sum;
    };
    REQUIRE(dots.size() == from.size() * to.size());
    for (std::size_t i = 0; i < from.size(); ++i)
        for (std::size_t j = 0; j < to.size(); ++j) {
            const sl::row_number row = i * to.size() + j;
            const long double dot = dot_of(from, i, to, j);
            const long double lengths = std::sqrt(dot_of(from, i, from, i)) * std::sqrt(dot_of(to, j, to, j));
            const long double cosine = lengths > 0 ? dot / lengths : 0;
            const auto factor = static_cast<long double>(from.singular_value(0, i)) *
                                static_cast<long double>(to.singular_value(0, j));
            const auto parts = whole.parts(row);
            INFO("row " << row << ", lengths " << lengths << ", factor " << factor << ": " << dots.at(row)
                        << " " << cosines.at(row) << " " << effects.at(row));
            REQUIRE(is_rounded<T>(dots.at(row), dot, lengths, width));
            REQUIRE(is_rounded<T>(cosines.at(row), cosine, 1, width));
            REQUIRE(is_rounded<T>(effects.at(row), factor * dot, std::fabs(factor) * lengths, width));
            REQUIRE(is_rounded<double>(parts.dot, dot, lengths, width));
            REQUIRE(is_rounded<double>(parts.cosine, cosine, 1, width));
            REQUIRE(is_rounded<double>(parts.scaled, factor * dot, std::fabs(factor) * lengths, width));
        }
}

} // namespace

// It had been 0 for a vector shorter than 1 / the largest float, and infinite or NaN for one that is long.
TEST_CASE("the cosine is 0 for a zero vector alone, and finite for the shortest and the longest") {
    const auto probe = probes<float>("probe", {1e-40F, 0, 3, 4, 3e38F, 3e38F, 0, 0, -1e-45F, 1e-45F}, 2);
    const auto units = probes<float>("unit", {1, 0, 0, 1}, 2);
    const auto h = std::sqrt(0.5F);
    const std::map<sl::row_number, float> expected{{0, 1}, {1, 0.6F}, {2, h}, {3, 0.0F}, {4, -h},
                                                   {5, 0}, {6, 0.8F}, {7, h}, {8, 0.0F}, {9, h}};
    const auto scores = sl::project(units, probe, {.score = sl::score_kind::cosine});
    for (const auto& [row, score] : rows_of(scores)) {
        CHECK(score == Approx(expected.at(row)).epsilon(1e-6));
        CHECK(scores.parts(row).cosine == Approx(expected.at(row)).epsilon(1e-6));
    }
    const auto turned = sl::project(probe, units, {.score = sl::score_kind::cosine});
    for (const auto& [row, score] : rows_of(turned))
        CHECK(score == Approx(expected.at(row % 2 * 5 + row / 2)).epsilon(1e-6));
}

TEST_CASE("a scaled score is finite where its product is, whatever the factors are") {
    auto from = probes<float>("unit", {0.6F, 0.8F, 1, 0}, 2),
         to = probes<float>("probe", {1e30F, 0, 0, 1e30F}, 2);
    from.singular_values = {{1e20F, 1e-30F}};
    to.singular_values = {{1e-30F, 1e-38F}};
    const auto scores = sl::project(from, to);
    const std::vector<double> expected{6e19, 8e11, 1e-30, 0};
    for (const auto& [row, score] : rows_of(scores)) {
        CHECK(score == Approx(expected[row]).epsilon(1e-6));
        CHECK(scores.parts(row).scaled == Approx(expected[row]).epsilon(1e-6));
    }
}

TEST_CASE("small entries of a long vector keep their scores") {
    const auto from = probes<float>("unit", {1, 0, 0, 1}, 2), to = probes<float>("probe", {3e38F, 1e-3F}, 2);
    const auto rows = rows_of(sl::project(from, to, {.score = sl::score_kind::dot}));
    CHECK(rows == std::map<sl::row_number, float>{{0, 3e38F}, {1, 1e-3F}});
}

TEST_CASE("scores and parts of vectors of all lengths are those of the formulas") {
    check_formulas(vectors_of_all_lengths<float>("a", 40, 16, 1),
                   vectors_of_all_lengths<float>("b", 50, 16, 2));
    check_formulas(vectors_of_all_lengths<double>("a", 40, 16, 3),
                   vectors_of_all_lengths<double>("b", 50, 16, 4));
    check_formulas(vectors_of_all_lengths<float>("a", 3, 200, 5),
                   vectors_of_all_lengths<float>("b", 1100, 200, 6));
    check_formulas(vectors_of_all_lengths<double>("a", 2, 3, 7),
                   vectors_of_all_lengths<double>("b", 1, 3, 8));
    check_formulas(vectors_of_all_lengths<float>("a", 1, 1, 9), vectors_of_all_lengths<float>("b", 2, 1, 10));
}

TEST_CASE(
    "extreme vectors are found in tiles, restricted and transposed sets, and leave the others' bits alone") {
    auto into = neurons<float>(sl::flow::reads, 2);
    const auto writing = directions<float>(sl::flow::writes, 1);
    const auto before = rows_of(sl::project(writing, into, {.score = sl::score_kind::cosine}));
    std::vector<float> values;
    const auto old = into.layers[1];
    for (std::size_t c = 0; c < d_model; ++c)
        for (std::size_t k = 0; k < n_neurons; ++k)
            values.push_back(old(k, c) * (k == 5 || k == 9 ? 0x1p-120F : 1));
    into.layers[1] = sl::matrix(values, d_model, n_neurons).transposed();
    const auto scores = sl::project(writing, into, {.score = sl::score_kind::cosine});
    for (const auto& [row, score] : rows_of(scores)) {
        const auto i = scores.axes().index(row);
        const bool extreme = i[0] == 1 && (i[4] == 5 || i[4] == 9);
        if (extreme) CHECK(score == Approx(before.at(row)).margin(1e-6));
        if (!extreme) CHECK(score == before.at(row));
    }
    const auto some = sl::project(
        writing, into, {.score = sl::score_kind::cosine, .only = {{"neuron", {4, 9, 10}}, {"head", {1}}}});
    for (const auto& [row, score] : rows_of(some)) CHECK(score == Approx(before.at(row)).margin(1e-6));
    const auto alone = sl::store(scores, {.threads = 1}), shared = sl::store(scores, {.threads = 5});
    CHECK(rows_of(alone) == rows_of(scores));
    CHECK(rows_of(shared) == rows_of(scores));
}

TEST_CASE("a singular value that is not finite is refused with its vector's name") {
    auto writing = directions<double>(sl::flow::writes, 1);
    writing.singular_values[1][7] = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(sl::project(writing, neurons<double>(sl::flow::reads, 2)),
                      "test: \"ov\": the singular value of \"L1H1.2\" is not finite");
}

TEST_CASE("provenance tells of targets that were processed otherwise") {
    auto into = neurons<double>(sl::flow::reads, 2);
    into.provenance = "raw";
    const auto scores = sl::project(directions<double>(sl::flow::writes, 1), sl::normalized(into));
    CHECK(scores.axes().provenance() == "test; targets: raw; unit length; score scaled");
}

TEST_CASE("a name that both sets use stands for the directions' column, and the targets' is target_...") {
    auto from = directions<float>(sl::flow::writes, 1);
    auto to = neurons<float>(sl::flow::reads, 2);
    from.axes.add({"kind", "head {head}"});
    to.axes.add({"kind", "neuron {neuron}"});
    const auto scores = sl::project(from, to);
    const auto& axes = scores.axes();
    const std::vector<std::uint64_t> index{2, 0, 1, 3, 7};
    const auto row = axes.row(index);
    CHECK(axes.label(row, "kind") == "head L0H1");
    CHECK(axes.label(row, "target_kind") == "neuron L2N7");
    CHECK(axes.spanned_axes("kind") == std::vector<std::size_t>{1, 2});
}

TEST_CASE("a column of the directions does not hide an axis of the targets") {
    auto from = directions<float>(sl::flow::writes, 1);
    from.axes.add({"neuron", "{head}/{direction}"});
    const auto to = neurons<float>(sl::flow::reads, 2);
    const auto scores = sl::project(from, to);
    const auto& axes = scores.axes();
    const std::vector<std::uint64_t> index{2, 0, 1, 3, 7};
    const auto row = axes.row(index);
    CHECK(axes.label(row, "neuron") == "L0H1/3");
    CHECK(axes.label(row, "target_neuron") == "L2N7");
    CHECK(axes.label(row, "target") == "L2N7");
    REQUIRE(axes.find_axis("target_neuron"));
    CHECK(axes.spanned_axes("target_neuron") == std::vector<std::size_t>{0, 4});
}
