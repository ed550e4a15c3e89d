/// @file
/// Which directions of the residual stream all heads share, and how much of tokens and positions lies along them.
#ifndef SVDLENS_EXAMPLES_PROGRAM_STREAM_HPP
#define SVDLENS_EXAMPLES_PROGRAM_STREAM_HPP

#include <cstddef>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/core/text.hpp>
#include <svdlens/directions/pooled_directions.hpp>
#include <svdlens/export/csv_writer.hpp>

#include "ending.hpp"
#include "json_text.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "reading.hpp"
#include "text.hpp"

namespace program {

/// A direction of the stream each: which share of what heads read and write lies along it, and of the energy of tokens
/// and positions.
struct stream_shares {
    std::vector<double> heads, tokens, positions; ///< empty: the model has none of them
};

/// What pooling costs, in multiplications and additions.
inline double pooling_cost(const svdlens::transformer_weights& weights) {
    const auto size = [](std::size_t n) { return static_cast<double>(n); };
    const auto& s = weights.sizes;
    const double rows = 4 * size(s.n_layers * s.n_heads * s.d_head) + size(weights.W_E.rows());
    return size(s.d_model) * size(s.d_model) * (rows / 2 + 10 * size(s.d_model));
}

namespace detail {

inline svdlens::vector_set positions_of(const svdlens::transformer_weights& weights) {
    return {.name = "pos",
            .axes = svdlens::axes({{"position", weights.W_pos.rows()}}),
            .identity = {"position", "{position}"},
            .layers = {weights.W_pos},
            .provenance = weights.provenance()};
}

} // namespace detail

inline stream_shares shares_of_stream(const read_model& model, const circuits& of, const options& o,
                                      progress_bar& bar) {
    current_stage = "pooling the heads";
    bar.begin("pooling the heads", "sides", pooling_cost(model.weights));
    std::vector<svdlens::vector_set> sides{of.ov.reading(), of.ov.writing()};
    const auto& qk = of.attending.qk;
    if (qk && !model.weights.is_rotary()) sides.insert(sides.end(), {qk->query(), qk->key()});
    const auto run = o.run(bar.reporter());
    const auto pooled = svdlens::pooled_directions(sides, run);
    stream_shares result;
    for (const float value : pooled.singular_values.front())
        result.heads.push_back(static_cast<double>(value) * static_cast<double>(value));
    if (model.weights.has_embed()) result.tokens = svdlens::energy_shares(model.weights.embed(), pooled, run);
    if (model.weights.W_pos.rows() != 0)
        result.positions = svdlens::energy_shares(detail::positions_of(model.weights), pooled, run);
    return result;
}

/// direction,heads,tokens,positions: shares, which sum to 1 in each column; empty where a model has none.
inline void write_stream(const std::filesystem::path& path, std::string_view provenance,
                         const stream_shares& of) {
    svdlens::csv_writer csv(path, {"direction", "heads", "tokens", "positions"}, provenance);
    for (std::size_t k = 0; k < of.heads.size(); ++k) {
        csv.cell(k);
        for (const auto* shares : {&of.heads, &of.tokens, &of.positions})
            if (shares->empty())
                csv.cell("");
            else
                csv.cell(static_cast<float>((*shares)[k]));
        csv.end_row();
    }
    csv.commit();
}

/// How many of the first directions hold a share of what heads read and write.
inline std::size_t directions_for(const stream_shares& of, double share) {
    double sum = 0;
    for (std::size_t k = 0; k < of.heads.size(); ++k)
        if ((sum += of.heads[k]) >= share) return k + 1;
    return of.heads.size();
}

inline void print_stream(std::ostream& out, const stream_shares& of) {
    if (of.heads.empty() || !(of.heads.front() > 0)) return;
    const auto d = of.heads.size();
    std::string line = svdlens::to_text(directions_for(of, 0.5)) + " of " + svdlens::to_text(d) +
                       " directions hold half of what heads read and write; the first " +
                       number(100 * of.heads.front(), 2) + " %, of tokens ";
    line += of.tokens.empty() ? "none" : number(100 * of.tokens.front(), 2) + " %";
    if (!of.positions.empty()) line += ", of positions " + number(100 * of.positions.front(), 2) + " %";
    line += "; one alone would hold " + number(100 / static_cast<double>(d), 2) +
            " % if nothing were shared (stream.csv)";
    out << "\nStream  ";
    print_wrapped(out, line, 8);
}

inline json json_stream(const stream_shares& of) {
    const auto list = [](const std::vector<double>& shares) {
        json values = json::array();
        for (const double share : shares) values.push_back(json_number(share));
        return values;
    };
    return {{"heads", list(of.heads)}, {"tokens", list(of.tokens)}, {"positions", list(of.positions)}};
}

} // namespace program

#endif
