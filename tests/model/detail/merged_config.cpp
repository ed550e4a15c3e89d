#include "svdlens/model/detail/merged_config.hpp"

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("of two configs the first says what it says, the second the rest") {
    sl::model_config first{.n_heads = 1, .model_type = "a"};
    sl::model_config second{
        .n_layers = 2, .n_heads = 3, .norm = sl::normalization::rms_norm, .quantization = "gptq"};
    second.source = "config.json";
    second.attention_scale = 0.5;
    second.embedding_multiplier = 2;
    second.residual_multiplier = 3;
    second.logit_multiplier = 4;
    second.attention_softcap = 5;
    second.logit_softcap = 6;
    second.qkv_clip = 7;
    second.norms_before = false;
    first.logit_multiplier = 8;
    const auto both = sl::detail::merged_config(first, second);
    CHECK(both.n_layers == 2U);
    CHECK(both.n_heads == 1U);
    CHECK(both.model_type == "a");
    CHECK(both.norm == sl::normalization::rms_norm);
    CHECK(both.source == "config.json");
    CHECK(both.attention_scale == 0.5);
    CHECK(both.embedding_multiplier == 2.0);
    CHECK(both.residual_multiplier == 3.0);
    CHECK(both.logit_multiplier == 8.0);
    CHECK(both.attention_softcap == 5.0);
    CHECK(both.logit_softcap == 6.0);
    CHECK(both.qkv_clip == 7.0);
    CHECK(both.norms_before == false);
    CHECK(both.quantization == "gptq");
    CHECK(sl::detail::merged_config({.quantization = ""}, second).quantization == "");
}

TEST_CASE("what the caller says settles what the file's config leaves open") {
    sl::model_config file;
    file.rotary_conflict = "rope_theta 1 and rotary_base 2";
    file.tying_conflict = "both";
    CHECK(sl::detail::merged_config({}, file).rotary_conflict == file.rotary_conflict);
    CHECK(sl::detail::merged_config({}, file).tying_conflict == "both");
    const auto told = sl::detail::merged_config({.tied_embeddings = false, .rotary_theta = 2.0}, file);
    CHECK(told.rotary_conflict.empty());
    CHECK(told.tying_conflict.empty());
    CHECK(sl::detail::merged_config(file, {}).rotary_conflict == file.rotary_conflict);
    CHECK(sl::detail::merged_config(file, {}).tying_conflict == "both");
    file.score_conflict = "by layer";
    CHECK(sl::detail::merged_config({}, file).score_conflict == "by layer");
    CHECK(sl::detail::merged_config({.attention_scale = 0.5}, file).score_conflict.empty());
}
