/// @file
/// What a command line can say.
#ifndef SVDLENS_EXAMPLES_PROGRAM_OPTIONS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_OPTIONS_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/circuit/edge_tables.hpp>
#include <svdlens/core/execution.hpp>
#include <svdlens/core/shard_run.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/significance/log_p.hpp>

#include "interruption.hpp"

namespace program {

/// Which rows are edges.
enum class edge_rule { tails, magnitude_tails, strongest };

/// What a command line can say. A command reads what it has offered.
struct options {
    std::string program = "svdlens"; ///< with the command's name
    std::string command = {};
    std::vector<std::string> given = {}; ///< the arguments behind the command
    std::string model = {};              ///< as the user gave it; empty: the planted one
    std::string other = {};              ///< diff: the model after
    std::string key = {};                ///< of a torch file: where the state dict stands
    std::string base = {}; ///< the model that MODEL, an adapter, is merged into; empty: MODEL is none
    std::vector<std::string> vectors = {}; ///< of the user's own, as given
    std::string scheme = {};               ///< a file
    std::uint64_t n_heads = 0;             ///< 0: as the model's config says
    std::string model_type = {};           ///< empty: as the model's config says
    bool raw = false;
    svdlens::score_kind score = svdlens::score_kind::scaled;
    std::optional<double> tail = {};
    double q = 0.05; ///< the false discovery rate of what is found
    svdlens::null_model null = svdlens::null_model::share;
    bool ranking_only = false;                      ///< nothing is tested
    std::optional<std::int64_t> rotary_offset = {}; ///< how far a query stands behind its key
    std::vector<std::string> layers = {}, heads = {}, directions = {}, targets = {};
    bool all_features = false;
    std::size_t max_edges = 0;
    bool neuron_tokens =
        false;             ///< analyse, report: what neurons write to tokens, however many scores that is
    std::size_t paths = 0; ///< analyse: of each section; 0: none
    std::filesystem::path out = {};
    std::filesystem::path exported = {}; ///< analyse: a file of directions for a model that runs
    unsigned threads = 0;
    std::uint64_t memory = std::uint64_t{1} << 30;
    bool no_mmap = false;
    std::string variant = {};               ///< which checkpoint of a folder
    std::optional<std::string> prefix = {}; ///< which of several models in a file
    std::optional<std::string> tower = {};  ///< which of a model's towers
    bool quiet = false;
    bool verbose = false;
    bool json = false;
    std::vector<std::string> classes = {}; ///< map; empty: all
    bool all_tensors = false;              ///< inspect
    std::filesystem::path suggestion = {}; ///< inspect: where to write a scheme
    bool tokens = false;                   ///< edges
    bool magnitudes = false;               ///< edges
    std::uint64_t top = 0;                 ///< edges; 0: tails
    std::string embed = {};                ///< report
    std::string link = {};                 ///< report
    std::uint64_t seed = 0;                ///< planted
    std::string listing = {};              ///< planted: which program; empty: a circuit
    std::string form = {}; ///< planted, of a program, as given; empty: the default, as those below
    std::string spectra = {};
    std::string outliers = {};
    std::string noise = {}; ///< diff, too
    std::string broken = {};
    std::optional<svdlens::shard> shard = {};   ///< edges, map: which part of the work
    bool estimate = false;                      ///< of a shard, instead of it
    bool mixed = false;                         ///< shards of unlike machines go together
    std::string mixed_note = {};                ///< in what they differ
    const svdlens::shard_run* shards = nullptr; ///< where passes are shared out

    const std::atomic<bool>* stop = &interrupted;

    edge_rule rule() const {
        if (top != 0) return edge_rule::strongest;
        return magnitudes ? edge_rule::magnitude_tails : edge_rule::tails;
    }
    svdlens::execution run(std::function<void(const svdlens::progress_report&)> progress = {}) const {
        svdlens::execution run{
            .threads = threads, .memory_budget = memory, .progress = std::move(progress), .stop = stop};
        return shards == nullptr ? run : shards->of(std::move(run));
    }
    std::uint64_t most_neuron_rows() const {
        return neuron_tokens ? std::numeric_limits<std::uint64_t>::max() : svdlens::usual_neuron_rows;
    }
    bool is_filtered() const {
        return !layers.empty() || !heads.empty() || !directions.empty() || !targets.empty();
    }
};

} // namespace program

#endif
