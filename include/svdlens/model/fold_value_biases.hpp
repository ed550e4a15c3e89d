/// @file
/// Value biases as a part of the attention's output bias.
///
/// A head's attention weights sum to 1, so what b_V adds to every value is added to the mix of values too,
/// whatever the tokens: b_O' = b_O + Σ_h b_V[h] W_O[h]. Source: TransformerLens' `fold_value_biases`.
#ifndef SVDLENS_MODEL_FOLD_VALUE_BIASES_HPP
#define SVDLENS_MODEL_FOLD_VALUE_BIASES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "detail/processing_steps.hpp"
#include "detail/weight_arithmetic.hpp"
#include "transformer_parts.hpp"
#include "transformer_weights.hpp"
#include "weight_processing.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Grouped queries: head h uses value bias h / (heads / value heads).
template <class T>
void fold_value_biases(basic_attention<T>& attention, const std::string& where) {
    const auto& W_O = attention.W_O;
    auto& b_V = attention.b_V;
    if (b_V.empty()) return;
    if (W_O.empty() || W_O.size() % b_V.size() != 0)
        throw model_error(errc::wrong_shape, where +
                                                 ": expected value biases of a number of heads that "
                                                 "divides the " +
                                                 to_text(W_O.size()) + " heads of W_O, found " +
                                                 to_text(b_V.size()));
    require_size(where, "b_O", W_O.front().columns(), attention.b_O.size());
    std::vector<double> sum(attention.b_O.begin(), attention.b_O.end());
    sum.resize(W_O.front().columns());
    for (std::size_t h = 0; h < W_O.size(); ++h) {
        const auto& bias = b_V[h / (W_O.size() / b_V.size())];
        require_size(where, "b_V", W_O[h].rows(), bias.size());
        if (bias.empty()) continue;
        sum = add_weighted_rows(std::move(sum), W_O[h], std::vector<double>(bias.begin(), bias.end()));
    }
    attention.b_O = rounded<T>(sum);
    b_V.clear();
}

} // namespace detail

/// The same model with each layer's value biases moved into b_O: b_O' = b_O + Σ_h b_V[h] W_O[h]. What it
/// computes stays the same, whichever norms it has; afterwards b_V is empty. `fold_norms` makes value biases
/// of a LayerNorm's bias, so fold them after it. `processing` says that it was done, if there was anything
/// to fold.
///
/// O(values of W_O), one pass, sums in double; no matrix changes. Parallel over layers, same bits for any
/// number of threads. NaN in a bias reaches all of b_O.
/// @throws model_error (wrong_shape) when biases do not fit W_O
/// @throws cancelled_error when `run.stop` becomes true
template <std::floating_point T>
basic_transformer_weights<T> fold_value_biases(basic_transformer_weights<T> weights,
                                               const execution& run = {}) {
    auto& blocks = weights.blocks;
    const auto has_bias = [](const auto& block) { return !block.attention.b_V.empty(); };
    if (std::none_of(blocks.begin(), blocks.end(), has_bias)) return weights;
    detail::process_parts(blocks.size(), run, [&](std::size_t l) {
        detail::fold_value_biases(blocks[l].attention, weights.file + ": layer " + to_text(l));
    });
    weights.processing.insert(weight_step::value_biases_folded);
    return weights;
}

} // namespace svdlens::inline v0_2

#endif
