/// @file
/// JSON weights, for small models and test data: open such a file, write one.
#ifndef SVDLENS_IO_JSON_WEIGHTS_HPP
#define SVDLENS_IO_JSON_WEIGHTS_HPP

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "json_events.hpp"
#include "json_source.hpp"
#include "json_weights_reader.hpp"
#include "json_weights_writer.hpp" // IWYU pragma: export
#include "mapped_file.hpp"
#include "name_order.hpp"
#include "named_tensor.hpp"
#include "state_dict.hpp"
#include "state_dict_contents.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// The contents of a text that `parse_json_weights` reads.
inline state_dict_contents json_weights_contents(std::string_view text, const std::string& label) {
    const json_source source{.text = text,
                             .label = label,
                             .noun = "the text",
                             .malformed = errc::invalid_weights,
                             .not_utf8 = errc::invalid_weights,
                             .hint = git_lfs_hint(text)};
    json_weights_reader reader(source);
    read_json(source, reader);
    if (const auto* const twice = order_by_name(reader.tensors, &named_tensor::name))
        source.fail(errc::duplicate_key, "tensor " + quoted(twice->name) + " stands twice");
    return contents_of(std::move(reader.tensors), std::move(reader.metadata()), label);
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
    return state_dict(detail::json_weights_contents(text, label));
}

/// Opens a file of JSON weights, as `parse_json_weights` reads it. The file is not needed afterwards.
/// @throws file_error (cannot_open, not_a_file, cannot_read)
/// @throws format_error as `parse_json_weights`
inline state_dict open_json_weights(const std::filesystem::path& path) {
    const auto file = map_file(path);
    auto contents = detail::json_weights_contents(file.text(), path.string());
    contents.files = {path};
    return state_dict(std::move(contents));
}

} // namespace svdlens::inline v0

#endif
