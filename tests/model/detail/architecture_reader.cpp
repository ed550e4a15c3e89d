#include "svdlens/model/detail/architecture_reader.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "model/edited_model.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/circuit/rotary.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/fold_post_norms.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

sl::transformer_weights read(const edited_model& model, const sl::model_config& config) {
    return sl::transformer_weights(model.dict(), {.config = config});
}

} // namespace

TEST_CASE("rotary positions are as the config says") {
    const edited_model neox("gpt_neox");
    auto config = neox.config;
    SECTION("dimensions and theta") {
        config.rotary_share = 1;
        config.rotary_theta = 500;
        const auto rotary = *read(neox, config).rotary;
        CHECK(rotary.dimensions == 4);
        CHECK(rotary.theta == 500);
        CHECK(rotary.pairing == sl::rotary_pairing::half_split);
    }
    SECTION("by the scheme where the config is silent") {
        config.rotary_share.reset();
        config.rotary_theta.reset();
        CHECK(message_of([&] { read(neox, config); }).find("1 rotary dimensions") != std::string::npos);
        config.rotary_dimensions = 2;
        CHECK(read(neox, config).rotary->theta == 10000);
    }
    SECTION("pairs and scaling") {
        config.rotary_adjacent_pairs = true;
        config.rotary_scaling = sl::rotary_scaling{.kind = "linear", .factor = 4};
        const auto rotary = *read(neox, config).rotary;
        CHECK(rotary.pairing == sl::rotary_pairing::interleaved);
        CHECK(rotary.scaling.kind == "linear");
        CHECK(rotary.scaling.factor == 4);
    }
    SECTION("nonsense is refused") {
        for (const double share : {0.0, -1.0, 1.5, 0.1}) {
            config.rotary_share = share;
            CHECK_FALSE(message_of([&] { read(neox, config); }).empty());
        }
        config.rotary_share = 0.5;
        for (const unsigned dimensions : {0U, 3U, 6U}) {
            config.rotary_dimensions = dimensions;
            CHECK_FALSE(message_of([&] { read(neox, config); }).empty());
        }
        config.rotary_dimensions = 2;
        for (const double theta : {0.0, -10.0}) {
            config.rotary_theta = theta;
            CHECK_FALSE(message_of([&] { read(neox, config); }).empty());
        }
    }
    SECTION("not known without a config") {
        const auto weights = read(neox, {.n_heads = 3});
        CHECK(weights.has_rotary);
        CHECK_FALSE(weights.rotary);
    }
}

TEST_CASE("an unembedding without a tensor is the embedding where that is how it is meant") {
    SECTION("GPT-2: unless the config denies it") {
        const edited_model gpt2("gpt2");
        CHECK(read(gpt2, gpt2.config).tied_unembedding);
        auto config = gpt2.config;
        config.tied_embeddings = false;
        CHECK_FALSE(read(gpt2, config).tied_unembedding);
        CHECK_FALSE(read(gpt2, config).has_unembed());
    }
    SECTION("Llama: when the config says so") {
        const edited_model llama("llama_tied");
        CHECK(read(llama, llama.config).tied_unembedding);
        auto config = llama.config;
        config.tied_embeddings.reset();
        CHECK_FALSE(read(llama, config).has_unembed());
    }
    SECTION("a tensor of its own comes first") {
        const edited_model llama("llama");
        auto config = llama.config;
        config.tied_embeddings = true;
        CHECK_FALSE(read(llama, config).tied_unembedding);
        CHECK(read(llama, config).W_U.data() != read(llama, config).W_E.data());
        CHECK(read(llama, config).notes ==
              std::vector<std::string>{
                  "config.json says that embeddings are tied, but lm_head.weight is another matrix than "
                  "model.embed_tokens.weight; it is taken"});
        CHECK(read(llama, llama.config).notes.empty());
    }
    SECTION("the same values in a tensor of its own are no contradiction") {
        edited_model llama("llama_tied");
        const auto shape = llama.dict().record("embed_tokens.weight").shape;
        llama.add("embed_tokens.weight", shape);
        llama.add("lm_head.weight", shape);
        CHECK(read(llama, llama.config).notes.empty());
    }
    SECTION("a scheme without tying is not asked") {
        const edited_model lens("transformer_lens");
        auto config = lens.config;
        config.tied_embeddings = true; // folded weights differ
        CHECK(read(lens, config).notes == read(lens, lens.config).notes);
    }
    SECTION("BERT: with its output head") {
        const edited_model bert("bert_no_head");
        CHECK_FALSE(read(bert, bert.config).has_unembed());
    }
}

