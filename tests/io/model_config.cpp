#include "svdlens/io/model_config.hpp"

#include <filesystem>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

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
