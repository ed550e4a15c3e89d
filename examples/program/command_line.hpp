/// @file
/// The options of all commands, each described once.
#ifndef SVDLENS_EXAMPLES_PROGRAM_COMMAND_LINE_HPP
#define SVDLENS_EXAMPLES_PROGRAM_COMMAND_LINE_HPP

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

#include <svdlens/core/text.hpp>
#include <svdlens/projection/projection.hpp>

#include "ending.hpp"
#include "options.hpp"
#include "version.hpp"

namespace program {

namespace detail {

/// How many letters are to be changed, put in or left out.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t corner = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t change = corner + (a[i] == b[j] ? 0 : 1);
            corner = row[j + 1];
            row[j + 1] = (std::min)({change, row[j] + 1, corner + 1});
        }
    }
    return row.back();
}

/// "; did you mean X?" for the nearest of some names, or nothing when none is near.
inline std::string nearest(std::string_view word, const std::vector<std::string>& names) {
    std::string best;
    std::size_t least = word.size() / 3 + 2;
    for (const auto& name : names)
        if (word.size() >= 3 && name.starts_with(word)) return "; did you mean " + name + "?";
    for (const auto& name : names)
        if (const auto distance = edit_distance(word, name); distance < least) {
            least = distance;
            best = name;
        }
    return best.empty() ? std::string() : "; did you mean " + best + "?";
}

inline double parse_tail(const std::string& text) {
    double tail = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), tail);
    if (failure != std::errc() || end != text.data() + text.size() || !(tail > 0 && tail < 0.5))
        throw usage_error("--tail: expected a number between 0 and 0.5, found " + text);
    return tail;
}

/// `4`, `4GiB`, `512MiB`, `2.5GB`: a number alone is in GiB.
inline std::uint64_t parse_size(const std::string& text) {
    struct unit {
        std::string_view name;
        double bytes;
    };
    constexpr unit units[] = {{"", 0x1p30},    {"GiB", 0x1p30}, {"MiB", 0x1p20}, {"KiB", 0x1p10},
                              {"TiB", 0x1p40}, {"GB", 1e9},     {"MB", 1e6},     {"kB", 1e3},
                              {"TB", 1e12},    {"B", 1}};
    double number = 0;
    const char* last = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), last, number);
    const std::string_view name(end, static_cast<std::size_t>(last - end));
    for (const auto& each : units)
        if (failure == std::errc() && name == each.name && number >= 0 && number * each.bytes < 0x1p62)
            return static_cast<std::uint64_t>(number * each.bytes);
    throw usage_error("--memory: expected a size such as 4GiB or 512MiB, found " + text);
}

/// A whole number, zero or more.
inline std::uint64_t parse_count(const std::string& option, const std::string& text, std::uint64_t least,
                                 std::uint64_t most) {
    std::uint64_t count = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failure != std::errc() || end != text.data() + text.size() || count < least || count > most)
        throw usage_error(option + ": expected a whole number from " + svdlens::to_text(least) + ", found " +
                          text);
    return count;
}

/// A rate between 0 and 1.
inline double parse_rate(const std::string& text) {
    double rate = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), rate);
    if (failure != std::errc() || end != text.data() + text.size() || !(rate > 0 && rate < 1))
        throw usage_error("--q: expected a rate between 0 and 1, found " + text);
    return rate;
}

inline svdlens::null_model parse_null(const std::string& text) {
    if (text == "share") return svdlens::null_model::share;
    if (text == "isotropic") return svdlens::null_model::isotropic;
    throw usage_error("--null: expected share or isotropic, found " + text +
                      nearest(text, {"share", "isotropic"}));
}

inline svdlens::score_kind parse_score(const std::string& text) {
    using enum svdlens::score_kind;
    for (const auto kind : {dot, cosine, scaled, centered_cosine, share})
        if (text == svdlens::to_text(kind)) return kind;
    throw usage_error("--score: expected dot, cosine, scaled, centered_cosine or share, found " + text +
                      nearest(text, {"dot", "cosine", "scaled", "centered_cosine", "share"}));
}

} // namespace detail

/// Adds an option that is a whole number.
template <class Number>
void add_count(CLI::App& to, const std::string& option, Number& value, const std::string& text,
               std::uint64_t least = 0) {
    to.add_option_function<std::string>(
          option,
          [option, least, &value](const std::string& given) {
              value = static_cast<Number>(
                  detail::parse_count(option, given, least, (std::numeric_limits<Number>::max)()));
          },
          text)
        ->type_name("N");
}

// Each adds one option, or a few that belong together, to a command.

/// Which of what a path holds.
inline void add_choice(CLI::App& to, options& o) {
    to.add_option("--variant", o.variant,
                  "of a folder: which of its checkpoints: fp16 for\nmodel.fp16.safetensors")
        ->type_name("NAME");
    to.add_option("--prefix", o.prefix,
                  "of several models in one file: what stands before\nthe names of the one that is meant")
        ->type_name("NAME");
    to.add_option("--tower", o.tower,
                  "of a model with several towers: text or vision (CLIP),\nencoder or decoder (Whisper)")
        ->type_name("NAME");
    to.add_option("--key", o.key,
                  "where a PyTorch file keeps the state dict: keys with dots\nbetween, . for all (default: "
                  "found by rule)")
        ->type_name("PATH");
    to.add_flag("--no-mmap", o.no_mmap, "read the file instead of mapping it");
}

