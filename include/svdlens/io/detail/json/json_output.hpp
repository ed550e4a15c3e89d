/// @file
/// What the writers of checkpoints share: JSON strings, metadata, and what they refuse.
#ifndef SVDLENS_IO_DETAIL_JSON_JSON_OUTPUT_HPP
#define SVDLENS_IO_DETAIL_JSON_JSON_OUTPUT_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include "../../../core/detail/utf8.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../dtype.hpp"
#include "../../state_dict.hpp"
#include "../../tensor_record.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
    }
    out += '"';
}

/// What `append(k)` writes for each of `count` elements, with commas between.
template <class Append>
void append_list(std::string& out, std::size_t count, Append append) {
    for (std::size_t k = 0; k < count; ++k) {
        if (k != 0) out += ',';
        append(k);
    }
}

inline void append_metadata(std::string& out, const metadata_map& metadata) {
    out += "\"__metadata__\":{";
    auto each = metadata.begin();
    append_list(out, metadata.size(), [&](std::size_t) {
        append_json_string(out, each->first);
        out += ':';
        append_json_string(out, each->second);
        ++each;
    });
    out += '}';
}

/// A tensor's name, and what both formats say of it: `"W":{"dtype":"F32","shape":[2,3]`, to be continued.
inline void append_tensor_head(std::string& out, const tensor_record& tensor) {
    append_json_string(out, tensor.name);
    out += ":{\"dtype\":\"";
    out += to_text(tensor.type);
    out += "\",\"shape\":[";
    append_list(out, tensor.shape.size(), [&](std::size_t k) { append_number(out, tensor.shape[k]); });
    out += ']';
}

/// Refuses names and metadata that no reader would take back.
/// @throws argument_error (invalid_argument)
inline void check_writable(const state_dict& tensors, const std::string& label) {
    const auto fail = [&](const std::string& what) {
        throw argument_error(errc::invalid_argument, label + ": " + what);
    };
    for (const auto& each : tensors.records()) {
        if (each.name == "__metadata__") fail("a tensor cannot have the name \"__metadata__\"");
        if (find_invalid_utf8(each.name)) fail("tensor " + quoted(each.name) + ": the name is not UTF-8");
    }
    for (const auto& each : tensors.metadata()) {
        if (find_invalid_utf8(each.first) || find_invalid_utf8(each.second)) {
            fail("__metadata__: key " + quoted(each.first) + ": not UTF-8");
        }
    }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
