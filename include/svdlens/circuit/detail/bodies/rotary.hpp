/// @file
/// The bodies of circuit/rotary.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_ROTARY_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_ROTARY_HPP

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../io/model_config.hpp"
#include "../../../model/architecture.hpp"
#include "../../rotary.hpp"
#include "../turned_weights.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline void require_rotary(const std::string& where, std::string_view name, std::string_view expected,
                           double value, bool fits) {
    if (fits && std::isfinite(value)) return;
    throw_rotary(where,
                 "expected " + std::string(name) + " " + std::string(expected) + ", found " + to_text(value));
}

/// Low frequencies turn 1 / factor as far, high ones as before, those between in between.
class llama3_scaling {
  public:
    llama3_scaling(const rotary_scaling& scaling, const std::string& where) : factor_(scaling.factor) {
        if (!scaling.low_frequency_factor || !scaling.high_frequency_factor || !scaling.original_n_ctx)
            throw_rotary(where, "the scaling \"llama3\" needs low_freq_factor, high_freq_factor and "
                                "original_max_position_embeddings, found less");
        low_ = *scaling.low_frequency_factor;
        high_ = *scaling.high_frequency_factor;
        context_ = static_cast<double>(*scaling.original_n_ctx);
        require_rotary(where, "low_freq_factor", "over 0", low_, low_ > 0);
        require_rotary(where, "high_freq_factor", "over low_freq_factor", high_, high_ > low_);
        require_rotary(where, "original_max_position_embeddings", "over 0", context_, context_ > 0);
    }

    double operator()(double frequency) const {
        constexpr double full_turn = 6.283185307179586476925286766559;
        const double turns = context_ * frequency / full_turn; // within the context of the training
        if (turns < low_) return frequency / factor_;
        if (turns > high_) return frequency;
        const double kept = (turns - low_) / (high_ - low_);
        return (1 - kept) * frequency / factor_ + kept * frequency;
    }

  private:
    double factor_;
    double low_ = 0;
    double high_ = 0;
    double context_ = 0;
};

} // namespace detail

SVDLENS_BODY std::vector<double> rotary_frequencies(const rotary_embedding& rotary,
                                                    const std::string& where) {
    const auto& scaling = rotary.scaling;
    const auto dimensions = static_cast<double>(rotary.dimensions);
    detail::require_rotary(where, "dimensions", "that are even and over 0", dimensions,
                           rotary.dimensions != 0 && rotary.dimensions % 2 == 0);
    detail::require_rotary(where, "theta", "over 0", rotary.theta, rotary.theta > 0);
    detail::require_rotary(where, "a scaling factor", "over 0", scaling.factor, scaling.factor > 0);
    std::vector<double> frequencies(rotary.dimensions / 2);
    for (std::size_t i = 0; i < frequencies.size(); ++i)
        frequencies[i] = std::pow(rotary.theta, -2 * static_cast<double>(i) / dimensions);
    if (scaling.kind == "linear") {
        for (double& each : frequencies) each /= scaling.factor;
    } else if (scaling.kind == "llama3") {
        const detail::llama3_scaling scale(scaling, where);
        for (double& each : frequencies) each = scale(each);
    } else if (!scaling.kind.empty()) {
        throw model_error(
            errc::unsupported_model,
            where + ": rotary positions: expected the scaling \"linear\", \"llama3\" or none, found " +
                quoted(scaling.kind) + "; its frequencies are not known here");
    }
    return frequencies;
}

} // namespace svdlens::inline v0_2

#endif
