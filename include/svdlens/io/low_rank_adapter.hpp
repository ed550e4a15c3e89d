/// @file
/// Low-rank adapters (LoRA), as PEFT saves them: what they add to a model's matrices, and what they replace.
#ifndef SVDLENS_IO_LOW_RANK_ADAPTER_HPP
#define SVDLENS_IO_LOW_RANK_ADAPTER_HPP

#include <filesystem>
#include <string>
#include <vector>

#include "open_weights.hpp"
#include "state_dict.hpp"

namespace svdlens::inline v0_2 {

/// What an adapter adds to the weight of a module: scale · B A, with B A (out, in) as linear layers store it.
struct low_rank_update {
    std::string module;        ///< where it stands in the model: `model.layers.0.self_attn.q_proj`
    std::string A;             ///< the tensor of r × in in the adapter's file
    std::string B;             ///< the tensor of out × r
    std::string bias = {};     ///< the tensor of what is added to the module's bias, times scale; empty: none
    double scale = 1;          ///< alpha / r, or alpha / √r of rank-stabilised ones
    bool of_embedding = false; ///< of a table of embeddings: it is (B A)ᵀ that is added
};

/// A tensor that an adapter puts in place of the model's.
struct replaced_tensor {
    std::string name;   ///< of the model: `lm_head.weight`
    std::string stored; ///< of the adapter's file
};

/// An adapter. A value: copies share the file's mapping.
struct low_rank_adapter {
    state_dict file;
    std::string base = {};                      ///< the model that it was trained on, as its config calls it
    std::vector<low_rank_update> updates = {};  ///< by module, ascending
    std::vector<replaced_tensor> replaced = {}; ///< by name, ascending

    /// What people call it: its folder's name, or its file's.
    std::string label() const;
};

/// Whether a path is taken for that of an adapter: a file called `adapter_model` with
/// any ending, or a folder with one and an adapter_config.json, but without a model beside it.
bool is_adapter(const std::filesystem::path& path);

/// Opens an adapter of PEFT's by its folder or its file, `adapter_model.safetensors` or `.bin`, beside which
/// `adapter_config.json` stands. Read are `r`, `lora_alpha`, `use_rslora`, `rank_pattern`, `alpha_pattern`, and
/// from the tensors which modules are updated and how; with the adapter's name inside names or without.
/// O(tensors); no values are read.
/// @throws as `open_weights`
/// @throws file_error (cannot_open) without a config; format_error (invalid_config) for one that is malformed,
///         contradicts the tensors, or has patterns that are more than the end of a module's name
/// @throws model_error (unsupported_model) for other methods and for variants whose sum is another (DoRA, QA-LoRA,
///         PiSSA and its kin, updates of parameters or of single tokens), by name, with what to do;
///         (unknown_tensor) for one factor without the other; (wrong_shape) when the two do not fit
low_rank_adapter open_adapter(const std::filesystem::path& path, const weights_options& options = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/low_rank_adapter.hpp"
#endif

#endif
