/// @file
/// Reads a transformer's parts out of a state dict: matrices as views of the file, biases as copies.
#ifndef SVDLENS_MODEL_DETAIL_WEIGHTS_READER_HPP
#define SVDLENS_MODEL_DETAIL_WEIGHTS_READER_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../io/dtype.hpp"
#include "../../io/model_config.hpp"
#include "../../io/state_dict.hpp"
#include "../naming_scheme.hpp"
#include "../transformer_parts.hpp"
#include "architecture_reader.hpp"
#include "label_givers.hpp"
#include "merged_config.hpp"
#include "part_finder.hpp"
#include "part_reader.hpp"
#include "scheme_rows.hpp"
#include "size_book.hpp"
#include "weight_arithmetic.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Reads part by part. What one layer has, every layer must have: an absent tensor is an error that names it.
template <std::floating_point T>
class weights_reader {
  public:
    /// @throws as part_finder, architecture_reader and read_model_config
    weights_reader(const state_dict& file, const transformer_options& options) :
        file_(file), config_(merged_config(options.config, read_model_config(file))),
        parts_(file, config_, options), kind_(parts_, config_, file.path().string()),
        tensors_(file, parts_.scheme().name, promised_sizes(options.config)) {}
    weights_reader(const weights_reader&) = delete; // kind_ refers to parts_ and config_
    weights_reader& operator=(const weights_reader&) = delete;

    std::string_view scheme() const { return parts_.scheme().name; }
    const architecture_reader& kind() const { return kind_; }
    std::vector<std::string> unread() const { return parts_.unread(); }

    /// The dtypes of what has been read so far: `BF16, F32`.
    std::string dtypes() const { return tensors_.dtypes(); }

    std::vector<basic_block<T>> blocks() {
        std::vector<basic_block<T>> result(parts_.layers());
        for (std::size_t l = 0; l < result.size(); ++l) {
            result[l].attention = attention(l);
            if (kind_.has_mlp()) result[l].mlp = mlp(l);
            if (!kind_.has_norms()) continue;
            result[l].ln1 = norm(weight_part::ln1_w, weight_part::ln1_b, l);
            if (kind_.has_mlp()) result[l].ln2 = norm(weight_part::ln2_w, weight_part::ln2_b, l);
            if (parts_.has(weight_part::ln1_post_w)) result[l].ln1_post = gain(weight_part::ln1_post_w, l);
            if (parts_.has(weight_part::ln2_post_w)) result[l].ln2_post = gain(weight_part::ln2_post_w, l);
        }
        return result;
    }

    /// The norm of the sum of all embeddings.
    std::optional<basic_norm<T>> embedding_norm() {
        if (!parts_.has(weight_part::ln_embed_w)) return std::nullopt;
        return norm(weight_part::ln_embed_w, weight_part::ln_embed_b, 0);
    }

    /// The norm before everything that reads the last block's output.
    std::optional<basic_norm<T>> final_norm() {
        bool read = parts_.has(weight_part::W_U) || kind_.unembeds_with_embedding() ||
                    parts_.has(weight_part::ln_final_w);
        for (const auto& extra : parts_.scheme().extras)
            read = read || (extra.flow == flow::reads && file_.contains(parts_.name_of(extra)));
        if (!kind_.has_norms() || !read || kind_.norm_placement() == norm_placement::after)
            return std::nullopt;
        return norm(weight_part::ln_final_w, weight_part::ln_final_b, 0);
    }

    /// What input tokens write; a scheme may say that it is more than the stored rows.
    basic_matrix<T> embedding() {
        if (!parts_.has(weight_part::W_E)) return {};
        auto stored = matrix(weight_part::W_E, 0);
        if (parts_.scheme().architecture.embedding == schemes::embedding_scale::none) return stored;
        const auto type = file_.record(parts_.require(weight_part::W_E, 0).name).type;
        const T factor = rounded(std::sqrt(static_cast<double>(stored.columns())), type);
        return scale_rows(stored, std::vector<T>(stored.rows(), factor), centring::keep);
    }

    basic_matrix<T> unembedding() {
        if (kind_.unembeds_with_embedding()) return matrix(weight_part::W_E, 0).transposed();
        return optional_matrix(weight_part::W_U);
    }

    /// Whether what unembeds is the tensor of W_E: there is no other, or both names are one tensor's.
    bool is_tied() const {
        if (kind_.unembeds_with_embedding()) return true;
        return parts_.has(weight_part::W_E) && parts_.has(weight_part::W_U) &&
               bytes(weight_part::W_E).data() == bytes(weight_part::W_U).data();
    }

