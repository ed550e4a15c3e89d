/// @file
/// The main job: from a checkpoint to its circuit graph. `circuit_analysis --help` says how.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <svdlens/svdlens.hpp>

#include "analysis.hpp"
#include "command_line.hpp"
#include "planted_model.hpp"
#include "planted_recovery.hpp"
#include "program.hpp"
#include "result_files.hpp"
#include "result_text.hpp"
#include "sections.hpp"
#include "terminal.hpp"

namespace sl = svdlens;

namespace {

/// A model and the directions of its heads.
struct circuits {
    sl::transformer_weights weights;
    sl::singular_directions_set ov;
    std::optional<sl::singular_directions_set> qk; ///< none where no matrix W_Q W_Kᵀ says it all
};

circuits decompose(const std::filesystem::path& path, const command_line& options) {
    sl::transformer_weights weights(sl::open_weights(path));
    if (!options.raw)
        weights = sl::fold_norms(std::move(weights), {.threads = options.threads, .stop = &interrupted});
    progress_line line("decomposing", "heads");
    const sl::execution run{.threads = options.threads, .progress = std::ref(line), .stop = &interrupted};
    auto ov = sl::singular_directions(sl::ov_circuits(weights), run);
    std::optional<sl::singular_directions_set> qk;
    try {
        qk = sl::singular_directions(sl::qk_circuits(weights), run);
    } catch (const sl::model_error& reason) {
        std::cerr << "Note: " << reason.what() << "\n";
    }
    return {std::move(weights), std::move(ov), std::move(qk)};
}

std::vector<section> sections_of(const circuits& of, sl::score_kind score, bool all_features) {
    const bool narrow = of.weights.has_embed() && !all_features;
    return make_sections({.reading = of.ov.reading(),
                          .writing = of.ov.writing(),
                          .weights = of.weights,
                          .score = score,
                          .features = narrow ? default_features(of.weights.embed()) : sl::index_list()});
}

/// Says how much is to come when that is much.
void print_estimate(const std::vector<section>& sections, double tail) {
    constexpr double bytes_an_edge = 110;
    constexpr std::uint64_t worth_saying = 50'000'000;
    std::uint64_t rows = 0;
    for (const auto& each : sections) rows += each.scores.max_rows();
    if (rows < worth_saying) return;
    const double edges = 2 * tail * static_cast<double>(rows);
    std::cout << "\n"
              << rows << " scores to scan; about " << result_text::number(edges, 3) << " edges, "
              << result_text::number(edges * bytes_an_edge * 1e-6, 2) << " MB of edges.csv\n"
              << std::flush;
}

void write_files(const circuits& of, const std::vector<section_result>& results,
                 const sl::basic_circuit_graph<float>& graph, double tail, const command_line& options) {
    const auto in = [&](const char* name) { return options.out / name; };
    const std::string weights = of.weights.provenance();
    const std::string scores = weights + "; score " + std::string(sl::to_text(options.score));
    const std::string tails = scores + "; tails " + sl::to_text(tail);
    std::vector<const sl::singular_directions_set*> spectra{&of.ov};
    if (of.qk) spectra.push_back(&*of.qk);
    result_files::write_singular_values(in("singular_values.csv"), weights, spectra);
    result_files::write_composition(
        in("composition.csv"), weights,
        sl::v_composition(sl::ov_circuits(of.weights), {.threads = options.threads, .stop = &interrupted}));
    result_files::write_describe(in("describe.csv"), scores, results);
    result_files::write_edges(in("edges.csv"), tails, results);
    result_files::write_top(in("top.csv"), scores, results);
    result_files::write_components(in("components.csv"), tails, results);
    sl::write_graphml(in("graph.graphml"), graph);
    sl::write_dot(in("graph.dot"), graph);
    sl::write_html(in("graph.html"), sl::plot::network(graph));
    std::cout
        << "\nWritten to " << options.out.string()
        << "/: singular_values.csv describe.csv edges.csv top.csv components.csv composition.csv dead.csv "
           "graph.graphml graph.dot graph.html\n"
        << "(graph.html opens in a browser; circuit_report makes a page of everything.)\n";
}

void analyse_model(const circuits& of, double tail, const command_line& options) {
    result_text::print_model(std::cout, of.weights);
    const auto dead =
        sl::dead_parts_of(of.weights, of.ov.writing(), {.threads = options.threads, .stop = &interrupted});
    result_text::print_dead_parts(std::cout, dead);
    result_text::print_spectra(std::cout, of.ov);
    auto sections = sections_of(of, options.score, options.all_features);
    print_estimate(sections, tail);
    std::vector<section_result> results;
    for (auto& each : sections) results.push_back(analyse(std::move(each), tail, options.threads));
    if (results.empty()) {
        std::cout << "\nThe model has nothing that its heads write to or read from.\n";
        return;
    }
    result_text::print_describe(std::cout, results);
    result_text::print_histograms(std::cout, results);
    result_text::print_strongest(std::cout, results, 3);
    result_text::print_components(std::cout, results);
    auto graph = joined_graph(results);
    if (options.max_edges != 0) graph = sl::strongest_edges(graph, options.max_edges);
    result_text::print_joined(std::cout, graph);
    write_files(of, results, graph, tail, options);
    result_files::write_dead(options.out / "dead.csv", of.weights.provenance(), dead);
}

planted::recovery recover(const planted::model& truth, const circuits& of, sl::score_kind score,
                          double tail) {
    return planted::recover(truth, sections_of(of, score, false), of.ov.reading(), tail);
}

/// Prints where each planted edge turned up, and how the kinds of score compare. Whether folded weights
/// give all.
bool judge(const planted::model& truth, const std::filesystem::path& path, double tail,
           const command_line& options) {
    using enum sl::score_kind;
    command_line as = options;
    as.raw = false;
    const auto folded = decompose(path, as);
    as.raw = true;
    const auto raw = decompose(path, as);
    result_text::print_found(std::cout, recover(truth, folded, options.score, tail));

    std::cout << "\nRecovery of the planted circuit    recall  R-precision\n"
              << std::fixed << std::setprecision(3);
    bool all_found = true;
    for (const bool is_raw : {false, true}) {
        for (const auto score : {dot, cosine, scaled}) {
            const auto found = recover(truth, is_raw ? raw : folded, score, tail);
            std::cout << "  " << result_text::padded(is_raw ? "raw" : "folded", 8)
                      << result_text::padded(std::string(sl::to_text(score)), 25) << found.recall()
                      << "        " << found.r_precision() << "\n";
            if (is_raw) continue;
            all_found = all_found && found.recall() == 1 && (score != cosine || found.r_precision() >= 0.95);
        }
    }
    std::cout << (all_found ? "\nThe planted circuit was found.\n"
                            : "\nThe planted circuit was NOT found.\n");
    return all_found;
}

int run(const command_line& options) {
    if (options.model) {
        const auto of = decompose(*options.model, options);
        std::filesystem::create_directories(options.out);
        analyse_model(of, options.tail.value_or(0.001), options);
        return EXIT_SUCCESS;
    }
    std::filesystem::create_directories(options.out);
    const double tail = options.tail.value_or(0.01);
    const auto truth = planted::make();
    const auto path = options.out / "planted.safetensors";
    planted::write(truth, path);
    analyse_model(decompose(path, options), tail, options);
    return judge(truth, path, tail, options) ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int count, char** arguments) {
    return run_program("circuit_analysis", [&] {
        const auto options = parse_command_line({arguments + 1, arguments + count});
        if (!options.help) return run(options);
        std::cout << usage_text;
        return EXIT_SUCCESS;
    });
}
