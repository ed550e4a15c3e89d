/// @file
/// Reads a transformer's parts out of a state dict: matrices as views of the file, biases as copies.
#ifndef SVDLENS_MODEL_WEIGHTS_READER_HPP
#define SVDLENS_MODEL_WEIGHTS_READER_HPP

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../io/model_config.hpp"
#include "../io/state_dict.hpp"
#include "minigrid_labels.hpp"
#include "part_finder.hpp"
#include "residual_ports.hpp"
#include "size_book.hpp"
#include "transformer_parts.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// A field of the config that only this folder needs, as it stands in the metadata.
inline std::optional<config_object> config_of(const state_dict& file) {
    for (const char* const key : {"model_config", "config", "cfg"})
        if (file.metadata().contains(key)) return config_object(file, key);
    return std::nullopt;
}

/// Reads part by part. What one layer has, every layer must have: an absent tensor is an error that names it.
template <std::floating_point T>
class weights_reader {
  public:
    /// @throws as part_finder and read_model_config
    explicit weights_reader(const state_dict& file) :
        file_(file), parts_(file), config_(read_model_config(file)), sizes_(file.path().string(), config_) {
        if (config_.n_layers && *config_.n_layers != parts_.layers())
            fail(errc::invalid_config, "the config has n_layers = " + to_text(*config_.n_layers) +
                                           ", the tensors are of " + to_text(parts_.layers()) + " layers");
        normalization_ = find_normalization();
    }

    std::string_view scheme() const { return parts_.scheme().name; }
    svdlens::normalization normalization() const { return normalization_; }
    std::string activation() const { return config_.activation.value_or(""); }
    std::vector<std::string> unread() const { return parts_.unread(); }
    bool has_qk_norm() const { return parts_.has(tensor_hint::qk_norm); }

    bool has_rotary() const {
        const auto config = config_of(file_);
        return parts_.has(tensor_hint::rotary) ||
               (config && config->string("positional_embedding_type") == "rotary");
    }

    block_order order() const {
        const auto config = config_of(file_);
        const bool parallel = config && config->boolean("parallel_attn_mlp").value_or(false);
        return parallel ? block_order::parallel : block_order::sequential;
    }

    /// What had to be assumed for want of a config.
    std::vector<std::string> notes() const {
        if (config_.norm) return {};
        if (normalization_ == normalization::none) return {"no norms found, none assumed"};
        if (normalization_ == normalization::rms_norm) return {"norms without bias taken as RMSNorm"};
        return {};
    }

    std::vector<basic_block<T>> blocks() {
        std::vector<basic_block<T>> result(parts_.layers());
        for (std::size_t l = 0; l < result.size(); ++l) {
            result[l].attention = attention(l);
            if (has_mlp()) result[l].mlp = mlp(l);
            if (!has_norms()) continue;
            result[l].ln1 = norm(weight_part::ln1_w, weight_part::ln1_b, l);
            if (has_mlp()) result[l].ln2 = norm(weight_part::ln2_w, weight_part::ln2_b, l);
        }
        return result;
    }

    /// The norm before everything that reads the last block's output.
    std::optional<basic_norm<T>> final_norm() {
        bool read = parts_.has(weight_part::W_U) || parts_.has(weight_part::ln_final_w);
        for (const auto& extra : parts_.scheme().extras)
            read = read || (extra.flow == flow::reads && file_.contains(extra.name));
        if (!has_norms() || !read) return std::nullopt;
        return norm(weight_part::ln_final_w, weight_part::ln_final_b, 0);
    }

    /// The part's matrix (0 × 0 when the model has none), in the orientation of its meaning.
    basic_matrix<T> optional_matrix(weight_part part) {
        return parts_.has(part) ? matrix(part, 0) : basic_matrix<T>();
    }

    std::vector<T> optional_vector(weight_part part, std::size_t layer) {
        if (!parts_.has(part)) return {};
        const auto tensor = load(parts_.require(part, layer));
        return {tensor.values().begin(), tensor.values().end()};
    }

    std::vector<basic_named_matrix<T>> extras() {
        std::vector<basic_named_matrix<T>> result;
        for (const auto& row : parts_.scheme().extras)
            if (file_.contains(row.name)) result.push_back(extra(row));
        return result;
    }

