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
#include "../../linalg/product_matrix.hpp"
#include "../../linalg/stacked_matrix.hpp"
#include "../naming_scheme.hpp"
#include "../transformer_parts.hpp"
#include "adapted_file.hpp"
#include "architecture_reader.hpp"
#include "compound_matrix.hpp"
#include "extra_reader.hpp"
#include "merged_config.hpp"
#include "part_finder.hpp"
#include "part_reader.hpp"
#include "scheme_rows.hpp"
#include "seen_names.hpp"
#include "size_book.hpp"
#include "weight_arithmetic.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Reads part by part. What one layer has, every layer must have, but for experts in place of an MLP: an
/// absent tensor is an error that names it.
template <std::floating_point T>
class weights_reader {
  public:
    /// @throws as part_finder, architecture_reader and read_model_config
    weights_reader(const state_dict& file, const transformer_options& options) :
        adapted_(adapted<T>(file, options.adapters)), file_(adapted_.file),
        config_(config_of(options, options.tower.value_or(""))), parts_(file_, config_, options),
        kind_(parts_, settled_config(options), file_.path().string()),
        tensors_(file_, parts_.scheme().name, promised_sizes(options.config), terms()) {
        refuse_half_a_tie();
        tell_unread_changes();
    }
    weights_reader(const weights_reader&) = delete; // kind_ refers to parts_ and config_
    weights_reader& operator=(const weights_reader&) = delete;

    std::string_view scheme() const { return parts_.scheme().name; }
    std::string wrapper() const { return parts_.prefix(); }
    const architecture_reader& kind() const { return kind_; }
    std::vector<std::string> unread() const { return parts_.unread(); }

    /// What was merged, a line an adapter.
    const std::vector<std::string>& adapters() const { return adapted_.told; }

    /// The dtypes of what has been read so far: `BF16, F32`.
    std::string dtypes() const { return tensors_.dtypes(); }