    /// What to say where the config promises W_E as the unembedding and the file has another matrix. Empty
    /// where it has not. Compares the two: O(bytes) at most.
    std::string tying_note() const {
        using enum weight_part;
        if (!config_.tied_embeddings.value_or(false) || !parts_.has(W_E) || !parts_.has(W_U)) return "";
        if (parts_.scheme().architecture.unembedding == schemes::missing_unembedding::absent) return "";
        const auto own = bytes(W_U), shared = bytes(W_E);
        if (std::equal(own.begin(), own.end(), shared.begin(), shared.end())) return "";
        return config_.source + " says that embeddings are tied, but " + parts_.require(W_U, 0).name +
               " is another matrix than " + parts_.require(W_E, 0).name + "; it is taken";
    }

    /// The part's matrix (0 × 0 when the model has none), in the orientation of its meaning.
    basic_matrix<T> optional_matrix(weight_part part) {
        return parts_.has(part) ? matrix(part, 0) : basic_matrix<T>();
    }

    std::vector<T> optional_vector(weight_part part, std::size_t layer) {
        return parts_.has(part) ? tensors_.vector(parts_.require(part, layer)) : std::vector<T>();
    }

    std::vector<basic_named_matrix<T>> extras() {
        std::vector<basic_named_matrix<T>> result;
        for (const auto& row : parts_.scheme().extras)
            if (file_.contains(parts_.name_of(row))) result.push_back(extra(row));
        return result;
    }

    /// The sizes of what has been read so far.
    model_sizes sizes() const {
        const auto& known = tensors_.sizes();
        model_sizes result;
        result.n_layers = parts_.layers();
        result.n_heads = known[model_axis::n_heads];
        const std::size_t shared = known[model_axis::n_key_value_heads];
        result.n_key_value_heads = shared != 0 ? shared : result.n_heads;
        result.d_model = known[model_axis::d_model];
        result.d_head = known[model_axis::d_head];
        result.d_mlp = known[model_axis::d_mlp];
        result.n_ctx = known[model_axis::n_ctx];
        if (result.n_ctx == 0) result.n_ctx = static_cast<std::size_t>(config_.n_ctx.value_or(0));
        result.d_vocab = known[model_axis::d_vocab];
        if (result.d_vocab == 0) result.d_vocab = known[model_axis::d_vocab_out];
        return result;
    }

  private:
    std::span<const std::byte> bytes(weight_part part) const {
        return file_.bytes(parts_.require(part, 0).name);
    }

    size_book promised_sizes(const model_config& callers) const {
        size_book sizes(file_.path().string());
        sizes.promise(callers, "the caller's config");
        sizes.promise(config_, config_.source);
        for (const auto& row : parts_.scheme().parts)
            if (const auto name = parts_.name_of(row); file_.contains(name))
                sizes.witness(file_.record(name), row.axes);
        return sizes;
    }

