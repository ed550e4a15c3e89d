/// @file
/// What kind of transformer a checkpoint holds: what its scheme, its config and its tensors say together.
#ifndef SVDLENS_MODEL_DETAIL_ARCHITECTURE_READER_HPP
#define SVDLENS_MODEL_DETAIL_ARCHITECTURE_READER_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../io/model_config.hpp"
#include "../architecture.hpp"
#include "../known_schemes.hpp"
#include "../naming_scheme.hpp"
#include "../residual_ports.hpp"
#include "../transformer_parts.hpp"
#include "part_finder.hpp"
#include "scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Answers from scheme, config and the presence of tensors; they contradict each other by an error.
class architecture_reader {
  public:
    /// Parts and config must outlive this. @throws model_error (invalid_config)
    architecture_reader(const part_finder& parts, const model_config& config, std::string file) :
        parts_(parts), config_(config), file_(std::move(file)) {
        if (config_.n_layers && *config_.n_layers != parts_.layers())
            fail("the config has n_layers = " + to_text(*config_.n_layers) + ", the tensors are of " +
                 to_text(parts_.layers()) + " layers; of a model of several files, name their folder");
        normalization_ = find_normalization();
        find_gates();
        check_norms();
        check_positions();
    }

    const model_config& config() const { return config_; }
    svdlens::normalization normalization() const { return normalization_; }

    /// Whether there are norms with weights.
    bool has_norms() const {
        return normalization_ == normalization::layer_norm || normalization_ == normalization::rms_norm;
    }

    /// Whether any tensor of an MLP is there: then all that it takes must be.
    bool has_mlp() const {
        return std::any_of(std::begin(mlp_parts), std::end(mlp_parts),
                           [&](weight_part part) { return parts_.has(part); });
    }

    /// Whether a layer has a tensor of an MLP of its own.
    bool has_mlp(std::size_t layer) const { return has_any(mlp_parts, layer); }

    /// Whether a layer has a tensor of a mixture of experts.
    bool has_mixture(std::size_t layer) const { return has_any(mixture_parts, layer); }

    bool has_mixtures() const {
        for (std::size_t l = 0; l < parts_.layers(); ++l)
            if (has_mixture(l)) return true;
        return false;
    }

    bool gated() const { return gated_; }

    /// Whether a layer's attention has no norm before it, where others have one.
    bool attention_reads_stream(std::size_t layer) const {
        return traits().first == schemes::first_attention::as_embedded && layer == 0 &&
               !parts_.has(weight_part::ln1_w, layer);
    }

    /// Whether the unembedding reads what a head makes of the stream.
    bool has_output_head() const { return parts_.has(tensor_hint::output_head); }

    svdlens::norm_placement norm_placement() const {
        const bool behind = parts_.has(weight_part::ln1_post_w) || parts_.has(weight_part::ln2_post_w);
        if (traits().norms == norm_placement::written) return traits().norms;
        return behind ? norm_placement::both : traits().norms;
    }

    block_order order() const {
        if (!config_.parallel_blocks) return traits().block_order;
        return *config_.parallel_blocks ? block_order::parallel : block_order::sequential;
    }

    bool has_qk_norm() const { return parts_.has(tensor_hint::qk_norm); }

    std::string qk_refusal() const { return std::string(traits().qk_refusal); }

    bool has_alibi() const {
        return traits().positions == schemes::position_kind::alibi || config_.positions == "alibi";
    }

    bool has_attention_sinks() const { return parts_.has(tensor_hint::attention_sink); }

    bool has_rotary() const {
        if (has_alibi()) return false;
        return parts_.has(tensor_hint::rotary) || config_.positions == "rotary" ||
               traits().positions == schemes::position_kind::rotary ||
               traits().positions == schemes::position_kind::rotary_in_some_layers ||
               traits().positions == schemes::position_kind::rotary_by_layer;
    }

