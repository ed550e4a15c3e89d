/// @file
/// The model that a command works on, and what is said of it on every output.
#ifndef SVDLENS_EXAMPLES_PROGRAM_READING_HPP
#define SVDLENS_EXAMPLES_PROGRAM_READING_HPP

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/circuit/circuits.hpp>
#include <svdlens/circuit/dead_parts_of.hpp>
#include <svdlens/circuit/head_sides.hpp>
#include <svdlens/core/text.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/io/sha256.hpp>
#include <svdlens/io/tensor_groups.hpp>
#include <svdlens/io/tensor_record.hpp>
#include <svdlens/io/token_labels.hpp>
#include <svdlens/model/fold_norms.hpp>
#include <svdlens/model/transformer_weights.hpp>

#include "ending.hpp"
#include "opening.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "sections.hpp"
#include "transformer.hpp"
#include "units.hpp"
#include "user_vectors.hpp"

namespace program {

/// A model as read, with what was assumed and what stays out.
struct read_model {
    svdlens::state_dict file;
    svdlens::transformer_weights weights;
    std::vector<std::string> tokens;                 ///< what they are called; empty: numbers
    std::vector<std::string> left_out;               ///< what is not in the result, and why: a line each
    std::vector<svdlens::dead_parts> dead = {};      ///< heads and neurons that weigh next to nothing
    std::vector<std::filesystem::path> vectors = {}; ///< the files of --vectors
};

/// The directions of a model's heads.
struct circuits {
    svdlens::float_directions ov;
    svdlens::basic_attending_directions<float> attending = {}; ///< what queries and keys read

