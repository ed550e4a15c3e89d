// Adapters as PEFT saves them, as make_compounds.py writes them, merged: against NumPy's sums.
#include <algorithm>
#include <array>
#include <cmath>
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
#include "svdlens/io/low_rank_adapter.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/describe_model.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
namespace fs = std::filesystem;

namespace {

fs::path model_tests() { return fs::path(SVDLENS_TEST_SOURCE_DIR) / "model"; }
fs::path adapter_folder(const std::string& name) { return model_tests() / "compounds" / "adapters" / name; }

sl::state_dict base_of(const std::string& name) {
    auto text = read_file(adapter_folder(name) / "base.txt");
    text.erase(text.find_last_not_of('\n') + 1);
    return sl::open_safetensors(model_tests() / text / "model.safetensors");
}

sl::transformer_weights merged(const std::string& name) {
    return sl::transformer_weights(base_of(name), {.adapters = {sl::open_adapter(adapter_folder(name))}});
}

/// The first part that two models do not share to the rounding of a float; empty when there is none.
std::string first_distance(const sl::transformer_weights& a, const sl::transformer_weights& b) {
    const gathered one(a), other(b);
    if (one.all().size() != other.all().size()) return "the number of parts";
    for (const auto& [name, expected] : other.all()) {
        const auto found = one.all().find(name);
        if (found == one.all().end() || found->second.shape != expected.shape) return name;
        for (std::size_t k = 0; k < expected.numbers.size(); ++k) {
            const float x = found->second.numbers[k], y = expected.numbers[k];
            if (!(std::abs(x - y) <= 3e-7F * std::max(1.0F, std::abs(y)))) return name;
        }
    }
    return {};
}

/// An adapter's folder of which something is another.
struct edited_adapter {
    std::string name;
    std::map<std::string, sl::named_tensor> tensors = {};
    nlohmann::json config = {};

    explicit edited_adapter(const std::string& name_) : name(name_) {
        const auto file = sl::open_safetensors(adapter_folder(name) / "adapter_model.safetensors");
        const auto owner = std::make_shared<const sl::state_dict>(file);
        for (const auto& r : file.records())
            tensors.insert({r.name, sl::named_tensor(r.name, r.type, r.shape, file.bytes(r.name), owner)});
        config = nlohmann::json::parse(read_file(adapter_folder(name) / "adapter_config.json"));
    }
    void put(const std::string& tensor, const std::vector<std::uint64_t>& shape) {
        std::size_t size = 1;
        for (const auto extent : shape) size *= static_cast<std::size_t>(extent);
        tensors.erase(tensor);
        tensors.insert({tensor, sl::named_tensor(tensor, sl::tensor(std::vector<float>(size, 0.5F), shape))});
    }
    void rename(const std::string& from, const std::string& to) {
        auto tensor = tensors.at(from);
        tensors.erase(from);
        tensor.name = to;
        tensors.insert({to, tensor});
    }
    sl::low_rank_adapter written(const fs::path& folder) const {
        std::vector<sl::named_tensor> all;
        for (const auto& each : tensors) all.push_back(each.second);
        sl::write_safetensors(folder / "adapter_model.safetensors", all);
        write_file(folder / "adapter_config.json", config.dump());
        return sl::open_adapter(folder);
    }
    std::string refusal() const {
        const temporary_directory folder;
        return message_of(
            [&] { (void)sl::transformer_weights(base_of(name), {.adapters = {written(folder.path())}}); });
    }
};

void expect_words(const std::string& message, const std::vector<std::string>& words) {
    INFO(message);
    CHECK(message.find('\n') == std::string::npos);
    for (const auto& word : words) {
        INFO(word);
        CHECK(message.find(word) != std::string::npos);
    }
}

const std::string llama = "llama_queries_and_values";
const std::string q_proj = "base_model.model.model.layers.1.self_attn.q_proj.";

} // namespace

TEST_CASE("a merged adapter is NumPy's sum, whatever it changes and however it is stored") {
    std::size_t adapters = 0;
    for (const auto& entry : fs::directory_iterator(model_tests() / "compounds" / "adapters")) {
        const auto name = entry.path().filename().string();
        INFO(name);
        ++adapters;
        const auto found = merged(name);
        const sl::transformer_weights expected(sl::open_safetensors(entry.path() / "merged"));
        CHECK(found.unread == expected.unread);
        CHECK(first_distance(sl::fold_norms(found), sl::fold_norms(expected)) == "");
        CHECK(first_distance(found, expected) == "");
        CHECK(first_distance(found, sl::transformer_weights(base_of(name))) != "");
    }
    CHECK(adapters == 10);
}

