/// @file
/// A whole model in one go: every head's writing directions on every neuron, and the edges among those
/// scores, in bounded memory. `scan_model --help` says how.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/circuit/ov_circuits.hpp>
#include <svdlens/export/csv_writer.hpp>
#include <svdlens/io/open_weights.hpp>
#include <svdlens/linalg/singular_directions.hpp>
#include <svdlens/model/fold_norms.hpp>
#include <svdlens/model/transformer_weights.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/table/description.hpp>
#include <svdlens/table/outside.hpp>
#include <svdlens/table/quantiles.hpp>
#include <svdlens/table/top_k.hpp>

#include "model_text.hpp"
#include "process_memory.hpp"
#include "program.hpp"
#include "scan_options.hpp"
#include "terminal.hpp"

namespace sl = svdlens;
using result_text::number;
using result_text::padded;
using result_text::right_aligned;

namespace {

class stopwatch {
  public:
    double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }

  private:
    using clock = std::chrono::steady_clock;
    clock::time_point start_ = clock::now();
};

/// Models whose norms stand behind each sum have none that could be folded.
sl::transformer_weights read_model(const scan_options& options) {
    sl::transformer_weights weights(sl::open_weights(options.model));
    const bool as_stored = options.raw || weights.norm_placement == sl::norm_placement::after;
    return as_stored ? weights : sl::fold_norms(std::move(weights));
}

/// What every head writes. What it reads is not kept.
sl::vector_set decompose(const sl::transformer_weights& weights, unsigned threads) {
    progress_line line("decomposing", "heads");
    const sl::execution run{.threads = threads, .progress = std::ref(line), .stop = &interrupted};
    return sl::singular_directions(sl::ov_circuits(weights), run).writing();
}

/// One table for each kind of target.
std::vector<sl::projection> make_tables(const sl::transformer_weights& weights, const sl::vector_set& writing,
                                        const scan_options& options) {
    const sl::execution run{.threads = options.threads, .stop = &interrupted};
    std::vector<sl::projection> tables;
    const auto add = [&](const sl::vector_set& targets) {
        tables.push_back(sl::project(writing, targets, {.score = options.score}, run));
    };
    if (weights.has_mlp()) add(weights.mlp_in());
    if (weights.is_gated()) add(weights.mlp_gate());
    if (weights.has_unembed() && (options.tokens || tables.empty())) add(weights.unembed());
    return tables;
}

/// The edges of a table, and the thresholds that they lie beyond.
struct table_edges {
    sl::selection rows;
    std::optional<double> low, high; ///< high is a bound of |score| for `edge_rule::magnitude_tails`
};

table_edges find_edges(const sl::projection& scores, const scan_options& options) {
    progress_line line(scores.axes().title(), "scores");
    const sl::execution run{.threads = options.threads, .progress = std::ref(line), .stop = &interrupted};
    if (options.rule == edge_rule::strongest)
        return {sl::top_k<sl::magnitude>(scores, options.top, {}, run), {}, {}};
    if (options.rule == edge_rule::magnitude_tails) {
        const double high =
            sl::quantiles<sl::magnitude>(scores, {1 - options.tail}, sl::quantile_rule::linear, run).front();
        return {sl::above<sl::magnitude>(scores, high, run), {}, high};
    }
    const auto bounds =
        sl::quantiles(scores, {options.tail, 1 - options.tail}, sl::quantile_rule::linear, run);
    return {sl::outside(scores, bounds[0], bounds[1], run), bounds[0], bounds[1]};
}

/// edges.csv, whole or not there.
class edge_file {
  public:
    edge_file(const std::filesystem::path& path, const std::string& provenance) :
        csv_(path, {"section", "source", "target", "layer", "head", "direction", "score", "singular_value"},
             provenance) {}

