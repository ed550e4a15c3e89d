/// @file
/// The bodies of io/model_config.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_MODEL_CONFIG_HPP
#define SVDLENS_IO_DETAIL_BODIES_MODEL_CONFIG_HPP

#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "../../../core/detail/body.hpp"
#include "../../mapped_file.hpp"
#include "../../model_config.hpp"
#include "../../state_dict.hpp"
#include "../checkpoint_folder.hpp"
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

/// Sizes, as TransformerLens, Llama and its kin, and GPT-2 spell them; where these say nothing, as GPT-Neo, OPT
/// and the params.json of Meta and Mistral do.
inline void read_sizes(const config_object& object, std::string_view tower, model_config& config) {
    const auto of_tower = [&](const char* name, field_names usual) {
        const std::string own = std::string(tower) + name;
        const auto size = tower.empty() ? std::nullopt : object.integer({own.c_str()});
        return size ? size : object.integer(usual);
    };
    const auto rarer = [&](std::optional<std::uint64_t>& size, field_names names) {
        if (!size) size = object.integer(names);
    };
    config.n_layers = of_tower("_layers", {"n_layers", "num_hidden_layers", "n_layer"});
    config.n_heads = of_tower("_attention_heads", {"n_heads", "num_attention_heads", "n_head"});
    const bool one_for_all = object.boolean({"multi_query"}).value_or(false) &&
                             !object.boolean({"new_decoder_architecture"}).value_or(false);
    config.n_key_value_heads =
        one_for_all
            ? std::optional<std::uint64_t>(1)
            : object.integer({"n_key_value_heads", "num_key_value_heads", "num_kv_heads", "n_head_kv"});
    config.d_model = object.integer({"d_model", "hidden_size", "n_embd"});
    // Where values are of another size than queries and keys, `head_dim` is neither's (DeepSeek).
    config.d_head = object.integer({"v_head_dim"});
    if (!config.d_head) config.d_head = object.integer({"d_head", "head_dim"});
    config.d_mlp =
        of_tower("_ffn_dim", {"intermediate_size_mlp"}); // beside `intermediate_size`, that of experts
    config.d_expert = object.integer({"d_expert", "moe_intermediate_size"});
    auto& plain = config.d_mlp ? config.d_expert : config.d_mlp;
    plain = plain ? plain : object.integer({"d_mlp", "intermediate_size", "n_inner"});
    config.n_experts = object.integer({"n_experts", "num_experts", "num_local_experts", "n_routed_experts"});
    config.d_shared = object.integer({"d_shared", "shared_expert_intermediate_size"});
    config.n_ctx =
        object.count({"n_ctx", "n_positions", "max_position_embeddings", "block_size", "max_seq_len"});
    const bool said_by_tokenizer = object.number({"vocab_size"}) == -1.0; // Llama 2's params.json
    if (!said_by_tokenizer) config.d_vocab = object.integer({"d_vocab", "vocab_size"});
    rarer(config.n_layers, {"num_layers"});
    rarer(config.n_heads, {"num_heads"});
    rarer(config.n_key_value_heads, {"n_kv_heads"});
    rarer(config.d_model, {"dim"});
    rarer(config.d_mlp, {"ffn_dim", "hidden_dim"});
}

/// A number that others are divided by.
inline std::optional<double> inverse(const std::optional<double>& number) {
    return number ? std::optional(1 / *number) : std::nullopt;
}

/// What q·k is multiplied by before the softmax: Granite's number, MPT's, Gemma's, GPT-2's, TransformerLens'.
inline std::optional<double> attention_scale_of(const config_object& object) {
    if (const auto scale = object.number({"attention_multiplier"})) return scale;
    if (const auto attention = object.object({"attn_config"}))
        if (const auto scale = attention->number({"softmax_scale"})) return scale;
    if (const auto size = object.number({"query_pre_attn_scalar"})) return 1 / std::sqrt(*size);
    if (!object.boolean({"scale_attn_weights"}).value_or(true)) return 1;
    const auto lens = object.boolean({"use_attn_scale"});
    if (!lens) return std::nullopt; // Llama 4's attn_scale is another
    if (!*lens) return 1;
    const auto divisor = object.number({"attn_scale"});
    return divisor && *divisor > 0 ? inverse(divisor) : std::nullopt; // -1 is none
}

