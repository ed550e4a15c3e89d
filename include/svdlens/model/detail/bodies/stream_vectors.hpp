/// @file
/// The bodies of model/stream_vectors.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_STREAM_VECTORS_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_STREAM_VECTORS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../io/dtype.hpp"
#include "../../../io/state_dict.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../residual_ports.hpp"
#include "../../stream_vectors.hpp"
#include "../../transformer_parts.hpp"
#include "../../transformer_weights.hpp"
#include "../../weight_processing.hpp"
#include "../stored_matrix.hpp"
#include "../tensor_layout.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether the first axis of a stored matrix of vectors is d_model.
SVDLENS_BODY bool is_d_model_first(const std::string& what, std::span<const std::uint64_t> shape,
                                   std::size_t d_model, vector_axes axes) {
    const auto wrong = [&](const std::string& text) {
        return model_error(errc::wrong_shape, what + ": " + text);
    };
    const bool first = shape[0] == d_model, last = shape[1] == d_model;
    const std::string found = ", found " + to_text(shape);
    if (axes == vector_axes::by_shape && first && last)
        throw wrong("both axes are d_model = " + to_text(d_model) +
                    ": say which of them it is, [d_model,n] or [n,d_model] behind the tensor's name");
    if (axes == vector_axes::by_shape && !first && !last)
        throw wrong("expected one axis of d_model = " + to_text(d_model) + found +
                    "; vectors stand in the model's residual stream");
    if (axes == vector_axes::d_model_first && !first)
        throw wrong("expected the first axis to be d_model = " + to_text(d_model) + found);
    if (axes == vector_axes::d_model_last && !last)
        throw wrong("expected the last axis to be d_model = " + to_text(d_model) + found);
    return axes == vector_axes::d_model_first || (axes == vector_axes::by_shape && first);
}

/// How a stored tensor's vectors lie in it: n × d_model steps.
struct vector_steps {
    axis_step vectors;
    axis_step stream;
};

SVDLENS_BODY vector_steps steps_of_vectors(const std::string& what, const tensor_record& record,
                                           std::size_t d_model, vector_axes axes) {
    const auto& shape = record.shape;
    if (record.type != dtype::f32 && record.type != dtype::f64 && record.type != dtype::f16 &&
        record.type != dtype::bf16)
        throw model_error(errc::unsupported_model,
                          what + ": expected F16, BF16, F32 or F64, found " +
                              std::string(to_text(record.type)) +
                              ": it needs a scale that stands elsewhere; convert it");
    if (shape.empty() || shape.size() > 2)
        throw model_error(errc::wrong_shape, what + ": expected a vector of d_model = " + to_text(d_model) +
                                                 " or a matrix of such vectors, found " +
                                                 to_text(shape.size()) + " axes " + to_text(shape) +
                                                 "; save what stands in one layer as a tensor");
    const auto step = [](std::uint64_t extent, std::uint64_t stride) {
        return axis_step{model_axis::d_model, static_cast<std::size_t>(extent),
                         static_cast<std::size_t>(stride)};
    };
    if (shape.size() == 1) {
        if (shape[0] != d_model)
            throw model_error(errc::wrong_shape, what + ": expected a vector of d_model = " +
                                                     to_text(d_model) + ", found " + to_text(shape));
        return {step(1, shape[0]), step(shape[0], 1)};
    }
    if (shape[0] == 0 || shape[1] == 0)
        throw model_error(errc::wrong_shape, what + ": there is no vector in it, found " + to_text(shape));
    const auto outer = step(shape[0], shape[1]), inner = step(shape[1], 1);
    if (is_d_model_first(what, shape, d_model, axes)) return {inner, outer};
    return {outer, inner};
}

/// The name of the place that vectors stand at.
SVDLENS_BODY std::string_view place_name(residual_site site, norm_output behind) {
    for (const auto& place : stream_places)
        if (place.site == site && (place.behind == behind || flow_of(site) != flow::reads)) return place.name;
    return site == residual_site::embedding ? "the embedding" : "the unembedding";
}

/// Names that the sections and nodes of every model have.
SVDLENS_BODY bool is_taken(std::string_view name) {
    constexpr std::string_view taken[] = {"ov", "qk", "head", "direction", "layer", "neuron", "token"};
    return std::find(std::begin(taken), std::end(taken), name) != std::end(taken) ||
           name.starts_with("input_") || name.ends_with("_direction");
}

