/// @file
/// A whole model in one go: every head's writing directions on every neuron, and the edges among those
/// scores, in bounded memory. `scan_model --help` says how.

#include <algorithm>
#include <chrono>
#include <cmath>
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

#include <svdlens/circuit/circuits.hpp>
#include <svdlens/circuit/dead_parts_of.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/export/csv_writer.hpp>
#include <svdlens/io/open_weights.hpp>
#include <svdlens/model/fold_norms.hpp>
#include <svdlens/model/transformer_weights.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/tails.hpp>
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
    if (as_stored) return weights;
    return sl::fold_norms(std::move(weights), {.threads = options.threads, .stop = &interrupted});
}

/// What every head writes. What it reads is formed a head at a time, for the sign, and not kept.
sl::vector_set decompose(const sl::transformer_weights& weights, unsigned threads) {
    progress_line line("decomposing", "heads");
    const sl::execution run{.threads = threads, .progress = std::ref(line), .stop = &interrupted};
    return sl::writing_directions(sl::ov_circuits(weights), run);
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
    if (options.tokens || tables.empty()) add(weights.unembed()); // says so when there is none
    return tables;
}

/// edges.csv, whole or not there.
class edge_file {
  public:
    edge_file(const std::filesystem::path& path, const std::string& provenance) :
        csv_(path, {"section", "source", "target", "layer", "head", "direction", "score", "singular_value"},
             provenance) {}

    void add(const sl::axes& axes, const sl::vector_set& directions, sl::row_number row, float score) {
        const auto at = [&](const char* axis) { return axes.coordinate(row, *axes.find_axis(axis)); };
        const auto layer = at("layer"), head = at("head"), direction = at("direction");
        const auto line = head * directions.axes[2].extent + direction;
        csv_.row(axes.title(), axes.label(row, "source"), axes.label(row, "target"), layer, head, direction,
                 score,
                 directions.singular_value(static_cast<std::size_t>(layer), static_cast<std::size_t>(line)));
    }

    void commit() { csv_.commit(); }

  private:
    sl::csv_writer csv_;
};

/// What becomes of the edges of a table as they are found: they are counted and written, the strongest
/// few kept.
class edge_sink {
  public:
    edge_sink(const sl::axes& table, const sl::vector_set& directions, edge_file* file) :
        table_(table), directions_(directions), file_(file) {}

    void operator()(const sl::score_run<float>& run) {
        const stopwatch watch;
        count_ += run.scores.size();
        for (std::size_t k = 0; k < run.scores.size(); ++k) {
            keep({run.row(k), run.scores[k]});
            if (file_ != nullptr) file_->add(table_, directions_, run.row(k), run.scores[k]);
        }
        seconds_ += watch.seconds();
    }

    struct edge {
        sl::row_number row;
        float score;
    };
    std::uint64_t count() const { return count_; }
    double seconds() const { return seconds_; }                       ///< spent here
    const std::vector<edge>& strongest() const { return strongest_; } ///< descending in |score|

  private:
    void keep(const edge& next) {
        constexpr std::size_t shown = 5;
        const auto weaker = [&](const edge& e) { return std::abs(e.score) < std::abs(next.score); };
        const auto at = std::find_if(strongest_.begin(), strongest_.end(), weaker);
        if (at == strongest_.end() && strongest_.size() == shown) return;
        strongest_.insert(at, next);
        if (strongest_.size() > shown) strongest_.pop_back();
    }

    const sl::axes& table_;
    const sl::vector_set& directions_;
    edge_file* file_;
    std::uint64_t count_ = 0;
    double seconds_ = 0;
    std::vector<edge> strongest_;
};

/// Passes the edges to the sink and says what they lie beyond.
std::string find_edges(const sl::projection& scores, edge_sink& sink, const scan_options& options) {
    progress_line line(scores.axes().title(), "scores");
    const sl::execution run{.threads = options.threads,
                            .memory_budget = options.memory,
                            .progress = std::ref(line),
                            .stop = &interrupted};
    const double low = options.tail, high = 1 - options.tail;
    switch (options.rule) {
    case edge_rule::strongest: {
        const auto best = sl::top_k<sl::magnitude>(scores, options.top, run);
        sink({best.scores(), 0, best.rows().data()});
        return "the " + sl::to_text(best.size()) + " largest |score|";
    }
    case edge_rule::magnitude_tails: {
        const auto bounds = sl::for_each_tail<sl::magnitude>(scores, {.high = high}, sink, run).whole();
        return "|score| > " + number(bounds.high, 9) + " (" + sl::percent_name(high) + " quantile)";
    }
    case edge_rule::tails:
        break;
    }
    const auto bounds = sl::for_each_tail(scores, {.low = low, .high = high}, sink, run).whole();
    return "score < " + number(bounds.low, 9) + " (" + sl::percent_name(low) + " quantile), score > " +
           number(bounds.high, 9) + " (" + sl::percent_name(high) + ")";
}

void print_strongest(const sl::projection& scores, const std::vector<edge_sink::edge>& edges) {
    if (edges.empty()) return;
    std::cout << "  strongest   " << padded("source", 14) << padded("target", 18)
              << right_aligned("score", 10) << right_aligned("S", 9) << right_aligned("cosine", 9) << "\n";
    for (const auto& edge : edges) {
        const auto parts = scores.parts(edge.row);
        std::cout << "              " << padded(scores.axes().label(edge.row, "source"), 14)
                  << padded(scores.axes().label(edge.row, "target"), 18)
                  << right_aligned(number(static_cast<double>(edge.score)), 10)
                  << right_aligned(number(parts.singular_value, 3), 9)
                  << right_aligned(number(parts.cosine, 3), 9) << "\n";
    }
}

void scan_table(const sl::projection& scores, const sl::vector_set& directions, edge_file* file,
                const scan_options& options) {
    edge_sink sink(scores.axes(), directions, file);
    const stopwatch watch;
    const auto rule = find_edges(scores, sink, options);
    const double seconds = watch.seconds() - sink.seconds();
    const auto rows = scores.max_rows();
    std::cout << "\n"
              << scores.axes().title() << ", score " << sl::to_text(options.score) << "\n"
              << "  scores      " << rows << " in " << number(seconds, 3) << " s ("
              << detail::short_number(static_cast<double>(rows) / seconds) << " scores/s)\n"
              << "  edges       " << sink.count() << ": " << rule << "\n";
    if (file != nullptr) std::cout << "  written     in " << number(sink.seconds(), 3) << " s\n";
    print_strongest(scores, sink.strongest());
}

int scan(const scan_options& options) {
    const auto weights = read_model(options);
    std::optional<edge_file> file; // before the work: a path that cannot be written to is said at once
    if (!options.out.empty())
        file.emplace(options.out,
                     weights.provenance() + "; score " + std::string(sl::to_text(options.score)));
    result_text::print_model(std::cout, weights);
    const stopwatch decomposing;
    const auto writing = decompose(weights, options.threads);
    std::cout << "Directions  " << writing.axes.shape_rows() << " in " << number(decomposing.seconds(), 3)
              << " s\n";
    result_text::print_dead_parts(
        std::cout, sl::dead_parts_of(weights, writing, {.threads = options.threads, .stop = &interrupted}));
    for (const auto& scores : make_tables(weights, writing, options))
        scan_table(scores, writing, file ? &*file : nullptr, options);
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
