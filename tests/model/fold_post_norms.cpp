#include "svdlens/model/fold_post_norms.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "model/model_matrices.hpp"
#include "model/stored_as.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_model.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::normalization;

namespace {

/// A model whose norms stand before and behind attention and MLP.
sl::basic_transformer_weights<double> make_model(normalization kind) {
    auto model = make_random_model<double>({.norm = kind});
    const auto other = make_random_model<double>({.norm = kind, .seed = 5});
    model.norm_placement = sl::norm_placement::both;
    for (std::size_t l = 0; l < model.blocks.size(); ++l) {
        model.blocks[l].ln1_post = other.blocks[l].ln1;
        model.blocks[l].ln2_post = other.blocks[l].ln2;
    }
    return model;
}

/// What the norm makes of a vector, by its definition, times the scale that it divides by.
std::vector<double> normalised_less_scale(std::vector<double> x, const sl::basic_norm<double>& norm,
                                          bool centre) {
    double mean = 0;
    for (const double v : x) mean += centre ? v / static_cast<double>(x.size()) : 0;
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = (x[i] - mean) * norm.w[i];
    return x;
}

std::vector<double> values_of_row(const sl::basic_matrix<double>& W, std::size_t k) {
    std::vector<double> result;
    for (std::size_t j = 0; j < W.columns(); ++j) result.push_back(W(k, j));
    return result;
}

} // namespace

TEST_CASE("what heads and neurons write is what the norm behind them makes of it, but for its scale") {
    const auto kind = GENERATE(normalization::rms_norm, normalization::layer_norm);
    const auto model = make_model(kind);
    const auto result = sl::fold_post_norms(model);
    const bool centre = kind == normalization::layer_norm;
    for (std::size_t l = 0; l < 2; ++l) {
        const auto& before = model.blocks[l];
        const auto& after = result.blocks[l];
        for (std::size_t h = 0; h < 4; ++h)
            for (std::size_t k = 0; k < 3; ++k) {
                const auto expected = normalised_less_scale(values_of_row(before.attention.W_O[h], k),
                                                            *before.ln1_post, centre);
                for (std::size_t j = 0; j < 12; ++j)
                    CHECK(after.attention.W_O[h](k, j) == Approx(expected[j]).margin(1e-14));
            }
        const auto neuron =
            normalised_less_scale(values_of_row(before.mlp->W_out, 7), *before.ln2_post, centre);
        for (std::size_t j = 0; j < 12; ++j) CHECK(after.mlp->W_out(7, j) == Approx(neuron[j]).margin(1e-14));
        auto bias = normalised_less_scale(before.mlp->b_out, *before.ln2_post, centre);
        for (std::size_t j = 0; j < 12; ++j) {
            if (centre) bias[j] += before.ln2_post->b[j];
            CHECK(after.mlp->b_out[j] == Approx(bias[j]).margin(1e-14));
        }
        CHECK(!after.ln1_post);
        CHECK(!after.ln2_post);
    }
}

TEST_CASE("a model whose norms behind attention are folded says that it is approximate") {
    auto model = make_model(normalization::rms_norm);
    model.notes = {"norms behind attention and MLP left out (approximate)"}; // no longer true then
    const auto result = sl::fold_post_norms(sl::fold_norms(model));
    CHECK(result.norm_placement == sl::norm_placement::before);
    CHECK(result.provenance() == "random; norms folded (RMSNorm: not centred); norms behind attention and "
                                 "MLP folded into W_O and W_out, "
                                 "their per-token scale dropped (approximate)");
    CHECK(sl::fold_post_norms(result).processing == result.processing);
}

TEST_CASE("norms behind attention are folded before or after those before it, to the same weights") {
    const auto model = make_model(normalization::rms_norm);
    const auto one = sl::fold_post_norms(sl::fold_norms(model));
    const auto other = sl::fold_norms(sl::fold_post_norms(model));
    CHECK(values_of_row(one.blocks[1].attention.W_O[2], 1) ==
          values_of_row(other.blocks[1].attention.W_O[2], 1));
    CHECK(values_of_row(one.blocks[1].attention.W_V[2], 1) ==
          values_of_row(other.blocks[1].attention.W_V[2], 1));
}

TEST_CASE("a model without norms behind attention comes back as it was") {
    const auto model = make_random_model<float>({});
    const auto result = sl::fold_post_norms(model);
    CHECK(result.processing.empty());
    CHECK(result.blocks[0].attention.W_O[0].data() == model.blocks[0].attention.W_O[0].data());
}

TEST_CASE("a missing output bias stays missing unless the norm has one") {
    auto model = make_model(GENERATE(normalization::rms_norm, normalization::layer_norm));
    model.blocks[0].attention.b_O.clear();
    const auto expected = model.blocks[0].ln1_post->b;
    CHECK(sl::fold_post_norms(model).blocks[0].attention.b_O == expected);
}

TEST_CASE("norms behind each sum, and norms of another size, are refused") {
    auto model = make_model(normalization::rms_norm);
    SECTION("post-norm") {
        model.norm_placement = sl::norm_placement::after;
        CHECK(message_of([&] { sl::fold_post_norms(model); }).find("random: fold_post_norms: refused") == 0);
    }
    SECTION("size") {
        model.blocks[1].ln2_post->w.pop_back();
        CHECK(message_of([&] { sl::fold_post_norms(model); }) ==
              "random: layer 1 (ln2_post): expected a norm of 12 values, found 11");
    }
    CHECK_THROWS_AS(sl::fold_post_norms(model), sl::model_error);
}

TEST_CASE("any part of what writes before a folded norm is the same bits as those entries of the whole") {
    auto file = transformer_lens_checkpoint({.layers = 1, .heads = 2, .key_value_heads = 2, .d_head = 3});
    const bool is_layer_norm = GENERATE(true, false);
    for (const char* const bias : {"blocks.0.ln1.b", "blocks.0.ln2.b", "ln_final.b"})
        if (!is_layer_norm) file.erase(bias);
    sl::transformer_weights model(
        stored_as(with_random_values(file), GENERATE(sl::dtype::f32, sl::dtype::bf16)));
    model.norm_placement = sl::norm_placement::both;
    model.blocks[0].ln1_post = model.blocks[0].ln2;
    model.blocks[0].ln2_post = model.blocks[0].ln1;
    const auto result = sl::fold_post_norms(sl::fold_norms(model));
    for (const auto& W : {result.blocks[0].attention.W_O[1], result.blocks[0].mlp->W_out})
        CHECK(W.is_deferred());
    CHECK(differing_part(result) == "");
}