/// Multipliers, caps and clamps. 0 of a cap is none.
inline void read_scales(const config_object& object, model_config& config) {
    if (object.boolean({"scale_attn_by_inverse_layer_idx"}).value_or(false))
        config.score_conflict = "scores divided by the layer's number (scale_attn_by_inverse_layer_idx)";
    else
        config.attention_scale = attention_scale_of(object);
    config.embedding_multiplier = object.number({"embedding_multiplier"});
    config.residual_multiplier = object.number({"residual_multiplier"});
    config.logit_multiplier = object.number({"logit_scale"});
    if (!config.logit_multiplier) config.logit_multiplier = inverse(object.number({"logits_scaling"}));
    config.attention_softcap = object.number({"attn_logit_softcapping", "attn_scores_soft_cap"});
    config.logit_softcap = object.number({"final_logit_softcapping", "output_logits_soft_cap"});
    config.qkv_clip = object.number({"clip_qkv"});
    if (const auto attention = object.object({"attn_config"}); attention && !config.qkv_clip)
        config.qkv_clip = attention->number({"clip_qkv"});
}

/// An object that speaks of rotary positions: the config itself, its details, or those of a type of layers.
struct rotary_source {
    std::string name; ///< with a separator behind it; empty for the config itself
    config_object object;
};

/// All of them: objects within the details are those of types of layers.
inline std::vector<rotary_source> rotary_sources(const config_object& config) {
    std::vector<rotary_source> all{{"", config}};
    for (const char* const name : {"rope_scaling", "rope_parameters"}) {
        const auto details = config.object({name});
        if (!details) continue;
        all.push_back({name + std::string("."), *details});
        for (auto& [type, inner] : details->objects())
            all.push_back({name + std::string(".") + type + ".", std::move(inner)});
    }
    return all;
}

/// What several places say of one thing: the value, where they agree.
template <class T>
class agreed_value {
  public:
    void refuse(const std::string& conflict) { conflict_ = conflict; }
    void add(const std::string& where, const std::string& shown, const std::optional<T>& found) {
        if (!found) return;
        if (value_ && !(*value_ == *found)) conflict_ = first_ + " and " + where + " " + shown;
        if (value_) return;
        value_ = found;
        first_ = where + " " + shown;
    }
    const std::optional<T>& value() const { return value_; }
    /// `rope_theta 10000 and rope_parameters.rope_theta 500000`; empty where all agree.
    const std::string& conflict() const { return conflict_; }

  private:
    std::optional<T> value_;
    std::string first_;
    std::string conflict_;
};

/// A number that may be spelled in several ways in several places.
inline agreed_value<double> agreed_number(const std::vector<rotary_source>& sources, field_names names) {
    agreed_value<double> result;
    for (const auto& source : sources)
        for (const char* const name : names) {
            const auto found = source.object.number({name});
            result.add(source.name + name, found ? to_rounded_text(*found, 10) : "", found);
        }
    return result;
}

/// How details stretch angles: nothing where they do not say.
inline std::optional<svdlens::rotary_scaling> scaling_of(const config_object& details) {
    const auto kind = details.string({"rope_type", "type"});
    if (!kind) return std::nullopt;
    if (*kind == "default") return svdlens::rotary_scaling();
    return svdlens::rotary_scaling{*kind, details.number({"factor"}).value_or(1),
                                   details.number({"low_freq_factor"}), details.number({"high_freq_factor"}),
                                   details.count({"original_max_position_embeddings"})};
}

inline agreed_value<svdlens::rotary_scaling> agreed_scaling(const std::vector<rotary_source>& sources) {
    agreed_value<svdlens::rotary_scaling> result;
    for (const auto& source : sources) {
        if (source.name.empty()) continue;
        const auto found = scaling_of(source.object);
        const std::string factor = found ? to_rounded_text(found->factor, 10) : "";
        result.add("scaling of " + source.name.substr(0, source.name.size() - 1),
                   !found || found->kind.empty() ? "none" : found->kind + " by " + factor, found);
        agreed_value<std::string> kind; // two spellings
        for (const char* const name : {"rope_type", "type"})
            kind.add(source.name + name, source.object.string({name}).value_or(""),
                     source.object.string({name}));
        if (!kind.conflict().empty()) result.refuse(kind.conflict());
    }
    return result;
}

