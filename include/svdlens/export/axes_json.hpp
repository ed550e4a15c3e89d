/// @file
/// The axes of a table as JSON: what a file of bare values leaves out.
#ifndef SVDLENS_EXPORT_AXES_JSON_HPP
#define SVDLENS_EXPORT_AXES_JSON_HPP

#include <string>
#include <string_view>

#include "../tensor/axes.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Appends `"key": "text"`.
void append_json_member(std::string& out, std::string_view key, std::string_view text);

/// Appends the members `title`, `provenance`, `axes` and `label_columns`, without braces around them.
void append_json_axes(std::string& out, const axes& table);

} // namespace detail

/// What names a table's rows as one JSON object: `title`, `provenance`, `axes` (each with `name`, `extent`
/// and, where it has them, `labels` or the `format` of its labels, in which `{}` is the index) and
/// `label_columns` (`name`, `pattern`, `entity`). O(labels)
std::string to_json(const axes& table);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/axes_json.hpp"
#endif

#endif
