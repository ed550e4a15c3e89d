/// @file
/// The command line of circuit_analysis.
#ifndef SVDLENS_EXAMPLES_COMMAND_LINE_HPP
#define SVDLENS_EXAMPLES_COMMAND_LINE_HPP

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/projection/projection.hpp>

/// What is wrong with the arguments.
class usage_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

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

template <class Number>
Number parse_number(std::string_view option, std::string_view text) {
    Number value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size())
        throw usage_error(std::string(option) + ": " + std::string(text) + " is not a number it can take");
    return value;
}

inline svdlens::score_kind parse_score(std::string_view text) {
    using enum svdlens::score_kind;
    for (const auto kind : {dot, cosine, scaled})
        if (text == svdlens::name(kind)) return kind;
    throw usage_error("--score: " + std::string(text) + " is none of dot, cosine, scaled");
}

inline double parse_tail(std::string_view text) {
    const auto tail = parse_number<double>("--tail", text);
    if (!(tail > 0 && tail < 0.5))
        throw usage_error("--tail: " + std::string(text) + " is not between 0 and 0.5");
    return tail;
}

} // namespace detail

/// @throws usage_error
inline command_line parse_command_line(const std::vector<std::string_view>& arguments) {
    command_line result;
    for (std::size_t k = 0; k < arguments.size(); ++k) {
        const auto argument = arguments[k];
        const auto value = [&] {
            if (k + 1 == arguments.size()) throw usage_error(std::string(argument) + " needs a value");
            return arguments[++k];
        };
        if (argument == "-h" || argument == "--help") {
            result.help = true;
        } else if (argument == "--raw") {
            result.raw = true;
        } else if (argument == "--score") {
            result.score = detail::parse_score(value());
        } else if (argument == "--tail") {
            result.tail = detail::parse_tail(value());
        } else if (argument == "--max-edges") {
            result.max_edges = detail::parse_number<std::size_t>(argument, value());
        } else if (argument == "--threads") {
            result.threads = detail::parse_number<unsigned>(argument, value());
        } else if (argument == "--out") {
            result.out = value();
        } else if (argument == "--features") {
            if (const auto which = value(); which != "all")
                throw usage_error("--features: only 'all' is known");
            result.all_features = true;
        } else if (argument.starts_with("-")) {
            throw usage_error("unknown option " + std::string(argument));
        } else if (result.model) {
            throw usage_error("more than one model: " + std::string(argument));
        } else {
            result.model = argument;
        }
    }
    return result;
}

#endif
