/// @file
/// Norms behind attention and MLP, taken approximately into what writes.
///
/// Gemma 2 adds norm(attention) and norm(MLP) to the residual stream. With RMSNorm of gain g that is o /
/// rms(o) · g for the output o: the gain multiplies what every head and neuron writes, W_O diag(g) and
/// W_out diag(g), exactly; 1 / rms(o) is one number a token and depends on all heads together, so no weight
/// holds it.
#ifndef SVDLENS_MODEL_FOLD_POST_NORMS_HPP
#define SVDLENS_MODEL_FOLD_POST_NORMS_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../linalg/matrix.hpp"
#include "detail/processing_steps.hpp"
#include "detail/weight_arithmetic.hpp"
#include "transformer_parts.hpp"
#include "transformer_weights.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Folds one norm into a matrix that writes before it, and its bias.
template <class T>
class post_norm_folder {
  public:
    post_norm_folder(const basic_norm<T>& norm, centring centre, std::string where) :
        norm_(norm), centre_(centre), where_(std::move(where)) {}

    /// W is n × d_model.
    void fold(basic_matrix<T>& W) const {
        require_size(where_, "a norm", W.columns(), norm_.w.size());
        if (centre_ == centring::remove) W = centred_rows(W);
        W = scale_columns(W, norm_.w);
    }

    /// A bias of d_model values, or none; the norm's own bias is added to it.
    void fold_bias(std::vector<T>& bias) const {
        require_size(where_, "a norm or bias", norm_.w.size(), norm_.b.size());
        require_size(where_, "a norm or bias", norm_.w.size(), bias.size());
        if (centre_ == centring::remove && !bias.empty()) bias = centred(bias);
        for (std::size_t i = 0; i < bias.size(); ++i) bias[i] *= norm_.w[i];
        if (!norm_.b.empty()) bias.resize(norm_.b.size());
        for (std::size_t i = 0; i < norm_.b.size(); ++i) bias[i] += norm_.b[i];
    }

    /// What experts add together is normalised together: the norm's own bias comes to it once, and which
    /// experts a token has no weight tells.
    /// @throws model_error (unsupported_model) for a norm with a bias
    void fold_biases(basic_mixture<T>& mixture) const {
        if (!norm_.b.empty())
            throw model_error(errc::unsupported_model,
                              where_ + ": a norm with a bias behind a mixture of experts cannot be folded");
        for (auto& bias : mixture.b_out) fold_bias(bias);
        if (mixture.shared) fold_bias(mixture.shared->b_out);
    }

  private:
    const basic_norm<T>& norm_;
    centring centre_;
    std::string where_;
};

template <class T>
void fold_post_norms(basic_block<T>& block, centring centre, const std::string& where);

} // namespace detail

/// **Approximate**: the model with the gains of its norms behind attention and MLP (Gemma 2) multiplied into
/// what these write: W_O diag(g), b_O diag(g), W_out diag(g), b_out diag(g); under LayerNorm after taking out
/// each row's mean, and with the norm's bias added to b_O and b_out. The norms' scale per token is dropped:
/// directions and their proportions within one layer's attention (or MLP) are right, sizes between layers and
/// the model's outputs are not. Decompose again afterwards. The norms are absent then, `norm_placement` is
/// `before` (`written` stays: what attention and MLP read has no norm before it), and `processing` says that it
/// is approximate. A model without such norms comes back as it was.
///
/// W_O and W_out are deferred, folded when they are asked for. O(layers), and one pass over them for the
/// means under LayerNorm; parallel over layers, same bits for any number of threads. NaN stays NaN.
/// @throws model_error (unsupported_model) for norms behind each sum (BERT), (wrong_shape)
/// @throws cancelled_error when `run.stop` becomes true
template <std::floating_point T>
basic_transformer_weights<T> fold_post_norms(basic_transformer_weights<T> weights, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/fold_post_norms.hpp"
#endif

#endif
