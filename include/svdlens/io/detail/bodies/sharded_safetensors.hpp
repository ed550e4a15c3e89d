/// @file
/// The bodies of io/detail/sharded_safetensors.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_SHARDED_SAFETENSORS_HPP
#define SVDLENS_IO_DETAIL_BODIES_SHARDED_SAFETENSORS_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../mapped_file.hpp"
#include "../../safetensors_header.hpp"
#include "../../safetensors_index.hpp"
#include "../../state_dict_contents.hpp"
#include "../../tensor_record.hpp"
#include "../name_order.hpp"
#include "../pytorch/torch_contents.hpp"
#include "../pytorch/torch_file.hpp"
#include "../sharded_safetensors.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What messages call a shard: the index, the file's name and a tensor that needs it.
inline std::string shard_label(const std::filesystem::path& index, const std::filesystem::path& shard,
                               std::string_view tensor) {
    return index.string() + ": shard " + quoted(shard.filename().string()) + ", which holds tensor " +
           quoted(tensor);
}

[[noreturn]] inline void throw_missing_shard(const std::string& label) {
    throw file_error(errc::missing_shard,
                     label + ": expected the file beside the index, found none; download it, or all of them");
}

SVDLENS_BODY shard_contents open_shard(const std::filesystem::path& path, file_access access,
                                       std::string_view key, const std::string& label) {
    mapped_file file;
    try {
        file = map_file(path, access);
    } catch (const file_error& failure) {
        std::error_code ignored;
        if (!std::filesystem::exists(path, ignored)) throw_missing_shard(label);
        throw file_error(failure.code(), label + ": " + failure.what());
    }
    if (begins_as_torch(file.text())) {
        auto found = read_torch_contents(file.text(), label, key);
        return {std::move(found.records), file.bytes, std::move(file.owner)};
    }
    auto header = parse_safetensors_header(file.bytes, label);
    return {std::move(header.tensors), file.bytes.subspan(static_cast<std::size_t>(header.data_start)),
            std::move(file.owner)};
}

/// A half-downloaded model is refused at once, and not when its last layer is asked for.
inline void check_shards_exist(const state_dict_contents& contents) {
    std::vector<bool> seen(contents.files.size());
    for (const auto& each : contents.records) {
        if (seen[each.storage]) continue;
        seen[each.storage] = true;
        const auto& shard = contents.files[each.storage];
        std::error_code ignored;
        if (!std::filesystem::exists(shard, ignored)) {
            throw_missing_shard(shard_label(contents.path, shard, each.name));
        }
    }
}

SVDLENS_BODY state_dict_contents open_index(const std::filesystem::path& path, file_access access,
                                            const std::string& key) {
    const auto file = map_file(path, access);
    auto index = parse_safetensors_index(file.text(), path.string());
    state_dict_contents contents{
        .path = path, .records = {}, .storages = {}, .metadata = std::move(index.metadata)};
    contents.records.reserve(index.tensors.size());
    for (auto& each : index.tensors) {
        contents.records.push_back(
            {.name = std::move(each.tensor), .type = {}, .storage = each.shard, .shape = {}});
    }
    contents.storages.resize(index.shards.size());
    contents.files.reserve(index.shards.size());
    for (const auto& name : index.shards) contents.files.push_back(path.parent_path() / name);
    contents.open_shard = [path, access, key](const std::filesystem::path& shard,
                                              const tensor_record& needed) {
        return open_shard(shard, access, key, shard_label(path, shard, needed.name));
    };
    check_shards_exist(contents);
    return contents;
}

SVDLENS_BODY state_dict_contents open_shards(const std::filesystem::path& folder,
                                             const std::vector<std::filesystem::path>& shards,
                                             file_access access, const std::string& key) {
    state_dict_contents contents{.path = folder, .records = {}, .storages = {}, .metadata = {}};
    for (const auto& path : shards) {
        auto found = open_shard(path, access, key, path.string());
        for (auto& each : found.records) {
            each.storage = static_cast<std::uint32_t>(contents.storages.size());
            contents.records.push_back(std::move(each));
        }
        contents.storages.push_back({found.bytes, std::move(found.owner)});
        contents.files.push_back(path);
    }
    if (const auto* const twice = order_by_name(contents.records, &tensor_record::name))
        throw format_error(errc::duplicate_key, folder.string() + ": tensor " + quoted(twice->name) +
                                                    " stands in two files of a model without an index");
    return contents;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