    /// Why no one way to rotate queries and keys holds for the model: what the config says twice and
    /// differently, or that layers differ; empty where one does, or where nothing is said.
    std::string rotary_conflict(std::size_t d_head) const {
        if (traits().positions == schemes::position_kind::rotary_in_some_layers)
            return "rotary positions in some layers and none in the others";
        const bool is_told = config_.rotary_theta || !config_.rotary_conflict.empty();
        if (traits().positions == schemes::position_kind::rotary_by_layer && !is_told)
            return "no theta, of which layers that see all and layers that see their neighbours have one "
                   "each";
        if (!has_rotary() || !config_.rotary_conflict.empty() || !config_.rotary_share ||
            !config_.rotary_dimensions)
            return has_rotary() ? config_.rotary_conflict : "";
        const auto part = static_cast<std::uint64_t>(*config_.rotary_share * static_cast<double>(d_head));
        if (part == *config_.rotary_dimensions) return "";
        return "rotary_dim " + to_text(*config_.rotary_dimensions) + " and a share of " +
               to_text(*config_.rotary_share) + " of " + to_text(d_head) + " dimensions";
    }

    /// How queries and keys are rotated; nothing without a config, or where it contradicts itself.
    /// @throws model_error (invalid_config)
    std::optional<rotary_embedding> rotary(std::size_t d_head) const {
        if (!has_rotary() || (config_.source.empty() && !config_.rotary_theta)) return std::nullopt;
        if (!config_.rotary_conflict.empty() || !traits().qk_refusal.empty()) return std::nullopt;
        const auto share = config_.rotary_share.value_or(traits().rotary_share);
        if (!(share > 0 && share <= 1))
            fail("the config has a rotary share of " + to_text(share) +
                 ", expected more than 0 and at most 1");
        const auto part = static_cast<std::uint64_t>(share * static_cast<double>(d_head));
        const std::uint64_t dimensions = config_.rotary_dimensions.value_or(part);
        if (dimensions == 0 || dimensions % 2 != 0 || dimensions > d_head)
            fail("the config has " + to_text(dimensions) + " rotary dimensions, expected an even number up " +
                 "to d_head = " + to_text(d_head));
        const double theta = config_.rotary_theta.value_or(rotary_embedding().theta);
        if (!(theta > 0 && std::isfinite(theta))) fail("the config has rotary theta " + to_text(theta));
        if (!rotary_conflict(d_head).empty()) return std::nullopt;
        const bool adjacent = config_.rotary_adjacent_pairs.value_or(false);
        return rotary_embedding{adjacent ? rotary_pairing::interleaved : traits().pairing,
                                static_cast<std::size_t>(dimensions), theta,
                                config_.rotary_scaling.value_or(rotary_scaling())};
    }

    /// What q·k is multiplied by before the softmax; nothing where nobody says.
    /// @throws model_error (invalid_config)
    std::optional<double> attention_scale(std::size_t d_head) const {
        const auto& said = config_.attention_scale;
        if (said && !(std::isfinite(*said) && *said != 0))
            fail("the config has an attention scale of " + to_text(*said));
        if (!traits().qk_refusal.empty()) return std::nullopt;
        const auto rule = score_rule();
        if (rule == schemes::score_scale::one) return 1;
        if (said || rule == schemes::score_scale::by_config || d_head == 0) return said;
        if (!config_.score_conflict.empty()) return std::nullopt;
        return 1 / std::sqrt(static_cast<double>(d_head));
    }

    /// What the stored embedding is multiplied by, besides what the scheme says.
    /// @throws model_error (invalid_config), as the next two
    double embedding_multiplier() const {
        return multiplier(schemes::config_multipliers::everything, config_.embedding_multiplier,
                          "embedding_multiplier");
    }

    /// What W_O and W_out are multiplied by, and the biases beside them.
    double residual_multiplier() const {
        return multiplier(schemes::config_multipliers::everything, config_.residual_multiplier,
                          "residual_multiplier");
    }

    /// What the unembedding is multiplied by.
    double logit_multiplier() const {
        return multiplier(schemes::config_multipliers::logits, config_.logit_multiplier,
                          "logit_scale or logits_scaling");
    }

