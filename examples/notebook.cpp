/// @file
/// A notebook on a model's weights, top to bottom: every table that one makes of a model's heads with pandas,
/// here a line each. `notebook [MODEL [ANSWERS.json]]`, where the model is a file or a folder; without one it
/// makes a planted one. What a model has not is said where its cells would stand.
/// With the answers of another program (score `dot`, 1 % tails, folded weights) its figures are printed
/// beside ours, and the exit status is 1 where they differ.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <svdlens/svdlens.hpp>

#include "beside_oracle.hpp"
#include "planted_model.hpp"
#include "program/ending.hpp"
#include "program/reading.hpp"
#include "program/sections.hpp"

namespace sl = svdlens;
namespace agg = svdlens::aggregates;
using sl::by;
using sl::column;

namespace {

using table = sl::basic_long_table<float>;

constexpr double score_tolerance = 5e-6;

// Of a large vocabulary the first tokens stand for all: a notebook is to be read.
constexpr std::uint64_t most_outputs = 16;
constexpr std::uint64_t most_inputs = 512;

void cell(const std::string& numbers, const std::string& what) {
    std::cout << "\n## cells " << numbers << ": " << what << "\n\n";
}

/// The model and what its heads read and write.
struct circuits {
    sl::transformer_weights weights;
    sl::float_directions ov;
    std::vector<std::string> tokens; ///< what they are called; empty: numbers
};

/// Cells 2, 6, 8: the weights with their norms folded (gates too), and W_V W_O decomposed without
/// being formed.
circuits load(const std::filesystem::path& model) {
    auto read = program::read({.program = "notebook"}, model, model);
    for (const auto& line : read.left_out) std::cout << "Left out: " << line << "\n";
    auto ov = sl::singular_directions(sl::ov_circuits(read.weights));
    return {std::move(read.weights), std::move(ov), std::move(read.tokens)};
}

/// Why the cells of something that the model has not are not there.
void say_missing(const std::string& numbers, const std::string& what) {
    cell(numbers, "left out: the model has no " + what);
}

table scores_of(const sl::vector_set& from, const sl::vector_set& to, sl::projection_restriction only = {}) {
    return sl::store(sl::project(from, to, {.score = sl::score_kind::dot, .only = std::move(only)}));
}

void show_spectra(const circuits& of, beside_oracle& answers) {
    cell("2, 6, 8", "weights folded, OV circuits decomposed");
    std::cout << of.weights.provenance() << "\n\n";
    const auto writing = of.ov.writing();
    for (std::size_t layer = 0; layer < writing.layers.size(); ++layer) {
        const std::string place = "/ov_singular_values/" + std::to_string(layer) + "/0/0";
        answers.number("largest singular value of L" + std::to_string(layer) + "H0",
                       static_cast<double>(writing.singular_value(layer, 0)), place, 1e-5);
    }
}

/// Cells 13, 14: norms along an axis; a final LayerNorm without gain is centring and a norm, each a verb.
void show_norms(const circuits& of) {
    cell("13, 14", "norms of the writing directions: all 1; centred and normalized again");
    const auto& vectors = of.ov.writing().layers.front();
    const auto entries = sl::long_table(vectors, {"direction", "d_model"});
    const auto ln_final = sl::normalized(sl::centered(entries, "d_model"), "d_model");
    std::cout << sl::describe(sl::norms(entries, "d_model")) << "\n"
              << sl::describe(sl::norms(ln_final, "d_model"));
}

/// A section's figures that have answers: describe, tails, graph.
void compare_section(const table& scores, beside_oracle& answers) {
    const std::string name = scores.axes().title(), at = "/" + name;
    const auto summary = sl::describe(scores, {0.001, 0.01, 0.99, 0.999});
    std::cout << summary;
    answers.count("rows", summary.count, at + "/describe/count");
    answers.number("mean", summary.mean, at + "/describe/mean", score_tolerance);
    answers.number("std", summary.std, at + "/describe/std", score_tolerance);
    answers.number("1 % quantile", summary.percentiles[1].value, at + "/quantiles/0.01", score_tolerance);
    answers.number("99 % quantile", summary.percentiles[3].value, at + "/quantiles/0.99", score_tolerance);
}

/// Cells 4, 9-12, 15-19: the long table with its names, describe, the distribution.
void show_long_table(const table& scores, beside_oracle& answers) {
    cell("4, 9, 11, 15, 16, 18, 19", "the long table " + scores.axes().title() + ", describe, ECDF");
    std::cout << scores << "\n";
    compare_section(scores, answers);
    const auto steps = sl::ecdf(scores, 5);
    std::cout << "\nECDF, thinned to " << steps.values.size() << " steps:";
    for (std::size_t k = 0; k < steps.values.size(); ++k)
        std::cout << "  " << sl::to_rounded_text(steps.values[k], 4) << ": "
                  << sl::to_rounded_text(steps.shares[k], 4);
    std::cout << "\n";
}

/// Cells 20, 31, 32: rows beyond the quantiles, counted by far end, and the graph that they are.
void show_tails(const table& scores, const std::string& far_end, beside_oracle& answers) {
    const std::string at = "/" + scores.axes().title();
    cell("20, 31, 32", "the 1 % tails of " + scores.axes().title() + ", counted, as a graph");
    const auto tails = sl::outside_quantiles(scores, 0.01, 0.99);
    answers.count("rows in both tails", tails.size(), at + "/tail_1pct/rows");
    auto counts = sl::value_counts(tails, far_end);
    counts.resize(std::min<std::size_t>(counts.size(), 5));
    for (const auto& entry : counts)
        answers.count("rows of " + entry.label, entry.count, at + "/tail_1pct/value_counts/" + entry.label);
    const auto graph = sl::summarize(sl::circuit_graph(tails));
    answers.count("nodes", graph.nodes, at + "/graph_1pct/nodes");
    answers.count("components", graph.sizes.size(), at + "/graph_1pct/components");
}

/// Cell 21: how many of 768 random rows lie above the 99.9 % quantile, a hundred times; of a smaller table a
/// tenth of its rows. The expectation is a thousandth of them by definition: a check of the sampling, no
/// finding.
void show_resampling(const table& scores) {
    const auto rows = scores.size() >= 768 ? std::uint64_t{768} : scores.size() / 10;
    cell("21", sl::to_text(rows) + " random rows beyond the 99.9 % quantile, 100 times");
    const double bound = sl::quantiles(scores, {0.999})[0];
    const auto beyond = [&](std::span<const float> sample) {
        return static_cast<double>(std::count_if(
            sample.begin(), sample.end(), [&](float score) { return static_cast<double>(score) > bound; }));
    };
    const auto drawn = sl::resample(scores, {.rows = rows, .times = 100, .seed = 1}, beyond);
    std::cout << "  mean " << drawn.mean << ", std " << drawn.std << " (expected "
              << static_cast<double>(rows) / 1000 << ")\n";
}

/// Cells 22-25, 45-54: the strongest rows of each head, what they name, and the other way round.
void show_best(const table& scores, const std::string& far_end, beside_oracle& answers) {
    const std::string at = "/" + scores.axes().title();
    cell("22-25", "top and bottom five per head of " + scores.axes().title() + ", their union, lists");
    const auto top = sl::top_k(scores, 5, by("head")), bottom = sl::bottom_k(scores, 5, by("head"));
    const std::string head = scores.axes().label(top.row_at(0), "head");
    const auto compare = [&](const char* side, const sl::selection& rows) {
        const std::string place = at + "/" + side + "_per_head/" + head + "/0/";
        answers.text(std::string(side) + " of " + head, scores.axes().label(rows.row_at(0), far_end),
                     place + "1");
        answers.number("  its score", static_cast<double>(rows.score_at(0)), place + "2", score_tolerance);
    };
    compare("top5", top);
    compare("bottom5", bottom);
    const auto both = sl::unite(top, bottom);
    std::cout << "\n" << both << "\n";
    for (const auto& [labels, items, group] : sl::label_lists(both, by("head"), by(far_end))) {
        std::cout << "  " << labels[0] << ":";
        for (const auto& item : items) std::cout << " " << item[0];
        std::cout << "\n";
    }
    const auto heads_of = sl::label_lists(both, by(far_end), by("head", "direction"));
    std::cout << "  " << heads_of[0].labels[0] << " is named by";
    for (const auto& item : heads_of[0].items) std::cout << " " << item[0] << "." << item[1];
    std::cout << "\n";
}

/// k / r: how far along an axis a row lies.
double share_of(const sl::axes& axes, sl::row_number row, const char* name) {
    const auto k = axes.axis_number(name);
    return static_cast<double>(axes.coordinate(row, k)) / static_cast<double>(axes[k].extent);
}

/// Cells 26-28, 30: strips with flags; mean |score| and energy per neuron and head; the pivot of max |score|.
void show_groups(const table& scores, const std::string& far_end, beside_oracle& answers) {
    const std::string at = "/" + scores.axes().title();
    cell("26-28", "flags, mean |score| and energy per " + far_end + " and head, ECDF by " + far_end);
    const auto strip = sl::where(scores, column("direction") < 2 && sl::score_magnitude() > 0.1);
    const auto strongest = sl::top_k<sl::magnitude>(scores, 20);
    std::cout << sl::to_string(sl::collect(strip), {.rows = 4,
                                                    .derived = {sl::flag("among_strongest", strongest),
                                                                {"opacity",
                                                                 [&](sl::row_number row, double) {
                                                                     return 1 - share_of(scores.axes(), row,
                                                                                         "direction");
                                                                 }}}})
              << "\n";
    const auto groups =
        sl::group_by(scores, by(far_end, "head"), std::tuple{agg::abs_mean{}, agg::energy{}, agg::abs_max{}});
    std::cout << groups;
    const auto means = groups.get<agg::abs_mean>();
    const auto highest = sl::top_k(means, 1);
    answers.number("highest mean |score|", highest.score_at(0), at + "/abs_mean_per_other_and_head/max",
                   score_tolerance);
    answers.text("  is of", means.axes().label(highest.row_at(0), far_end),
                 at + "/abs_mean_per_other_and_head/argmax/0");
    const auto first =
        sl::ecdf(sl::where(means, column(far_end) == means.axes().label(highest.row_at(0), far_end)));
    std::cout << "  its ECDF over heads has " << first.values.size() << " steps\n";

    cell("30", "the pivot of max |score|: " + far_end + " x head");
    const auto wide = sl::pivot(scores, by(far_end), by("head"), agg::abs_max{});
    std::cout << wide;
    const auto peak = sl::top_k(groups.get<agg::abs_max>(), 1);
    answers.count("cells", wide.values().size(), at + "/abs_max_per_other_and_head/cells");
    answers.number("largest", peak.score_at(0), at + "/abs_max_per_other_and_head/max", score_tolerance);
    answers.text("  is of", peak.axes().label(peak.row_at(0), far_end),
                 at + "/abs_max_per_other_and_head/argmax/0");
}

/// The first indices of an axis, so that a table of a large vocabulary fits a page.
sl::index_list first_of(const sl::vector_set& set, std::uint64_t most) {
    std::vector<std::uint64_t> indices((std::min)(most, static_cast<std::uint64_t>(set.size())));
    for (std::size_t k = 0; k < indices.size(); ++k) indices[k] = k;
    return indices;
}

/// Cells 34-37: directions by output in wide form, and two outputs against each other: left and right, or
/// the first two.
void show_outputs(const table& scores, const std::string& outputs) {
    cell("34-37", "directions to outputs, long to wide; one against another");
    std::cout << sl::pivot(scores, by("layer", "head", "direction"), by(outputs), agg::single{}) << "\n";
    const auto& axis = scores.axes()[scores.axes().axis_number(outputs)];
    std::string one, other;
    axis.append_label(one, 0);
    axis.append_label(other, axis.extent > 1 ? 1 : 0);
    if (!sl::find_indices(axis, "left").empty() && !sl::find_indices(axis, "right").empty()) {
        one = "left";
        other = "right";
    }
    const auto rows_of = [&](const std::string& label) {
        return sl::collect(sl::where(scores, column(outputs) == label));
    };
    const auto pairs = sl::join(rows_of(one), rows_of(other), by("layer", "head", "direction"));
    const auto opposed = pairs.scores([](double a, double b) { return a * b; });
    std::cout << "the direction that tells " << one << " from " << other << " best:\n"
              << sl::bottom_k(opposed, 1);
}

/// Cells 39-41: input names, the chosen channels, embeddings against reading directions (columns of U).
table show_inputs(const circuits& of, const sl::vector_set& inputs) {
    cell("39-41", "input labels, chosen channels, normalized embeddings against reading directions");
    auto chosen = program::default_features(inputs);
    const bool has_channels = !chosen.all();
    if (!has_channels) chosen = first_of(inputs, most_inputs);
    const auto all = sl::project(
        of.ov.reading(), sl::normalized(inputs),
        {.score = sl::score_kind::dot, .only = program::only_features(inputs, std::move(chosen))});
    if (has_channels)
        std::cout << sl::collect(sl::where(all, column("feature").starts_with("key")));
    else
        std::cout << sl::collect(all);
    return sl::store(all);
}

/// Cells 56-58: what a direction reads joined with what it writes: path scores <e, u> S <v, w>.
void show_paths(const circuits& of, const table& reading, const table& writing) {
    cell("56-58", "reading against writing side of each direction");
    const auto paths = sl::join(sl::top_k<sl::magnitude>(reading, 3, by("layer", "head", "direction")),
                                sl::top_k<sl::magnitude>(writing, 3, by("layer", "head", "direction")),
                                by("layer", "head", "direction"));
    const auto vectors = of.ov.writing();
    const auto& axes = paths.axes();
    const auto layer = axes.axis_number("layer"), head = axes.axis_number("head"),
               k = axes.axis_number("direction");
    const auto strength = [&](sl::row_number row) {
        const auto heads = vectors.axes[2].extent;
        return static_cast<double>(vectors.singular_value(
            static_cast<std::size_t>(axes.coordinate(row, layer)),
            static_cast<std::size_t>(axes.coordinate(row, head) * heads + axes.coordinate(row, k))));
    };
    const auto products = paths.scores([](double read, double written) { return read * written; });
    std::cout << sl::sort_by(
        sl::map_scores(products, [&](sl::row_number row, double product) { return product * strength(row); }),
        {sl::descending("magnitude")});
}

/// Cells 62, 63: heads compared as matrices, from their factors.
void show_similarity(const circuits& of, beside_oracle& answers) {
    cell("62, 63", "Frobenius cosines between heads");
    const auto cosines = sl::frobenius_cosine(sl::ov_circuits(of.weights));
    std::cout << sl::pivot(cosines, by("head"), by("target_head"), agg::single{});
    if (of.weights.sizes.n_heads < 2) return;
    const auto& axes = cosines.axes();
    const std::vector<std::uint64_t> pair{0, 1, 0, 0};
    answers.number("L0H1 and L0H0", static_cast<double>(*cosines.find(axes.row(pair))),
                   "/frobenius_cosine_ov/L0H1 L0H0", score_tolerance);
}

/// What the neurons of the last layer that has an MLP are written to by.
void show_neurons(const circuits& of, beside_oracle& answers) {
    if (!of.weights.has_mlp()) return say_missing("4, 9-12, 15-28, 30-32", "MLP");
    const auto inputs = of.weights.mlp_in();
    std::uint64_t last = inputs.layers.size() - 1;
    while (inputs.lacks(last)) --last; // of a mixture, whose layers may have experts instead
    const auto neurons = scores_of(of.ov.writing(), inputs, {{"target_layer", {last}}});
    show_long_table(neurons, answers);
    show_tails(neurons, "target", answers);
    show_resampling(neurons);
    show_best(neurons, "target", answers);
    show_groups(neurons, "target", answers);
}

std::optional<table> show_written(const circuits& of, beside_oracle& answers) {
    if (!of.weights.has_unembed()) {
        say_missing("34-37", "unembedding");
        return std::nullopt;
    }
    const auto outputs = svdlens::named_tokens(of.weights.unembed(), of.tokens);
    const auto& axis = outputs.axes[0].name;
    auto scores = scores_of(of.ov.writing(), outputs, {{axis, first_of(outputs, most_outputs)}});
    show_outputs(scores, axis);
    compare_section(scores, answers);
    return scores;
}

std::optional<table> show_read(const circuits& of, beside_oracle& answers) {
    if (!of.weights.has_embed()) {
        say_missing("39-54", "embedding");
        return std::nullopt;
    }
    auto scores = show_inputs(of, svdlens::named_tokens(of.weights.embed(), of.tokens));
    cell("42-54", "the same tables of what is read");
    show_long_table(scores, answers);
    show_tails(scores, "source", answers);
    show_best(scores, "source", answers);
    return scores;
}

int run(const std::filesystem::path& model, beside_oracle& answers) {
    const auto of = load(model);
    show_spectra(of, answers);
    show_norms(of);
    show_neurons(of, answers);
    const auto written = show_written(of, answers);
    const auto read = show_read(of, answers);
    if (read && written)
        show_paths(of, *read, *written);
    else
        say_missing("56-58", "pair of embedding and unembedding");
    show_similarity(of, answers);
    if (answers.there())
        std::cout << "\n"
                  << answers.figures() << " figures beside the oracle's, " << answers.wrong() << " differ\n";
    return answers.wrong() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int count, char** arguments) {
    return program::run_program("notebook", [&] {
        if (count > 3) throw program::usage_error("expected notebook [MODEL [ANSWERS.json]]");
        const std::filesystem::path given = count > 1 ? arguments[1] : "notebook_planted.safetensors";
        if (given == "--help" || given == "-h") {
            std::cout << "usage: notebook [MODEL [ANSWERS.json]]\n";
            return EXIT_SUCCESS;
        }
        if (given.string().starts_with("-")) throw program::usage_error("unknown option " + given.string());
        if (count == 1) planted::write(planted::make(), given);
        auto answers = count == 3 ? beside_oracle(std::cout, arguments[2]) : beside_oracle(std::cout);
        return run(given, answers);
    });
}
