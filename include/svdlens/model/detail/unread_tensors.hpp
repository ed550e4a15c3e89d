/// @file
/// What a tensor that nothing reads tells of a model by its name.
#ifndef SVDLENS_MODEL_DETAIL_UNREAD_TENSORS_HPP
#define SVDLENS_MODEL_DETAIL_UNREAD_TENSORS_HPP

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "../../core/text.hpp"
#include "../../io/tensor_record.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A component of a name, or several, that tell of something; where the last is cut short it may go on.
using telling_words = std::span<const std::string_view>;

/// What names tell of.
struct unread_telling {
    std::string_view of;     ///< what messages call it
    std::string_view remedy; ///< may be empty
    telling_words words;
};

inline constexpr std::string_view dequantise =
    "dequantise the model and save its weights in BF16, F16 or F32";

inline constexpr std::string_view quantised_words[] = {
    "SCB",
    "absmax",
    "nested_absmax",
    "nested_quant_map",
    "quant_map",
    "quant_state",
    "qweight",
    "qzeros",
    "qscale",
    "g_idx",
    "weight_scale",
    "weight_zero_point",
    "weight_packed",
    "weight_shape",
    "weight_g_idx",
    "weight_format",
    "weight._data",
    "weight_quantizer",
    "input_scale",
    "input_quantizer",
    "scale_weight",
    "scale_input",
    "_packed_params",
    "W_q",
    "q_scale",
};
inline constexpr std::string_view adapter_words[] = {
    "lora_",  "base_layer", "ia3_", "vera_lambda", "modules_to_save", "dora_scale", "magnitude_vector",
    "hada_w", "lokr_w",     "oft_", "boft_",       "adapter",
};
inline constexpr std::string_view expert_words[] = {
    "expert", "shared_expert", "moe", "block_sparse_moe", "deepspeed_moe", "router", "gate.",
};
inline constexpr std::string_view position_words[] = {
    "distance_embedding", "relative_", "rel_pos", "rel_embeddings", "rel_attn", "position_bias",
};
inline constexpr std::string_view cross_words[] = {"crossattention", "cross_attn", "encoder_attn"};

inline constexpr unread_telling of_quantised = {"quantised weights", dequantise, quantised_words};
inline constexpr unread_telling of_adapter = {
    "an adapter that changes the weights beside it",
    "merge the adapter into the weights (merge_and_unload) and save the model again; a LoRA adapter of its "
    "own is "
    "given beside its model (--base; transformer_weights(base, {.adapters = {open_adapter(...)}}))",
    adapter_words};
inline constexpr unread_telling of_experts = {
    "a mixture of experts",
    "a scheme of your own can name its tensors (expert_W_in, expert_W_out, W_router, ...): "
    "transformer_weights(file, {.schemes = ...}), or --scheme of the program",
    expert_words};
inline constexpr unread_telling of_positions = {"relative positions", {}, position_words};
inline constexpr unread_telling of_cross_attention = {"attention to another model's output", {}, cross_words};

/// Whether some component of a name, and what follows it, begins with the word.
constexpr bool has_word(std::string_view name, std::string_view word) {
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name.substr(at).starts_with(word)) return true;
        at = name.find_first_of("./", at);
        if (at == std::string_view::npos) return false;
    }
    return false;
}

constexpr bool tells(const unread_telling& telling, std::string_view name) {
    return std::any_of(telling.words.begin(), telling.words.end(),
                       [&](std::string_view word) { return has_word(name, word); });
}

/// Whether a name tells that the weights of the tensor beside it, wherever it stands, are not what they
/// seem; null where it does not.
constexpr const unread_telling* telling_of_weights(std::string_view name) {
    for (const auto* const each : {&of_quantised, &of_adapter})
        if (tells(*each, name)) return each;
    return nullptr;
}

/// What leaves such tensors beside or in place of quantised weights.
struct quantising_tool {
    std::string_view word;
    std::string_view name;
};

inline constexpr quantising_tool quantising_tools[] = {
    {"qweight", "GPTQ or AWQ"},
    {"qzeros", "GPTQ or AWQ"},
    {"g_idx", "GPTQ"},
    {"SCB", "bitsandbytes, to 8 bits"},
    {"weight_format", "bitsandbytes, to 8 bits"},
    {"absmax", "bitsandbytes, to 4 bits"},
    {"nested_", "bitsandbytes, to 4 bits"},
    {"quant_map", "bitsandbytes, to 4 bits"},
    {"weight.quant_state", "bitsandbytes, to 4 bits"},
    {"quant_state", "bitsandbytes, to 4 bits"},
    {"weight_packed", "compressed-tensors"},
    {"weight_shape", "compressed-tensors"},
    {"weight_quantizer", "ModelOpt"},
    {"input_quantizer", "ModelOpt"},
    {"weight._data", "quanto"},
    {"_packed_params", "torch.ao"},
    {"W_q", "HQQ"},
};

/// The tool by which weights were quantised that a name tells of; empty where it does not say.
constexpr std::string_view quantised_by(std::string_view name) {
    for (const auto& each : quantising_tools)
        if (has_word(name, each.word)) return each.name;
    return "";
}

/// What any name tells of a model; null where it tells nothing.
constexpr const unread_telling* telling_of(std::string_view name) {
    if (const auto* const found = telling_of_weights(name)) return found;
    for (const auto* const each : {&of_experts, &of_positions, &of_cross_attention})
        if (tells(*each, name)) return each;
    return nullptr;
}

/// Where tensors stand that are left out, by the first two components of their names: `vision_tower.layers
/// (12), score.weight`. The first few of them. O(names)
inline std::string shown_unread(std::span<const std::string> names) {
    constexpr std::size_t shown = 6;
    std::map<std::string_view, std::size_t> towers;
    for (const std::string_view name : names) ++towers[name.substr(0, name.find('.', name.find('.') + 1))];
    std::string text;
    std::size_t written = 0;
    for (const auto& [tower, size] : towers) {
        if (written++ == shown) return text + ", ...";
        text += (text.empty() ? "" : ", ") + std::string(tower);
        if (size != 1) text += " (" + to_text(size) + ")";
    }
    return text;
}

/// A tensor as messages show it: `"h.0.mlp.c_fc.SCB" F32 [5]`.
inline std::string shown_tensor(const tensor_record& record) {
    return svdlens::quoted(record.name) + " " + std::string(to_text(record.type)) + " " +
           to_text(record.shape);
}

/// The first few tensors, and how many more there are.
inline std::string shown_tensors(std::span<const tensor_record* const> records) {
    constexpr std::size_t shown = 3;
    std::string text;
    for (const auto* const each : records.first((std::min)(shown, records.size())))
        text += (text.empty() ? "" : ", ") + shown_tensor(*each);
    if (records.size() <= shown) return text;
    return text + " and " + to_text(records.size() - shown) + " more";
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
