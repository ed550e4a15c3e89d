/// @file
/// The bodies of plot/detail/json_values.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_JSON_VALUES_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_JSON_VALUES_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/read_double.hpp"
#include "../../../core/text.hpp"
#include "../../json.hpp"
#include "../json_values.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

SVDLENS_BODY std::string shortened(std::string_view label, std::size_t most) {
    const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
    std::size_t characters = 0, cut = 0;
    for (std::size_t k = 0; k < label.size(); ++k) {
        if (!starts_character(label[k])) continue;
        if (++characters == most) cut = k;
        if (characters > most) return std::string(label.substr(0, cut)) + "\xe2\x80\xa6";
    }
    return std::string(label);
}

SVDLENS_BODY void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&#34;"; // plotly knows no &quot;
            break;
        default:
            out += c;
        }
    }
}

SVDLENS_BODY std::string escaped(std::string_view text) {
    std::string out;
    append_escaped(out, text);
    return out;
}

SVDLENS_BODY std::string script_text(const json& value) {
    const std::string plain = value.dump(-1, ' ', false, json::error_handler_t::replace);
    std::string out;
    out.reserve(plain.size());
    for (const char c : plain) {
        if (c == '<')
            out += "\\u003c"; // JSON has `<` only inside strings
        else
            out += c;
    }
    return out;
}

} // namespace detail

} // namespace svdlens::inline v0_2::plot

#endif
