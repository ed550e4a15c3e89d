#include "svdlens/model/detail/name_patterns.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;
using sl::detail::pattern_of_name;
using sl::detail::words_of_name;
using word_list = std::vector<std::string>;

TEST_CASE("a name is words, parted by signs and by capitals") {
    CHECK(words_of_name("encoder.selfAttn.W_Q") == word_list{"encoder", "self", "attn", "w", "q"});
    CHECK(words_of_name("attention/output/LayerNorm/weight") ==
          word_list{"attention", "output", "layer", "norm", "weight"});
    CHECK(words_of_name("blk.{layer}.heads.{head}.Wqkv") == word_list{"blk", "heads", "wqkv"});
    CHECK(words_of_name("MLP.fc1") == word_list{"mlp", "fc1"});
    CHECK(words_of_name("..") == word_list{});
    CHECK(words_of_name("") == word_list{});
}

TEST_CASE("numbers of layers and heads are told from others by where they stand") {
    CHECK(pattern_of_name("encoder.blk.3.att.query.weight") == "encoder.blk.{layer}.att.query.weight");
    CHECK(pattern_of_name("blocks.12.attn.heads.3.W_Q") == "blocks.{layer}.attn.heads.{head}.W_Q");
    CHECK(pattern_of_name("heads.3.blocks.12.W_Q") == "heads.{head}.blocks.{layer}.W_Q");
    CHECK(pattern_of_name("layer_0/head_11/q") == "layer_{layer}/head_{head}/q");
    CHECK(pattern_of_name("h7.attn") == "h{layer}.attn");
    CHECK(pattern_of_name("gpt2.h.0.ln_1.weight") == "gpt2.h.{layer}.ln_1.weight");
    CHECK(pattern_of_name("layers.0.mlp.2.weight") == "layers.{layer}.mlp.2.weight");
    CHECK(pattern_of_name("layers.0.fc1.weight") == "layers.{layer}.fc1.weight");
    CHECK(pattern_of_name("layers.0.mlp.experts.63.w1") == "layers.{layer}.mlp.experts.{expert}.w1");
    CHECK(pattern_of_name("experts.3.layers.12.w1") == "experts.{expert}.layers.{layer}.w1");
    CHECK(pattern_of_name("h.1.moe.expert_5.w1") == "h.{layer}.moe.expert_{expert}.w1");
    CHECK(pattern_of_name("norm1.weight") == "norm1.weight");
    CHECK(pattern_of_name("layers.01.q") == "layers.01.q"); // not how a layer is written
    CHECK(pattern_of_name("layers.99999999999.q") == "layers.99999999999.q");
    CHECK(pattern_of_name("conv2d.w") == "conv2d.w");
    CHECK(pattern_of_name("") == "");
    CHECK(pattern_of_name("5") == "{layer}");
}

TEST_CASE("patterns count their tensors, and are layers behind the stack asked for alone") {
    std::vector<sl::tensor_record> records(5);
    records[0].name = "dec.0.q";
    records[1].name = "enc.0.q";
    records[2].name = "enc.1.q";
    records[3].name = "enc.1.q2";
    records[4].name = "tok";
    const auto all = sl::detail::name_patterns(records);
    REQUIRE(all.size() == 4);
    CHECK(all[0].text == "dec.{layer}.q");
    CHECK(all[1].text == "enc.{layer}.q");
    CHECK(all[1].count == 2);
    CHECK(all[1].words == word_list{"q"});
    const std::string stack = "enc.";
    const auto some = sl::detail::name_patterns(records, &stack);
    CHECK(some[0].text == "dec.0.q");
    CHECK(some[0].words == word_list{"dec", "0", "q"});
    CHECK(some[1].text == "enc.{layer}.q");
}

TEST_CASE("a module ends with the dot or slash before the last component") {
    CHECK(sl::detail::module_of("a.b/c.weight") == "a.b/c.");
    CHECK(sl::detail::module_of("a/b") == "a/");
    CHECK(sl::detail::module_of("weight").empty());
    CHECK(sl::detail::module_of("a.") == "a.");
    CHECK(sl::detail::last_component("a.b/c") == "c");
    CHECK(sl::detail::last_component("c") == "c");
    CHECK(sl::detail::last_component("a.").empty());
    CHECK(sl::detail::last_component("").empty());
}
