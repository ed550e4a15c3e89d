/// @file
/// One page on a model's circuits. `circuit_report --help` says how.

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/io/open_weights.hpp>
#include <svdlens/io/sha256.hpp>
#include <svdlens/io/token_labels.hpp>
#include <svdlens/model/fold_norms.hpp>
#include <svdlens/plot/page.hpp>
#include <svdlens/report/report.hpp>

#include "planted_model.hpp"
#include "program.hpp"
#include "report_command_line.hpp"
#include "sections.hpp"
#include "terminal.hpp"

namespace sl = svdlens;

namespace {

/// The hash of each file that the model was read from.
std::vector<std::string> hashes(const sl::state_dict& file, const sl::execution& run) {
    std::vector<std::string> lines;
    for (const auto& each : file.files())
        lines.push_back("sha256 " + sl::file_sha256(each.path, run) + "  " + each.path.filename().string());
    return lines;
}

std::filesystem::path planted_model(const std::filesystem::path& page) {
    auto path = page;
    path.replace_filename("planted.safetensors");
    planted::write(planted::make(), path);
    return path;
}

int run(const report_command_line& options) {
    const sl::execution run{.threads = options.threads, .stop = &interrupted};
    if (options.out.has_parent_path()) std::filesystem::create_directories(options.out.parent_path());
    const auto file = sl::open_weights(options.model ? *options.model : planted_model(options.out));
    sl::transformer_weights weights(file);
    if (!options.raw) weights = sl::fold_norms(std::move(weights), run);
    const bool narrow = weights.has_embed() && !options.all_features;
    auto facts = hashes(file, run);
    auto features = narrow ? default_features(weights.embed()) : sl::index_list();
    if (!features.all())
        facts.push_back("observation features: channels key, ball, unseen, empty, green, grey, red");
    const auto page = sl::report(weights,
                                 {.score = options.score,
                                  .tail = options.tail,
                                  .features = std::move(features),
                                  .tokens = sl::token_labels(file.path()),
                                  .max_edges = options.max_edges,
                                  .facts = std::move(facts)},
                                 run);
    sl::write_html(options.out, page, options.scripts);
    std::cout << "Written to " << options.out.string() << ": open it in a browser\n";
    return EXIT_SUCCESS;
}

} // namespace

int main(int count, char** arguments) {
    return run_program("circuit_report", [&] {
        const auto options = parse_report_command_line({arguments + 1, arguments + count});
        if (!options.help) return run(options);
        std::cout << report_usage_text;
        return EXIT_SUCCESS;
    });
}
