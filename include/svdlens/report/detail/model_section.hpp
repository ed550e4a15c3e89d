/// @file
/// The report's first section: what the model is.
#ifndef SVDLENS_REPORT_DETAIL_MODEL_SECTION_HPP
#define SVDLENS_REPORT_DETAIL_MODEL_SECTION_HPP

#include <concepts>
#include <string>

#include "../../circuit/dead_parts_of.hpp"
#include "../../core/execution.hpp"
#include "../../directions/dead_parts.hpp"
#include "../../directions/vector_set.hpp"
#include "../../model/describe_model.hpp"
#include "../../model/transformer_weights.hpp"
#include "../../plot/html_table.hpp"
#include "../../plot/page.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Sizes, kinds, processing, refusals and dead parts, a line each.
template <std::floating_point T>
plot::page_section model_section(const basic_transformer_weights<T>& weights,
                                 const basic_vector_set<T>& directions, const execution& run) {
    plot::html_table lines{.title = {}, .header = {"what", "value"}};
    for (const auto& [name, value] : describe_model(weights).lines) lines.rows.push_back({{name}, {value}});
    for (const auto& dead : dead_parts_of(weights, directions, run))
        lines.rows.push_back({{"dead " + dead.kind}, {to_string(dead)}});
    return {.heading = "The model", .panels = {to_panel(lines)}, .id = "model"};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
