#include "support/catch.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <svdlens/circuit/circuits.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/io/safetensors.hpp>
#include <svdlens/model/fold_norms.hpp>
#include <svdlens/model/transformer_weights.hpp>

#include "planted_model.hpp"
#include "program/planted_recovery.hpp"
#include "program/sections.hpp"
#include "support/sample_size.hpp"
#include "support/temporary_directory.hpp"

namespace sl = svdlens;

namespace {

struct analysed {
    planted::model truth;
    sl::transformer_weights raw;
};

/// Makes a model, writes it as a file and reads it back.
analysed make(std::uint64_t seed, double strength = 3.0) {
    const svdlens_tests::temporary_directory folder;
    auto truth = planted::make({.seed = seed, .strength = strength});
    planted::write(truth, folder / "model.safetensors");
    return {std::move(truth), sl::transformer_weights(sl::open_safetensors(folder / "model.safetensors"))};
}

planted::recovery recover(const planted::model& truth, const sl::transformer_weights& weights,
                          sl::vector_set reading, sl::vector_set writing, sl::score_kind score) {
    const auto features = program::default_features(weights.embed());
    std::vector<std::string> left_out;
    const auto sections =
        program::make_sections({{reading, std::move(writing)}, weights, score, features}, left_out);
    return planted::recover(truth, sections, reading, 0.01);
}

planted::recovery recover(const planted::model& truth, const sl::transformer_weights& weights,
                          sl::score_kind score) {
    const auto ov = sl::singular_directions(sl::ov_circuits(weights));
    return recover(truth, weights, ov.reading(), ov.writing(), score);
}

} // namespace

TEST_CASE("a planted circuit is found on every seed, and not where it is not") {
    using enum sl::score_kind;
    const auto seeds = svdlens_tests::sample_size("SVDLENS_PLANTED_SEEDS", 4);
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        INFO("seed " << seed);
        const auto model = make(seed);
        const auto folded = sl::fold_norms(model.raw);
        for (const auto score : {dot, cosine, scaled}) {
            const auto found = recover(model.truth, folded, score);
            INFO(std::string(sl::to_text(score)));
            REQUIRE(found.edges.size() == 22);
            CHECK(found.recall() == 1.0);
            if (score == cosine) CHECK(found.r_precision() >= 0.95);
        }

        CHECK(recover(model.truth, model.raw, dot).recall() <= 0.9);

        const auto ov = sl::singular_directions(sl::ov_circuits(folded));
        auto reading = ov.reading();
        auto writing = ov.writing();
        std::swap(reading.layers, writing.layers);
        CHECK(recover(model.truth, folded, reading, writing, dot).recall() <= 0.3);

        const auto weak = make(seed, 0);
        CHECK(recover(weak.truth, sl::fold_norms(weak.raw), dot).recall() <= 0.15);
    }
}

TEST_CASE("what is planted is orthonormal, of zero mean, and has the singular values it was given") {
    const auto model = make(3);
    const auto& directions = model.truth.directions;
    for (std::size_t i = 0; i < directions.size(); ++i) {
        CHECK(directions[i].a.norm() == Approx(1));
        CHECK(std::abs(directions[i].a.sum()) < 1e-12);
        for (std::size_t j = 0; j < directions.size(); ++j) {
            CHECK(std::abs(directions[i].b.dot(directions[j].b) - (i == j ? 1.0 : 0.0)) < 1e-12);
            const double expected = i == j ? 1 : 0;
            CHECK(std::abs(directions[i].a.dot(directions[j].a) - expected) < 1e-12);
        }
    }
    CHECK(directions[3].a.dot(directions[0].b) == Approx(0.6)); // L1H2 reads what L0H1 writes
    const auto ov = sl::singular_directions(sl::ov_circuits(sl::fold_norms(model.raw)));
    CHECK(ov.singular_value(0, 3, 0) == Approx(3).epsilon(0.15));
    CHECK(ov.singular_value(0, 3, 1) == Approx(2.4).epsilon(0.15));
    CHECK(ov.singular_value(2, 3, 0) < 2.2);
}

TEST_CASE("the same seed gives the same model") {
    const auto once = planted::make({.seed = 5}), again = planted::make({.seed = 5}),
               other = planted::make({.seed = 6});
    REQUIRE(once.matrices.size() == again.matrices.size());
    for (std::size_t k = 0; k < once.matrices.size(); ++k)
        CHECK(once.matrices[k].second == again.matrices[k].second);
    CHECK(once.matrices[0].second != other.matrices[0].second);
}
