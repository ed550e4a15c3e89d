#include <string>
#include <utility>

#include "support/catch.hpp"
#include "svdlens/io/model_config.hpp"

namespace sl = svdlens;

namespace {

sl::model_config config_of(sl::metadata_map metadata) {
    return sl::read_model_config(sl::state_dict({}, std::move(metadata), "model.safetensors"));
}

std::string message_of(const std::string& key, const std::string& text) {
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
        const auto message = message_of("config", each.first);
        CAPTURE(message);
        CHECK(message.find("model.safetensors: __metadata__: config: ") == 0);
        CHECK(message.find(each.second) != std::string::npos);
        CHECK(message.find('\n') == std::string::npos);
    }
    CHECK(message_of("config", std::string("{}\0{}", 5)).find("config") != std::string::npos);
    CHECK(message_of("environment_config", "nonsense").find("environment_config") != std::string::npos);
    CHECK(message_of("environment_config", R"({"env_id": 3})").find("env_id") != std::string::npos);
}

TEST_CASE("deep nesting in a config is dropped, not followed", "[io][model_config]") {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    CHECK(config_of({{"config", "{\"x\":" + deep + ",\"n_heads\":4}"}}).n_heads == 4U);
}
