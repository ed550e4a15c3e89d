#include "svdlens/model/known_schemes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

using extent_list = std::vector<std::uint64_t>;
using optional_type = std::optional<std::string>;

sl::scheme_search search(const std::vector<std::string>& names, const optional_type& type = {},
                         const extent_list& extents = {2, 3}) {
    std::vector<sl::tensor_record> records;
    for (const auto& name : names) {
        records.emplace_back();
        records.back().name = name;
        records.back().shape = extents;
    }
    return sl::find_scheme(records, type);
}

std::string recognised(const std::vector<std::string>& names, const optional_type& type = {},
                       const extent_list& extents = {2, 3}) {
    const auto match = search(names, type, extents).match;
    return match ? std::string(match->scheme->name) + " behind '" + std::string(match->prefix) + "'" : "none";
}

/// What a wrapper takes to be found.
std::vector<std::string> llama_behind(const std::string& wrapper, bool embedding = false) {
    std::vector<std::string> names;
    for (const char* const part : {"q_proj", "v_proj", "o_proj"})
        names.push_back(wrapper + "layers.0.self_attn." + part + ".weight");
    if (embedding) names.push_back(wrapper + "embed_tokens.weight");
    return names;
}

std::vector<std::string> all_of(std::vector<std::string> names, const std::vector<std::string>& more) {
    names.insert(names.end(), more.begin(), more.end());
    return names;
}

