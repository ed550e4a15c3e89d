/// @file
/// `svdlens edges`: every head's writing directions on every neuron of a model of any size, and the edges
/// among those scores, in bounded memory.
#ifndef SVDLENS_EXAMPLES_PROGRAM_EDGES_HPP
#define SVDLENS_EXAMPLES_PROGRAM_EDGES_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/circuit/circuits.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/export/csv_writer.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/tails.hpp>
#include <svdlens/table/top_k.hpp>
#include <svdlens/table/where.hpp>

#include "filters.hpp"
#include "json_text.hpp"
#include "output_folder.hpp"
#include "progress.hpp"
#include "reading.hpp"
#include "result_text.hpp"
#include "sections.hpp"
#include "shards.hpp"
#include "text.hpp"
#include "units.hpp"

namespace program {

namespace detail {

/// edges.csv, whole or not there.
class edge_file {
  public:
    edge_file(const std::filesystem::path& path, const std::string& provenance) :
        csv_(path, {"section", "source", "target", "head", "direction", "score", "singular_value"},
             provenance) {}

    void add(const svdlens::axes& axes, const svdlens::vector_set& directions, svdlens::row_number row,
             float score) {
        if (!axes.find_axis("head"))
            return csv_.row(axes.title(), axes.label(row, "source"), axes.label(row, "target"), "", "", score,
                            1.0F);
        const auto at = [&](const char* axis) { return axes.coordinate(row, *axes.find_axis(axis)); };
        const auto layer = at("layer"), head = at("head"), direction = at("direction");
        const auto line = head * directions.axes[2].extent + direction;
        csv_.row(axes.title(), axes.label(row, "source"), axes.label(row, "target"), axes.label(row, "head"),
                 direction, score,
                 directions.singular_value(static_cast<std::size_t>(layer), static_cast<std::size_t>(line)));
    }

    void commit() { csv_.commit(); }

  private:
    svdlens::csv_writer csv_;
};

/// What becomes of the edges of a table as they are found: they are counted and written, the strongest
/// few kept.
class edge_sink {
  public:
    edge_sink(const svdlens::axes& table, const svdlens::vector_set& directions, edge_file* file,
              std::size_t kept) :
        table_(table),
        directions_(directions), file_(file), kept_(kept) {}

    void operator()(const svdlens::score_run<float>& run) {
        stop_if_interrupted();
        count_ += run.scores.size();
        for (std::size_t k = 0; k < run.scores.size(); ++k) {
            keep({run.row(k), run.scores[k]});
            if (file_ != nullptr) file_->add(table_, directions_, run.row(k), run.scores[k]);
        }
    }

    struct edge {
        svdlens::row_number row;
        float score;
    };
    std::uint64_t count() const { return count_; }
    const std::vector<edge>& strongest() const { return strongest_; } ///< descending in |score|

  private:
    void keep(const edge& next) {
        if (strongest_.size() == kept_ && std::abs(strongest_.back().score) >= std::abs(next.score)) return;
        const auto weaker = [&](const edge& e) { return std::abs(e.score) < std::abs(next.score); };
        strongest_.insert(std::find_if(strongest_.begin(), strongest_.end(), weaker), next);
        if (strongest_.size() > kept_) strongest_.pop_back();
    }