TEST_CASE("a merged model has the circuits of the sum, the same bits for any number of threads") {
    for (const char* const name : {"llama_everything", "gpt2_one_layer", "on_scaled"}) {
        const auto ov = sl::ov_circuits(sl::fold_norms(merged(name)));
        for (const auto& each : ov.matrices) CHECK((each.a.is_deferred() || each.b.is_deferred()));
        const auto one = sl::singular_directions(ov, {.threads = 1});
        const auto five = sl::singular_directions(ov, {.threads = 5});
        const auto a = one.singular_values().values(), b = five.singular_values().values();
        CHECK(same_bits({a.begin(), a.end()}, {b.begin(), b.end()}));
        const sl::transformer_weights plain(sl::open_safetensors(adapter_folder(name) / "merged"));
        const auto expected = sl::singular_directions(sl::ov_circuits(sl::fold_norms(plain)));
        const auto e = expected.singular_values().values();
        REQUIRE(a.size() == e.size());
        for (std::size_t k = 0; k < a.size(); ++k)
            CHECK(std::abs(a[k] - e[k]) <= 1e-5F * (1 + std::abs(e[k])));
    }
}

TEST_CASE("only what an adapter changes is made anew; the rest stays a view") {
    const auto found = merged("gpt2_one_layer");
    CHECK_FALSE(found.blocks[0].attention.W_Q[0].is_deferred());
    CHECK(found.blocks[1].attention.W_Q[0].is_deferred());
    CHECK_FALSE(found.W_E.is_deferred());
}

TEST_CASE("a merged model says what was merged") {
    const auto found = merged("embeddings_and_saved");
    CHECK(found.adapters ==
          std::vector<std::string>{"adapter embeddings_and_saved (3 updates, scale 2; 2 tensors replaced)"});
    CHECK(found.provenance().find("model.safetensors + adapter embeddings_and_saved (3 updates") == 0);
    CHECK(to_string(sl::describe_model(found)).find("adapter embeddings_and_saved (3 updates") !=
          std::string::npos);
    CHECK(merged("llama_everything").adapters[0].find("scale 3.53553 to 7.07107") == std::string::npos);
    CHECK(merged("llama_everything").adapters[0].find("15 updates, scale 2.88675 to 7.07107") !=
          std::string::npos);
}

TEST_CASE("two adapters are two sums, in the order given") {
    const auto first = sl::open_adapter(adapter_folder(llama));
    const auto second = sl::open_adapter(adapter_folder("llama_everything"));
    const auto base = base_of(llama);
    const sl::transformer_weights both(base, {.adapters = {first, second}});
    const sl::transformer_weights one(base, {.adapters = {first}}), other(base, {.adapters = {second}}),
        none(base);
    const auto at = [](const sl::transformer_weights& w) { return w.blocks[1].attention.W_Q[2](3, 1); };
    CHECK(at(both) == Approx(at(one) + at(other) - at(none)).epsilon(1e-5));
    CHECK(both.adapters.size() == 2);
    const auto saved = sl::open_adapter(adapter_folder("embeddings_and_saved"));
    expect_words(message_of([&] {
                     (void)sl::transformer_weights(base, {.adapters = {saved, saved}});
                 }),
                 {"another adapter replaces \"lm_head.weight\", too"});
}

TEST_CASE("an adapter is merged in double, too") {
    const sl::basic_transformer_weights<double> found(
        base_of("gpt2_biases"), {.adapters = {sl::open_adapter(adapter_folder("gpt2_biases"))}});
    const sl::transformer_weights expected(sl::open_safetensors(adapter_folder("gpt2_biases") / "merged"));
    CHECK(static_cast<float>(found.blocks[1].attention.b_K[2][1]) == expected.blocks[1].attention.b_K[2][1]);
    CHECK(found.blocks[1].attention.W_K[2](4, 1) == Approx(expected.blocks[1].attention.W_K[2](4, 1)));
}

