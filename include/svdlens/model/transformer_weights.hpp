/// @file
/// A transformer's weights: what a checkpoint holds, by meaning, and as vector sets on the residual stream.
#ifndef SVDLENS_MODEL_TRANSFORMER_WEIGHTS_HPP
#define SVDLENS_MODEL_TRANSFORMER_WEIGHTS_HPP

#include <cmath>
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
/// @code{.cpp}
/// auto weights = sl::transformer_weights(sl::open_weights("model.safetensors")); // names recognised, shapes checked
/// weights.sizes.n_heads;                                                        // = 4
/// auto folded = sl::fold_norms(weights);                                        // another value; matrices are shared
/// @endcode
template <std::floating_point T>
struct basic_transformer_weights {
    using value_type = T;

    std::string file = "(in memory)";  ///< the file's or folder's name, for messages and provenance
    std::vector<std::string> adapters; ///< what was merged into the file's weights, a line each
    std::string scheme;                ///< the naming scheme that was recognised
    std::string wrapper;               ///< what stands before the scheme's names: `model.`; may be empty
    std::string config_source;         ///< where its config stood: `config.json`; empty: there was none
    model_sizes sizes;
    svdlens::normalization normalization = normalization::none;
    svdlens::block_order block_order = block_order::sequential;
    bool has_rotary = false;  ///< queries and keys are rotated: W_Q W_Kᵀ alone is not the QK circuit
    bool has_qk_norm = false; ///< queries or keys are normalised: there is no QK circuit
    std::string qk_refusal;   ///< why there is no QK circuit, where it is another reason; else empty
    bool has_alibi = false;   ///< scores fall with the distance besides: the QK circuit is without that
    bool has_attention_sinks = false;       ///< a head's attention weights sum to less than 1
    std::optional<rotary_embedding> rotary; ///< how they are rotated; empty where no config tells
    std::string rotary_conflict; ///< why nothing tells it: a config says two things, or layers differ
    /// What q·k is multiplied by before the softmax: 1 / √d_head mostly, 1 in GPT-Neo. QK circuits do not
    /// have it in them. Empty where nobody says
    std::optional<double> attention_scale;
    svdlens::norm_placement norm_placement = norm_placement::before;
    bool tied_unembedding = false; ///< W_U is the transpose of the stored W_E
    bool has_output_head = false;  ///< W_U reads what a head makes of the stream, and not the stream (BERT)
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
    /// when they are asked for, one matrix at a time; so are 8-bit floats, times the scales beside them, and
    /// what adapters of the options add. Biases and norms are copied. O(tensors).
    /// @throws model_error (unknown_scheme) naming what was found and what is known; (unknown_tensor) for a
    ///         part that other layers or the config tell of; (wrong_shape, invalid_config) when tensors
    ///         contradict each other or a config, or nobody says how many heads a dimension holds;
    ///         (unsupported_model) for architectures and weights that would be read wrongly: other model types,
    ///         quantised weights, tensors in what is read that are neither read nor buffers, adapters that change
    ///         one tensor for one of two uses; (unknown_tensor, wrong_shape) for an adapter of another model
    /// @throws format_error (invalid_config) for a malformed config, (unsupported_dtype)
    /// @throws argument_error (invalid_argument) for a scheme of the caller's whose axes make no matrix
    explicit basic_transformer_weights(const state_dict& source, const transformer_options& options = {});

    /// Whether any layer has an MLP of its own.
    bool has_mlp() const { return first_mlp() != nullptr; }
    /// Whether MLPs have gates.
    bool is_gated() const { return has_mlp() && first_mlp()->gated(); }
    /// Whether any layer has a mixture of experts in the place of an MLP.
    bool has_experts() const { return first_mixture() != nullptr; }
    /// Whether mixtures have experts that every token goes to.
    bool has_shared_experts() const { return has_experts() && first_mixture()->shared.has_value(); }
    /// Whether queries and keys are rotated, whoever says so: the flag or the parameters.
    bool is_rotary() const { return has_rotary || rotary.has_value(); }
    /// Whether it is known that scores are q·k times something else than 1 / √d_head.
    bool has_unusual_scores() const {
        if (!attention_scale || sizes.d_head == 0) return false;
        const double usual = 1 / std::sqrt(static_cast<double>(sizes.d_head));
        return std::abs(*attention_scale - usual) > 1e-6 * usual;
    }
    /// Whether `embed()` is there.
    bool has_embed() const { return W_E.rows() != 0 || find_extra(matrix_role::embedding) != nullptr; }
    /// Whether `unembed()` is there.
    bool has_unembed() const { return W_U.columns() != 0 || find_extra(matrix_role::unembedding) != nullptr; }

    /// File and processing in one line: `model.safetensors; norms folded, reading weights centred`.
    std::string provenance() const;

    /// Whether the steps in `processing` took the mean over d_model out of what reads or writes at a site: out
    /// of what reads behind LayerNorms when they were folded, in all layers, of what writes when that was centred.
    /// Vectors of the user's own say it for themselves (`basic_stream_vectors::centered`).
    bool is_centered(residual_site site) const;

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

