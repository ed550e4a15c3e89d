/// @file
/// The bodies of circuit/hooked_directions.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_HOOKED_DIRECTIONS_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_HOOKED_DIRECTIONS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/factored_set.hpp"
#include "../../../directions/singular_directions.hpp"
#include "../../../io/dtype.hpp"
#include "../../../io/state_dict.hpp"
#include "../../../io/tensor_record.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../../tensor/tensor.hpp"
#include "../../circuits.hpp"
#include "../../hooked_directions.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Which hooks show what the directions read and write.
struct shown_hooks {
    bool normalized = false;
    bool stream = false;
    bool attention_out = false;
};

template <std::floating_point T>
shown_hooks hooks_of(const basic_transformer_weights<T>& weights) {
    if (weights.norm_placement != norm_placement::before) return {};
    const auto norms = weights.normalization;
    const bool is_folded = weights.processing.contains(weight_step::norms_folded);
    const bool has_norm = norms != normalization::none;
    const bool is_raw_rms = !is_folded && norms == normalization::rms_norm;
    const bool reads_stream = std::any_of(weights.blocks.begin(), weights.blocks.end(),
                                          [](const auto& block) { return block.attention_reads_stream; });
    return {has_norm && !is_raw_rms && !reads_stream, (is_folded || !has_norm) && !reads_stream, true};
}

/// How TransformerLens makes the same weights: its names of what was done here.
template <std::floating_point T>
std::string loading_text(const basic_transformer_weights<T>& weights) {
    const auto& done = weights.processing;
    if (weights.normalization == normalization::none && done.empty())
        return "HookedTransformer, weights as stored";
    const bool is_folded_in_file = weights.normalization == normalization::layer_norm_folded ||
                                   weights.normalization == normalization::rms_norm_folded;
    if (is_folded_in_file && done.empty())
        return "HookedTransformer, weights as stored: norms are folded in the file";
    if (done.empty()) return "HookedTransformer.from_pretrained_no_processing: norms as stored";
    const auto flag = [&](const char* name, weight_step step) {
        return std::string(name) + (done.contains(step) ? "=True" : "=False");
    };
    std::string text = "HookedTransformer.from_pretrained(" + flag("fold_ln", weight_step::norms_folded) +
                       ", " + flag("center_writing_weights", weight_step::writers_centered) + ", " +
                       flag("center_unembed", weight_step::unembed_centered) + ", " +
                       flag("fold_value_biases", weight_step::value_biases_folded) + ")";
    if (done.contains(weight_step::post_norms_folded))
        text += "; gains behind attention and MLP are folded here, approximately, and not there";
    return text;
}

/// Numbers as a file holds them.
inline named_tensor integers(std::string name, const std::vector<std::uint64_t>& values) {
    auto bytes = std::make_shared<std::vector<std::byte>>();
    for (const auto value : values)
        for (unsigned k = 0; k < 8; ++k) bytes->push_back(static_cast<std::byte>(value >> (8 * k) & 0xffU));
    const std::span<const std::byte> all(*bytes);
    return {std::move(name), dtype::i64, {values.size()}, all, std::move(bytes)};
}

template <std::floating_point T>
named_tensor rows(std::string name, const std::vector<std::vector<T>>& list) {
    std::vector<T> values;
    for (const auto& each : list) values.insert(values.end(), each.begin(), each.end());
    const std::uint64_t width = list.empty() ? 0 : list.front().size();
    return {std::move(name), basic_tensor<T>(std::move(values), {list.size(), width})};
}

/// The directions of one layer, as rows.
template <std::floating_point T>
struct layer_rows {
    std::vector<std::uint64_t> heads, numbers;
    std::vector<T> values;
    std::vector<std::vector<T>> reading, writing, z_read, z_write;
};

template <std::floating_point T>
void add_direction(layer_rows<T>& to, const basic_factored_matrix<T>& head,
                   const basic_singular_directions<T>& ov, const direction_index& at) {
    const auto u = ov.reading(at.layer, at.head, at.direction),
               v = ov.writing(at.layer, at.head, at.direction);
    const auto a = head.a.resident(), b = head.b.resident();
    const auto s = static_cast<double>(ov.singular_value(at.layer, at.head, at.direction));
    std::vector<T> read, write;
    for (std::size_t k = 0; k < b.rows(); ++k) {
        double through = 0, back = 0;
        for (std::size_t j = 0; j < v.size(); ++j)
            through += static_cast<double>(b(k, j)) * static_cast<double>(v[j]);
        for (std::size_t i = 0; i < u.size(); ++i)
            back += static_cast<double>(u[i]) * static_cast<double>(a(i, k));
        read.push_back(static_cast<T>(through));
        write.push_back(static_cast<T>(back / s));
    }
    to.heads.push_back(at.head);
    to.numbers.push_back(at.direction);
    to.values.push_back(static_cast<T>(s));
    to.reading.emplace_back(u.begin(), u.end());
    to.writing.emplace_back(v.begin(), v.end());
    to.z_read.push_back(std::move(read));
    to.z_write.push_back(std::move(write));
}

