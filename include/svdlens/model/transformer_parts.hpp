/// @file
/// The parts of a transformer's weights as plain values. Activations are row vectors: y = x W + b.
#ifndef SVDLENS_MODEL_TRANSFORMER_PARTS_HPP
#define SVDLENS_MODEL_TRANSFORMER_PARTS_HPP

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "../directions/vector_set.hpp"
#include "../linalg/matrix.hpp"
#include "residual_ports.hpp"

namespace svdlens::inline v0_2 {

/// The sizes of a model; 0 for what it does not have.
struct model_sizes {
    std::size_t n_layers = 0;
    std::size_t n_heads = 0;
    std::size_t n_key_value_heads = 0; ///< divides n_heads; head h uses key/value head h / (n_heads / this)
    std::size_t d_model = 0;
    std::size_t d_head = 0;
    std::size_t d_mlp = 0;
    std::size_t n_ctx = 0;
    std::size_t d_vocab = 0;
    std::size_t n_experts = 0; ///< of a mixture
    std::size_t d_expert = 0;  ///< neurons of each
    std::size_t d_shared = 0;  ///< neurons of the experts that every token goes to
};

/// Gain and bias of a LayerNorm or RMSNorm, d_model each; the bias is empty where there is none.
template <std::floating_point T>
struct basic_norm {
    std::vector<T> w;
    std::vector<T> b;
};

/// What the matrices of one attention layer are called in their file; empty for a model made in memory.
struct attention_names {
    std::string W_Q;
    std::string W_K;
    std::string W_V;
    std::string W_O;
};

/// One attention layer. Biases are empty where the model has none; W_Q and W_K are where only OV is known.
template <std::floating_point T>
struct basic_attention {
    std::vector<basic_matrix<T>> W_Q; ///< one per head, d_model × d_head
    std::vector<basic_matrix<T>> W_K; ///< one per key/value head, d_model × d_head
    std::vector<basic_matrix<T>> W_V; ///< one per key/value head, d_model × d_head
    std::vector<basic_matrix<T>> W_O; ///< one per head, d_head × d_model
    std::vector<std::vector<T>> b_Q;  ///< one per head, d_head
    std::vector<std::vector<T>> b_K;  ///< one per key/value head, d_head
    std::vector<std::vector<T>> b_V;  ///< one per key/value head, d_head
    std::vector<T> b_O;               ///< d_model
    attention_names names = {};       ///< of the tensors, for messages
};

/// One MLP: (act(x W_in + b_in) + b_post) W_out + b_out, or gated: (act(x W_gate + b_gate) ∘ (x W_in + b_in)
/// + b_post) W_out + b_out. W_gate is 0 × 0 without a gate; biases are empty where there are none.
template <std::floating_point T>
struct basic_mlp {
    basic_matrix<T> W_in;   ///< d_model × d_mlp
    basic_matrix<T> W_gate; ///< d_model × d_mlp
    basic_matrix<T>
        W_out; ///< d_mlp × d_model; 0 × 0 in a file that has what MLPs read and not what they write
    std::vector<T> b_in;   ///< d_mlp
    std::vector<T> b_gate; ///< d_mlp
    std::vector<T> b_post; ///< d_mlp; TransformerLens adds a gated MLP's b_in here, after the product
    std::vector<T> b_out;  ///< d_model

    /// Whether there is a W_gate.
    bool gated() const { return W_gate.columns() != 0; }
};

/// A mixture of experts: a router chooses for each token some of many MLPs of one shape, and weighs what they
/// write. Side by side they are one MLP, of which a token sees some stretches.
template <std::floating_point T>
struct basic_mixture {
    std::size_t n_experts = 0;
    basic_matrix<T> W_router; ///< d_model × n_experts
    std::vector<T> b_router;  ///< n_experts, or empty
    /// All experts: neuron n of expert e is neuron e · (neurons / n_experts) + n; without b_out.
    basic_mlp<T> experts;
    std::vector<std::vector<T>> b_out;   ///< one per expert, d_model; or empty
    std::optional<basic_mlp<T>> shared;  ///< what every token goes to besides
    basic_matrix<T> W_shared_router;     ///< d_model × 1: how much of it a token takes; 0 × 0: all
    std::vector<T> b_shared_router = {}; ///< 1, or empty

