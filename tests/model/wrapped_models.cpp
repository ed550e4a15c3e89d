// Models behind whatever stands before and within their names when somebody trains, compiles, shards or copies
// them: read as the model itself, number by number, or refused with the list.
#include <cstddef>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/canonical_parts.hpp"
#include "model/edited_model.hpp"
#include "model/failure.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::errc;

namespace {

using name_list = std::vector<std::string>;

name_list all_architectures() {
    name_list all;
    for (const auto& entry : std::filesystem::directory_iterator(architecture_folder()))
        all.push_back(entry.path().filename().string());
    return all;
}

/// A model of that architecture under other names, with its own config, whose bytes the weights view.
struct renamed_model {
    edited_model model;
    sl::transformer_weights weights;

    template <class Rename>
    renamed_model(const std::string& architecture, Rename change) : model(architecture) {
        model.rename(change);
        weights = sl::transformer_weights(model.dict(), {.config = model.config, .tower = model.tower});
    }
};

renamed_model behind(const std::string& architecture, const std::string& wrapper) {
    return {architecture, [&](const std::string& name) { return wrapper + name; }};
}

/// The model of an architecture more than once, each under its own wrapper and with numbers of its own.
edited_model copies(const std::string& architecture, const name_list& wrappers) {
    const edited_model original(architecture);
    edited_model model(architecture);
    for (const auto& name : original.names()) model.erase(name);
    for (const auto& wrapper : wrappers)
        for (const auto& name : original.names()) model.add(wrapper + name, original.shape(name));
    return model;
}

failure failure_of_reading(const edited_model& model, sl::transformer_options options = {}) {
    try {
        options.config = model.config;
        options.tower = model.tower;
        sl::transformer_weights weights(model.dict(), options);
    } catch (const sl::error& e) {
        CHECK(std::string(e.what()).find('\n') == std::string::npos);
        return {e.code(), e.what()};
    }
    return {};
}

bool has_note(const sl::transformer_weights& weights) {
    for (const auto& note : weights.notes)
        if (note.find("names stand behind") != std::string::npos) return true;
    return false;
}

} // namespace

TEST_CASE("every known scheme is read behind every wrapper, number by number", "[wrappers]") {
    for (const auto& architecture : all_architectures())
        for (const std::string wrapper :
             {"module.", "_orig_mod.", "_fsdp_wrapped_module.", "base_model.model.", "model.", "transformer.",
              "language_model.", "policy.", "net.", "ema_model.module.", "pretrained_model.", "a.3.b.",
              "model.language_model.", "_forward_module.module."}) {
            INFO(architecture << " behind " << wrapper);
            const auto read = behind(architecture, wrapper);
            const auto& weights = read.weights;
            CHECK(difference_to_canonical(weights, architecture) == "");
            CHECK((weights.unread.empty() || read.model.tower));
            const auto plain =
                sl::transformer_weights(open_architecture(architecture), options_of(architecture));
            const bool inert = wrapper == "module." || wrapper.starts_with("_");
            CHECK((inert ? has_note(weights) == has_note(plain)
                         : has_note(weights) || weights.notes == plain.notes));
        }
}

TEST_CASE("a wrapper that is not usual is said, a usual one and wrapping modules are not", "[wrappers]") {
    const auto notes = [](const std::string& architecture, const std::string& wrapper) {
        return behind(architecture, wrapper).weights.notes;
    };
    CHECK(notes("llama", "student.") ==
          name_list{"the model is the one whose names stand behind \"student.model.\""});
    CHECK(notes("llama", "module._orig_mod.").empty());
    CHECK(notes("gpt2", "transformer.").empty());
    CHECK(notes("gpt2", "model.").size() == 1);
}

TEST_CASE("random stacks of wrappers, before names and within them, change nothing", "[wrappers]") {
    std::mt19937 random(7);
    const auto pick = [&](const name_list& from) { return from[random() % from.size()]; };
    const name_list outer = {"module.", "_orig_mod.",   "_fsdp_wrapped_module.", "base_model.model.",
                             "model.",  "transformer.", "language_model.",       "net."};
    const name_list inner = {"module.", "_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."};
    for (const auto& architecture : all_architectures())
        for (int round = 0; round < 8; ++round) {
            std::string wrapper;
            for (auto k = random() % 5; k > 0; --k) wrapper += pick(outer);
            const renamed_model read(architecture, [&](const std::string& name) {
                std::string result = wrapper;
                for (const char c : name) { // behind some of the dots, another for each tensor
                    result += c;
                    if (c == '.' && random() % 3 == 0) result += pick(inner);
                }
                return result;
            });
            INFO(architecture << " behind " << wrapper);
            CHECK(difference_to_canonical(read.weights, architecture) == "");
            CHECK((read.weights.unread.empty() || read.model.tower));
        }
}

TEST_CASE("names in errors and in results are the file's", "[wrappers]") {
    const renamed_model read("llama", [](const std::string& name) {
        auto result = "module." + name;
        if (const auto at = result.find(".self_attn"); at != std::string::npos)
            result.insert(at, "._fsdp_wrapped_module");
        return result;
    });
    CHECK(read.weights.blocks[1].attention.names.W_O ==
          "module.model.layers.1._fsdp_wrapped_module.self_attn.o_proj.weight");
    edited_model model("llama");
    model.rename([](const std::string& name) { return "module." + name; });
    model.erase("module.model.layers.1.mlp.up_proj.weight");
    CHECK(failure_of_reading(model).code == errc::unknown_tensor);
    CHECK(failure_of_reading(model).says("\"module.model.layers.0.mlp.up_proj.weight\""));
}

