/// @file
/// The contents that copies of a state dict share, and how they fill as they are needed.
#ifndef SVDLENS_IO_DETAIL_SHARED_CONTENTS_HPP
#define SVDLENS_IO_DETAIL_SHARED_CONTENTS_HPP

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../dtype.hpp"
#include "../state_dict_contents.hpp"
#include "../tensor_record.hpp"
#include "name_order.hpp"
#include "short_text.hpp"
#include "strided_bytes.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Tensors in memory as contents of that path, not copied. O(n log n)
/// @throws argument_error (invalid_tensor_size, duplicate_key)
inline state_dict_contents contents_of(std::vector<named_tensor> tensors, metadata_map metadata,
                                       std::filesystem::path path) {
    state_dict_contents contents{
        .path = std::move(path), .records = {}, .storages = {}, .metadata = std::move(metadata)};
    contents.records.reserve(tensors.size());
    contents.storages.reserve(tensors.size());
    for (auto& each : tensors) {
        const auto size = tensor_bits(each.type, each.shape);
        if (!size || *size % 8 != 0 || *size / 8 != each.bytes.size()) {
            throw argument_error(errc::invalid_tensor_size,
                                 contents.path.string() + ": tensor " + quoted(each.name) + ": " +
                                     to_text(each.bytes.size()) + " bytes are not " +
                                     std::string(to_text(each.type)) + " of shape " + short_text(each.shape));
        }
        const auto storage = static_cast<std::uint32_t>(contents.storages.size());
        contents.storages.push_back({each.bytes, std::move(each.owner)});
        contents.records.push_back(
            {std::move(each.name), each.type, storage, std::move(each.shape), 0, each.bytes.size()});
    }
    if (const auto* const twice = order_by_name(contents.records, &tensor_record::name)) {
        throw argument_error(errc::duplicate_key,
                             contents.path.string() + ": two tensors have the name " + quoted(twice->name));
    }
    return contents;
}

/// The contents that all copies of a state dict share. Storages fill as they are needed, each once, by
/// whichever thread comes first.
class shared_contents {
  public:
    explicit shared_contents(state_dict_contents contents) :
        contents_(std::move(contents)), slots_(contents_.open_shard ? contents_.storages.size() : 0) {
        order_by_name(contents_.records, &tensor_record::name);
    }

    /// Records of storages that are not open have a name and a storage only.
    const state_dict_contents& get() const { return contents_; }

    /// The record of that name, complete or not; null when there is none. O(log n).
    const tensor_record* find(std::string_view name) const {
        const auto before = [](const tensor_record& each, std::string_view wanted) {
            return each.name < wanted;
        };
        const auto& all = contents_.records;
        const auto at = std::lower_bound(all.begin(), all.end(), name, before);
        return at != all.end() && at->name == name ? &*at : nullptr;
    }

    /// Completes the record, and those that share its storage.
    /// @throws format_error (not_in_shard), and what `open_shard` throws
    void open(const tensor_record& needed) {
        if (slots_.empty()) return;
        slot& own = slots_[needed.storage];
        if (own.open.load(std::memory_order_acquire)) return;
        const std::lock_guard lock(own.mutex);
        if (own.open.load(std::memory_order_relaxed)) return;
        fill(needed.storage, needed);
        own.open.store(true, std::memory_order_release);
    }

    /// Completes every record.
    /// @throws as `open`
    void open_all() {
        if (slots_.empty()) return;
        for (const auto& each : contents_.records) open(each);
    }

    /// A complete record's bytes in order. Those of a tensor with strides are made when first asked for, and kept.
    tensor_storage bytes_of(const tensor_record& found) {
        const auto& storage = contents_.storages[found.storage];
        const auto begin = static_cast<std::size_t>(found.begin);
        const auto size = static_cast<std::size_t>(found.end - found.begin);
        if (found.strides.empty()) return {storage.bytes.subspan(begin, size), storage.owner};
        const std::lock_guard lock(ordering_);
        auto& kept = in_order_[&found];
        if (!kept.owner) {
            const std::shared_ptr<std::byte[]> memory(new std::byte[size]);
            copy_in_order(memory.get(), storage.bytes.data() + begin, found.shape, found.strides,
                          bits_of(found.type) / 8);
            kept = {{memory.get(), size}, memory};
        }
        return kept;
    }

  private:
    struct slot {
        std::mutex mutex;
        std::atomic<bool> open{false};
    };

    /// All or nothing: a file that lacks one tensor completes none.
    void fill(std::uint32_t storage, const tensor_record& needed) {
        tensor_storage& target = contents_.storages[storage];
        shard_contents found = contents_.open_shard(contents_.files[storage], needed);
        std::vector<std::pair<tensor_record*, tensor_record*>> pairs;
        for (auto& wanted : contents_.records) {
            if (wanted.storage == storage) pairs.emplace_back(&wanted, &record_in(found, wanted));
        }
        for (const auto& [wanted, there] : pairs) {
            wanted->type = there->type;
            wanted->shape = std::move(there->shape);
            wanted->begin = there->begin;
            wanted->end = there->end;
            wanted->strides = std::move(there->strides);
        }
        target.bytes = found.bytes;
        target.owner = std::move(found.owner);
    }

    tensor_record& record_in(shard_contents& found, const tensor_record& wanted) const {
        const auto before = [](const tensor_record& a, const tensor_record& b) { return a.name < b.name; };
        const auto at = std::lower_bound(found.records.begin(), found.records.end(), wanted, before);
        if (at != found.records.end() && at->name == wanted.name) return *at;
        throw format_error(errc::not_in_shard,
                           contents_.path.string() + ": expected tensor " + quoted(wanted.name) +
                               " in shard " + quoted(contents_.files[wanted.storage].filename().string()) +
                               ", found " + to_text(found.records.size()) +
                               " others; the index and the shard do not belong together");
    }

    state_dict_contents contents_;
    std::vector<slot> slots_;
    std::map<const tensor_record*, tensor_storage> in_order_; ///< of tensors with strides that were asked for
    std::mutex ordering_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
