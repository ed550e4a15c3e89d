#include "svdlens/significance/composition_tests.hpp"

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/random_factors.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/centered_writing.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/projection/energies.hpp"
#include "svdlens/significance/composition_law.hpp"
#include "svdlens/table/store.hpp"

namespace sl = svdlens;
using svdlens_tests::random_factors;

namespace {

double figure_of(const nlohmann::json& value) { return value.get<double>(); }

constexpr sl::composition_role all_roles[] = {sl::composition_role::value, sl::composition_role::query,
                                              sl::composition_role::key};

/// What of heads is read on a role's side.
template <class T>
sl::basic_vector_set<T> reading_of(const sl::basic_factored_set<T>& ov, const sl::basic_factored_set<T>& qk,
                                   sl::composition_role role) {
    if (role == sl::composition_role::value) return sl::reading_directions(ov);
    const auto both = sl::singular_directions(qk);
    return role == sl::composition_role::query ? both.query() : both.key();
}

/// Within the page's tolerances: z 1e-4 relative, ln p 1e-3.
void check_pair(const sl::composition_test& found, const nlohmann::json& expected, double tolerance) {
    const auto near = [&](double x, double margin) { return Approx(x).epsilon(tolerance).margin(margin); };
    const double seen = figure_of(expected["score_seen"]);
    CHECK(found.cosine.energy == near(seen * seen, 0));
    CHECK(found.cosine.z == near(figure_of(expected["z"]), 10 * tolerance));
    CHECK(found.cosine.log_p_above == near(figure_of(expected["ln_p"]), 20 * tolerance));
    CHECK(found.subspace.energy * 32 * 32 == near(figure_of(expected["projection_kernel"]), 0));
    CHECK(found.subspace.z == near(figure_of(expected["pk_z"]), 10 * tolerance));
}

template <class T>
void check_compositions(const sl::basic_transformer_weights<T>& weights, const nlohmann::json& expected,
                        double tolerance) {
    const auto ov = sl::ov_circuits(weights), qk = sl::qk_circuits(weights);
    const auto writing = sl::writing_directions(ov.left_centered ? sl::with_centered_writing(ov) : ov);
    std::size_t compared = 0;
    for (const auto role : all_roles) {
        const auto reading = reading_of(ov, qk, role);
        const auto scores =
            sl::head_compositions(ov, role == sl::composition_role::value ? ov : qk, {.role = role});
        const auto tests = sl::test_compositions(writing, reading);
        const auto cosines = sl::energies(writing, reading, {.kind = sl::energy_kind::cosine});
        REQUIRE(tests.size() == scores.size());
        for (std::size_t k = 0; k < tests.size(); ++k) {
            const auto& answer = expected["composition"].at(std::string(1, sl::to_text(role)[0]) + " " +
                                                            scores[k].source + "->" + scores[k].target);
            REQUIRE(tests[k].source == scores[k].source);
            REQUIRE(tests[k].target == scores[k].target);
            CHECK(static_cast<double>(scores[k].score) ==
                  Approx(figure_of(answer["score"])).epsilon(tolerance));
            CHECK(static_cast<double>(scores[k].seen_score) ==
                  Approx(figure_of(answer["score_seen"])).epsilon(tolerance));
            check_pair(tests[k], answer, tolerance);
            const auto d = cosines.null_dimension();
            const auto moments = sl::moments_of_composition(
                {cosines.source_spectrum(tests[k].source_head.head), d},
                {cosines.target_spectrum(tests[k].target_head.layer, tests[k].target_head.head), d});
            CHECK(moments.variance == Approx(figure_of(answer["var"])).epsilon(tolerance));
            CHECK(moments.skewness == Approx(figure_of(answer["skewness"])).epsilon(tolerance));
            ++compared;
        }
    }
    CHECK(compared == 48);
}

/// ‖W_OV w‖ of L0H0 with the first neurons of its layer.
template <class T>
void check_energies(const sl::basic_transformer_weights<T>& weights, const nlohmann::json& expected,
                    double tolerance) {
    const auto ov = sl::ov_circuits(weights);
    const auto writing = sl::writing_directions(ov.left_centered ? sl::with_centered_writing(ov) : ov);
    const auto neurons = weights.mlp_in();
    const auto held = sl::store(sl::energies(writing, neurons, {.kind = sl::energy_kind::cosine}));
    double head = 0;
    for (std::size_t k = 0; k < 32; ++k)
        head += std::pow(static_cast<double>(writing.singular_value(0, k)), 2);
    const auto rows = neurons.layers[0].resident();
    for (std::size_t n = 0; n < 8; ++n) {
        double length = 0;
        for (std::size_t c = 0; c < rows.columns(); ++c)
            length += std::pow(static_cast<double>(rows(n, c)), 2);
        REQUIRE(held.axes().label(held.row_at(n), "target") == "L0N" + std::to_string(n));
        CHECK(std::sqrt(static_cast<double>(held.score_at(n)) * head * length) ==
              Approx(figure_of(expected["head_energy_L0H0_L0_first8"][n])).epsilon(tolerance));
    }
}

nlohmann::json read_science(const std::string& path) {
    std::ifstream in(path);
    REQUIRE(in);
    return nlohmann::json::parse(in);
}

} // namespace

