#include "svdlens/circuit/head_sides.hpp"
#include "svdlens/circuit/circuits.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/model/architecture.hpp"
#include "svdlens/projection/projection.hpp"

using namespace svdlens;

TEST_CASE(
    "the sides of a model's heads are those of its OV and QK circuits, queries and keys called as such") {
    const auto model = svdlens_tests::make_random_model<float>({});
    const auto ov = singular_directions(ov_circuits(model));
    const auto sides = sides_of_heads(model, ov);
    CHECK(sides.left_out.empty());
    CHECK(sides.reading.name == "ov");
    REQUIRE(sides.query);
    REQUIRE(sides.key);
    const auto qk = singular_directions(qk_circuits(model));
    CHECK(sides.query->layers[1](2, 3) == qk.query().layers[1](2, 3));
    const auto label = [&](const vector_set& side) {
        const auto scores = project(side, model.embed());
        return scores.axes().title() + " " + scores.axes().label(0, "target");
    };
    CHECK(label(*sides.query) == "embed_to_qk_query L0H0.q0");
    CHECK(label(*sides.key) == "embed_to_qk_key L0H0.k0");
    CHECK(label(sides.reading) == "embed_to_ov L0H0.0");
}

TEST_CASE("queries and keys that meet in no matrix are said to be left out, and why") {
    auto model = svdlens_tests::make_random_model<float>({});
    model.rotary = rotary_embedding{.dimensions = 2};
    CHECK(attending_directions(model).left_out.find("at one distance only") != std::string::npos);
    const auto turned = attending_directions(model, 3);
    CHECK(turned.left_out.empty());
    CHECK(turned.qk->query().name == "qk_at_3_query");
    model.rotary.reset();
    CHECK(attending_directions(model, 3).qk->query().name ==
          "qk_query"); // an offset is for rotary models alone
    model.has_qk_norm = true;
    const auto refused = attending_directions(model);
    CHECK(!refused.qk);
    CHECK(refused.left_out.find("norm") != std::string::npos);
    CHECK(!sides_of_heads(singular_directions(ov_circuits(model)), refused).query);
}
