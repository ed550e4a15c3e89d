/// @file
/// The axes of a table as members of a JSON object.
#ifndef SVDLENS_EXPORT_DETAIL_AXES_TEXT_HPP
#define SVDLENS_EXPORT_DETAIL_AXES_TEXT_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include "../../core/text.hpp"
#include "../../tensor/axes.hpp"
#include "text.hpp"

namespace svdlens::inline v0_2::detail {

/// Appends `"key": "text"`.
inline void append_json_member(std::string& out, std::string_view key, std::string_view text) {
    append_json_text(out, key);
    out += ": ";
    append_json_text(out, text);
}

/// Appends `[item, item]`, each item on a line of its own, with `append(out, item)`.
template <class List, class Append>
void append_json_lines(std::string& out, const List& list, Append append) {
    out += '[';
    std::string_view separator = "\n    ";
    for (const auto& item : list) {
        out += separator;
        append(out, item);
        separator = ",\n    ";
    }
    out += separator.front() == ',' ? "\n  ]" : "]";
}

inline void append_json_axis(std::string& out, const axis& a) {
    out += '{';
    append_json_member(out, "name", a.name);
    out += ", \"extent\": ";
    append_number(out, a.extent);
    if (a.labels) {
        out += ", \"labels\": [";
        for (std::size_t k = 0; k < a.labels->size(); ++k) {
            if (k != 0) out += ", ";
            append_json_text(out, (*a.labels)[k]);
        }
        out += ']';
    } else if (a.format) {
        out += ", ";
        append_json_member(out, "format", a.format->text());
    }
    out += '}';
}

inline void append_json_label_column(std::string& out, const label_column& column) {
    out += '{';
    append_json_member(out, "name", column.name);
    out += ", ";
    append_json_member(out, "pattern", column.pattern.text());
    out += ", ";
    append_json_member(out, "entity", column.entity);
    out += '}';
}

/// Appends the members `title`, `provenance`, `axes` and `label_columns`, without braces around them.
inline void append_json_axes(std::string& out, const axes& table) {
    out += "  ";
    append_json_member(out, "title", table.title());
    out += ",\n  ";
    append_json_member(out, "provenance", table.provenance());
    out += ",\n  \"axes\": ";
    append_json_lines(out, table, append_json_axis);
    out += ",\n  \"label_columns\": ";
    append_json_lines(out, table.label_columns(), append_json_label_column);
    out += '\n';
}

} // namespace svdlens::inline v0_2::detail

#endif
