/// @file
/// Folding norms into the weights that read behind them.
///
/// LayerNorm before a reading matrix W with bias c: y = ((x - mean) / std · g + b) W + c. Then W' = diag(g)
/// W and c' = c + b W give the same y, and so does W'' = W' minus the mean of each of its columns, because
/// the normalised input has zero mean. RMSNorm: W' = diag(g) W; its input has a mean, so centring would be
/// wrong. Source: Elhage et al., A Mathematical Framework for Transformer Circuits (2021); TransformerLens'
/// weight processing.
#ifndef SVDLENS_MODEL_FOLD_NORMS_HPP
#define SVDLENS_MODEL_FOLD_NORMS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../io/model_config.hpp"
#include "../linalg/matrix.hpp"
#include "detail/processing_steps.hpp"
#include "detail/refusals.hpp"
#include "detail/weight_arithmetic.hpp"
#include "transformer_parts.hpp"
#include "transformer_weights.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

constexpr normalization folded(normalization kind) {
    if (kind == normalization::layer_norm) return normalization::layer_norm_folded;
    if (kind == normalization::rms_norm) return normalization::rms_norm_folded;
    return kind;
}

/// Folds one norm into all that reads behind it.
template <class T>
class norm_folder {
  public:
    /// @param norm what stands before the matrices; nothing for weights whose norms are folded already
    norm_folder(const std::optional<basic_norm<T>>& norm, centring centre, std::string where,
                kept_sums& sums) :
        centre_(centre),
        where_(std::move(where)), sums_(sums) {
        if (norm) norm_ = *norm;
    }

    /// W is d_model × n, the bias n or empty.
    void fold(basic_matrix<T>& W, std::vector<T>& bias) const {
        require_size(where_, "a norm or bias", W.rows(), norm_.w.size());
        require_size(where_, "a norm or bias", W.rows(), norm_.b.size());
        require_size(where_, "a norm or bias", W.columns(), bias.size());
        bias = add_product(std::move(bias), norm_.b, W, sums_);
        W = scale_rows(W, norm_.w, centre_, sums_);
    }

    /// One bias per matrix, or none at all.
    void fold(std::vector<basic_matrix<T>>& heads, std::vector<std::vector<T>>& biases) const {
        biases.resize(heads.size());
        for (std::size_t h = 0; h < heads.size(); ++h) fold(heads[h], biases[h]);
        const auto absent = [](const std::vector<T>& bias) { return bias.empty(); };
        if (std::all_of(biases.begin(), biases.end(), absent)) biases.clear();
    }

  private:
    basic_norm<T> norm_;
    centring centre_;
    std::string where_;
    kept_sums& sums_;
};

/// Folds a model's norms part by part, the blocks and then what reads the end of the stream; parts share nothing, so each
/// may run on its own thread.
template <class T>
class model_folder {
  public:
    /// @param sums one a part
    model_folder(basic_transformer_weights<T>& weights, std::vector<kept_sums>& sums) :
        weights_(weights), sums_(sums), kind_(weights.normalization),
        centre_(is_layer_norm(kind_) ? centring::remove : centring::keep) {}

    static std::size_t parts(const basic_transformer_weights<T>& weights) {
        return weights.blocks.size() + 1;
    }

    void fold_part(std::size_t part) {
        sums_[part].begin();
        if (part < weights_.blocks.size()) return fold_block(part);
        fold_outputs();
    }

    /// Says of the user's vectors which have mean 0 now: when all layers are done. A gain undoes it.
    void mark_added() const {
        if (weights_.norm_placement == norm_placement::written) return;
        for (auto& set : weights_.added) {
            if (set.site != residual_site::mlp_in && set.site != residual_site::attention_in) continue;
            if (set.site == residual_site::attention_in && reads_stream(set.layer)) continue;
            if (centre_ == centring::remove)
                set.centered = true;
            else if (set.behind == norm_output::whole)
                set.centered = false;
        }
    }

  private:
    void fold_block(std::size_t layer) {
        if (weights_.norm_placement == norm_placement::written) return; // what reads has no norm before it
        auto& block = weights_.blocks[layer];
        auto& attention = block.attention;
        fold_added(layer); // while the norms are there
        if (!block.attention_reads_stream) {
            const auto before_attention = take(block.ln1, "ln1 of layer " + to_text(layer), sums_[layer]);
            before_attention.fold(attention.W_Q, attention.b_Q);
            before_attention.fold(attention.W_K, attention.b_K);
            before_attention.fold(attention.W_V, attention.b_V);
        }
        if (!block.mlp && !block.mixture) return;
        const auto before_mlp = take(block.ln2, "ln2 of layer " + to_text(layer), sums_[layer]);
        for (auto* const mlp : block.mlps()) {
            before_mlp.fold(mlp->W_in, mlp->b_in);
            if (mlp->gated()) before_mlp.fold(mlp->W_gate, mlp->b_gate);
        }
        if (!block.mixture) return;
        before_mlp.fold(block.mixture->W_router, block.mixture->b_router);
        if (block.mixture->W_shared_router.columns() != 0)
            before_mlp.fold(block.mixture->W_shared_router, block.mixture->b_shared_router);
    }

