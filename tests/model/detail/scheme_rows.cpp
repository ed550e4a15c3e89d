#include "svdlens/model/detail/scheme_rows.hpp"

#include <array>
#include <cstddef>
#include <string_view>

#include "support/catch.hpp"

namespace sl = svdlens;
using enum sl::schemes::model_axis;

TEST_CASE("a pattern names the tensor of a layer and finds the layer in its name") {
    constexpr auto pattern = "blocks.{layer}.attn.W_Q";
    CHECK(sl::detail::tensor_name("transformer.", pattern, {12}) == "transformer.blocks.12.attn.W_Q");
    CHECK(sl::detail::numbers_of("transformer.blocks.12.attn.W_Q", "transformer.", pattern)->layer == 12);
    CHECK(sl::detail::numbers_of("blocks.0.attn.W_Q", "", pattern)->layer == 0);
    CHECK(sl::detail::tensor_name("", "embed.W_E", {3}) == "embed.W_E");
    CHECK(sl::detail::numbers_of("embed.W_E", "", "embed.W_E")->layer == 0);
}

TEST_CASE("a pattern may number experts, too, before the layers or behind") {
    constexpr auto pattern = "layers.{layer}.experts.{expert}.w1.weight";
    CHECK(sl::detail::tensor_name("model.", pattern, {.layer = 2, .expert = 10}) ==
          "model.layers.2.experts.10.w1.weight");
    const auto found = sl::detail::numbers_of("model.layers.2.experts.10.w1.weight", "model.", pattern);
    REQUIRE(found);
    CHECK(found->layer == 2);
    CHECK(found->expert == 10);
    CHECK(sl::detail::numbers_of("e7/l3", "", "e{expert}/l{layer}")->layer == 3);
    CHECK(sl::detail::is_of_one_expert(pattern));
    CHECK_FALSE(sl::detail::is_of_one_expert("layers.{layer}.w1.weight"));
    for (const char* const name :
         {"layers.2.experts.w1.weight", "layers.2.experts.x.w1.weight", "layers.2.experts.01.w1.weight",
          "layers.2.experts.1.w2.weight", "layers.2.experts.1.w1.weight.x", "layers.2.experts.1",
          "layers..experts.1.w1.weight"})
        CHECK_FALSE(sl::detail::numbers_of(name, "", pattern));
}

TEST_CASE("braces that are no placeholder are what they are") {
    CHECK(sl::detail::tensor_name("", "a{x}{layer}{", {5}) == "a{x}5{");
    CHECK(sl::detail::numbers_of("a{x}5{", "", "a{x}{layer}{")->layer == 5);
    CHECK_FALSE(sl::detail::numbers_of("a{y}5{", "", "a{x}{layer}{"));
}

TEST_CASE("a pattern numbers heads too, before or behind the layer, and a number twice is the same") {
    constexpr auto pattern = "blocks.{layer}.heads.{head}.W_Q";
    CHECK(sl::detail::tensor_name("m.", pattern, {.layer = 3, .head = 11}) == "m.blocks.3.heads.11.W_Q");
    CHECK(sl::detail::numbers_of("m.blocks.3.heads.11.W_Q", "m.", pattern)->layer == 3);
    CHECK(sl::detail::numbers_of("m.blocks.3.heads.11.W_Q", "m.", pattern)->head == 11);
    CHECK(sl::detail::numbers_of("head2/layer10", "", "head{head}/layer{layer}")->layer == 10);
    CHECK(sl::detail::numbers_of("head2/layer10", "", "head{head}/layer{layer}")->head == 2);
    CHECK(sl::detail::tensor_name("", "l{layer}.q{layer}_{head}", {.layer = 4, .head = 1}) == "l4.q4_1");
    CHECK(sl::detail::numbers_of("l4.q4_1", "", "l{layer}.q{layer}_{head}")->layer == 4);
    for (const char* const name : {"l4.q5_1", "l4.q4_", "l4.q4_01", "l4.q4_1_1", "l4.q4", "l.q_1", "l4xq4_1"})
        CHECK_FALSE(sl::detail::numbers_of(name, "", "l{layer}.q{layer}_{head}"));
    CHECK(sl::detail::is_headed(pattern));
    CHECK_FALSE(sl::detail::is_headed("blocks.{layer}.heads.W_Q"));
    CHECK(sl::detail::is_layered(pattern));
    CHECK_FALSE(sl::detail::is_layered("heads.{head}"));
}

