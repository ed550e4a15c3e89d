/// @file
/// A transformer's weights: what a checkpoint holds, by meaning, and as vector sets on the residual stream.
#ifndef SVDLENS_MODEL_TRANSFORMER_WEIGHTS_HPP
#define SVDLENS_MODEL_TRANSFORMER_WEIGHTS_HPP

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../directions/vector_set.hpp"
#include "../io/model_config.hpp"
#include "../io/state_dict.hpp"
#include "../tensor/axes.hpp"
#include "architecture.hpp"
#include "detail/architecture_reader.hpp"
#include "naming_scheme.hpp"
#include "residual_ports.hpp"
#include "transformer_parts.hpp"
#include "weight_processing.hpp"

namespace svdlens::inline v0_2 {

/// A transformer's weights. A value: matrices are immutable views, so copies share them and keep the file
/// mapped. Default-constructed and filled member by member, it is a model in memory.
template <std::floating_point T>
struct basic_transformer_weights {
    using value_type = T;

    std::string file = "(in memory)"; ///< the file's or folder's name, for messages and provenance
    std::string scheme;               ///< the naming scheme that was recognised
    std::string wrapper;              ///< what stands before the scheme's names: `model.`; may be empty
    std::string config_source;        ///< where its config stood: `config.json`; empty: there was none
    model_sizes sizes;
    svdlens::normalization normalization = normalization::none;
    svdlens::block_order block_order = block_order::sequential;
    bool has_rotary = false;  ///< queries and keys are rotated: W_Q W_Kᵀ alone is not the QK circuit
    bool has_qk_norm = false; ///< queries or keys are normalised: there is no QK circuit
    std::optional<rotary_embedding> rotary; ///< how they are rotated; empty where no config tells
    std::string rotary_conflict; ///< why a config does not tell it: what it says twice and differently
    svdlens::norm_placement norm_placement = norm_placement::before;
    bool tied_unembedding = false; ///< W_U is the transpose of the stored W_E
    std::string activation;        ///< as the config calls it; may be empty
    std::string model_type;        ///< as the config calls it: `gpt2`, `llama`; may be empty
    std::string dtypes;            ///< the dtypes that the weights are stored in: `BF16, F32`
    std::vector<basic_block<T>> blocks;
    std::optional<basic_norm<T>> ln_embed; ///< of the sum of all embeddings (BERT)
    std::optional<basic_norm<T>> ln_final;
    basic_matrix<T> W_E;   ///< d_vocab × d_model, or 0 × 0
    basic_matrix<T> W_pos; ///< n_ctx × d_model, or 0 × 0
    basic_matrix<T> W_U;   ///< d_model × d_vocab, or 0 × 0
    std::vector<T> b_U;    ///< d_vocab, or empty
    std::vector<basic_named_matrix<T>> extras;
    std::vector<basic_stream_vectors<T>> added; ///< of the user's own (`with_vectors`)
    std::vector<std::string> notes;             ///< what was assumed when it was read
    weight_steps processing;                    ///< what was done to the weights, in order
    std::vector<std::string> unread;            ///< tensors of the file that are no part of the model as read

    basic_transformer_weights() = default;

    /// Recognises the naming scheme, reads sizes from tensors and config (the caller's, the one in the
    /// metadata, or the config.json beside the file), checks every shape. F32 matrices of a mapped file are
    /// viewed, not copied, also those that are slices of a fused tensor or stored transposed; those of other
    /// dtypes are deferred (`basic_matrix`): converted to T, or scaled where the model scales its embedding,
    /// when they are asked for, one matrix at a time. Biases and norms are copied. O(tensors).
    /// @throws model_error (unknown_scheme) naming what was found and what is known; (unknown_tensor) for a
    ///         part that other layers or the config tell of; (wrong_shape, invalid_config) when tensors
    ///         contradict each other or a config, or nobody says how many heads a dimension holds;
    ///         (unsupported_model) for architectures and weights that would be read wrongly: other model types,
    ///         quantised weights, tensors in what is read that are neither read nor buffers
    /// @throws format_error (invalid_config) for a malformed config, (unsupported_dtype)
    /// @throws argument_error (invalid_argument) for a scheme of the caller's whose axes make no matrix
    explicit basic_transformer_weights(const state_dict& source, const transformer_options& options = {});

