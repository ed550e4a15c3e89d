// Cosines, shares and weights of a trained model's edges against answers computed elsewhere in double. Runs where
// SVDLENS_DATA names the folder that holds the model and the answers.
#include <cctype>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/projection/projection.hpp"
#include "svdlens/table/store.hpp"

namespace sl = svdlens;

namespace {

nlohmann::json science_json(const std::string& path) {
    std::ifstream in(path);
    REQUIRE(in);
    return nlohmann::json::parse(in);
}

/// The numbers in a label: those of `L0H3.17` are 0, 3, 17.
std::vector<std::uint64_t> numbers_in(const std::string& label) {
    std::vector<std::uint64_t> numbers;
    for (std::size_t k = 0; k < label.size(); ++k) {
        if (std::isdigit(static_cast<unsigned char>(label[k])) == 0) continue;
        std::size_t length = 0;
        numbers.push_back(std::stoull(label.substr(k), &length));
        k += length - 1;
    }
    return numbers;
}

/// The row of a direction and a target, in the order of a table's axes.
template <class T>
sl::row_number row_of(const sl::basic_projection<T>& scores, const std::string& direction,
                      const std::string& target) {
    auto index = numbers_in(direction), rest = numbers_in(target);
    if (scores.axes()[0].name == "target_layer") {
        index.insert(index.begin(), rest.front());
        rest.erase(rest.begin());
    }
    index.insert(index.end(), rest.begin(), rest.end());
    return scores.axes().row(index);
}

/// The answers have the signs of other singular vectors: only magnitudes are compared, and that all kinds of
/// score have one sign.
template <class T>
void check_strongest(const sl::basic_projection<T>& scores, const nlohmann::json& answers, double margin) {
    const auto size = [](const nlohmann::json& x) { return std::abs(x.get<double>()); };
    const auto shares = sl::store(scores.with_score(sl::score_kind::share));
    const auto cosines = sl::store(scores.with_score(sl::score_kind::centered_cosine));
    const double mean_weight = scores.total_weight() / static_cast<double>(scores.max_rows());
    CHECK(scores.max_rows() == answers["rows"].get<std::uint64_t>());
    for (const auto& answer : answers["top10_share_s2"]) {
        INFO(answer.dump());
        const auto row = row_of(scores, answer[0], answer[1]);
        const auto parts = scores.with_score(sl::score_kind::share).parts(row);
        CHECK(std::abs(parts.dot) == Approx(size(answer[2])).margin(10 * margin));
        CHECK(std::abs(parts.centered_cosine) == Approx(size(answer[3])).margin(margin));
        CHECK(std::abs(*parts.share) == Approx(size(answer[4])).margin(margin));
        CHECK(std::signbit(parts.dot) == std::signbit(*parts.share));
        CHECK(std::signbit(answer[2].get<double>()) == std::signbit(answer[4].get<double>()));
        CHECK(std::abs(static_cast<double>(*shares.find(row))) == Approx(size(answer[4])).margin(margin));
        CHECK(scores.weight(row) / mean_weight == Approx(answer[7].get<double>()).epsilon(1e-4));
    }
    for (const auto& answer : answers["top10_cosine"]) {
        INFO(answer.dump());
        const auto row = row_of(scores, answer[0], answer[1]);
        CHECK(std::abs(static_cast<double>(*cosines.find(row))) == Approx(size(answer[2])).margin(margin));
    }
}

template <class T>
void check_sections(const sl::basic_transformer_weights<T>& weights, const nlohmann::json& answers,
                    double margin) {
    const auto heads = sl::singular_directions(sl::ov_circuits(weights));
    const auto& model = answers["model"];
    const auto check = [&](const std::string& name, const sl::basic_vector_set<T>& directions,
                           const sl::basic_vector_set<T>& targets) {
        INFO(name);
        const auto scores = sl::project(directions, targets);
        check_strongest(scores, answers[name]["causal"], margin);
        CHECK(scores.with_score(sl::score_kind::centered_cosine).null_dimension() ==
              model["null_dimension"].template get<std::uint64_t>());
        CHECK(scores.with_score(sl::score_kind::share).null_dimension() == 2 * 4 * 32);
    };
    check("ov_to_mlp_in", heads.writing(), weights.mlp_in());
    check("ov_to_mlp_gate", heads.writing(), weights.mlp_gate());
    check("ov_to_unembed", heads.writing(), weights.unembed());
    check("embed_to_ov", heads.reading(), sl::normalized(weights.embed()));
    check("ov_to_ov_v", heads.writing(), heads.reading());
    const auto acausal = [&](const sl::basic_vector_set<T>& targets, sl::projection_restriction only) {
        return sl::project(heads.writing(), targets,
                           {.only = std::move(only), .rows = sl::projected_rows::acausal})
            .max_rows();
    };
    CHECK(acausal(weights.mlp_in(), {}) == answers["ov_to_mlp_in"]["acausal"]["rows"]);
    // The answers' rows are those of a later layer's heads on an earlier one's; these also have a layer's on itself.
    CHECK(acausal(heads.reading(), {{"layer", {1}}, {"target_layer", {0}}}) ==
          answers["ov_to_ov_v"]["acausal"]["rows"]);
    CHECK(acausal(weights.unembed(), {}) == 0);
}

} // namespace

TEST_CASE(
    "cosines in the readers' space, shares and weights of a trained model are those computed elsewhere") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) return;
    const std::string base = std::string(folder) + "/memory_gated_mlp";
    const auto raw = science_json(base + ".science.json");
    const auto folded = science_json(base + ".folded.science.json");
    const auto file = sl::open_safetensors(base + ".safetensors");
    const sl::transformer_weights weights(file);
    check_sections(weights, raw, 5e-6);
    check_sections(sl::fold_norms(weights), folded, 5e-6);
    const sl::basic_transformer_weights<double> precise(file);
    check_sections(precise, raw, 1e-9);
    check_sections(sl::fold_norms(precise), folded, 1e-9);
}
