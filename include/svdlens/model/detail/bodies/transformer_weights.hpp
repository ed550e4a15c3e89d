/// @file
/// The bodies of model/transformer_weights.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_TRANSFORMER_WEIGHTS_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_TRANSFORMER_WEIGHTS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../io/model_config.hpp"
#include "../../../io/state_dict.hpp"
#include "../../../tensor/axes.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../residual_ports.hpp"
#include "../../transformer_parts.hpp"
#include "../../transformer_weights.hpp"
#include "../../weight_processing.hpp"
#include "../architecture_reader.hpp"
#include "../weights_reader.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

// What an MLP's neurons read and write, one a row.

template <std::floating_point T>
basic_matrix<T> read_by_neurons(const basic_mlp<T>& mlp) {
    return mlp.W_in.transposed();
}

template <std::floating_point T>
basic_matrix<T> read_by_gates(const basic_mlp<T>& mlp) {
    return mlp.W_gate.transposed();
}

template <std::floating_point T>
basic_matrix<T> written_by_neurons(const basic_mlp<T>& mlp) {
    return mlp.W_out;
}

} // namespace detail

template <std::floating_point T>
basic_transformer_weights<T>::basic_transformer_weights(const state_dict& source,
                                                        const transformer_options& options) :
    file(source.label()) {
    detail::weights_reader<T> reader(source.with_aliases(), options);
    read_kind(reader.kind());
    scheme = std::string(reader.scheme());
    wrapper = reader.wrapper();
    blocks = reader.blocks();
    ln_embed = reader.embedding_norm();
    ln_final = reader.final_norm();
    W_E = reader.embedding();
    W_U = reader.unembedding();
    tied_unembedding = reader.is_tied();
    has_output_head = reader.kind().has_output_head();
    if (auto note = reader.tying_note(); !note.empty()) notes.push_back(std::move(note));
    W_pos = reader.optional_matrix(schemes::weight_part::W_pos);
    b_U = reader.unembedding_bias();
    extras = reader.extras();
    unread = reader.unread();
    adapters = reader.adapters();
    sizes = reader.sizes();
    if (const auto* const of = first_mixture()) {
        sizes.d_expert = of->d_expert();
        sizes.d_shared = of->shared ? of->shared->W_in.columns() : 0;
        sizes.d_mlp = has_mlp() ? first_mlp()->W_in.columns() : 0;
    }
    rotary = reader.kind().rotary(sizes.d_head);
    rotary_conflict = reader.kind().rotary_conflict(sizes.d_head);
    attention_scale = reader.kind().attention_scale(sizes.d_head);
    if (!rotary_conflict.empty())
        notes.push_back("rotary positions left open: the config has " + rotary_conflict);
    dtypes = reader.dtypes();
}

template <std::floating_point T>
std::string basic_transformer_weights<T>::provenance() const {
    std::string text = file;
    for (const auto& adapter : adapters) text += " + " + adapter;
    for (const auto& note : notes) text += "; " + note;
    if (processing.empty()) return text + "; weights as stored";
    for (const auto& step : processing.texts()) text += "; " + step;
    return text;
}