template <std::floating_point T>
void append_layer(std::vector<named_tensor>& tensors, std::size_t layer, const layer_rows<T>& of,
                  const shown_hooks& shown) {
    const std::string block = "blocks." + to_text(layer) + ".";
    const std::uint64_t count = of.values.size();
    tensors.push_back(integers(block + "heads", of.heads));
    tensors.push_back(integers(block + "directions", of.numbers));
    tensors.emplace_back(block + "singular_values", basic_tensor<T>(of.values, {count}));
    if (shown.normalized) tensors.push_back(rows(block + "ln1.hook_normalized", of.reading));
    if (shown.stream) tensors.push_back(rows(block + "hook_resid_pre", of.reading));
    if (shown.attention_out) tensors.push_back(rows(block + "hook_attn_out", of.writing));
    tensors.push_back(rows(block + "attn.hook_z.read", of.z_read));
    tensors.push_back(rows(block + "attn.hook_z.write", of.z_write));
}

template <std::floating_point T>
void require_directions(const basic_transformer_weights<T>& weights, const basic_singular_directions<T>& ov,
                        const std::vector<direction_index>& which) {
    const auto fail = [&](const std::string& what) {
        throw argument_error(errc::invalid_argument, weights.file + ": hooked_directions: " + what);
    };
    if (ov.layers() != weights.blocks.size() || ov.heads() != weights.sizes.n_heads)
        fail("expected the directions of its " + to_text(weights.blocks.size()) + " x " +
             to_text(weights.sizes.n_heads) + " heads, found " + to_text(ov.layers()) + " x " +
             to_text(ov.heads()));
    const auto d_model = weights.sizes.d_model;
    if (ov.name() != "ov" || ov.left().d_model() != d_model || ov.right().d_model() != d_model)
        fail("expected the directions of ov_circuits(weights), of " + to_text(d_model) + " numbers, found " +
             quoted(ov.name()) + " of " + to_text(ov.left().d_model()) + " and " +
             to_text(ov.right().d_model()));
    for (std::size_t k = 0; k < which.size(); ++k) {
        const auto& at = which[k];
        const auto name = "L" + to_text(at.layer) + "H" + to_text(at.head) + "." + to_text(at.direction);
        if (at.layer >= ov.layers() || at.head >= ov.heads() || at.direction >= ov.directions())
            fail("there is no direction " + name);
        if (ov.is_null(at.layer, at.head, at.direction)) fail(name + " is null space, and arbitrary");
        if (k != 0 && which[k - 1] == at) fail(name + " is asked for twice");
    }
}

} // namespace detail

template <std::floating_point T>
state_dict hooked_directions(const basic_transformer_weights<T>& weights,
                             const basic_singular_directions<T>& ov, std::vector<direction_index> which,
                             const std::string& rule) {
    std::sort(which.begin(), which.end());
    detail::require_directions(weights, ov, which);
    const auto set = ov_circuits(weights);
    std::vector<detail::layer_rows<T>> layers(ov.layers());
    for (const auto& each : which)
        detail::add_direction(layers[each.layer], set(each.layer, each.head), ov, each);
    std::vector<named_tensor> tensors;
    for (std::size_t l = 0; l < layers.size(); ++l)
        if (!layers[l].values.empty()) detail::append_layer(tensors, l, layers[l], detail::hooks_of(weights));
    metadata_map metadata{{"written_by", "svdlens directions"},
                          {"model", weights.provenance()},
                          {"load_with", detail::loading_text(weights)}};
    if (!rule.empty()) metadata.emplace("rule", rule);
    return state_dict(std::move(tensors), std::move(metadata));
}

#ifdef SVDLENS_COMPILED
template state_dict hooked_directions(const basic_transformer_weights<float>& weights,
                                      const basic_singular_directions<float>& ov,
                                      std::vector<direction_index> which, const std::string& rule);
template state_dict hooked_directions(const basic_transformer_weights<double>& weights,
                                      const basic_singular_directions<double>& ov,
                                      std::vector<direction_index> which, const std::string& rule);
#endif

} // namespace svdlens::inline v0_2

#endif