TEST_CASE("the compositions and energies of a trained model have the figures computed elsewhere") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) return;
    const std::string base = std::string(folder) + "/memory_gated_mlp";
    const auto raw = read_science(base + ".science.json"),
               folded = read_science(base + ".folded.science.json");
    const auto file = sl::open_safetensors(base + ".safetensors");
    const sl::transformer_weights weights(file);
    const sl::basic_transformer_weights<double> precise(file);
    check_compositions(weights, raw, 1e-4);
    check_compositions(sl::fold_norms(weights), folded, 1e-4);
    check_compositions(precise, raw, 1e-9);
    check_compositions(sl::fold_norms(precise), folded, 1e-6); // folding rounds gains to float's file
    check_energies(weights, raw, 1e-5);
    check_energies(sl::fold_norms(weights), folded, 1e-5);
}

TEST_CASE("tests of compositions have both tails and a control, the same bits for any number of threads") {
    const auto ov = random_factors<float>({3, 2, 14, 4});
    const auto heads = sl::singular_directions(ov);
    const auto one = sl::test_compositions(heads.writing(), heads.reading(), {}, {.threads = 1});
    REQUIRE(one.size() == 12);
    const auto again = sl::test_compositions(heads.writing(), heads.reading(), {}, {.threads = 5});
    for (std::size_t k = 0; k < one.size(); ++k) {
        CHECK(one[k].source_head.layer < one[k].target_head.layer);
        for (const auto* each : {&one[k].share, &one[k].cosine, &one[k].subspace}) {
            CHECK(each->energy > 0);
            CHECK(each->log_p_above < 0);
            CHECK(std::exp(each->log_p_above) + std::exp(each->log_p_below) >= 1 - 1e-9);
            CHECK(std::exp(each->log_p_above) + std::exp(each->log_p_below) < 1.3);
        }
        CHECK(one[k].share.energy == again[k].share.energy);
        CHECK(one[k].share.log_p_below == again[k].share.log_p_below);
        CHECK(one[k].cosine.z == again[k].cosine.z);
    }
    const auto control = sl::test_compositions(heads.writing(), heads.reading(), sl::projected_rows::acausal);
    CHECK(control.size() == 12 + 3 * 4);
    for (const auto& pair : control) CHECK(pair.source_head.layer >= pair.target_head.layer);
}

TEST_CASE("heads of few directions have no test of shares, zero heads none at all") {
    auto ov = random_factors<double>({2, 1, 6, 3});
    const auto heads = sl::singular_directions(ov);
    const auto found = sl::test_compositions(heads.writing(), heads.reading());
    REQUIRE(found.size() == 1);
    CHECK(found[0].share.energy == 0);
    CHECK(found[0].share.log_p_above == 0);
    CHECK(found[0].cosine.energy > 0);
    ov.matrices[0].a = svdlens_tests::plain_matrix(6, 3).as<double>();
    const auto without = sl::singular_directions(ov);
    CHECK(sl::test_compositions(without.writing(), without.reading()).empty());
    REQUIRE_THROWS_AS(
        sl::test_compositions(normalized(heads.writing()),
                              sl::basic_vector_set<double>{.name = "mlp",
                                                           .axes = sl::axes({{"layer", 2}, {"neuron", 3}}),
                                                           .identity = {"neuron", "L{layer}N{neuron}"},
                                                           .layers = {}}),
        sl::argument_error);
}

TEST_CASE("a planted composition is found above, one that was taken out below") {
    svdlens_tests::matrix_maker make(9);
    auto ov = random_factors<double>({2, 3, 40, 6}, 5);
    const auto seen = svdlens_tests::transposed(svdlens_tests::plain_matrix(ov(0, 0).b)); // L0H0 writes it
    ov.matrices[3].a = seen.as<double>();                                                 // and L1H0 reads it
    auto avoided = svdlens_tests::plain_matrix(ov(0, 1).b);
    auto other = make.orthonormal_rows(12, 40); // L1H1 reads what is orthogonal to what L0H1 writes
    for (std::size_t i = 0; i < 6; ++i)
        for (std::size_t c = 0; c < 40; ++c) other(i, c) = avoided(i, c);
    for (std::size_t i = 0; i < 12; ++i)
        for (int pass = 0; pass < 2; ++pass) {
            for (std::size_t k = 0; k < i; ++k) {
                svdlens_tests::real sum = 0;
                for (std::size_t c = 0; c < 40; ++c) sum += other(i, c) * other(k, c);
                for (std::size_t c = 0; c < 40; ++c) other(i, c) -= sum * other(k, c);
            }
            svdlens_tests::real length = 0;
            for (std::size_t c = 0; c < 40; ++c) length += other(i, c) * other(i, c);
            for (std::size_t c = 0; c < 40; ++c) other(i, c) /= std::sqrt(length);
        }
    svdlens_tests::plain_matrix reader(40, 6);
    for (std::size_t k = 0; k < 6; ++k)
        for (std::size_t c = 0; c < 40; ++c) reader(c, k) = other(6 + k, c);
    ov.matrices[4].a = reader.as<double>();
    const auto heads = sl::singular_directions(ov);
    for (const auto& pair : sl::test_compositions(heads.writing(), heads.reading())) {
        const bool planted = pair.source == "L0H0" && pair.target == "L1H0";
        const bool removed = pair.source == "L0H1" && pair.target == "L1H1";
        CHECK((pair.cosine.log_p_above < -30) == planted);
        CHECK((pair.cosine.log_p_below < -15) == removed);
        if (planted) CHECK(pair.share.log_p_above < -8);
    }
}