    const svdlens::axes& table_;
    const svdlens::vector_set& directions_;
    edge_file* file_;
    std::size_t kept_;
    std::uint64_t count_ = 0;
    std::vector<edge> strongest_;
};

/// Passes the edges to the sink and says what they lie beyond. Of a source that has bands they are handed on
/// as they are found, and not held.
template <svdlens::score_source Source>
std::string find_edges(const Source& scores, double tail, edge_sink& sink, const options& o,
                       const svdlens::execution& run) {
    const double low = tail, high = 1 - tail;
    switch (o.rule()) {
    case edge_rule::strongest: {
        const auto best = svdlens::top_k<svdlens::magnitude>(scores, o.top, run);
        sink({best.scores(), 0, best.rows().data()});
        return "the " + svdlens::to_text(best.size()) + " largest |score|";
    }
    case edge_rule::magnitude_tails: {
        const auto bounds =
            svdlens::for_each_tail<svdlens::magnitude>(scores, {.high = high}, sink, run).whole();
        return "|score| > " + number(bounds.high, 9) + " (" + svdlens::percent_name(high) + " quantile)";
    }
    case edge_rule::tails:
        break;
    }
    const auto bounds = svdlens::for_each_tail(scores, {.low = low, .high = high}, sink, run).whole();
    return "score < " + number(bounds.low, 9) + " (" + svdlens::percent_name(low) + " quantile), score > " +
           number(bounds.high, 9) + " (" + svdlens::percent_name(high) + ")";
}

/// Whether somebody writes to what the heads read.
inline bool has_writers(const svdlens::transformer_weights& weights) {
    return std::any_of(weights.added.begin(), weights.added.end(),
                       [](const auto& each) { return each.flow == svdlens::flow::writes; });
}

/// Those of the user's vectors.
inline void add_vector_tables(std::vector<section>& tables, const svdlens::vector_set& writing,
                              read_model& model, const options& o) {
    const auto reading = [&] {
        return svdlens::reading_directions(svdlens::ov_circuits(model.weights), o.run());
    };
    const section_inputs from{
        .heads = {has_writers(model.weights) ? reading() : writing, writing}, // else unread
        .weights = model.weights,
        .score = o.score,
        .tokens = model.tokens};
    for (auto& each : sections_of_vectors(from, o.run())) tables.push_back(std::move(each));
    drop_empty(tables, model.left_out);
}

/// One table for each kind of target.
inline std::vector<section> edge_tables(const svdlens::vector_set& writing, read_model& model,
                                        const options& o) {
    std::vector<section> tables;
    const auto add = [&](const svdlens::vector_set& targets) {
        tables.push_back({svdlens::project(writing, targets, {.score = o.score}, o.run()), "target"});
    };
    const auto& weights = model.weights;
    for (const auto& each : weights.mlp_readers()) add(each);
    if (o.tokens || tables.empty())
        add(svdlens::named_tokens(weights.unembed(), model.tokens)); // says so when there is none
    if (!weights.added.empty()) add_vector_tables(tables, writing, model, o);
    return narrow_sections(std::move(tables), o, model.left_out);
}

/// What a score costs to compute and to look at, in operations.
inline double score_cost(const svdlens::transformer_weights& weights) {
    return 2 * static_cast<double>(weights.sizes.d_model) + 40;
}

/// What the tables will cost, before they are made.
inline double expected_scan(const svdlens::transformer_weights& weights, const options& o) {
    const auto& s = weights.sizes;
    const auto size = [](std::size_t n) { return static_cast<double>(n); };
    const double lines = size(s.n_heads) * size(s.d_head);
    double neurons = 0;
    const auto readers = weights.mlp_readers();
    for (const auto& each : readers) neurons += expected_rows(weights, each);
    const bool has_tokens = o.tokens || readers.empty();
    const double tokens = has_tokens ? size(s.n_layers) * lines * size(s.d_vocab) : 0;
    return (neurons + tokens) * score_cost(weights);
}

/// What is to come, where that is much.
inline void say_scan(const std::vector<section>& tables, const read_model& model, const options& o) {
    constexpr std::uint64_t worth_saying = 500'000'000;
    constexpr double bytes_held = 48, bytes_written = 70;
    std::uint64_t rows = 0, most = 0;
    for (const auto& table : tables) {
        rows += table.rows;
        most = (std::max)(most, table.rows);
    }
    if (rows < worth_saying || o.quiet) return;
    const double a_row = 2 * static_cast<double>(model.weights.sizes.d_model);
    const double tail = o.tail.value_or(0.001) * (o.magnitudes ? 1 : 2);
    const auto edges = [&](std::uint64_t of) {
        return o.top != 0 ? static_cast<double>(o.top) : tail * static_cast<double>(of);
    };
    const bool one_pass = o.top != 0 || edges(most) * bytes_held <= static_cast<double>(o.memory);
    std::cerr << short_number(static_cast<double>(rows)) << " scores, "
              << short_number(a_row * static_cast<double>(rows)) << " operations a pass, "
              << (one_pass ? "one pass" : "three passes (--memory for one)") << "; about "
              << short_number(edges(rows)) << " edges";
    if (!o.out.empty()) std::cerr << ", " << short_number(edges(rows) * bytes_written) << "B of CSV";
    std::cerr << "\n";
}

inline void print_found(const section& of, const edge_sink& found, const std::string& rule,
                        const options& o) {
    std::cout << "\n"
              << of.name() << ", score " << svdlens::to_text(o.score) << ", " << of.rows << " scores"
              << (of.condition ? " at most, filtered" : "") << "\n  edges  ";
    print_wrapped(std::cout, svdlens::to_text(found.count()) + ": " + rule, 9);
    std::vector<table_line> lines{{"source", "target", "score", "S", "cosine"}};
    for (const auto& edge : found.strongest()) {
        const auto parts = of.scores.parts(edge.row);
        const auto& axes = of.scores.axes();
        lines.push_back({fitted(axes.label(edge.row, "source"), 20),
                         fitted(axes.label(edge.row, "target"), 20), number(static_cast<double>(edge.score)),
                         number(parts.singular_value, 3), number(parts.cosine, 3)});
    }
    if (lines.size() > 1) print_table(std::cout, lines, 2, "  ");
}

inline json json_found(const section& of, const edge_sink& found, const std::string& rule) {
    json list = json::array();
    for (const auto& edge : found.strongest())
        list.push_back(json_edge(of.scores.axes(), edge.row, static_cast<double>(edge.score),
                                 of.scores.parts(edge.row)));
    return {{"section", of.name()},
            {"scores", of.rows},
            {"edges", found.count()},
            {"rule", rule},
            {"strongest", std::move(list)}};
}

/// Scans one table, and says what it found.
inline json scan_table(const section& table, const svdlens::vector_set& writing, edge_file* file,
                       progress_bar& bar, const options& o) {
    current_stage = "scanning " + table.name();
    edge_sink sink(table.scores.axes(), writing, file, o.verbose || o.json ? 100 : 8);
    const auto run = o.run(bar.reporter());
    const double tail = o.tail.value_or(0.001);
    const auto rule = [&] {
        if (!table.condition) return find_edges(table.scores, tail, sink, o, run);
        const auto narrowed = svdlens::where(table.scores, *table.condition);
        return find_edges(narrowed, tail, sink, o, run);
    }();
    bar.clear();
    if (o.json) return json_found(table, sink, rule);
    if (!o.quiet) print_found(table, sink, rule, o);
    return {};
}

/// What every head writes. What it reads is formed a head at a time, for the sign, and not kept.
inline svdlens::vector_set write_side(read_model& model, progress_bar& bar, const options& o) {
    current_stage = "decomposing the OV circuits";
    bar.begin("decomposing OV", "heads", decomposition_cost(model.weights));
    auto writing = svdlens::writing_directions(svdlens::ov_circuits(model.weights), o.run(bar.reporter()));
    std::size_t null_count = 0;
    for (const auto& layer : writing.null_space)
        null_count += static_cast<std::size_t>(std::count(layer.begin(), layer.end(), true));
    say_null_space(model, null_count, writing.axes.shape_rows());
    if (!is_shard(o)) // which says nothing of them
        model.dead = svdlens::dead_parts_of(model.weights, writing, o.run());
    return writing;
}

} // namespace detail

inline int edges_command(const options& o) {
    if (o.top != 0 && o.tail) throw usage_error("--top takes no tail: leave out --tail");
    if (o.top != 0 && o.magnitudes) throw usage_error("--top takes |score| already: leave out --abs");
    auto model = read(o, o.model, o.model);
    std::optional<output_file> place; // before the work: a path that cannot be written to is said at once
    if (!o.out.empty()) place.emplace(o.out, table_mark);
    if (place) place->keep_inputs(inputs_of(model, o));
    progress_bar bar(o.quiet);
    const double guess = detail::expected_scan(model.weights, o);
    bar.expect(decomposition_cost(model.weights) + guess);
    const auto writing = detail::write_side(model, bar, o);
    const auto tables = detail::edge_tables(writing, model, o);
    const auto cost = [&](const section& of) {
        return static_cast<double>(of.rows) * detail::score_cost(model.weights);
    };
    bar.expect(-guess);
    for (const auto& table : tables) bar.expect(cost(table));
    detail::say_scan(tables, model, o);
    std::optional<detail::edge_file> file;
    const auto score = "; score " + std::string(svdlens::to_text(o.score));
    if (place) file.emplace(place->path(), table_provenance(model, o, score));
    json found = json::array();
    if (!o.json && !o.quiet) print_model(std::cout, model.weights);
    for (const auto& table : tables)
        in_unit(o, table.name(), [&] {
            bar.begin(table.name(), "scores", cost(table));
            found.push_back(detail::scan_table(table, writing, file ? &*file : nullptr, bar, o));
        });
    end_units(o);
    if (file) {
        file->commit();
        place->commit();
    }
    if (o.json)
        print_json(std::cout, {{"model", json_model(model)},
                               {"score", svdlens::to_text(o.score)},
                               {"tables", std::move(found)},
                               {"file", o.out.string()}});
    if (o.json || o.quiet) return EXIT_SUCCESS;
    print_left_out(std::cout, model);
    if (file) std::cout << "\nWritten to " << svdlens::shown_bytes(o.out.string()) << "\n";
    return EXIT_SUCCESS;
}

} // namespace program

#endif
