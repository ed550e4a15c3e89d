/// @file
/// What a checkpoint's metadata say of the model: sizes and kinds that the tensors alone do not tell.
#ifndef SVDLENS_IO_MODEL_CONFIG_HPP
#define SVDLENS_IO_MODEL_CONFIG_HPP

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "state_dict.hpp"

namespace svdlens::inline v0 {

/// What stands before attention, MLP and unembedding.
enum class normalization {
    none,              ///< nothing
    layer_norm,        ///< LayerNorm with weight and bias ("LN")
    layer_norm_folded, ///< LayerNorm, its weight and bias folded into the reading weights ("LNPre")
    rms_norm,          ///< RMSNorm with weight ("RMS")
    rms_norm_folded,   ///< RMSNorm, its weight folded into the reading weights ("RMSPre")
};

/// A model's config. What the metadata do not say is empty; nothing is guessed or checked against tensors
/// here.
struct model_config {
    std::optional<std::uint64_t> n_layers = {};
    std::optional<std::uint64_t> n_heads = {};
    std::optional<std::uint64_t> n_key_value_heads = {};
    std::optional<std::uint64_t> d_model = {};
    std::optional<std::uint64_t> d_head = {};
    std::optional<std::uint64_t> d_mlp = {};
    std::optional<std::uint64_t> n_ctx = {};
    std::optional<normalization> norm = {}; ///< `normalization_type`, `layer_norm`
    std::optional<bool> gated_mlp = {};
    std::optional<std::string> activation = {};  ///< `act_fn`, `activation_fn`
    std::optional<std::string> environment = {}; ///< `env_id` of the environment that an agent was trained in
};

namespace detail {

/// One JSON object out of a state dict's metadata, and how its fields are read.
class config_object {
  public:
    config_object(const state_dict& file, std::string key) :
        where_(file.path().string() + ": __metadata__: " + key) {
        const std::string& text = file.metadata().at(key);
        std::set<std::string> keys;
        std::optional<std::string> twice;
        const auto keep = [&](int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
            if (event == nlohmann::json::parse_event_t::key && depth == 1) {
                const auto& name = parsed.get_ref<const std::string&>();
                if (!keys.insert(name).second) twice = name;
            }
            return depth <= 1; // values inside values are not needed: hostile nesting costs no memory
        };
        // NUL is the end of input to the parser, which would hide what follows.
        if (text.find('\0') == std::string::npos) object_ = nlohmann::json::parse(text, keep, false);
        if (!object_.is_object()) fail("expected a JSON object, found " + quoted(text));
        if (twice) fail(quoted(*twice) + " stands twice");
    }

    std::optional<std::uint64_t> integer(const char* key) const {
        const auto* value = find(key);
        if (value == nullptr || value->is_null()) return std::nullopt;
        if (!value->is_number_unsigned()) fail(key, "a non-negative integer", *value);
        return value->get<std::uint64_t>();
    }

    std::optional<bool> boolean(const char* key) const {
        const auto* value = find(key);
        if (value == nullptr || value->is_null()) return std::nullopt;
        if (!value->is_boolean()) fail(key, "true or false", *value);
        return value->get<bool>();
    }

    std::optional<std::string> string(const char* key) const {
        const auto* value = find(key);
        if (value == nullptr || value->is_null()) return std::nullopt;
        if (!value->is_string()) fail(key, "a string", *value);
        return value->get<std::string>();
    }

    /// Here null has a meaning: no norm.
    std::optional<normalization> norm(const char* key) const {
        const auto* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_null()) return normalization::none;
        if (value->is_boolean()) return value->get<bool>() ? normalization::layer_norm : normalization::none;
        const std::string text = value->is_string() ? value->get<std::string>() : "?";
        if (text.empty() || text == "None" || text == "none") return normalization::none;
        if (text == "LN") return normalization::layer_norm;
        if (text == "LNPre") return normalization::layer_norm_folded;
        if (text == "RMS") return normalization::rms_norm;
        if (text == "RMSPre") return normalization::rms_norm_folded;
        fail(key, "one of LN, LNPre, RMS, RMSPre, null", *value);
    }

  private:
    const nlohmann::json* find(const char* key) const {
        const auto at = object_.find(key);
        return at == object_.end() ? nullptr : &*at;
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw format_error(errc::invalid_config, where_ + ": " + what);
    }

    [[noreturn]] void fail(const char* key, const char* expected, const nlohmann::json& value) const {
        const bool simple = value.is_primitive();
        fail(quoted(std::string_view(key)) + ": expected " + expected + ", found " +
             (simple ? quoted(value.dump()) : value.type_name()));
    }

    std::string where_;
    nlohmann::json object_;
};

/// The first of several spellings of a field.
template <class Value>
std::optional<Value> first_of(const std::optional<Value>& a, const std::optional<Value>& b) {
    return a ? a : b;
}

} // namespace detail

/// Reads the config that stands as JSON text in a state dict's metadata: under `model_config` (decision
/// transformers), `config` or `cfg` (TransformerLens), the first that there is; `env_id` from
/// `environment_config`. Fields that are null or absent stay empty, but a null norm is `normalization::none`.
/// @throws format_error (invalid_config) naming file and key, for malformed JSON and values of a wrong type
inline model_config read_model_config(const state_dict& file) {
    model_config config;
    for (const char* const key : {"model_config", "config", "cfg"}) {
        if (!file.metadata().contains(key)) continue;
        const detail::config_object object(file, key);
        config.n_layers = object.integer("n_layers");
        config.n_heads = object.integer("n_heads");
        config.n_key_value_heads = object.integer("n_key_value_heads");
        config.d_model = object.integer("d_model");
        config.d_head = object.integer("d_head");
        config.d_mlp = object.integer("d_mlp");
        config.n_ctx = object.integer("n_ctx");
        config.norm = detail::first_of(object.norm("normalization_type"), object.norm("layer_norm"));
        config.gated_mlp = object.boolean("gated_mlp");
        config.activation = detail::first_of(object.string("act_fn"), object.string("activation_fn"));
        break;
    }
    if (file.metadata().contains("environment_config")) {
        config.environment = detail::config_object(file, "environment_config").string("env_id");
    }
    return config;
}

} // namespace svdlens::inline v0

#endif
