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
#include "model/edited_adapter.hpp"
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

/// What merging a changed adapter says; nothing where it is merged.
std::string refusal_to_merge(const edited_adapter& adapter) {
    const temporary_directory folder;
    return message_of([&] {
        (void)sl::transformer_weights(base_of(adapter.name), {.adapters = {adapter.written(folder.path())}});
    });
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

TEST_CASE("only what an adapter changes is made anew, the rest stays a view") {
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
    for (const auto& order :
         {std::vector{saved, second}, std::vector{second, saved}}) // second updates lm_head
        expect_words(message_of([&] { (void)sl::transformer_weights(base, {.adapters = order}); }),
                     {"\"lm_head.weight\"", "replace"});
}

TEST_CASE("an adapter is merged in double, too") {
    const sl::basic_transformer_weights<double> found(
        base_of("gpt2_biases"), {.adapters = {sl::open_adapter(adapter_folder("gpt2_biases"))}});
    const sl::transformer_weights expected(sl::open_safetensors(adapter_folder("gpt2_biases") / "merged"));
    CHECK(static_cast<float>(found.blocks[1].attention.b_K[2][1]) == expected.blocks[1].attention.b_K[2][1]);
    CHECK(found.blocks[1].attention.W_K[2](4, 1) == Approx(expected.blocks[1].attention.W_K[2](4, 1)));
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
    expect_words(refusal_to_merge(a),
                 {"changes \"model.layers.2.self_attn.q_proj.weight\"", "has not", "nearest"});
    edited_adapter b(llama);
    for (const char* const part : {"lora_A.weight", "lora_B.weight"})
        b.rename(q_proj + part,
                 "base_model.model.model.decoder.layers.1.self_attn.q_proj." + std::string(part));
    expect_words(refusal_to_merge(b),
                 {"changes \"model.decoder.layers.1.self_attn.q_proj.weight\"", "has not"});
}

TEST_CASE("a tied embedding that an adapter changes on one side is refused") {
    edited_adapter a("without_prefix");
    a.put("base_model.model.model.embed_tokens.lora_embedding_A", {2, 7});
    a.put("base_model.model.model.embed_tokens.lora_embedding_B", {6, 2});
    expect_words(refusal_to_merge(a),
                 {"\"embed_tokens.weight\": it embeds and unembeds", "merge_and_unload"});
    edited_adapter b("without_prefix");
    b.put("base_model.model.model.embed_tokens.weight", {7, 6});
    expect_words(refusal_to_merge(b), {"it embeds and unembeds"});
    b.put("base_model.model.lm_head.weight", {7, 6}); // both
    CHECK(refusal_to_merge(b).empty());
}

TEST_CASE("what an adapter replaces or adds to fits the model, or is refused") {
    SECTION("a saved tensor of another shape") {
        edited_adapter a("embeddings_and_saved");
        a.put("base_model.model.model.norm.weight", {5});
        expect_words(refusal_to_merge(a), {"base_model.model.model.norm.weight", "[6]", "found [5]"});
    }
    SECTION("a bias that the model lacks") {
        edited_adapter a(llama);
        a.put(q_proj + "lora_B.bias", {6});
        expect_words(refusal_to_merge(a),
                     {"lora_B.bias", "changes \"model.layers.1.self_attn.q_proj.bias\"", "has not"});
    }
}

TEST_CASE("what an adapter changes and nothing reads is said, and refused where it is all") {
    const auto base = base_of(llama);
    edited_adapter beside(llama);
    beside.put("base_model.model.tower.proj.weight", {3, 3});
    const temporary_directory one, other;
    const sl::transformer_weights merged(base, {.adapters = {beside.written(one.path())}});
    const sl::transformer_weights plain(base, {.adapters = {sl::open_adapter(adapter_folder(llama))}});
    REQUIRE(merged.adapters.size() == 1);
    CHECK(merged.adapters.front().find("without effect here, as nothing reads it: \"") != std::string::npos);
    CHECK(merged.provenance().find("tower.proj.weight\"") != std::string::npos);
    CHECK(plain.provenance().find("without effect") == std::string::npos);
    edited_adapter alone(llama);
    alone.tensors.clear();
    alone.put("base_model.model.tower.proj.weight", {3, 3});
    const auto only = alone.written(other.path());
    expect_words(message_of([&] { (void)sl::transformer_weights(base, {.adapters = {only}}); }),
                 {"tower.proj.weight", "none of it is read as Llama"});
}

TEST_CASE("a bias that an adapter replaces takes no sum of another, in either order") {
    const auto base = base_of("gpt2_biases");
    const auto summed = sl::open_adapter(adapter_folder("gpt2_biases"));
    edited_adapter replacing("gpt2_biases");
    const std::string bias = "h.0.attn.c_attn.bias";
    replacing.tensors.clear();
    replacing.put("base_model.model.transformer." + bias, base.record(bias).shape);
    const temporary_directory folder;
    const auto replaced = replacing.written(folder.path());
    for (const auto& order : {std::vector{summed, replaced}, std::vector{replaced, summed}})
        expect_words(message_of([&] { (void)sl::transformer_weights(base, {.adapters = order}); }),
                     {".bias\"", "replace"});
}
