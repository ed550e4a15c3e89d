#include "svdlens/io/low_rank_adapter.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/edited_adapter.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

namespace fs = std::filesystem;
const std::string queries = "llama_queries_and_values";
const std::string last_q_proj = "base_model.model.model.layers.1.self_attn.q_proj.";

} // namespace

TEST_CASE("what an adapter's folder is and what it is called") {
    CHECK(sl::is_adapter(adapter_folder(queries)));
    CHECK(sl::is_adapter(adapter_folder(queries) / "adapter_model.safetensors"));
    CHECK_FALSE(sl::is_adapter(adapter_folder(queries) / "merged"));
    CHECK_FALSE(sl::is_adapter(model_tests() / "architectures" / "llama"));
    const auto adapter = sl::open_adapter(adapter_folder(queries) / "adapter_model.safetensors");
    CHECK(adapter.label() == queries);
    CHECK(adapter.base == "somebody/base");
    CHECK(adapter.updates.size() == 4);
    CHECK(adapter.updates[0].module == "model.layers.0.self_attn.q_proj");
    CHECK(adapter.updates[0].scale == 2);
    expect_words(message_of([] { (void)sl::open_adapter(model_tests() / "architectures" / "llama"); }),
                 {"expected adapter_model.safetensors"});
}

TEST_CASE("tensors of an adapter that do not fit each other or its config are refused") {
    SECTION("one factor") {
        edited_adapter a(queries);
        a.tensors.erase(last_q_proj + "lora_A.weight");
        expect_words(a.refusal(), {"\"" + last_q_proj + "lora_B.weight\"", "both factors"});
    }
    SECTION("factors of two ranks") {
        edited_adapter a(queries);
        a.put(last_q_proj + "lora_B.weight", {6, 3});
        expect_words(a.refusal(), {"\"" + last_q_proj + "lora_B.weight\"", "r = 2", "found [6, 3]"});
    }
    SECTION("another rank than the config's") {
        edited_adapter a(queries);
        a.config["r"] = 4;
        expect_words(a.refusal(), {"lora_A.weight\" has rank 2", "expected the 4", "rank_pattern"});
        a.config["rank_pattern"] = {{"q_proj", 2}, {"v_proj", 2}};
        CHECK(a.refusal().empty());
    }
    SECTION("a factor of three dimensions") {
        edited_adapter a(queries);
        a.put(last_q_proj + "lora_A.weight", {2, 6, 1});
        expect_words(a.refusal(), {"expected a matrix", "[2, 6, 1]"});
    }
    SECTION("two adapters in a file") {
        edited_adapter a(queries);
        a.put(last_q_proj + "lora_A.one.weight", {2, 6});
        expect_words(a.refusal(), {"\"" + last_q_proj + "lora_A.", "which is the same factor"});
        a.put(last_q_proj + "lora_A.two.weight", {2, 6});
        expect_words(a.refusal(), {"expected one adapter", "\"one\" and \"two\""});
    }
    SECTION("nothing") {
        edited_adapter a(queries);
        a.tensors.clear();
        expect_words(a.refusal(), {"expected the updates", "found none"});
    }
    SECTION("no config") {
        const temporary_directory folder;
        fs::copy_file(adapter_folder(queries) / "adapter_model.safetensors",
                      folder.path() / "adapter_model.safetensors");
        expect_words(message_of([&] { (void)sl::open_adapter(folder.path()); }), {"adapter_config.json"});
    }
    SECTION("integers") {
        edited_adapter a(queries);
        const auto bytes = std::make_shared<std::vector<std::byte>>(12);
        a.tensors.erase(last_q_proj + "lora_A.weight");
        a.tensors.insert(
            {last_q_proj + "lora_A.weight",
             sl::named_tensor(last_q_proj + "lora_A.weight", sl::dtype::i8, {2, 6}, *bytes, bytes)});
        expect_words(a.refusal(), {"holds I8"});
    }
}

