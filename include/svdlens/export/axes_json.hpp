/// @file
/// The axes of a table as JSON: what a file of bare values leaves out.
#ifndef SVDLENS_EXPORT_AXES_JSON_HPP
#define SVDLENS_EXPORT_AXES_JSON_HPP

#include <string>

#include "../tensor/axes.hpp"
#include "detail/axes_text.hpp"

namespace svdlens::inline v0_2 {

/// What names a table's rows as one JSON object: `title`, `provenance`, `axes` (each with `name`, `extent`
/// and, where it has them, `labels` or the `format` of its labels, in which `{}` is the index) and
/// `label_columns` (`name`, `pattern`, `entity`). O(labels)
std::string to_json(const axes& table);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/axes_json.hpp"
#endif

#endif
