/// @file
/// The axes of a projection, derived from those of the two vector sets.
#ifndef SVDLENS_PROJECTION_DETAIL_PROJECTION_AXES_HPP
#define SVDLENS_PROJECTION_DETAIL_PROJECTION_AXES_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../directions/detail/consistent_vectors.hpp"
#include "../../directions/vector_set.hpp"
#include "../../tensor/axes.hpp"
#include "../restriction.hpp"
#include "vector_places.hpp"

namespace svdlens::inline v0_2::detail {

/// @throws argument_error (invalid_argument) when both sets read or both write, or do not where that is asked for
template <std::floating_point T>
void require_flow(const basic_vector_set<T>& directions, const basic_vector_set<T>& targets,
                  projected_rows rows, const std::string& names) {
    const bool one_way = directions.port.flow == targets.port.flow && targets.port.flow != flow::none;
    if (rows == projected_rows::wrong_side && !one_way)
        throw argument_error(errc::invalid_argument,
                             "projection of " + names +
                                 ": expected two sets that both read or both write for wrong_side rows; "
                                 "acausal rows are those of a set that reads and one that writes");
    if (rows == projected_rows::wrong_side || !one_way) return;
    throw argument_error(
        errc::invalid_argument,
        "projection of " + names + ": both " + (targets.port.flow == flow::reads ? "read from" : "write to") +
            " the residual stream, so nothing flows between them; to compare vectors all the "
            "same, set port.flow of one set to flow::none, or ask for wrong_side rows as a control");
}

/// @throws argument_error (invalid_axes) when a set is not consistent; (invalid_argument) when d_model
/// differs; as `require_flow`
template <std::floating_point T>
void require_projectable(const basic_vector_set<T>& directions, const basic_vector_set<T>& targets,
                         projected_rows rows) {
    require_consistent(directions);
    require_consistent(targets);
    const auto names = quoted(directions.name) + " on " + quoted(targets.name);
    if (directions.d_model() != targets.d_model() && directions.size() != 0 && targets.size() != 0)
        throw argument_error(errc::invalid_argument, "projection of " + names + ": d_model differs: " +
                                                         to_text(directions.d_model()) + " and " +
                                                         to_text(targets.d_model()));
    require_flow(directions, targets, rows, names);
}

/// `name`, or `target_name` where the directions have an axis or a label column of that name. The targets'
/// layer is always `target_layer`.
inline std::string target_axis_name(const axes& directions, const std::string& name) {
    const bool taken = directions.find_axis(name) || directions.find_label_column(name) != nullptr;
    return name == "layer" || taken ? "target_" + name : name;
}

inline axis renamed(axis a, std::string name) {
    a.name = std::move(name);
    return a;
}

/// The axes of directions × targets: target_layer (where the targets have layers), the directions' axes, the
/// targets' other axes, all in full extent. What the targets call as the directions call an axis or a label
/// column is called `target_...`. The label columns of both sets come along, and `source` and `target` say
/// which end of each row is written by what and read by what.
/// @throws argument_error (invalid_axes) when the shape has more than 2^64 rows
/// @throws lookup_error (unknown_column) when a set's identity names no column of its axes
template <std::floating_point T>
axes projection_axes(const basic_vector_set<T>& directions, const basic_vector_set<T>& targets) {
    const auto rename = [&](const std::string& name) { return target_axis_name(directions.axes, name); };
    std::vector<axis> list;
    if (targets.layered()) list.push_back(renamed(targets.axes[0], "target_layer"));
    list.insert(list.end(), directions.axes.begin(), directions.axes.end());
    for (std::size_t k = targets.layered() ? 1 : 0; k < targets.axes.rank(); ++k)
        list.push_back(renamed(targets.axes[k], rename(targets.axes[k].name)));

    axes result(std::move(list), directions.axes.label_columns());
    for (const auto& column : targets.axes.label_columns())
        result.add({rename(column.name), column.pattern.renamed(rename), column.entity});
    const auto direction_end = directions.axes.resolved(directions.identity);
    const auto target = targets.axes.resolved(targets.identity);
    const label_column target_end("", target.pattern.renamed(rename), target.entity);
    const bool directions_read = directions.port.flow == flow::reads;
    result.add({"source", directions_read ? target_end.pattern : direction_end.pattern,
                directions_read ? target_end.entity : direction_end.entity});
    result.add({"target", directions_read ? direction_end.pattern : target_end.pattern,
                directions_read ? direction_end.entity : target_end.entity});
    result.set_title(directions_read ? targets.name + "_to_" + directions.name
                                     : directions.name + "_to_" + targets.name);
    return result;
}

/// The directions' axes in a projection's axes.
template <std::floating_point T>
std::vector<std::size_t> direction_axes_of(const basic_vector_set<T>& directions,
                                           const basic_vector_set<T>& targets) {
    return axis_range(targets.layered() ? 1 : 0, directions.axes.rank());
}

/// The targets' axes in a projection's axes, in the targets' order.
template <std::floating_point T>
std::vector<std::size_t> target_axes_of(const basic_vector_set<T>& directions,
                                        const basic_vector_set<T>& targets) {
    auto numbers = axis_range(directions.axes.rank(), targets.axes.rank());
    if (targets.layered()) numbers.front() = 0;
    return numbers;
}

} // namespace svdlens::inline v0_2::detail

#endif
