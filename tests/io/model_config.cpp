#include "svdlens/io/model_config.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"

#if defined(__unix__)
#include <sys/stat.h>
#endif

namespace sl = svdlens;

namespace {

sl::model_config config_of(sl::metadata_map metadata) {
    return sl::read_model_config(sl::state_dict({}, std::move(metadata), "model.safetensors"));
}

std::string message_about(const std::string& key, const std::string& text) {
    try {
        config_of({{key, text}});
    } catch (const sl::format_error& failure) {
        CHECK(failure.code() == sl::errc::invalid_config);
        return failure.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("a decision transformer's config is read", "[io][model_config]") {
    const auto config =
        config_of({{"model_config",
                    R"({"d_model": 128, "n_heads": 4, "d_mlp": 256, "n_layers": 2, "n_ctx": 26,
                                        "layer_norm": "LN", "gated_mlp": true, "activation_fn": "relu", "seed": 1,
                                        "device": "cpu", "nested": {"n_heads": 9, "list": [1, [2]]}})"},
                   {"environment_config", R"({"env_id": "MiniGrid-MemoryS7FixedStart-v0"})"}});
    CHECK(config.d_model == 128U);
    CHECK(config.n_heads == 4U);
    CHECK(config.d_mlp == 256U);
    CHECK(config.n_layers == 2U);
    CHECK(config.n_ctx == 26U);
    CHECK(config.norm == sl::normalization::layer_norm);
    CHECK(config.gated_mlp == true);
    CHECK(config.activation == "relu");
    CHECK(config.environment == "MiniGrid-MemoryS7FixedStart-v0");
    CHECK_FALSE(config.d_head.has_value());
    CHECK_FALSE(config.n_key_value_heads.has_value());
}

TEST_CASE("sizes of mixtures of experts are read as each family spells them", "[io][model_config]") {
    const auto mixtral = config_of({{"config", R"({"num_local_experts": 8, "intermediate_size": 14336})"}});
    CHECK(mixtral.n_experts == 8U);
    CHECK(mixtral.d_mlp == 14336U);
    CHECK_FALSE(mixtral.d_expert.has_value());
    const auto qwen = config_of({{"config", R"({"num_experts": 60, "intermediate_size": 5632,
        "moe_intermediate_size": 1408, "shared_expert_intermediate_size": 5632})"}});
    CHECK(qwen.n_experts == 60U);
    CHECK(qwen.d_mlp == 5632U);
    CHECK(qwen.d_expert == 1408U);
    CHECK(qwen.d_shared == 5632U);
    const auto deepseek = config_of({{"config", R"({"n_routed_experts": 256, "moe_intermediate_size": 2048,
        "intermediate_size": 18432, "v_head_dim": 128, "head_dim": 64})"}});
    CHECK(deepseek.n_experts == 256U);
    CHECK(deepseek.d_head == 128U); // values': head_dim is of the rotated part
    const auto llama4 = config_of({{"config", R"({"text_config": {"num_local_experts": 16,
        "intermediate_size": 8192, "intermediate_size_mlp": 16384, "head_dim": 128}})"}});
    CHECK(llama4.d_expert == 8192U);
    CHECK(llama4.d_mlp == 16384U);
    CHECK(llama4.d_head == 128U);
}

TEST_CASE("one key/value head for all is said in words", "[io][model_config]") {
    CHECK(config_of({{"config", R"({"multi_query": true, "num_kv_heads": 71})"}}).n_key_value_heads == 1U);
    CHECK(config_of({{"config", R"({"multi_query": true, "new_decoder_architecture": true,
        "num_kv_heads": 8})"}})
              .n_key_value_heads == 8U);
    CHECK(config_of({{"config", R"({"multi_query": false, "n_head_kv": 8})"}}).n_key_value_heads == 8U);
    CHECK(config_of({{"config", R"({"alibi": true})"}}).positions == "alibi");
    CHECK_FALSE(config_of({{"config", R"({"alibi": false})"}}).positions.has_value());
    CHECK(config_of({{"config", R"({"parallel_attn": false})"}}).parallel_blocks == false);
    CHECK(config_of({{"config", R"({"new_decoder_architecture": true})"}}).parallel_blocks == true);
    CHECK(config_of({{"config", R"({"attn_config": {"clip_qkv": 6}})"}}).qkv_clip == 6.0);
    CHECK(config_of({{"config", R"({"apply_residual_connection_post_layernorm": true})"}}).norms_before ==
          false);
}

TEST_CASE("what scales scores is read as each family spells it", "[io][model_config]") {
    CHECK(config_of({{"config", R"({"scale_attn_weights": false})"}}).attention_scale == 1.0);
    CHECK_FALSE(config_of({{"config", R"({"scale_attn_weights": true})"}}).attention_scale.has_value());
    CHECK(config_of({{"config", R"({"attn_config": {"softmax_scale": 0.25}})"}}).attention_scale == 0.25);
    CHECK_FALSE(config_of({{"config", R"({"attn_config": {"softmax_scale": null}})"}}).attention_scale);
    const auto by_layer =
        config_of({{"config", R"({"scale_attn_by_inverse_layer_idx": true, "scale_attn_weights": false})"}});
    CHECK_FALSE(by_layer.attention_scale.has_value());
    CHECK(by_layer.score_conflict.find("scale_attn_by_inverse_layer_idx") != std::string::npos);
    CHECK(config_of({{"config", R"({"scale_attn_by_inverse_layer_idx": false})"}}).score_conflict.empty());
}

TEST_CASE("positions are read from the settings of attention", "[io][model_config]") {
    const auto positions = [](const std::string& attention) {
        return config_of({{"config", R"({"attn_config": )" + attention + "}"}}).positions;
    };
    CHECK(positions(R"({"alibi": true})") == "alibi");
    CHECK(positions(R"({"alibi": true, "rope": false})") == "alibi");
    CHECK(positions(R"({"alibi": false, "rope": true})") == "rotary");
    CHECK(positions(R"({"alibi": true, "rope": true})") == "alibi and rotary");
    CHECK(positions(R"({"alibi": false})") == "none by attention");
    CHECK_FALSE(positions(R"({"clip_qkv": 8})").has_value());
    CHECK(message_about("config", R"({"logit_scale": "inv_sqrt_d_model"})")
              .find("\"logit_scale\": expected a number, found the string \"inv_sqrt_d_model\"") !=
          std::string::npos);
    CHECK(message_about("config", R"({"n_head": NaN})").find("expected a non-negative integer, found NaN") !=
          std::string::npos);
}

TEST_CASE("a TransformerLens config is read under config and cfg", "[io][model_config]") {
    const std::string key = GENERATE("config", "cfg");
    const auto config =
        config_of({{key, R"({"n_layers": 12, "n_heads": 12, "n_key_value_heads": null, "d_head": 64,
                                        "normalization_type": "LNPre", "gated_mlp": false, "act_fn": "gelu_new"})"}});
    CHECK(config.n_layers == 12U);
    CHECK(config.d_head == 64U);
    CHECK_FALSE(config.n_key_value_heads.has_value());
    CHECK(config.norm == sl::normalization::layer_norm_folded);
    CHECK(config.gated_mlp == false);
    CHECK(config.activation == "gelu_new");
}

TEST_CASE("model_config comes before config, config before cfg", "[io][model_config]") {
    CHECK(config_of({{"cfg", R"({"n_heads": 3})"}, {"config", R"({"n_heads": 2})"}}).n_heads == 2U);
    CHECK(config_of({{"model_config", R"({"n_heads": 1})"}, {"config", R"({"n_heads": 2})"}}).n_heads == 1U);
}

TEST_CASE("every spelling of the norm is known", "[io][model_config]") {
    const auto norm = [](const std::string& value) {
        return config_of({{"config", R"({"normalization_type": )" + value + "}"}}).norm;
    };
    CHECK(norm("null") == sl::normalization::none);
    CHECK(norm("false") == sl::normalization::none);
    CHECK(norm("\"\"") == sl::normalization::none);
    CHECK(norm("\"None\"") == sl::normalization::none);
    CHECK(norm("true") == sl::normalization::layer_norm);
    CHECK(norm("\"LN\"") == sl::normalization::layer_norm);
    CHECK(norm("\"LNPre\"") == sl::normalization::layer_norm_folded);
    CHECK(norm("\"RMS\"") == sl::normalization::rms_norm);
    CHECK(norm("\"RMSPre\"") == sl::normalization::rms_norm_folded);
}

TEST_CASE("no config leaves every field empty", "[io][model_config]") {
    for (const auto& config : {config_of({}), config_of({{"config", "{}"}}), config_of({{"format", "pt"}})}) {
        CHECK_FALSE(config.n_layers.has_value());
        CHECK_FALSE(config.norm.has_value());
        CHECK_FALSE(config.gated_mlp.has_value());
        CHECK_FALSE(config.activation.has_value());
        CHECK_FALSE(config.environment.has_value());
    }
}

TEST_CASE("malformed configs are errors that name file and key", "[io][model_config]") {
    const std::pair<const char*, const char*> cases[] = {
        {"", ""},
        {"{", ""},
        {"[]", ""},
        {"7", ""},
        {"{} x", ""},
        {R"({"n_heads": 4, "n_heads": 5})", "\"n_heads\""},
        {R"({"n_heads": "4"})", "\"n_heads\""},
        {R"({"n_heads": 4.0})", "\"n_heads\""},
        {R"({"n_heads": -4})", "\"n_heads\""},
        {R"({"n_heads": -0})", "\"n_heads\""},
        {R"({"n_heads": 18446744073709551616})", "\"n_heads\""},
        {R"({"n_heads": [4]})", "\"n_heads\""},
        {R"({"gated_mlp": 1})", "\"gated_mlp\""},
        {R"({"act_fn": 1})", "\"act_fn\""},
        {R"({"normalization_type": "BN"})", "\"normalization_type\""},
        {R"({"layer_norm": 1})", "\"layer_norm\""},
        {R"({"normalization_type": {}})", "\"normalization_type\""},
    };
    for (const auto& each : cases) {
        CAPTURE(each.first);
        const auto message = message_about("config", each.first);
        CAPTURE(message);
        CHECK(message.find("model.safetensors: __metadata__: config: ") == 0);
        CHECK(message.find(each.second) != std::string::npos);
        CHECK(message.find('\n') == std::string::npos);
    }
    CHECK(message_about("config", R"({"n_heads": Infinity})")
              .ends_with("\"n_heads\": expected a non-negative integer, found Infinity"));
    CHECK(message_about("config", R"({"rope_theta": -Infinity})")
              .ends_with("\"rope_theta\": expected a number, found -Infinity"));
    CHECK(message_about("config", R"({"rope_theta": NaN})")
              .ends_with("\"rope_theta\": expected a number, found NaN"));
    CHECK(message_about("config", R"({"rope_theta": "NaN"})").ends_with("found the string \"NaN\""));
    CHECK(message_about("config", std::string("{}\0{}", 5)).find("config") != std::string::npos);
    CHECK(message_about("environment_config", "nonsense").find("environment_config") != std::string::npos);
    CHECK(message_about("environment_config", R"({"env_id": 3})").find("env_id") != std::string::npos);
}

TEST_CASE("deep nesting in a config is dropped, not followed", "[io][model_config]") {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    CHECK(config_of({{"config", "{\"x\":" + deep + ",\"n_heads\":4}"}}).n_heads == 4U);
}

TEST_CASE("that weights are quantised is read with the method, wherever it is said", "[io][model_config]") {
    const auto quantization = [](const std::string& text) {
        return config_of({{"config", text}}).quantization;
    };
    CHECK(quantization(R"({"quantization_config": {"quant_method": "gptq", "bits": 4}})") == "gptq");
    CHECK(quantization(R"({"quantization_config": {"load_in_8bit": true}})") == "quantization_config");
    CHECK(quantization(R"({"quantization_config": {}})") == "quantization_config");
    CHECK(quantization(R"({"compression_config": {"format": "float-quantized"}})") == "float-quantized");
    CHECK(quantization(R"({"quantization": {"group_size": 64, "bits": 4}})") == "quantization");
    CHECK(quantization(R"({"quantization": {"quant_algo": "FP8"}})") == "FP8");
    CHECK(quantization(R"({"text_config": {"quantization_config": {"quant_method": "awq"}}})") == "awq");
    CHECK(quantization(R"({"text_config": {}, "quantization_config": {"quant_method": "awq"}})") == "awq");
    CHECK(quantization(R"({"quantization": "int8", "compression_config": null})") == "int8");
    CHECK(quantization(R"({"quantization_config": {"quant_method": ""}})") == "quantization_config");
    CHECK(quantization(R"({"quantization_config": true})") == "quantization_config");
    CHECK(quantization(R"({"quantization_config": false})").value_or("").empty());
    CHECK(quantization(R"({"quantization_config": false, "quantization": {"bits": 8}})") == "quantization");
    CHECK_FALSE(quantization(R"({"quantization_config": null, "torch_dtype": "bfloat16"})"));
    CHECK_FALSE(quantization("{}"));
}

TEST_CASE("Hugging Face's and nanoGPT's spellings are read", "[io][model_config]") {
    const auto llama =
        config_of({{"config", R"({"model_type": "llama", "num_hidden_layers": 2, "num_attention_heads": 8,
                        "num_key_value_heads": 2, "hidden_size": 64, "head_dim": 16, "intermediate_size": 100,
                        "max_position_embeddings": 4096, "vocab_size": 1000, "hidden_act": "silu",
                        "tie_word_embeddings": true, "rope_theta": 500000.0, "partial_rotary_factor": 0.5,
                        "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                                         "high_freq_factor": 4.0, "original_max_position_embeddings": 2048}})"}});
    CHECK(llama.model_type == "llama");
    CHECK(llama.n_layers == 2U);
    CHECK(llama.n_heads == 8U);
    CHECK(llama.n_key_value_heads == 2U);
    CHECK(llama.d_model == 64U);
    CHECK(llama.d_head == 16U);
    CHECK(llama.d_mlp == 100U);
    CHECK(llama.n_ctx == 4096U);
    CHECK(llama.d_vocab == 1000U);
    CHECK(llama.activation == "silu");
    CHECK(llama.tied_embeddings == true);
    CHECK(llama.rotary_theta == 500000.0);
    CHECK(llama.rotary_share == 0.5);
    REQUIRE(llama.rotary_scaling);
    CHECK(llama.rotary_scaling->kind == "llama3");
    CHECK(llama.rotary_scaling->factor == 8.0);
    CHECK(llama.rotary_scaling->low_frequency_factor == 1.0);
    CHECK(llama.rotary_scaling->high_frequency_factor == 4.0);
    CHECK(llama.rotary_scaling->original_n_ctx == 2048U);
    CHECK(llama.source == "the config");

    const auto gpt2 = config_of({{"config", R"({"n_layer": 3, "n_head": 4, "n_embd": 8, "n_positions": 16,
                                                "n_inner": null, "activation_function": "gelu_new"})"}});
    CHECK(gpt2.n_layers == 3U);
    CHECK(gpt2.n_heads == 4U);
    CHECK(gpt2.d_model == 8U);
    CHECK(gpt2.n_ctx == 16U);
    CHECK_FALSE(gpt2.d_mlp);
    CHECK(gpt2.activation == "gelu_new");
    CHECK(config_of({{"config", R"({"block_size": 16})"}}).n_ctx == 16U);
    CHECK(config_of({{"config", R"({"use_parallel_residual": false})"}}).parallel_blocks == false);
    CHECK(config_of({{"config", R"({"rotary_pct": 0.25, "rotary_emb_base": 100})"}}).rotary_theta == 100.0);
}

TEST_CASE("families that spell sizes in another way are read where the usual names are absent",
          "[io][model_config]") {
    const auto neo = config_of({{"config", R"({"num_layers": 3, "num_heads": 4, "hidden_size": 8})"}});
    CHECK(neo.n_layers == 3U);
    CHECK(neo.n_heads == 4U);
    CHECK(config_of({{"config", R"({"ffn_dim": 9})"}}).d_mlp == 9U);
    CHECK(config_of({{"config", R"({"num_attention_heads": 4, "num_heads": "many"})"}}).n_heads == 4U);
    CHECK(config_of({{"config", R"({"do_layer_norm_before": false})"}}).norms_before == false);
}

TEST_CASE("multipliers, caps and clamps are read in every spelling", "[io][model_config]") {
    const auto scale = [](const char* text) { return config_of({{"config", text}}).attention_scale; };
    CHECK(scale(R"({"attention_multiplier": 0.0156})") == 0.0156);
    CHECK(scale(R"({"query_pre_attn_scalar": 256})") == 0.0625);
    CHECK(scale(R"({"attn_scale": 4.0, "use_attn_scale": true})") == 0.25);
    CHECK(scale(R"({"use_attn_scale": false, "attn_scale": 4.0})") == 1.0);
    CHECK_FALSE(scale(R"({"attn_scale": -1.0, "use_attn_scale": true})"));
    CHECK_FALSE(scale(R"({"attn_scale": 0.1, "floor_scale": 8192})")); // Llama 4
    CHECK_FALSE(scale(R"({"use_attn_scale": true})"));
    CHECK_FALSE(scale("{}"));
    const auto granite = config_of({{"config", R"({"embedding_multiplier": 12, "residual_multiplier": 0.22,
                                                   "logits_scaling": 8.0, "clip_qkv": null})"}});
    CHECK(granite.embedding_multiplier == 12.0);
    CHECK(granite.residual_multiplier == 0.22);
    CHECK(granite.logit_multiplier == 0.125);
    CHECK_FALSE(granite.qkv_clip);
    CHECK(config_of({{"config", R"({"logit_scale": 0.0625})"}}).logit_multiplier == 0.0625);
    CHECK(config_of({{"config", R"({"clip_qkv": 8})"}}).qkv_clip == 8.0);
    const auto gemma = config_of({{"config", R"({"attn_logit_softcapping": 50.0,
                                                 "final_logit_softcapping": 30.0})"}});
    CHECK(gemma.attention_softcap == 50.0);
    CHECK(gemma.logit_softcap == 30.0);
    CHECK(message_about("config", R"({"logit_scale": "much"})").find("\"logit_scale\"") != std::string::npos);
}

TEST_CASE("a params.json is read where there is no config.json", "[io][model_config]") {
    const svdlens_tests::temporary_directory folder;
    svdlens_tests::write_file(folder / "consolidated.safetensors", "");
    const auto read = [&](const std::string& params) {
        svdlens_tests::write_file(folder / "params.json", params);
        return sl::read_model_config(sl::state_dict({}, {}, folder / "consolidated.safetensors"));
    };
    const auto mistral = read(R"({"dim": 12, "n_layers": 2, "head_dim": 4, "hidden_dim": 5, "n_heads": 4,
                                  "n_kv_heads": 2, "norm_eps": 1e-05, "vocab_size": 7, "rope_theta": 100.0})");
    CHECK(mistral.source == "params.json");
    CHECK(mistral.d_model == 12U);
    CHECK(mistral.d_head == 4U);
    CHECK(mistral.d_mlp == 5U);
    CHECK(mistral.n_key_value_heads == 2U);
    CHECK(mistral.rotary_theta == 100.0);
    CHECK(read(R"({"n_heads": 6, "max_seq_len": 64})").n_ctx == 64U);
    CHECK_FALSE(read(R"({"n_heads": 6, "vocab_size": -1})").d_vocab); // Llama 2
    CHECK(read(R"({"n_heads": 6, "vocab_size": 7})").d_vocab == 7U);
    CHECK(read(R"({"use_scaled_rope": false})").rotary_conflict.empty());
    CHECK(read(R"({"yarn": null})").rotary_conflict.empty());
    for (const char* const scaled : {R"({"use_scaled_rope": true})", R"({"yarn": {"factor": 4}})",
                                     R"({"llama_4_scaling": {"beta": 1}})"})
        CHECK(read(scaled).rotary_conflict.find("does not know the frequencies") != std::string::npos);
    svdlens_tests::write_file(folder / "config.json", R"({"num_attention_heads": 3})");
    CHECK(read(R"({"n_heads": 6})").n_heads == 3U);
    CHECK(read(R"({"n_heads": 6})").source == "config.json");
}

TEST_CASE("rotary details may stand in one object, and the usual kind is none", "[io][model_config]") {
    const auto config = config_of({{"config", R"({"rope_scaling": null, "rope_parameters":
                                                  {"rope_theta": 7, "rope_type": "default"}})"}});
    CHECK(config.rotary_theta == 7.0);
    CHECK_FALSE(config.rotary_scaling);
    CHECK(config_of({{"config", R"({"rope_scaling": {"type": "linear", "factor": 2}})"}})
              .rotary_scaling->kind == "linear");
    CHECK(message_about("config", R"({"rope_scaling": 4})").find("\"rope_scaling\": expected an object") !=
          std::string::npos);
    CHECK(message_about("config", R"({"rope_scaling": {"type": "linear", "factor": "2"}})")
              .find("\"rope_scaling\": \"factor\": expected a number") != std::string::npos);
    CHECK(message_about("config", R"({"rope_theta": "much"})").find("\"rope_theta\"") != std::string::npos);
}

TEST_CASE("a model with other inputs keeps the transformer's config in text_config", "[io][model_config]") {
    const auto config = config_of({{"config", R"({"model_type": "gemma3", "tie_word_embeddings": true,
        "vision_config": {"hidden_size": 9}, "text_config": {"model_type": "gemma3_text", "hidden_size": 6,
        "rope_scaling": {"rope_type": "linear", "factor": 8.0}}})"}});
    CHECK(config.model_type == "gemma3_text");
    CHECK(config.d_model == 6U);
    CHECK(config.tied_embeddings == true);
    CHECK(config.rotary_scaling->factor == 8.0);
}

TEST_CASE("a config.json beside the file is read where the metadata have none", "[io][model_config]") {
    const svdlens_tests::temporary_directory folder;
    svdlens_tests::write_file(folder / "model.safetensors", "");
    svdlens_tests::write_file(folder / "config.json", R"({"n_head": 4})");
    const auto read = [&](const std::filesystem::path& path, sl::metadata_map metadata) {
        return sl::read_model_config(sl::state_dict({}, std::move(metadata), path));
    };
    CHECK(read(folder / "model.safetensors", {{"format", "pt"}}).n_heads == 4U);
    CHECK(read(folder / "model.safetensors", {}).source == "config.json");
    CHECK(read(folder.path(), {}).n_heads == 4U);
    CHECK(read(folder / "model.safetensors", {{"config", "{}"}}).source == "the config");
    CHECK_FALSE(read(folder / "model.safetensors", {{"config", "{}"}}).n_heads);
    CHECK_FALSE(read(folder / "other.safetensors", {}).n_heads);
    CHECK(read(folder / "other.safetensors", {}).source.empty());
    svdlens_tests::write_file(folder / "config.json", R"({"n_head": "4"})");
    try {
        read(folder / "model.safetensors", {});
        FAIL("read");
    } catch (const sl::format_error& e) {
        CHECK(e.code() == sl::errc::invalid_config);
        CHECK(std::string(e.what()) ==
              (folder / "config.json").string() +
                  ": \"n_head\": expected a non-negative integer, found the string \"4\"");
    }
}

TEST_CASE("a syntax error says where and why", "[io][model_config]") {
    const auto [text, expected] = GENERATE(table<std::string, std::string>(
        {{"{\"a\": 1,}", "at byte 9 of it, near \"1,}\" (while parsing object key - unexpected '}'; "
                         "expected string literal)"},
         {"{\"a\": [1, 2}",
          "at byte 12 of it, near \"2}\" (while parsing array - unexpected '}'; expected ']')"},
         {"{\"a\": tru}",
          "at byte 10 of it, near \"\\\"a\\\": tru}\" (while parsing value - invalid literal)"},
         {"{\"a\": 1",
          "at byte 8 of it, near \"1\" (while parsing object - unexpected end of input; expected '}')"},
         {"{\"a\": 1e999}", "at byte 11 of it, near \"1e999\" (the number is too large)"},
         // What stands in for Infinity takes as much room.
         {"{\"a\": [NaN, -Infinity, Infinity], \"b\": 01}", "at byte 41 of it"}}));
    CAPTURE(text);
    const auto message = message_about("config", text);
    CAPTURE(message);
    CHECK(message.find("config: the text is not valid JSON " + expected) != std::string::npos);
    CHECK(message.find("found \"{") == std::string::npos); // the text is not repeated
}

TEST_CASE("what nobody reads stops no config", "[io][model_config]") {
    const auto config = config_of(
        {{"config", "\xef\xbb\xbf{\"a\": Infinity, \"b\": [NaN, -Infinity], \"c\": \"Infinity, \\\" NaN\", "
                    "\"d\": {\"e\": 1, \"e\": 2}, \"n_heads\": 4, \"max_position_embeddings\": 32768.0}"}});
    CHECK(config.n_heads == 4U);
    CHECK(config.n_ctx == 32768U);
    for (const char* const none : {"\"many\"", "-1", "1.5", "1e30", "Infinity", "[4]", "null"}) {
        CAPTURE(none);
        CHECK_FALSE(config_of({{"config", std::string("{\"n_ctx\": ") + none + "}"}}).n_ctx);
    }
}

TEST_CASE("a key that stands twice is refused in every object that is read", "[io][model_config]") {
    CHECK(message_about("config", R"({"rope_scaling": {"factor": 2, "type": "linear", "factor": 4}})")
              .ends_with("config: \"rope_scaling\": \"factor\" stands twice"));
    CHECK(message_about("config", R"({"text_config": {"n_head": 2, "n_head": 2}})")
              .ends_with("config: \"text_config\": \"n_head\" stands twice"));
    CHECK(
        message_about("config", R"({"text_config": {"rope_parameters": {"rope_theta": 2, "rope_theta": 3}}})")
            .ends_with("\"text_config\": \"rope_parameters\": \"rope_theta\" stands twice"));
    CHECK(message_about("config", R"({"n_head": 2, "\u006e_head": 3})").ends_with("\"n_head\" stands twice"));
}

TEST_CASE("what is no JSON in place of a config is named", "[io][model_config]") {
    const svdlens_tests::temporary_directory folder;
    const auto refusal = [&](const std::string& bytes) {
        svdlens_tests::write_file(folder / "model.safetensors", "");
        svdlens_tests::write_file(folder / "config.json", bytes);
        try {
            sl::read_model_config(sl::state_dict({}, {}, folder / "model.safetensors"));
        } catch (const sl::format_error& failure) {
            const std::string message = failure.what();
            CHECK(failure.code() == sl::errc::invalid_config);
            CHECK(message.find((folder / "config.json").string() + ": ") == 0);
            return message;
        }
        return std::string("no error");
    };
    CHECK(refusal("version https://git-lfs.github.com/spec/v1\n").ends_with("run `git lfs pull`"));
    CHECK(refusal("/annex/objects/SHA256E-s3--a").ends_with("run `git annex get`"));
    CHECK(refusal("<!DOCTYPE html>").ends_with("the download failed"));
    CHECK(refusal(std::string("\x1f\x8b\x08\0", 4)).ends_with("gzip file: unpack it first"));
    CHECK(refusal("\x80\x02}q.").ends_with("with torch.save or as safetensors"));
    CHECK(refusal(std::string("\xff\xfe{\0}\0", 6)).ends_with("save it as UTF-8"));
    CHECK(refusal(std::string("\x02\0\0\0\0\0\0\0{}", 10)).ends_with("a safetensors file"));
    CHECK(refusal("").find("unexpected end of input") != std::string::npos);
    CHECK(refusal("[]").ends_with("expected a JSON object, found an array"));
    CHECK(refusal("null").ends_with("expected a JSON object, found null"));
}

TEST_CASE("a config is as large as it may be", "[io][model_config]") {
    const svdlens_tests::temporary_directory folder;
    const auto path = folder / "config.json";
    svdlens_tests::write_file(folder / "model.safetensors", "");
    const auto read = [&] {
        return sl::read_model_config(sl::state_dict({}, {}, folder / "model.safetensors"));
    };
    const std::string text = R"({"n_heads": 4})";
    svdlens_tests::write_file(path, text + std::string(sl::largest_model_config - text.size(), ' '));
    CHECK(read().n_heads == 4U);
    std::filesystem::resize_file(path, std::uintmax_t{1} << 40); // sparse: nothing of it may be read
    CHECK(svdlens_tests::message_of(read) ==
          path.string() + ": expected the text to have at most 16777216 bytes, found 1099511627776");
}

#if defined(__unix__)
TEST_CASE("whatever stands in place of a config is opened or refused, never passed over",
          "[io][model_config]") {
    const svdlens_tests::temporary_directory folder;
    const auto path = folder / "config.json";
    svdlens_tests::write_file(folder / "model.safetensors", "");
    const auto check = [&](sl::errc code, const std::string& expected) {
        CAPTURE(expected);
        try {
            sl::read_model_config(sl::state_dict({}, {}, folder / "model.safetensors"));
            FAIL_CHECK("read");
        } catch (const sl::file_error& failure) {
            CHECK(failure.code() == code);
            CHECK(failure.what() == path.string() + ": " + expected);
        }
        std::filesystem::remove_all(path);
    };
    std::filesystem::create_symlink("nowhere", path);
    check(sl::errc::cannot_open, "cannot open: No such file or directory; it is a link that leads nowhere");
    std::filesystem::create_symlink("config.json", path);
    check(sl::errc::cannot_open, "cannot open: Too many levels of symbolic links");
    std::filesystem::create_symlink("/dev/zero", path);
    check(sl::errc::not_a_file, "not a regular file");
    std::filesystem::create_directory(path);
    check(sl::errc::not_a_file, "expected a file, found a directory");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    check(sl::errc::not_a_file, "not a regular file"); // and does not wait
    svdlens_tests::write_file(folder / "elsewhere", R"({"n_head": 4})");
    std::filesystem::create_symlink("elsewhere", path);
    CHECK(sl::read_model_config(sl::state_dict({}, {}, folder / "model.safetensors")).n_heads == 4U);
}
#endif

TEST_CASE("a config that speaks of rotary positions twice and differently says nothing of them",
          "[io][model_config]") {
    const auto conflict = [](const std::string& text) {
        const auto config = config_of({{"config", text}});
        CHECK_FALSE(config.rotary_theta);
        CHECK_FALSE(config.rotary_share);
        CHECK_FALSE(config.rotary_scaling);
        return config.rotary_conflict;
    };
    CHECK(
        conflict(
            R"({"rope_theta": 10000, "rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"}})") ==
        "rope_theta 10000 and rope_parameters.rope_theta 500000");
    CHECK(conflict(R"({"rope_theta": 1, "rotary_emb_base": 2})") == "rope_theta 1 and rotary_emb_base 2");
    CHECK(conflict(R"({"rotary_pct": 0.25, "partial_rotary_factor": 0.5})") ==
          "rotary_pct 0.25 and partial_rotary_factor 0.5");
    CHECK(conflict(R"({"rope_parameters": {"full_attention": {"rope_theta": 1e6, "rope_type": "default"},
                                           "sliding_attention": {"rope_theta": 1e4, "rope_type": "default"}}})") ==
          "rope_parameters.full_attention.rope_theta 1000000 and "
          "rope_parameters.sliding_attention.rope_theta 10000");
    CHECK(
        conflict(
            R"({"rope_parameters": {"full_attention": {"rope_theta": 1e4, "rope_type": "linear", "factor": 8},
                                           "sliding_attention": {"rope_theta": 1e4, "rope_type": "default"}}})") ==
        "scaling of rope_parameters.full_attention linear by 8 and "
        "scaling of rope_parameters.sliding_attention none");
    CHECK(conflict(R"({"text_config": {"rope_theta": 2, "rope_scaling": {"rope_theta": 3}}})") ==
          "rope_theta 2 and rope_scaling.rope_theta 3");
    CHECK(conflict(R"({"rope_theta": 1e6, "rope_local_base_freq": 1e4})") ==
          "rope_local_base_freq 10000 for some layers only");
    CHECK(
        conflict(
            R"({"rope_scaling": {"type": "linear", "factor": 2}, "rope_parameters": {"rope_type": "linear", "factor": 4}})") ==
        "scaling of rope_scaling linear by 2 and scaling of rope_parameters linear by 4");
    CHECK(conflict(R"({"rope_scaling": {"type": "mrope", "rope_type": "default"}})") ==
          "rope_scaling.rope_type default and rope_scaling.type mrope");
}

TEST_CASE("what a config says of rotary positions twice and alike is taken", "[io][model_config]") {
    const auto config = config_of({{"config", R"({"rope_theta": 500000, "rope_scaling": null,
        "rope_parameters": {"full_attention": {"rope_theta": 500000.0, "rope_type": "linear", "factor": 2},
                            "sliding_attention": {"rope_theta": 5e5, "rope_type": "linear", "factor": 2.0},
                            "chunked_attention": null}})"}});
    CHECK(config.rotary_conflict.empty());
    CHECK(config.rotary_theta == 500000.0);
    CHECK(config.rotary_scaling->kind == "linear");
    CHECK(config.rotary_scaling->factor == 2.0);
    CHECK(config_of({{"config", R"({"rope_scaling": {"rope_type": "llama3", "type": "llama3", "factor": 8,
                                    "original_max_position_embeddings": 8192.0}})"}})
              .rotary_scaling->original_n_ctx == 8192U);
}

TEST_CASE("sizes and kinds that are spelled twice are spelled alike", "[io][model_config]") {
    CHECK(
        message_about("config", R"({"num_attention_heads": 4, "n_head": 8})")
            .ends_with(
                "\"n_head\": expected what \"num_attention_heads\" says, the number 4, found the number 8"));
    CHECK(message_about("config", R"({"use_parallel_residual": false, "parallel_attn_mlp": true})")
              .ends_with(
                  "\"use_parallel_residual\": expected what \"parallel_attn_mlp\" says, true, found false"));
    CHECK(config_of({{"config", R"({"num_attention_heads": 4, "n_head": 4, "n_heads": null})"}}).n_heads ==
          4U);
    CHECK_FALSE(config_of({{"config", R"({"n_positions": 1024, "n_ctx": 512})"}}).n_ctx); // the tensor tells
    // Not two spellings of one thing: the second is what the first came in place of.
    CHECK(config_of({{"config", R"({"hidden_activation": "gelu_pytorch_tanh", "hidden_act": "gelu"})"}})
              .activation == "gelu_pytorch_tanh");
}

TEST_CASE("tied and not tied is neither", "[io][model_config]") {
    const auto read = [](const char* outer, const char* inner) {
        return config_of({{"config", std::string("{") + outer + "\"text_config\": {" + inner + "}}"}});
    };
    const auto both = read("\"tie_word_embeddings\": true, ", "\"tie_word_embeddings\": false");
    CHECK_FALSE(both.tied_embeddings);
    CHECK(both.tying_conflict == "tie_word_embeddings true and text_config.tie_word_embeddings false");
    CHECK(read("\"tie_word_embeddings\": true, ", "").tied_embeddings == true);
    CHECK(read("", "\"tie_word_embeddings\": false").tied_embeddings == false);
    CHECK(read("\"tie_word_embeddings\": true, ", "\"tie_word_embeddings\": true").tying_conflict.empty());
    CHECK_FALSE(read("", "").tied_embeddings);
}
