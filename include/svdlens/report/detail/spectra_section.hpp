/// @file
/// The report's sections on heads as matrices: their spectra, and how they compare.
#ifndef SVDLENS_REPORT_DETAIL_SPECTRA_SECTION_HPP
#define SVDLENS_REPORT_DETAIL_SPECTRA_SECTION_HPP

#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../../circuit/circuits.hpp"
#include "../../circuit/copying_scores.hpp"
#include "../../circuit/head_sides.hpp"
#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../directions/composition.hpp"
#include "../../directions/similarity.hpp"
#include "../../directions/singular_directions.hpp"
#include "../../model/transformer_weights.hpp"
#include "../../plot/heatmap.hpp"
#include "../../plot/line.hpp"
#include "../../plot/page.hpp"
#include "../../plot/palette.hpp"
#include "../../table/aggregates.hpp"
#include "../../table/long_table.hpp"
#include "../../table/pivot.hpp"
#include "../../table/store.hpp"
#include "../../table/where.hpp"
#include "head_columns.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A map on a range that does not depend on what is in it, with the middle colour at `middle`, so that two models' maps can
/// be compared; what cannot be, or is no number, is grey. Its numbers are kept by its title, up to a colon.
inline plot::panel fixed_map(plot::figure f, double low, double middle, double high, plot::json& numbers) {
    if (!f.data.empty())
        numbers[f.title.substr(0, f.title.find_first_of(":,"))] = {
            {"rows", f.data.front()["y"]}, {"columns", f.data.front()["x"]}, {"values", f.data.front()["z"]}};
    auto& scale = f.layout["coloraxis"];
    if (scale.is_object()) {
        scale["colorscale"] = {
            {0, plot::negative_color}, {(middle - low) / (high - low), "#ffffff"}, {1, plot::positive_color}};
        scale["cmin"] = low;
        scale["cmax"] = high;
    }
    f.layout["plot_bgcolor"] = "rgba(128,128,128,0.45)";
    f.provenance = {};
    return to_panel(f);
}

/// The singular values of every head of a circuit, a line each.
template <std::floating_point T>
plot::panel spectra_panel(const basic_singular_directions<T>& circuit, const std::string& title) {
    const auto values = long_table(circuit.singular_values(), circuit.axes());
    const std::string color = color_column(circuit.axes());
    auto f =
        color == "head"
            ? plot::line(values,
                         {.title = title, .x = "direction", .color = color, .score_title = "singular value"})
            : plot::heatmap(basic_wide_table<T>(collect(where(values, axis_index("direction") < 64)),
                                                by("head"), by("direction")),
                            {.title = title, .score_title = "singular value"});
    if (color == "head") f = in_head_hues(std::move(f), circuit.axes());
    if (circuit.null_directions() != 0)
        f.notes.push_back(to_text(circuit.null_directions()) +
                          " directions are numerically null space: their vectors are arbitrary, and no score "
                          "is taken of them.");
    return to_panel(f);
}

/// Singular values of OV and, where one matrix says it all, QK circuits.
template <std::floating_point T>
plot::page_section spectra_section(const basic_singular_directions<T>& ov,
                                   const basic_attending_directions<T>& attending) {
    plot::page_section section{.heading = "Spectra",
                               .introduction = "How many directions each head uses, and how strongly."};
    section.panels.push_back(spectra_panel(ov, "Singular values of W_V W_O"));
    if (attending.qk)
        section.panels.push_back(spectra_panel(*attending.qk, "Singular values of W_Q W_K^T"));
    else
        section.introduction += " No QK spectra: " + attending.left_out + ".";
    return section;
}

