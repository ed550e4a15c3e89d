/// @file
/// What of a model's edges is more than chance: the tests, table by table on the bar.
#ifndef SVDLENS_EXAMPLES_PROGRAM_FINDINGS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_FINDINGS_HPP

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/circuit/found_edges.hpp>
#include <svdlens/core/error.hpp>

#include "ending.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "sections.hpp"
#include "units.hpp"

namespace program {

namespace detail {

/// What testing a table costs, in operations: its scores once or twice, the control's, and what shares are of.
inline double test_cost(const svdlens::projection& of, std::size_t d_model) {
    return static_cast<double>(of.max_rows()) * 1.6 * (2 * static_cast<double>(d_model) + 60);
}

} // namespace detail

/// Tests every table of a model, each as a family of its own. A table that cannot be tested is left out with the
/// reason: vectors that are fewer than shares take.
inline svdlens::found_edges find_edges_beyond_chance(const section_inputs& from, const options& o,
                                                     progress_bar& bar, std::vector<std::string>& left_out) {
    svdlens::found_edges result{o.q, o.null};
    current_stage = "testing the edges";
    const svdlens::edge_test_options asked{.q = o.q,
                                           .null = o.null,
                                           .features = from.features,
                                           .tokens = from.tokens,
                                           .most_neuron_rows = from.most_neuron_rows};
    auto tests = svdlens::edges_to_test(from.weights, from.heads, asked, o.run());
    std::erase_if(tests,
                  [](const auto& each) { return !each.table.left_out.empty(); }); // said with the sections
    const auto d_model = from.weights.sizes.d_model;
    for (const auto& each : tests) bar.expect(detail::test_cost(each.table.scores, d_model));
    for (auto& each : tests) {
        const auto name = each.table.name();
        current_stage = "testing " + name;
        bar.begin("testing " + name, "rows", detail::test_cost(each.table.scores, d_model));
        if (const auto reason = svdlens::untestable(each, asked, o.run()); !reason.empty())
            left_out.push_back(name + ": not tested for chance: " + detail::in_program_words(reason));
        else
            in_unit(o, "testing " + name, [&] {
                result.families.push_back(svdlens::test_edges(std::move(each), asked, o.run(bar.reporter())));
            });
    }
    return result;
}

} // namespace program

#endif