TEST_CASE("what an adapter's folder is and what it is called") {
    CHECK(sl::is_adapter(adapter_folder(llama)));
    CHECK(sl::is_adapter(adapter_folder(llama) / "adapter_model.safetensors"));
    CHECK_FALSE(sl::is_adapter(adapter_folder(llama) / "merged"));
    CHECK_FALSE(sl::is_adapter(architecture_folder() / "llama"));
    const auto adapter = sl::open_adapter(adapter_folder(llama) / "adapter_model.safetensors");
    CHECK(adapter.label() == llama);
    CHECK(adapter.base == "somebody/base");
    CHECK(adapter.updates.size() == 4);
    CHECK(adapter.updates[0].module == "model.layers.0.self_attn.q_proj");
    CHECK(adapter.updates[0].scale == 2);
    expect_words(message_of([] { (void)sl::open_adapter(architecture_folder() / "llama"); }),
                 {"expected adapter_model.safetensors"});
}

TEST_CASE("a model that is not the adapter's is refused with the tensor") {
    const auto onto = [](const std::string& adapter, const std::string& architecture) {
        return message_of([&] {
            (void)sl::transformer_weights(open_architecture(architecture),
                                          {.adapters = {sl::open_adapter(adapter_folder(adapter))}});
        });
    };
    expect_words(onto(llama, "gpt2"),
                 {"adapter_model.safetensors: tensor \"base_model.model.model.layers.0",
                  "changes \"model.layers.0.self_attn.q_proj.weight\"", "has not", "somebody/base"});
    expect_words(onto("gpt2_one_layer", "llama"),
                 {"changes \"transformer.h.1.attn.c_attn.weight\"", "has not"});
    expect_words(onto("without_prefix", "llama"), {"expected an update of \"model.layers.0", "[6, 6]"});
    expect_words(onto(llama, "qwen2"), {"self_attn.v_proj.weight\" [6, 6]", "found one of 2 x 6"});
    expect_words(onto("fused_queries", "llama"), {"changes \"gpt_neox.layers.0.attention", "has not"});
}

TEST_CASE("a layer or a module that the model lacks is refused") {
    edited_adapter a(llama);
    for (const char* const part : {"lora_A.weight", "lora_B.weight"})
        a.rename(q_proj + part, "base_model.model.model.layers.2.self_attn.q_proj." + std::string(part));
    expect_words(a.refusal(), {"changes \"model.layers.2.self_attn.q_proj.weight\"", "has not", "nearest"});
    edited_adapter b(llama);
    for (const char* const part : {"lora_A.weight", "lora_B.weight"})
        b.rename(q_proj + part,
                 "base_model.model.model.decoder.layers.1.self_attn.q_proj." + std::string(part));
    expect_words(b.refusal(), {"changes \"model.decoder.layers.1.self_attn.q_proj.weight\"", "has not"});
}

TEST_CASE("tensors of an adapter that do not fit each other or its config are refused") {
    SECTION("one factor") {
        edited_adapter a(llama);
        a.tensors.erase(q_proj + "lora_A.weight");
        expect_words(a.refusal(), {"\"" + q_proj + "lora_B.weight\"", "both factors"});
    }
    SECTION("factors of two ranks") {
        edited_adapter a(llama);
        a.put(q_proj + "lora_B.weight", {6, 3});
        expect_words(a.refusal(), {"\"" + q_proj + "lora_B.weight\"", "r = 2", "found [6, 3]"});
    }
    SECTION("another rank than the config's") {
        edited_adapter a(llama);
        a.config["r"] = 4;
        expect_words(a.refusal(), {"lora_A.weight\" has rank 2", "expected the 4", "rank_pattern"});
        a.config["rank_pattern"] = {{"q_proj", 2}, {"v_proj", 2}};
        CHECK(a.refusal().empty());
    }
    SECTION("a factor of three dimensions") {
        edited_adapter a(llama);
        a.put(q_proj + "lora_A.weight", {2, 6, 1});
        expect_words(a.refusal(), {"expected a matrix", "[2, 6, 1]"});
    }
    SECTION("two adapters in a file") {
        edited_adapter a(llama);
        a.put(q_proj + "lora_A.one.weight", {2, 6});
        expect_words(a.refusal(), {"\"" + q_proj + "lora_A.", "which is the same factor"});
        a.put(q_proj + "lora_A.two.weight", {2, 6});
        expect_words(a.refusal(), {"expected one adapter", "\"one\" and \"two\""});
    }
    SECTION("a saved tensor of another shape") {
        edited_adapter a("embeddings_and_saved");
        a.put("base_model.model.model.norm.weight", {5});
        expect_words(a.refusal(), {"base_model.model.model.norm.weight", "[6]", "found [5]"});
    }
    SECTION("a bias that the model lacks") {
        edited_adapter a(llama);
        a.put(q_proj + "lora_B.bias", {6});
        expect_words(a.refusal(),
                     {"lora_B.bias", "changes \"model.layers.1.self_attn.q_proj.bias\"", "has not"});
    }
    SECTION("nothing") {
        edited_adapter a(llama);
        a.tensors.clear();
        expect_words(a.refusal(), {"expected the updates", "found none"});
    }
    SECTION("no config") {
        const temporary_directory folder;
        fs::copy_file(adapter_folder(llama) / "adapter_model.safetensors",
                      folder.path() / "adapter_model.safetensors");
        expect_words(message_of([&] { (void)sl::open_adapter(folder.path()); }), {"adapter_config.json"});
    }
    SECTION("integers") {
        edited_adapter a(llama);
        const auto bytes = std::make_shared<std::vector<std::byte>>(12);
        a.tensors.erase(q_proj + "lora_A.weight");
        a.tensors.insert({q_proj + "lora_A.weight",
                          sl::named_tensor(q_proj + "lora_A.weight", sl::dtype::i8, {2, 6}, *bytes, bytes)});
        expect_words(a.refusal(), {"holds I8"});
    }
}

