#include "support/catch.hpp"

#include <cstddef>

#include "support/plain_matrix.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/ov_circuits.hpp"

namespace sl = svdlens;
using svdlens_tests::make_random_model;

TEST_CASE("an OV circuit is W_V and W_O of its head, viewed and not copied") {
    const auto model = make_random_model({.layers = 3});
    const auto ov = sl::ov_circuits(model);
    CHECK(ov.name == "ov");
    CHECK(ov.layers() == 3);
    CHECK(ov.heads() == 4);
    REQUIRE(ov.matrices.size() == 12);
    for (std::size_t l = 0; l < 3; ++l)
        for (std::size_t h = 0; h < 4; ++h) {
            CHECK(ov(l, h).a.data() == model.blocks[l].attention.W_V[h].data());
            CHECK(ov(l, h).b.data() == model.blocks[l].attention.W_O[h].data());
            CHECK(ov(l, h).a.columns() == ov(l, h).b.rows());
        }
    CHECK(ov(2, 1).a_name == "blocks.2.attn.W_V");
    CHECK(ov(2, 1).b_name == "blocks.2.attn.W_O");
    CHECK(ov.file == "random");
    CHECK(ov.provenance == model.provenance());
}

TEST_CASE("OV circuits read at the attention's input and write at its output") {
    const auto ov = sl::ov_circuits(make_random_model({}));
    CHECK(ov.left.flow == sl::flow::reads);
    CHECK(ov.right.flow == sl::flow::writes);
    CHECK(ov.left.at(1) == 4);
    CHECK(ov.right.at(0) > ov.left.at(0));
    CHECK(ov.right.at(0) < ov.left.at(1));
}

TEST_CASE("heads of a grouped-query model share value heads") {
    const auto model = make_random_model({.heads = 6, .key_value_heads = 2});
    const auto ov = sl::ov_circuits(model);
    for (std::size_t h = 0; h < 6; ++h)
        CHECK(ov(1, h).a.data() == model.blocks[1].attention.W_V[h / 3].data());
    CHECK(ov(1, 5).b.data() == model.blocks[1].attention.W_O[5].data());
}

TEST_CASE("missing heads and head counts that do not divide are refused") {
    auto model = make_random_model({});
    model.blocks[1].attention.W_O.pop_back();
    REQUIRE_THROWS_AS(sl::ov_circuits(model), sl::model_error);
    model = make_random_model({});
    model.blocks[0].attention.W_V.clear();
    REQUIRE_THROWS_AS(sl::ov_circuits(model), sl::model_error);
    model = make_random_model({});
    model.sizes.n_key_value_heads = 3;
    REQUIRE_THROWS_AS(sl::ov_circuits(model), sl::model_error);
    model.sizes.n_key_value_heads = 0;
    REQUIRE_THROWS_AS(sl::ov_circuits(model), sl::model_error);
}

TEST_CASE("a model without layers has no circuits") {
    CHECK(sl::ov_circuits(sl::transformer_weights()).matrices.empty());
}
