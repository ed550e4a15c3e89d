/// @file
/// The bodies of model/fold_value_biases.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_FOLD_VALUE_BIASES_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_FOLD_VALUE_BIASES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../fold_value_biases.hpp"
#include "../../transformer_parts.hpp"
#include "../../transformer_weights.hpp"
#include "../../weight_processing.hpp"
#include "../processing_steps.hpp"
#include "../refusals.hpp"
#include "../weight_arithmetic.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

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

template <std::floating_point T>
basic_transformer_weights<T> fold_value_biases(basic_transformer_weights<T> weights, const execution& run) {
    auto& blocks = weights.blocks;
    const auto has_bias = [](const auto& block) { return !block.attention.b_V.empty(); };
    if (std::none_of(blocks.begin(), blocks.end(), has_bias)) return weights;
    detail::require_allowed(weights.file, "fold_value_biases", detail::refusal_to_fold_value_biases(weights));
    detail::process_parts(blocks.size(), run, [&](std::size_t l) {
        detail::fold_value_biases(blocks[l].attention, weights.file + ": layer " + to_text(l));
    });
    weights.processing.insert(weight_step::value_biases_folded);
    return weights;
}

#ifdef SVDLENS_COMPILED
template void detail::fold_value_biases(basic_attention<float>& attention, const std::string& where);
template void detail::fold_value_biases(basic_attention<double>& attention, const std::string& where);
template basic_transformer_weights<float> fold_value_biases(basic_transformer_weights<float> weights,
                                                            const execution& run);
template basic_transformer_weights<double> fold_value_biases(basic_transformer_weights<double> weights,
                                                             const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