    /// Whether W_E is what a file without a tensor for W_U unembeds with.
    /// @throws model_error (invalid_config) where that hangs on a config that says both
    bool unembeds_with_embedding() const {
        if (parts_.has(weight_part::W_U) || !parts_.has(weight_part::W_E)) return false;
        if (!config_.tying_conflict.empty() && traits().unembedding != schemes::missing_unembedding::absent)
            fail("the config has " + config_.tying_conflict + ", and no tensor tells; say which holds: " +
                 "transformer_weights(file, {.config = {.tied_embeddings = ...}})");
        switch (traits().unembedding) {
        case schemes::missing_unembedding::tied_by_config:
            return config_.tied_embeddings.value_or(false);
        case schemes::missing_unembedding::tied_by_default:
            return config_.tied_embeddings.value_or(true);
        case schemes::missing_unembedding::tied_behind_head:
            return has_output_head();
        case schemes::missing_unembedding::tied_behind_bias:
            return parts_.has(weight_part::b_U) && config_.tied_embeddings.value_or(true);
        case schemes::missing_unembedding::absent:
            break;
        }
        return false;
    }

    /// What had to be assumed, and what is more than the matrices tell.
    std::vector<std::string> notes() const {
        std::vector<std::string> result;
        if (const auto wrapper = parts_.unusual_wrapper())
            result.push_back("the model is the one whose names stand behind " + quoted(*wrapper));
        const auto namesakes = unconfirmed_namesakes();
        if (!namesakes.empty())
            result.push_back("taken as " + std::string(parts_.scheme().name) +
                             ": no config says that it is " + namesakes);
        if (order_is_assumed())
            result.push_back(
                "attention and MLP taken to be " +
                std::string(order() == block_order::parallel ? "parallel" : "one after the other") +
                ": no config says");
        if (!has_mlp() && !has_mixtures() &&
            (parts_.has(weight_part::ln2_w) || config_.d_mlp.value_or(0) != 0))
            result.emplace_back("no MLPs found, though the norms before them or the config tell of some");
        add_norm_notes(result);
        if (has_mixtures())
            result.emplace_back("a neuron of an expert acts on the tokens that the router sends to it");
        add_attention_notes(result);
        if (!traits().note.empty()) result.emplace_back(traits().note);
        if (has_output_head() && unembeds())
            result.emplace_back("the unembedding reads behind an output head");
        for (const auto what : parts_.left_out()) result.push_back("left out: " + std::string(what));
        if (const auto text = multipliers_text(); !text.empty())
            result.push_back("read with the config's multipliers: " + text);
        for (const auto& each : unread_multipliers())
            result.push_back("not multiplied by the config's " + each);
        for (const auto& bend : bends()) result.push_back(bend + " (approximate)");
        return result;
    }

  private:
    static constexpr weight_part mlp_parts[] = {weight_part::W_in, weight_part::W_gate, weight_part::W_out,
                                                weight_part::b_in, weight_part::b_gate, weight_part::b_out};
    static constexpr weight_part mixture_parts[] = {
        weight_part::W_router,     weight_part::expert_W_in,    weight_part::expert_W_gate,
        weight_part::expert_W_out, weight_part::expert_b_in,    weight_part::expert_b_gate,
        weight_part::expert_b_out, weight_part::shared_W_in,    weight_part::shared_W_gate,
        weight_part::shared_W_out, weight_part::W_shared_router};

    bool unembeds() const { return parts_.has(weight_part::W_U) || unembeds_with_embedding(); }

    template <std::size_t n>
    bool has_any(const weight_part (&of)[n], std::size_t layer) const {
        return std::any_of(std::begin(of), std::end(of),
                           [&](weight_part part) { return parts_.has(part, layer); });
    }

