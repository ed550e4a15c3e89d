/// @file
/// The bodies of model/fold_norms.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_FOLD_NORMS_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_FOLD_NORMS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/pass_share.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../io/model_config.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../fold_norms.hpp"
#include "../../transformer_parts.hpp"
#include "../../transformer_weights.hpp"
#include "../../weight_processing.hpp"
#include "../processing_steps.hpp"
#include "../refusals.hpp"
#include "../weight_arithmetic.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What is known of the sums over weights, by part: those that processes take for each other where there are several,
/// each by folding some parts of a copy.
template <std::floating_point T>
std::vector<kept_sums> sums_of_folding(const basic_transformer_weights<T>& weights, execution run) {
    const std::size_t all = model_folder<T>::parts(weights);
    std::vector<kept_sums> sums(all);
    const auto* const shared = std::exchange(run.shared, nullptr);
    if (shared == nullptr || !is_layer_norm(weights.normalization))
        return sums; // others have no sums, or small ones
    const std::size_t parts = (std::min)(all, 2 * shared->count);
    const auto begin = [&](std::size_t part) { return part * all / parts; };
    make_together(
        *shared, "norms", parts,
        [&](std::size_t part) {
            auto copy = weights;
            for (std::size_t k = begin(part); k < begin(part + 1); ++k) sums[k] = {};
            model_folder<T> folder(copy, sums);
            process_parts(begin(part + 1) - begin(part), run,
                          [&](std::size_t k) { folder.fold_part(begin(part) + k); });
        },
        [&](auto& pipe, std::size_t part) {
            for (std::size_t k = begin(part); k < begin(part + 1); ++k) pipe(sums[k]);
        });
    return sums;
}

} // namespace detail

template <std::floating_point T>
basic_transformer_weights<T> fold_norms(basic_transformer_weights<T> weights, const execution& run) {
    detail::require_allowed(weights.file, "fold_norms", detail::refusal_to_fold_norms(weights));
    if (weights.processing.contains(weight_step::norms_folded)) return weights;
    const auto kind = weights.normalization;
    if (kind != normalization::none && kind != normalization::rms_norm_folded) {
        auto sums = detail::sums_of_folding(weights, run);
        detail::model_folder<T> folder(weights, sums);
        detail::process_parts(sums.size(), run, [&](std::size_t part) { folder.fold_part(part); });
        folder.mark_added();
    }
    weights.normalization = detail::folded(kind);
    weights.processing.insert(weight_step::norms_folded, kind);
    return weights;
}

#ifdef SVDLENS_COMPILED
template basic_transformer_weights<float> fold_norms(basic_transformer_weights<float> weights,
                                                     const execution& run);
template basic_transformer_weights<double> fold_norms(basic_transformer_weights<double> weights,
                                                      const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