    bool has_mlp() const { return !blocks.empty() && blocks.front().mlp.has_value(); }
    bool is_gated() const { return has_mlp() && blocks.front().mlp->gated(); }
    /// Whether queries and keys are rotated, whoever says so: the flag or the parameters.
    bool is_rotary() const { return has_rotary || rotary.has_value(); }
    bool has_embed() const { return W_E.rows() != 0 || find_extra(matrix_role::embedding) != nullptr; }
    bool has_unembed() const { return W_U.columns() != 0 || find_extra(matrix_role::unembedding) != nullptr; }

    /// File and processing in one line: `model.safetensors; norms folded, reading weights centred`.
    std::string provenance() const;

    /// What the neurons read: the columns of W_in, axes (layer, neuron).
    /// @throws model_error (unsupported_model) when there is no MLP, (wrong_shape) when layers differ
    basic_vector_set<T> mlp_in() const;

    /// What the neurons' gates read: the columns of W_gate, axes (layer, neuron).
    /// @throws model_error (unsupported_model) when there is no gated MLP, (wrong_shape) when layers differ
    basic_vector_set<T> mlp_gate() const;

    /// What the neurons write: the rows of W_out, axes (layer, neuron).
    /// @throws model_error (unsupported_model) when there is no MLP or no W_out, (wrong_shape) when
    /// layers differ
    basic_vector_set<T> mlp_out() const;

    /// What the output tokens read: the columns of W_U, axis (token); for a decision transformer the rows of
    /// its action predictor, axis (action).
    /// @throws model_error (unsupported_model) when the model has neither
    basic_vector_set<T> unembed() const;

    /// What the input tokens write: the rows of W_E, axis (token); for a decision transformer the columns of
    /// its state embedding, axis (feature).
    /// @throws model_error (unsupported_model) when the model has neither
    basic_vector_set<T> embed() const;

    /// The vectors of one of `extras` by its name: `time_embedding.weight`.
    /// @throws lookup_error (unknown_tensor), naming those that there are
    basic_vector_set<T> vectors(std::string_view name) const;

    /// The vectors of one of `added`, axes (layer, vector), or (vector) where they stand in one layer:
    /// `for (const auto& each : weights.added) project(heads.writing(), weights.vectors(each))`. One vector
    /// is called `sae.L3.17`, or by its label, and is of the entity `sae`, the vectors' name.
    basic_vector_set<T> vectors(const basic_stream_vectors<T>& of) const;

  private:
    void read_kind(const detail::architecture_reader& kind);

    const basic_named_matrix<T>* find_extra(matrix_role role) const;

    static basic_named_matrix<T> tokens(std::string name, basic_matrix<T> vectors, svdlens::flow flow);

    basic_vector_set<T> vectors_of(const basic_named_matrix<T>& extra) const;

    basic_vector_set<T> vectors_of(const basic_named_matrix<T>& extra, std::string name) const;

    template <class Rows>
    basic_vector_set<T> neurons(std::string name, residual_site site, Rows rows) const {
        std::vector<basic_matrix<T>> layers;
        for (const auto& block : blocks) {
            if (!block.mlp) lacks(name, "MLP in layer " + to_text(layers.size()));
            layers.push_back(rows(*block.mlp));
            if (layers.back().rows() != layers.front().rows() ||
                layers.back().columns() != layers.front().columns())
                throw model_error(errc::wrong_shape, file + ": " + name + " of layer " +
                                                         to_text(layers.size() - 1) +
                                                         " has another shape than layer 0's");
        }
        if (layers.empty()) lacks(name, "MLP");
        const label_column identity("neuron", "L{layer}N{neuron}");
        svdlens::axes axes({{"layer", layers.size()}, {"neuron", layers.front().rows()}}, {identity});
        return {.name = std::move(name),
                .axes = std::move(axes),
                .identity = identity,
                .layers = std::move(layers),
                .port = port_of(site, block_order, blocks.size()),
                .provenance = provenance()};
    }

    [[noreturn]] void lacks(std::string_view set, const std::string& part) const;
};

using transformer_weights = basic_transformer_weights<float>;

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/transformer_weights.hpp"
#endif

#endif
