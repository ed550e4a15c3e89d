// Circuits of a trained model against answers computed elsewhere in double. Runs where SVDLENS_DATA names the
// folder that holds the model and the answers.
#include "support/catch.hpp"

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/composition.hpp"
#include "svdlens/directions/similarity.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;

namespace {

template <class T>
void check_spectra(const sl::basic_singular_directions<T>& found, const nlohmann::json& expected,
                   double tolerance) {
    REQUIRE(expected.size() == found.layers());
    REQUIRE(expected[0].size() == found.heads());
    for (std::size_t l = 0; l < found.layers(); ++l)
        for (std::size_t h = 0; h < found.heads(); ++h) {
            REQUIRE(expected[l][h].size() == found.directions());
            for (std::size_t k = 0; k < found.directions(); ++k)
                CHECK(static_cast<double>(found.singular_value(l, h, k)) ==
                      Approx(expected[l][h][k].get<double>()).epsilon(tolerance));
        }
}

template <class T>
void check_pairs(const sl::basic_factored_set<T>& ov, const nlohmann::json& expected, double tolerance) {
    const auto compositions = sl::v_composition(ov);
    REQUIRE(compositions.size() == expected["v_composition"].size());
    for (const auto& pair : compositions)
        CHECK(static_cast<double>(pair.score) ==
              Approx(expected["v_composition"].at(pair.source + "->" + pair.target).template get<double>())
                  .epsilon(tolerance));
    const auto cosines = sl::frobenius_cosine(ov);
    std::size_t compared = 0;
    for (std::size_t row = 0; row < cosines.values().size(); ++row) {
        const auto name = cosines.axes().label(row, "head") + " " + cosines.axes().label(row, "target_head");
        const auto& answers = expected["frobenius_cosine_ov"];
        if (!answers.contains(name)) continue;
        ++compared;
        CHECK(static_cast<double>(cosines.values()[row]) ==
              Approx(answers[name].template get<double>()).margin(tolerance));
    }
    CHECK(compared == expected["frobenius_cosine_ov"].size());
    const auto signs = sl::eigenvalue_signs(ov).score; // the answers call copying what is not: no vocabulary
    for (std::size_t row = 0; row < signs.values().size(); ++row)
        CHECK(static_cast<double>(signs.values()[row]) ==
              Approx(expected["copying_score"].at(signs.axes().label(row, "head")).template get<double>())
                  .margin(tolerance));
}

template <class T>
void check_model(const sl::basic_transformer_weights<T>& weights, const nlohmann::json& expected,
                 double tolerance) {
    const auto ov = sl::ov_circuits(weights);
    check_spectra(sl::singular_directions(ov), expected["ov_singular_values"], tolerance);
    check_spectra(sl::singular_directions(sl::qk_circuits(weights)), expected["qk_singular_values"],
                  tolerance);
    check_pairs(ov, expected, tolerance);
}

nlohmann::json read_json(const std::string& path) {
    std::ifstream in(path);
    REQUIRE(in);
    return nlohmann::json::parse(in);
}

} // namespace

TEST_CASE("the circuits of a trained decision transformer have the figures computed elsewhere") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) return;
    const std::string base = std::string(folder) + "/memory_gated_mlp";
    const auto raw = read_json(base + ".oracle.json");
    const auto folded = read_json(base + ".folded.oracle.json");
    const auto file = sl::open_safetensors(base + ".safetensors");
    const sl::transformer_weights weights(file);
    check_model(weights, raw, 1e-5);
    check_model(sl::fold_norms(weights), folded, 1e-5);
    const sl::basic_transformer_weights<double> precise(file);
    check_model(precise, raw, 1e-9);
    check_model(sl::fold_norms(precise), folded, 1e-9);
}