TEST_CASE("other methods and variants are refused by name, with what to do") {
    const auto with = [](const char* field, const nlohmann::json& value) {
        edited_adapter a(llama);
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
        edited_adapter a(llama);
        a.put(q_proj + tensor, {6});
        expect_words(a.refusal(), {"\"" + q_proj + tensor + "\"", "merge_and_unload"});
    }
}

TEST_CASE("patterns of ranks and alphas are ends of module names, and no more") {
    const auto scales = [](const nlohmann::json& alphas) {
        edited_adapter a(llama);
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

TEST_CASE("a tied embedding that an adapter changes on one side is refused") {
    edited_adapter a("without_prefix");
    a.put("base_model.model.model.embed_tokens.lora_embedding_A", {2, 7});
    a.put("base_model.model.model.embed_tokens.lora_embedding_B", {6, 2});
    expect_words(a.refusal(), {"\"embed_tokens.weight\": it embeds and unembeds", "merge_and_unload"});
    edited_adapter b("without_prefix");
    b.put("base_model.model.model.embed_tokens.weight", {7, 6});
    expect_words(b.refusal(), {"it embeds and unembeds"});
    b.put("base_model.model.lm_head.weight", {7, 6}); // both
    CHECK(b.refusal().empty());
}

TEST_CASE("an adapter stands behind the same wrapper everywhere, and is not guessed") {
    sl::detail::adapted_names plain(open_architecture("gpt2"));
    CHECK(plain.find("transformer.h.0.attn.c_attn.weight") == "h.0.attn.c_attn.weight");
    CHECK(plain.find("h.0.attn.c_attn.weight") == "h.0.attn.c_attn.weight");
    CHECK_FALSE(plain.find("transformer.h.9.attn.c_attn.weight"));
    CHECK_FALSE(plain.find("other.h.1.attn.c_attn.weight"));
    const auto towers = [](const std::string& first, const std::string& second) {
        const sl::tensor t(std::vector<float>{1}, {1, 1});
        return sl::state_dict({sl::named_tensor(first, t), sl::named_tensor(second, t)});
    };
    const std::string end = "layers.0.self_attn.q_proj.weight";
    const auto two = towers("vision_tower.encoder." + end, "language_model.model." + end);
    CHECK(sl::detail::adapted_names(two).find("model." + end) == "language_model.model." + end);
    CHECK(sl::detail::adapted_names(two).find("model.language_model." + end) ==
          "language_model.model." + end);
    CHECK_FALSE(sl::detail::adapted_names(two).find("model.decoder." + end));
    const auto alike = towers("audio.model." + end, "text.model." + end);
    expect_words(message_of([&] { (void)sl::detail::adapted_names(alike).find("model." + end); }),
                 {"audio.model." + end, "text.model." + end});
}
