// The set of steps, and all of them one after the other: a model predicts what it did before.
#include "svdlens/model/weight_processing.hpp"

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/naive_transformer.hpp"
#include "support/random_model.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/center_weights.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/fold_post_norms.hpp"
#include "svdlens/model/fold_value_biases.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::normalization;

namespace {

const std::vector<std::size_t> some_tokens = {3, 1, 8, 0, 5, 2};

template <class T>
double log_probability_change(const sl::basic_transformer_weights<T>& before,
                              const sl::basic_transformer_weights<T>& after) {
    return relative_difference(log_softmax(run_naively(before, some_tokens, activation::gelu)),
                               log_softmax(run_naively(after, some_tokens, activation::gelu)));
}

template <class T>
sl::basic_transformer_weights<T> processed(const sl::basic_transformer_weights<T>& model) {
    auto result = sl::fold_value_biases(sl::fold_norms(model));
    const bool centred = result.normalization == normalization::layer_norm_folded;
    return centred ? sl::center_writing_weights(result) : result;
}

} // namespace

TEST_CASE("all steps together leave what a model computes unchanged, whatever its norms and blocks") {
    random_model_options options;
    options.norm = GENERATE(normalization::layer_norm, normalization::rms_norm,
                            normalization::layer_norm_folded, normalization::rms_norm_folded);
    options.mlp = GENERATE(mlp_kind::plain, mlp_kind::gated);
    options.order = GENERATE(sl::block_order::sequential, sl::block_order::parallel);
    SECTION("with d_mlp of its own") {}
    SECTION("with d_mlp = d_model = d_head") { options.d_mlp = options.d_head = options.d_model; }
    SECTION("with grouped queries") { options.key_value_heads = 2; }
    const auto model = make_random_model<float>(options);
    CHECK(output_change(model, processed(model)) < 1e-5);
    CHECK(log_probability_change(model, sl::center_unembed(processed(model))) < 1e-5);
    const auto exact = make_random_model<double>(options);
    CHECK(output_change(exact, processed(exact)) < 1e-13);
    CHECK(log_probability_change(exact, sl::center_unembed(processed(exact))) < 1e-13);
}

TEST_CASE("all steps together leave what checkpoints of known architectures compute unchanged") {
    const std::string architecture =
        GENERATE(as<std::string>(), "gpt2", "gpt_neox", "llama", "qwen2", "gemma", "gemma2",
                 "nanogpt_no_bias", "transformer_lens_grouped");
    CAPTURE(architecture);
    const auto file = sl::open_safetensors(std::string(SVDLENS_TEST_SOURCE_DIR) + "/model/architectures/" +
                                           architecture + "/model.safetensors");
    const std::vector<std::size_t> few = {3, 1, 6, 0};
    const auto change = [&](const auto& model) {
        return relative_difference(run_naively(model, few, activation::silu),
                                   run_naively(processed(model), few, activation::silu));
    };
    CHECK(change(sl::basic_transformer_weights<float>(file)) < 1e-5);
    CHECK(change(sl::basic_transformer_weights<double>(file)) < 1e-13);
}

TEST_CASE("steps may come in any order") {
    const auto model = make_random_model<double>({.key_value_heads = 2});
    const auto other = sl::fold_norms(sl::center_unembed(sl::center_writing_weights(model)));
    CHECK(log_probability_change(model, other) < 1e-13);
    CHECK(log_probability_change(model, sl::fold_value_biases(other)) < 1e-13);
}

TEST_CASE("the provenance lists all steps in their order") {
    const auto model = make_random_model<float>({});
    const auto result =
        sl::center_unembed(sl::center_writing_weights(sl::fold_value_biases(sl::fold_norms(model))));
    CHECK(result.provenance() ==
          "random; norms folded, reading weights centred; value biases folded into b_O; "
          "writing weights centred; unembedding centred over the vocabulary");
    CHECK(model.provenance() == "random; weights as stored");
}

