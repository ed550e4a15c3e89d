#include "svdlens/model/center_weights.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "model/model_matrices.hpp"
#include "model/stored_as.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/naive_transformer.hpp"
#include "support/random_model.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/fold_post_norms.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::normalization;

namespace {

const std::vector<std::size_t> tokens = {3, 1, 8, 0, 5, 2};

/// The largest mean of a row.
double largest_row_mean(const sl::matrix& W) {
    double largest = 0;
    for (std::size_t i = 0; i < W.rows(); ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < W.columns(); ++j) sum += static_cast<double>(W(i, j));
        largest = std::max(largest, std::abs(sum) / static_cast<double>(W.columns()));
    }
    return largest;
}

double mean(const std::vector<float>& values) {
    return largest_row_mean(sl::matrix(values, 1, values.size()));
}

sl::transformer_weights make_decision_transformer() {
    auto model = make_random_model({.predictors = 2});
    sl::named_matrix embedding;
    embedding.name = "state_embedding.weight";
    embedding.vectors = random_model<float>({}).matrix(5, 12);
    embedding.flow = sl::flow::writes;
    embedding.bias = random_model<float>({}).vector(12, 1);
    model.extras.push_back(embedding);
    return model;
}

/// All sets of a model, those of mixtures too.
std::vector<sl::vector_set> all_sets(const sl::transformer_weights& model) {
    auto sets = model.mlp_readers();
    for (auto& each : model.mlp_writers()) sets.push_back(std::move(each));
    sets.push_back(model.embed());
    sets.push_back(model.unembed());
    for (const auto& extra : model.extras) sets.push_back(model.vectors(extra.name));
    for (const auto& added : model.added) sets.push_back(model.vectors(added));
    return sets;
}

sl::transformer_weights make_mixed_model(normalization norm) {
    auto model = make_random_model({.norm = norm});
    random_model<float> random({.seed = 9});
    auto& mixture = model.blocks[1].mixture.emplace();
    mixture.n_experts = 2;
    mixture.experts.W_in = random.matrix(12, 8);
    mixture.experts.W_gate = random.matrix(12, 8);
    mixture.experts.W_out = random.matrix(8, 12);
    mixture.W_router = random.matrix(12, 2);
    model.blocks[1].mlp.reset();
    const auto decision = make_decision_transformer();
    for (const auto& extra : decision.extras) model.extras.push_back(extra);
    model.extras.back().name = "written";
    model.extras.push_back(model.extras.back());
    model.extras.back().name = "neither";
    model.extras.back().flow = sl::flow::none;
    return model;
}

} // namespace

TEST_CASE("sets say whether means were taken out of them, and have none where they say so") {
    using enum sl::norm_placement;
    auto model = make_mixed_model(GENERATE(normalization::layer_norm, normalization::layer_norm_folded,
                                           normalization::rms_norm, normalization::rms_norm_folded,
                                           normalization::none));
    model.norm_placement = GENERATE(before, both, written);
    const bool is_layer_norm = sl::detail::is_layer_norm(model.normalization);
    for (const bool folded : {false, true})
        for (const bool centred : {false, true}) {
            if (centred && (!is_layer_norm || model.norm_placement != before)) continue;
            auto weights = folded ? sl::fold_norms(model) : model;
            if (centred) weights = sl::center_writing_weights(weights);
            std::size_t marked = 0;
            for (const auto& set : all_sets(weights)) {
                INFO(set.name << " of " << set.provenance);
                marked += set.centered ? 1 : 0;
                if (set.port.flow == sl::flow::writes) CHECK(set.centered == centred);
                for (const auto& layer : set.layers)
                    if (layer.rows() != 0) CHECK((largest_row_mean(layer) < 1e-6) == set.centered);
                CHECK(sl::normalized(set).centered == set.centered);
            }
            const std::size_t readers = !folded || !is_layer_norm         ? 0
                                        : model.norm_placement == written ? 3
                                                                          : 8;
            CHECK(marked == readers + (centred ? 4 : 0));
        }
}

