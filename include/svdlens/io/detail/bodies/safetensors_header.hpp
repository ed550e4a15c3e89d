/// @file
/// The bodies of io/safetensors_header.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_SAFETENSORS_HEADER_HPP
#define SVDLENS_IO_DETAIL_BODIES_SAFETENSORS_HEADER_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../convert.hpp"
#include "../../dtype.hpp"
#include "../../safetensors_header.hpp"
#include "../../tensor_record.hpp"
#include "../foreign_format.hpp"
#include "../json/json_events.hpp"
#include "../json/json_source.hpp"
#include "../json/safetensors_json.hpp"
#include "../little_endian.hpp"
#include "../name_order.hpp"
#include "../short_text.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What a file that is not safetensors seems to be instead, with the remedy; empty when nothing is known.
///
/// Any length up to the limit may be a real one (60 is `<`, 123 is `{`): where it could be, and the header's
/// first byte too, nothing is said.
inline std::string_view other_format_hint(std::string_view file) {
    const auto* const bytes = reinterpret_cast<const std::byte*>(file.data());
    const bool long_enough = file.size() >= 8;
    const bool is_length = long_enough && load_little<std::uint64_t>(bytes) <= largest_safetensors_header;
    constexpr std::string_view first_of_json = "{ \t\r\n";
    if (is_length && (file.size() == 8 || first_of_json.find(file[8]) != std::string_view::npos)) return "";
    if (const auto other = foreign_format(file); !other.empty()) return other;
    if (is_length) return "";
    if (file.starts_with('{'))
        return "; this looks like a JSON file, such as the index of a sharded checkpoint";
    if (begins_as_text(file)) return "; this looks like text, and not like a checkpoint";
    return "; is this a safetensors file?";
}

/// Rules 1 to 4: the header's bytes.
inline std::string_view header_text(std::string_view file, const std::string& label) {
    const auto fail = [&](errc code, const std::string& what) {
        throw format_error(code, label + ": " + what + std::string(other_format_hint(file)));
    };
    if (file.size() < 8) {
        fail(errc::header_too_small, "expected 8 bytes that give the header's length, found " +
                                         to_text(file.size()) +
                                         " bytes; the file is cut off or not safetensors");
    }
    const auto length = load_little<std::uint64_t>(reinterpret_cast<const std::byte*>(file.data()));
    if (length > largest_safetensors_header) {
        fail(errc::header_too_large, "expected a header of at most " + to_text(largest_safetensors_header) +
                                         " bytes, found a length of " + to_text(length));
    }
    if (length > file.size() - 8) {
        fail(errc::invalid_header_length, "expected " + to_text(length) + " bytes of header, found " +
                                              to_text(file.size() - 8) +
                                              "; the file is cut off or not safetensors");
    }
    return file.substr(8, static_cast<std::size_t>(length));
}

/// Rules 5 and 6: UTF-8, JSON and the schema.
inline safetensors_json read_header_json(const json_source& source) {
    // Every tensor has a brace and at least 51 bytes: room for all of them at once, bounded for
    // hostile headers.
    const auto braces = static_cast<std::size_t>(std::count(source.text.begin(), source.text.end(), '{'));
    safetensors_json json(source);
    json.tensors.reserve((std::min)(braces, source.text.size() / 51));
    read_json(source, json);
    return json;
}

/// Duplicates after unescaping. Leaves the tensors in the order of their names.
inline void check_unique_names(std::vector<tensor_record>& tensors, const std::string& label) {
    const auto* const twice = order_by_name(tensors, &tensor_record::name);
    if (twice == nullptr) return;
    throw format_error(errc::duplicate_key,
                       label + ": tensor " + quoted(twice->name) + " stands twice in the header");
}