TEST_CASE("what would be read wrongly is refused by the tensor that tells") {
    const auto refused = [](const char* model, const std::string& tensor) {
        edited_model edited(model);
        edited.add(tensor, {2});
        try {
            read(edited, edited.config);
        } catch (const sl::model_error& e) {
            return e.code() == sl::errc::unsupported_model &&
                   std::string(e.what()).find("\"" + tensor + "\"") != std::string::npos;
        }
        return false;
    };
    CHECK(refused("llama", "model.layers.1.input_layernorm.bias"));
    CHECK(refused("llama", "model.layers.0.post_feedforward_layernorm.weight"));
    CHECK(refused("llama", "model.layers.0.mlp.gate.weight"));
    CHECK(refused("llama", "model.layers.0.self_attn.q_proj.weight_scale"));
    CHECK(refused("gemma2", "model.layers.0.self_attn.q_proj.weight_scale"));
    CHECK(refused("gpt2", "h.0.crossattention.c_attn.weight"));
    CHECK(refused("bert", "bert.encoder.layer.0.crossattention.self.query.weight"));
}

TEST_CASE("norms of queries and keys are noted, and all that is not read is listed") {
    edited_model llama("llama");
    llama.add("model.layers.0.self_attn.q_norm.weight", {2});
    llama.add("model.vision.weight", {2});
    const auto weights = read(llama, llama.config);
    CHECK(weights.has_qk_norm);
    CHECK(weights.unread == std::vector<std::string>{"model.vision.weight"});
}

TEST_CASE("grouped heads must divide the heads in fused dimensions too") {
    edited_model llama("llama");
    for (const std::string at : {"model.layers.0.", "model.layers.1."})
        for (const char* const name : {"self_attn.k_proj.weight", "self_attn.v_proj.weight"})
            llama.add(at + name, {4, 6});
    auto config = llama.config;
    config.n_key_value_heads.reset();
    CHECK(message_of([&] { read(llama, config); }).find("divides the 3 heads, found 2") != std::string::npos);
}

TEST_CASE("the order of blocks is the scheme's unless the config has another") {
    const edited_model neox("gpt_neox"), llama("llama");
    CHECK(read(neox, neox.config).block_order == sl::block_order::parallel);
    auto config = llama.config;
    config.parallel_blocks = true;
    CHECK(read(llama, config).block_order == sl::block_order::parallel);
}

TEST_CASE("a model is read in double as it is in float") {
    const sl::transformer_weights narrow(open_architecture("gemma"));
    const sl::basic_transformer_weights<double> wide(open_architecture("gemma"));
    CHECK(wide.blocks[1].attention.W_O[1](3, 5) ==
          static_cast<double>(narrow.blocks[1].attention.W_O[1](3, 5)));
    CHECK(wide.ln_final->w[2] == Approx(static_cast<double>(narrow.ln_final->w[2])));
    CHECK(wide.W_E(6, 5) == Approx(static_cast<double>(narrow.W_E(6, 5))));
}

namespace {

bool same_values(const sl::matrix& a, const sl::matrix& b) {
    if (a.rows() != b.rows() || a.columns() != b.columns()) return false;
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < a.columns(); ++j)
            if (a(i, j) != b(i, j)) return false;
    return true;
}

} // namespace

TEST_CASE("a tensor that the metadata call by a second name is read under both") {
    // As safetensors' save_model writes shared tensors: under one name, with a note of the other.
    struct alias_case {
        const char *model, *kept, *dropped;
        bool tied; ///< what the config says
    };
    const auto each = GENERATE(alias_case{"gpt2", "lm_head.weight", "wte.weight", true},
                               alias_case{"gpt2", "wte.weight", "lm_head.weight", false},
                               alias_case{"llama_tied", "lm_head.weight", "embed_tokens.weight", false},
                               alias_case{"llama_tied", "embed_tokens.weight", "lm_head.weight", false});
    CAPTURE(each.model, each.kept, each.tied);
    const edited_model original(each.model);
    auto edited = original;
    edited.rename([&](const std::string& name) { return name == each.dropped ? each.kept : name; });
    edited.metadata = {{"format", "pt"}, {each.dropped, each.kept}};
    auto config = original.config;
    config.tied_embeddings = each.tied;
    const auto found = read(edited, config);
    const auto expected = read(original, original.config); // tied
    REQUIRE(found.W_E.rows() != 0);
    CHECK(found.tied_unembedding);
    CHECK(same_values(found.W_E, expected.W_E));
    CHECK(same_values(found.W_U, expected.W_U));
    CHECK(found.notes == expected.notes);
    CHECK(found.unread.empty());
    edited.metadata = {{"format", "pt"}};
    CHECK(read(edited, config).has_embed() != read(edited, config).has_unembed());
}

