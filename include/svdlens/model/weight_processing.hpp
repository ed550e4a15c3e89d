/// @file
/// Which steps of weight processing a model has been through. The steps themselves are `fold_norms`,
/// `center_writing_weights`, `center_unembed`, `fold_value_biases` and `fold_post_norms`: each takes a model
/// and returns a new one, and all but the last leave what the model computes unchanged.
#ifndef SVDLENS_MODEL_WEIGHT_PROCESSING_HPP
#define SVDLENS_MODEL_WEIGHT_PROCESSING_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "../io/model_config.hpp"

namespace svdlens::inline v0_2 {

/// A step of weight processing.
enum class weight_step {
    norms_folded,        ///< `fold_norms`
    writers_centered,    ///< `center_writing_weights`
    unembed_centered,    ///< `center_unembed`
    value_biases_folded, ///< `fold_value_biases`
    post_norms_folded,   ///< `fold_post_norms`: approximate
};

namespace detail {

constexpr std::string_view folded_norms_text(normalization norms) {
    switch (norms) {
    case normalization::none:
        return "no norms to fold";
    case normalization::layer_norm:
        return "norms folded, reading weights centred";
    case normalization::layer_norm_folded:
        return "norms folded in the file, reading weights centred";
    case normalization::rms_norm:
        return "norms folded (RMSNorm: not centred)";
    case normalization::rms_norm_folded:
        break;
    }
    return "norms folded in the file (RMSNorm: not centred)";
}

constexpr std::string_view step_text(weight_step step, normalization norms) {
    switch (step) {
    case weight_step::norms_folded:
        return folded_norms_text(norms);
    case weight_step::writers_centered:
        return "writing weights centred";
    case weight_step::unembed_centered:
        return "unembedding centred over the vocabulary";
    case weight_step::value_biases_folded:
        return "value biases folded into b_O";
    case weight_step::post_norms_folded:
        break;
    }
    return "norms behind attention and MLP folded into W_O and W_out, their per-token scale dropped "
           "(approximate)";
}

} // namespace detail

/// A set of steps that remembers their order. What a step does to a model is decided by these, never by the
/// words that people read.
class weight_steps {
  public:
    bool empty() const { return steps_.empty(); }
    std::size_t size() const { return steps_.size(); }

    /// Whether a step was done.
    bool contains(weight_step step) const {
        return std::any_of(steps_.begin(), steps_.end(), [&](const taken& t) { return t.step == step; });
    }

    /// Adds a step behind the others; one that is there stays where it is. `norms` are those that
    /// `norms_folded` found: how it is told depends on them.
    void insert(weight_step step, normalization norms = normalization::none) {
        if (!contains(step)) steps_.push_back({step, norms});
    }

    /// What provenance says of each step, in the order in which they were taken. A copy: editing it
    /// changes nothing.
    std::vector<std::string> texts() const {
        std::vector<std::string> result;
        for (const auto& each : steps_) result.emplace_back(detail::step_text(each.step, each.norms));
        return result;
    }

    friend bool operator==(const weight_steps&, const weight_steps&) = default;

  private:
    struct taken {
        weight_step step;
        normalization norms;

        friend bool operator==(const taken&, const taken&) = default;
    };

    std::vector<taken> steps_;
};

} // namespace svdlens::inline v0_2

#endif
