/// @file
/// What of a model's edges is more than chance, and how far a control lets one trust it.
#ifndef SVDLENS_EXAMPLES_PROGRAM_FINDINGS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_FINDINGS_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <svdlens/core/error.hpp>
#include <svdlens/directions/dead_parts.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/significance/discoveries.hpp>
#include <svdlens/significance/findings.hpp>
#include <svdlens/significance/log_p.hpp>

#include "ending.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "sections.hpp"

namespace program {

/// A table that was tested as a whole, and what was found in it.
struct family {
    section from; ///< of the scores that were tested
    svdlens::findings found;
    std::unordered_map<svdlens::row_number, double> q_of = {}; ///< of the rows found

    /// Whether a row was tested: rows of dead parts are not.
    bool has(svdlens::row_number row) const { return from.scores.tiles().offset(row).has_value(); }

    /// log10 of the p-value of a row that was tested.
    double log10_p(const svdlens::score_parts& parts) const {
        return svdlens::log_p(parts.share.value_or(parts.centered_cosine), found.dimension) /
               std::numbers::ln10;
    }
};

/// All tables that were tested.
struct found_edges {
    double q = 0;
    svdlens::null_model null = svdlens::null_model::share;
    std::vector<family> families = {};

    std::size_t count() const {
        std::size_t sum = 0;
        for (const auto& each : families) sum += each.found.size();
        return sum;
    }
    std::uint64_t tested() const {
        std::uint64_t sum = 0;
        for (const auto& each : families) sum += each.found.tested;
        return sum;
    }
    /// The family that a section's rows are of; null where none was tested.
    const family* of(const section& part) const {
        const auto at = std::find_if(families.begin(), families.end(), [&](const family& each) {
            return each.from.name() == part.family_name();
        });
        return at == families.end() ? nullptr : &*at;
    }
};

inline std::string_view to_text(svdlens::null_model null) {
    return null == svdlens::null_model::share ? "share" : "isotropic";
}

namespace detail {

/// The score that a null is about.
inline svdlens::score_kind tested_score(svdlens::null_model null) {
    return null == svdlens::null_model::share ? svdlens::score_kind::share
                                              : svdlens::score_kind::centered_cosine;
}

/// What a family is tested on, and a control where its sets have no acausal rows.
struct tested_table {
    section table;
    std::optional<svdlens::projection> wrong_side = {};
};

/// One table for each kind of target, of all layers: without dead parts, which are no part of a model.
inline std::vector<tested_table> tested_tables(const section_inputs& from, const svdlens::execution& run) {
    std::vector<tested_table> all;
    const auto& weights = from.weights;
    const auto writing = svdlens::without_dead_parts(from.writing, run);
    const auto reading = svdlens::without_dead_parts(from.reading, run);
    const auto against = [&](const svdlens::vector_set& directions, const svdlens::vector_set& targets,
                             svdlens::projection_options options) {
        return svdlens::project(directions, targets, std::move(options), run);
    };
    for (const auto& each : weights.mlp_readers())
        all.push_back({{against(writing, svdlens::without_dead_parts(each, run), {}), "target"}});
    if (weights.has_unembed()) {
        const auto targets = svdlens::without_dead_parts(named_tokens(weights.unembed(), from.tokens), run);
        all.push_back({{against(writing, targets, {}), "target"},
                       against(reading, targets, {.rows = svdlens::projected_rows::wrong_side})});
    }
    if (weights.has_embed()) {
        const auto embed = svdlens::without_dead_parts(named_tokens(weights.embed(), from.tokens), run);
        const auto only = only_features(embed, from.features);
        auto seen = writing; // in the readers' space, as the table itself
        seen.centered = reading.centered;
        const auto targets = svdlens::normalized(embed);
        all.push_back({{against(reading, targets, {.only = only}), "source"},
                       against(seen, targets, {.only = only, .rows = svdlens::projected_rows::wrong_side})});
    }
    if (weights.sizes.n_layers > 1)
        all.push_back({{against(writing, reading, {.title = "ov_to_ov_v"}), "target"}});
    for (auto& each : sections_of_vectors(from, run).take()) all.push_back({std::move(each)});
    std::erase_if(all, [](const tested_table& each) { return each.table.rows == 0; });
    return all;
}

/// What testing a table costs, in operations: its scores once or twice, the control's, and what shares are of.
inline double test_cost(const section& of, std::size_t d_model) {
    return static_cast<double>(of.rows) * 1.6 * (2 * static_cast<double>(d_model) + 60);
}

inline family test_table(tested_table of, const options& o, const svdlens::execution& run) {
    const svdlens::discovery_options asked{.q = o.q, .null = o.null};
    auto scores = of.table.scores.with_score(tested_score(o.null), run);
    auto found = svdlens::discoveries(scores, asked, run);
    if (!found.control && of.wrong_side)
        found.control = svdlens::control_of(found, *of.wrong_side, asked, run);
    family result{{std::move(scores), of.table.far_end}, std::move(found)};
    const auto q = result.found.rows.values("q");
    for (std::size_t k = 0; k < result.found.size(); ++k) result.q_of[result.found.rows.rows()[k]] = q[k];
    return result;
}

} // namespace detail

/// Tests every table of a model, each as a family of its own. A table that cannot be tested is left out with the
/// reason: vectors of the user's that are fewer than shares take.
inline found_edges find_edges_beyond_chance(const section_inputs& from, const options& o, progress_bar& bar,
                                            std::vector<std::string>& left_out) {
    found_edges result{o.q, o.null};
    current_stage = "testing the edges";
    auto tables = detail::tested_tables(from, o.run());
    const auto d_model = from.weights.sizes.d_model;
    for (const auto& each : tables) bar.expect(detail::test_cost(each.table, d_model));
    for (auto& each : tables) {
        const auto name = each.table.name();
        current_stage = "testing " + name;
        bar.begin("testing " + name, "rows", detail::test_cost(each.table, d_model));
        try {
            result.families.push_back(detail::test_table(std::move(each), o, o.run(bar.reporter())));
        } catch (const svdlens::argument_error& reason) {
            left_out.push_back(name + ": not tested for chance: " + reason.what());
        }
    }
    return result;
}

/// A row that was found.
struct found_row {
    const family* of;
    std::size_t k; ///< in the order of what was found there
    double log10_p_over_weight;