TEST_CASE("centring what writes leaves what a LayerNorm model computes unchanged") {
    random_model_options options;
    options.norm = GENERATE(normalization::layer_norm, normalization::layer_norm_folded);
    options.mlp = GENERATE(mlp_kind::none, mlp_kind::plain, mlp_kind::gated);
    options.order = GENERATE(sl::block_order::sequential, sl::block_order::parallel);
    SECTION("with d_mlp of its own") {}
    SECTION("with d_mlp = d_model = d_head") { options.d_mlp = options.d_head = options.d_model; }
    SECTION("with predictors in place of an unembedding") { options.predictors = 3; }
    const auto model = make_random_model<float>(options);
    CHECK(output_change(model, sl::center_writing_weights(model)) < 1e-5);
    const auto exact = make_random_model<double>(options);
    CHECK(output_change(exact, sl::center_writing_weights(exact)) < 1e-13);
}

TEST_CASE("every vector that is written has no mean afterwards") {
    const auto model = make_decision_transformer();
    const auto result = sl::center_writing_weights(model);
    CHECK(largest_row_mean(model.W_E) > 1e-2);
    CHECK(largest_row_mean(result.W_E) < 1e-7);
    CHECK(largest_row_mean(result.W_pos) < 1e-7);
    for (const auto& block : result.blocks) {
        for (const auto& W_O : block.attention.W_O) CHECK(largest_row_mean(W_O) < 1e-7);
        CHECK(mean(block.attention.b_O) < 1e-7);
        CHECK(largest_row_mean(block.mlp->W_out) < 1e-7);
        CHECK(mean(block.mlp->b_out) < 1e-7);
    }
    CHECK(largest_row_mean(result.extras[2].vectors) < 1e-7);
    CHECK(mean(result.extras[2].bias) < 1e-7);
    CHECK(result.extras[0].vectors.data() == model.extras[0].vectors.data()); // it reads
    CHECK(result.blocks[0].attention.W_V[0].data() == model.blocks[0].attention.W_V[0].data());
    CHECK(largest_row_mean(model.blocks[0].mlp->W_out) > 1e-2); // the input keeps its values
    CHECK(result.provenance() == "random; writing weights centred");
}

TEST_CASE("a centred matrix has the values of the formula, however it lies in memory") {
    sl::transformer_weights model;
    model.normalization = normalization::layer_norm;
    SECTION("row by row") { model.W_E = sl::matrix({1, 2, 6, 4, 4, 4}, 2, 3); }
    SECTION("column by column") { model.W_E = sl::matrix({1, 4, 2, 4, 6, 4}, 3, 2).transposed(); }
    const auto W = sl::center_writing_weights(model).W_E;
    REQUIRE(W.rows() == 2);
    CHECK(std::vector<float>{W(0, 0), W(0, 1), W(0, 2)} == std::vector<float>{-2, -1, 3});
    CHECK(std::vector<float>{W(1, 0), W(1, 1), W(1, 2)} == std::vector<float>{0, 0, 0});
}

TEST_CASE("centring what writes is refused where a written mean is read") {
    random_model_options options;
    std::string reason;
    SECTION("RMSNorm") {
        options.norm = GENERATE(normalization::rms_norm, normalization::rms_norm_folded);
        reason =
            "RMSNorm keeps the mean of the residual stream, so that a mean that is written is read; leave "
            "what writes as it is";
    }
    SECTION("no norms") {
        options.norm = normalization::none;
        reason = "no norm takes the mean out of the residual stream, so that a mean that is written is read; "
                 "leave what writes as it is";
    }
    const auto model = make_random_model<float>(options);
    CHECK_THROWS_AS(sl::center_writing_weights(model), sl::model_error);
    CHECK(message_of([&] { sl::center_writing_weights(model); }) ==
          "random: center_writing_weights: refused, because " + reason);
    auto forced = model; // and rightly so
    forced.W_E = sl::detail::centred_rows(forced.W_E);
    CHECK(output_change(model, forced) > 1e-3);
}

TEST_CASE("centring what writes is refused for norms behind attention, MLP or sums") {
    auto model = make_random_model<float>({});
    model.norm_placement = GENERATE(sl::norm_placement::after, sl::norm_placement::both);
    CHECK_THROWS_AS(sl::center_writing_weights(model), sl::model_error);
}

