#include "svdlens/significance/energy_discoveries.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random_factors.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/significance/composition_law.hpp"
#include "svdlens/table/store.hpp"

namespace sl = svdlens;
using svdlens_tests::random_factors;

namespace {

constexpr std::size_t stream = 32, tested_neurons = 150;

sl::vector_set read_by_neurons(std::size_t layers) {
    svdlens_tests::matrix_maker make(41);
    sl::vector_set set{
        .name = "mlp_in",
        .axes = {{{"layer", layers}, {"neuron", tested_neurons}}, {{"neuron", "L{layer}N{neuron}"}}},
        .identity = {"neuron", "L{layer}N{neuron}"},
        .layers = {},
        .port = {sl::flow::reads, 2, 4}};
    for (std::size_t l = 0; l < layers; ++l)
        set.layers.push_back(make.uniform(tested_neurons, stream).as<float>());
    return set;
}

/// Some neurons read what a head writes.
sl::vector_set with_planted(sl::vector_set set, const sl::vector_set& writing) {
    auto rows = svdlens_tests::plain_matrix(set.layers[1]);
    for (std::size_t n = 0; n < 5; ++n)
        for (std::size_t c = 0; c < stream; ++c)
            rows(n, c) =
                writing.layers[0](0, c) + 0.02L * static_cast<svdlens_tests::real>(n + 1) * rows(n, c);
    set.layers[1] = rows.as<float>();
    return set;
}

} // namespace

TEST_CASE("the cosines of energies are as improbable as the energies") {
    const auto heads = sl::singular_directions(random_factors<float>({2, 3, stream, 5}));
    for (const auto kind : {sl::energy_kind::share, sl::energy_kind::cosine}) {
        const auto table =
            sl::energies(heads.writing(), with_planted(read_by_neurons(2), heads.writing()), {.kind = kind});
        const sl::basic_energy_cosines<float> cosines(table);
        const auto energies = sl::store(table), scores = sl::store(cosines);
        REQUIRE(energies.size() == scores.size());
        std::size_t improbable = 0;
        for (std::size_t k = 0; k < scores.size(); ++k) {
            const auto row = scores.row_at(k);
            const auto line = scores.axes().coordinate(row, 1) * 3 + scores.axes().coordinate(row, 2);
            const sl::spectrum head(table.source_spectrum(line), table.null_dimension());
            const auto energy = static_cast<double>(energies.score_at(k));
            const double expected = sl::log_p_of_energy(energy, head, sl::score_side::above);
            const auto score = static_cast<double>(scores.score_at(k));
            if (energy < 0.25 / static_cast<double>(table.null_dimension())) {
                CHECK(sl::log_p(score, cosines.dimension) > -0.6);
                continue;
            }
            improbable += expected < -10 ? 1U : 0U;
            CHECK(sl::log_p(score, cosines.dimension) == Approx(expected).epsilon(1e-3).margin(1e-3));
            CHECK(cosines.energy_of(row, scores.score_at(k)) == Approx(energy).epsilon(1e-4));
        }
        CHECK(improbable >= 4);
    }
}

TEST_CASE("the cosines of pairs of heads are as improbable as their compositions") {
    const auto ov = random_factors<float>({3, 4, stream, 5});
    const auto heads = sl::singular_directions(ov);
    const auto table = sl::energies(heads.writing(), heads.reading());
    const sl::basic_energy_cosines<float> cosines(table);
    const auto energies = sl::store(table), scores = sl::store(cosines);
    for (std::size_t k = 0; k < scores.size(); ++k) {
        const auto& axes = scores.axes();
        const auto row = scores.row_at(k);
        const auto n = table.null_dimension();
        const sl::spectrum a(table.source_spectrum(axes.coordinate(row, 1) * 4 + axes.coordinate(row, 2)), n);
        const sl::spectrum b(table.target_spectrum(axes.coordinate(row, 0), axes.coordinate(row, 3)), n);
        const double expected =
            sl::log_p_of_composition(static_cast<double>(energies.score_at(k)), a, b, sl::score_side::above);
        const double found = sl::log_p(static_cast<double>(scores.score_at(k)), cosines.dimension);
        CHECK(found == Approx(expected).epsilon(1e-3).margin(1e-3));
    }
}

TEST_CASE("energies are found by the step-up rule of sorted p, with a control") {
    const auto heads = sl::singular_directions(random_factors<float>({2, 3, stream, 5}));
    const auto into = with_planted(read_by_neurons(2), heads.writing());
    const auto table = sl::energies(heads.writing(), into);
    const auto found = sl::discoveries(table, {.q = 0.1, .control_rows = 100});
    CHECK(found.tested == table.max_rows());
    REQUIRE(found.size() >= 5);
    REQUIRE(found.rows.names() == std::vector<std::string>{"log10_p", "q", "energy"});
    for (std::size_t k = 0; k < 4; ++k)
        CHECK(found.rows.axes().label(found.rows.rows()[k], "source") == "L0H0");
    std::vector<double> log_p;
    const auto held = sl::store(table);
    for (std::size_t k = 0; k < held.size(); ++k) {
        const auto row = held.row_at(k);
        const sl::spectrum head(
            table.source_spectrum(held.axes().coordinate(row, 1) * 3 + held.axes().coordinate(row, 2)),
            table.null_dimension());
        log_p.push_back(
            sl::log_p_of_energy(static_cast<double>(held.score_at(k)), head, sl::score_side::above));
    }
    std::sort(log_p.begin(), log_p.end());
    std::size_t count = 0;
    for (std::size_t k = 1; k <= log_p.size(); ++k)
        if (log_p[k - 1] <= std::log(0.1 * static_cast<double>(k) / static_cast<double>(log_p.size())))
            count = k;
    CHECK(found.size() == count);
    REQUIRE(found.control);
    CHECK(found.control->rows >= 100);
    CHECK(found.control->of_rows == 3 * tested_neurons); // layer 1 heads on layer 0 neurons
    CHECK(found.control->hits <= 2);
    const auto again = sl::discoveries(table, {.q = 0.1, .control_rows = 0}, {.threads = 5});
    CHECK_FALSE(again.control);
    REQUIRE(again.size() == found.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
        CHECK(again.rows.rows()[k] == found.rows.rows()[k]);
        CHECK(again.rows.values("log10_p")[k] == found.rows.values("log10_p")[k]);
    }
}

TEST_CASE("nothing is found in energies that cannot vary") {
    const auto heads = sl::singular_directions(random_factors<float>({1, 1, 5, 5}));
    auto flat = heads.writing();
    for (auto& s : flat.singular_values[0]) s = 1;
    sl::vector_set into{.name = "mlp_in",
                        .axes = sl::axes({{"layer", 1}, {"neuron", 2}}),
                        .identity = {"neuron", "L{layer}N{neuron}"},
                        .layers = {sl::matrix({1, 2, 3, 4, 5, 5, 4, 3, 2, 2}, 2, 5)},
                        .port = {sl::flow::reads, 2, 4}};
    const auto found = sl::discoveries(sl::energies(flat, into, {.kind = sl::energy_kind::cosine}));
    CHECK(found.tested == 2);
    CHECK(found.empty());
}
