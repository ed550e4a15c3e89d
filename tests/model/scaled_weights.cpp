// Models of 8-bit floats beside their scales, as make_compounds.py writes them, against NumPy's products.
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/canonical_parts.hpp"
#include "model/edited_model.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
namespace fs = std::filesystem;

namespace {

fs::path scaled_folder() { return fs::path(SVDLENS_TEST_SOURCE_DIR) / "model" / "compounds" / "scaled"; }

/// The first part that two models do not share, bit for bit; empty when there is none.
std::string first_difference(const sl::transformer_weights& a, const sl::transformer_weights& b) {
    const gathered one(a), other(b);
    if (one.all().size() != other.all().size()) return "the number of parts";
    for (const auto& [name, expected] : other.all()) {
        const auto found = one.all().find(name);
        if (found == one.all().end() || found->second.shape != expected.shape) return name;
        if (!same_bits(found->second.numbers, expected.numbers)) return name;
    }
    return {};
}

bool all_deferred(const sl::transformer_weights& w) {
    bool deferred = true;
    for (const auto& block : w.blocks) {
        for (const auto* const heads : {&block.attention.W_Q, &block.attention.W_V, &block.attention.W_O})
            for (const auto& m : *heads) deferred = deferred && m.is_deferred();
        deferred = deferred && block.mlp->W_in.is_deferred() && block.mlp->W_out.is_deferred();
    }
    return deferred;
}

/// A copy of a model's folder in which some tensors are others, or gone.
struct edited_scaled {
    std::string name;
    std::map<std::string, sl::named_tensor> tensors = {};
    nlohmann::json config;

    explicit edited_scaled(const std::string& name_) : name(name_) {
        const auto file = sl::open_safetensors(scaled_folder() / name / "model.safetensors");
        for (const auto& r : file.records())
            tensors.insert({r.name, sl::named_tensor(r.name, r.type, r.shape, file.bytes(r.name),
                                                     std::make_shared<sl::state_dict>(file))});
        config = nlohmann::json::parse(read_file(scaled_folder() / name / "config.json"));
    }
    void put(const std::string& tensor, sl::dtype type, const std::vector<std::uint64_t>& shape) {
        std::size_t size = sl::bits_of(type) / 8;
        for (const auto extent : shape) size *= static_cast<std::size_t>(extent);
        auto bytes = std::make_shared<std::vector<std::byte>>(size);
        tensors.erase(tensor);
        tensors.insert({tensor, sl::named_tensor(tensor, type, shape, *bytes, bytes)});
    }
    std::string refusal(const sl::model_config& callers = {}) const {
        const temporary_directory folder;
        std::vector<sl::named_tensor> all;
        for (const auto& each : tensors) all.push_back(each.second);
        sl::write_safetensors(folder.path() / "model.safetensors", all);
        write_file(folder.path() / "config.json", config.dump());
        const auto file = sl::open_safetensors(folder.path() / "model.safetensors");
        return message_of([&] { (void)sl::transformer_weights(file, {.config = callers}); });
    }
};

void check_says(const std::string& message, const std::vector<std::string>& words) {
    INFO(message);
    CHECK(message.find('\n') == std::string::npos);
    for (const auto& word : words) {
        INFO(word);
        CHECK(message.find(word) != std::string::npos);
    }
}

const std::string q_proj = "model.layers.1.self_attn.q_proj.weight";

} // namespace

TEST_CASE(
    "8-bit floats are their scales times themselves, whoever stored them, to the bit of NumPy's product") {
    std::size_t models = 0;
    for (const auto& entry : fs::directory_iterator(scaled_folder())) {
        const auto name = entry.path().filename().string();
        INFO(name);
        ++models;
        const sl::transformer_weights scaled(sl::open_safetensors(entry.path()));
        const sl::transformer_weights plain(sl::open_safetensors(entry.path() / "plain"));
        CHECK(all_deferred(scaled));
        CHECK(scaled.dtypes.find("F8_E") != std::string::npos);
        CHECK(scaled.unread == plain.unread);
        CHECK(first_difference(sl::fold_norms(scaled), sl::fold_norms(plain)) == "");
        const auto found = sl::singular_directions(sl::ov_circuits(sl::fold_norms(scaled)));
        const auto expected = sl::singular_directions(sl::ov_circuits(sl::fold_norms(plain)));
        const auto a = found.singular_values().values(), b = expected.singular_values().values();
        CHECK(same_bits({a.begin(), a.end()}, {b.begin(), b.end()}));
        CHECK(first_difference(scaled, plain) == ""); // last: it keeps the values
    }
    CHECK(models == 12);
}

TEST_CASE("8-bit floats are read in double, too") {
    const auto folder = scaled_folder() / "deepseek_blocks";
    const sl::basic_transformer_weights<double> scaled(sl::open_safetensors(folder));
    const sl::transformer_weights plain(sl::open_safetensors(folder / "plain"));
    const auto& found = scaled.blocks[1].mlp->W_in;
    const auto& expected = plain.blocks[1].mlp->W_in;
    for (std::size_t i = 0; i < found.rows(); ++i)
        for (std::size_t j = 0; j < found.columns(); ++j) {
            CHECK(static_cast<float>(found(i, j)) == expected(i, j)); // rounded once either way
        }
}