/// What params.json says of frequencies without the numbers that they follow from; empty where nothing.
inline std::string unknown_frequencies(const config_object& object) {
    const auto set = [](const nlohmann::json& value) {
        return std::optional(value.is_boolean() ? value.get<bool>() : !value.is_null());
    };
    for (const char* const name : {"use_scaled_rope", "yarn", "llama_4_scaling"})
        if (object.any({name}, "a setting", set).value_or(false))
            return name + std::string(", which this version does not know the frequencies of");
    return "";
}

/// Which positions MPT's settings of attention have; nothing where they do not say.
inline std::optional<std::string> positions_of(const config_object& attention) {
    const auto alibi = attention.boolean({"alibi"}), rope = attention.boolean({"rope"});
    if (rope.value_or(false)) return alibi.value_or(false) ? "alibi and rotary" : "rotary";
    if (!alibi) return std::nullopt;
    return *alibi ? "alibi" : "none by attention";
}

/// What is said once, or alike, is taken; of what is said twice and differently, nothing.
inline void read_rotary(const config_object& object, model_config& config) {
    config.positions = object.string({"positional_embedding_type"});
    if (object.boolean({"alibi"}).value_or(false)) config.positions = "alibi";
    if (const auto attention = object.object({"attn_config"}); attention && !config.positions)
        config.positions = positions_of(*attention);
    config.rotary_dimensions = object.integer({"rotary_dim"});
    config.rotary_adjacent_pairs = object.boolean({"rotary_adjacent_pairs"});
    const auto sources = rotary_sources(object);
    auto theta =
        agreed_number(sources, {"rope_theta", "global_rope_theta", "rotary_emb_base", "rotary_base"});
    for (const char* const name : {"rope_local_base_freq", "local_rope_theta"})
        if (const auto local = object.number({name}); local && theta.value() != local)
            theta.refuse(name + (" " + to_rounded_text(*local, 10)) + " for some layers only");
    const auto share = agreed_number(sources, {"rotary_pct", "partial_rotary_factor"});
    const auto scaling = agreed_scaling(sources);
    for (const auto& conflict :
         {theta.conflict(), share.conflict(), scaling.conflict(), unknown_frequencies(object)})
        if (!conflict.empty())
            config.rotary_conflict += (config.rotary_conflict.empty() ? "" : "; ") + conflict;
    if (!config.rotary_conflict.empty()) return;
    config.rotary_theta = theta.value();
    config.rotary_share = share.value();
    if (scaling.value() && !scaling.value()->kind.empty()) config.rotary_scaling = scaling.value();
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

/// Two whole numbers over 0 that an array holds.
inline std::optional<std::array<std::uint64_t, 2>> block_of(const nlohmann::json& said) {
    const auto is_extent = [](const nlohmann::json& each) { return each.is_number_unsigned() && each != 0; };
    if (!said.is_array() || said.size() != 2 || !is_extent(said[0]) || !is_extent(said[1]))
        return std::nullopt;
    return std::array{said[0].get<std::uint64_t>(), said[1].get<std::uint64_t>()};
}

/// How many rows and columns share a scale by one description of weights: its blocks, or groups along rows.
inline std::optional<std::array<std::uint64_t, 2>> block_of_group(const nlohmann::json& weights) {
    if (!weights.is_object()) return std::nullopt;
    const auto strategy = weights.value("strategy", nlohmann::json());
    if (strategy == "block" && weights.contains("block_structure"))
        return block_of(weights["block_structure"]);
    if (strategy == "group" && weights.contains("group_size"))
        return block_of(nlohmann::json::array({1U, weights["group_size"]}));
    return std::nullopt;
}

/// The block that a quantisation's config has; nothing where its groups differ.
/// @param said an object
inline std::optional<std::array<std::uint64_t, 2>> quantization_block_of(const nlohmann::json& said) {
    if (said.contains("weight_block_size")) return block_of(said["weight_block_size"]);
    std::optional<std::array<std::uint64_t, 2>> agreed;
    if (!said.contains("config_groups") || !said["config_groups"].is_object()) return agreed;
    for (const auto& group : said["config_groups"]) {
        if (!group.is_object() || !group.contains("weights")) continue;
        const auto block = block_of_group(group["weights"]);
        if (agreed && block && *agreed != *block) return std::nullopt;
        if (block) agreed = block;
    }
    return agreed;
}

/// What of a method with several is used.
inline std::optional<std::string> quantization_format_of(const nlohmann::json& said) {
    for (const char* const name : {"format", "quant_algo"})
        if (said.contains(name) && said[name].is_string()) return said[name].get<std::string>();
    return std::nullopt;
}

/// The first field that says that weights are quantised; empty text where one says that they are not.
inline void read_quantization(const config_object& object, model_config& config) {
    for (const char* const field : {"quantization_config", "compression_config", "quantization"}) {
        if (config.quantization && !config.quantization->empty()) return;
        const auto read = [&](const nlohmann::json& said) {
            config.quantization = quantization_method(said, field);
            if (said.is_object()) {
                config.quantization_format = quantization_format_of(said);
                config.quantization_block = quantization_block_of(said);
            }
            return config.quantization;
        };
        object.any({field}, "a method", read);
    }
}

inline void read_kinds(const config_object& object, model_config& config) {
    config.norm = norm_of(object, "normalization_type");
    if (!config.norm) config.norm = norm_of(object, "layer_norm");
    config.gated_mlp = object.boolean({"gated_mlp"});
    config.activation =
        object.string({"act_fn", "activation_fn", "hidden_activation", "hidden_act", "activation_function"});
    config.model_type = object.string({"model_type"});
    config.parallel_blocks = object.boolean({"parallel_attn_mlp", "use_parallel_residual", "parallel_attn"});
    if (object.boolean({"new_decoder_architecture"}).value_or(false)) config.parallel_blocks = true;
    config.norms_before = object.boolean({"do_layer_norm_before"});
    if (object.boolean({"apply_residual_connection_post_layernorm"}).value_or(false))
        config.norms_before = false;
}

/// Both the whole and its part for a tower may say it.
inline void read_tying(const config_object& whole, const std::string& part_name,
                       const std::optional<config_object>& part, model_config& config) {
    constexpr const char* name = "tie_word_embeddings";
    const auto outer = whole.boolean({name});
    const auto inner = part ? part->boolean({name}) : outer;
    if (outer && inner && *outer != *inner) {
        config.tying_conflict = std::string(name) + (*outer ? " true" : " false") + " and " + part_name +
                                "." + name + (*inner ? " true" : " false");
        return;
    }
    config.tied_embeddings = inner ? inner : outer;
}

/// Models with several towers keep the fields of each in an object of its own; those with other inputs than text
/// keep the transformer's in `text_config`.
inline model_config read_config(const config_object& whole, std::string source, std::string_view tower) {
    model_config config;
    const std::string part_name = (tower.empty() ? "text" : std::string(tower)) + "_config";
    const auto part = whole.object({part_name.c_str()});
    const config_object& object = part ? *part : whole;
    read_quantization(whole, config);
    if (part) read_quantization(*part, config);
    read_sizes(object, tower, config);
    read_kinds(object, config);
    read_scales(object, config);
    read_rotary(object, config);
    read_tying(whole, part_name, part, config);
    config.source = std::move(source);
    return config;
}

/// The config.json in the folder of a checkpoint that was opened from a file, else the params.json (Meta,
/// Mistral), if there is one.
inline std::optional<std::filesystem::path> config_beside(const std::filesystem::path& checkpoint) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    if (!fs::exists(checkpoint, ignored)) return std::nullopt;
    const auto folder = fs::is_directory(checkpoint, ignored) ? checkpoint : checkpoint.parent_path();
    for (const char* const name : {"config.json", "params.json"})
        if (is_present(folder / name)) return folder / name;
    return std::nullopt;
}

} // namespace detail

SVDLENS_BODY model_config read_model_config(const state_dict& file, std::string_view tower) {
    model_config config;
    const auto from_metadata = [&](const char* key) {
        return detail::config_object(file.metadata().at(key), file.path().string() + ": __metadata__: " + key,
                                     largest_model_config);
    };
    for (const char* const key : {"model_config", "model_args", "config", "cfg"}) {
        if (!file.metadata().contains(key)) continue;
        config = detail::read_config(from_metadata(key), "the config", tower);
        break;
    }
    if (config.source.empty()) {
        if (const auto path = detail::config_beside(file.path())) {
            const auto whole = map_file(*path);
            config =
                detail::read_config(detail::config_object(whole.text(), path->string(), largest_model_config),
                                    path->filename().string(), tower);
        }
    }
    if (file.metadata().contains("environment_config"))
        config.environment = from_metadata("environment_config").string({"env_id"});
    return config;
}

} // namespace svdlens::inline v0_2

#endif