TEST_CASE("a second name of a block's tensor is followed, too") {
    edited_model llama("llama");
    const std::string shared = "model.layers.0.self_attn.v_proj.weight",
                      other = "model.layers.1.self_attn.v_proj.weight";
    llama.erase(other);
    CHECK(message_of([&] { read(llama, llama.config); }).find(other) != std::string::npos);
    llama.metadata = {{other, shared}};
    const auto found = read(llama, llama.config);
    CHECK(same_values(found.blocks[1].attention.W_V[0], found.blocks[0].attention.W_V[0]));
    llama.metadata = {{other, "model.layers.7.self_attn.v_proj.weight"}}; // of nothing
    CHECK(message_of([&] { read(llama, llama.config); }).find(other) != std::string::npos);
}

TEST_CASE("a config that contradicts itself on rotary positions stops what needs them, and no more") {
    const edited_model llama("llama");
    auto config = llama.config;
    config.rotary_theta.reset();
    config.rotary_conflict = "rope_theta 10000 and rope_parameters.rope_theta 500000";
    const auto weights = read(llama, config);
    CHECK(weights.has_rotary);
    CHECK_FALSE(weights.rotary);
    CHECK(weights.notes ==
          std::vector<std::string>{"rotary positions left open: the config has " + config.rotary_conflict});
    CHECK(sl::ov_circuits(weights).heads() == sl::ov_circuits(read(llama, llama.config)).heads());
    const auto refused = message_of([&] { sl::rotary_qk_circuits(weights, 1); });
    CHECK(refused.find("contradicts itself") != std::string::npos);
    CHECK(refused.find(config.rotary_conflict) != std::string::npos);
    auto told = weights;
    told.rotary = read(llama, llama.config).rotary;
    CHECK(message_of([&] { sl::rotary_qk_circuits(told, 1); }).empty());
}

TEST_CASE("rotary dimensions and a share of them are one number or none") {
    const edited_model neox("gpt_neox"); // heads of 4
    auto config = neox.config;
    config.rotary_share = 0.5;
    config.rotary_dimensions = 2;
    CHECK(read(neox, config).rotary->dimensions == 2);
    config.rotary_dimensions = 4;
    CHECK_FALSE(read(neox, config).rotary);
    CHECK(read(neox, config).rotary_conflict == "rotary_dim 4 and a share of 0.5 of 4 dimensions");
}

TEST_CASE("tied and not tied stops a model that would hang on it, and no other") {
    edited_model llama("llama_tied");
    auto config = llama.config;
    config.tied_embeddings.reset();
    config.tying_conflict = "tie_word_embeddings true and text_config.tie_word_embeddings false";
    const auto message = message_of([&] { read(llama, config); });
    CHECK(message.find(config.tying_conflict) != std::string::npos);
    CHECK(message.find(".tied_embeddings = ") != std::string::npos);
    llama.add("lm_head.weight", llama.dict().record("embed_tokens.weight").shape);
    CHECK(read(llama, config).has_unembed());
    const edited_model lens("transformer_lens");
    auto other = lens.config;
    other.tying_conflict = config.tying_conflict;
    CHECK(message_of([&] { read(lens, other); }).empty());
}

TEST_CASE("what scores are multiplied by is the scheme's, or the config's word") {
    const edited_model llama("llama"), neo("gpt_neo"), granite("granite"), gemma("gemma2"),
        lens("transformer_lens");
    CHECK(*read(llama, llama.config).attention_scale == Approx(1 / std::sqrt(2.0)));
    CHECK_FALSE(read(llama, llama.config).has_unusual_scores());
    CHECK(read(neo, neo.config).attention_scale == 1.0);
    CHECK(read(neo, neo.config).has_unusual_scores());
    CHECK(read(granite, granite.config).attention_scale == 0.0625);
    CHECK_FALSE(read(gemma, gemma.config).attention_scale);
    auto config = gemma.config;
    config.attention_scale = 0.25;
    CHECK(read(gemma, config).attention_scale == 0.25);
    config = lens.config;
    config.attention_scale = 1;
    CHECK(read(lens, config).attention_scale == 1.0);
    config = lens.config;
    config.model_type = "gpt_neo"; // a config of Hugging Face's beside
    CHECK(read(lens, config).attention_scale == 1.0);
    config.model_type = "gemma2";
    CHECK_FALSE(read(lens, config).attention_scale);
    config.model_type = "gpt2";
    CHECK(*read(lens, config).attention_scale == Approx(1 / std::sqrt(2.0)));
    for (const double nonsense : {0.0, std::nan(""), HUGE_VAL}) {
        config.attention_scale = nonsense;
        CHECK(message_of([&] { read(lens, config); }).find("attention scale") != std::string::npos);
    }
    SECTION("QK circuits are without it, and say so where it is no usual one") {
        const auto circuits = sl::qk_circuits(read(neo, neo.config));
        CHECK(circuits.provenance.find("; the model scales its scores by 1") != std::string::npos);
        const edited_model gpt2("gpt2");
        CHECK(sl::qk_circuits(read(gpt2, gpt2.config)).provenance.find("scales") == std::string::npos);
    }
}