    std::vector<basic_block<T>> blocks() {
        std::vector<basic_block<T>> result(parts_.layers());
        for (std::size_t l = 0; l < result.size(); ++l) {
            result[l].attention = attention(l);
            if (kind_.has_mixture(l)) result[l].mixture = mixture(l);
            if (has_mlp(l)) result[l].mlp = mlp(l);
            if (kind_.has_norms()) read_norms(result[l], l);
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
        auto stored = multiplied(matrix(weight_part::W_E, 0), kind_.embedding_multiplier());
        if (parts_.scheme().architecture.embedding == schemes::embedding_scale::none) return stored;
        const auto type = file_.record(parts_.require(weight_part::W_E, 0).name).type;
        const T factor = rounded(std::sqrt(static_cast<double>(stored.columns())), type);
        return scale_rows(stored, std::vector<T>(stored.rows(), factor), centring::keep);
    }

    basic_matrix<T> unembedding() {
        const auto stored = kind_.unembeds_with_embedding() ? matrix(weight_part::W_E, 0).transposed()
                                                            : optional_matrix(weight_part::W_U);
        return multiplied(stored, kind_.logit_multiplier());
    }

    std::vector<T> unembedding_bias() {
        return multiplied(optional_vector(weight_part::b_U, 0), kind_.logit_multiplier());
    }

    /// Whether what unembeds is the tensor of W_E: there is no other, or both names are one tensor's.
    bool is_tied() const {
        if (kind_.unembeds_with_embedding()) return true;
        return parts_.has(weight_part::W_E) && parts_.has(weight_part::W_U) &&
               are_one(file_, parts_.require(weight_part::W_E, 0).name,
                       parts_.require(weight_part::W_U, 0).name);
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
        return extra_reader<T>(file_, config_, parts_, tensors_).all();
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
        result.n_experts = known[model_axis::n_experts];
        result.n_ctx = known[model_axis::n_ctx];
        if (result.n_ctx == 0) result.n_ctx = known[model_axis::n_positions];
        if (result.n_ctx == 0) result.n_ctx = static_cast<std::size_t>(config_.n_ctx.value_or(0));
        result.d_vocab = known[model_axis::d_vocab];
        if (result.d_vocab == 0) result.d_vocab = known[model_axis::d_vocab_out];
        return result;
    }

  private:
    model_config config_of(const transformer_options& options, std::string_view tower) const {
        return merged_config(options.config, read_model_config(file_, tower));
    }

    /// Once a tower is found, what the config says of that.
    const model_config& settled_config(const transformer_options& options) {
        const auto tower = parts_.scheme().tower;
        if (tower != options.tower.value_or("")) config_ = config_of(options, tower);
        return config_;
    }

    void read_norms(basic_block<T>& block, std::size_t layer) {
        if (kind_.norm_placement() != norm_placement::written) {
            block.attention_reads_stream = kind_.attention_reads_stream(layer);
            if (!block.attention_reads_stream)
                block.ln1 = norm(weight_part::ln1_w, weight_part::ln1_b, layer);
            if (block.mlp || block.mixture) block.ln2 = norm(weight_part::ln2_w, weight_part::ln2_b, layer);
        }
        if (parts_.has(weight_part::ln1_post_w)) block.ln1_post = gain(weight_part::ln1_post_w, layer);
        if (parts_.has(weight_part::ln2_post_w)) block.ln2_post = gain(weight_part::ln2_post_w, layer);
    }

    std::span<const std::byte> bytes(weight_part part) const {
        return file_.bytes(parts_.require(part, 0).name);
    }

    matrix_terms terms() const {
        return {.scaled = parts_.scaled(), .block = config_.quantization_block, .updates = adapted_.updates};
    }

    /// Where one tensor embeds and unembeds, an adapter that changes it for one of the two may mean either: PEFT
    /// computes with the other one as it was, and merges it as well.
    void refuse_half_a_tie() const {
        using enum weight_part;
        if (!parts_.has(W_E)) return;
        const auto embeds = parts_.require(W_E, 0).name;
        const auto unembeds = parts_.has(W_U) ? parts_.require(W_U, 0).name : embeds;
        if (!were_tied(embeds, unembeds)) return;
        const auto& replaced = adapted_.replaced;
        const bool half_updated = adapted_.updates.contains(embeds) || adapted_.updates.contains(unembeds);
        const bool half_replaced = embeds == unembeds
                                       ? replaced.contains(embeds)
                                       : replaced.contains(embeds) != replaced.contains(unembeds);
        if (half_updated || half_replaced)
            fail(errc::unsupported_model,
                 "tensor " + quoted(embeds) +
                     ": it embeds and unembeds, and the adapter changes it for one of " +
                     "the two; merge the adapter with PEFT's merge_and_unload() and save the model");
    }

    /// What adapters change and nothing reads has no effect on the numbers: said, and refused where it is all.
    void tell_unread_changes() {
        const auto unread = parts_.unread_among(adapted_.changed);
        if (unread.empty()) return;
        constexpr std::size_t most = 3;
        std::string names;
        std::size_t shown = 0;
        for (const auto& name : unread)
            if (shown++ < most) names += (names.empty() ? "" : ", ") + quoted(name);
        if (unread.size() > most) names += " and " + to_text(unread.size() - most) + " more";
        if (unread.size() == adapted_.changed.size())
            fail(errc::unsupported_model, "the adapter changes " + names + ", and none of it is read as " +
                                              std::string(parts_.scheme().name) +
                                              "; is it the model that the adapter was trained on?");
        adapted_.told.back() += "; without effect here, as nothing reads it: " + names;
    }

    bool were_tied(const std::string& embeds, const std::string& unembeds) const {
        const auto& base = adapted_.base;
        if (embeds == unembeds) return kind_.unembeds_with_embedding();
        return base.contains(embeds) && base.contains(unembeds) && are_one(base, embeds, unembeds);
    }

    /// Whether two names are one tensor's. Those in memory have a storage each, which may be one memory.
    static bool are_one(const state_dict& file, const std::string& a, const std::string& b) {
        const auto &one = file.record(a), &other = file.record(b);
        return same_place(one, other) ||
               (one.shape == other.shape && file.bytes(a).data() == file.bytes(b).data());
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
        for (auto& each : result.W_O) each = multiplied(each, kind_.residual_multiplier());
        result.W_V = values(layer);
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
        result.b_O = multiplied(optional_vector(weight_part::b_O, layer), kind_.residual_multiplier());
        check_biases(weight_part::b_Q, result.b_Q.size(), result.W_Q.size(), layer);
        check_biases(weight_part::b_K, result.b_K.size(), result.W_K.size(), layer);
        check_biases(weight_part::b_V, result.b_V.size(), result.W_V.size(), layer);
        return result;
    }

    /// W_V of each head; of values that are made from a latent, the product of the two with the gain between.
    std::vector<basic_matrix<T>> values(std::size_t layer) {
        if (!parts_.has(weight_part::W_latent)) return heads(weight_part::W_V, layer);
        const auto norm = gain(weight_part::ln_latent_w, layer);
        const auto latent = scale_columns(matrix(weight_part::W_latent, layer), norm.w);
        auto all = heads(weight_part::W_V, layer);
        for (auto& W_V : all) W_V = product_matrix(latent, W_V);
        return all;
    }

    void check_biases(weight_part part, std::size_t biases, std::size_t matrices, std::size_t layer) const {
        if (biases == 0 || biases == matrices) return;
        fail(errc::wrong_shape, "tensor " + quoted(parts_.require(part, layer).name) +
                                    ": expected biases of " + to_text(matrices) + " heads, found " +
                                    to_text(biases));
    }

    void check_groups(const basic_attention<T>& attention, std::size_t layer) const {
        if (!attention.W_Q.empty() && attention.W_Q.size() != attention.W_O.size())
            fail(errc::wrong_shape, "tensor " + quoted(parts_.require(weight_part::W_Q, layer).name) +
                                        ": expected queries of " + to_text(attention.W_O.size()) +
                                        " heads, found " + to_text(attention.W_Q.size()));
        for (const auto part : {weight_part::W_V, weight_part::W_K}) {
            const auto& heads = part == weight_part::W_V ? attention.W_V : attention.W_K;
            if (heads.empty() || attention.W_O.size() % heads.size() == 0) continue;
            fail(errc::wrong_shape, "tensor " + quoted(parts_.require(part, layer).name) +
                                        ": expected a number of key/value heads that divides the " +
                                        to_text(attention.W_O.size()) + " heads, found " +
                                        to_text(heads.size()));
        }
    }

    /// Whether a layer has an MLP of its own, or must have one: what any layer has is in each, unless experts
    /// stand in its place.
    bool has_mlp(std::size_t layer) const {
        const bool experts = kind_.has_mixture(layer), own = kind_.has_mlp(layer);
        if (experts && own)
            throw model_error(
                errc::unsupported_model,
                file_.path().string() + ": layer " + to_text(layer) +
                    " has an MLP and a mixture of experts, of which no model known here has both");
        if (!experts && !own && kind_.has_mixtures() && !kind_.has_mlp())
            (void)parts_.require(weight_part::W_router, layer);
        return own || (kind_.has_mlp() && !experts);
    }

    basic_mixture<T> mixture(std::size_t layer) {
        using enum weight_part;
        basic_mixture<T> result;
        result.W_router = matrix(W_router, layer);
        result.n_experts = result.W_router.columns();
        if (parts_.experts() > result.n_experts)
            fail(errc::wrong_shape, "tensor " + quoted(parts_.require(W_router, layer).name) +
                                        ": expected a row for each of " + to_text(parts_.experts()) +
                                        " experts, found " + to_text(result.n_experts));
        result.b_router = optional_vector(b_router, layer);
        result.experts.W_in = side_by_side(expert_W_in, layer, result.n_experts);
        if (parts_.has(expert_W_gate))
            result.experts.W_gate = side_by_side(expert_W_gate, layer, result.n_experts);
        result.experts.W_out =
            multiplied(stacked_matrix(expert_matrices(expert_W_out, layer, result.n_experts)),
                       kind_.residual_multiplier());
        result.experts.b_in = joined_biases(expert_b_in, layer, result.n_experts);
        result.experts.b_gate = joined_biases(expert_b_gate, layer, result.n_experts);
        result.b_out = expert_biases(expert_b_out, layer, result.n_experts);
        for (auto& each : result.b_out) each = multiplied(std::move(each), kind_.residual_multiplier());
        if (parts_.has(shared_W_in) || parts_.has(shared_W_gate) || parts_.has(shared_W_out))
            result.shared = shared_mlp(layer);
        if (parts_.has(W_shared_router)) result.W_shared_router = matrix(W_shared_router, layer);
        return result;
    }

    basic_mlp<T> shared_mlp(std::size_t layer) {
        basic_mlp<T> result;
        result.W_in = matrix(weight_part::shared_W_in, layer);
        if (parts_.has(weight_part::shared_W_gate)) result.W_gate = matrix(weight_part::shared_W_gate, layer);
        result.W_out = multiplied(matrix(weight_part::shared_W_out, layer), kind_.residual_multiplier());
        return result;
    }

    /// The matrix of each expert, from one tensor or one of each.
    std::vector<basic_matrix<T>> expert_matrices(weight_part part, std::size_t layer, std::size_t experts) {
        auto all = tensors_.experts(parts_.require(part, layer), reads_residual(part));
        for (std::size_t e = all.size(); e < experts; ++e)
            all.push_back(tensors_.matrix(parts_.require(part, layer, e), reads_residual(part)));
        return all;
    }

    /// d_model × all experts' neurons.
    basic_matrix<T> side_by_side(weight_part part, std::size_t layer, std::size_t experts) {
        auto all = expert_matrices(part, layer, experts);
        for (auto& each : all) each = each.transposed();
        return stacked_matrix(std::move(all)).transposed();
    }

    /// The vector of each expert; none where the model has none.
    std::vector<std::vector<T>> expert_biases(weight_part part, std::size_t layer, std::size_t experts) {
        if (!parts_.has(part)) return {};
        auto all = tensors_.expert_vectors(parts_.require(part, layer));
        for (std::size_t e = all.size(); e < experts; ++e)
            all.push_back(tensors_.vector(parts_.require(part, layer, e)));
        return all;
    }

    std::vector<T> joined_biases(weight_part part, std::size_t layer, std::size_t experts) {
        std::vector<T> all;
        for (const auto& each : expert_biases(part, layer, experts))
            all.insert(all.end(), each.begin(), each.end());
        return all;
    }

    basic_mlp<T> mlp(std::size_t layer) {
        basic_mlp<T> result;
        result.W_in = matrix(weight_part::W_in, layer);
        if (kind_.gated()) result.W_gate = matrix(weight_part::W_gate, layer);
        if (parts_.has(weight_part::W_out))
            result.W_out = multiplied(matrix(weight_part::W_out, layer), kind_.residual_multiplier());
        const bool after =
            kind_.gated() && parts_.scheme().architecture.gated_bias == schemes::gated_bias::after_product;
        (after ? result.b_post : result.b_in) = optional_vector(weight_part::b_in, layer);
        result.b_gate = optional_vector(weight_part::b_gate, layer);
        result.b_out = multiplied(optional_vector(weight_part::b_out, layer), kind_.residual_multiplier());
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

    adapted_file adapted_;
    state_dict file_;
    model_config config_;
    part_finder parts_;
    architecture_reader kind_;
    part_reader<T> tensors_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
