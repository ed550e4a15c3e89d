/// @file
/// The command line of scan_model.
#ifndef SVDLENS_EXAMPLES_SCAN_OPTIONS_HPP
#define SVDLENS_EXAMPLES_SCAN_OPTIONS_HPP

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/projection/projection.hpp>

#include "arguments.hpp"

/// Which rows are edges.
enum class edge_rule {
    tails,           ///< beyond the P and 1-P quantiles of the score
    magnitude_tails, ///< beyond the 1-P quantile of |score|
    strongest,       ///< a given number of largest |score|
};

struct scan_options {
    std::filesystem::path model = {};
    svdlens::score_kind score = svdlens::score_kind::dot;
    edge_rule rule = edge_rule::tails;
    double tail = 0.001;
    bool tail_given = false;
    std::uint64_t top = 0;
    std::filesystem::path out = {}; ///< empty: no file
    bool raw = false;
    bool tokens = false;
    unsigned threads = 0;
    std::uint64_t memory = std::uint64_t{1} << 30; ///< bytes for the edges before they are written
    bool help = false;
};

inline constexpr std::string_view scan_usage =
    R"(usage: scan_model MODEL [options]

Scans a whole model: every attention head's writing directions on every neuron that they reach, and the exact
edges among all those scores, which are never stored. A neuron is reached through W_in and, in gated MLPs, through
W_gate: a table each, with thresholds of its own. MODEL is any checkpoint that the library reads.

  --tail P              edges are the scores beyond the P and 1-P quantiles of a table (default: 0.001)
  --abs                 edges are the scores whose |score| is beyond the 1-P quantile of |score|
  --top K               instead of tails: the K scores of largest |score| of each table
  --cosine | --scaled   a score is the cosine of direction and neuron, or S times their product: the effect per
                        unit of reading activation (default: the product of the unit direction with the neuron)
  --tokens              also the unembedding's tokens (or actions), a table more; a model without MLPs has no other
  --out edges.csv       where to write the edges: section,source,target,layer,head,direction,score,singular_value
  --memory GIB          for edges that are held until their thresholds are known (default: 1); what needs more
                        (48 bytes an edge) is computed three times instead of once
  --threads N           worker threads, 0 for all (default: 0)
  --raw                 the weights as stored (default: norms folded, reading weights centred; a model whose norms
                        stand behind each sum has none to fold)

On a terminal a bar shows rate and time left. Ctrl-C ends the scan with status 130 and leaves no file.
)";

namespace detail {

/// A number of edges.
inline std::uint64_t parse_top(std::string_view text) {
    const auto top = parse_number<std::uint64_t>("--top", text);
    if (top == 0) throw usage_error("--top: 0 edges are none");
    return top;
}

/// Bytes.
inline std::uint64_t parse_gibibytes(std::string_view text) {
    const auto size = parse_number<double>("--memory", text);
    if (!(size >= 0 && size <= 0x1p30))
        throw usage_error("--memory: " + std::string(text) + " GiB cannot be");
    return static_cast<std::uint64_t>(size * 0x1p30);
}

/// Two options that both say what `slot` is.
template <class T>
void set_once(T& slot, const T& usual, T value, std::string_view option) {
    if (slot != usual && slot != value)
        throw usage_error(std::string(option) + " contradicts an option before it");
    slot = value;
}

/// Options that say what an edge or a score is. Whether `argument` is one.
template <class Value>
bool take_rule(scan_options& result, std::string_view argument, Value value) {
    using enum svdlens::score_kind;
    if (argument == "--cosine" || argument == "--scaled") {
        set_once(result.score, dot, argument == "--cosine" ? cosine : scaled, argument);
    } else if (argument == "--abs") {
        set_once(result.rule, edge_rule::tails, edge_rule::magnitude_tails, argument);
    } else if (argument == "--top") {
        set_once(result.rule, edge_rule::tails, edge_rule::strongest, argument);
        result.top = parse_top(value());
    } else if (argument == "--tail") {
        result.tail = parse_tail(value());
        result.tail_given = true;
    } else {
        return false;
    }
    return true;
}

inline void check(const scan_options& options) {
    if (options.help) return;
    if (options.model.empty()) throw usage_error("a model is missing");
    if (options.rule == edge_rule::strongest && options.tail_given)
        throw usage_error("--top takes no tail: leave out --tail");
}

} // namespace detail

/// @throws usage_error
inline scan_options parse_scan_options(const std::vector<std::string_view>& arguments) {
    scan_options result;
    for_each_argument(arguments, [&](std::string_view argument, auto value) {
        if (detail::take_rule(result, argument, value)) return;
        if (argument == "-h" || argument == "--help") {
            result.help = true;
        } else if (argument == "--raw") {
            result.raw = true;
        } else if (argument == "--tokens") {
            result.tokens = true;
        } else if (argument == "--threads") {
            result.threads = parse_number<unsigned>(argument, value());
        } else if (argument == "--memory") {
            result.memory = detail::parse_gibibytes(value());
        } else if (argument == "--out") {
            result.out = value();
        } else if (argument.starts_with("-")) {
            throw usage_error("unknown option " + std::string(argument));
        } else if (!result.model.empty()) {
            throw usage_error("more than one model: " + std::string(argument));
        } else {
            result.model = argument;
        }
    });
    detail::check(result);
    return result;
}

#endif