    /// Neurons of one expert.
    std::size_t d_expert() const { return n_experts == 0 ? 0 : experts.W_in.columns() / n_experts; }
};

/// Where a block's norms stand.
enum class norm_placement {
    before,  ///< of what attention and MLP read (GPT-2, Llama): they can be folded
    after,   ///< of the stream, behind each sum (BERT): nothing can be folded
    both,    ///< of what attention and MLP read, and of what they write (Gemma 2)
    written, ///< of what attention and MLP write, while they read the stream as it is (OLMo 2)
};

/// One layer of a transformer.
template <std::floating_point T>
struct basic_block {
    std::optional<basic_norm<T>> ln1; ///< before attention; `norm_placement::after`: of stream + attention
    basic_attention<T> attention;
    std::optional<basic_norm<T>> ln2; ///< before the MLP or mixture; `norm_placement::after`: of stream + MLP
    std::optional<basic_mlp<T>> mlp;
    std::optional<basic_norm<T>> ln1_post =
        {}; ///< of what attention writes (`norm_placement::both`, `written`)
    std::optional<basic_norm<T>> ln2_post =
        {}; ///< of what the MLP writes (`norm_placement::both`, `written`)
    std::optional<basic_mixture<T>> mixture = {}; ///< in place of the MLP
    bool attention_reads_stream =
        false; ///< attention has no norm before it, where others have one (ModernBERT)

    /// The MLPs of the block, of whatever kind: its own, or its experts' and the shared one.
    std::vector<basic_mlp<T>*> mlps() {
        std::vector<basic_mlp<T>*> all;
        if (mlp) all.push_back(&*mlp);
        if (mixture) all.push_back(&mixture->experts);
        if (mixture && mixture->shared) all.push_back(&*mixture->shared);
        return all;
    }
};

/// What a matrix besides the usual ones is to the model.
enum class matrix_role {
    other,
    embedding,   ///< `embed()` hands it out where there is no W_E
    unembedding, ///< `unembed()` hands it out where there is no W_U
};

/// A matrix besides the usual ones: what embeds observations or predicts rewards.
template <std::floating_point T>
struct basic_named_matrix {
    std::string name;
    basic_matrix<T> vectors;              ///< n × d_model, one vector a row
    svdlens::flow flow = flow::none;      ///< writes at the embedding, or reads at the unembedding
    std::vector<T> bias = {};             ///< of what reads: n; of what writes: d_model; or empty
    std::string axis = "index";           ///< what the rows are: `feature`, `action`
    std::vector<std::string> labels = {}; ///< one per row; empty: numbers
    matrix_role role = matrix_role::other;
};

/// What a vector behind a norm reads.
enum class norm_output {
    whole,      ///< what the norm gives, its gain and bias included: what attention or the MLP reads
    normalized, ///< the stream centred (LayerNorm) and divided by its size, before gain and bias
};

/// Vectors of the user's own at one place of the residual stream, in one layer or in every one: the encoder or
/// decoder of a sparse autoencoder or transcoder, probes, steering vectors, a group of neurons.
/// `with_vectors` puts them into a model.
///
/// What reads at `attention_in` or `mlp_in` reads behind the norm there (`behind` says what of it), and is
/// processed with the weights that do. What reads the stream itself (`resid_pre`, `resid_mid`,
/// `resid_post`) reads it as it is, its mean included: neither gains nor centring belong to it.
template <std::floating_point T>
struct basic_stream_vectors {
    std::string name; ///< what sections and nodes call them; those that read and write under one name are the
                      ///< same features: one node each
    svdlens::flow flow = flow::reads;
    residual_site site = residual_site::resid_post;
    norm_output behind = norm_output::whole;  ///< of what reads at `attention_in` or `mlp_in`
    std::optional<std::size_t> layer = {};    ///< where they stand; none: in every layer
    std::vector<basic_matrix<T>> layers = {}; ///< n × d_model, one vector a row; one matrix a layer
    std::vector<std::string> labels = {};     ///< one a vector, of any layer; empty: numbers
    std::string source = {};                  ///< where they come from, for messages and provenance
    /// Whether each of them has mean 0 over d_model: said by the steps that take means out (`fold_norms` of what
    /// reads behind a LayerNorm, `center_writing_weights` of what writes), or by who made them so.
    bool centered = false;
};

using stream_vectors = basic_stream_vectors<float>;
using norm_weights = basic_norm<float>;
using attention_weights = basic_attention<float>;
using mlp_weights = basic_mlp<float>;
using mixture_weights = basic_mixture<float>;
using transformer_block = basic_block<float>;
using named_matrix = basic_named_matrix<float>;

} // namespace svdlens::inline v0_2

#endif