TEST_CASE("of models whose layers turn differently, or not at all, no QK circuit is given") {
    for (const char* const name : {"smollm3", "cohere2"}) {
        const sl::transformer_weights weights(open_architecture(name));
        CHECK_FALSE(weights.rotary);
        CHECK(message_of([&] {
                  sl::rotary_qk_circuits(weights, 1);
              }).find("rotary positions in some layers and none in the others") != std::string::npos);
        CHECK_FALSE(message_of([&] { sl::qk_circuits(weights); }).empty());
        CHECK(sl::ov_circuits(weights).heads() > 0);
    }
    for (const char* const name : {"qwen3", "gemma3", "olmo2"}) {
        const sl::transformer_weights weights(open_architecture(name));
        CHECK(weights.has_qk_norm);
        CHECK(message_of([&] { sl::rotary_qk_circuits(weights, 1); }).find("normalised per token") !=
              std::string::npos);
        CHECK(sl::ov_circuits(weights).heads() > 0);
    }
    for (const char* const name : {"gptj", "glm4", "phi3", "meta_llama"})
        CHECK(sl::rotary_qk_circuits(sl::transformer_weights(open_architecture(name)), 3).heads() > 0);
}

TEST_CASE("norms of what is written alone are folded nowhere, and taken approximately into what writes") {
    const sl::transformer_weights weights(open_architecture("olmo2"));
    CHECK(weights.norm_placement == sl::norm_placement::written);
    CHECK_FALSE(weights.blocks[0].ln1);
    const auto folded = sl::fold_norms(weights);
    const auto& before = weights.blocks[1];
    CHECK(folded.blocks[1].attention.W_V[0](2, 1) == before.attention.W_V[0](2, 1));
    CHECK(folded.W_U(3, 2) == weights.W_U(3, 2) * weights.ln_final->w[3]);
    for (const auto& both : {sl::fold_post_norms(folded), sl::fold_norms(sl::fold_post_norms(weights))}) {
        CHECK_FALSE(both.blocks[1].ln1_post);
        CHECK(both.blocks[1].attention.W_O[2].resident()(1, 4) ==
              before.attention.W_O[2](1, 4) * before.ln1_post->w[4]);
        CHECK(both.blocks[1].mlp->W_out.resident()(3, 4) == before.mlp->W_out(3, 4) * before.ln2_post->w[4]);
        CHECK(both.notes.empty());
    }
}

TEST_CASE("a scale of scores that differs by layer is left open, and another one is taken") {
    const edited_model gpt2("gpt2");
    auto config = gpt2.config;
    config.score_conflict = "scores divided by the layer's number";
    const auto by_layer = read(gpt2, config);
    CHECK_FALSE(by_layer.attention_scale.has_value());
    CHECK(by_layer.provenance().find("scale of scores left open") != std::string::npos);
    config.attention_scale = 1;
    const auto told = read(gpt2, config);
    CHECK(told.attention_scale == 1.0);
    CHECK(told.provenance().find("scale of scores left open") == std::string::npos);
}

TEST_CASE("a config with other positions than ALiBi is no model of a scheme that has it") {
    const edited_model mpt("mpt");
    const temporary_directory folder;
    const auto opened = [&](const std::string& attention) {
        const auto file = mpt.written(
            folder.path(), R"({"model_type": "mpt", "n_heads": 4, "attn_config": )" + attention + "}");
        return sl::transformer_weights(file);
    };
    CHECK(opened(R"({"alibi": true})").has_alibi);
    CHECK(opened(R"({"clip_qkv": null})").has_alibi);
    CHECK(opened(R"({"alibi": true, "softmax_scale": 0.125})").attention_scale == 0.125);
    for (const char* const other : {R"({"alibi": false, "rope": true})", R"({"alibi": true, "rope": true})",
                                    R"({"alibi": false, "rope": false})"}) {
        const auto message = message_of([&] { opened(other); });
        CHECK(message.find("config.json says that positions are") != std::string::npos);
        CHECK(message.find("expected alibi") != std::string::npos);
    }
}