/// Whether a set of a model, what its rows are numbered by or the nodes that its vectors are is called so.
template <std::floating_point T>
bool is_named(const basic_vector_set<T>& set, std::string_view name) {
    if (set.name == name || set.axes.resolved(set.identity).entity == name) return true;
    for (std::size_t k = 0; k < set.axes.rank(); ++k)
        if (set.axes[k].name == name) return true;
    return false;
}

/// Whether anything of this model is called so: no two kinds of nodes may have one name.
template <std::floating_point T>
bool is_taken(const basic_transformer_weights<T>& weights, std::string_view name) {
    auto sets = weights.mlp_readers();
    for (auto& each : weights.mlp_writers()) sets.push_back(std::move(each));
    if (weights.has_embed()) sets.push_back(weights.embed());
    if (weights.has_unembed()) sets.push_back(weights.unembed());
    for (const auto& extra : weights.extras) sets.push_back(weights.vectors(extra.name));
    return is_taken(name) ||
           std::any_of(sets.begin(), sets.end(), [&](const auto& set) { return is_named(set, name); });
}

/// Holds vectors of the user's against the model that they are put into.
template <std::floating_point T>
class vectors_check {
  public:
    vectors_check(const basic_transformer_weights<T>& weights, const basic_stream_vectors<T>& vectors) :
        weights_(weights), vectors_(vectors), place_(place_name(vectors.site, vectors.behind)) {}

    void operator()() const {
        check_name();
        check_place();
        if (flow_of(vectors_.site) == flow::reads) check_norm();
        check_layers();
        for (const auto& other : weights_.added)
            if (other.name == vectors_.name) check_partner(other);
    }

  private:
    [[noreturn]] void refuse(const std::string& text, errc code = errc::invalid_argument) const {
        throw argument_error(code, text_of(text));
    }
    [[noreturn]] void refuse_model(errc code, const std::string& text) const {
        throw model_error(code, text_of(text));
    }
    std::string text_of(const std::string& text) const {
        return (vectors_.source.empty() ? "" : vectors_.source + ": ") + "vectors " + quoted(vectors_.name) +
               ": " + text;
    }
    std::size_t n_layers() const { return weights_.blocks.size(); }

    void check_name() const {
        if (vectors_.name.empty()) refuse("expected a name");
        if (is_taken(weights_, vectors_.name))
            refuse("the model has sections or nodes of that name; give another");
    }

    void check_place() const {
        if (vectors_.flow == flow::none) refuse("expected vectors that read or write");
        const auto only = flow_of(vectors_.site);
        if (vectors_.site == residual_site::embedding || vectors_.site == residual_site::unembedding)
            refuse("what stands at " + std::string(place_) + " belongs to the model's extras");
        if (only != flow::none && only != vectors_.flow)
            refuse(std::string(place_) +
                   (only == flow::reads ? " is read only: expected vectors that read there"
                                        : " is written only: expected vectors that write there") +
                   "; the stream itself (resid_pre, resid_mid, resid_post) is read and written");
        if (vectors_.site == residual_site::resid_mid && weights_.block_order == block_order::parallel)
            refuse_model(
                errc::unsupported_model,
                "the model's blocks are parallel, so that there is no resid_mid between attention and "
                "MLP; both read resid_pre (behind ln1, ln2)");
    }

    /// What reads behind a norm is processed with it.
    void check_norm() const {
        if (weights_.norm_placement == norm_placement::after)
            refuse_model(
                errc::unsupported_model,
                "the model's norms stand behind each sum, so that none stands before what is read at " +
                    std::string(place_));
        if (weights_.processing.contains(weight_step::norms_folded))
            refuse("what reads behind a norm is added before the norms are folded: "
                   "fold_norms(with_vectors(weights, vectors))");
        const bool has_norms = weights_.normalization == normalization::layer_norm ||
                               weights_.normalization == normalization::rms_norm;
        const bool at_mlp = vectors_.site == residual_site::mlp_in;
        for (std::size_t l = 0; has_norms && l < n_layers(); ++l)
            if (const auto& block = weights_.blocks[l];
                vectors_.layer.value_or(l) == l && !(at_mlp ? block.ln2 : block.ln1))
                refuse_model(errc::unsupported_model, "layer " + to_text(l) + " has no " +
                                                          std::string(at_mlp ? "ln2" : "ln1") +
                                                          " to read behind");
    }