TEST_CASE("several copies of a model are refused with the list, and one is chosen by its prefix",
          "[wrappers]") {
    for (const std::string architecture :
         {"llama", "gpt2", "transformer_lens", "bert", "decision_transformer"}) {
        for (const auto& wrappers :
             {name_list{"student.", "teacher."}, name_list{"", "ema_model."},
              name_list{"policy.", "module.reference."}, name_list{"models.0.", "models.1."}}) {
            INFO(architecture << " behind " << wrappers[0] << " and " << wrappers[1]);
            const auto model = copies(architecture, wrappers);
            const auto found = failure_of_reading(model);
            CHECK(found.code == errc::ambiguous_model);
            CHECK(found.says("--prefix"));
            for (std::size_t k = 0; k < 2; ++k) {
                auto prefix = wrappers[k];
                if (prefix.empty()) continue;
                if (prefix.starts_with("module.")) prefix = prefix.substr(7);
                CHECK(found.says("\"" + prefix));
                const sl::transformer_weights one(model.dict(), {.config = model.config, .prefix = prefix});
                CHECK(one.blocks[0].attention.names.W_O.starts_with(wrappers[k]));
                CHECK_FALSE(one.unread.empty());
            }
        }
    }
    const auto model = copies("llama", {"student.", "teacher."});
    const auto wrong = failure_of_reading(model, {.prefix = "pupil"});
    CHECK(wrong.code == errc::ambiguous_model);
    CHECK(
        wrong.says("behind \"pupil\"; found behind \"student.model.\" (Llama), \"teacher.model.\" (Llama)"));
}

TEST_CASE("copies that are the same bytes are one model", "[wrappers]") {
    const auto file = open_architecture("llama");
    std::vector<sl::named_tensor> all;
    sl::metadata_map second_names;
    for (const auto& record : file.records()) {
        all.emplace_back(record.name, record.type, record.shape, file.bytes(record.name), nullptr);
        second_names["compiled._orig_mod." + record.name] = record.name;
    }
    const sl::state_dict both(std::move(all), second_names, "both");
    const sl::transformer_weights weights(both, {.config = sl::read_model_config(file)});
    CHECK(difference_to_canonical(weights, "llama") == "");
    CHECK_FALSE(has_note(weights));
    CHECK(weights.unread.size() == file.size());
}

TEST_CASE("one name for two tensors is refused, whichever way they got it", "[wrappers]") {
    edited_model model("llama");
    SECTION("by a module that wraps") {
        model.add("model._orig_mod.norm.weight", {6});
        const auto found = failure_of_reading(model);
        CHECK(found.code == errc::ambiguous_model);
        CHECK(found.says("tensors \"model._orig_mod.norm.weight\" and \"model.norm.weight\""));
    }
    SECTION("by standing beside the model and in it") {
        model.rename([](const std::string& name) { return "policy." + name; });
        CHECK(failure_of_reading(model).message.empty());
        model.add("lm_head.weight", model.shape("policy.lm_head.weight"));
        const auto found = failure_of_reading(model);
        CHECK(found.code == errc::ambiguous_model);
        CHECK(found.says("tensors \"policy.lm_head.weight\" and \"lm_head.weight\""));
    }
}

TEST_CASE("towers that are named as the model is, but have no embedding, are left out", "[wrappers]") {
    edited_model model("llama");
    model.rename([](const std::string& name) { return "language_model." + name; });
    const auto names = model.names();
    for (const auto& name : names)
        if (name.find(".layers.") != std::string::npos)
            model.add("vision_tower." + name.substr(name.find("layers.")), model.shape(name));
    model.add("projector.0.weight", {6, 6});
    const sl::transformer_weights weights(model.dict(), {.config = model.config});
    CHECK(difference_to_canonical(weights, "llama") == "");
    for (const auto& name : weights.unread)
        CHECK((name.starts_with("vision_tower.") || name.starts_with("projector.")));
    CHECK_FALSE(weights.unread.empty());
}

TEST_CASE("an adapter within the wrapper stays an adapter", "[wrappers]") {
    const std::string at = "base_model.model.model.layers.0.";
    edited_model model("llama");
    model.rename([](const std::string& name) { return "base_model.model." + name; });
    CHECK(failure_of_reading(model).message.empty());
    SECTION("beside the weight") {
        model.add(at + "self_attn.q_proj.lora_A.default.weight", {2, 6});
        model.add(at + "self_attn.q_proj.lora_B.default.weight", {6, 2});
    }
    SECTION("around it") {
        const auto base = at + "mlp.up_proj.base_layer.weight";
        model.rename(
            [&](const std::string& name) { return name == at + "mlp.up_proj.weight" ? base : name; });
        model.add(at + "mlp.up_proj.lora_A.default.weight", {2, 6});
    }
    SECTION("in place of the unembedding") {
        model.rename([&](const std::string& name) {
            return name.ends_with("lm_head.weight")
                       ? "base_model.model.lm_head.modules_to_save.default.weight"
                       : name;
        });
    }
    SECTION("of attention, so that no block is whole") {
        model.rename([&](const std::string& name) {
            auto changed = name;
            for (const std::string part : {"v_proj.", "o_proj."})
                if (const auto found = changed.find(part); found != std::string::npos)
                    changed.insert(found + part.size(), "base_layer.");
            return changed;
        });
    }
    const auto found = failure_of_reading(model);
    CHECK((found.code == errc::unsupported_model || found.code == errc::unknown_scheme));
    CHECK(found.says("adapter"));
}

TEST_CASE("a RoBERTa is no BERT behind another wrapper", "[wrappers]") {
    edited_model model("bert");
    model.rename([](const std::string& name) {
        return name.starts_with("bert.") ? "student.ro" + std::string("berta.") + name.substr(5) : name;
    });
    const auto found = failure_of_reading(model);
    CHECK(found.code == errc::unsupported_model);
    CHECK(found.says("RoBERTa"));
}