    basic_attention<T> attention(std::size_t layer) {
        basic_attention<T> result;
        result.W_O = heads(weight_part::W_O, layer);
        result.W_V = heads(weight_part::W_V, layer);
        result.names.W_O = parts_.require(weight_part::W_O, layer).name;
        result.names.W_V = parts_.require(weight_part::W_V, layer).name;
        if (parts_.has(weight_part::W_Q) || parts_.has(weight_part::W_K) || parts_.has(weight_part::b_Q) ||
            parts_.has(weight_part::b_K)) {
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
        check_biases(weight_part::b_Q, result.b_Q.size(), result.W_Q.size(), layer);
        check_biases(weight_part::b_K, result.b_K.size(), result.W_K.size(), layer);
        check_biases(weight_part::b_V, result.b_V.size(), result.W_V.size(), layer);
        return result;
    }

    void check_biases(weight_part part, std::size_t biases, std::size_t matrices, std::size_t layer) const {
        if (biases == 0 || biases == matrices) return;
        fail(errc::wrong_shape, "tensor " + quoted(parts_.require(part, layer).name) +
                                    ": expected biases of " + to_text(matrices) + " heads, found " +
                                    to_text(biases));
    }

    void check_groups(const basic_attention<T>& attention, std::size_t layer) const {
        for (const auto part : {weight_part::W_V, weight_part::W_K}) {
            const auto& heads = part == weight_part::W_V ? attention.W_V : attention.W_K;
            if (heads.empty() || attention.W_O.size() % heads.size() == 0) continue;
            fail(errc::wrong_shape, "tensor " + quoted(parts_.require(part, layer).name) +
                                        ": expected a number of key/value heads that divides the " +
                                        to_text(attention.W_O.size()) + " heads, found " +
                                        to_text(heads.size()));
        }
    }

    basic_mlp<T> mlp(std::size_t layer) {
        basic_mlp<T> result;
        result.W_in = matrix(weight_part::W_in, layer);
        if (kind_.gated()) result.W_gate = matrix(weight_part::W_gate, layer);
        if (parts_.has(weight_part::W_out)) result.W_out = matrix(weight_part::W_out, layer);
        const bool after =
            kind_.gated() && parts_.scheme().architecture.gated_bias == schemes::gated_bias::after_product;
        (after ? result.b_post : result.b_in) = optional_vector(weight_part::b_in, layer);
        result.b_gate = optional_vector(weight_part::b_gate, layer);
        result.b_out = optional_vector(weight_part::b_out, layer);
        return result;
    }

    basic_norm<T> norm(weight_part w, weight_part b, std::size_t layer) {
        auto result = gain(w, layer);
        result.b = optional_vector(b, layer);
        return result;
    }

    /// A norm without a bias.
    basic_norm<T> gain(weight_part part, std::size_t layer) {
        basic_norm<T> result{tensors_.vector(parts_.require(part, layer)), {}};
        if (parts_.scheme().architecture.gain == schemes::stored_gain::less_one)
            for (auto& each : result.w) each += 1;
        return result;
    }

    basic_matrix<T> matrix(weight_part part, std::size_t layer) {
        return tensors_.matrix(parts_.require(part, layer), reads_residual(part));
    }

    std::vector<basic_matrix<T>> heads(weight_part part, std::size_t layer) {
        return tensors_.heads(parts_.require(part, layer), reads_residual(part));
    }

    std::vector<std::vector<T>> head_biases(weight_part part, std::size_t layer) {
        if (!parts_.has(part)) return {};
        return tensors_.head_vectors(parts_.require(part, layer));
    }

    basic_named_matrix<T> extra(const extra_name& row) {
        const std::string name = parts_.name_of(row);
        const auto bias = parts_.bias_of(row);
        auto axes = row.axes;
        if (row.flow == flow::writes && (bias || is_linear(name)))
            axes = {model_axis::d_model, model_axis::any};
        basic_named_matrix<T> result;
        result.name = parts_.unwrapped_name_of(row);
        result.vectors = tensors_.matrix({name, axes}, false);
        result.flow = row.flow;
        result.axis = std::string(row.axis);
        result.labels =
            labels_of({row.axis, result.vectors.rows(), config_.environment, predicted(row.axis)});
        result.role = row.role;
        if (bias)
            result.bias =
                extra_bias(*bias, row.flow == flow::reads ? result.vectors.rows() : result.vectors.columns());
        return result;
    }

    /// Whether a matrix is stored (d_model, n) by its shape alone.
    bool is_linear(const std::string& name) const {
        const auto& shape = file_.record(name).shape;
        const std::size_t d_model = tensors_.sizes()[model_axis::d_model];
        return shape.size() == 2 && shape[0] == d_model && shape[1] != d_model;
    }

    /// How many rows what predicts such an axis has; 0 where nothing does.
    std::size_t predicted(std::string_view axis) const {
        for (const auto& row : parts_.scheme().extras)
            if (row.axis == axis && row.flow == flow::reads && file_.contains(parts_.name_of(row)))
                return static_cast<std::size_t>(file_.record(parts_.name_of(row)).shape.front());
        return 0;
    }

    std::vector<T> extra_bias(const std::string& name, std::size_t expected) {
        auto values = tensors_.vector({name, {model_axis::any}});
        if (values.size() != expected)
            fail(errc::wrong_shape, "tensor " + quoted(name) + ": expected shape [" + to_text(expected) +
                                        "], found [" + to_text(values.size()) + "]");
        return values;
    }

    /// A number as a model of that dtype computes with it.
    static T rounded(double number, dtype type) {
        if (type == dtype::f64) return static_cast<T>(number);
        const int mantissa = type == dtype::bf16 ? 8 : type == dtype::f16 ? 11 : 24;
        int exponent = 0;
        const double fraction = std::frexp(number, &exponent);
        return static_cast<T>(
            std::ldexp(std::nearbyint(std::ldexp(fraction, mantissa)), exponent - mantissa));
    }

    [[noreturn]] void fail(errc code, const std::string& what) const {
        throw model_error(code, file_.path().string() + ": " + what);
    }

    state_dict file_;
    model_config config_;
    part_finder parts_;
    architecture_reader kind_;
    part_reader<T> tensors_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
