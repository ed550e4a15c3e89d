/// @file
/// `svdlens diff`: what changed between two checkpoints of one model.
#ifndef SVDLENS_EXAMPLES_PROGRAM_DIFF_HPP
#define SVDLENS_EXAMPLES_PROGRAM_DIFF_HPP

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <svdlens/circuit/compare_checkpoints.hpp>
#include <svdlens/circuit/edge_changes.hpp>
#include <svdlens/circuit/found_edges.hpp>
#include <svdlens/core/error.hpp>
#include <svdlens/io/low_rank_adapter.hpp>

#include "change_tables.hpp"
#include "diff_files.hpp"
#include "diff_text.hpp"
#include "ending.hpp"
#include "findings.hpp"
#include "json_text.hpp"
#include "options.hpp"
#include "output_folder.hpp"
#include "progress.hpp"
#include "reading.hpp"
#include "result_files.hpp"
#include "result_text.hpp"
#include "version.hpp"

namespace program {

namespace detail {

inline double noise_of(const options& o) {
    if (o.noise.empty()) return 0.01;
    double noise = 0;
    const char* const last = o.noise.data() + o.noise.size();
    const auto [end, failure] = std::from_chars(o.noise.data(), last, noise);
    if (failure != std::errc() || end != last || !(noise >= 0) || !std::isfinite(noise))
        throw usage_error("--noise: expected a number of at least 0, found " + o.noise);
    return noise;
}

/// How the second model is read: as the first one, or, where it is an adapter, merged into that.
inline options options_of_after(const options& o) {
    options after = o;
    after.model = o.other;
    if (svdlens::is_adapter(o.other)) after.base = o.model;
    return after;
}

/// Tokens are compared by number: their texts have to agree where both models have some.
inline void require_same_tokens(const read_model& before, const read_model& after) {
    if (before.tokens.empty() || after.tokens.empty()) return;
    const auto [one, other] =
        std::mismatch(before.tokens.begin(), before.tokens.end(), after.tokens.begin(), after.tokens.end());
    if (one == before.tokens.end() && other == after.tokens.end()) return;
    const auto at = one - before.tokens.begin();
    const auto text = [](const auto& found, const auto& tokens) {
        return found == tokens.end() ? std::string("none") : svdlens::quoted(*found);
    };
    throw svdlens::model_error(svdlens::errc::unsupported_model,
                               after.weights.file + ": cannot be compared with " + before.weights.file +
                                   ": expected the token " + svdlens::to_text(at) + " to be " +
                                   text(one, before.tokens) + ", found " + text(other, after.tokens) +
                                   "; name two checkpoints with one tokenizer");
}

/// What is said of either model, once where both say it.
inline void take_facts(read_model& model, const read_model& other) {
    const auto add = [](std::vector<std::string>& to, const std::vector<std::string>& from) {
        for (const auto& line : from)
            if (std::find(to.begin(), to.end(), line) == to.end()) to.push_back(line);
    };
    add(model.weights.notes, other.weights.notes);
    add(model.left_out, other.left_out);
}

/// Edges of either model, and what became of them.
inline std::vector<svdlens::edge_family_changes> changed_edges(const svdlens::checkpoint_comparison& changes,
                                                               const read_model& before, read_model& after,
                                                               const svdlens::index_list& features,
                                                               const options& o, progress_bar& bar) {
    const auto find = [&](const read_model& model, const svdlens::float_directions& ov,
                          const svdlens::float_directions* qk) {
        svdlens::head_sides heads{ov.reading(), ov.writing()};
        if (qk != nullptr) heads.query = qk->query();
        if (qk != nullptr) heads.key = qk->key();
        const section_inputs from{.heads = std::move(heads),
                                  .weights = model.weights,
                                  .score = o.score,
                                  .features = features,
                                  .tokens = model.tokens,
                                  .most_neuron_rows = o.most_neuron_rows()};
        return find_edges_beyond_chance(from, o, bar, after.left_out);
    };
    const auto* const qk = changes.qk ? &*changes.qk : nullptr;
    const auto found_before =
        find(before, changes.ov.before.directions, qk ? &qk->before.directions : nullptr);
    const auto found_after = find(after, changes.ov.after.directions, qk ? &qk->after.directions : nullptr);
    current_stage = "comparing the edges";
    return svdlens::compare_edges(changes, found_before, found_after, {.noise = noise_of(o)}, o.run());
}

inline manifest_facts facts_of_diff(const read_model& before, const read_model& after, const options& o) {
    const auto files = [&](const read_model& model, const options& how) {
        manifest_facts list = manifest_facts::array();
        for (const auto& [name, hash] : hashes(model, how))
            list.push_back({{"name", name}, {"sha256", hash}});
        return list;
    };
    return {{"program", "svdlens"},
            {"version", version_text()},
            {"command", o.program},
            {"before", before.weights.provenance()},
            {"before_files", files(before, o)},
            {"after", after.weights.provenance()},
            {"after_files", files(after, options_of_after(o))},
            {"score", svdlens::to_text(o.score)},
            {"q", o.q},
            {"null", svdlens::to_text(o.null)},
            {"noise", noise_of(o)},
            {"offset", json_offset(offset_of(after, o))},
            {"raw", o.raw},
            {"assumed", after.weights.notes},
            {"left_out", after.left_out}};
}

inline void write_diff(output_folder& folder, const read_model& before, const read_model& after,
                       const diff_result& of, const options& o) {
    current_stage = "writing the files";
    const std::string less = "; less " + before.weights.provenance();
    const auto text = [&](const std::string& what) { return table_provenance(after, o, less + what); };
    write_head_changes(folder.file("diff.csv"), text(""), of.changes);
    write_matches(folder.file("matches.csv"), text(""), of.changes);
    write_edge_changes(folder.file("edge_changes.csv"),
                       text("; q " + svdlens::to_text(o.q) + "; null " +
                            std::string(svdlens::to_text(o.null)) + "; noise " +
                            svdlens::to_text(noise_of(o))),
                       of.edges);
    write_change_tables(folder.file("change.csv"), text("; score " + std::string(svdlens::to_text(o.score))),
                        of.tables);
    std::vector<const svdlens::float_directions*> spectra;
    for (const auto* circuit : circuits_of(of.changes)) spectra.push_back(&circuit->change.directions);
    write_singular_values(folder.file("singular_values.csv"), text(""), spectra);
    stop_if_interrupted();
}

inline void print_compared(std::ostream& out, const read_model& before, const read_model& after) {
    out << "Before   ";
    print_wrapped(out, svdlens::shown_bytes(before.weights.provenance()), 9);
    out << "After    ";
    print_wrapped(out, svdlens::shown_bytes(after.weights.provenance()), 9);
}

} // namespace detail

/// The files that a set of `diff` may have.
inline std::vector<std::string> diff_names() {
    return {"diff.csv", "matches.csv", "edge_changes.csv", "change.csv", "singular_values.csv"};
}

inline int diff_command(options o) {
    if (o.out.empty()) o.out = "diff";
    detail::noise_of(o); // refused before the work
    if (svdlens::is_adapter(o.model))
        throw usage_error(o.model + " is an adapter: name the model that it changes first, then the adapter");
    output_folder folder(o.out, o.program, diff_names());
    const options how = detail::options_of_after(o);
    const auto before = read(o, o.model, o.model);
    auto after = read(how, o.other, o.other);
    auto inputs = inputs_of(before, o);
    for (auto& each : inputs_of(after, how)) inputs.push_back(std::move(each));
    folder.keep_inputs(inputs);
    o.rotary_offset =
        o.rotary_offset.value_or(0); // now that models without rotations have said what they think of one
    detail::require_same_tokens(before, after);
    detail::take_facts(after, before);
    progress_bar bar(o.quiet);
    const double cost = 14 * decomposition_cost(before.weights);
    bar.expect(cost);
    current_stage = "comparing the heads";
    bar.begin("comparing heads", "heads", cost);
    diff_result result{svdlens::compare_checkpoints(before.weights, after.weights,
                                                    {.rotary_offset = *o.rotary_offset},
                                                    o.run(bar.reporter())),
                       {},
                       {}};
    after.left_out.insert(after.left_out.end(), result.changes.left_out.begin(),
                          result.changes.left_out.end());
    const auto features = chosen_features(after, o);
    result.edges = detail::changed_edges(result.changes, before, after, features, o, bar);
    result.tables = change_tables(result.changes, after, features, o);
    detail::write_diff(folder, before, after, result, o);
    folder.commit(detail::facts_of_diff(before, after, o));
    bar.clear();
    if (o.json) {
        auto all = json_diff(result, 100);
        all["before"] = json_model(before);
        all["after"] = json_model(after);
        all["folder"] = folder.place().string();
        all["files"] = folder.names();
        print_json(std::cout, all);
    }
    if (o.json || o.quiet) return EXIT_SUCCESS;
    detail::print_compared(std::cout, before, after);
    print_diff(std::cout, result, o.verbose);
    print_left_out(std::cout, after);
    print_files(std::cout, folder, folder.names());
    return EXIT_SUCCESS;
}

} // namespace program

#endif