    /// The sizes of what has been read so far.
    model_sizes sizes() const {
        model_sizes result;
        result.n_layers = parts_.layers();
        result.n_heads = sizes_[model_axis::n_heads];
        const std::size_t shared = sizes_[model_axis::n_key_value_heads];
        result.n_key_value_heads = shared != 0 ? shared : result.n_heads;
        result.d_model = sizes_[model_axis::d_model];
        result.d_head = sizes_[model_axis::d_head];
        result.d_mlp = sizes_[model_axis::d_mlp];
        result.n_ctx = sizes_[model_axis::n_ctx];
        if (result.n_ctx == 0) result.n_ctx = static_cast<std::size_t>(config_.n_ctx.value_or(0));
        result.d_vocab = sizes_[model_axis::d_vocab];
        if (result.d_vocab == 0) result.d_vocab = sizes_[model_axis::d_vocab_out];
        return result;
    }

  private:
    bool has_norms() const {
        return normalization_ == normalization::layer_norm || normalization_ == normalization::rms_norm;
    }

    bool has_mlp() const {
        return parts_.has(weight_part::W_in) || parts_.has(weight_part::W_gate) ||
               parts_.has(weight_part::W_out);
    }

    /// What the tensors tell, held against what the config says.
    svdlens::normalization find_normalization() const {
        const bool gains = parts_.has(weight_part::ln1_w) || parts_.has(weight_part::ln2_w) ||
                           parts_.has(weight_part::ln_final_w);
        const bool biases = parts_.has(weight_part::ln1_b) || parts_.has(weight_part::ln2_b) ||
                            parts_.has(weight_part::ln_final_b);
        if (!config_.norm) {
            if (!gains && !biases) return normalization::none;
            return biases ? normalization::layer_norm : normalization::rms_norm;
        }
        const auto kind = *config_.norm;
        const bool expected = kind == normalization::layer_norm || kind == normalization::rms_norm;
        if (!expected && (gains || biases))
            fail(errc::invalid_config,
                 "the config says that there are no norm weights, but the file has some (" +
                     std::string(gains ? "a gain" : "a bias") + ")");
        if (kind == normalization::rms_norm && biases)
            fail(errc::invalid_config, "the config says RMSNorm, but the file has norm biases");
        return kind;
    }

    basic_attention<T> attention(std::size_t layer) {
        basic_attention<T> result;
        result.W_O = heads(weight_part::W_O, layer);
        result.W_V = heads(weight_part::W_V, layer);
        result.names.W_O = parts_.require(weight_part::W_O, layer).name;
        result.names.W_V = parts_.require(weight_part::W_V, layer).name;
        if (parts_.has(weight_part::W_Q) || parts_.has(weight_part::W_K)) {
            result.W_Q = heads(weight_part::W_Q, layer);
            result.W_K = heads(weight_part::W_K, layer);
            result.names.W_Q = parts_.require(weight_part::W_Q, layer).name;
            result.names.W_K = parts_.require(weight_part::W_K, layer).name;
        }
        check_groups(result, layer);
        result.b_Q = head_biases(weight_part::b_Q, layer);
        result.b_K = head_biases(weight_part::b_K, layer);
        result.b_V = head_biases(weight_part::b_V, layer);
        result.b_O = optional_vector(weight_part::b_O, layer);
        return result;
    }

    void check_groups(const basic_attention<T>& attention, std::size_t layer) const {
        for (const auto part : {weight_part::W_V, weight_part::W_K}) {
            const auto& heads = part == weight_part::W_V ? attention.W_V : attention.W_K;
            if (heads.empty() || attention.W_O.size() % heads.size() == 0) continue;
            fail(errc::wrong_shape, "tensor " + svdlens::quoted(parts_.require(part, layer).name) +
                                        ": expected a number of key/value heads that divides the " +
                                        to_text(attention.W_O.size()) + " heads, found " +
                                        to_text(heads.size()));
        }
    }

    basic_mlp<T> mlp(std::size_t layer) {
        basic_mlp<T> result;
        result.W_in = matrix(weight_part::W_in, layer);
        if (gated()) result.W_gate = matrix(weight_part::W_gate, layer);
        if (parts_.has(weight_part::W_out)) result.W_out = matrix(weight_part::W_out, layer);
        const bool after = gated() && parts_.scheme().gated_bias == gated_bias::after_product;
        (after ? result.b_post : result.b_in) = optional_vector(weight_part::b_in, layer);
        result.b_gate = optional_vector(weight_part::b_gate, layer);
        result.b_out = optional_vector(weight_part::b_out, layer);
        return result;
    }

