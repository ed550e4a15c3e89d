/// @file
/// The bodies of plot/script_source.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_SCRIPT_SOURCE_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_SCRIPT_SOURCE_HPP

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../script_source.hpp"
#include "../json_values.hpp"

namespace svdlens::inline v0_2::plot {

SVDLENS_BODY script_source script_source::cdn(std::string_view url, std::string_view integrity) {
    return {" data-src=\"" + detail::escaped(url) + "\" data-integrity=\"" + detail::escaped(integrity) +
                "\"",
            {}};
}

SVDLENS_BODY script_source script_source::linked(std::string_view path) {
    return {" data-src=\"" + detail::escaped(path) + "\"", {}};
}

SVDLENS_BODY script_source script_source::embedded(const std::filesystem::path& file) {
    return {{}, inert(read(file))};
}

SVDLENS_BODY std::string script_source::html(std::string_view name) const {
    return "<script type=\"text/plain\" id=\"library-" + detail::escaped(name) + "\"" + attributes_ + ">" +
           text_ + "</script>\n";
}

SVDLENS_BODY std::string script_source::read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path))
        throw file_error(errc::cannot_open, path.string() +
                                                ": cannot open the script to embed; it comes from the npm "
                                                "packages plotly.js-dist-min and vis-network");
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (file.bad()) throw file_error(errc::cannot_read, path.string() + ": cannot read");
    return text;
}

SVDLENS_BODY std::string script_source::inert(std::string_view script) {
    std::string out;
    out.reserve(script.size());
    for (std::size_t k = 0; k < script.size(); ++k) {
        out += script[k];
        if (script[k] == '<' && (begins(script.substr(k), "</script") || begins(script.substr(k), "<!--")))
            out += '\\';
    }
    return out;
}

SVDLENS_BODY bool script_source::begins(std::string_view text, std::string_view prefix) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                      [&](char p, char c) { return p == lower(c); });
}

SVDLENS_BODY script_source plotly_from_cdn() {
    return script_source::cdn("https://cdn.jsdelivr.net/npm/plotly.js-dist-min@4.1.2/plotly.min.js",
                              "sha384-hHv6D3tTUUBpp4tVv6t2Dc3oGuRhphmWOTKUR8jWyN0Pnon1g3iebKCNDNmKmxo8");
}

SVDLENS_BODY script_source vis_network_from_cdn() {
    return script_source::cdn(
        "https://cdn.jsdelivr.net/npm/vis-network@10.1.5/standalone/umd/vis-network.min.js",
        "sha384-GtjYkhwhAE+SrjDGQbQux3taYY5IiPH6XHwwKXF+WdyoI1hp193Dg+3BoQDfF7VH");
}

} // namespace svdlens::inline v0_2::plot

#endif
