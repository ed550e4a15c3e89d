/// @file
/// The bodies of io/safetensors_index.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_SAFETENSORS_INDEX_HPP
#define SVDLENS_IO_DETAIL_BODIES_SAFETENSORS_INDEX_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../safetensors_index.hpp"
#include "../../tensor_record.hpp"
#include "../foreign_format.hpp"
#include "../json/json_events.hpp"
#include "../json/json_source.hpp"
#include "../name_order.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether a name is a file of the index's own folder on every system: no separator, no drive, no way out.
inline bool is_plain_file_name(std::string_view name) noexcept {
    constexpr std::string_view refused("/\\:\0", 4);
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(refused) == std::string_view::npos;
}

/// Checks an index's events: an object with a `weight_map` of strings. What stands in other fields is
/// advisory and not looked at, but for the strings of `metadata`.
class index_reader {
  public:
    safetensors_index index; ///< tensors in the order of the text

    explicit index_reader(const json_source& source) : source_(source) {}

    void scalar(const json_scalar& value) {
        const bool string = value.type == json_scalar::kind::string;
        if (depth_ == 0) refuse_document(value.describe());
        if (field_ == field::weight_map && depth_ == 1) refuse_map(value.describe());
        if (field_ == field::weight_map && !string) refuse_shard(value.describe());
        if (field_ == field::weight_map) return add(*value.text);
        if (field_ == field::metadata && depth_ == 2 && string && in_object_) add_metadata(*value.text);
    }

    void key(const std::string& text) {
        if (depth_ == 1) begin_field(text);
        if (depth_ == 2) key_ = text;
    }

    void open(json_container container) {
        const bool object = container == json_container::object;
        if (depth_ == 0 && !object) refuse_document(describe(container));
        if (depth_ == 1 && field_ == field::weight_map && !object) refuse_map(describe(container));
        if (depth_ == 2 && field_ == field::weight_map) refuse_shard(describe(container));
        ++depth_;
        if (depth_ == 2) in_object_ = object;
    }

    void close() {
        if (--depth_ != 0) return;
        if (!map_seen_) source_.fail("expected an object with the field \"weight_map\", found none");
        std::sort(fields_.begin(), fields_.end());
        const auto twice = std::adjacent_find(fields_.begin(), fields_.end());
        if (twice == fields_.end()) return;
        source_.fail(errc::duplicate_key, "field " + quoted(*twice) + " stands twice");
    }

    std::string place() const {
        return index.tensors.empty() ? "" : ", in or after tensor " + quoted(index.tensors.back().tensor);
    }

  private:
    enum class field { weight_map, metadata, other };

    void begin_field(const std::string& text) {
        field_ = text == "weight_map" ? field::weight_map
                 : text == "metadata" ? field::metadata
                                      : field::other;
        fields_.push_back(text);
        if (field_ != field::weight_map) return;
        if (map_seen_) source_.fail(errc::duplicate_key, "field \"weight_map\" stands twice");
        map_seen_ = true;
    }

    void add(const std::string& shard) {
        if (!is_plain_file_name(shard)) {
            source_.fail(errc::outside_folder, "weight_map: tensor " + quoted(key_) +
                                                   ": expected the name of a file beside the index, found " +
                                                   quoted(shard));
        }
        // Tensors of one shard mostly stand side by side.
        if (index.shards.empty() || index.shards[last_] != shard) {
            const auto next = static_cast<std::uint32_t>(index.shards.size());
            const auto [at, added] = numbers_.try_emplace(shard, next);
            if (added) index.shards.push_back(shard);
            last_ = at->second;
        }
        index.tensors.push_back({key_, last_});
    }

    void add_metadata(const std::string& text) {
        if (index.metadata.try_emplace(key_, text).second) return;
        source_.fail(errc::duplicate_key, "metadata: key " + quoted(key_) + " stands twice");
    }

    [[noreturn]] void refuse_document(const std::string& found) const {
        source_.fail("expected an object with the field \"weight_map\" as the index, found " + found);
    }
    [[noreturn]] void refuse_map(const std::string& found) const {
        source_.fail("weight_map: expected an object of tensors and their files, found " + found);
    }
    [[noreturn]] void refuse_shard(const std::string& found) const {
        source_.fail("weight_map: tensor " + quoted(key_) + ": expected the name of a file, found " + found);
    }

    const json_source& source_;
    field field_ = field::other;
    std::size_t depth_ = 0;
    bool in_object_ = false; ///< the field's value is an object
    bool map_seen_ = false;
    std::uint32_t last_ = 0; ///< the shard of the tensor before
    std::string key_;
    std::vector<std::string> fields_;
    std::unordered_map<std::string, std::uint32_t> numbers_;
};

/// Puts the tensors in the order of their names and refuses one that stands twice: which file it is read
/// from would hang on the order.
inline void order_index(std::vector<safetensors_index::entry>& tensors, const json_source& source) {
    const auto* const twice = order_by_name(tensors, &safetensors_index::entry::tensor);
    if (twice == nullptr) return;
    source.fail(errc::duplicate_key, "weight_map: tensor " + quoted(twice->tensor) + " stands twice");
}

} // namespace detail

SVDLENS_BODY safetensors_index parse_safetensors_index(std::string_view text, const std::string& label) {
    const detail::json_source source{.text = text,
                                     .label = label,
                                     .noun = "the index",
                                     .malformed = errc::invalid_index,
                                     .not_utf8 = errc::invalid_index,
                                     .hint = detail::instead_of_json(text),
                                     .largest = largest_safetensors_index};
    detail::index_reader reader(source);
    detail::read_json(source, reader);
    detail::order_index(reader.index.tensors, source);
    return std::move(reader.index);
}

} // namespace svdlens::inline v0_2

#endif
