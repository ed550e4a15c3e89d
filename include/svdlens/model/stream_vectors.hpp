/// @file
/// Vectors of the user's own in a model: dictionaries' encoders and decoders, probes, steering vectors.
#ifndef SVDLENS_MODEL_STREAM_VECTORS_HPP
#define SVDLENS_MODEL_STREAM_VECTORS_HPP

#include <concepts>
#include <cstddef>
#include <string_view>

#include "../io/state_dict.hpp"
#include "../linalg/matrix.hpp"
#include "residual_ports.hpp"
#include "transformer_parts.hpp"
#include "transformer_weights.hpp"

namespace svdlens::inline v0_2 {

/// A place of a block where vectors can stand, by its name in TransformerLens.
struct stream_place {
    std::string_view name;
    residual_site site;
    norm_output behind = norm_output::whole;
};

/// All of them. The stream itself is read and written; what attention and the MLP write is written only, and
/// what they read, behind `ln1` and `ln2`, read only: with the norm's gain and bias, or before these
/// (`_normalized`: what TransformerLens' `hook_normalized` is in a model whose norms it has folded).
inline constexpr stream_place stream_places[] = {
    {"resid_pre", residual_site::resid_pre},
    {"resid_mid", residual_site::resid_mid},
    {"resid_post", residual_site::resid_post},
    {"attn_out", residual_site::attention_out},
    {"mlp_out", residual_site::mlp_out},
    {"ln1", residual_site::attention_in},
    {"ln2", residual_site::mlp_in},
    {"ln1_normalized", residual_site::attention_in, norm_output::normalized},
    {"ln2_normalized", residual_site::mlp_in, norm_output::normalized},
};

/// Which axis of a stored matrix of vectors is d_model.
enum class vector_axes {
    by_shape,      ///< the one of that size
    d_model_first, ///< d_model × n, as encoders and probes are mostly stored
    d_model_last,  ///< n × d_model, as decoders are
};

/// The vectors of a stored tensor, one a row (n × d_model): a matrix, or one vector alone. An F32 tensor is
/// viewed, others are converted when they are asked for: O(1), and no memory.
/// @throws lookup_error (unknown_tensor), with the nearest names
/// @throws model_error (wrong_shape) when the tensor has other axes, none or both of them are d_model and
///         `axes` says neither, or there is no vector in it; (unsupported_model) for other dtypes than F16,
///         BF16, F32 and F64
template <std::floating_point T = float>
basic_matrix<T> stored_vectors(const state_dict& file, std::string_view name, std::size_t d_model,
                               vector_axes axes = vector_axes::by_shape);

/// The model with vectors of the user's in `added`, where `fold_norms` and the other steps find them: what
/// reads behind a norm has to be added before the norms are folded. `notes` say where they stand, and so does
/// the provenance of every table. O(labels)
/// @throws argument_error (invalid_argument) for a name that is taken or empty, a site that does not flow that
///         way, a layer that there is not, layers that are too few or too many, vectors behind norms
///         that were folded already; (wrong_label_count)
/// @throws model_error (wrong_shape) when d_model differs from the model's, or layers from each other, or a
///         set from the one of its name; (unsupported_model) for `resid_mid` of parallel blocks, and behind
///         norms that the model does not have there
template <std::floating_point T>
basic_transformer_weights<T> with_vectors(basic_transformer_weights<T> weights,
                                          basic_stream_vectors<T> vectors);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/stream_vectors.hpp"
#endif

#endif