    /// What a head makes of the stream lies between the norm and W_U, and takes no gain of it over.
    void fold_outputs() {
        if (weights_.has_output_head) return;
        const auto reads = [](const auto& extra) { return extra.flow == flow::reads; };
        auto& extras = weights_.extras;
        if (weights_.W_U.columns() == 0 && std::none_of(extras.begin(), extras.end(), reads)) return;
        const auto before_outputs = take(weights_.ln_final, "ln_final", sums_.back());
        if (weights_.W_U.columns() != 0) before_outputs.fold(weights_.W_U, weights_.b_U);
        for (auto& extra : extras) {
            if (!reads(extra)) continue;
            auto W = extra.vectors.transposed();
            before_outputs.fold(W, extra.bias);
            extra.vectors = W.transposed();
        }
    }

    /// Whether attention reads the stream without a norm before it: that of a layer, or of any.
    bool reads_stream(const std::optional<std::size_t>& layer) const {
        const auto& blocks = weights_.blocks;
        if (layer) return blocks[*layer].attention_reads_stream;
        return std::any_of(blocks.begin(), blocks.end(),
                           [](const auto& block) { return block.attention_reads_stream; });
    }

    /// The user's vectors that read behind the norms of a layer.
    void fold_added(std::size_t layer) {
        const auto& block = weights_.blocks[layer];
        for (auto& set : weights_.added) {
            const bool at_mlp = set.site == residual_site::mlp_in;
            if (!at_mlp && set.site != residual_site::attention_in) continue;
            if (set.layer && *set.layer != layer) continue;
            if (!at_mlp && block.attention_reads_stream) continue;
            auto gain = set.behind == norm_output::normalized ? std::nullopt : at_mlp ? block.ln2 : block.ln1;
            if (gain) gain->b.clear(); // it adds to a bias, which these vectors do not have
            auto W = set.layers[set.layer ? 0 : layer].transposed();
            std::vector<T> no_bias;
            norm_folder<T>(gain, centre_, weights_.file + ": " + set.name, sums_[layer]).fold(W, no_bias);
            set.layers[set.layer ? 0 : layer] = W.transposed();
        }
    }

    norm_folder<T> take(std::optional<basic_norm<T>>& norm, const std::string& name, kept_sums& sums) const {
        const std::string where = weights_.file + ": " + name;
        if (kind_ != folded(kind_) && !norm)
            throw model_error(errc::unsupported_model, where + " is missing, so there is nothing to fold");
        norm_folder<T> folder(std::exchange(norm, std::nullopt), centre_, where, sums);
        return folder;
    }

    basic_transformer_weights<T>& weights_;
    std::vector<kept_sums>& sums_;
    normalization kind_;
    centring centre_;
};

} // namespace detail

/// The same model with its norms' gains and biases folded into Q, K, V, W_in, W_gate (of experts too), routers,
/// the unembedding and all predictors, and, where the norms are LayerNorms, each reading matrix centred over d_model. What it
/// computes stays the same. Embeddings and what writes are left as they are, and so are norms behind
/// attention and MLP (`fold_post_norms`). Vectors of the user's (`added`) that read behind a norm are folded
/// and centred as the weights there; those that read the stream itself stay. Afterwards `normalization` is
/// the folded kind, the norms are absent, and `processing` says what was done; folding again changes nothing.
///
/// Weights whose norms were folded in the file are centred only (LayerNorm) or left (RMSNorm); without norms
/// there is nothing to do. Attention without a norm before it where other layers have one (ModernBERT's first)
/// is left as it is, and so are W_U and `ln_final` where an output head stands between them. A gain is used as it is: where files hold the gain less one (Gemma), reading adds
/// it. The input keeps its values: matrices are immutable, and changed ones are deferred, folded when they
/// are asked for, so that the model is not held twice. Biases and means are taken at once: one pass over what
/// reads under LayerNorm, nothing under RMSNorm without biases. Sums in double; parallel over layers, with
/// the same bits for any number of threads. NaN stays NaN.
/// @throws model_error (unsupported_model) for norms behind each sum (BERT) and when a norm is missing,
///         (wrong_shape) when one is of another size
/// @throws cancelled_error when `run.stop` becomes true
template <std::floating_point T>
basic_transformer_weights<T> fold_norms(basic_transformer_weights<T> weights, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/fold_norms.hpp"
#endif

#endif
