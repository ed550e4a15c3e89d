/// @file
/// All naming schemes, and which of them a checkpoint follows.
#ifndef SVDLENS_MODEL_KNOWN_SCHEMES_HPP
#define SVDLENS_MODEL_KNOWN_SCHEMES_HPP

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../io/tensor_record.hpp"
#include "detail/schemes/bert.hpp"
#include "detail/schemes/bloom.hpp"
#include "detail/schemes/clip.hpp"
#include "detail/schemes/cohere.hpp"
#include "detail/schemes/decision_transformer.hpp"
#include "detail/schemes/deepseek.hpp"
#include "detail/schemes/distilbert.hpp"
#include "detail/schemes/falcon.hpp"
#include "detail/schemes/glm4.hpp"
#include "detail/schemes/gpt2.hpp"
#include "detail/schemes/gpt_bigcode.hpp"
#include "detail/schemes/gpt_neo.hpp"
#include "detail/schemes/gpt_neox.hpp"
#include "detail/schemes/gpt_oss.hpp"
#include "detail/schemes/gptj.hpp"
#include "detail/schemes/granite.hpp"
#include "detail/schemes/llama.hpp"
#include "detail/schemes/llama4.hpp"
#include "detail/schemes/meta.hpp"
#include "detail/schemes/mixtral.hpp"
#include "detail/schemes/modernbert.hpp"
#include "detail/schemes/mpt.hpp"
#include "detail/schemes/olmo.hpp"
#include "detail/schemes/opt.hpp"
#include "detail/schemes/phi.hpp"
#include "detail/schemes/phi3.hpp"
#include "detail/schemes/qwen_moe.hpp"
#include "detail/schemes/roberta.hpp"
#include "detail/schemes/smollm3.hpp"
#include "detail/schemes/stablelm.hpp"
#include "detail/schemes/starcoder2.hpp"
#include "detail/schemes/trajectory_transformer.hpp"
#include "detail/schemes/transformer_lens.hpp"
#include "detail/schemes/vit.hpp"
#include "detail/schemes/whisper.hpp"
#include "naming_scheme.hpp"

namespace svdlens::inline v0_2 {

/// All schemes, the more particular ones first.
inline constexpr std::array known_schemes = {
    detail::decision_transformer_scheme,
    detail::hf_decision_scheme,
    detail::transformer_lens_scheme,
    detail::gpt2_scheme,
    detail::gpt_bigcode_heads_scheme,
    detail::gpt_bigcode_scheme,
    detail::nanogpt_scheme,
    detail::gpt_neo_scheme,
    detail::gptj_scheme,
    detail::gpt_neox_scheme,
    detail::mixtral_scheme,
    detail::deepseek_scheme,
    detail::qwen_moe_scheme,
    detail::gpt_oss_scheme,
    detail::llama4_scheme,
    detail::whisper_decoder_scheme,
    detail::whisper_encoder_scheme,
    detail::opt_scheme,
    detail::phi_scheme,
    detail::phi3_scheme,
    detail::glm4_0414_scheme,
    detail::glm4_scheme,
    detail::starcoder2_scheme,
    detail::gemma2_scheme,
    detail::olmo2_scheme,
    detail::gemma_scheme,
    detail::granite_scheme,
    detail::olmo_scheme,
    detail::cohere_scheme,
    detail::cohere2_scheme,
    detail::stablelm_scheme,
    detail::smollm3_scheme,
    detail::llama_scheme,
    detail::meta_scheme,
    detail::bloom_scheme,
    detail::falcon_heads_scheme,
    detail::falcon_scheme,
    detail::mpt_scheme,
    detail::modernbert_scheme,
    detail::trajectory_scheme,
    detail::min_gpt_scheme,
    detail::vit_scheme,
    detail::timm_vit_scheme,
    detail::clip_text_scheme,
    detail::clip_vision_scheme,
    detail::open_clip_text_scheme,
    detail::open_clip_vision_scheme,
    detail::distilbert_scheme,
    detail::roberta_scheme,
    detail::bert_scheme,
};

/// A scheme with the wrapper behind which a file follows it.
struct scheme_match {
    const naming_scheme* scheme;
    std::string prefix; ///< empty, or it ends with a dot; without `_orig_mod.`, `module.` and their like
};

/// Which schemes fit a file.
struct scheme_search {
    std::optional<scheme_match> match = {}; ///< the one that fits best
    const naming_scheme* unconfirmed =
        nullptr;                               ///< fits the names too, but no config says that it is this one
    const naming_scheme* other_type = nullptr; ///< fits the names, but the config names another model type
    /// Where several models fit equally well, of one scheme or of several, no match, but all of them.
    std::vector<scheme_match> rivals = {};
};

/// The scheme that fits a file's names and its config's model type, and behind which wrapper.
///
/// Components that tools put in (`module`, `_orig_mod`, `_fsdp_wrapped_module`, `_checkpoint_wrapped_module`,
/// ...) are left out of all names first, unless the scheme's own tables have them. What stands before the
/// scheme's names then is the wrapper, whatever it is. Of several models that with an embedding of its own
/// comes first, else the other is a rival, unless both are the same bytes; of schemes that fit the same
/// tensors, the first, unless the usual prefix of another stands before them (`roberta.`). O(schemes · names · table rows)
/// Of a model with several towers all are rivals.
/// @param prefix of several models, that behind this wrapper, or behind one that begins so
/// @param tower  of schemes those that read this tower alone
scheme_search find_scheme(std::span<const tensor_record> tensors,
                          const std::optional<std::string>& model_type,
                          std::span<const naming_scheme> among = known_schemes,
                          const std::optional<std::string>& prefix = {},
                          const std::optional<std::string>& tower = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/known_schemes.hpp"
#endif

#endif
