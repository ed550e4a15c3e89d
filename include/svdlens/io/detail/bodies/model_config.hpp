/// @file
/// The bodies of io/model_config.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_MODEL_CONFIG_HPP
#define SVDLENS_IO_DETAIL_BODIES_MODEL_CONFIG_HPP

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "../../../core/detail/body.hpp"
#include "../../mapped_file.hpp"
#include "../../model_config.hpp"
#include "../../state_dict.hpp"
#include "../json/config_object.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Here null has a meaning: no norm.
inline std::optional<normalization> norm_of(const config_object& object, const char* name) {
    if (object.is_null(name)) return normalization::none;
    const auto read = [](const nlohmann::json& value) -> std::optional<normalization> {
        if (value.is_boolean()) return value.get<bool>() ? normalization::layer_norm : normalization::none;
        const std::string text = value.is_string() ? value.get<std::string>() : "?";
        if (text.empty() || text == "None" || text == "none") return normalization::none;
        if (text == "LN") return normalization::layer_norm;
        if (text == "LNPre") return normalization::layer_norm_folded;
        if (text == "RMS") return normalization::rms_norm;
        if (text == "RMSPre") return normalization::rms_norm_folded;
        return std::nullopt;
    };
    return object.any({name}, "one of LN, LNPre, RMS, RMSPre, null", read);
}

/// Sizes, as TransformerLens, Llama and its kin, and GPT-2 spell them.
inline void read_sizes(const config_object& object, model_config& config) {
    config.n_layers = object.integer({"n_layers", "num_hidden_layers", "n_layer"});
    config.n_heads = object.integer({"n_heads", "num_attention_heads", "n_head"});
    config.n_key_value_heads = object.integer({"n_key_value_heads", "num_key_value_heads"});
    config.d_model = object.integer({"d_model", "hidden_size", "n_embd"});
    config.d_head = object.integer({"d_head", "head_dim"});
    config.d_mlp = object.integer({"d_mlp", "intermediate_size", "n_inner"});
    config.n_ctx = object.integer({"n_ctx", "n_positions", "max_position_embeddings", "block_size"});
    config.d_vocab = object.integer({"d_vocab", "vocab_size"});
}

inline void read_rotary(const config_object& object, model_config& config) {
    config.positions = object.string({"positional_embedding_type"});
    config.rotary_dimensions = object.integer({"rotary_dim"});
    config.rotary_adjacent_pairs = object.boolean({"rotary_adjacent_pairs"});
    const auto details = object.object({"rope_scaling", "rope_parameters"});
    const auto number = [&](field_names names) {
        const auto found = object.number(names);
        return found || !details ? found : details->number(names);
    };
    config.rotary_theta = number({"rope_theta", "rotary_emb_base", "rotary_base"});
    config.rotary_share = number({"rotary_pct", "partial_rotary_factor"});
    if (!details) return;
    const auto kind = details->string({"rope_type", "type"});
    if (!kind || *kind == "default") return;
    config.rotary_scaling = {*kind, details->number({"factor"}).value_or(1),
                             details->number({"low_freq_factor"}), details->number({"high_freq_factor"}),
                             details->integer({"original_max_position_embeddings"})};
}

/// By which method a field says that weights are quantised: the field's own name where it does not say.
inline std::string quantization_method(const nlohmann::json& said, const char* field) {
    if (said.is_boolean() && !said.get<bool>()) return "";
    if (said.is_string()) return said.get<std::string>();
    for (const char* const name : {"quant_method", "quant_algo", "format"})
        if (said.is_object() && said.contains(name) && said.at(name).is_string() && said.at(name) != "")
            return said.at(name).get<std::string>();
    return field;
}

/// What a config says of it; empty text where it says that they are not.
inline std::optional<std::string> quantization_of(const config_object& object) {
    std::optional<std::string> method;
    for (const char* const field : {"quantization_config", "compression_config", "quantization"})
        if (!method || method->empty())
            method = object.any({field}, "a method", [&](const nlohmann::json& said) {
                return std::optional(quantization_method(said, field));
            });
    return method;
}

inline void read_kinds(const config_object& object, model_config& config) {
    config.norm = norm_of(object, "normalization_type");
    if (!config.norm) config.norm = norm_of(object, "layer_norm");
    config.gated_mlp = object.boolean({"gated_mlp"});
    config.activation =
        object.string({"act_fn", "activation_fn", "hidden_activation", "hidden_act", "activation_function"});
    config.model_type = object.string({"model_type"});
    config.tied_embeddings = object.boolean({"tie_word_embeddings"});
    config.parallel_blocks = object.boolean({"parallel_attn_mlp", "use_parallel_residual"});
}

/// Models with other inputs than text keep the transformer's fields in `text_config`.
inline model_config read_config(const config_object& whole, std::string source) {
    model_config config;
    const auto text = whole.object({"text_config"});
    const config_object& object = text ? *text : whole;
    config.quantization = quantization_of(whole);
    if (text && config.quantization.value_or("").empty()) config.quantization = quantization_of(*text);
    read_sizes(object, config);
    read_kinds(object, config);
    read_rotary(object, config);
    if (!config.tied_embeddings) config.tied_embeddings = whole.boolean({"tie_word_embeddings"});
    config.source = std::move(source);
    return config;
}

/// The config.json in the folder of a checkpoint that was opened from a file, if there is one.
inline std::optional<std::filesystem::path> config_beside(const std::filesystem::path& checkpoint) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    if (!fs::exists(checkpoint, ignored)) return std::nullopt;
    const auto folder = fs::is_directory(checkpoint, ignored) ? checkpoint : checkpoint.parent_path();
    auto path = folder / "config.json";
    if (!fs::is_regular_file(path, ignored)) return std::nullopt;
    return path;
}

} // namespace detail

SVDLENS_BODY model_config read_model_config(const state_dict& file) {
    model_config config;
    const auto from_metadata = [&](const char* key) {
        return detail::config_object(file.metadata().at(key),
                                     file.path().string() + ": __metadata__: " + key);
    };
    for (const char* const key : {"model_config", "config", "cfg"}) {
        if (!file.metadata().contains(key)) continue;
        config = detail::read_config(from_metadata(key), "the config");
        break;
    }
    if (config.source.empty()) {
        if (const auto path = detail::config_beside(file.path())) {
            const auto whole = map_file(*path, file_access::read);
            config = detail::read_config(detail::config_object(std::string(whole.text()), path->string()),
                                         "config.json");
        }
    }
    if (file.metadata().contains("environment_config"))
        config.environment = from_metadata("environment_config").string({"env_id"});
    return config;
}

} // namespace svdlens::inline v0_2

#endif