TEST_CASE("other methods and variants are refused by name, with what to do") {
    const auto with = [](const char* field, const nlohmann::json& value) {
        edited_adapter a(queries);
        a.config[field] = value;
        return a.refusal();
    };
    for (const char* const type : {"LOHA", "LOKR", "IA3", "ADALORA", "OFT", "BOFT", "VERA", "XLORA"})
        expect_words(with("peft_type", type), {"adapter_config.json", type, "merge_and_unload"});
    for (const char* const type : {"PREFIX_TUNING", "PROMPT_TUNING", "P_TUNING"})
        expect_words(with("peft_type", type), {type, "none of its weights"});
    for (const char* const flag : {"use_dora", "use_qalora", "use_something_new"})
        expect_words(with(flag, true), {flag, "merge_and_unload"});
    for (const char* const start : {"pissa", "pissa_niter_16", "olora", "corda", "loftq", "lora_ga"})
        expect_words(with("init_lora_weights", start), {start, "path_initial_model_for_weight_conversion"});
    for (const char* const start : {"gaussian", "eva", "orthogonal"})
        CHECK(with("init_lora_weights", start).empty());
    CHECK(with("init_lora_weights", false).empty());
    CHECK(with("use_dora", false).empty());
    expect_words(with("target_parameters", {"mlp.experts.down_proj"}), {"target_parameters"});
    expect_words(with("trainable_token_indices", {1, 2}), {"trainable_token_indices"});
    expect_words(with("layer_replication", {{0, 1}, {0, 1}}), {"layer_replication"});
    expect_words(with("peft_type", nullptr), {"peft_type"});
    expect_words(with("r", nullptr), {"no \"r\""});
    expect_words(with("lora_alpha", nullptr), {"no \"lora_alpha\""});
    expect_words(with("lora_alpha", "16"), {"lora_alpha", "a number"});
    for (const char* const tensor : {"lora_magnitude_vector.weight", "hada_w1_a", "lokr_w1", "ia3_l",
                                     "lora_E", "base_layer.weight", "oft_r"}) {
        edited_adapter a(queries);
        a.put(last_q_proj + tensor, {6});
        expect_words(a.refusal(), {"\"" + last_q_proj + tensor + "\"", "merge_and_unload"});
    }
}

TEST_CASE("patterns of ranks and alphas are ends of module names, and no more") {
    const auto scales = [](const nlohmann::json& alphas) {
        edited_adapter a(queries);
        a.config["alpha_pattern"] = alphas;
        const temporary_directory folder;
        std::vector<double> all;
        for (const auto& each : a.written(folder.path()).updates) all.push_back(each.scale);
        return all; // q_proj and v_proj of layer 0, then of layer 1
    };
    CHECK(scales({{"q_proj", 6}}) == std::vector<double>{3, 2, 3, 2});
    CHECK(scales({{"proj", 6}}) == std::vector<double>{2, 2, 2, 2}); // no whole component
    CHECK(scales({{"layers.1.self_attn.v_proj", 1.5}}) == std::vector<double>{2, 2, 2, 0.75});
    CHECK(scales({{"^model.layers.1.self_attn.v_proj$", 6}}) == std::vector<double>{2, 2, 2, 3});
    CHECK(scales({{"^layers.1.self_attn.v_proj", 6}}) == std::vector<double>{2, 2, 2, 2});
    CHECK(scales({{"layers\\.0\\.self_attn\\.q_proj", 6}}) == std::vector<double>{3, 2, 2, 2});
    CHECK(scales({{"q_proj", 6}, {"layers.0.self_attn.q_proj", 6}}) == std::vector<double>{3, 2, 3, 2});
    expect_words(message_of([&] {
                     (void)scales({{"q_proj", 6}, {"layers.0.self_attn.q_proj", 8}});
                 }),
                 {"both fit \"model.layers.0.self_attn.q_proj\""});
    for (const char* const pattern :
         {".*q_proj", "layers.(0|1).self_attn.q_proj", "[qv]_proj", "q_proj+", "\\d", ""})
        expect_words(message_of([&] {
                         (void)scales({{pattern, 6}});
                     }),
                     {"regular expression", "merge_and_unload"});
    expect_words(message_of([&] { (void)scales({{"q_proj", "6"}}); }), {"alpha_pattern", "a number"});
}
