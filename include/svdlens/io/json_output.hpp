/// @file
/// What the writers of checkpoints share: JSON strings, metadata, and what they refuse.
#ifndef SVDLENS_IO_JSON_OUTPUT_HPP
#define SVDLENS_IO_JSON_OUTPUT_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "state_dict.hpp"
#include "tensor_record.hpp"
#include "utf8.hpp"

namespace svdlens::inline v0 {

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

inline void append_metadata(std::string& out, const metadata_map& metadata) {
    out += "\"__metadata__\":{";
    for (auto each = metadata.begin(); each != metadata.end(); ++each) {
        if (each != metadata.begin()) out += ',';
        append_json_string(out, each->first);
        out += ':';
        append_json_string(out, each->second);
    }
    out += '}';
}

inline void append_shape(std::string& out, const tensor_record& tensor) {
    out += '[';
    for (std::size_t k = 0; k < tensor.shape.size(); ++k) {
        if (k != 0) out += ',';
        append_number(out, tensor.shape[k]);
    }
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

} // namespace svdlens::inline v0

#endif