inline void add_vectors(CLI::App& to, options& o) {
    to.add_option("--vectors", o.vectors,
                  "your own vectors in the residual stream, again for each:\n"
                  "[NAME=]reads|writes:FILE:TENSOR@SITE.LAYER[:LABELS];\n"
                  "SITE: resid_pre, resid_mid, resid_post, ln1, ln2,\n"
                  "attn_out, mlp_out; LAYER: a number, or * for {layer}\n"
                  "in TENSOR (docs/output.md)")
        ->type_name("SPEC")
        ->expected(1)
        ->take_all();
}

/// What is added to a model: an adapter, vectors of the user's own.
inline void add_additions(CLI::App& to, options& o) {
    to.add_option_function<std::string>(
          "--base",
          [&o](const std::string& path) {
              if (path.empty())
                  throw usage_error("--base: expected the model that MODEL, an adapter, changes");
              o.base = path;
          },
          "MODEL is a LoRA adapter (a folder with\nadapter_config.json): merge it into this model")
        ->type_name("MODEL");
    add_vectors(to, o);
}

/// What no tensor and no config tells.
inline void add_facts(CLI::App& to, options& o) {
    to.add_option("--scheme", o.scheme,
                  "how the file names and stores its tensors, as JSON\n(docs/schemes.md)")
        ->type_name("FILE");
    add_count(to, "--n-heads", o.n_heads, "heads of a layer, where no config says", 1);
    to.add_option("--model-type", o.model_type, "what the model is, as its config would say: gpt2")
        ->type_name("T");
}

inline void add_model(CLI::App& to, options& o, bool required) {
    auto* model =
        to.add_option(
              "MODEL", o.model,
              required
                  ? "a safetensors or PyTorch file, an index or the folder\nof several, or JSON weights"
                  : "a safetensors or PyTorch file, an index or the folder\nof several, or JSON weights; "
                    "none: a model with a\nplanted circuit")
            ->type_name("");
    if (required) model->required();
    add_choice(to, o);
    add_additions(to, o);
    add_facts(to, o);
}

inline void add_scores(CLI::App& to, options& o, const std::string& usual_tail) {
    to.add_flag("--raw", o.raw, "weights as stored (default: norms folded, reading\nweights centred)");
    to.add_option_function<std::string>(
          "--score", [&o](const std::string& text) { o.score = detail::parse_score(text); },
          "dot, cosine, scaled (the effect per unit of reading\nactivation: the default), centered_cosine, "
          "or share of\nwhat all directions have of the target")
        ->type_name("KIND");
    to.add_option_function<std::string>(
          "--tail", [&o](const std::string& text) { o.tail = detail::parse_tail(text); },
          "edges lie beyond the P and 1-P quantiles of a table\n(default: " + usual_tail + ")")
        ->type_name("P");
}

inline void add_rate(CLI::App& to, options& o) {
    to.add_option_function<std::string>(
          "--q", [&o](const std::string& text) { o.q = detail::parse_rate(text); },
          "what is found may be chance in this part of the cases:\nfalse discovery rate (default: 0.05)")
        ->type_name("Q");
}

inline void add_offset(CLI::App& to, options& o, const std::string& text) {
    to.add_option("--offset", o.rotary_offset, text)->type_name("N");
}

/// Of the tests of heads.
inline void add_head_tests(CLI::App& to, options& o) {
    add_offset(
        to, o,
        "of models with rotary positions: how far behind its key\na query stands where heads are tested for "
        "matching and\ninduction (default: not tested)");
}

inline void add_map(CLI::App& to, options& o) {
    add_rate(to, o);
    to.add_flag("--raw", o.raw, "weights as stored (default: norms folded, reading\nweights centred)");
    to.add_option(
          "--classes", o.classes,
          "head_to_key,neuron_to_value,...: from head, neuron,\nembedding or positions to query, key, value, "
          "neuron or\nunembedding (default: all 18)")
        ->type_name("LIST")
        ->expected(1)
        ->take_all();
    add_offset(to, o,
               "of models with rotary positions: how far the query\nstands behind the key (default: 0)");
}

inline void add_null(CLI::App& to, options& o) {
    to.add_option_function<std::string>(
          "--null", [&o](const std::string& text) { o.null = detail::parse_null(text); },
          "what edges are compared with: share, the model's other\ndirections (default); isotropic, turned "
          "at random")
        ->type_name("NULL");
}

inline void add_tests(CLI::App& to, options& o) {
    add_rate(to, o);
    add_null(to, o);
    to.add_flag("--ranking-only", o.ranking_only, "rank the edges, test none of them");
    add_head_tests(to, o);
}