    svdlens::head_sides sides() const { return svdlens::sides_of_heads(ov, attending); }
};

namespace detail {

/// Names that differ in numbers only are one: `h.{layer}.attn.bias (12)`.
inline std::vector<std::string> grouped_names(const std::vector<std::string>& names) {
    std::vector<svdlens::tensor_record> records;
    for (const auto& name : names) records.emplace_back().name = name;
    std::vector<std::string> result;
    for (const auto& each : svdlens::tensor_patterns(records))
        result.push_back(each.count == 1 ? each.pattern
                                         : each.pattern + " (" + svdlens::to_text(each.count) + ")");
    return result;
}

/// What stands beside or around the file and is not in it.
inline void say_surroundings(read_model& model, const std::filesystem::path& path) {
    const bool is_folder = std::filesystem::is_directory(path);
    const auto folder = is_folder ? path : path.parent_path();
    if (std::filesystem::exists(folder / "adapter_config.json"))
        model.left_out.emplace_back("the adapter beside the model (adapter_config.json): if it is meant, "
                                    "name its folder, and the model "
                                    "by --base");
}

inline void say_unread(read_model& model) {
    if (auto text = other_states_text(model.file); !text.empty()) model.left_out.push_back(std::move(text));
    if (model.weights.unread.empty()) return;
    std::string line =
        svdlens::to_text(model.weights.unread.size()) + " tensors of the file that are no part of it:";
    for (const auto& name : grouped_names(model.weights.unread)) line += " " + name;
    model.left_out.push_back(std::move(line));
}

} // namespace detail

/// Opens the model, which is called `shown` from then on. Folds its norms unless told otherwise.
inline read_model read(const options& o, const std::filesystem::path& path,
                       const std::filesystem::path& shown) {
    const auto base = model_path(o, path);
    auto file = open_model(o, base);
    auto weights = read_transformer(o, file);
    weights.file = model_path(o, shown).string();
    if (const auto inner = file.path().lexically_relative(base);
        !o.variant.empty() || inner.has_parent_path())
        weights.notes.push_back("found in the folder: " + inner.string());
    const auto found = file.path(); // of a folder, a cache or a name of either: what was found there
    read_model model{std::move(file), {}, svdlens::token_labels(found), {}};
    weights = with_user_vectors(std::move(weights), o, model.vectors);
    const bool cannot_fold = weights.norm_placement == svdlens::norm_placement::after;
    if (cannot_fold && !o.raw)
        model.left_out.emplace_back("norms stand behind each sum and cannot be folded: weights as stored");
    model.weights =
        o.raw || cannot_fold ? std::move(weights) : svdlens::fold_norms(std::move(weights), o.run());
    if (!o.mixed_note.empty()) model.weights.notes.push_back(o.mixed_note);
    if (model.weights.W_U.columns() < model.tokens.size() && model.weights.W_E.rows() < model.tokens.size()) {
        model.left_out.push_back("the tokenizer's texts: it has " + svdlens::to_text(model.tokens.size()) +
                                 " tokens, more than the model; tokens are numbers");
        model.tokens.clear();
    }
    detail::say_unread(model);
    if (o.base.empty()) detail::say_surroundings(model, found);
    if (o.rotary_offset && !model.weights.is_rotary())
        model.left_out.emplace_back("--offset: the model's positions are no rotations, so that no circuit "
                                    "hangs on how far apart a query and its key stand");
    return model;
}

/// A line a kind of parts that has dead ones: how many, and which.
inline std::vector<std::string> dead_lines(const read_model& model) {
    std::vector<std::string> lines;
    for (const auto& each : model.dead)
        if (!each.rows.empty()) lines.push_back(each.kind + ": " + to_string(each));
    return lines;
}

/// What the model lacks, so that it is in no table.
inline void say_missing_sides(read_model& model) {
    const auto& w = model.weights;
    const auto say = [&](bool is_there, const char* what) {
        if (!is_there) model.left_out.emplace_back(what);
    };
    say(w.has_unembed(), "the file has no unembedding: nothing on output tokens or actions (ov_to_unembed)");
    say(w.has_embed(), "the file has no embedding: nothing on input tokens or features (embed_to_ov)");
    say(w.has_mlp() || w.has_experts(), "the file has no MLP: nothing on neurons (ov_to_mlp_in)");
    if (w.has_embed())
        model.weights.notes.emplace_back(std::string("embeddings are taken at unit length in embed_to_ov, ") +
                                         (w.normalization == svdlens::normalization::none
                                              ? "so that tokens can be compared"
                                              : "as a norm stands before what reads them"));
}

/// Counts the directions that no table of scores has.
inline void say_null_space(read_model& model, std::size_t count, std::uint64_t all) {
    if (count != 0)
        model.left_out.push_back(svdlens::to_text(count) + " of " + svdlens::to_text(all) +
                                 " OV directions are numerically null space: their rows are in no table");
}

/// Which inputs an analysis looks at: of a grid world some channels, unless all are asked for.
inline svdlens::index_list chosen_features(read_model& model, const options& o) {
    if (!model.weights.has_embed() || o.all_features) return {};
    auto features = default_features(model.weights.embed());
    if (!features.all())
        model.left_out.emplace_back(
            "observation features other than the channels key, ball, unseen, empty, green, "
            "grey, red (--all-features)");
    return features;
}

/// What stands in the first line of a table of the model's: where the numbers come from, what they are, what
/// was asked for, assumed and left out.
inline std::string table_provenance(const read_model& model, const options& o, const std::string& what) {
    std::string text = model.weights.provenance() + what;
    const auto add = [&](const std::string& name, const std::vector<std::string>& items) {
        if (items.empty()) return;
        text += "; " + name;
        for (const auto& item : items) text += (&item == &items.front() ? " " : " | ") + item;
    };
    add("--layers", o.layers);
    add("--heads", o.heads);
    add("--directions", o.directions);
    add("--targets", o.targets);
    add("assumed:", model.weights.notes);
    add("left out:", model.left_out);
    return svdlens::shown_bytes(text);
}

/// At which offset the queries of a model with rotary positions were taken; nothing of others, or where none was.
inline std::optional<std::int64_t> offset_of(const read_model& model, const options& o) {
    return model.weights.is_rotary() ? o.rotary_offset : std::nullopt;
}

/// What decomposing costs, in multiplications and additions: two QRs, one product, a Jacobi SVD of r × r.
inline double decomposition_cost(const svdlens::transformer_weights& weights) {
    const auto size = [](std::size_t n) { return static_cast<double>(n); };
    const double r = size(weights.sizes.d_head), d = size(weights.sizes.d_model);
    return size(weights.sizes.n_layers * weights.sizes.n_heads) * (24 * d * r * r + 60 * r * r * r);
}

/// What the heads read and write. A line in `left_out` for what there is not.
inline circuits decompose(read_model& model, const options& o, progress_bar& bar, bool with_qk) {
    const double cost = decomposition_cost(model.weights);
    current_stage = "decomposing the OV circuits";
    bar.begin("decomposing OV", "heads", cost);
    circuits result{svdlens::singular_directions(svdlens::ov_circuits(model.weights), o.run(bar.reporter()))};
    say_null_space(model, result.ov.null_directions(), result.ov.axes().shape_rows());
    if (!is_shard(o)) // which says nothing of them
        model.dead = svdlens::dead_parts_of(model.weights, result.ov.writing(), o.run());
    if (!with_qk) return result;
    current_stage = "decomposing the QK circuits";
    bar.begin("decomposing QK", "heads", cost);
    result.attending =
        svdlens::attending_directions(model.weights, offset_of(model, o), o.run(bar.reporter()));
    if (const auto& reason = result.attending.left_out; !reason.empty())
        model.left_out.push_back("queries and keys: " + detail::in_program_words(reason));
    return result;
}

/// The files that say what the model is: its weights, and config and tokenizer beside them.
inline std::vector<std::filesystem::path> inputs_of(const svdlens::state_dict& file) {
    std::vector<std::filesystem::path> paths;
    for (const auto& each : file.files()) paths.push_back(each.path);
    const auto folder = paths.empty() ? std::filesystem::path() : paths.front().parent_path();
    for (const char* name :
         {"config.json", "params.json", "tokenizer.json", "vocab.json", "added_tokens.json"})
        if (std::filesystem::is_regular_file(folder / name)) paths.push_back(folder / name);
    if (std::find(paths.begin(), paths.end(), file.path()) == paths.end() &&
        std::filesystem::is_regular_file(file.path()))
        paths.push_back(file.path()); // an index
    return paths;
}

/// Every file that a run reads: those, the user's vectors and their labels, the adapter's, the scheme.
inline std::vector<std::filesystem::path> inputs_of(const read_model& model, const options& o) {
    auto paths = inputs_of(model.file);
    const auto add = [&](const std::filesystem::path& path) {
        if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
    };
    for (const auto& path : model.vectors) add(path);
    for (const auto& path : adapter_files(o)) add(path);
    if (!o.scheme.empty()) add(o.scheme);
    return paths;
}

/// Name and SHA-256 of every file that a run reads.
inline std::vector<std::pair<std::string, std::string>> hashes(const read_model& model, const options& o) {
    current_stage = "hashing the model's files";
    std::vector<std::pair<std::string, std::string>> result;
    for (const auto& path : inputs_of(model, o))
        result.emplace_back(path.filename().string(), svdlens::file_sha256(path, o.run()));
    return result;
}

} // namespace program

#endif
