/// @file
/// The element of a page that a script fills.
#ifndef SVDLENS_PLOT_DETAIL_DRAWN_ELEMENT_HPP
#define SVDLENS_PLOT_DETAIL_DRAWN_ELEMENT_HPP

#include <string>
#include <string_view>

#include "../json.hpp"
#include "json_values.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// An element that a script fills from the JSON beside it. One that has its height before it is drawn moves
/// nothing below it then.
inline std::string drawn_element(std::string_view kind, std::string_view title, const json& data,
                                 std::string_view style = {}) {
    std::string html = "<div class=\"";
    html += kind;
    html += "\" role=\"img\" aria-label=\"";
    append_escaped(html, title);
    (html += "\" style=\"") += style;
    html += "\"></div>\n<script type=\"application/json\">";
    html += script_text(data);
    return html += "</script>\n";
}

} // namespace svdlens::inline v0_2::plot::detail

#endif