TEST_CASE("scales that are missing or do not fit are refused with both names") {
    SECTION("none") {
        edited_scaled m("deepseek_blocks");
        m.tensors.erase(q_proj + "_scale_inv");
        check_says(m.refusal(),
                   {"model.safetensors: tensor \"" + q_proj + "\" of shape [6, 6] holds F8_E4M3",
                    "expected the scales", "\"" + q_proj + "_scale_inv\"", "found none", "BF16"});
    }
    SECTION("another number of blocks") {
        edited_scaled m("deepseek_blocks");
        m.put(q_proj + "_scale_inv", sl::dtype::f32, {2, 3});
        check_says(m.refusal(), {"\"" + q_proj + "_scale_inv\"", "\"" + q_proj + "\" [6, 6]",
                                 "one a block of 4 x 4", "found [2, 3]"});
        m.put(q_proj + "_scale_inv", sl::dtype::f32, {2, 2, 1});
        check_says(m.refusal(), {"found [2, 2, 1]"});
        m.put(q_proj + "_scale_inv", sl::dtype::f32, {1, 6}); // one a column
        check_says(m.refusal(), {"found [1, 6]"});
    }
    SECTION("blocks of which the config says nothing") {
        edited_scaled m("deepseek_blocks");
        m.config["quantization_config"].erase("weight_block_size");
        check_says(m.refusal(), {"weight_block_size", "found [2, 2]"});
        CHECK(m.refusal({.quantization_block = std::array<std::uint64_t, 2>{4, 4}}).empty());
        m.config["quantization_config"]["weight_block_size"] = {4, 0};
        check_says(m.refusal(), {"weight_block_size"});
        m.config["quantization_config"]["weight_block_size"] = "4";
        check_says(m.refusal(), {"weight_block_size"});
    }
    SECTION("groups that differ") {
        edited_scaled m("compressed_block");
        auto& groups = m.config["quantization_config"]["config_groups"];
        groups["group_1"] = groups["group_0"];
        CHECK(m.refusal().empty());
        groups["group_1"]["weights"]["block_structure"] = {1, 4};
        check_says(m.refusal(), {"weight_block_size"});
    }
    SECTION("scales that are no numbers") {
        edited_scaled m("fbgemm");
        m.put(q_proj + "_scale", sl::dtype::i8, {6, 1});
        check_says(m.refusal(), {"\"" + q_proj + "_scale\"", "F8_E8M0, found I8"});
    }
    SECTION("a vector of 8-bit floats") {
        edited_scaled m("fbgemm");
        const std::string norm = "model.layers.1.input_layernorm.weight";
        m.put(norm, sl::dtype::f8_e4m3, {6});
        check_says(m.refusal(), {"\"" + norm + "\" holds F8_E4M3", "quantised"});
        m.put(norm + "_scale", sl::dtype::f32, {1});
        check_says(m.refusal(), {"\"" + norm + "\" holds F8_E4M3", "quantised"});
    }
    SECTION("scales twice") {
        edited_scaled m("deepseek_blocks");
        m.put(q_proj + "_scale", sl::dtype::f32, {1});
        check_says(m.refusal(), {"\"" + q_proj + "_scale\"", "quantised"});
    }
    SECTION("scales of weights that are plain numbers") {
        edited_scaled m("deepseek_blocks");
        m.put(q_proj, sl::dtype::bf16, {6, 6});
        check_says(m.refusal(), {"\"" + q_proj + "_scale_inv\"", "quantised"});
    }
    SECTION("zero points") {
        edited_scaled m("compressed_channel");
        m.put("model.layers.0.self_attn.q_proj.weight_zero_point", sl::dtype::f8_e4m3, {6, 1});
        check_says(m.refusal(), {"weight_zero_point", "quantised"});
    }
    SECTION("integers beside scales") {
        edited_scaled m("compressed_channel");
        m.put(q_proj, sl::dtype::i8, {6, 6});
        check_says(m.refusal(), {"\"" + q_proj + "\" holds I8", "quantised"});
    }
}

TEST_CASE("8-bit floats that no config speaks of are refused, and so is a config of them without any") {
    edited_scaled m("deepseek_blocks");
    m.config.erase("quantization_config");
    check_says(m.refusal(), {"holds F8_E4M3", "quantised", "{.quantization = \"fp8\""});
    CHECK(
        m.refusal({.quantization = "fp8", .quantization_block = std::array<std::uint64_t, 2>{4, 4}}).empty());

    edited_scaled formats("compressed_channel");
    for (const char* const format :
         {"pack-quantized", "int-quantized", "nvfp4-pack-quantized", "marlin-24"}) {
        formats.config["quantization_config"]["format"] = format;
        check_says(formats.refusal(), {"compressed-tensors, " + std::string(format), "not support"});
    }
    edited_scaled algorithms("modelopt");
    for (const char* const algorithm : {"NVFP4", "W4A8_AWQ"}) {
        algorithms.config["quantization_config"]["quant_algo"] = algorithm;
        check_says(algorithms.refusal(), {"modelopt, " + std::string(algorithm), "not support"});
    }
}

TEST_CASE("every other method is refused with what makes plain numbers of it") {
    const std::vector<std::pair<std::string, std::string>> remedies = {
        {"bitsandbytes", "model.dequantize()"},        {"bitsandbytes_4bit", "model.dequantize()"},
        {"mxfp4", "Mxfp4Config(dequantize=True)"},     {"gguf", "gguf_file="},
        {"gptq", "the model that it was made from"},   {"awq", "the model that it was made from"},
        {"hqq", "the model that it was made from"},    {"eetq", "the model that it was made from"},
        {"quanto", "the model that it was made from"}, {"torchao", "the model that it was made from"},
        {"nvfp4", "the model that it was made from"}};
    for (const auto& [method, remedy] : remedies) {
        edited_scaled m("fbgemm");
        m.config["quantization_config"] = {{"quant_method", method}};
        check_says(m.refusal(), {"(" + method + ")", remedy, "{.config = {.quantization = \"\"}}"});
    }
}
