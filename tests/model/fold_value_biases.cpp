#include "svdlens/model/fold_value_biases.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/naive_transformer.hpp"
#include "support/random_model.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::normalization;

TEST_CASE("folding value biases leaves what a model computes unchanged") {
    random_model_options options;
    options.norm = GENERATE(normalization::layer_norm, normalization::rms_norm, normalization::none);
    options.key_value_heads = GENERATE(std::size_t{4}, std::size_t{2}, std::size_t{1});
    auto model = make_random_model<double>(options);
    SECTION("with norms before attention and MLP") {}
    SECTION("without an output bias") {
        for (auto& block : model.blocks) block.attention.b_O.clear();
    }
    SECTION("with norms behind each sum") { model.norm_placement = sl::norm_placement::after; }
    const auto result = sl::fold_value_biases(model);
    CHECK(output_change(model, result) < 1e-13);
    CHECK(result.blocks[0].attention.b_V.empty());
    CHECK(result.blocks[1].attention.b_O.size() == 12);
    CHECK(result.blocks[1].attention.W_O[1].data() == model.blocks[1].attention.W_O[1].data());
    CHECK(result.provenance() == "random; value biases folded into b_O");
    auto dropped = model; // value biases matter
    for (auto& block : dropped.blocks) block.attention.b_V.clear();
    CHECK(output_change(model, dropped) > 1e-3);
}

TEST_CASE("the output bias has the values of the formula") {
    sl::transformer_weights model;
    auto& attention = model.blocks.emplace_back().attention;
    attention.W_O = {sl::matrix({1, 2}, 1, 2), sl::matrix({3, 4}, 1, 2), sl::matrix({5, 6}, 1, 2),
                     sl::matrix({7, 8}, 1, 2)};
    attention.b_V = {{10}, {100}}; // heads 0 and 1 share the first
    attention.b_O = {0.5, 0.25};
    const auto result = sl::fold_value_biases(model);
    CHECK(result.blocks[0].attention.b_O == std::vector<float>{0.5F + 40 + 1200, 0.25F + 60 + 1400});
}

TEST_CASE("value biases that a norm's bias makes are folded after it") {
    auto model = make_random_model<double>({});
    for (auto& block : model.blocks) block.attention.b_V.clear();
    CHECK(sl::fold_value_biases(model).processing.empty()); // nothing to do
    const auto folded = sl::fold_value_biases(sl::fold_norms(model));
    CHECK(folded.blocks[0].attention.b_V.empty());
    CHECK(folded.processing.size() == 2);
    CHECK(output_change(model, folded) < 1e-13);
    SECTION("or before and after") {
        const auto twice =
            sl::fold_value_biases(sl::fold_norms(sl::fold_value_biases(make_random_model<double>({}))));
        CHECK(twice.processing.size() == 2);
        CHECK(output_change(make_random_model<double>({}), twice) < 1e-13);
    }
}

TEST_CASE("value biases that do not fit are refused by layer") {
    auto model = make_random_model<float>({});
    const auto message = [&] { return message_of([&] { sl::fold_value_biases(model); }); };
    SECTION("their number") {
        model.blocks[1].attention.b_V.pop_back();
        CHECK(message() ==
              "random: layer 1: expected value biases of a number of heads that divides the 4 heads "
              "of W_O, found 3");
    }
    SECTION("their size") {
        model.blocks[1].attention.b_V[2].pop_back();
        CHECK(message() == "random: layer 1: expected b_V of 3 values, found 2");
    }
    SECTION("the output bias") {
        model.blocks[0].attention.b_O.pop_back();
        CHECK(message() == "random: layer 0: expected b_O of 12 values, found 11");
    }
    CHECK_THROWS_AS(sl::fold_value_biases(model), sl::model_error);
}

TEST_CASE("value biases are folded to the same bits by any number of threads") {
    const auto model = make_random_model<float>({.layers = 7});
    const auto one = sl::fold_value_biases(model, {.threads = 1});
    const auto many = sl::fold_value_biases(model, {.threads = GENERATE(2U, 5U)});
    for (std::size_t l = 0; l < 7; ++l) CHECK(one.blocks[l].attention.b_O == many.blocks[l].attention.b_O);
}