    void add_norm_notes(std::vector<std::string>& result) const {
        if (!config_.norm && !traits().norm) {
            if (normalization_ == normalization::none) result.emplace_back("no norms found, none assumed");
            if (normalization_ == normalization::rms_norm)
                result.emplace_back("norms without bias taken as RMSNorm");
        }
        if (has_norms() && norm_placement() == norm_placement::after)
            result.emplace_back("norms behind each sum (post-norm)");
        if (has_norms() && attention_reads_stream(0))
            result.emplace_back("the first attention reads the stream without a norm");
        if (has_norms() &&
            (norm_placement() == norm_placement::both || norm_placement() == norm_placement::written))
            result.emplace_back("norms behind attention and MLP left out (approximate)");
        if (parts_.has(weight_part::ln_embed_w) && norm_placement() != norm_placement::after)
            result.emplace_back("the norm of the embedding left out of what tokens write (approximate)");
    }

    void add_attention_notes(std::vector<std::string>& result) const {
        if (has_alibi())
            result.emplace_back("scores fall with the distance (ALiBi), which QK circuits are without");
        if (has_attention_sinks())
            result.emplace_back("attention has a sink: a head's weights sum to less than 1");
        if (parts_.has(weight_part::W_latent))
            result.emplace_back("the scale that a norm between values and what they are made from gives each "
                                "token left out (approximate)");
        if (!config_.score_conflict.empty() && !config_.attention_scale)
            result.push_back("the scale of scores left open: the config has " + config_.score_conflict);
    }

    double multiplier(schemes::config_multipliers least, const std::optional<double>& said,
                      const std::string& name) const {
        if (traits().multipliers < least) return 1;
        if (!said)
            fail("no config says " + name + ", which the " + std::string(parts_.scheme().name) +
                 " architecture multiplies by; give it in a config.json beside the file or in " +
                 "transformer_weights(file, {.config = ...})");
        if (!(std::isfinite(*said) && *said != 0)) fail("the config has " + name + " = " + to_text(*said));
        return *said;
    }

    /// The scheme's, or, of one that stands for many families (TransformerLens'), that of the family which the
    /// config names.
    schemes::score_scale score_rule() const {
        constexpr auto usual = schemes::score_scale::inverse_sqrt_d_head;
        if (traits().scores != usual || !config_.model_type) return traits().scores;
        for (const auto& scheme : known_schemes)
            for (const auto type : scheme.model_types)
                if (type == *config_.model_type && scheme.architecture.scores != usual)
                    return scheme.architecture.scores;
        return usual;
    }

    /// What a config multiplies by and the scheme knows nothing of.
    std::vector<std::string> unread_multipliers() const {
        using schemes::config_multipliers;
        std::vector<std::string> result;
        const auto look = [&](config_multipliers least, const std::optional<double>& said, const char* name) {
            if (traits().multipliers < least && said.value_or(1) != 1)
                result.push_back(name + (" " + to_text(*said)) + ", which " +
                                 std::string(parts_.scheme().name) + " knows nothing of");
        };
        look(config_multipliers::everything, config_.embedding_multiplier, "embedding_multiplier");
        look(config_multipliers::everything, config_.residual_multiplier, "residual_multiplier");
        look(config_multipliers::logits, config_.logit_multiplier, "logit_scale");
        return result;
    }

    std::string multipliers_text() const {
        std::string text;
        const auto add = [&](const char* what, double factor) {
            if (factor != 1) text += (text.empty() ? "" : ", ") + (what + to_rounded_text(factor, 6));
        };
        add("the embedding x ", embedding_multiplier());
        add("what attention and MLP write x ", residual_multiplier());
        add("the unembedding x ", logit_multiplier());
        return text;
    }

    /// What the model bends on the way, which no matrix tells.
    std::vector<std::string> bends() const {
        std::vector<std::string> result;
        const auto add = [&](const std::string& what, const std::optional<double>& bound) {
            if (bound && *bound > 0) result.push_back(what + to_rounded_text(*bound, 6));
        };
        add("attention scores are capped by a tanh at ", config_.attention_softcap);
        add("logits are capped by a tanh at ", config_.logit_softcap);
        add("queries, keys and values are clamped at ", config_.qkv_clip);
        return result;
    }