    double value(std::string_view column) const { return of->found.rows.values(column)[k]; }
    svdlens::row_number row() const { return of->found.rows.rows()[k]; }
    std::string label(const char* column) const { return of->found.rows.axes().label(row(), column); }
};

/// All rows found, the most significant first: by p over weight.
inline std::vector<found_row> most_significant(const found_edges& found, std::size_t most) {
    std::vector<found_row> rows;
    for (const auto& each : found.families) {
        const auto log10_p = each.found.rows.values("log10_p");
        for (std::size_t k = 0; k < (std::min)(most, each.found.size()); ++k) {
            const double weight = each.from.scores.weight(each.found.rows.rows()[k]) / each.found.mean_weight;
            rows.push_back({&each, k, log10_p[k] - std::log10(weight)});
        }
    }
    const auto before = [](const found_row& a, const found_row& b) {
        return a.log10_p_over_weight < b.log10_p_over_weight;
    };
    std::stable_sort(rows.begin(), rows.end(), before);
    rows.resize((std::min)(most, rows.size()));
    return rows;
}

/// What of a head was found: by its label.
struct head_findings {
    std::uint64_t out = 0; ///< edges that it writes
    std::uint64_t in = 0;  ///< edges that it reads
};

inline std::unordered_map<std::string, head_findings> findings_of_heads(const found_edges& found) {
    std::unordered_map<std::string, head_findings> heads;
    for (const auto& each : found.families) {
        const auto& axes = each.found.rows.axes();
        const bool reads = std::string_view(each.from.far_end) == "source";
        const bool has_reading_head = axes.find_axis("target_head").has_value();
        if (!each.from.is_of_heads()) continue;
        for (const auto row : each.found.rows.rows()) {
            auto& of = heads[axes.label(row, "head")];
            ++(reads ? of.in : of.out);
            if (has_reading_head) ++heads[axes.label(row, "target_head")].in;
        }
    }
    return heads;
}

} // namespace program

#endif
