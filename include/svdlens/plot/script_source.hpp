/// @file
/// Where a page gets the scripts that draw: a CDN, a path, or its own text.
#ifndef SVDLENS_PLOT_SCRIPT_SOURCE_HPP
#define SVDLENS_PLOT_SCRIPT_SOURCE_HPP

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace svdlens::inline v0_2::plot {

/// A script as a page has it: it runs when the first thing that it draws comes into sight. The library holds
/// none: pages that need no network embed a file of yours.
class script_source {
  public:
    /// A script that is fetched when it is needed, and refused unless its bytes have this hash.
    static script_source cdn(std::string_view url, std::string_view integrity);

    /// A script beside the page, or at any address: `linked("plotly.min.js")`.
    static script_source linked(std::string_view path);

    /// The text of a file, so that the page is one file that needs no other.
    /// @throws file_error (cannot_open, cannot_read)
    static script_source embedded(const std::filesystem::path& file);

    /// The element that holds it, for the page's own script to run.
    std::string html(std::string_view name) const;

  private:
    script_source(std::string attributes, std::string text) :
        attributes_(std::move(attributes)), text_(std::move(text)) {}

    static std::string read(const std::filesystem::path& path);

    /// A script whose strings cannot end its element, nor begin a comment that hides the rest of it.
    static std::string inert(std::string_view script);

    /// Whether text begins with a lower-case prefix, in capitals or not.
    static bool begins(std::string_view text, std::string_view prefix);

    std::string attributes_;
    std::string text_;
};

/// plotly.js 4.1.2, as npm has it.
script_source plotly_from_cdn();

/// vis-network 10.1.5, as npm has it.
script_source vis_network_from_cdn();

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/script_source.hpp"
#endif

#endif
