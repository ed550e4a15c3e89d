#include "svdlens/model/naming_scheme.hpp"

#include <cstddef>
#include <string>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("a pattern names the tensor of a layer and finds the layer in its name") {
    constexpr auto pattern = "blocks.{layer}.attn.W_Q";
    CHECK(sl::tensor_name("transformer.", pattern, 12) == "transformer.blocks.12.attn.W_Q");
    CHECK(sl::layer_of("transformer.blocks.12.attn.W_Q", "transformer.", pattern) == std::size_t{12});
    CHECK(sl::layer_of("blocks.0.attn.W_Q", "", pattern) == std::size_t{0});
    CHECK(sl::tensor_name("", "embed.W_E", 3) == "embed.W_E");
    CHECK(sl::layer_of("embed.W_E", "", "embed.W_E") == std::size_t{0});
}

TEST_CASE("names that only resemble a pattern are another's") {
    constexpr auto pattern = "blocks.{layer}.attn.W_Q";
    for (const char* const name :
         {"", "blocks..attn.W_Q", "blocks.x.attn.W_Q", "blocks.01.attn.W_Q", "blocks.-1.attn.W_Q",
          "blocks.1.attn.W_QQ", "xblocks.1.attn.W_Q", "blocks.1.2.attn.W_Q", "blocks.attn.W_Q",
          "blocks.99999999999999999999.attn.W_Q", "blocks.1.attn._W_Q"})
        CHECK_FALSE(sl::layer_of(name, "", pattern));
    CHECK_FALSE(sl::layer_of("embed.W_E2", "", "embed.W_E"));
    CHECK_FALSE(sl::layer_of("blocks.1.attn.W_Q", "transformer.", pattern));
}

TEST_CASE("a bias is named after its weight") {
    CHECK(sl::bias_name("action_predictor.weight") == "action_predictor.bias");
    CHECK(sl::bias_name("a.b.0.weight") == "a.b.0.bias");
}

TEST_CASE("every part has a label of its own") {
    CHECK(sl::part_label(sl::weight_part::W_E) == "W_E");
    CHECK(sl::part_label(sl::weight_part::ln1_b) == "ln1_b");
    CHECK(sl::part_label(sl::weight_part::W_O) == "W_O");
    CHECK(sl::part_label(sl::weight_part::ln1_post_w) == "ln1_post_w");
    CHECK(sl::part_label(sl::weight_part::W_in) == "W_in");
    CHECK(sl::part_label(sl::weight_part::ln2_post_w) == "ln2_post_w");
}

TEST_CASE("a row's pattern stands behind the prefix or is the whole name") {
    constexpr sl::part_name behind{sl::weight_part::W_U, "head.weight", {sl::model_axis::d_model}};
    constexpr sl::part_name whole{
        sl::weight_part::W_U, "head.weight", {sl::model_axis::d_model}, sl::name_root::file};
    CHECK(sl::detail::names_tensor(behind, "model.", "model.head.weight"));
    CHECK_FALSE(sl::detail::names_tensor(behind, "model.", "head.weight"));
    CHECK(sl::detail::names_tensor(whole, "model.", "head.weight"));
    CHECK_FALSE(sl::detail::names_tensor(whole, "model.", "model.head.weight"));
}
