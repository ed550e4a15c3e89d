/// @file
/// What a model's config says of its computation.
#ifndef SVDLENS_MODEL_ARCHITECTURE_HPP
#define SVDLENS_MODEL_ARCHITECTURE_HPP

#include <cstddef>
#include <optional>
#include <string_view>

#include "../io/model_config.hpp"
#include "residual_ports.hpp"
#include "transformer_parts.hpp"

namespace svdlens::inline v0_2 {

/// Which two entries of a query or key turn together.
enum class rotary_pairing {
    half_split,  ///< i and i + dimensions / 2 (Llama and GPT-NeoX as Hugging Face stores them)
    interleaved, ///< 2 i and 2 i + 1 (GPT-J; Llama as Meta stores it)
};

/// Rotary positions: pair i of position p turns by the angle p · theta^(-2 i / dimensions), before scaling.
struct rotary_embedding {
    rotary_pairing pairing = rotary_pairing::half_split;
    std::size_t dimensions = 0; ///< the first ones of a head turn, an even number; the others stay
    double theta = 10000;
    rotary_scaling scaling = {};
};

namespace schemes {

/// Where a gated MLP adds the bias that is called b_in.
enum class gated_bias { linear_branch, after_product };

/// How a norm's gain is stored.
enum class stored_gain {
    as_is,
    less_one, ///< 1 is added when it is read, in the type that it is read as (Gemma)
};

/// What input tokens write.
enum class embedding_scale {
    none,         ///< the stored rows
    sqrt_d_model, ///< the stored rows times √d_model, the factor rounded to their dtype (Gemma)
};

/// What a file without a tensor for W_U unembeds with.
enum class missing_unembedding {
    absent,           ///< there is none
    tied_by_config,   ///< W_E, when the config says `tie_word_embeddings`
    tied_by_default,  ///< W_E, unless the config denies it
    tied_behind_head, ///< W_E, when there are the tensors of an output head
    tied_behind_bias, ///< W_E, when there is a bias of the unembedding, unless the config denies it
};

/// How tokens know their positions.
enum class position_kind {
    learned_or_none,
    rotary,
    alibi,                 ///< scores fall with the distance, by a slope a head (BLOOM, MPT)
    rotary_in_some_layers, ///< and not at all in the others: no one way to turn holds for all (SmolLM 3)
    rotary_by_layer, ///< of two kinds of layers, by a theta each, unless a config says that all turn alike
};

/// What q·k is multiplied by before the softmax.
enum class score_scale {
    inverse_sqrt_d_head, ///< unless a config says otherwise
    one,                 ///< nothing (GPT-Neo)
    by_config,           ///< what the config says, else unknown (Granite, Gemma 2)
};

/// What a config's numbers multiply besides scores. The weights are read with them multiplied in.
enum class config_multipliers {
    none,
    logits,     ///< the unembedding (Cohere)
    everything, ///< the embedding, what attention and MLP write, and the unembedding (Granite)
};

/// What the first layer's attention reads.
enum class first_attention {
    behind_norm,
    as_embedded, ///< the stream as it is: the first layer has no norm before attention (ModernBERT)
};

/// What a scheme says of all its models; a config may say otherwise.
struct architecture_traits {
    /// Empty: as the config or the tensors say. Norms that have no weights at all (OLMo) compute what those
    /// do whose weights were folded: `layer_norm_folded`.
    std::optional<normalization> norm = {};
    norm_placement norms = norm_placement::before;
    stored_gain gain = stored_gain::as_is;
    schemes::gated_bias gated_bias = schemes::gated_bias::linear_branch;
    svdlens::block_order block_order = svdlens::block_order::sequential;
    embedding_scale embedding = embedding_scale::none;
    missing_unembedding unembedding = missing_unembedding::absent;
    position_kind positions = position_kind::learned_or_none;
    rotary_pairing pairing = rotary_pairing::half_split;
    double rotary_share = 1;          ///< of a head's dimensions
    std::string_view qk_refusal = {}; ///< why no matrix W_Q W_Kᵀ is a circuit, where no tensor tells
    std::string_view note = {};       ///< what more there is to say of all its models
    score_scale scores = score_scale::inverse_sqrt_d_head;
    config_multipliers multipliers = config_multipliers::none;
    first_attention first = first_attention::behind_norm;
};

} // namespace schemes

} // namespace svdlens::inline v0_2

#endif