/// The wrappers of the rivals.
std::vector<std::string> rivals(const std::vector<std::string>& names) {
    std::vector<std::string> result;
    const auto found = search(names);
    CHECK((found.match.has_value() || found.rivals.size() != 1));
    for (const auto& each : found.rivals) result.push_back(each.prefix);
    return result;
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("a wrapper is whatever stands before the names, and more than one model is none", "[wrappers]") {
    CHECK(recognised(llama_behind("student.")) == "Llama behind 'student.'");
    CHECK(recognised(llama_behind("a.b.3.model.")) == "Llama behind 'a.b.3.model.'");
    CHECK(recognised(llama_behind("module._orig_mod.model.")) == "Llama behind 'model.'");
    CHECK(recognised(llama_behind("student")) == "none");
    CHECK(recognised({"student.layers.0.self_attn.q_proj.weight"}) == "none");
    CHECK(rivals(all_of(llama_behind("student."), llama_behind("teacher."))) == list{"student.", "teacher."});
    CHECK(rivals(all_of(llama_behind("model.", true), llama_behind("ema_model.", true))) ==
          list{"model.", "ema_model."});
    CHECK(rivals(all_of(llama_behind(""), llama_behind("teacher."))) == list{"", "teacher."});
    CHECK(recognised(all_of(llama_behind("draft."), llama_behind("model.", true))) ==
          "Llama behind 'model.'");
    CHECK(recognised(all_of(llama_behind("model."), llama_behind("student.", true))) ==
          "Llama behind 'student.'");
    list ensemble;
    for (int k = 0; k < 3000; ++k)
        ensemble = all_of(std::move(ensemble), llama_behind("models." + std::to_string(k) + "."));
    CHECK(rivals(ensemble).size() == 64);
}

TEST_CASE("models of two schemes in one file are rivals, two schemes of one model are not", "[wrappers]") {
    const list gpt2 = {"transformer.h.0.attn.c_attn.weight", "transformer.h.0.attn.c_proj.weight"};
    CHECK(recognised(gpt2) == "GPT-2 behind 'transformer.'");
    CHECK(rivals(all_of(gpt2, llama_behind("model."))) == list{"transformer.", "model."});
    CHECK(recognised(all_of(gpt2, llama_behind("model.", true))) == "Llama behind 'model.'");
    CHECK(recognised(all_of(llama_behind("model."), {"model.layers.0.pre_feedforward_layernorm.weight"})) ==
          "Gemma 2 behind 'model.'");
    CHECK(search(llama_behind("student.")).unconfirmed->name == "Gemma");
}

TEST_CASE("the caller says which of several models is meant", "[wrappers]") {
    const auto names = all_of(llama_behind("student.model."), llama_behind("module.teacher.model."));
    const auto chosen = [&](const std::string& prefix) {
        std::vector<sl::tensor_record> records;
        for (const auto& name : all_of(names, llama_behind(""))) {
            records.emplace_back();
            records.back().name = name;
        }
        const auto found = sl::find_scheme(records, {}, sl::known_schemes, prefix).match;
        return found ? found->prefix : "none";
    };
    for (const char* const prefix : {"student", "student.", "student.model", "module.student."})
        CHECK(chosen(prefix) == "student.model.");
    CHECK(chosen("teacher") == "teacher.model.");
    CHECK(chosen("module.teacher.model.") == "teacher.model.");
    CHECK(chosen("") == "");
    CHECK(chosen("model") == "none");
    CHECK(chosen("stud") == "none");
}

TEST_CASE("schemes are recognised by a tensor of a layer") {
    CHECK(recognised({"blocks.0.attn.W_V", "embed.W_E"}) == "TransformerLens behind ''");
    CHECK(recognised({"transformer.blocks.3.attn.W_V"}) == "TransformerLens behind 'transformer.'");
    CHECK(recognised({"transformer.blocks.0.attn.W_V", "state_embedding.weight"}) ==
          "decision transformer behind 'transformer.'");
    CHECK(recognised({"transformer.blocks.0.attn.W_V", "reward_predictor.weight"}) ==
          "decision transformer behind 'transformer.'");
    CHECK(recognised({"embed.W_E", "unembed.W_U"}) == "none");
    CHECK(recognised({"state_embedding.weight"}) == "none");
    CHECK(recognised({}) == "none");
}

TEST_CASE("the usual prefix of one of two schemes of the same names tells which it is") {
    const auto behind = [](const std::string& wrapper) {
        std::vector<std::string> names = {wrapper + "embeddings.word_embeddings.weight"};
        for (const char* const part : {"self.query", "self.value", "output.dense"})
            names.push_back(wrapper + "encoder.layer.0.attention." + part + ".weight");
        return names;
    };
    CHECK(recognised(behind("roberta.")) == "RoBERTa behind 'roberta.'");
    CHECK(recognised(behind("student.roberta.")) == "RoBERTa behind 'student.roberta.'");
    CHECK(recognised(behind("student.bert.")) == "BERT behind 'student.bert.'");
    CHECK(recognised(behind("student.")) == "BERT behind 'student.'");
    CHECK(recognised(behind("student."), "roberta") == "RoBERTa behind 'student.'");
    CHECK(recognised(behind("xroberta.")) == "BERT behind 'xroberta.'");
    CHECK(search(behind("xroberta.")).unconfirmed == search(behind("")).unconfirmed);
    for (const auto& [wrapper, type, other] :
         {std::array{"a.roberta.", "bert", "RoBERTa"}, std::array{"a.bert.", "roberta", "BERT"}}) {
        const auto found = search(behind(wrapper), type);
        CHECK_FALSE(found.match);
        REQUIRE(found.other_type != nullptr);
        CHECK(found.other_type->name == other);
    }
}

TEST_CASE("schemes are recognised by the tensors that only they have") {
    CHECK(recognised({"model.layers.0.self_attn.q_proj.weight"}) == "Llama behind 'model.'");
    CHECK(recognised({"layers.11.self_attn.q_proj.weight"}) == "Llama behind ''");
    CHECK(recognised(llama_behind("language_model.model.")) == "Llama behind 'language_model.model.'");
    CHECK(recognised({"model.layers.0.self_attn.q_proj.weight",
                      "model.layers.0.pre_feedforward_layernorm.weight"}) == "Gemma 2 behind 'model.'");
    CHECK(recognised({"gpt_neox.layers.0.attention.query_key_value.weight"}) ==
          "GPT-NeoX behind 'gpt_neox.'");
    CHECK(recognised({"bert.encoder.layer.0.attention.self.query.weight"}) == "BERT behind 'bert.'");
    CHECK(recognised({"encoder.layer.0.attention.self.query.weight"}) == "BERT behind ''");
    CHECK(recognised({"model.layers.0.input_layernorm.weight"}) == "none");
    const std::string layer = "model.layers.1.", query = layer + "self_attn.q_proj.weight";
    CHECK(recognised({query, layer + "block_sparse_moe.gate.weight"}) == "Mixtral behind 'model.'");
    CHECK(recognised({query, layer + "mlp.experts.7.gate_proj.weight"}) == "Qwen MoE behind 'model.'");
    CHECK(recognised({query, layer + "self_attn.sinks"}) == "GPT-OSS behind 'model.'");
    CHECK(recognised({query, layer + "self_attn.o_proj.weight", layer + "self_attn.kv_a_proj_with_mqa.weight",
                      layer + "mlp.experts.0.gate_proj.weight"}) == "DeepSeek behind 'model.'");
    CHECK(recognised(all_of(llama_behind("language_model.model."),
                            {"language_model.model.layers.0.feed_forward.router.weight"})) ==
          "Llama 4 behind 'language_model.model.'");
    CHECK(recognised({"roberta.encoder.layer.0.attention.self.query.weight"}) == "none");
    CHECK(recognised({"transformer.h.0.attn.attention.q_proj.weight"}) == "none");
    CHECK(recognised({"transformer.h.0.attn.attention.out_proj.weight"}) == "GPT-Neo behind 'transformer.'");
    CHECK(recognised({"transformer.h.0.mlp.fc_in.weight"}) == "GPT-J behind 'transformer.'");
    CHECK(recognised({"model.decoder.layers.0.self_attn_layer_norm.weight"}) ==
          "OPT behind 'model.decoder.'");
    CHECK(recognised({"model.layers.0.self_attn.dense.weight"}) == "Phi behind 'model.'");
    CHECK(recognised({"model.layers.0.self_attn.qkv_proj.weight"}) == "Phi-3 behind 'model.'");
    CHECK(recognised({"model.layers.0.mlp.gate_up_proj.weight"}, "glm") == "GLM-4 behind 'model.'");
    CHECK(recognised({"model.layers.0.mlp.gate_up_proj.weight"}) == "none");
    CHECK(recognised({"model.layers.0.post_self_attn_layernorm.weight"}) == "GLM-4-0414 behind 'model.'");
    CHECK(recognised({"model.layers.0.post_feedforward_layernorm.weight"}) == "OLMo 2 behind 'model.'");
    CHECK(recognised({"model.layers.0.mlp.c_fc.weight"}, "starcoder2") == "StarCoder 2 behind 'model.'");
    CHECK(recognised({"model.layers.0.input_layernorm.bias"}, "stablelm") == "StableLM behind 'model.'");
    CHECK(recognised({"layers.0.attention.wq.weight"}) == "Meta behind ''");
    CHECK(recognised({"_orig_mod.layers.0.attention.wq.weight"}) == "Meta behind ''");
}

TEST_CASE("GPT-2 and nanoGPT are told apart by the form of c_attn") {
    const std::vector<std::string> names = {"transformer.h.0.attn.c_attn.weight"};
    CHECK(recognised(names, {}, {6, 18}) == "GPT-2 behind 'transformer.'");
    CHECK(recognised(names, {}, {18, 6}) == "nanoGPT behind 'transformer.'");
    CHECK(recognised(names, {}, {6, 6}) == "none");
    CHECK(recognised(names, {}, {6}) == "none");
    CHECK(recognised({"_orig_mod.transformer.h.0.attn.c_attn.weight"}, {}, {18, 6}) ==
          "nanoGPT behind 'transformer.'");
    CHECK(recognised({"h.0.attn.c_attn.weight"}, {}, {6, 18}) == "GPT-2 behind ''");
}

TEST_CASE("the config's model type decides where names do not") {
    const std::vector<std::string> names = {"model.layers.0.self_attn.q_proj.weight"};
    CHECK(recognised(names, "llama") == "Llama behind 'model.'");
    CHECK(recognised(names, "qwen2") == "Llama behind 'model.'");
    CHECK(recognised(names, "gemma") == "Gemma behind 'model.'");
    for (const auto& [type, scheme] :
         std::vector<std::pair<std::string, std::string>>{{"granite", "Granite"},
                                                          {"olmo", "OLMo"},
                                                          {"cohere", "Cohere"},
                                                          {"cohere2", "Cohere 2"},
                                                          {"smollm3", "SmolLM 3"},
                                                          {"qwen3", "Llama"},
                                                          {"mistral", "Llama"}})
        CHECK(recognised(names, type) == scheme + " behind 'model.'");
    CHECK(recognised(names, "minicpm") == "none");
    REQUIRE(search(names, "minicpm").other_type != nullptr);
    CHECK(search(names, "minicpm").other_type->name == "Llama");
    REQUIRE(search(names).unconfirmed != nullptr);
    CHECK(search(names).unconfirmed->name == "Gemma");
    CHECK(search(names, "llama").unconfirmed == nullptr);
    CHECK(search({"x"}, "llama").other_type == nullptr);
    CHECK(recognised({"blocks.0.attn.W_V"}, "gpt2") == "TransformerLens behind ''");
    CHECK(recognised({"blocks.0.attn.W_V"}, "anything") == "none");
}

TEST_CASE("every scheme has a name for each part of a model, with its axes") {
    using sl::schemes::weight_part;
    for (const auto& scheme : sl::known_schemes) {
        INFO(scheme.name);
        const auto named = [&](weight_part part) {
            return std::any_of(scheme.parts.begin(), scheme.parts.end(),
                               [&](const sl::schemes::part_name& row) { return row.part == part; });
        };
        for (const auto part : {weight_part::W_V, weight_part::W_O, weight_part::W_in, weight_part::W_out})
            CHECK(named(part));
        const auto is_embedding = [](const auto& row) { return row.role == sl::matrix_role::embedding; };
        const bool hears = scheme.name == "Whisper encoder"; // convolutions embed what it hears
        CHECK((named(weight_part::W_E) || hears ||
               std::any_of(scheme.extras.begin(), scheme.extras.end(), is_embedding)));
        const bool has_qk = !named(weight_part::W_latent);
        CHECK(named(weight_part::W_Q) == has_qk);
        CHECK(named(weight_part::W_K) == has_qk);
        CHECK((has_qk || !scheme.architecture.qk_refusal.empty()));
        const auto& architecture = scheme.architecture;
        const bool weightless = architecture.norm == sl::normalization::layer_norm_folded;
        const bool written = architecture.norms == sl::norm_placement::written;
        CHECK(named(written ? weight_part::ln1_post_w : weight_part::ln1_w) != weightless);
        CHECK(named(written ? weight_part::ln2_post_w : weight_part::ln2_w) != weightless);
        for (const auto& row : scheme.parts) CHECK(sl::detail::stored_rank(row.axes) > 0);
        for (const auto& row : scheme.extras) CHECK(sl::detail::stored_rank(row.axes) > 0);
    }
}

TEST_CASE("schemes have different names, and no table names one tensor for one part twice") {
    std::set<std::string> names;
    for (const auto& scheme : sl::known_schemes) {
        CHECK(names.insert(std::string(scheme.name)).second);
        std::set<std::string> rows;
        for (const auto& row : scheme.parts)
            CHECK(rows.insert(std::to_string(static_cast<int>(row.part)) + " " + std::string(row.pattern))
                      .second);
    }
}
