// Checkpoints that are not what they seem, by the tensor names of the tools that write them: each is a model of
// make_architectures.py, changed and written to a file. It is refused with the reason, or read as NumPy reads it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/canonical_parts.hpp"
#include "model/edited_model.hpp"
#include "model/failure.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::dtype;
using sl::errc;

namespace {

using extents = std::vector<std::uint64_t>;
using file_change = std::function<void(edited_model&)>;

/// A checkpoint of another kind than its tensor names say at first sight.
struct misreading {
    std::string name;
    std::string architecture;
    file_change edit;
    nlohmann::json config = {};  ///< fields over those of the architecture's config.json
    bool without_config = false; ///< nothing but the number of heads is known
};

nlohmann::json config_of(const misreading& each) {
    if (each.without_config) return {};
    const auto text = read_file(architecture_folder() / each.architecture / "config.json");
    auto config = text.empty() ? nlohmann::json::object() : nlohmann::json::parse(text);
    config.update(each.config.is_null() ? nlohmann::json::object() : each.config);
    return config;
}

/// What reading the file says: an error's code and message, or nothing.
struct reading_result {
    failure refusal;
    sl::transformer_weights weights;
    bool refused() const { return !refusal.message.empty(); }
};

reading_result read(const misreading& each, sl::model_config callers = {}) {
    const temporary_directory folder;
    edited_model model(each.architecture);
    if (each.without_config) callers.n_heads = model.config.n_heads;
    if (each.edit) each.edit(model);
    const auto config = config_of(each);
    const auto file = model.written(folder.path(), config.empty() ? std::string() : config.dump());
    reading_result result;
    try {
        result.weights = sl::transformer_weights(file, {.config = callers});
    } catch (const sl::model_error& e) {
        result.refusal = {e.code(), e.what()};
    }
    return result;
}

/// One line that names the file, and the reason by each of the words.
void check_refused(const misreading& each, const std::vector<std::string>& words) {
    const auto found = read(each);
    INFO(each.name << ": " << found.refusal.message);
    CHECK(found.refused());
    CHECK((found.refusal.code == errc::unsupported_model || found.refusal.code == errc::unknown_scheme ||
           found.refusal.code == errc::unknown_tensor));
    CHECK(found.refusal.says("model.safetensors: "));
    CHECK_FALSE(found.refusal.says("\n"));
    for (const auto& word : words) CHECK(found.refusal.says(word));
}

/// Read to the bit as NumPy reads what was not changed.
void check_read(const misreading& each) {
    const auto found = read(each);
    INFO(each.name << ": " << found.refusal.message);
    REQUIRE_FALSE(found.refused());
    CHECK(difference_to_canonical(found.weights, each.architecture) == "");
}

// ---- the weights of each family, without `.weight` ------------------------------------------------------------------

struct family {
    std::string architecture;
    std::string blocks; ///< before the layer's number
    std::vector<std::string> attention;
    std::vector<std::string> mlp;
    std::string ending = ".weight";
};

const std::vector<family>& families() {
    static const std::vector<family> all = {
        {"llama",
         "model.layers.",
         {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"},
         {"mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}},
        {"gpt2", "h.", {"attn.c_attn", "attn.c_proj"}, {"mlp.c_fc", "mlp.c_proj"}},
        {"gpt_neox",
         "gpt_neox.layers.",
         {"attention.query_key_value", "attention.dense"},
         {"mlp.dense_h_to_4h", "mlp.dense_4h_to_h"}},
        {"bert",
         "bert.encoder.layer.",
         {"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"},
         {"intermediate.dense", "output.dense"}},
        {"transformer_lens",
         "blocks.",
         {"attn.W_Q", "attn.W_K", "attn.W_V", "attn.W_O"},
         {"mlp.W_in", "mlp.W_out"},
         ""},
    };
    return all;
}

const family& family_of(const std::string& architecture) {
    return *std::find_if(families().begin(), families().end(),
                         [&](const family& each) { return each.architecture == architecture; });
}

/// Matrices of a family: of both layers or one, of attention and MLP or one.
std::vector<std::string> stems(const family& f, const std::vector<int>& layers, bool attention, bool mlp) {
    std::vector<std::string> all;
    for (const int layer : layers) {
        const auto at = f.blocks + std::to_string(layer) + ".";
        if (attention)
            for (const auto& name : f.attention) all.push_back(at + name);
        if (mlp)
            for (const auto& name : f.mlp) all.push_back(at + name);
    }
    return all;
}

// ---- quantisation formats -------------------------------------------------------------------------------------------

/// What a tool stores in place of one matrix.
struct format {
    std::string name;
    std::function<void(edited_model&, const std::string& stem, const std::string& ending)> store;
};

const std::vector<format>& formats() {
    const auto shape = [](const edited_model& m, const std::string& stem, const std::string& ending) {
        return m.shape(stem + ending);
    };
    const auto with_scale = [=](dtype type, const std::string& scale, dtype of, const extents& size) {
        return [=](edited_model& m, const std::string& stem, const std::string& ending) {
            m.add(stem + ending, type, shape(m, stem, ending));
            if (!scale.empty()) m.add(stem + scale, of, size);
        };
    };
    const auto packed = [=](const std::vector<std::pair<std::string, dtype>>& parts) {
        return [=](edited_model& m, const std::string& stem, const std::string& ending) {
            m.erase(stem + ending);
            for (const auto& [part, type] : parts) m.add(stem + part, type, {2, 6});
        };
    };
    static const std::vector<format> all = {
        {"bitsandbytes int8", with_scale(dtype::i8, ".SCB", dtype::f32, {6})},
        {"bitsandbytes nf4",
         [](edited_model& m, const std::string& stem, const std::string& ending) {
             m.add(stem + ending, dtype::u8, {18, 1});
             m.add(stem + ending + ".absmax", dtype::f32, {1});
             m.add(stem + ending + ".quant_map", dtype::f32, {16});
             m.add(stem + ending + ".quant_state.bitsandbytes__nf4", dtype::u8, {80});
         }},
        {"GPTQ", packed({{".qweight", dtype::i32},
                         {".qzeros", dtype::i32},
                         {".scales", dtype::f16},
                         {".g_idx", dtype::i32}})},
        {"AWQ", packed({{".qweight", dtype::i32}, {".qzeros", dtype::i32}, {".scales", dtype::f16}})},
        {"FP8, a scale a tensor", with_scale(dtype::f8_e4m3, ".weight_scale", dtype::f32, {})},
        {"FP8, a scale a block", with_scale(dtype::f8_e4m3, ".weight_scale_inv", dtype::f32, {1, 1})},
        {"HQQ", packed({{".W_q", dtype::u8}, {".scale", dtype::f16}, {".zero", dtype::f16}})},
        {"compressed-tensors", packed({{".weight_packed", dtype::i32},
                                       {".weight_scale", dtype::bf16},
                                       {".weight_shape", dtype::i64}})},
        {"qscale_weight", with_scale(dtype::i8, ".qscale_weight", dtype::f32, {6, 1})},
        {"int8 and .scale", with_scale(dtype::i8, ".scale", dtype::f32, {6, 1})},
        {"quanto", packed({{".weight._data", dtype::i8}, {".weight._scale", dtype::f32}})},
        {"MLX",
         [](edited_model& m, const std::string& stem, const std::string& ending) {
             m.add(stem + ending, dtype::u32, {6, 1});
             m.add(stem + ".scales", dtype::f16, {6, 1});
             m.add(stem + ".biases", dtype::f16, {6, 1});
         }},
        {"16-bit numbers beside a scale", with_scale(dtype::f16, ".weight_scale", dtype::f32, {1})},
        {"int8 alone", with_scale(dtype::i8, "", dtype::f32, {})},
        {"uint8 alone", with_scale(dtype::u8, "", dtype::f32, {})},
        {"int16 alone", with_scale(dtype::i16, "", dtype::f32, {})},
        {"int32 alone", with_scale(dtype::i32, "", dtype::f32, {})},
        {"int64 alone", with_scale(dtype::i64, "", dtype::f32, {})},
        {"bits alone", with_scale(dtype::boolean, "", dtype::f32, {})},
        {"FP8 E4M3 alone", with_scale(dtype::f8_e4m3, "", dtype::f32, {})},
        {"FP8 E5M2 alone", with_scale(dtype::f8_e5m2, "", dtype::f32, {})},
    };
    return all;
}

/// Adds a tensor of rank two.
file_change adding(const std::string& name, const extents& shape = {2, 6}) {
    return [=](edited_model& m) { m.add(name, shape); };
}

file_change adding_all(const std::vector<std::string>& names, const extents& shape = {2, 6}) {
    return [=](edited_model& m) {
        for (const auto& name : names) m.add(name, shape);
    };
}

/// Puts tensors where the MLPs of a family were.
file_change in_place_of_mlps(const std::string& architecture, const std::vector<std::string>& names) {
    return [=](edited_model& m) {
        const auto& f = family_of(architecture);
        for (const auto& stem : stems(f, {0, 1}, false, true))
            for (const char* const ending : {".weight", ".bias", ""}) m.erase(stem + ending);
        for (const char* const bias : {"mlp.b_in", "mlp.b_out"})
            for (const char* const layer : {"0.", "1."}) m.erase(f.blocks + layer + bias);
        for (const auto& name : names)
            for (const char* const layer : {"0.", "1."}) m.add(f.blocks + layer + name, {5, 6});
    };
}

} // namespace

TEST_CASE("quantised weights are refused in every format, whatever part of the model they are") {
    std::size_t cases = 0;
    for (const auto& f : families()) {
        const std::vector<std::pair<std::string, std::vector<std::string>>> scopes = {
            {"all", stems(f, {0, 1}, true, true)},
            {"the MLPs", stems(f, {0, 1}, false, true)},
            {"the last layer", stems(f, {1}, true, true)},
            {"one matrix", {f.blocks + "1." + f.mlp.back()}},
        };
        for (const auto& format : formats())
            for (const auto& [scope, names] : scopes) {
                const file_change store = [&, wanted = names](edited_model& m) {
                    for (const auto& stem : wanted) format.store(m, stem, f.ending);
                };
                check_refused({format.name + ", " + scope + ", " + f.architecture, f.architecture, store},
                              {"quantised", "BF16"});
                ++cases;
            }
    }
    CHECK(cases == 5 * 21 * 4);
}

TEST_CASE("embedding and unembedding are weights too") {
    const std::vector<std::pair<std::string, std::string>> matrices = {
        {"llama", "lm_head"},
        {"llama", "model.embed_tokens"},
        {"gpt2", "wte"},
        {"gpt2", "wpe"},
        {"gpt2_prefix_f16", "lm_head"},
        {"gpt_neox", "embed_out"},
        {"bert", "bert.embeddings.word_embeddings"}};
    for (const auto& [architecture, stem] : matrices)
        for (const auto& format : formats()) {
            if (format.name == "GPTQ" || format.name == "quanto") continue; // of linear layers only
            const file_change store = [&, name = stem](edited_model& m) { format.store(m, name, ".weight"); };
            check_refused({format.name + ", " + stem, architecture, store}, {"quantised"});
        }
    check_refused({"an action predictor", "decision_transformer",
                   [](edited_model& m) {
                       m.add("action_predictor.weight", dtype::i8, m.shape("action_predictor.weight"));
                   }},
                  {"\"action_predictor.weight\" holds I8"});
    check_refused({"a scaled state embedding", "decision_transformer", adding("state_embedding.SCB", {6})},
                  {"\"state_embedding.SCB\"", "quantised"});
    check_refused(
        {"an integer bias", "gpt2", [](edited_model& m) { m.add("h.1.mlp.c_fc.bias", dtype::i32, {5}); }},
        {"\"h.1.mlp.c_fc.bias\" holds I32", "quantised"});
}

TEST_CASE("a config that says that the weights are quantised is refused, with the method") {
    const auto with = [](const char* architecture, nlohmann::json config) {
        return misreading{"by the config: " + config.dump(), architecture, {}, std::move(config)};
    };
    for (const char* const method : {"bitsandbytes", "gptq", "awq", "fp8", "compressed-tensors", "hqq",
                                     "quanto", "mxfp4", "torchao", "aqlm"})
        for (const char* const architecture : {"llama", "gpt2", "bert", "transformer_lens"})
            check_refused(with(architecture, {{"quantization_config", {{"quant_method", method}}}}),
                          {method, "config.json says that the weights are quantised", "BF16",
                           "{.config = {.quantization = \"\"}}"});
    check_refused(with("llama", {{"quantization_config", {{"load_in_8bit", true}}}}),
                  {"quantization_config"});
    check_refused(with("llama", {{"compression_config", {{"format", "pack-quantized"}}}}),
                  {"pack-quantized"});
    check_refused(with("llama", {{"quantization", {{"group_size", 64}, {"bits", 4}}}}), {"quantised"});
    check_refused(with("llama", {{"text_config",
                                  {{"model_type", "llama"},
                                   {"num_attention_heads", 3},
                                   {"quantization_config", {{"quant_method", "awq"}}}}}}),
                  {"awq"});
    const misreading in_metadata{"in the metadata", "llama", [](edited_model& m) {
                                     m.metadata["config"] =
                                         R"({"n_heads": 3, "quantization_config": {"quant_method": "gptq"}})";
                                 }};
    check_refused(in_metadata, {"gptq"});
    check_read(with("llama", {{"quantization_config", nullptr}}));

    const auto said = with("llama", {{"quantization_config", {{"quant_method", "fp8"}}}});
    const auto found = read(said, {.quantization = ""});
    REQUIRE_FALSE(found.refused());
    CHECK(difference_to_canonical(found.weights, "llama") == "");
}

TEST_CASE("adapters that are not merged are refused, beside the weights and around them") {
    struct place {
        std::string architecture, stem, mlp;
    };
    const std::vector<place> places = {
        {"llama", "model.layers.1.self_attn.q_proj", "model.layers.0.mlp.down_proj"},
        {"gpt2", "h.1.attn.c_attn", "h.0.mlp.c_proj"},
        {"gpt_neox", "gpt_neox.layers.1.attention.query_key_value", "gpt_neox.layers.0.mlp.dense_4h_to_h"},
        {"bert", "bert.encoder.layer.1.attention.self.query", "bert.encoder.layer.0.output.dense"},
    };
    const auto moved = [](const std::string& stem) {
        return [=](edited_model& m) {
            const auto shape = m.shape(stem + ".weight");
            m.erase(stem + ".weight");
            m.add(stem + ".base_layer.weight", shape);
            m.add(stem + ".lora_A.default.weight", {2, shape[1]});
            m.add(stem + ".lora_B.default.weight", {shape[0], 2});
        };
    };
    for (const auto& [architecture, stem, mlp] : places) {
        for (const auto& at : {stem, mlp})
            for (const char* const part :
                 {".lora_A.default.weight", ".lora_A.weight", ".lora_magnitude_vector.default.weight",
                  ".ia3_l.default", ".vera_lambda_b.default", ".hada_w1_a.default"}) {
                check_refused({"beside: " + at + part, architecture, adding(at + part)},
                              {"\"" + at + part + "\"", "an adapter", "merge_and_unload"});
                const auto outer = "base_model.model." + at + part;
                check_refused({"in a tree of its own: " + outer, architecture, adding(outer)},
                              {"\"" + outer + "\"", "an adapter"});
            }
        check_refused({"around the MLP", architecture, moved(mlp)}, {"base_layer", "an adapter"});
        check_refused({"around attention", architecture, moved(stem)}, {"base_layer", "an adapter"});
        check_refused({"around all, as PEFT names it", architecture,
                       [&, wanted = stem](edited_model& m) {
                           moved(wanted)(m);
                           m.rename([](const std::string& name) { return "base_model.model." + name; });
                       }},
                      {"base_layer", "an adapter"});
    }
    check_refused({"of the unembedding", "llama", adding("base_model.model.lm_head.lora_B.weight")},
                  {"\"base_model.model.lm_head.lora_B.weight\"", "an adapter"});
    check_refused({"of the embedding", "gpt2", adding("wte.lora_embedding_A.default")}, {"an adapter"});
    check_refused({"an adapter alone", "llama",
                   [](edited_model& m) {
                       for (const auto& name : m.names()) m.erase(name);
                       for (const char* const part : {"A", "B"})
                           m.add("base_model.model.model.layers.0.self_attn.q_proj.lora_" +
                                     std::string(part) + ".weight",
                                 {2, 6});
                   }},
                  {"an adapter", "merge_and_unload"});
    check_refused({"bottleneck adapters", "bert",
                   adding("bert.encoder.layer.0.output.adapters.a.adapter_down.0.weight")},
                  {"an adapter"});
}

TEST_CASE("mixtures of experts of other families are refused, with and without a config") {
    const std::vector<std::string> mixtral = {"block_sparse_moe.experts.0.w1.weight",
                                              "block_sparse_moe.experts.1.w2.weight"};
    const std::vector<std::string> shared = {"mlp.shared_expert.up_proj.weight",
                                             "mlp.shared_expert.down_proj.weight"};
    for (const auto& names : {mixtral, shared, std::vector<std::string>{"moe.w1.weight"},
                              std::vector<std::string>{"feed_forward.experts.gate_up_proj"},
                              std::vector<std::string>{"mlp.router.weight"},
                              std::vector<std::string>{"mlp.gate.weight", "mlp.experts.gate_up_proj"}}) {
        const auto edit = in_place_of_mlps("llama", names);
        check_refused({"without a config: " + names.front(), "llama", edit, {}, true},
                      {"a mixture of experts"});
        check_refused({"with a Llama's: " + names.front(), "llama", edit}, {"a mixture of experts"});
        check_refused({"with its own: " + names.front(), "llama", edit, {{"model_type", "mixtral"}}},
                      {"mixtral"});
    }
    check_refused({"GPT-NeoX", "gpt_neox",
                   in_place_of_mlps("gpt_neox", {"mlp.deepspeed_moe.experts.0.dense_h_to_4h.weight"})},
                  {"a mixture of experts"});
    check_refused({"GPT-2", "gpt2", in_place_of_mlps("gpt2", {"moe.experts.0.c_fc.weight"})},
                  {"a mixture of experts"});
    check_refused({"TransformerLens", "transformer_lens",
                   in_place_of_mlps("transformer_lens", {"mlp.experts.0.W_in.weight", "mlp.W_gate.weight"})},
                  {"a mixture of experts"});
}

TEST_CASE("a known family's experts beside a config of another family, or in part, are refused") {
    const std::vector<std::string> router = {"block_sparse_moe.gate.weight"};
    check_refused({"a router alone", "llama", in_place_of_mlps("llama", router), {}, true},
                  {"no tensor", "experts"});
    check_refused({"a router alone, said to be a Llama", "llama", in_place_of_mlps("llama", router)},
                  {"a mixture of experts"});
    check_refused({"an expert in one layer, beside dense MLPs",
                   "llama",
                   adding("model.layers.1.mlp.experts.0.gate_proj.weight"),
                   {},
                   true},
                  {"no tensor", "model.layers.1.mlp.gate.weight"});
    check_refused(
        {"an expert in one layer of a Llama", "llama", adding("model.layers.1.mlp.experts.0.up_proj.weight")},
        {"a mixture of experts"});
    for (const char* const type : {"phimoe", "olmoe", "glm4_moe", "minimax_m2", "ernie4_5_moe", "jamba"}) {
        check_refused({type, "mixtral", {}, {{"model_type", type}}}, {type, "expected one of"});
        check_refused({type, "qwen3_moe", {}, {{"model_type", type}}}, {type, "expected one of"});
    }
    check_refused(
        {"PhiMoE without a config",
         "mixtral",
         adding_all({"model.layers.0.input_layernorm.bias", "model.layers.1.input_layernorm.bias"}, {6}),
         {},
         true},
        {"LayerNorms in place of RMSNorms"});
    check_refused({"a second kind of shared experts", "qwen2_moe",
                   adding("model.layers.1.mlp.shared_experts.up_proj.weight")},
                  {"a mixture of experts"});
    check_refused({"4-bit experts",
                   "gpt_oss",
                   [](edited_model& m) {
                       for (const char* const layer : {"0", "1"})
                           for (const char* const part : {"gate_up_proj", "down_proj"}) {
                               const auto at = "model.layers." + std::string(layer) + ".mlp.experts." + part;
                               m.erase(at);
                               m.add(at + "_blocks", dtype::u8, {4, 6, 1, 16});
                               m.add(at + "_scales", dtype::u8, {4, 6, 1});
                           }
                   },
                   {{"quantization_config", {{"quant_method", "mxfp4"}}}}},
                  {"mxfp4"});
    check_refused({"4-bit experts without a config", "gpt_oss",
                   [](edited_model& m) {
                       m.add("model.layers.1.mlp.experts.down_proj_blocks", dtype::u8, {4, 6, 1, 16});
                   }},
                  {"model.layers.1.mlp.experts.down_proj_blocks"});
}

TEST_CASE("MLPs under other names are no MLPs that are absent") {
    const std::vector<std::pair<std::string, std::vector<std::string>>> others = {
        {"llama", {"mlp.fc1.weight", "mlp.fc2.weight"}},
        {"llama", {"mlp.gate_up_proj.weight", "mlp.out.weight"}},
        {"llama", {"feed_forward.w1.weight", "feed_forward.w2.weight", "feed_forward.w3.weight"}},
        {"llama", {"mlp.c_fc.weight", "mlp.c_proj.weight"}},
        {"gpt2", {"mlp.fc_in.weight", "mlp.fc_out.weight"}},
        {"gpt2", {"mlp.c_fc_0.weight", "mlp.c_fc_1.weight"}},
        {"gpt_neox", {"mlp.up_proj.weight", "mlp.down_proj.weight"}},
        {"bert", {"mlp.gated_layers.weight", "mlp.wo.weight", "mlp.wo.bias"}},
        {"bert", {"mlp.layernorm.weight", "mlp.up_gated_layer.weight", "mlp.down_layer.weight"}},
        {"transformer_lens", {"mlp.W1", "mlp.W2"}},
    };
    for (const auto& [architecture, names] : others) {
        const misreading each{names.front(), architecture, in_place_of_mlps(architecture, names)};
        check_refused(each, {"nothing reads", "computes something else", ".schemes"});
        auto unknown = each;
        unknown.without_config = true;
        check_refused(unknown, {"nothing reads"});
    }
    SECTION("biases without their weights") {
        for (const char* const architecture : {"gpt2", "gpt_neox", "bert"}) {
            const auto& f = family_of(architecture);
            check_refused({"biases alone", architecture,
                           [&](edited_model& m) {
                               for (const auto& stem : stems(f, {0, 1}, false, true))
                                   m.erase(stem + ".weight");
                           }},
                          {"no tensor", f.mlp.front() + ".weight"});
        }
    }
}

TEST_CASE("what else stands in a block and is not read makes it another block") {
    const std::vector<std::pair<std::string, std::string>> parts = {
        {"llama", "model.layers.1.self_attn.sinks"},
        {"llama", "model.layers.1.post_self_attn_layernorm.weight"},
        {"llama", "model.layers.1.post_mlp_layernorm.weight"},
        {"llama", "model.layers.1.input_layernorm.bias"},
        {"llama", "model.norm.bias"},
        {"llama", "model.layers.0.self_attn.attn_scale"},
        {"llama", "model.layers.0.per_layer_input_gate.weight"},
        {"llama", "model.layers.0.self_attn.kv_a_proj_with_mqa.weight"},
        {"llama", "model.layers.0.cross_attn.q_proj.weight"},
        {"llama", "model.layers.0.mlp.up_proj.weight_g"},
        {"llama", "model.layers.0.layer_scale"},
        {"gpt2", "h.1.crossattention.q_attn.weight"},
        {"gpt2", "h.1.ln_cross_attn.weight"},
        {"gpt2", "h.0.attn.c_attn.parametrizations.weight.original0"},
        {"gpt2", "h.0.resweight"},
        {"gpt_neox", "gpt_neox.layers.0.attention.q_norm.weight"},
        {"bert", "bert.encoder.layer.0.attention.self.distance_embedding.weight"},
        {"bert", "bert.encoder.relative_attention_bias.weight"},
        {"bert", "bert.encoder.rel_embeddings.weight"},
        {"bert", "bert.embeddings.x_position_embeddings.weight"},
        {"bert", "bert.encoder.layer.0.crossattention.self.query.weight"},
        {"bert_no_head", "encoder.layer.1.layernorm_before.weight"},
        {"transformer_lens", "blocks.0.attn.rel_pos_bias.weight"},
        {"transformer_lens", "blocks.0.mlp.ln.w"},
        {"transformer_lens_post", "transformer.blocks.0.ln1_post.b"},
    };
    for (const auto& [architecture, name] : parts)
        check_refused({name, architecture, adding(name, {6})}, {"\"" + name + "\""});
    CHECK(read({"", "bert", adding(parts[16].second)}).refusal.says("relative positions"));
    CHECK(read({"", "bert", adding(parts[17].second)}).refusal.says("relative positions"));
    CHECK(read({"", "gpt2", adding(parts[11].second)}).refusal.says("attention to another model's output"));
    CHECK(read({"", "llama", adding(parts[8].second)}).refusal.says("attention to another model's output"));
}

TEST_CASE("every known scheme refuses a config of another model type") {
    const std::vector<std::pair<std::string, std::string>> types = {
        {"nanogpt", "codegen"},
        {"gpt_bigcode", "codegen"},
        {"bloom", "mpt"},
        {"falcon_7b", "bloom"},
        {"mpt", "dbrx"},
        {"roberta", "bert"},
        {"distilbert", "bert"},
        {"mixtral", "phimoe"},
        {"qwen2_moe", "olmoe"},
        {"gpt_oss", "jamba"},
        {"deepseek_v3", "deepseek_vl"},
        {"nanogpt_no_bias", "mpt"},
        {"gpt2", "openai-gpt"},
        {"gpt2", "imagegpt"},
        {"gpt2_prefix_f16", "gpt_bigcode"},
        {"llama", "granitemoe"},
        {"llama", "glm"},
        {"llama", "glm4"},
        {"llama", "olmo2"},
        {"llama", "phi3"},
        {"llama_tied", "minicpm"},
        {"gpt_neo", "codegen"},
        {"gptj", "codegen"},
        {"opt", "biogpt"},
        {"phi", "persimmon"},
        {"phi3", "phi3small"},
        {"glm4", "glm4v"},
        {"olmo2", "exaone4"},
        {"meta_llama", "internlm2"},
        {"gemma", "recurrent_gemma"},
        {"gemma2", "gemma3n"},
        {"gpt_neox", "gpt_neox_japanese"},
        {"gpt_neox_sequential", "bloom"},
        {"bert", "roberta"},
        {"bert_no_head", "electra"},
        {"transformer_lens", "t5"},
        {"decision_transformer", "trajectory_transformer"},
    };
    const auto refused = [](const std::string& architecture, const std::string& type) {
        misreading each{type, architecture, {}, {{"model_type", type}}};
        auto config = config_of(each);
        if (config.contains("text_config")) config["text_config"]["model_type"] = type;
        each.config = config;
        check_refused(each, {"\"" + type + "\"", "model_type", "expected one of"});
    };
    for (const auto& [architecture, type] : types) refused(architecture, type);
    for (const auto& entry : std::filesystem::directory_iterator(architecture_folder()))
        refused(entry.path().filename().string(), "another"); // a model of every scheme is among them
    for (const auto& scheme : sl::known_schemes) CHECK_FALSE(scheme.model_types.empty());
}

TEST_CASE("families that share names are not taken for each other") {
    const auto drop = [](const std::vector<std::string>& names) {
        return [=](edited_model& m) {
            for (const auto& name : names) m.erase(name);
        };
    };
    const auto typed = [](const char* architecture, const file_change& edit, const char* type) {
        return misreading{type, architecture, edit, {{"model_type", type}}};
    };
    const auto says = [&](const misreading& each, const std::vector<std::string>& words) {
        const auto found = read(each);
        INFO(each.name << ": " << found.refusal.message);
        CHECK(found.refused());
        CHECK_FALSE(found.refusal.says("\n"));
        for (const auto& word : words) CHECK(found.refusal.says(word));
    };
    SECTION("a Llama's tensors that a config calls another's") {
        says(typed("llama", {}, "granite"), {"no config says embedding_multiplier", "Granite"});
        says(typed("llama", {}, "cohere"), {"post_attention_layernorm.weight", "nothing reads"});
        says(typed("llama", {}, "olmo"), {"input_layernorm.weight", "nothing reads"});
        says(typed("olmo", {}, "llama"), {"no tensor \"model.layers.0.input_layernorm.weight\""});
        says(typed("cohere", {}, "llama"), {"no tensor \"model.layers.0.post_attention_layernorm.weight\""});
        says(typed("stablelm", {}, "llama"), {"LayerNorms in place of RMSNorms"});
        says(typed("starcoder2", {}, "llama"), {"LayerNorms in place of RMSNorms"});
    }
    SECTION("without a config") {
        says({"Cohere", "cohere", {}, {}, true}, {"post_attention_layernorm"});
        says({"OLMo", "olmo", {}, {}, true}, {"input_layernorm"});
        says({"StableLM", "stablelm", {}, {}, true}, {"LayerNorms"});
        says({"StarCoder 2", "starcoder2", {}, {}, true}, {"LayerNorms"});
        says({"GLM-4", "glm4", {}, {}, true}, {"gate_up_proj"});
    }
    SECTION("what only some of a family have") {
        says({"OPT 350m", "opt", adding("model.decoder.project_in.weight")},
             {"\"model.decoder.project_in.weight\"", "OPT 350m"});
        says({"OPT 350m", "opt", {}, {{"do_layer_norm_before", false}}},
             {"do_layer_norm_before = false", "norms behind each sum"});
        says({"Granite's experts", "granite", adding("model.layers.0.block_sparse_moe.router.layer.weight")},
             {"a mixture of experts"});
    }
    SECTION("one norm for two is for parallel blocks") {
        const auto lacking = drop({"model.layers.0.post_attention_layernorm.weight",
                                   "model.layers.0.post_attention_layernorm.bias",
                                   "model.layers.1.post_attention_layernorm.weight",
                                   "model.layers.1.post_attention_layernorm.bias"});
        says({"in a row", "stablelm", lacking},
             {"\"model.layers.0.input_layernorm.weight\" is the only norm of a layer", "follow each other"});
        const auto half = drop({"model.layers.1.post_attention_layernorm.weight",
                                "model.layers.1.post_attention_layernorm.bias"});
        says({"in one layer", "stablelm", half},
             {"no tensor \"model.layers.1.post_attention_layernorm.weight\""});
        says({"GPT-J in a row", "gptj", {}, {{"use_parallel_residual", false}}},
             {"the only norm of a layer"});
    }
    SECTION("multipliers") {
        for (const char* const key : {"embedding_multiplier", "residual_multiplier", "logits_scaling"})
            says({key, "granite", {}, {{key, nullptr}}}, {key, "Granite", "config.json"});
        says({"zero", "granite", {}, {{"residual_multiplier", 0}}}, {"residual_multiplier = 0"});
        says({"nothing", "cohere", {}, {{"logit_scale", nullptr}}}, {"logit_scale", "Cohere"});
        says({"no scores", "granite", {}, {{"attention_multiplier", 0}}}, {"attention scale of 0"});
    }
    SECTION("one wrong tensor, one line") {
        says({"queries, keys and values", "phi3",
              [](edited_model& m) {
                  m.add("model.layers.1.self_attn.qkv_proj.weight", {14, 8});
              }},
             {"qkv_proj.weight\": expected shape [(n_heads = 4 + n_key_value_heads = 2 + n_key_value_heads = "
              "2) x "
              "d_head = 2, d_model = 8], found [14, 8]; config.json has n_heads = 4"});
        says({"positions", "opt",
              [](edited_model& m) {
                  m.add("model.decoder.embed_positions.weight", {8, 6});
              }},
             {"embed_positions.weight\": expected shape [(2 + n_ctx = 8), d_model = 6], found [8, 6]; "
              "config.json "
              "has n_ctx = 8"});
        says({"positions alone",
              "opt",
              [](edited_model& m) {
                  m.add("model.decoder.embed_positions.weight", {2, 6});
              },
              {{"max_position_embeddings", nullptr}}},
             {"expected shape [(2 + n_ctx), d_model = 6], found [2, 6]"});
        says({"gates and inputs", "glm4",
              [](edited_model& m) {
                  m.add("model.layers.1.mlp.gate_up_proj.weight", {9, 12});
              }},
             {"gate_up_proj.weight\": expected shape [2 x d_mlp = 5, d_model = 12], found [9, 12]"});
    }
}

TEST_CASE("norms of each head's queries and keys leave the rest as it is") {
    const misreading each{"StableLM 2 12B", "stablelm_parallel",
                          adding_all({"model.layers.0.self_attn.q_layernorm.norms.0.weight",
                                      "model.layers.0.self_attn.q_layernorm.norms.2.weight",
                                      "model.layers.1.self_attn.k_layernorm.norms.0.weight"},
                                     {4})};
    check_read(each);
    CHECK(read(each).weights.has_qk_norm);
    CHECK_FALSE(read({"", "stablelm_parallel", {}}).weights.has_qk_norm);
}

TEST_CASE("what bends on the way is said, and what no one rotation holds for is refused") {
    const auto provenance = [](const misreading& each) {
        const auto found = read(each);
        INFO(found.refusal.message);
        REQUIRE_FALSE(found.refused());
        return found.weights.provenance();
    };
    const auto has = [](const std::string& text, const std::string& part) {
        return text.find(part) != std::string::npos;
    };
    CHECK(has(provenance({"", "gemma2", {}, {{"attn_logit_softcapping", 50.0}}}),
              "attention scores are capped by a tanh at 50 (approximate)"));
    CHECK(has(provenance({"", "gemma2", {}, {{"final_logit_softcapping", 30.0}}}),
              "logits are capped by a tanh at 30 (approximate)"));
    CHECK(has(provenance({"", "olmo", {}, {{"clip_qkv", 8.0}}}),
              "queries, keys and values are clamped at 8 (approximate)"));
    CHECK_FALSE(has(provenance({"", "olmo", {}}), "approximate"));
    CHECK(has(provenance({"", "granite", {}}),
              "read with the config's multipliers: the embedding x 12, what attention "
              "and MLP write x 0.22, the unembedding x 0.125"));
    CHECK(has(provenance({"", "mpt", {}, {{"logit_scale", 0.25}}}),
              "not multiplied by the config's logit_scale 0.25, which MPT knows nothing of"));
    CHECK(has(provenance({"", "llama", {}, {{"residual_multiplier", 0.5}}}),
              "not multiplied by the config's residual_multiplier 0.5"));
    CHECK_FALSE(has(provenance({"", "mpt", {}, {{"logit_scale", 1.0}}}), "not multiplied"));
    CHECK_FALSE(has(provenance({"", "granite", {}}), "not multiplied"));
    for (const char* const architecture : {"cohere2", "smollm3"}) {
        const auto found = read({"", architecture, {}});
        REQUIRE_FALSE(found.refused());
        CHECK(has(found.weights.rotary_conflict, "rotary positions in some layers"));
    }
}

TEST_CASE("a BLOOM that a config calls Falcon has a norm that a Falcon has not") {
    check_refused({"BLOOM as Falcon", "bloom", {}, {{"model_type", "falcon"}}}, {"a norm of the embedding"});
    CHECK(read({"StarCoder as GPT-2", "gpt_bigcode", {}, {{"model_type", "gpt2"}}}).refusal.code ==
          errc::invalid_config); // a third of it is no head's
}

TEST_CASE("names that several architectures share are noted where no config tells which it is") {
    const auto notes = [](const std::string& architecture) {
        auto found = read({"", architecture, {}, {}, true});
        INFO(architecture << ": " << found.refusal.message);
        REQUIRE_FALSE(found.refused());
        return found.weights.provenance();
    };
    const auto says = [&](const std::string& architecture, const std::string& text) {
        return notes(architecture).find(text) != std::string::npos;
    };
    CHECK(says("llama", "taken as Llama: no config says that it is Gemma or Granite"));
    CHECK(says("nanogpt", "taken as nanoGPT: no config says that it is GPT-BigCode"));
    CHECK(says("gpt2", "taken as GPT-2: no config says that it is GPT-1 or ImageGPT"));
    CHECK(says("bert", "taken as BERT: no config says that it is RoBERTa"));
    CHECK(says("gpt_neox", "attention and MLP taken to be parallel: no config says"));
    CHECK_FALSE(says("transformer_lens", "taken"));
    SECTION("GPT-1 has other embeddings") {
        const file_change rename = [](edited_model& m) {
            m.rename([](const std::string& name) {
                return name == "wte.weight"   ? std::string("tokens_embed.weight")
                       : name == "wpe.weight" ? std::string("positions_embed.weight")
                                              : name;
            });
            m.erase("ln_f.weight");
            m.erase("ln_f.bias");
        };
        check_refused({"GPT-1", "gpt2", rename, {}, true}, {"GPT-1"});
        check_refused({"GPT-1 that a config calls GPT-2", "gpt2", rename}, {"GPT-1"});
    }
    SECTION("TransformerLens stores models of either order with rotary tables") {
        const auto found = read({"", "transformer_lens", adding("blocks.0.attn.rotary_sin", {5, 2})});
        CHECK(found.weights.provenance().find("taken to be one after the other: no config says") !=
              std::string::npos);
    }
}

TEST_CASE("buffers, other towers and heads of other tasks leave a model as it is") {
    const std::vector<std::pair<std::string, std::vector<std::string>>> beside = {
        {"llama",
         {"model.layers.0.self_attn.rotary_emb.inv_freq", "model.layers.1.self_attn.rotary_emb.cos_cached",
          "model.layers.1.self_attn.rotary_emb.sin_cached", "model.rotary_emb.inv_freq",
          "model.layers.0.self_attn.bias", "model.layers.0.self_attn.masked_bias"}},
        {"llama_tied", {"layers.0.self_attn.rotary_emb.inv_freq", "rotary_emb.inv_freq"}},
        {"gemma2", {"model.rotary_emb.inv_freq", "model.rotary_emb_local.inv_freq"}},
        {"gpt2", {"h.0.attn.bias", "h.1.attn.masked_bias"}},
        {"nanogpt", {"transformer.h.0.attn.bias"}},
        {"gpt_neox",
         {"gpt_neox.layers.0.attention.bias", "gpt_neox.layers.0.attention.masked_bias",
          "gpt_neox.layers.0.attention.rotary_emb.inv_freq"}},
        {"bert", {"bert.embeddings.position_ids", "bert.embeddings.token_type_ids"}},
        {"bert_no_head", {"embeddings.position_ids", "embeddings.token_type_ids"}},
        {"transformer_lens", {"blocks.0.attn.mask", "blocks.1.attn.IGNORE"}},
    };
    for (const auto& [architecture, names] : beside) {
        const misreading each{"buffers", architecture, adding_all(names)};
        check_read(each);
        CHECK(read(each).weights.unread.empty());
    }
    const std::vector<std::pair<std::string, std::vector<std::string>>> outside = {
        {"llama",
         {"vision_tower.layers.0.self_attn.q_proj.weight", "vision_tower.layers.0.self_attn.q_proj.SCB",
          "multi_modal_projector.linear_1.weight", "ema.model.layers.0.mlp.up_proj.weight", "score.weight"}},
        {"gpt2", {"v_head.summary.weight", "score.weight", "classifier.weight"}},
        {"bert",
         {"bert.pooler.dense.weight", "bert.pooler.dense.bias", "cls.seq_relationship.weight",
          "classifier.weight", "qa_outputs.weight"}},
        {"gpt_neox", {"value_head.weight"}},
    };
    for (const auto& [architecture, names] : outside) {
        const misreading each{names.front(), architecture, adding_all(names)};
        check_read(each);
        auto unread = read(each).weights.unread;
        auto expected = names;
        std::sort(unread.begin(), unread.end());
        std::sort(expected.begin(), expected.end());
        CHECK(unread == expected);
    }
}

TEST_CASE("a model that truly has no MLP is read without one") {
    for (const auto& f : families()) {
        const misreading each{"no MLP", f.architecture, in_place_of_mlps(f.architecture, {})};
        const auto found = read(each);
        INFO(f.architecture << ": " << found.refusal.message);
        REQUIRE_FALSE(found.refused());
        CHECK_FALSE(found.weights.has_mlp());
        CHECK(found.weights.provenance().find("no MLPs found") != std::string::npos);
        CHECK(found.weights.unread.empty());
    }
}
