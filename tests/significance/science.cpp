// The figures that another program has for a trained decision transformer: counts of rows by p, discoveries under
// both nulls and both kinds of weights, acausal rows beyond the same threshold, and the ten strongest rows.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <svdlens/circuit/circuits.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/io/safetensors.hpp>
#include <svdlens/model/fold_norms.hpp>
#include <svdlens/model/transformer_weights.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/significance/discoveries.hpp>
#include <svdlens/table/outside.hpp>

#include "support/catch.hpp"

namespace sl = svdlens;

using nlohmann::json;

namespace {

double oracle_number(const json& value) { return value.get<double>(); }

constexpr auto oracle_energy = sl::p_weights::energy;

const std::map<std::string, sl::null_model>& oracle_nulls() {
    static const std::map<std::string, sl::null_model> list{{"isotropic", sl::null_model::isotropic},
                                                            {"share", sl::null_model::share}};
    return list;
}

sl::score_kind oracle_kind(sl::null_model null) {
    return null == sl::null_model::share ? sl::score_kind::share : sl::score_kind::centered_cosine;
}

/// How many rows have a p of at most that.
template <class T>
double rows_below(const sl::basic_projection<T>& scores, double p) {
    const double least = sl::critical_score(std::log(p), static_cast<std::size_t>(scores.null_dimension()));
    return static_cast<double>(sl::outside<sl::magnitude>(scores, {.low = -1, .high = least}).size());
}

template <class T>
void check_counts(const sl::basic_projection<T>& rows, const json& expected) {
    CHECK(static_cast<double>(rows.max_rows()) == oracle_number(expected["rows"]));
    for (const auto& [name, null] : oracle_nulls()) {
        INFO(rows.axes().title() << " " << name);
        const json& of_null = expected[name];
        const auto scores = rows.with_score(oracle_kind(null));
        for (const auto& [p, count] : of_null["rows_p_below"].items())
            CHECK(std::abs(rows_below(scores, std::stod(p)) - oracle_number(count)) <= 2);
        for (const auto weights : {sl::p_weights::equal, oracle_energy})
            for (const double q : {0.05, 0.1}) {
                const std::string key = std::string(weights == oracle_energy ? "bh_s2_" : "bh_equal_") +
                                        (q == 0.05 ? "0.05" : "0.1");
                const auto found =
                    sl::discoveries(rows, {.q = q, .null = null, .weights = weights, .control_rows = 0});
                INFO(key << ": " << found.size() << ", expected " << of_null[key]["found"]);
                CHECK(std::abs(static_cast<double>(found.size()) - oracle_number(of_null[key]["found"])) <=
                      2);
                if (found.size() > 20)
                    CHECK(std::abs(found.log10_threshold -
                                   std::log10(oracle_number(of_null[key]["largest_p_over_w"]))) < 0.02);
            }
    }
}

/// The ten strongest under the share null, with its weights.
template <class T>
void check_strongest(const sl::basic_projection<T>& rows, const json& expected) {
    const auto found = sl::discoveries(rows, {.q = 0.999, .control_rows = 0});
    const auto weights = sl::test_of(rows.with_score(sl::score_kind::share)).weights;
    const auto shares = found.rows.values("share");
    const auto cosines = found.rows.values("cosine");
    const auto log10_p = found.rows.values("log10_p");
    const auto q = found.rows.values("q");
    for (std::size_t k = 0; k < expected.size(); ++k) {
        const json& row = expected[k];
        const auto at = found.rows.rows()[k];
        INFO(rows.axes().title() << " " << k << " " << row[0] << " -> " << row[1]);
        const bool read =
            found.rows.axes().label(at, "source").front() != 'L'; // by a direction, from a feature
        CHECK(found.rows.axes().label(at, read ? "target" : "source") == row[0].get<std::string>());
        CHECK(std::abs(cosines[k]) == Approx(std::abs(oracle_number(row[3]))).epsilon(1e-4));
        CHECK(std::abs(shares[k]) == Approx(std::abs(oracle_number(row[4]))).epsilon(1e-4));
        CHECK(log10_p[k] * std::numbers::ln10 == Approx(oracle_number(row[6])).margin(1e-3));
        CHECK(weights(at) / found.mean_weight == Approx(oracle_number(row[7])).epsilon(1e-4));
        CHECK(q[k] == Approx(oracle_number(row[8])).epsilon(1e-3));
    }
}

template <class T>
void check_section(const sl::basic_vector_set<T>& directions, const sl::basic_vector_set<T>& targets,
                   const json& expected) {
    const auto rows = sl::project(directions, targets);
    check_counts(rows, expected["causal"]);
    check_strongest(rows, expected["causal"]["top10_share_s2"]);
    if (!expected.contains("acausal")) return;
    // Between heads the page's acausal pairs are those of layer 1 alone.
    const bool one_layer = targets.name == directions.name;
    const auto acausal = one_layer ? sl::project(directions, targets,
                                                 {.only = {{"layer", {1}}, {"target_layer", {1}}},
                                                  .rows = sl::projected_rows::acausal})
                                   : rows.with_rows(sl::projected_rows::acausal);
    check_counts(acausal, expected["acausal"]);
    for (const auto& [name, null] : oracle_nulls()) {
        const auto found = sl::discoveries(rows, {.null = null});
        const auto control = sl::control_of(found, acausal, {.null = null});
        const double hits = oracle_number(expected["acausal"][name]["rows_beyond_causal_bh_s2_0.05"]);
        INFO(rows.axes().title() << " " << name << ", acausal rows: " << control.hits << ", expected "
                                 << hits);
        CHECK(control.rows == acausal.max_rows());
        CHECK(std::abs(static_cast<double>(control.hits) - hits) <= 2);
        REQUIRE(found.control.has_value());
        if (!one_layer) CHECK(found.control->hits == control.hits);
    }
}

template <class T>
void check_sections(const sl::basic_transformer_weights<T>& weights, const json& expected) {
    const auto heads = sl::singular_directions(sl::ov_circuits(weights));
    check_section(heads.writing(), weights.mlp_in(), expected["ov_to_mlp_in"]);
    check_section(heads.writing(), weights.mlp_gate(), expected["ov_to_mlp_gate"]);
    check_section(heads.writing(), weights.unembed(), expected["ov_to_unembed"]);
    check_section(heads.reading(), weights.embed(), expected["embed_to_ov"]);
    check_section(heads.writing(), heads.reading(), expected["ov_to_ov_v"]);
}

json read_oracle(const std::string& path) {
    std::ifstream in(path);
    REQUIRE(in);
    return json::parse(in);
}

} // namespace

TEST_CASE("a trained decision transformer has the discoveries computed elsewhere") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) return;
    const std::string base = std::string(folder) + "/memory_gated_mlp";
    const sl::transformer_weights weights(sl::open_safetensors(base + ".safetensors"));
    check_sections(weights, read_oracle(base + ".science.json"));
    check_sections(sl::fold_norms(weights), read_oracle(base + ".folded.science.json"));
}
