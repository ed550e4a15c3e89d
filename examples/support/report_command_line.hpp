/// @file
/// The command line of circuit_report.
#ifndef SVDLENS_EXAMPLES_REPORT_COMMAND_LINE_HPP
#define SVDLENS_EXAMPLES_REPORT_COMMAND_LINE_HPP

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/plot/page.hpp>
#include <svdlens/plot/script_source.hpp>
#include <svdlens/projection/projection.hpp>

#include "arguments.hpp"
#include "command_line.hpp"

struct report_command_line {
    std::optional<std::filesystem::path> model = {}; ///< none: the planted model
    bool raw = false;
    svdlens::score_kind score = svdlens::score_kind::scaled;
    double tail = 0.001;
    std::size_t max_edges = 500;
    bool all_features = false;
    std::filesystem::path out = "report.html";
    svdlens::plot::html_options scripts = {};
    unsigned threads = 0;
    bool help = false;
};

inline constexpr std::string_view report_usage_text =
    R"(usage: circuit_report [MODEL] [options]

Writes one page on a model's circuits, read off its weights: spectra, heads compared, what each direction reads and
writes to with distributions, strips and tables, and the circuit graph. The model is a safetensors file, the index or
the folder of several, or JSON weights. Without one it makes a model with a planted circuit,
planted.safetensors beside the page.

  --fold                     norms folded, reading weights centred: the default
  --raw                      the weights as stored
  --score dot|cosine|scaled  what a score is (default: scaled, the effect per unit of reading activation)
  --tail P                   edges are rows beyond the P and 1-P quantiles (default: 0.001)
  --max-edges N              edges drawn in the graph (default: 500)
  --features all             all 980 observation features of a grid-world model, not only seven channels
  --out FILE                 the page (default: report.html)
  --threads N                worker threads, 0 for all (default: 0)

The page fetches plotly.js and vis-network from a CDN when it is opened, unless

  --embed DIR                they are written into it: DIR is node_modules, or holds plotly.min.js and
                             vis-network.min.js (npm install plotly.js-dist-min vis-network)
  --link DIR                 it finds them at DIR/plotly.min.js and DIR/vis-network.min.js, seen from the page
)";

namespace detail {

/// A script in a folder, or in the package that it comes in.
inline std::filesystem::path find_script(const std::filesystem::path& folder, const char* name,
                                         const char* in_package) {
    return std::filesystem::exists(folder / in_package) ? folder / in_package : folder / name;
}

inline svdlens::plot::html_options embedded_scripts(const std::filesystem::path& folder) {
    using svdlens::plot::script_source;
    return {.plotly = script_source::embedded(
                find_script(folder, "plotly.min.js", "plotly.js-dist-min/plotly.min.js")),
            .vis_network = script_source::embedded(
                find_script(folder, "vis-network.min.js", "vis-network/standalone/umd/vis-network.min.js"))};
}

inline svdlens::plot::html_options linked_scripts(const std::string& folder) {
    using svdlens::plot::script_source;
    return {.plotly = script_source::linked(folder + "/plotly.min.js"),
            .vis_network = script_source::linked(folder + "/vis-network.min.js")};
}

} // namespace detail

/// @throws usage_error; svdlens::file_error for a script to embed that is not there
inline report_command_line parse_report_command_line(const std::vector<std::string_view>& arguments) {
    report_command_line result;
    for_each_argument(arguments, [&](std::string_view argument, auto value) {
        if (argument == "--fold") {
            result.raw = false;
        } else if (argument == "--embed") {
            result.scripts = detail::embedded_scripts(value());
        } else if (argument == "--link") {
            result.scripts = detail::linked_scripts(std::string(value()));
        } else {
            detail::take_model_option(result, argument, value);
        }
    });
    return result;
}

#endif
