/// @file
/// The bodies of plot/markup.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_MARKUP_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_MARKUP_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "../../../core/detail/body.hpp"
#include "../../../core/text.hpp"
#include "../../markup.hpp"
#include "../json_values.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

inline std::string place_text(double pixels) { return to_rounded_text(pixels, 4); }

} // namespace detail

SVDLENS_BODY std::string markup_text(std::string_view text) { return detail::escaped(text); }

SVDLENS_BODY std::string sparkline(std::span<const double> numbers, const sparkline_options& options) {
    double largest = std::isfinite(options.level) ? options.level : 0;
    for (const double x : numbers)
        if (std::isfinite(x)) largest = (std::max)(largest, x);
    std::string points;
    const double inner = options.height - 2,
                 last = static_cast<double>((std::max)(numbers.size(), std::size_t{2}) - 1);
    for (std::size_t k = 0; k < numbers.size(); ++k) {
        const double share =
            std::isfinite(numbers[k]) && largest > 0 ? (std::max)(0.0, numbers[k]) / largest : 0;
        points += (k == 0 ? "" : " ") +
                  detail::place_text(1 + (options.width - 2) * static_cast<double>(k) / last) + "," +
                  detail::place_text(1 + inner * (1 - share));
    }
    const std::string width = detail::place_text(options.width), height = detail::place_text(options.height);
    std::string level;
    if (options.level > 0 && std::isfinite(options.level)) {
        const auto y = detail::place_text(1 + inner * (1 - options.level / largest));
        level = "<line x1=\"1\" x2=\"" + width + "\" y1=\"" + y + "\" y2=\"" + y +
                "\" stroke=\"currentColor\" stroke-width=\"1\" stroke-dasharray=\"3 3\" opacity=\"0.6\"/>";
    }
    return "<svg class=\"spark\" role=\"img\" aria-label=\"" + detail::escaped(options.label) +
           "\" width=\"" + width + "\" height=\"" + height + "\" viewBox=\"0 0 " + width + " " + height +
           "\">" + level + "<polyline fill=\"none\" stroke=\"" + std::string(options.color) +
           "\" stroke-width=\"1.5\" stroke-linejoin=\"round\" points=\"" + points + "\"/></svg>";
}

} // namespace svdlens::inline v0_2::plot

#endif