/// Of two checkpoints.
inline void add_diff(CLI::App& to, options& o) {
    to.add_option("BEFORE", o.model,
                  "a safetensors or PyTorch file, an index or the folder\nof several, or JSON weights")
        ->type_name("")
        ->required();
    to.add_option("AFTER", o.other, "a checkpoint of the same model, or a LoRA adapter of it")
        ->type_name("")
        ->required();
    add_choice(to, o);
    add_facts(to, o);
    to.add_flag("--raw", o.raw, "weights as stored (default: norms folded, reading\nweights centred)");
    add_rate(to, o);
    add_null(to, o);
    to.add_option("--noise", o.noise,
                  "how sure weights are: change of an entry over the rms\nof its matrix, for standard errors "
                  "(default: 0.01)")
        ->type_name("X");
    add_offset(to, o,
               "of models with rotary positions: how far the query\nstands behind the key (default: 0)");
}

inline void add_filters(CLI::App& to, options& o) {
    const auto add = [&](const char* name, std::vector<std::string>& list, const char* text) {
        to.add_option(name, list, text)->type_name("LIST")->expected(1)->take_all();
    };
    add("--layers", o.layers, "layers of the heads: 0,2-4");
    add("--heads", o.heads, "heads: L0H3,L1H1, or 0-2 in every layer");
    add("--directions", o.directions, "singular directions: 0-3");
    add("--targets", o.targets, "what is written to or read from, by label or index:\nL1N7,jump");
}

inline void add_features(CLI::App& to, options& o) {
    to.add_flag("--all-features", o.all_features,
                "all 980 observation features of a grid-world model,\nnot only seven channels");
}

inline void add_neurons(CLI::App& to, options& o) {
    to.add_flag("--neuron-tokens", o.neuron_tokens,
                "what neurons write to tokens however many scores\nthat is (default: up to 268 million)");
}

inline void add_limits(CLI::App& to, options& o) {
    add_count(to, "--threads", o.threads, "worker threads, 0 for all (default: 0)");
    to.add_option_function<std::string>(
          "--memory", [&o](const std::string& text) { o.memory = detail::parse_size(text); },
          "for what grows with edges: 4GiB, 512MiB (default: 1GiB)")
        ->type_name("SIZE");
}

inline void add_output(CLI::App& to, options& o, const std::string& text) {
    to.add_option_function<std::string>(
          "--out",
          [&o](const std::string& path) {
              if (path.empty() || path == "-")
                  throw usage_error("--out: expected a name, found " + svdlens::quoted(path));
              o.out = path;
          },
          text)
        ->type_name("PATH");
}

inline void add_export(CLI::App& to, options& o) {
    to.add_option(
          "--export-directions", o.exported,
          "also the directions of found edges, as safetensors under\nTransformerLens' hook names, to "
          "patch a running model\n(docs/output.md); with --ranking-only the leading ones of\nevery head")
        ->type_name("FILE");
}

/// Of a model that a program is compiled to.
inline void add_programs(CLI::App& to, options& o) {
    const auto add = [&](const char* name, std::string& value, const char* type, const char* text) {
        to.add_option(name, value, text)->type_name(type);
    };
    add("--program", o.listing, "NAME",
        "a whole program in the place of a circuit, its channels\nas a table beside the file: "
        "previous_token, "
        "induction,\nduplicate_token, skip_trigram, palindrome, first_unique,\nrunning_sum, "
        "copy_suppression, "
        "q_composition,\nv_composition");
    add("--form", o.form, "FORM",
        "plain, layer_norm, rms_norm (with SwiGLU and rotary\npositions) or grouped (default: plain)");
    add("--spectra", o.spectra, "KIND", "graded or flat (default: graded)");
    add("--outliers", o.outliers, "NxSIZE",
        "N coordinates of the stream SIZE times as large, 3x4; in\nthe noise alone: 3x4:noise");
    add("--noise", o.noise, "X", "noise over signal, by their rms (default: 0.3)");
    add("--broken", o.broken, "PART", "a part that is turned away from all others");
}

/// For work on several machines.
inline void add_shard(CLI::App& to, options& o) {
    to.add_option_function<std::string>(
          "--shard",
          [&o](const std::string& text) {
              try {
                  o.shard = svdlens::to_shard(text);
              } catch (const svdlens::argument_error& wrong) {
                  throw usage_error("--shard: " + std::string(wrong.what()));
              }
          },
          "do the I-th of N parts of the work, into the folder of\n--out; svdlens merge puts them together "
          "(docs/scale.md)")
        ->type_name("I/N");
    to.add_flag("--estimate", o.estimate,
                "with --shard: print the memory and the time that it\ntakes, and do nothing");
    to.add_flag("--mixed", o.mixed, "shards of unlike machines go together");
}

inline void add_talk(CLI::App& to, options& o) {
    to.set_version_flag("--version", build_text(), "version, revision and options of the build");
    to.add_flag("--json", o.json, "the result as JSON on standard output");
    to.add_flag("-v,--verbose", o.verbose, "more of the result");
    to.add_flag("-q,--quiet", o.quiet, "no progress, no result: files and errors only");
}

} // namespace program

#endif