    void add(const sl::selection& edges, const sl::vector_set& directions) {
        const auto& axes = edges.axes();
        const std::size_t layer = *axes.find_axis("layer"), head = *axes.find_axis("head"),
                          direction = *axes.find_axis("direction");
        const std::uint64_t per_head = axes[direction].extent;
        for (std::size_t k = 0; k < edges.size(); ++k) {
            if (interrupted.load(std::memory_order_relaxed)) throw sl::cancelled_error();
            const auto row = edges.row_at(k);
            const auto l = axes.coordinate(row, layer), h = axes.coordinate(row, head),
                       d = axes.coordinate(row, direction);
            csv_.row(axes.title(), axes.label(row, "source"), axes.label(row, "target"), l, h, d,
                     edges.score_at(k),
                     directions.singular_value(static_cast<std::size_t>(l),
                                               static_cast<std::size_t>(h * per_head + d)));
        }
    }

    void commit() { csv_.commit(); }

  private:
    sl::csv_writer csv_;
};

void print_thresholds(const table_edges& edges, double tail) {
    if (edges.low)
        std::cout << "  thresholds  score < " << number(*edges.low, 9) << " (" << sl::percent_name(tail)
                  << " quantile), score > " << number(*edges.high, 9) << " (" << sl::percent_name(1 - tail)
                  << ")\n";
    else if (edges.high)
        std::cout << "  threshold   |score| > " << number(*edges.high, 9) << " ("
                  << sl::percent_name(1 - tail) << " quantile)\n";
}

void print_strongest(const sl::projection& scores, const sl::selection& edges) {
    constexpr std::uint64_t shown = 5;
    if (edges.empty()) return;
    const auto strongest = sl::top_k<sl::magnitude>(edges, shown);
    std::cout << "  strongest   " << padded("source", 14) << padded("target", 18)
              << right_aligned("score", 10) << right_aligned("S", 9) << right_aligned("cosine", 9) << "\n";
    for (std::size_t k = 0; k < strongest.size(); ++k) {
        const auto row = strongest.row_at(k);
        const auto parts = scores.parts(row);
        std::cout << "              " << padded(scores.axes().label(row, "source"), 14)
                  << padded(scores.axes().label(row, "target"), 18)
                  << right_aligned(number(static_cast<double>(strongest.score_at(k))), 10)
                  << right_aligned(number(parts.singular_value, 3), 9)
                  << right_aligned(number(parts.cosine, 3), 9) << "\n";
    }
}

void print_table(const sl::projection& scores, const table_edges& edges, double seconds,
                 const scan_options& options) {
    const auto rows = scores.max_rows();
    std::cout << "\n"
              << scores.axes().title() << ", score " << sl::name(options.score) << "\n"
              << "  scores      " << rows << " in " << number(seconds, 3) << " s ("
              << detail::short_number(static_cast<double>(rows) / seconds) << " scores/s)\n";
    print_thresholds(edges, options.tail);
    std::cout << "  edges       " << edges.rows.size() << "\n";
    print_strongest(scores, edges.rows);
}

int scan(const scan_options& options) {
    const auto weights = read_model(options);
    std::optional<edge_file> file; // before the work: a path that cannot be written to is said at once
    if (!options.out.empty())
        file.emplace(options.out, weights.provenance() + "; score " + std::string(sl::name(options.score)));
    result_text::print_model(std::cout, weights);
    const stopwatch decomposing;
    const auto writing = decompose(weights, options.threads);
    std::cout << "Directions  " << writing.axes.rows() << " in " << number(decomposing.seconds(), 3)
              << " s\n";
    for (const auto& scores : make_tables(weights, writing, options)) {
        const stopwatch scanning;
        const auto edges = find_edges(scores, options);
        print_table(scores, edges, scanning.seconds(), options);
        if (file) file->add(edges.rows, writing);
    }
    if (file) file->commit();
    std::cout << "\nPeak memory " << number(static_cast<double>(peak_memory()) * 1e-6, 4)
              << " MB, the pages of the model's file that were read among them\n";
    return EXIT_SUCCESS;
}

} // namespace

int main(int count, char** arguments) {
    return run_program("scan_model", [&] {
        const auto options = parse_scan_options({arguments + 1, arguments + count});
        if (!options.help) return scan(options);
        std::cout << scan_usage;
        return EXIT_SUCCESS;
    });
}