    /// A config that promises a gate makes its tensors required.
    bool gated() const {
        const bool found = parts_.has(weight_part::W_gate);
        if (found && config_.gated_mlp && !*config_.gated_mlp)
            fail(errc::invalid_config, "the config says that the MLPs are not gated, but the file has gates");
        return found || config_.gated_mlp.value_or(false);
    }

    basic_norm<T> norm(weight_part gain, weight_part bias, std::size_t layer) {
        const auto tensor = load(parts_.require(gain, layer));
        return {{tensor.values().begin(), tensor.values().end()}, optional_vector(bias, layer)};
    }

    basic_matrix<T> matrix(weight_part part, std::size_t layer) {
        const auto found = parts_.require(part, layer);
        const auto tensor = load(found);
        return slice(tensor, 0, (found.axes[0] == model_axis::d_model) != reads_residual(part));
    }

    std::vector<basic_matrix<T>> heads(weight_part part, std::size_t layer) {
        const auto found = parts_.require(part, layer);
        const auto tensor = load(found);
        std::vector<basic_matrix<T>> result;
        for (std::size_t h = 0; h < tensor.shape().front(); ++h)
            result.push_back(
                slice(tensor, h, (found.axes[1] == model_axis::d_model) != reads_residual(part)));
        return result;
    }

    std::vector<std::vector<T>> head_biases(weight_part part, std::size_t layer) {
        std::vector<std::vector<T>> result;
        if (!parts_.has(part)) return result;
        const auto tensor = load(parts_.require(part, layer));
        const auto width = static_cast<std::size_t>(tensor.shape().back());
        for (std::size_t first = 0; first < tensor.size(); first += width) {
            const auto values = tensor.values().subspan(first, width);
            result.emplace_back(values.begin(), values.end());
        }
        return result;
    }

    basic_named_matrix<T> extra(const extra_name& row) {
        const std::string name(row.name);
        const std::string bias = bias_name(row.name);
        const bool biased = file_.contains(bias);
        auto axes = row.axes;
        if (biased && row.flow == flow::writes) axes = {model_axis::d_model, model_axis::any};
        const auto tensor = load({name, axes});
        basic_named_matrix<T> result;
        result.name = name;
        result.vectors = slice(tensor, 0, axes[0] == model_axis::d_model);
        result.flow = row.flow;
        result.axis = std::string(row.axis);
        result.labels = labels(row.axis, result.vectors.rows());
        result.role = row.role;
        if (biased)
            result.bias =
                extra_bias(bias, row.flow == flow::reads ? result.vectors.rows() : result.vectors.columns());
        return result;
    }

    std::vector<T> extra_bias(const std::string& name, std::size_t expected) {
        const auto tensor = load({name, {model_axis::any}});
        if (tensor.size() != expected)
            fail(errc::wrong_shape, "tensor " + svdlens::quoted(name) + ": expected shape [" +
                                        to_text(expected) + "], found " + to_text(tensor.shape()));
        return {tensor.values().begin(), tensor.values().end()};
    }

    /// MiniGrid's names where the counts are MiniGrid's and the config names no other environment. The eighth
    /// action of an embedding stands for no action yet.
    std::vector<std::string> labels(std::string_view axis, std::size_t rows) const {
        if (config_.environment && config_.environment->find("MiniGrid") == std::string::npos) return {};
        if (axis == "feature" && rows == minigrid_features) return minigrid_feature_labels();
        if (axis != "action" || rows < minigrid_actions.size() || rows > minigrid_actions.size() + 1)
            return {};
        auto names = minigrid_action_labels();
        if (rows > names.size()) names.push_back("no action");
        return names;
    }

    basic_tensor<T> load(const located_part& part) {
        sizes_.fit(file_.record(part.name), part.axes);
        return file_.template tensor<T>(part.name);
    }

    /// Matrix k along the leading axes of a tensor, transposed or as it is.
    static basic_matrix<T> slice(const basic_tensor<T>& tensor, std::size_t k, bool transposed) {
        const auto shape = tensor.shape();
        const auto rows = static_cast<std::size_t>(shape[shape.size() - 2]);
        const auto columns = static_cast<std::size_t>(shape.back());
        const basic_matrix<T> stored(tensor.data() + k * rows * columns, rows, columns, tensor.owner());
        return transposed ? stored.transposed() : stored;
    }

    [[noreturn]] void fail(errc code, const std::string& what) const {
        throw model_error(code, file_.path().string() + ": " + what);
    }

    state_dict file_;
    part_finder parts_;
    model_config config_;
    size_book sizes_;
    svdlens::normalization normalization_ = normalization::none;
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
