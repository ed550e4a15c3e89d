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

template <std::floating_point T>
basic_transformer_weights<T> fold_norms(basic_transformer_weights<T> weights, const execution& run) {
    detail::require_allowed(weights.file, "fold_norms", detail::refusal_to_fold_norms(weights));
    if (weights.processing.contains(weight_step::norms_folded)) return weights;
    const auto kind = weights.normalization;
    if (kind != normalization::none && kind != normalization::rms_norm_folded) {
        detail::model_folder<T> folder(weights);
        const std::size_t layers = weights.blocks.size();
        detail::process_parts(layers + 1, run, [&](std::size_t part) {
            if (part < layers) return folder.fold_block(part);
            folder.fold_outputs();
        });
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
