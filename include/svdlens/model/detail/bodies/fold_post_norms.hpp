/// @file
/// The bodies of model/fold_post_norms.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_FOLD_POST_NORMS_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_FOLD_POST_NORMS_HPP

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../fold_post_norms.hpp"
#include "../../transformer_parts.hpp"
#include "../../transformer_weights.hpp"
#include "../../weight_processing.hpp"
#include "../processing_steps.hpp"
#include "../refusals.hpp"
#include "../weight_arithmetic.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What reading notes of such a model; no longer true when they are folded.
inline constexpr std::string_view post_norms_note = "norms behind attention and MLP left out (approximate)";

template <class T>
void fold_post_norms(basic_block<T>& block, centring centre, const std::string& where) {
    if (block.ln1_post) {
        const post_norm_folder<T> folder(*block.ln1_post, centre, where + " (ln1_post)");
        for (auto& W_O : block.attention.W_O) folder.fold(W_O);
        folder.fold_bias(block.attention.b_O);
    }
    if (block.ln2_post) {
        const post_norm_folder<T> folder(*block.ln2_post, centre, where + " (ln2_post)");
        for (auto* const mlp : block.mlps())
            if (mlp->W_out.rows() != 0) folder.fold(mlp->W_out);
        if (block.mlp) folder.fold_bias(block.mlp->b_out);
        if (block.mixture) folder.fold_biases(*block.mixture);
    }
    block.ln1_post.reset();
    block.ln2_post.reset();
}

} // namespace detail

template <std::floating_point T>
basic_transformer_weights<T> fold_post_norms(basic_transformer_weights<T> weights, const execution& run) {
    detail::require_allowed(weights.file, "fold_post_norms", detail::refusal_to_fold_norms(weights));
    const bool both = weights.norm_placement == norm_placement::both;
    if (!both && weights.norm_placement != norm_placement::written) return weights;
    const auto centre =
        detail::is_layer_norm(weights.normalization) ? detail::centring::remove : detail::centring::keep;
    detail::process_parts(weights.blocks.size(), run, [&](std::size_t l) {
        detail::fold_post_norms(weights.blocks[l], centre, weights.file + ": layer " + to_text(l));
    });
    if (both) weights.norm_placement = norm_placement::before;
    std::erase(weights.notes, detail::post_norms_note);
    weights.processing.insert(weight_step::post_norms_folded);
    return weights;
}

#ifdef SVDLENS_COMPILED
template void detail::fold_post_norms(basic_block<float>& block, centring centre, const std::string& where);
template void detail::fold_post_norms(basic_block<double>& block, centring centre, const std::string& where);
template basic_transformer_weights<float> fold_post_norms(basic_transformer_weights<float> weights,
                                                          const execution& run);
template basic_transformer_weights<double> fold_post_norms(basic_transformer_weights<double> weights,
                                                           const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