/// Rules 7b to 7e: shape, dtype and offsets agree.
inline void check_size(const tensor_record& tensor, const std::string& label) {
    const auto fail = [&](errc code, const std::string& what) {
        throw format_error(code, label + ": tensor " + quoted(tensor.name) + ": " +
                                     std::string(to_text(tensor.type)) + " of shape " +
                                     short_text(tensor.shape) + " " + what);
    };
    const auto size = tensor_bits(tensor.type, tensor.shape);
    if (!size) return fail(errc::size_overflow, "is larger than 2^64 bits");
    if (*size % 8 != 0) {
        return fail(errc::misaligned_tensor,
                    "takes " + to_text(*size) + " bits, expected a whole number of bytes");
    }
    if (*size / 8 == tensor.end - tensor.begin) return;
    fail(errc::invalid_tensor_size, "takes " + to_text(*size / 8) + " bytes, found data_offsets [" +
                                        to_text(tensor.begin) + ", " + to_text(tensor.end) + "] of " +
                                        to_text(tensor.end - tensor.begin) + " bytes");
}

/// Rule 7a: each tensor begins where the one before it ended.
inline void check_offsets(const tensor_record& tensor, const tensor_record* previous,
                          const std::string& label) {
    const std::uint64_t expected = previous == nullptr ? 0 : previous->end;
    if (tensor.begin == expected && tensor.end >= tensor.begin) return;
    std::string what = label + ": tensor " + quoted(tensor.name) + ": data_offsets [" +
                       to_text(tensor.begin) + ", " + to_text(tensor.end) + "] ";
    if (tensor.end < tensor.begin) {
        what += "end before they begin";
    } else {
        what += tensor.begin < expected ? "overlap" : "leave a hole after";
        what += previous == nullptr ? std::string(" the header") : " tensor " + quoted(previous->name);
        what += ", expected to begin at " + to_text(expected);
    }
    throw format_error(errc::invalid_offset, what);
}

/// Rule 8: the last tensor ends with the file.
inline void check_data_size(const tensor_record* last, std::uint64_t data_size, const std::string& label) {
    const std::uint64_t end = last == nullptr ? 0 : last->end;
    if (end == data_size) return;
    const std::string which = last == nullptr ? "" : " " + quoted(last->name);
    if (end < data_size) {
        throw format_error(errc::incomplete_data, label + ": " + to_text(data_size - end) +
                                                      " extra bytes after the last tensor" + which +
                                                      ", expected the file to end there");
    }
    throw format_error(errc::incomplete_data, label + ": tensor" + which + " ends at byte " + to_text(end) +
                                                  " of the data, found " + to_text(data_size) +
                                                  " bytes; the file is cut off");
}

/// Rules 7 and 8, in the order of the data. The tensors themselves stay in the order of their names.
inline void check_layout(std::span<const tensor_record> tensors, std::uint64_t data_size,
                         const std::string& label) {
    std::vector<const tensor_record*> order(tensors.size());
    std::transform(tensors.begin(), tensors.end(), order.begin(),
                   [](const tensor_record& each) { return &each; });
    std::sort(order.begin(), order.end(), [](const tensor_record* a, const tensor_record* b) {
        return std::tuple(a->begin, a->end, a) < std::tuple(b->begin, b->end, b);
    });
    const tensor_record* previous = nullptr;
    for (const tensor_record* const each : order) {
        check_offsets(*each, previous, label);
        check_size(*each, label);
        previous = each;
    }
    check_data_size(previous, data_size, label);
}

} // namespace detail

SVDLENS_BODY safetensors_header parse_safetensors_header(std::span<const std::byte> file,
                                                         const std::string& label) {
    const std::string_view all(reinterpret_cast<const char*>(file.data()), file.size());
    const auto text = detail::header_text(all, label);
    const detail::json_source source{.text = text,
                                     .label = label,
                                     .noun = "the header",
                                     .malformed = errc::invalid_header,
                                     .not_utf8 = errc::invalid_header_utf8,
                                     .hint = detail::other_format_hint(all)};
    auto json = detail::read_header_json(source);
    detail::check_unique_names(json.tensors, label);
    const std::uint64_t data_start = 8 + text.size();
    detail::check_layout(json.tensors, file.size() - data_start, label);
    return {std::move(json.tensors), std::move(json.metadata()), data_start};
}

} // namespace svdlens::inline v0_2

#endif
