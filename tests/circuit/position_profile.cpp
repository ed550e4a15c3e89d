#include "svdlens/circuit/position_profile.hpp"

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "circuit/made_induction.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_model.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;

namespace {

template <class T>
void check_profile_oracle(const sl::basic_transformer_weights<T>& weights, const std::string& path,
                          double tolerance) {
    std::ifstream in(path);
    REQUIRE(in);
    const auto expected = nlohmann::json::parse(in)["position_profile"];
    const auto found = sl::position_profile(weights, {.offsets = 6});
    REQUIRE(expected.size() == 4); // those of the first layer
    for (std::size_t row = 0; row < 24; ++row) {
        const auto& head = expected.at(found.attention.axes().label(row, "head"));
        CHECK(static_cast<double>(found.attention.score_at(row)) ==
              Approx(head["attention_at_offset"][row % 6].template get<double>()).epsilon(tolerance));
        CHECK(static_cast<double>(found.score.score_at(row)) ==
              Approx(head["mean_score_at_offset"][row % 6].template get<double>()).margin(tolerance));
    }
}

} // namespace

TEST_CASE("a previous-token head by its positions has its attention at offset 1") {
    const auto found = sl::position_profile(svdlens_tests::made_induction({}).weights<float>());
    CHECK(found.attention.axes().title() == "position_attention");
    CHECK(found.score.axes().title() == "position_score");
    for (std::size_t head = 0; head < 3; ++head) {
        const float at_one = found.attention.score_at(head * 8 + 1);
        CHECK((head == 1 ? at_one > 0.999F : at_one < 0.2F));
    }
}

TEST_CASE("models without learned positions have no profile, and the reason is said") {
    auto model = svdlens_tests::make_random_model<float>({});
    CHECK(message_of([&] {
              sl::position_profile(model);
          }).find("nothing says what scores are multiplied by") != std::string::npos);
    model.attention_scale = 1;
    CHECK(sl::position_profile(model, {.offsets = 100}).attention.size() == 128);
    model.has_rotary = true;
    CHECK(message_of([&] { sl::position_profile(model); })
              .find("random: position_profile: refused, because its "
                    "positions are rotations") == 0);
    model.has_rotary = false;
    model.has_qk_norm = true;
    CHECK_THROWS_AS(sl::position_profile(model), sl::model_error);
    model.has_qk_norm = false;
    model.W_pos = {};
    CHECK_THROWS_AS(sl::position_profile(model), sl::model_error);
}

TEST_CASE("the position profile of a trained decision transformer is the one computed elsewhere") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) return;
    const std::string base = std::string(folder) + "/memory_gated_mlp";
    const auto file = sl::open_safetensors(base + ".safetensors");
    const sl::transformer_weights weights(file);
    check_profile_oracle(weights, base + ".science.json", 1e-6);
    check_profile_oracle(sl::fold_norms(weights), base + ".folded.science.json", 1e-6);
    const sl::basic_transformer_weights<double> precise(file);
    check_profile_oracle(precise, base + ".science.json", 1e-10);
    check_profile_oracle(sl::fold_norms(precise), base + ".folded.science.json", 1e-10);
}
