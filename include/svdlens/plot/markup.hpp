/// @file
/// Small pieces of HTML for panels of one's own.
#ifndef SVDLENS_PLOT_MARKUP_HPP
#define SVDLENS_PLOT_MARKUP_HPP

#include <span>
#include <string>
#include <string_view>

#include "../core/detail/body.hpp"

namespace svdlens::inline v0_2::plot {

/// Text as HTML shows it: `&`, `<`, `>` and `"` are escaped. O(size)
std::string markup_text(std::string_view text);

/// How a sparkline is drawn, in pixels.
struct sparkline_options {
    double width = 96;
    double height = 20;
    std::string_view color = "currentColor";
    std::string_view label = {}; ///< what a screen reader says
    double level = 0;            ///< a dashed line at this height, among the numbers; 0: none
};

/// Numbers as a line without axes from 0 to the largest, an SVG element of one line: a head's spectrum beside its name.
/// Negative numbers and those that are not finite are drawn as 0. A level above all numbers is the top. O(numbers)
std::string sparkline(std::span<const double> numbers, const sparkline_options& options = {});

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/markup.hpp"
#endif

#endif
