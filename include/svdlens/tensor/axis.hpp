/// @file
/// One axis with its labels, and label columns that are computed from axes.
#ifndef SVDLENS_TENSOR_AXIS_HPP
#define SVDLENS_TENSOR_AXIS_HPP

#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/text.hpp"
#include "label_pattern.hpp"

namespace svdlens::inline v0_2 {

/// The number of a table's row: ravel(index) in the full shape, whichever rows are present.
using row_number = std::uint64_t;

/// An extent that is taken from the tensor that the axis is put on.
inline constexpr std::uint64_t from_shape = (std::numeric_limits<std::uint64_t>::max)();

/// One dimension: its name, its extent, and what its indices are called: a list of labels, a format, or (with
/// neither) the numbers themselves. A value; copies share labels.
struct axis {
    std::string name;
    std::uint64_t extent = from_shape;
    std::shared_ptr<const std::vector<std::string>> labels = nullptr; ///< one an index
    std::shared_ptr<const label_format> format = nullptr;             ///< where there is no list

    /// A name alone. Deduced, so that a braced list is never read as a part of a text.
    template <std::convertible_to<std::string> Name>
    axis(Name axis_name) : name(std::move(axis_name)) {}
    /// Labels are the indices.
    axis(std::string axis_name, std::uint64_t axis_extent) :
        name(std::move(axis_name)), extent(axis_extent) {}
    /// One label an index; the extent is their number.
    axis(std::string axis_name, std::vector<std::string> axis_labels) :
        name(std::move(axis_name)), extent(axis_labels.size()),
        labels(std::make_shared<const std::vector<std::string>>(std::move(axis_labels))) {}
    /// Labels by a format: `axis("neuron", label_format{"L2N{}"})`.
    template <std::same_as<label_format> Format> // deduced, so that a braced list stays a list of labels
    axis(std::string axis_name, Format axis_format) :
        axis(std::move(axis_name), from_shape, std::move(axis_format)) {}
    /// Labels are made of the index when they are asked for.
    axis(std::string axis_name, std::uint64_t axis_extent, label_format axis_format) :
        name(std::move(axis_name)), extent(axis_extent),
        format(std::make_shared<const label_format>(std::move(axis_format))) {}

    /// Appends the label of an index.
    void append_label(std::string& out, std::uint64_t index) const {
        if (labels) {
            out += (*labels)[index];
        } else if (format) {
            format->append(out, index);
        } else {
            append_number(out, index);
        }
    }
};

/// A text column computed from one or several axes: `head` = `L{layer}H{head}`. Its pattern may name other
/// label columns: `source` = `{head}.{direction}` (`axes::add`).
///
/// Two rows name the same thing in two tables when the `entity` is the same and so are the indices of the
/// axes in the pattern: labels may repeat, so the label is not the identity.
struct label_column {
    std::string name;
    label_pattern pattern;
    std::string entity; ///< what is named: `neuron`, `direction`, `token`

    /// The pattern's braces name axes and other label columns; the entity is the column's name unless given.
    label_column(std::string column_name, std::string_view column_pattern, std::string column_entity = {}) :
        label_column(std::move(column_name), label_pattern(column_pattern), std::move(column_entity)) {}

    /// A pattern that was parsed before.
    label_column(std::string column_name, label_pattern column_pattern, std::string column_entity) :
        name(std::move(column_name)), pattern(std::move(column_pattern)),
        entity(column_entity.empty() ? name : std::move(column_entity)) {}
};

} // namespace svdlens::inline v0_2

#endif