    /// Norms that stand elsewhere than the scheme says; one norm of what two in a row read.
    void check_norms() const {
        if (traits().norms == norm_placement::before && !config_.norms_before.value_or(true))
            fail("the config says do_layer_norm_before = false, or apply_residual_connection_post_layernorm: "
                 "norms behind each sum or of what is added, which the scheme " +
                 std::string(parts_.scheme().name) + " does not read");
        if (order() == block_order::parallel || !has_norms() || !has_mlp() ||
            !parts_.has(weight_part::ln1_w) || !parts_.has(weight_part::ln2_w))
            return;
        const std::size_t layer = attention_reads_stream(0) ? parts_.layers() - 1 : 0;
        if (!parts_.has(weight_part::ln1_w, layer)) return;
        const auto name = parts_.require(weight_part::ln1_w, layer).name;
        if (name == parts_.require(weight_part::ln2_w, layer).name)
            fail("tensor " + quoted(name) + " is the only norm of a layer, of what attention and MLP read " +
                 "side by side, but the config says that they follow each other");
    }

    /// Scores that fall with the distance by the scheme, of a config that has other positions.
    void check_positions() const {
        if (traits().positions != schemes::position_kind::alibi || !config_.positions ||
            *config_.positions == "alibi")
            return;
        throw model_error(errc::unsupported_model,
                          file_ + ": " + config_.source + " says that positions are " + *config_.positions +
                              ", expected alibi, as what is named as by " +
                              std::string(parts_.scheme().name) + " has; other ones are not read");
    }

    /// What else the tensors may be, where no config names the model's type.
    std::string unconfirmed_namesakes() const {
        std::string names;
        if (const auto* const other = parts_.unconfirmed()) names = std::string(other->name);
        const auto& alike = parts_.scheme().namesakes;
        if (!config_.model_type && !alike.empty() && !names.starts_with(alike))
            names += (names.empty() ? "" : " or ") + std::string(alike);
        return names;
    }

    /// Where the scheme has models of both orders and nobody says which this is. TransformerLens' models with
    /// rotary positions are of either.
    bool order_is_assumed() const {
        if (!config_.source.empty() || config_.parallel_blocks) return false;
        const bool rotary_by_buffer =
            parts_.has(tensor_hint::rotary) && traits().positions == schemes::position_kind::learned_or_none;
        return traits().block_order == block_order::parallel || rotary_by_buffer;
    }

    const schemes::architecture_traits& traits() const { return parts_.scheme().architecture; }

    /// What the tensors tell, held against what the config and the scheme say.
    svdlens::normalization find_normalization() const {
        const bool gains = parts_.has(weight_part::ln1_w) || parts_.has(weight_part::ln2_w) ||
                           parts_.has(weight_part::ln_final_w);
        const bool biases = parts_.has(weight_part::ln1_b) || parts_.has(weight_part::ln2_b) ||
                            parts_.has(weight_part::ln_final_b);
        if (!config_.norm && traits().norm) return *traits().norm;
        if (!config_.norm) {
            if (!gains && !biases) return normalization::none;
            return biases ? normalization::layer_norm : normalization::rms_norm;
        }
        const auto kind = *config_.norm;
        const bool expected = kind == normalization::layer_norm || kind == normalization::rms_norm;
        if (!expected && (gains || biases))
            fail("the config says that there are no norm weights, but the file has some (" +
                 std::string(gains ? "a gain" : "a bias") + ")");
        if (kind == normalization::rms_norm && biases)
            fail("the config says RMSNorm, but the file has norm biases");
        return kind;
    }

    /// A config that promises a gate makes its tensors required.
    void find_gates() {
        const bool found = parts_.has(weight_part::W_gate);
        if (found && config_.gated_mlp && !*config_.gated_mlp)
            fail("the config says that the MLPs are not gated, but the file has gates");
        gated_ = found || config_.gated_mlp.value_or(false);
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw model_error(errc::invalid_config, file_ + ": " + what);
    }

    const part_finder& parts_;
    const model_config& config_;
    std::string file_;
    svdlens::normalization normalization_ = normalization::none;
    bool gated_ = false;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
