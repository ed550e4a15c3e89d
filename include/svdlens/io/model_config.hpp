/// @file
/// What a checkpoint's metadata, or the config.json beside it, say of the model: sizes and kinds that the
/// tensors alone do not tell.
#ifndef SVDLENS_IO_MODEL_CONFIG_HPP
#define SVDLENS_IO_MODEL_CONFIG_HPP

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "state_dict.hpp"

namespace svdlens::inline v0_2 {

/// The limit on the bytes of a config: some list the names of 20,000 classes, in a twentieth of this.
inline constexpr std::uint64_t largest_model_config = std::uint64_t{1} << 24;

/// What stands before attention, MLP and unembedding.
enum class normalization {
    none,              ///< nothing
    layer_norm,        ///< LayerNorm with weight and bias ("LN")
    layer_norm_folded, ///< LayerNorm, its weight and bias folded into the reading weights ("LNPre")
    rms_norm,          ///< RMSNorm with weight ("RMS")
    rms_norm_folded,   ///< RMSNorm, its weight folded into the reading weights ("RMSPre")
};

/// How a config stretches the angles of rotary positions, for longer contexts than those of the training.
struct rotary_scaling {
    std::string kind = {};                            ///< `linear`, `llama3`, ...; empty: none
    double factor = 1;                                ///< positions count for 1 / factor
    std::optional<double> low_frequency_factor = {};  ///< `low_freq_factor`, of llama3
    std::optional<double> high_frequency_factor = {}; ///< `high_freq_factor`, of llama3
    std::optional<std::uint64_t> original_n_ctx = {}; ///< `original_max_position_embeddings`

    bool operator==(const rotary_scaling&) const = default;
};

/// A model's config. What nobody says is empty; nothing is guessed or checked against tensors here.
struct model_config {
    std::optional<std::uint64_t> n_layers = {};
    std::optional<std::uint64_t> n_heads = {};
    std::optional<std::uint64_t> n_key_value_heads = {};
    std::optional<std::uint64_t> d_model = {};
    std::optional<std::uint64_t> d_head = {};
    std::optional<std::uint64_t> d_mlp = {};
    std::optional<std::uint64_t> n_experts = {}; ///< `num_experts`, `num_local_experts`, `n_routed_experts`
    std::optional<std::uint64_t> d_expert = {};  ///< `moe_intermediate_size`
    std::optional<std::uint64_t> d_shared = {};  ///< `shared_expert_intermediate_size`
    std::optional<std::uint64_t> n_ctx = {};
    std::optional<normalization> norm = {}; ///< `normalization_type`, `layer_norm`
    std::optional<bool> gated_mlp = {};
    std::optional<std::string> activation = {};          ///< `act_fn`, `hidden_act`, `activation_function`
    std::optional<std::string> environment = {};         ///< `env_id` that an agent was trained in
    std::optional<std::uint64_t> d_vocab = {};           ///< `vocab_size`
    std::optional<std::string> model_type = {};          ///< Hugging Face's: `gpt2`, `llama`, `gemma2`
    std::optional<std::string> quantization = {};        ///< how: `gptq`, `fp8`; said to be not: ""
    std::optional<std::string> quantization_format = {}; ///< of a method with several: `float-quantized`
    /// How many rows and columns of a quantised matrix share a scale, where all that say it agree
    std::optional<std::array<std::uint64_t, 2>> quantization_block = {};
    std::optional<bool> tied_embeddings = {};  ///< `tie_word_embeddings`
    std::optional<bool> parallel_blocks = {};  ///< attention and MLP read the same stream
    std::optional<std::string> positions = {}; ///< `positional_embedding_type`, or `alibi` and `rope`
    std::optional<double> rotary_theta = {};   ///< `rope_theta`, `rotary_emb_base`
    std::optional<double> rotary_share = {};   ///< of a head's dimensions: `rotary_pct`
    std::optional<std::uint64_t> rotary_dimensions = {}; ///< `rotary_dim`
    std::optional<bool> rotary_adjacent_pairs = {};      ///< TransformerLens'
    std::optional<svdlens::rotary_scaling> rotary_scaling = {};
    std::optional<double> attention_scale = {}; ///< of q·k: `attention_multiplier`, `softmax_scale`, ...
    std::optional<double> embedding_multiplier = {}; ///< of embeddings (Granite)
    std::optional<double> residual_multiplier = {};  ///< of what attention and MLP write (Granite)
    std::optional<double> logit_multiplier = {};     ///< `logit_scale`, or 1 / `logits_scaling`
    std::optional<double> attention_softcap = {};    ///< `attn_logit_softcapping`
    std::optional<double> logit_softcap = {};        ///< `final_logit_softcapping`
    std::optional<double> qkv_clip = {};             ///< queries, keys and values are clamped: `clip_qkv`
    std::optional<bool> norms_before = {};           ///< `do_layer_norm_before`
    /// Where the config gives rotary positions several thetas, shares or scalings, for all or by layer type:
    /// what it says. Those fields are empty then
    std::string rotary_conflict = {};
    /// Where no one scale of q·k holds for all layers: what the config says. `attention_scale` is empty then
    std::string score_conflict = {};
    /// Where the config says both that embeddings are tied and that they are not: where. `tied_embeddings` is
    /// empty then
    std::string tying_conflict = {};
    std::string source = {}; ///< what messages call it: `the config`, `config.json`; empty: nobody gave one
};

/// Reads the config that stands as JSON text in a state dict's metadata: under `model_config` (decision
/// transformers), `model_args` (nanoGPT), `config` or `cfg` (TransformerLens), the first that there is; `env_id` from
/// `environment_config`. Without one in the metadata, it is the `config.json` beside the file (Hugging Face,
/// nanoGPT), else the `params.json` (Meta, Mistral). Fields that are null or absent stay empty, but a null
/// norm is `normalization::none`; an n_ctx that is no number of positions stays empty, too.
///
/// Of a model with several towers the fields are those of one: of the object `<tower>_config`, if there is one,
/// and of `<tower>_layers`, `<tower>_attention_heads` and `<tower>_ffn_dim` before others. Without a tower the
/// text's are read (`text_config`).
/// @param tower `text`, `vision`, `decoder`; empty: the text's, or the model's
/// @throws format_error (invalid_config) naming file and key, for malformed JSON, values of a wrong type, a
///         key that stands twice in an object that is read, and more than `largest_model_config` bytes
/// @throws file_error (cannot_open, not_a_file, cannot_read) when something stands under that name that
///         cannot be read
model_config read_model_config(const state_dict& file, std::string_view tower = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/model_config.hpp"
#endif

#endif
