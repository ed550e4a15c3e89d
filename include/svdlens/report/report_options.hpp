/// @file
/// What a model's report is to show.
#ifndef SVDLENS_REPORT_REPORT_OPTIONS_HPP
#define SVDLENS_REPORT_REPORT_OPTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../circuit/edge_tables.hpp"
#include "../projection/projection.hpp"
#include "../significance/log_p.hpp"

namespace svdlens::inline v0_2 {

struct report_options {
    score_kind score = score_kind::scaled;
    double tail =
        0.001; ///< the tails of tables of scores: rows strictly beyond this quantile and its mirror image
    index_list features = {}; ///< which inputs of the embedding; none: all
    std::vector<std::string> tokens =
        {};                          ///< what tokens are called: `token_labels(model)`; none: their numbers
    std::uint64_t max_points = 4000; ///< of each strip
    std::size_t max_edges = 500;     ///< of the graph
    std::vector<std::string> facts =
        {};          ///< lines for the head of the page: `sha256 ...`, options of a program
    double q = 0.05; ///< the false discovery rate of what is found
    null_model null = null_model::share;  ///< what edges are tested against
    std::vector<std::string> checks = {}; ///< how to make this page, and its findings, again: command lines
    /// How many positions the query stands behind the key, for the tests of heads of rotary models
    /// (`token_test_options::offset`); none: tests that need it, and what queries and keys read, are
    /// left out.
    std::optional<std::int64_t> rotary_offset = {};
    std::uint64_t most_neuron_rows = usual_neuron_rows; ///< `edge_table_options::most_neuron_rows`
};

} // namespace svdlens::inline v0_2

#endif
