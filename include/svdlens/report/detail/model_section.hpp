/// @file
/// The report's first section: what the model is.
#ifndef SVDLENS_REPORT_DETAIL_MODEL_SECTION_HPP
#define SVDLENS_REPORT_DETAIL_MODEL_SECTION_HPP

#include <concepts>
#include <string>

#include "../../model/describe_model.hpp"
#include "../../plot/html_table.hpp"
#include "../../plot/page.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Sizes, kinds, processing and refusals, a line each.
template <std::floating_point T>
plot::page_section model_section(const basic_transformer_weights<T>& weights) {
    plot::html_table lines{.title = {}, .header = {"what", "value"}};
    for (const auto& [name, value] : describe_model(weights).lines) lines.rows.push_back({{name}, {value}});
    return {.heading = "The model", .panels = {to_panel(lines)}};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