template <std::floating_point T>
bool basic_transformer_weights<T>::is_centered(residual_site site) const {
    if (flow_of(site) == flow::none) return false;
    if (flow_of(site) == flow::writes) return processing.contains(weight_step::writers_centered);
    // A file whose norms were folded may have means left in it: it is the step that takes them out.
    const bool folded = processing.contains(weight_step::norms_folded) &&
                        normalization == svdlens::normalization::layer_norm_folded;
    if (!folded) return false;
    if (site == residual_site::unembedding) return !has_output_head;
    if (norm_placement == svdlens::norm_placement::written) return false;
    return site != residual_site::attention_in ||
           std::none_of(blocks.begin(), blocks.end(),
                        [](const auto& block) { return block.attention_reads_stream; });
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::mlp_in() const {
    return neurons("mlp_in", residual_site::mlp_in, &detail::read_by_neurons<T>);
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::mlp_gate() const {
    if (!is_gated()) lacks("mlp_gate", "gated MLPs");
    return neurons("mlp_gate", residual_site::mlp_in, &detail::read_by_gates<T>);
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::mlp_out() const {
    if (has_mlp() && first_mlp()->W_out.rows() == 0) lacks("mlp_out", "W_out");
    return neurons("mlp_out", residual_site::mlp_out, &detail::written_by_neurons<T>);
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::expert_in() const {
    return expert_neurons("expert_in", residual_site::mlp_in, &detail::read_by_neurons<T>);
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::expert_gate() const {
    if (!has_experts() || !first_mixture()->experts.gated()) lacks("expert_gate", "gated experts");
    return expert_neurons("expert_gate", residual_site::mlp_in, &detail::read_by_gates<T>);
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::expert_out() const {
    return expert_neurons("expert_out", residual_site::mlp_out, &detail::written_by_neurons<T>);
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::shared_in() const {
    return shared_neurons("shared_in", residual_site::mlp_in, &detail::read_by_neurons<T>);
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::shared_gate() const {
    if (!has_shared_experts() || !first_mixture()->shared->gated())
        lacks("shared_gate", "gated shared experts");
    return shared_neurons("shared_gate", residual_site::mlp_in, &detail::read_by_gates<T>);
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::shared_out() const {
    return shared_neurons("shared_out", residual_site::mlp_out, &detail::written_by_neurons<T>);
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::router() const {
    if (!has_experts()) lacks("router", "mixture of experts");
    return of_layers("router", residual_site::mlp_in, {axis("expert", 0)}, {"expert", "L{layer}E{expert}"},
                     [](const auto& block) {
                         return block.mixture ? block.mixture->W_router.transposed() : basic_matrix<T>();
                     });
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::shared_router() const {
    if (!has_experts() || first_mixture()->W_shared_router.columns() == 0)
        lacks("shared_router", "router of shared experts");
    return of_layers("shared_router", residual_site::mlp_in, {axis("shared", 0)}, {"shared", "L{layer}S"},
                     [](const auto& block) {
                         return block.mixture ? block.mixture->W_shared_router.transposed()
                                              : basic_matrix<T>();
                     });
}

template <std::floating_point T>
std::vector<basic_vector_set<T>> basic_transformer_weights<T>::mlp_readers() const {
    std::vector<basic_vector_set<T>> all;
    if (has_mlp()) all.push_back(mlp_in());
    if (is_gated()) all.push_back(mlp_gate());
    if (!has_experts()) return all;
    const auto& of = *first_mixture();
    all.push_back(expert_in());
    if (of.experts.gated()) all.push_back(expert_gate());
    if (of.shared) all.push_back(shared_in());
    if (of.shared && of.shared->gated()) all.push_back(shared_gate());
    all.push_back(router());
    if (of.W_shared_router.columns() != 0) all.push_back(shared_router());
    return all;
}

template <std::floating_point T>
std::vector<basic_vector_set<T>> basic_transformer_weights<T>::mlp_writers() const {
    std::vector<basic_vector_set<T>> all;
    if (has_mlp() && first_mlp()->W_out.rows() != 0) all.push_back(mlp_out());
    if (has_experts()) all.push_back(expert_out());
    if (has_shared_experts()) all.push_back(shared_out());
    return all;
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::unembed() const {
    if (W_U.columns() != 0) return vectors_of(tokens("unembed", W_U.transposed(), flow::reads));
    const auto* extra = find_extra(matrix_role::unembedding);
    if (extra == nullptr) lacks("unembed", "unembedding");
    return vectors_of(*extra, "unembed");
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::embed() const {
    if (W_E.rows() != 0) return vectors_of(tokens("embed", W_E, flow::writes));
    const auto* extra = find_extra(matrix_role::embedding);
    if (extra == nullptr) lacks("embed", "embedding");
    return vectors_of(*extra, "embed");
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::vectors(std::string_view name) const {
    for (const auto& extra : extras)
        if (extra.name == name) return vectors_of(extra);
    std::string message = file + ": the model has no vectors " + quoted(name) + "; there are";
    for (const auto& extra : extras) message += " " + quoted(extra.name);
    throw lookup_error(errc::unknown_tensor, message + (extras.empty() ? " none" : ""));
}

namespace detail {

/// A text that a label pattern takes for itself.
inline std::string literal_pattern(std::string_view text) {
    std::string result;
    for (const char c : text) result.append(c == '{' || c == '}' ? 2 : 1, c);
    return result;
}

} // namespace detail

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::vectors(const basic_stream_vectors<T>& of) const {
    std::vector<axis> list;
    if (!of.layer) list.emplace_back("layer", of.layers.size());
    list.push_back(of.labels.empty() ? axis("vector", of.layers.front().rows()) : axis("vector", of.labels));
    const std::string place = of.layer ? "L" + to_text(*of.layer) : "L{layer}";
    label_column identity("vector", detail::literal_pattern(of.name) + "." + place + ".{vector}", of.name);
    auto port = port_of(of.site, block_order, blocks.size());
    if (of.layer) port = {of.flow, port.at(*of.layer), 0};
    port.flow = of.flow;
    return {.name = of.name,
            .axes = svdlens::axes(std::move(list), {identity}),
            .identity = identity,
            .layers = of.layers,
            .port = port,
            .centered = of.centered,
            .provenance = provenance()};
}

template <std::floating_point T>
void basic_transformer_weights<T>::read_kind(const detail::architecture_reader& kind) {
    normalization = kind.normalization();
    norm_placement = kind.norm_placement();
    block_order = kind.order();
    has_rotary = kind.has_rotary();
    has_qk_norm = kind.has_qk_norm();
    has_attention_sinks = kind.has_attention_sinks();
    has_alibi = kind.has_alibi();
    qk_refusal = kind.qk_refusal();
    activation = kind.config().activation.value_or("");
    model_type = kind.config().model_type.value_or("");
    config_source = kind.config().source;
    notes = kind.notes();
}

template <std::floating_point T>
const basic_named_matrix<T>* basic_transformer_weights<T>::find_extra(matrix_role role) const {
    const auto at =
        std::find_if(extras.begin(), extras.end(), [&](const auto& each) { return each.role == role; });
    return at == extras.end() ? nullptr : &*at;
}

template <std::floating_point T>
basic_named_matrix<T> basic_transformer_weights<T>::tokens(std::string name, basic_matrix<T> vectors,
                                                           svdlens::flow flow) {
    basic_named_matrix<T> result;
    result.name = std::move(name);
    result.vectors = std::move(vectors);
    result.flow = flow;
    result.axis = "token";
    return result;
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::vectors_of(const basic_named_matrix<T>& extra) const {
    return vectors_of(extra, extra.name);
}

template <std::floating_point T>
basic_vector_set<T> basic_transformer_weights<T>::vectors_of(const basic_named_matrix<T>& extra,
                                                             std::string name) const {
    auto rows =
        extra.labels.empty() ? axis(extra.axis, extra.vectors.rows()) : axis(extra.axis, extra.labels);
    // A token that is read in and the same token predicted are two things: not one node of a graph.
    const std::string entity = extra.flow == flow::writes ? "input_" + extra.axis : extra.axis;
    label_column identity(extra.axis, "{" + extra.axis + "}", entity);
    basic_vector_set<T> set{.name = std::move(name),
                            .axes = svdlens::axes({std::move(rows)}, {identity}),
                            .identity = identity,
                            .layers = {extra.vectors}};
    if (extra.flow != flow::none) {
        const auto site = extra.flow == flow::reads ? residual_site::unembedding : residual_site::embedding;
        set.port = port_of(site, block_order, blocks.size());
        set.centered = is_centered(site);
    }
    set.provenance = provenance();
    return set;
}

template <std::floating_point T>
[[noreturn]] void basic_transformer_weights<T>::lacks(std::string_view set, const std::string& part) const {
    throw model_error(errc::unsupported_model,
                      file + ": no " + std::string(set) + ": the model has no " + part);
}

#ifdef SVDLENS_COMPILED
template struct basic_transformer_weights<float>;
template struct basic_transformer_weights<double>;
#endif

} // namespace svdlens::inline v0_2

#endif