    void check_layers() const {
        if (vectors_.layer && *vectors_.layer >= n_layers())
            refuse("there is no layer " + to_text(*vectors_.layer) + ": the model has layers 0 to " +
                   to_text(n_layers() - 1));
        const std::size_t expected = vectors_.layer ? 1 : n_layers();
        if (vectors_.layers.size() != expected || expected == 0)
            refuse("expected " + to_text(expected) + " matrices, one a layer, found " +
                   to_text(vectors_.layers.size()));
        const std::size_t count = vectors_.layers.front().rows();
        for (const auto& m : vectors_.layers) {
            if (m.columns() != weights_.sizes.d_model || m.rows() == 0)
                refuse_model(errc::wrong_shape,
                             "expected vectors of d_model = " + to_text(weights_.sizes.d_model) + ", found " +
                                 to_text(m.rows()) + " of " + to_text(m.columns()));
            if (m.rows() != count)
                refuse_model(errc::wrong_shape, "expected as many vectors in every layer, found " +
                                                    to_text(count) + " and " + to_text(m.rows()) +
                                                    "; give them layer by layer");
        }
        if (!vectors_.labels.empty() && vectors_.labels.size() != count)
            refuse("expected a label for each of the " + to_text(count) + " vectors, found " +
                       to_text(vectors_.labels.size()),
                   errc::wrong_label_count);
    }

    /// Two sets of one name are what the same features read and write.
    void check_partner(const basic_stream_vectors<T>& other) const {
        if (other.flow == vectors_.flow)
            refuse(std::string("there are vectors of that name that ") +
                   (other.flow == flow::reads ? "read" : "write") + " already; give another name");
        const bool fits = other.layer == vectors_.layer && other.labels == vectors_.labels &&
                          other.layers.front().rows() == vectors_.layers.front().rows();
        if (!fits)
            refuse_model(errc::wrong_shape,
                         "what reads and what writes under one name are the same features: expected the same "
                         "layers, number of vectors and labels; give another name");
    }

    const basic_transformer_weights<T>& weights_;
    const basic_stream_vectors<T>& vectors_;
    std::string_view place_;
};

/// Where vectors stand, and how they are taken.
template <std::floating_point T>
std::string vectors_note(const basic_stream_vectors<T>& vectors) {
    std::string text = "vectors " + vectors.name;
    if (!vectors.source.empty()) text += " (" + vectors.source + ")";
    const bool reads = vectors.flow == flow::reads;
    const std::string place(place_name(vectors.site, vectors.behind));
    const std::string layer = vectors.layer ? " of layer " + to_text(*vectors.layer) : " of every layer";
    if (!reads) return text + " write at " + place + layer + ": as stored";
    if (flow_of(vectors.site) == flow::none)
        return text + " read the stream itself at " + place + layer +
               ", before any norm: as stored, not centred";
    const std::string norm = vectors.site == residual_site::mlp_in ? "ln2" : "ln1";
    if (vectors.behind == norm_output::normalized)
        return text + " read behind " + norm + layer +
               ", before its gain: centred where the weights there are";
    return text + " read behind " + norm + layer + ", gain included: processed as the weights there";
}

} // namespace detail

template <std::floating_point T>
basic_matrix<T> stored_vectors(const state_dict& file, std::string_view name, std::size_t d_model,
                               vector_axes axes) {
    const auto& record = file.record(name);
    const std::string what = file.path().string() + ": tensor " + quoted(name);
    const auto [rows, columns] = detail::steps_of_vectors(what, record, d_model, axes);
    if (const auto viewed = file.template view<T>(name))
        if (auto view = detail::strided_view(viewed->data(), rows, columns, viewed->owner()))
            return *std::move(view);
    return detail::converted_matrix<T>({file, std::string(name), record.type, 0, rows, columns});
}

template <std::floating_point T>
basic_transformer_weights<T> with_vectors(basic_transformer_weights<T> weights,
                                          basic_stream_vectors<T> vectors) {
    detail::vectors_check<T>(weights, vectors)();
    weights.notes.push_back(detail::vectors_note(vectors));
    weights.added.push_back(std::move(vectors));
    return weights;
}

#ifdef SVDLENS_COMPILED
template basic_matrix<float> stored_vectors(const state_dict& file, std::string_view name,
                                            std::size_t d_model, vector_axes axes);
template basic_matrix<double> stored_vectors(const state_dict& file, std::string_view name,
                                             std::size_t d_model, vector_axes axes);
template basic_transformer_weights<float> with_vectors(basic_transformer_weights<float> weights,
                                                       basic_stream_vectors<float> vectors);
template basic_transformer_weights<double> with_vectors(basic_transformer_weights<double> weights,
                                                        basic_stream_vectors<double> vectors);
#endif

} // namespace svdlens::inline v0_2

#endif
