/// @file
/// Which colours stand for numbers, and from where to where.
#ifndef SVDLENS_PLOT_DETAIL_COLOR_SCALE_HPP
#define SVDLENS_PLOT_DETAIL_COLOR_SCALE_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "../figure.hpp"
#include "figure_parts.hpp"
#include "json_values.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// A colour as its shares of red, green and blue.
using rgb = std::array<double, 3>;

/// Blue over white to orange red for signed numbers (its ends are the palette's colours of the signs), white
/// to blue for those that are not negative.
inline constexpr std::array<rgb, 3> signed_colors = {{{0, 0.447, 0.698}, {1, 1, 1}, {0.835, 0.369, 0}}};
inline constexpr std::array<rgb, 3> unsigned_colors = {{{1, 1, 1}, {0.42, 0.68, 0.84}, {0.03, 0.19, 0.42}}};

/// A map from numbers to colours.
struct color_scale {
    double low = 0;
    double high = 1;
    std::array<rgb, 3> colors = unsigned_colors;

    /// The colour of a finite number; beyond an end it is that end's.
    rgb operator()(double value) const {
        const double place = std::clamp((value - low) / (high - low), 0.0, 1.0) * 2;
        const std::size_t k = place < 1 ? 0 : 1;
        const double share = place - static_cast<double>(k);
        rgb mixed{};
        for (std::size_t c = 0; c < 3; ++c) mixed[c] = colors[k][c] * (1 - share) + colors[k + 1][c] * share;
        return mixed;
    }
};

inline std::string css(const rgb& color) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "#";
    for (const double share : color) {
        const auto byte = static_cast<unsigned>(std::lround(share * 255));
        (text += digits[byte >> 4]) += digits[byte & 15];
    }
    return text;
}

/// The scale that holds all finite values: from -m to m where there are negative ones, so that white is 0.
template <std::floating_point T>
color_scale scale_of(std::span<const T> values) {
    double low = 0, high = 0;
    for (const T value : values) {
        if (!std::isfinite(value)) continue;
        low = (std::min)(low, static_cast<double>(value));
        high = (std::max)(high, static_cast<double>(value));
    }
    const double most = (std::max)(-low, high) > 0 ? (std::max)(-low, high) : 1;
    if (low < 0) return {-most, most, signed_colors};
    return {0, most, unsigned_colors};
}

/// The scale as plotly's `coloraxis`.
inline json color_axis(const color_scale& scale, std::string_view title) {
    json stops = json::array();
    for (std::size_t k = 0; k < 3; ++k) stops.push_back({0.5 * static_cast<double>(k), css(scale.colors[k])});
    return {{"colorscale", std::move(stops)},
            {"cmin", scale.low},
            {"cmax", scale.high},
            {"colorbar", titled(title)}};
}

} // namespace svdlens::inline v0_2::plot::detail

#endif
