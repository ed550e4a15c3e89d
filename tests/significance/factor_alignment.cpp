#include "svdlens/significance/factor_alignment.hpp"

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;

namespace {

template <class T>
void check_heads_oracle(const sl::basic_transformer_weights<T>& weights, const std::string& path,
                        double tolerance) {
    std::ifstream in(path);
    REQUIRE(in);
    const auto expected = nlohmann::json::parse(in);
    const auto set = sl::ov_circuits(weights);
    const auto heads = sl::head_spectra(set, sl::singular_directions(set));
    REQUIRE(heads.size() == expected["heads"].size());
    const auto law = sl::product_law_of(128, 32);
    CHECK(law.upper == Approx(expected["product_law"]["upper"].template get<double>()).epsilon(1e-12));
    for (const auto& head : heads) {
        const auto& answer = expected["heads"].at(head.head);
        const auto number = [&](const char* name) { return answer[name].template get<double>(); };
        CHECK(head.ranks.stable == Approx(number("stable_rank")).epsilon(tolerance));
        CHECK(head.ranks.participation == Approx(number("participation_ratio")).epsilon(tolerance));
        CHECK(head.ranks.entropy == Approx(number("entropy_rank")).epsilon(tolerance));
        CHECK(head.ranks.entropy_of_values == Approx(number("entropy_rank_of_s")).epsilon(tolerance));
        CHECK(head.beyond_edge == answer["directions_above_product_edge"].template get<std::size_t>());
        CHECK(head.largest / head.product_edge == Approx(number("s0_over_edge")).epsilon(tolerance));
        const auto alignment = sl::alignment_of(head);
        CHECK(alignment.share == Approx(number("alignment_in_head")).epsilon(tolerance));
        CHECK(alignment.z == Approx(number("alignment_z")).epsilon(1e-4));
        CHECK(alignment.log_p < -20);
    }
}

} // namespace

TEST_CASE("the heads of a trained decision transformer have the spectra computed elsewhere") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) return;
    const std::string base = std::string(folder) + "/memory_gated_mlp";
    const auto file = sl::open_safetensors(base + ".safetensors");
    const sl::transformer_weights weights(file);
    check_heads_oracle(weights, base + ".science.json", 1e-5);
    check_heads_oracle(sl::fold_norms(weights), base + ".folded.science.json", 1e-5);
    const sl::basic_transformer_weights<double> precise(file);
    check_heads_oracle(precise, base + ".science.json", 1e-9);
    check_heads_oracle(sl::fold_norms(precise), base + ".folded.science.json", 1e-9);
}

TEST_CASE("factors of random weights are aligned by chance alone") {
    double sum = 0, squares = 0;
    std::size_t heads = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const auto set =
            sl::ov_circuits(svdlens_tests::make_random_model<float>({.heads = 10,
                                                                     .key_value_heads = 10,
                                                                     .d_model = 64,
                                                                     .d_head = 16,
                                                                     .mlp = svdlens_tests::mlp_kind::none,
                                                                     .seed = seed}));
        for (const auto& head : sl::head_spectra(set, sl::singular_directions(set))) {
            const auto found = sl::alignment_of(head);
            CHECK(found.log_p > -12);
            sum += found.z;
            squares += found.z * found.z;
            ++heads;
        }
    }
    const double n = static_cast<double>(heads), mean = sum / n;
    CHECK(std::abs(mean) < 3 / std::sqrt(n));
    CHECK(std::sqrt(squares / n - mean * mean) == Approx(1).margin(0.2));
    CHECK(sl::alignment_of({}).z == 0);
}