TEST_CASE("centring the unembedding shifts logits and keeps log-probabilities") {
    random_model_options options;
    options.norm = GENERATE(normalization::layer_norm, normalization::rms_norm, normalization::none,
                            normalization::rms_norm_folded);
    const auto model = make_random_model<double>(options);
    const auto result = sl::center_unembed(model);
    const auto before = run_naively(model, tokens, activation::gelu);
    const auto after = run_naively(result, tokens, activation::gelu);
    CHECK(relative_difference(before, after) > 1e-3);
    CHECK(relative_difference(log_softmax(before), log_softmax(after)) < 1e-13);
    for (const auto& logits : after) {
        double sum = 0;
        for (const double logit : logits) sum += logit;
        CHECK(std::abs(sum) < 1e-12);
    }
    CHECK(result.provenance() == "random; unembedding centred over the vocabulary");
    CHECK(result.W_E.data() == model.W_E.data());
}

TEST_CASE("an unembedding without bias stays without") {
    auto model = make_random_model<float>({});
    model.b_U.clear();
    CHECK(sl::center_unembed(model).b_U.empty());
}

TEST_CASE("the unembedding is not centred where it is none, or its logits may be capped") {
    auto model = make_random_model<float>({.predictors = 2});
    CHECK(message_of([&] { sl::center_unembed(model); }) ==
          "random: center_unembed: refused, because it has no unembedding over a vocabulary, and the values "
          "that "
          "predictors of actions, states and rewards give count as they are; leave them as they are");
    auto gemma = make_random_model<float>({.norm = normalization::rms_norm});
    gemma.norm_placement = sl::norm_placement::both;
    CHECK_THROWS_AS(sl::center_unembed(gemma), sl::model_error);
    CHECK(message_of([&] { sl::center_unembed(gemma); }).find("tanh") != std::string::npos);
    gemma = sl::fold_post_norms(gemma); // the cap stays
    CHECK(gemma.norm_placement == sl::norm_placement::before);
    CHECK_THROWS_AS(sl::center_unembed(gemma), sl::model_error);
}

TEST_CASE("predictors beside an unembedding are left as they are") {
    auto model = make_random_model<float>({});
    model.extras = make_decision_transformer().extras;
    const auto result = sl::center_unembed(model);
    for (std::size_t k = 0; k < model.extras.size(); ++k) {
        CHECK(result.extras[k].vectors.data() == model.extras[k].vectors.data());
        CHECK(result.extras[k].bias == model.extras[k].bias);
    }
}

TEST_CASE("centring twice is centring once") {
    const auto model = make_random_model<float>({});
    const auto once = sl::center_unembed(sl::center_writing_weights(model));
    const auto twice = sl::center_unembed(sl::center_writing_weights(once));
    CHECK(once.processing.size() == 2);
    CHECK(twice.processing == once.processing);
    CHECK(twice.W_U.data() == once.W_U.data());
    CHECK(twice.W_E.data() == once.W_E.data());
}

TEST_CASE("centring gives the same bits for any number of threads") {
    const auto model = make_random_model<float>({.layers = 7});
    const auto one = sl::center_writing_weights(model, {.threads = 1});
    const auto many = sl::center_writing_weights(model, {.threads = GENERATE(2U, 5U)});
    for (std::size_t l = 0; l < 7; ++l)
        for (std::size_t i = 0; i < 20; ++i)
            for (std::size_t j = 0; j < 12; ++j)
                REQUIRE(one.blocks[l].mlp->W_out(i, j) == many.blocks[l].mlp->W_out(i, j));
}

TEST_CASE("a model of nothing can be centred") {
    sl::transformer_weights model;
    model.normalization = normalization::layer_norm;
    CHECK(sl::center_writing_weights(model).W_E.rows() == 0);
}

TEST_CASE("any part of a centred weight is the same bits as those entries of the whole") {
    const auto file = GENERATE(
        transformer_lens_checkpoint({.layers = 1, .heads = 2, .key_value_heads = 2, .d_head = 3}),
        decision_transformer_checkpoint({.layers = 1, .heads = 2, .key_value_heads = 2, .d_head = 3}));
    const sl::transformer_weights model(
        stored_as(with_random_values(file), GENERATE(sl::dtype::f32, sl::dtype::bf16)));
    auto result = sl::center_writing_weights(model);
    CHECK(result.blocks[0].mlp->W_out.is_deferred());
    CHECK(differing_part(result) == "");
    if (model.W_U.rows() == 0) return;
    result = sl::center_unembed(result);
    CHECK(result.W_U.is_deferred());
    CHECK(differing_part(result) == "");
    CHECK(differing_part(sl::center_unembed(sl::fold_norms(result))) == "");
}
