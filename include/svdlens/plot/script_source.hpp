/// @file
/// Where a page gets the scripts that draw: a CDN, a path, or its own text.
#ifndef SVDLENS_PLOT_SCRIPT_SOURCE_HPP
#define SVDLENS_PLOT_SCRIPT_SOURCE_HPP

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "../core/error.hpp"
#include "detail/json_values.hpp"

namespace svdlens::inline v0_2::plot {

/// A script as a page has it: it runs when the first thing that it draws comes into sight. The library holds
/// none: pages that need no network embed a file of yours.
class script_source {
  public:
    /// A script that is fetched when it is needed, and refused unless its bytes have this hash.
    static script_source cdn(std::string_view url, std::string_view integrity) {
        return {" data-src=\"" + detail::escaped(url) + "\" data-integrity=\"" + detail::escaped(integrity) +
                    "\"",
                {}};
    }

    /// A script beside the page, or at any address: `linked("plotly.min.js")`.
    static script_source linked(std::string_view path) {
        return {" data-src=\"" + detail::escaped(path) + "\"", {}};
    }

    /// The text of a file, so that the page is one file that needs no other.
    /// @throws file_error (cannot_open, cannot_read)
    static script_source embedded(const std::filesystem::path& file) { return {{}, inert(read(file))}; }

    /// The element that holds it, for the page's own script to run.
    std::string html(std::string_view name) const {
        return "<script type=\"text/plain\" id=\"library-" + detail::escaped(name) + "\"" + attributes_ +
               ">" + text_ + "</script>\n";
    }

  private:
    script_source(std::string attributes, std::string text) :
        attributes_(std::move(attributes)), text_(std::move(text)) {}

    static std::string read(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        if (!file || std::filesystem::is_directory(path))
            throw file_error(errc::cannot_open,
                             path.string() + ": cannot open the script to embed; it comes from the npm "
                                             "packages plotly.js-dist-min and vis-network");
        std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
        if (file.bad()) throw file_error(errc::cannot_read, path.string() + ": cannot read");
        return text;
    }

    /// A script whose strings cannot end its element, nor begin a comment that hides the rest of it.
    static std::string inert(std::string_view script) {
        std::string out;
        out.reserve(script.size());
        for (std::size_t k = 0; k < script.size(); ++k) {
            out += script[k];
            if (script[k] == '<' &&
                (begins(script.substr(k), "</script") || begins(script.substr(k), "<!--")))
                out += '\\';
        }
        return out;
    }

    /// Whether text begins with a lower-case prefix, in capitals or not.
    static bool begins(std::string_view text, std::string_view prefix) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
        return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                          [&](char p, char c) { return p == lower(c); });
    }

    std::string attributes_;
    std::string text_;
};

/// plotly.js 4.1.2, as npm has it.
inline script_source plotly_from_cdn() {
    return script_source::cdn("https://cdn.jsdelivr.net/npm/plotly.js-dist-min@4.1.2/plotly.min.js",
                              "sha384-hHv6D3tTUUBpp4tVv6t2Dc3oGuRhphmWOTKUR8jWyN0Pnon1g3iebKCNDNmKmxo8");
}

/// vis-network 10.1.5, as npm has it.
inline script_source vis_network_from_cdn() {
    return script_source::cdn(
        "https://cdn.jsdelivr.net/npm/vis-network@10.1.5/standalone/umd/vis-network.min.js",
        "sha384-GtjYkhwhAE+SrjDGQbQux3taYY5IiPH6XHwwKXF+WdyoI1hp193Dg+3BoQDfF7VH");
}

} // namespace svdlens::inline v0_2::plot

#endif
