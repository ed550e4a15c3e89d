/// @file
/// The command line of circuit_analysis.
#ifndef SVDLENS_EXAMPLES_COMMAND_LINE_HPP
#define SVDLENS_EXAMPLES_COMMAND_LINE_HPP

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/projection/projection.hpp>

#include "arguments.hpp"

struct command_line {
    std::optional<std::filesystem::path> model = {}; ///< none: the planted model
    bool raw = false;
    svdlens::score_kind score = svdlens::score_kind::scaled;
    std::optional<double> tail = {};
    std::size_t max_edges = 100'000; ///< of the graph files; 0: all
    std::filesystem::path out = "circuit";
    bool all_features = false;
    unsigned threads = 0;
    bool help = false;
};

inline constexpr std::string_view usage_text =
    R"(usage: circuit_analysis [MODEL] [options]

Reads the circuits of all attention heads off a model's weights: which neurons, tokens, actions and later heads
each singular direction of W_V W_O reaches, and what it reads. The model is a safetensors file, the index or the folder
of several, or JSON weights. Without one it makes a model with a planted circuit and finds it again.

  --raw                      analyse the weights as stored (default: norms folded, reading weights centred)
  --score dot|cosine|scaled  what a score is (default: scaled, the effect per unit of reading activation)
  --tail P                   edges are rows beyond the P and 1-P quantiles (default: 0.001; planted model: 0.01)
  --max-edges N              the graph files hold the N strongest edges, 0 for all (default: 100000)
  --features all             all 980 observation features of a grid-world model, not only seven channels
  --out DIR                  where the files go (default: circuit)
  --threads N                worker threads, 0 for all (default: 0)
)";

namespace detail {

inline svdlens::score_kind parse_score(std::string_view text) {
    using enum svdlens::score_kind;
    for (const auto kind : {dot, cosine, scaled})
        if (text == svdlens::to_text(kind)) return kind;
    throw usage_error("--score: " + std::string(text) + " is none of dot, cosine, scaled");
}

/// Takes an option that circuit_analysis and circuit_report share, or the model. @throws usage_error
template <class Options, class Value>
void take_model_option(Options& result, std::string_view argument, Value value) {
    if (argument == "-h" || argument == "--help") {
        result.help = true;
    } else if (argument == "--raw") {
        result.raw = true;
    } else if (argument == "--score") {
        result.score = parse_score(value());
    } else if (argument == "--tail") {
        result.tail = parse_tail(value());
    } else if (argument == "--max-edges") {
        result.max_edges = parse_number<std::size_t>(argument, value());
    } else if (argument == "--threads") {
        result.threads = parse_number<unsigned>(argument, value());
    } else if (argument == "--out") {
        result.out = value();
    } else if (argument == "--features") {
        if (value() != "all") throw usage_error("--features: only 'all' is known");
        result.all_features = true;
    } else if (argument.starts_with("-")) {
        throw usage_error("unknown option " + std::string(argument));
    } else if (result.model) {
        throw usage_error("more than one model: " + std::string(argument));
    } else {
        result.model = argument;
    }
}

} // namespace detail

/// @throws usage_error
inline command_line parse_command_line(const std::vector<std::string_view>& arguments) {
    command_line result;
    for_each_argument(arguments, [&](std::string_view argument, auto value) {
        detail::take_model_option(result, argument, value);
    });
    return result;
}

#endif
