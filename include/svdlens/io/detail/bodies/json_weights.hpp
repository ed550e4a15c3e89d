/// @file
/// The bodies of io/json_weights.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_JSON_WEIGHTS_HPP
#define SVDLENS_IO_DETAIL_BODIES_JSON_WEIGHTS_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/read_double.hpp"
#include "../../../core/error.hpp"
#include "../../../core/file_writer.hpp"
#include "../../../core/text.hpp"
#include "../../convert.hpp"
#include "../../dtype.hpp"
#include "../../json_weights.hpp"
#include "../../mapped_file.hpp"
#include "../../state_dict.hpp"
#include "../../state_dict_contents.hpp"
#include "../../tensor_record.hpp"
#include "../foreign_format.hpp"
#include "../json/json_events.hpp"
#include "../json/json_output.hpp"
#include "../json/json_source.hpp"
#include "../json/json_weights_reader.hpp"
#include "../little_endian.hpp"
#include "../name_order.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The shortest number that reads back as the value, with the words for those that JSON has not.
inline void append_json_number(std::string& out, double value) {
    if (!std::isfinite(value)) {
        out += '"';
        append_number(out, value);
        out += '"';
        return;
    }
    append_number(out, value);
    if (value == 0.0 && std::signbit(value)) out += ".0"; // `-0` is an integer to most readers
}

/// The float's own shortest digits, unless a reader that goes by way of double would round them to another
/// float (7.038531e-26 is the best known of those).
inline void append_json_number(std::string& out, float value) {
    if (std::isfinite(value) && value != 0.0F) {
        const std::string digits = to_text(value);
        if (static_cast<float>(read_double(digits).value()) == value) {
            out += digits;
            return;
        }
    }
    append_json_number(out, static_cast<double>(value));
}

/// Elements of one type with commas between them.
template <class Stored>
void append_integers(std::string& out, std::span<const std::byte> bytes) {
    append_list(out, bytes.size() / sizeof(Stored), [&](std::size_t k) {
        append_number(out, load_little<Stored>(bytes.data() + k * sizeof(Stored)));
    });
}

template <class T>
void append_floats(std::string& out, dtype type, std::span<const std::byte> bytes) {
    std::vector<T> values(bytes.size() / (bits_of(type) / 8));
    convert<T>(type, bytes, values);
    append_list(out, values.size(), [&](std::size_t k) { append_json_number(out, values[k]); });
}

inline void append_elements(std::string& out, dtype type, std::span<const std::byte> bytes) {
    switch (type) {
    case dtype::i64:
        return append_integers<std::int64_t>(out, bytes);
    case dtype::u64:
        return append_integers<std::uint64_t>(out, bytes);
    case dtype::i32:
    case dtype::u32:
    case dtype::f64:
    case dtype::f8_e8m0: // a float's shortest digits are no power of two
        return append_floats<double>(out, type, bytes);
    default:
        return append_floats<float>(out, type, bytes);
    }
}

inline void append_json_tensor(std::string& out, const state_dict& tensors, const tensor_record& tensor) {
    append_tensor_head(out, tensor);
    out += ",\"data\":[";
    append_elements(out, tensor.type, tensors.bytes(tensor.name));
    out += "]}";
}

[[noreturn]] inline void throw_too_large(const std::string& label) {
    throw argument_error(errc::invalid_argument,
                         label + ": the tensors take more than the " + to_text(largest_json_weights) +
                             " bytes of text that are read back; write them as safetensors");
}

} // namespace detail

SVDLENS_BODY void write_json_weights(const std::filesystem::path& path, const state_dict& tensors) {
    const std::string label = path.string();
    detail::check_writable(tensors, label);
    for (const auto& each : tensors.records()) {
        if (is_convertible(each.type)) continue;
        throw format_error(errc::unsupported_dtype, label + ": tensor " + quoted(each.name) +
                                                        ": cannot write " + std::string(to_text(each.type)) +
                                                        " as numbers");
    }
    file_writer file(path);
    std::string text = "{\n";
    if (!tensors.metadata().empty()) detail::append_metadata(text, tensors.metadata());
    bool first = tensors.metadata().empty();
    std::uint64_t written = 0;
    for (const auto& each : tensors.records()) {
        if (!std::exchange(first, false)) text += ",\n";
        detail::append_json_tensor(text, tensors, each);
        written += text.size();
        if (written > largest_json_weights - 3) detail::throw_too_large(label);
        file.write(text);
        text.clear();
    }
    file.write(text + "\n}\n");
    file.commit();
}

SVDLENS_BODY void write_json_weights(const std::filesystem::path& path, std::vector<named_tensor> tensors,
                                     metadata_map metadata) {
    write_json_weights(path, state_dict(std::move(tensors), std::move(metadata), path));
}

namespace detail {

/// The contents of a text that `parse_json_weights` reads.
inline state_dict_contents json_weights_contents(std::string_view text, const std::string& label) {
    const json_source source{.text = text,
                             .label = label,
                             .noun = "the text",
                             .malformed = errc::invalid_weights,
                             .not_utf8 = errc::invalid_weights,
                             .hint = instead_of_json(text),
                             .largest = largest_json_weights};
    json_weights_reader reader(source);
    read_json(source, reader);
    if (const auto* const twice = order_by_name(reader.tensors, &named_tensor::name))
        source.fail(errc::duplicate_key, "tensor " + quoted(twice->name) + " stands twice");
    return contents_of(std::move(reader.tensors), std::move(reader.metadata()), label);
}

} // namespace detail

SVDLENS_BODY state_dict parse_json_weights(std::string_view text, const std::string& label) {
    return state_dict(detail::json_weights_contents(text, label));
}

SVDLENS_BODY state_dict open_json_weights(const std::filesystem::path& path) {
    const auto file = map_file(path);
    auto contents = detail::json_weights_contents(file.text(), path.string());
    contents.files = {path};
    return state_dict(std::move(contents));
}

} // namespace svdlens::inline v0_2

#endif