TEST_CASE("names that only resemble a pattern are another's") {
    constexpr auto pattern = "blocks.{layer}.attn.W_Q";
    for (const char* const name :
         {"", "blocks..attn.W_Q", "blocks.x.attn.W_Q", "blocks.01.attn.W_Q", "blocks.-1.attn.W_Q",
          "blocks.1.attn.W_QQ", "xblocks.1.attn.W_Q", "blocks.1.2.attn.W_Q", "blocks.attn.W_Q",
          "blocks.99999999999999999999.attn.W_Q", "blocks.1.attn._W_Q"})
        CHECK_FALSE(sl::detail::numbers_of(name, "", pattern));
    CHECK_FALSE(sl::detail::numbers_of("embed.W_E2", "", "embed.W_E"));
    CHECK_FALSE(sl::detail::numbers_of("blocks.1.attn.W_Q", "transformer.", pattern));
}

TEST_CASE("a bias is named after its weight") {
    CHECK(sl::detail::bias_name("action_predictor.weight") == "action_predictor.bias");
    CHECK(sl::detail::bias_name("a.b.0.weight") == "a.b.0.bias");
}

TEST_CASE("every part has a label of its own") {
    CHECK(sl::detail::part_label(sl::schemes::weight_part::W_E) == "W_E");
    CHECK(sl::detail::part_label(sl::schemes::weight_part::ln1_b) == "ln1_b");
    CHECK(sl::detail::part_label(sl::schemes::weight_part::W_O) == "W_O");
    CHECK(sl::detail::part_label(sl::schemes::weight_part::ln1_post_w) == "ln1_post_w");
    CHECK(sl::detail::part_label(sl::schemes::weight_part::W_in) == "W_in");
    CHECK(sl::detail::part_label(sl::schemes::weight_part::ln2_post_w) == "ln2_post_w");
    CHECK(sl::detail::part_label(sl::schemes::weight_part::W_router) == "W_router");
    CHECK(sl::detail::part_label(sl::schemes::weight_part::shared_W_in) == "shared_W_in");
    CHECK(sl::detail::part_label(sl::schemes::weight_part::ln_latent_w) == "ln_latent_w");
}

TEST_CASE("a row's pattern stands behind the prefix or is the whole name") {
    constexpr sl::schemes::part_name behind{
        sl::schemes::weight_part::W_U, "head.weight", {sl::schemes::model_axis::d_model}};
    constexpr sl::schemes::part_name whole{sl::schemes::weight_part::W_U,
                                           "head.weight",
                                           {sl::schemes::model_axis::d_model},
                                           sl::schemes::name_root::file};
    CHECK(sl::detail::names_tensor(behind, "model.", "model.head.weight"));
    CHECK_FALSE(sl::detail::names_tensor(behind, "model.", "head.weight"));
    CHECK(sl::detail::names_tensor(whole, "model.", "head.weight"));
    CHECK_FALSE(sl::detail::names_tensor(whole, "model.", "model.head.weight"));
}

