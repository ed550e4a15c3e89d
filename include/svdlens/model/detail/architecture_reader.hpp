/// @file
/// What kind of transformer a checkpoint holds: what its scheme, its config and its tensors say together.
#ifndef SVDLENS_MODEL_DETAIL_ARCHITECTURE_READER_HPP
#define SVDLENS_MODEL_DETAIL_ARCHITECTURE_READER_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../io/model_config.hpp"
#include "../architecture.hpp"
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
                 to_text(parts_.layers()) + " layers");
        normalization_ = find_normalization();
        find_gates();
    }

    const model_config& config() const { return config_; }
    svdlens::normalization normalization() const { return normalization_; }

    /// Whether there are norms with weights.
    bool has_norms() const {
        return normalization_ == normalization::layer_norm || normalization_ == normalization::rms_norm;
    }

    /// Whether any tensor of an MLP is there: then all that it takes must be.
    bool has_mlp() const {
        using enum weight_part;
        return parts_.has(W_in) || parts_.has(W_gate) || parts_.has(W_out) || parts_.has(b_in) ||
               parts_.has(b_gate) || parts_.has(b_out);
    }

    bool gated() const { return gated_; }

    svdlens::norm_placement norm_placement() const {
        const bool behind = parts_.has(weight_part::ln1_post_w) || parts_.has(weight_part::ln2_post_w);
        return behind ? norm_placement::both : traits().norms;
    }

    block_order order() const {
        if (!config_.parallel_blocks) return traits().block_order;
        return *config_.parallel_blocks ? block_order::parallel : block_order::sequential;
    }

    bool has_qk_norm() const { return parts_.has(tensor_hint::qk_norm); }

    bool has_rotary() const {
        return parts_.has(tensor_hint::rotary) || config_.positions == "rotary" ||
               traits().positions == schemes::position_kind::rotary;
    }

    /// What the config says twice and differently of how queries and keys are rotated; empty where nothing.
    std::string rotary_conflict(std::size_t d_head) const {
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
        if (!config_.rotary_conflict.empty()) return std::nullopt;
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
            return parts_.has(tensor_hint::output_head);
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
        if (!has_mlp() && (parts_.has(weight_part::ln2_w) || config_.d_mlp.value_or(0) != 0))
            result.emplace_back("no MLPs found, though the norms before them or the config tell of some");
        if (!config_.norm && !traits().norm) {
            if (normalization_ == normalization::none) result.emplace_back("no norms found, none assumed");
            if (normalization_ == normalization::rms_norm)
                result.emplace_back("norms without bias taken as RMSNorm");
        }
        if (has_norms() && norm_placement() == norm_placement::after)
            result.emplace_back("norms behind each sum (post-norm)");
        if (has_norms() && norm_placement() == norm_placement::both)
            result.emplace_back("norms behind attention and MLP left out (approximate)");
        if (parts_.has(tensor_hint::output_head))
            result.emplace_back("the unembedding reads behind an output head");
        return result;
    }

  private:
    /// What else the tensors may be, where no config names the model's type.
    std::string unconfirmed_namesakes() const {
        std::string names;
        if (const auto* const other = parts_.unconfirmed()) names = std::string(other->name);
        const auto& alike = parts_.scheme().namesakes;
        if (!config_.model_type && !alike.empty())
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
