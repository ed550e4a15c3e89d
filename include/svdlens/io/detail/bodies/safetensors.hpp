/// @file
/// The bodies of io/safetensors.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_SAFETENSORS_HPP
#define SVDLENS_IO_DETAIL_BODIES_SAFETENSORS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/file_writer.hpp"
#include "../../../core/text.hpp"
#include "../../mapped_file.hpp"
#include "../../safetensors.hpp"
#include "../../safetensors_header.hpp"
#include "../../state_dict.hpp"
#include "../../state_dict_contents.hpp"
#include "../../tensor_record.hpp"
#include "../checkpoint_folder.hpp"
#include "../json/json_output.hpp"
#include "../sharded_safetensors.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline void append_entry(std::string& out, const tensor_record& tensor, std::uint64_t begin,
                         std::uint64_t end) {
    append_tensor_head(out, tensor);
    out += ",\"data_offsets\":[";
    append_number(out, begin);
    out += ',';
    append_number(out, end);
    out += "]}";
}

/// The widest dtypes first, so that every tensor is aligned for its own; then by name.
inline std::vector<const tensor_record*> writing_order(const state_dict& tensors) {
    std::vector<const tensor_record*> order;
    for (const auto& each : tensors.records()) order.push_back(&each);
    std::stable_sort(order.begin(), order.end(),
                     [](const tensor_record* a, const tensor_record* b) { return a->type > b->type; });
    return order;
}

/// Length, JSON and padding. The header's JSON is padded with spaces to a multiple of eight bytes.
inline std::string header_bytes(const state_dict& tensors, std::span<const tensor_record* const> order,
                                const std::string& label) {
    std::string header(8, '\0');
    header += '{';
    if (!tensors.metadata().empty()) append_metadata(header, tensors.metadata());
    std::uint64_t begin = 0;
    for (const tensor_record* const each : order) {
        if (header.back() != '{') header += ',';
        append_entry(header, *each, begin, begin + (each->end - each->begin));
        begin += each->end - each->begin;
    }
    header += '}';
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = header.size() - 8;
    if (length > largest_safetensors_header) {
        throw argument_error(errc::header_too_large, label + ": names and metadata take " + to_text(length) +
                                                         " bytes of header, expected at most " +
                                                         to_text(largest_safetensors_header));
    }
    for (std::size_t k = 0; k < 8; ++k) header[k] = static_cast<char>(length >> (8 * k) & 0xff);
    return header;
}

} // namespace detail

SVDLENS_BODY void write_safetensors(const std::filesystem::path& path, const state_dict& tensors) {
    const std::string label = path.string();
    detail::check_writable(tensors, label);
    const auto order = detail::writing_order(tensors);
    const std::string header = detail::header_bytes(tensors, order, label);
    file_writer file(path);
    file.write(header);
    for (const tensor_record* const each : order) {
        const auto bytes = tensors.bytes(each->name);
        if (!bytes.empty()) file.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    file.commit();
}

SVDLENS_BODY void write_safetensors(const std::filesystem::path& path, std::vector<named_tensor> tensors,
                                    metadata_map metadata) {
    write_safetensors(path, state_dict(std::move(tensors), std::move(metadata), path));
}

namespace detail {

inline state_dict_contents open_single(const std::filesystem::path& path, file_access access) {
    auto file = map_file(path, access);
    auto header = parse_safetensors_header(file.bytes, path.string());
    const auto data = file.bytes.subspan(static_cast<std::size_t>(header.data_start));
    return {.path = path,
            .records = std::move(header.tensors),
            .storages = {{data, std::move(file.owner)}},
            .metadata = std::move(header.metadata),
            .files = {path}};
}

} // namespace detail

SVDLENS_BODY state_dict open_safetensors(const std::filesystem::path& path,
                                         const safetensors_options& options) {
    const auto found = detail::checkpoint_at(path, options.variant);
    if (!found.shards.empty())
        return state_dict(detail::open_shards(found.path, found.shards, options.access));
    return state_dict(detail::is_index_path(found.path) ? detail::open_index(found.path, options.access)
                                                        : detail::open_single(found.path, options.access));
}

} // namespace svdlens::inline v0_2

#endif
