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
