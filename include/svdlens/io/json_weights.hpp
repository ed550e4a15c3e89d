/// @file
/// JSON weights, for small models and test data: open such a file, write one.
#ifndef SVDLENS_IO_JSON_WEIGHTS_HPP
#define SVDLENS_IO_JSON_WEIGHTS_HPP

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "json_events.hpp"
#include "json_source.hpp"
#include "json_weights_reader.hpp"
#include "json_weights_writer.hpp" // IWYU pragma: export
#include "mapped_file.hpp"
#include "named_tensor.hpp"
#include "state_dict.hpp"

namespace svdlens::inline v0 {

namespace detail {

inline void check_unique_names(const std::vector<named_tensor>& tensors, const json_source& source) {
    std::vector<std::string_view> names;
    for (const auto& each : tensors) names.push_back(each.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) {
        source.fail(errc::duplicate_key, "tensor " + quoted(*twice) + " stands twice");
    }
}

} // namespace detail

/// Reads JSON weights: an object of name to tensor, where a tensor is nested arrays of numbers (row-major,
/// then F64), or `{"dtype": "F32", "shape": [2, 3], "data": [...]}` with the data flat or nested; and an
/// optional `__metadata__` object of strings. `"nan"`, `"inf"` and `"-inf"` stand for what JSON has no
/// numbers for. `label` is what messages call the text.
///
/// Numbers are read as double and rounded to the dtype, integers exactly; what the dtype cannot hold (70000
/// as F16, 0.5 as I8) is an error, and so are ragged arrays, keys that stand twice, unknown fields, nesting
/// beyond 127 levels and text after the JSON. Messages name the tensor and the element's position. One pass,
/// O(size); memory: 16 bytes a number of the largest tensor, and the tensors.
/// @throws format_error (invalid_weights, duplicate_key, unsupported_dtype, invalid_tensor_size,
/// size_overflow)
inline state_dict parse_json_weights(std::string_view text, const std::string& label) {
    const detail::json_source source{.text = text,
                                     .label = label,
                                     .noun = "the text",
                                     .malformed = errc::invalid_weights,
                                     .not_utf8 = errc::invalid_weights,
                                     .hint = detail::git_lfs_hint(text)};
    detail::json_weights_reader reader(source);
    detail::read_json(source, reader);
    detail::check_unique_names(reader.tensors, source);
    return state_dict(std::move(reader.tensors), std::move(reader.metadata()), label);
}

/// Opens a file of JSON weights, as `parse_json_weights` reads it. The file is not needed afterwards.
/// @throws file_error (cannot_open, not_a_file, cannot_read)
/// @throws format_error as `parse_json_weights`
inline state_dict open_json_weights(const std::filesystem::path& path) {
    const auto file = map_file(path);
    return parse_json_weights({reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()},
                              path.string());
}

} // namespace svdlens::inline v0

#endif