TEST_CASE("a set of steps holds each once, in the order in which they were taken") {
    sl::weight_steps steps;
    CHECK(steps.empty());
    CHECK(steps.texts().empty());
    CHECK(!steps.contains(sl::weight_step::unembed_centered));
    steps.insert(sl::weight_step::unembed_centered);
    steps.insert(sl::weight_step::norms_folded, normalization::rms_norm);
    steps.insert(sl::weight_step::unembed_centered);
    steps.insert(sl::weight_step::norms_folded, normalization::layer_norm); // the first word stands
    CHECK(steps.size() == 2);
    CHECK(steps.contains(sl::weight_step::unembed_centered));
    CHECK(!steps.contains(sl::weight_step::post_norms_folded));
    CHECK(steps.texts() == std::vector<std::string>{"unembedding centred over the vocabulary",
                                                    "norms folded (RMSNorm: not centred)"});
    sl::weight_steps other;
    other.insert(sl::weight_step::norms_folded, normalization::rms_norm);
    CHECK(other != steps);
    other.insert(sl::weight_step::unembed_centered);
    CHECK(other != steps); // another order
}

TEST_CASE("every step and every kind of norm has its own words") {
    const auto text = [](sl::weight_step step, normalization norms) {
        sl::weight_steps steps;
        steps.insert(step, norms);
        return steps.texts().front();
    };
    using enum sl::weight_step;
    CHECK(text(norms_folded, normalization::none) == "no norms to fold");
    CHECK(text(norms_folded, normalization::layer_norm) == "norms folded, reading weights centred");
    CHECK(text(norms_folded, normalization::layer_norm_folded) ==
          "norms folded in the file, reading weights centred");
    CHECK(text(norms_folded, normalization::rms_norm) == "norms folded (RMSNorm: not centred)");
    CHECK(text(norms_folded, normalization::rms_norm_folded) ==
          "norms folded in the file (RMSNorm: not centred)");
    CHECK(text(writers_centered, normalization::layer_norm) == "writing weights centred");
    CHECK(text(unembed_centered, normalization::none) == "unembedding centred over the vocabulary");
    CHECK(text(value_biases_folded, normalization::none) == "value biases folded into b_O");
    CHECK(text(post_norms_folded, normalization::rms_norm) ==
          "norms behind attention and MLP folded into W_O and W_out, their per-token scale dropped "
          "(approximate)");
}

TEST_CASE("editing texts changes no result") {
    const auto edited = [](auto model) {
        for (auto& text : model.processing.texts()) text = "reworded"; // of a copy
        model.notes = {"reworded", "norms folded, reading weights centred"};
        model.file = "reworded";
        model.scheme = model.model_type = model.activation = "";
        return model;
    };
    SECTION("folding again") {
        const auto once = sl::fold_norms(make_random_model<float>({}));
        const auto again = sl::fold_norms(edited(once));
        CHECK(again.processing == once.processing);
        CHECK(again.blocks[0].mlp->W_in.data() == once.blocks[0].mlp->W_in.data());
    }
    SECTION("a note with the words of a step is no step") {
        const auto model = make_random_model<float>({});
        const auto plain = sl::center_writing_weights(sl::fold_norms(model));
        auto noted = model;
        noted.notes = plain.processing.texts();
        const auto result = sl::center_writing_weights(sl::fold_norms(noted));
        CHECK(result.processing == plain.processing);
        CHECK(run_naively(result, some_tokens, activation::gelu) ==
              run_naively(plain, some_tokens, activation::gelu));
    }
    SECTION("norms behind attention that are folded still forbid centring the unembedding") {
        random_model_options options;
        options.norm = normalization::rms_norm;
        auto model = make_random_model<float>(options);
        model.norm_placement = sl::norm_placement::both;
        const auto folded = edited(sl::fold_post_norms(model));
        REQUIRE(folded.processing.contains(sl::weight_step::post_norms_folded));
        CHECK_THROWS_AS(sl::center_unembed(folded), sl::model_error);
    }
}

static_assert(std::is_same_v<decltype(std::declval<sl::weight_steps&>().texts()), std::vector<std::string>>);