TEST_CASE("a row's module is what stands before the first dot, or before the layer's number") {
    using sl::detail::is_in_module_of;
    const auto row = [](std::string_view pattern, sl::schemes::name_root root) {
        return sl::schemes::part_name{sl::schemes::weight_part::W_O, pattern, {d_model}, root};
    };
    const auto behind = [&](std::string_view pattern) {
        return row(pattern, sl::schemes::name_root::prefix);
    };
    const auto whole = [&](std::string_view pattern) { return row(pattern, sl::schemes::name_root::file); };
    CHECK(is_in_module_of(behind("layers.{layer}.mlp.up.weight"), "model.", "model.layers.7.x"));
    CHECK(is_in_module_of(behind("layers.{layer}.mlp.up.weight"), "model.", "model.layers.shared.x"));
    CHECK(is_in_module_of(behind("encoder.layer.{layer}.q.weight"), "", "encoder.relative"));
    CHECK(is_in_module_of(behind("embeddings.words.weight"), "bert.", "bert.embeddings.x.weight"));
    CHECK(is_in_module_of(behind("norm.weight"), "", "norm.bias"));
    CHECK(is_in_module_of(behind("net/{layer}/mix"), "", "net/0/other"));
    CHECK(is_in_module_of(behind("{layer}.attn"), "", "12.mlp"));
    CHECK(is_in_module_of(behind("layer{layer}.attn"), "m.", "m.layer3.mlp"));
    CHECK(is_in_module_of(behind("head{head}.layer{layer}.q"), "m.", "m.head3.mlp"));
    CHECK_FALSE(is_in_module_of(behind("head{head}.layer{layer}.q"), "m.", "m.header.mlp"));
    CHECK(is_in_module_of(behind("tokens"), "", "tokens.scale"));
    CHECK(is_in_module_of(whole("lm_head.weight"), "model.", "lm_head.SCB"));
    CHECK(is_in_module_of(whole("cls.predictions.decoder.weight"), "bert.", "cls.predictions.decoder.SCB"));
    CHECK(is_in_module_of(whole("net.{layer}.qkv"), "model.", "net.0.other"));

    CHECK_FALSE(is_in_module_of(behind("layers.{layer}.mlp.up.weight"), "model.", "layers.7.x"));
    CHECK_FALSE(is_in_module_of(behind("layers.{layer}.mlp.up.weight"), "", "layers2.7.x"));
    CHECK_FALSE(is_in_module_of(behind("layers.{layer}.mlp.up.weight"), "", "layers"));
    CHECK_FALSE(is_in_module_of(behind("net/{layer}/mix"), "", "net/x/other"));
    CHECK_FALSE(is_in_module_of(behind("{layer}.attn"), "", "embed.weight"));
    CHECK_FALSE(is_in_module_of(behind("tokens"), "", "tokens_of.others"));
    CHECK_FALSE(is_in_module_of(whole("lm_head.weight"), "model.", "model.lm_head.SCB"));
    CHECK_FALSE(
        is_in_module_of(whole("cls.predictions.decoder.weight"), "bert.", "cls.seq_relationship.weight"));
}

TEST_CASE("a tensor has as many dimensions as its list has entries that are something") {
    CHECK(sl::detail::stored_rank({}) == 0);
    CHECK(sl::detail::stored_rank({d_model}) == 1);
    CHECK(sl::detail::stored_rank({sl::schemes::joined(n_heads, d_head), d_model}) == 2);
    CHECK(sl::detail::stored_rank({n_heads, d_model, d_head}) == 3);
    CHECK(sl::detail::stored_rank({sl::schemes::joined(sl::schemes::fused_slice{0, 3}, n_heads, d_head)}) ==
          1);
}

TEST_CASE("axes are called as configs call them") {
    CHECK(sl::detail::axis_name(n_key_value_heads) == "n_key_value_heads");
    CHECK(sl::detail::axis_name(d_vocab_out) == "d_vocab");
    CHECK(sl::detail::axis_name(any) == "any");
    CHECK(sl::detail::axis_name(d_mlp) == "d_mlp");
    CHECK(sl::detail::axis_name(n_experts) == "n_experts");
    CHECK(sl::detail::axis_name(d_unrotated) == "d_unrotated");
    CHECK(sl::detail::axis_name(n_ctx) == "n_ctx");
}

TEST_CASE("tables are put one behind the other, any number of them") {
    using sl::schemes::part_name;
    using enum sl::schemes::weight_part;
    constexpr std::array first = {part_name{W_E, "a", {d_vocab, d_model}}};
    constexpr std::array second = {part_name{W_U, "b", {d_vocab, d_model}}, part_name{b_U, "c", {d_vocab}}};
    constexpr auto all = sl::detail::all_tables(first, second, first);
    STATIC_REQUIRE(all.size() == 4);
    CHECK(all[1].pattern == "b");
    CHECK(all[3].part == W_E);
    STATIC_REQUIRE(sl::detail::all_tables(second).size() == 2);
}
