/// @file
/// Colours that people with any kind of colour vision can tell apart, on light and on dark ground.
#ifndef SVDLENS_PLOT_PALETTE_HPP
#define SVDLENS_PLOT_PALETTE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::plot {

/// Blue, vermilion and green of Okabe and Ito (2008); their other colours are too pale for a white ground.
/// The rest were searched for: contrast 3 with the light and the dark ground, as far apart as can be for each
/// kind of colour vision.
inline constexpr std::array<std::string_view, 7> palette = {"#0072b2", "#d55e00", "#009e73", "#aa4477",
                                                            "#8888ee", "#776644", "#aa88aa"};

/// Marks and dashes that change when the colours come round again.
inline constexpr std::array<std::string_view, 5> symbols = {"circle", "diamond", "square", "triangle-up",
                                                            "x"};
/// The dashes of lines, as plotly calls them.
inline constexpr std::array<std::string_view, 5> dashes = {"solid", "dash", "dot", "dashdot", "longdash"};

/// The colour, mark and dash of the k-th value of a column: different for 35 values.
constexpr std::string_view color(std::size_t k) { return palette[k % palette.size()]; }
/// The mark of the k-th value.
constexpr std::string_view symbol(std::size_t k) { return symbols[k / palette.size() % symbols.size()]; }
/// The dash of the k-th value.
constexpr std::string_view dash(std::size_t k) { return dashes[k / palette.size() % dashes.size()]; }

/// A colour of its own for a head, the same in every picture of a page: hues by the golden angle, so that neighbours differ,
/// between the sign's blue and vermilion. Contrast 3 with the light and the dark ground.
inline std::string hue(std::uint64_t layer, std::uint64_t head) {
    const std::uint64_t turn = (layer * 6 + head * 8) % 21 * 12; // 8/21: about the golden section
    const bool is_green = turn < 132;
    const std::uint64_t degree = is_green ? 48 + turn : 93 + turn;
    return "hsl(" + std::to_string(degree) + " 55% " + (is_green ? "36%" : "58%") + ")";
}

/// The colours of a score's sign.
inline constexpr std::string_view positive_color = palette[1];
/// The colour of scores below 0.
inline constexpr std::string_view negative_color = palette[0];

} // namespace svdlens::inline v0_2::plot

#endif
