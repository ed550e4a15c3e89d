#include "svdlens/model/detail/merged_config.hpp"

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("of two configs the first says what it says, the second the rest") {
    sl::model_config first{.n_heads = 1, .model_type = "a"};
    sl::model_config second{
        .n_layers = 2, .n_heads = 3, .norm = sl::normalization::rms_norm, .quantization = "gptq"};
    second.source = "config.json";
    const auto both = sl::detail::merged_config(first, second);
    CHECK(both.n_layers == 2U);
    CHECK(both.n_heads == 1U);
    CHECK(both.model_type == "a");
    CHECK(both.norm == sl::normalization::rms_norm);
    CHECK(both.source == "config.json");
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
}