/// The composition of all pairs of heads, source down, target across.
template <std::floating_point T>
plot::panel composition_panel(const basic_factored_set<T>& ov, plot::json& numbers, const execution& run) {
    axes table({{"layer", ov.layers()},
                {"head", ov.heads()},
                {"target_layer", ov.layers()},
                {"target_head", ov.heads()}},
               {{"source", "L{layer}H{head}"}, {"target", "L{target_layer}H{target_head}"}});
    table.set_provenance(ov.provenance);
    std::vector<row_number> rows;
    std::vector<T> scores;
    for (const auto& pair : v_composition(ov, run)) {
        const std::vector<std::uint64_t> index{pair.source_head.layer, pair.source_head.head,
                                               pair.target_head.layer, pair.target_head.head};
        rows.push_back(table.row(index));
        scores.push_back(pair.score);
    }
    const basic_selection<T> pairs(std::move(table), std::move(rows), std::move(scores));
    const double chance =
        ov.matrices.empty() ? 0 : 1 / std::sqrt(static_cast<double>(ov.matrices.front().a.rows()));
    auto f = plot::heatmap(basic_wide_table<T>(pairs, by("source"), by("target")),
                           {.title = "V composition of two heads", .score_title = "|W1 W2| / |W1| |W2|"});
    f.notes.push_back("|W1 W2| / |W1| |W2|, about 1/sqrt(d_model) = " + to_rounded_text(chance, 3) +
                      " by chance: as the ground. Grey: no later head.");
    return fixed_map(std::move(f), 0, chance, 1, numbers);
}

/// The cosine of all pairs of heads as matrices.
template <std::floating_point T>
plot::panel similarity_panel(const basic_factored_set<T>& ov, plot::json& numbers, const execution& run) {
    const auto cosines = frobenius_cosine(ov, run);
    return fixed_map(
        plot::heatmap(basic_wide_table<T>(collect(cosines, run), by("head"), by("target_head")),
                      {.title = "Frobenius cosine between the heads' OV matrices", .score_title = "cosine"}),
        -1, 0, 1, numbers);
}

/// A number for each head from `low` to 1, layers down.
template <std::floating_point T>
plot::panel head_map_panel(const basic_long_table<T>& scores, const std::string& title,
                           const std::string& score_title, double low, plot::json& numbers) {
    const auto& heads = scores.axes();
    axes places({{"layer", heads[0].extent},
                 {"head_in_layer", heads[1].extent}}); // the column `head` names layers, too
    places.set_provenance(heads.provenance());
    const auto square = long_table(scores.values(), std::move(places));
    return fixed_map(plot::heatmap(pivot(square, by("layer"), by("head_in_layer"), aggregates::single{}),
                                   {.title = title, .score_title = score_title}),
                     low, (low + 1) / 2, 1, numbers);
}

/// The heads' copying scores; a sentence where the model has none.
template <std::floating_point T>
void add_copying(plot::page_section& section, const basic_transformer_weights<T>& weights,
                 plot::json& numbers, const execution& run) {
    try {
        const auto copying = copying_scores(weights, run);
        section.panels.push_back(
            head_map_panel(copying.score,
                           "Copying score, over the vocabulary: 1 where the tokens that a head attends to "
                           "become likelier, -1 less likely",
                           "copying score", -1, numbers));
        section.panels.push_back(
            head_map_panel(copying.positive_fraction,
                           "Copying: which fraction of the eigenvalues of W_E W_V W_O W_U is positive",
                           "positive fraction", 0, numbers));
    } catch (const model_error& reason) {
        if (reason.code() != errc::unsupported_model) throw;
        section.introduction += " No copying scores: " + std::string(reason.what()) + ".";
    }
}

/// Heads as matrices, compared; the numbers of its maps, by their titles.
template <std::floating_point T>
plot::page_section comparison_section(const basic_transformer_weights<T>& weights, plot::json& numbers,
                                      const execution& run) {
    const auto ov = ov_circuits(weights);
    plot::page_section section{.heading = "Heads compared",
                               .introduction = "Whole heads as matrices W_V W_O, from their factors."};
    constexpr std::uint64_t most = 400; // pairs of more are too many cells for a page
    const bool has_pairs = count_heads(ov.axes) <= most;
    if (!has_pairs)
        section.introduction +=
            " Maps of all pairs are left out: there are more than " + to_text(most) + " heads.";
    if (has_pairs && ov.layers() > 1) section.panels.push_back(composition_panel(ov, numbers, run));
    if (has_pairs) section.panels.push_back(similarity_panel(ov, numbers, run));
    add_copying(section, weights, numbers, run);
    section.panels.push_back(
        head_map_panel(eigenvalue_signs(ov, run).score,
                       "Eigenvalues of W_V W_O on the residual stream: 1 where all are positive, -1 negative",
                       "eigenvalue ratio", -1, numbers));
    return section;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