    /// What the experts' neurons read, their gates, and what they write: axes (layer, expert, neuron), called
    /// `L3E5N17`. Layers without experts have no rows.
    /// @throws model_error (unsupported_model) when there are none, (wrong_shape) when layers differ @{
    basic_vector_set<T> expert_in() const;
    basic_vector_set<T> expert_gate() const;
    basic_vector_set<T> expert_out() const;
    /// @}

    /// The same of the experts that every token goes to: axes (layer, neuron), called `L3S17`.
    /// @throws model_error (unsupported_model) when there are none, (wrong_shape) when layers differ @{
    basic_vector_set<T> shared_in() const;
    basic_vector_set<T> shared_gate() const;
    basic_vector_set<T> shared_out() const;
    /// @}

    /// What the router reads to choose each token's experts: axes (layer, expert), called `L3E5`.
    /// @throws model_error (unsupported_model) when there is none, (wrong_shape) when layers differ
    basic_vector_set<T> router() const;

    /// What decides how much of the shared experts a token takes: axes (layer, shared), called `L3S`.
    /// @throws model_error (unsupported_model) when there is none, (wrong_shape) when layers differ
    basic_vector_set<T> shared_router() const;

    /// All of these that the model has: what MLPs of any kind and routers read, and what MLPs write. @{
    std::vector<basic_vector_set<T>> mlp_readers() const;
    std::vector<basic_vector_set<T>> mlp_writers() const;
    /// @}

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

    /// The first layer's of its kind; null where there is none. @{
    const basic_mlp<T>* first_mlp() const {
        for (const auto& block : blocks)
            if (block.mlp) return &*block.mlp;
        return nullptr;
    }
    const basic_mixture<T>* first_mixture() const {
        for (const auto& block : blocks)
            if (block.mixture) return &*block.mixture;
        return nullptr;
    }
    /// @}

    /// A set of what some layers have: `rows(block)` is n × d_model, or 0 × 0 in a layer that lacks it. `inner`
    /// are the axes behind the layer, the last one's extent what the others leave of n.
    template <class Rows>
    basic_vector_set<T> of_layers(std::string name, residual_site site, std::vector<axis> inner,
                                  label_column identity, Rows rows) const {
        std::vector<basic_matrix<T>> layers;
        const basic_matrix<T>* first = nullptr;
        layers.reserve(blocks.size());
        for (const auto& block : blocks) {
            const auto& found = layers.emplace_back(rows(block));
            if (found.rows() == 0) continue;
            if (first == nullptr) first = &found;
            if (found.rows() != first->rows() || found.columns() != first->columns())
                throw model_error(errc::wrong_shape,
                                  file + ": " + name + " of layer " + to_text(layers.size() - 1) +
                                      " has another shape than layer " +
                                      to_text(static_cast<std::size_t>(first - layers.data())) + "'s");
        }
        std::uint64_t outer = 1;
        for (std::size_t k = 0; k + 1 < inner.size(); ++k) outer *= inner[k].extent;
        inner.back() = axis(inner.back().name, first == nullptr || outer == 0 ? 0 : first->rows() / outer);
        inner.insert(inner.begin(), axis("layer", layers.size()));
        svdlens::axes axes(std::move(inner), {identity});
        return {.name = std::move(name),
                .axes = std::move(axes),
                .identity = std::move(identity),
                .layers = std::move(layers),
                .port = port_of(site, block_order, blocks.size()),
                .centered = is_centered(site),
                .provenance = provenance()};
    }

    template <class Rows>
    basic_vector_set<T> neurons(std::string name, residual_site site, Rows rows) const {
        if (!has_mlp()) lacks(name, has_experts() ? "MLP but experts (expert_in, shared_in)" : "MLP");
        return of_layers(std::move(name), site, {axis("neuron", 0)}, {"neuron", "L{layer}N{neuron}"},
                         [&](const auto& block) { return block.mlp ? rows(*block.mlp) : basic_matrix<T>(); });
    }

    template <class Rows>
    basic_vector_set<T> expert_neurons(std::string name, residual_site site, Rows rows) const {
        if (!has_experts()) lacks(name, "mixture of experts");
        return of_layers(std::move(name), site,
                         {axis("expert", first_mixture()->n_experts), axis("neuron", 0)},
                         {"neuron", "L{layer}E{expert}N{neuron}", "expert_neuron"}, [&](const auto& block) {
                             return block.mixture ? rows(block.mixture->experts) : basic_matrix<T>();
                         });
    }

    template <class Rows>
    basic_vector_set<T> shared_neurons(std::string name, residual_site site, Rows rows) const {
        if (!has_shared_experts()) lacks(name, "shared experts");
        return of_layers(std::move(name), site, {axis("neuron", 0)},
                         {"neuron", "L{layer}S{neuron}", "shared_neuron"}, [&](const auto& block) {
                             return block.mixture && block.mixture->shared ? rows(*block.mixture->shared)
                                                                           : basic_matrix<T>();
                         });
    }

    [[noreturn]] void lacks(std::string_view set, const std::string& part) const;
};

using transformer_weights = basic_transformer_weights<float>;

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/transformer_weights.hpp"
#endif

#endif
