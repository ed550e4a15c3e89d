/// @file
/// The bodies of tensor/axes.hpp.
#ifndef SVDLENS_TENSOR_DETAIL_BODIES_AXES_HPP
#define SVDLENS_TENSOR_DETAIL_BODIES_AXES_HPP

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/checked.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../axes.hpp"
#include "../../axis.hpp"
#include "../../label_pattern.hpp"
#include "../row_digit.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY axes::axes(std::vector<axis> list, std::vector<label_column> columns) : list_(std::move(list)) {
    check_names();
    strides_.assign(list_.size(), 1);
    for (std::size_t k = list_.size(); k-- > 0;) {
        check_axis(list_[k]);
        strides_[k] = rows_;
        const auto rows = detail::checked_multiply(rows_, list_[k].extent);
        if (!rows) throw argument_error(errc::invalid_axes, "axes: the number of rows exceeds 64 bits");
        rows_ = *rows;
    }
    for (auto& column : columns) add(std::move(column));
}

SVDLENS_BODY row_number axes::row(std::span<const std::uint64_t> index) const {
    if (index.size() != rank())
        throw argument_error(errc::invalid_argument, "axes: expected an index of " + to_text(rank()) +
                                                         " numbers, found " + to_text(index.size()));
    row_number result = 0;
    for (std::size_t k = 0; k < rank(); ++k) {
        if (index[k] >= list_[k].extent)
            throw argument_error(errc::invalid_argument, "axis " + quoted(list_[k].name) + ": index " +
                                                             to_text(index[k]) + " is outside the extent " +
                                                             to_text(list_[k].extent));
        result += index[k] * strides_[k];
    }
    return result;
}

SVDLENS_BODY std::size_t axes::axis_number(std::string_view name) const {
    if (const auto k = find_axis(name)) return *k;
    std::string message = "table: no axis " + quoted(name) + "; there are";
    for (const auto& a : list_) (message += ' ') += quoted(a.name);
    throw lookup_error(errc::unknown_column, message);
}

SVDLENS_BODY void axes::add(label_column column) {
    column = resolved(std::move(column));
    std::erase_if(columns_, [&](const label_column& other) { return other.name == column.name; });
    columns_.push_back(std::move(column));
}

SVDLENS_BODY label_column axes::resolved(label_column column) const {
    const std::string where = "label pattern " + quoted(column.pattern.text());
    if (column.pattern.names_axes()) {
        for (const auto& name : column.pattern.placeholders())
            if (!find_axis(name)) unknown(name, where);
        return column;
    }
    column.pattern = column.pattern.expanded([&](const std::string& name) -> const label_pattern* {
        const bool is_axis = find_axis(name).has_value();
        const auto* other = is_axis && name == column.name ? nullptr : find_label_column(name);
        if (other == nullptr && !is_axis) unknown(name, where);
        return other == nullptr ? nullptr : &other->pattern;
    });
    return column;
}

SVDLENS_BODY void axes::append_label(std::string& out, row_number row, std::string_view column) const {
    append_label(out, row, resolve(column));
}

SVDLENS_BODY std::vector<std::string> axes::column_names() const {
    std::vector<std::string> names;
    for (const auto& a : list_) names.push_back(a.name);
    for (const auto& column : columns_)
        if (!find_axis(column.name)) names.push_back(column.name);
    return names;
}

SVDLENS_BODY axes::column_parts axes::resolve(std::string_view column) const {
    column_parts parts;
    if (const auto* label = find_label_column(column)) {
        parts.pattern = &label->pattern;
        for (const auto& name : label->pattern.placeholders()) parts.axes.push_back(*find_axis(name));
    } else if (const auto k = find_axis(column)) {
        parts.axes.push_back(*k);
    } else {
        unknown(column, "table");
    }
    return parts;
}

SVDLENS_BODY void axes::append_label(std::string& out, row_number row, const column_parts& column) const {
    if (column.pattern == nullptr) return append_axis_label(out, row, column.axes.front());
    column.pattern->append(
        out, [&](std::size_t k, std::string& text) { append_axis_label(text, row, column.axes[k]); });
}

SVDLENS_BODY void axes::append_axis_label(std::string& out, row_number row, std::size_t k) const {
    list_[k].append_label(out, coordinate(row, k));
}

SVDLENS_BODY void axes::check_names() const {
    for (std::size_t k = 0; k < list_.size(); ++k) {
        if (list_[k].name.empty()) throw argument_error(errc::invalid_axes, "axes: an axis has no name");
        if (*find_axis(list_[k].name) != k)
            throw argument_error(errc::invalid_axes,
                                 "axes: the name " + quoted(list_[k].name) + " stands twice");
    }
}

SVDLENS_BODY void axes::check_axis(const axis& a) {
    if (a.extent == from_shape)
        throw argument_error(errc::invalid_axes, "axis " + quoted(a.name) + ": the extent is not known");
    if (a.labels && a.labels->size() != a.extent)
        throw argument_error(errc::wrong_label_count, "axis " + quoted(a.name) + ": expected " +
                                                          to_text(a.extent) + " labels, found " +
                                                          to_text(a.labels->size()));
}

[[noreturn]] SVDLENS_BODY void axes::unknown(std::string_view column, const std::string& where) const {
    std::string message = where + ": no column " + quoted(column) + "; there are";
    for (const auto& name : column_names()) (message += ' ') += quoted(name);
    throw lookup_error(errc::unknown_column, message);
}

SVDLENS_BODY axes fit_axes(std::vector<axis> list, std::span<const std::uint64_t> shape) {
    if (list.size() != shape.size())
        throw argument_error(errc::invalid_axes, "axes: expected " + to_text(shape.size()) +
                                                     " names for the shape " + to_text(shape) + ", found " +
                                                     to_text(list.size()));
    for (std::size_t k = 0; k < shape.size(); ++k) {
        if (list[k].labels == nullptr && list[k].extent == from_shape) list[k].extent = shape[k];
        if (list[k].extent == shape[k]) continue;
        const bool labelled = list[k].labels != nullptr;
        throw argument_error(labelled ? errc::wrong_label_count : errc::invalid_axes,
                             "axis " + quoted(list[k].name) + ": expected " + to_text(shape[k]) +
                                 (labelled ? " labels" : "") + ", found " + to_text(list[k].extent));
    }
    return axes(std::move(list));
}

} // namespace svdlens::inline v0_2

#endif
