/// @file
/// The bodies of io/state_dict.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_STATE_DICT_HPP
#define SVDLENS_IO_DETAIL_BODIES_STATE_DICT_HPP

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/nearest_names.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../tensor/tensor.hpp"
#include "../../convert.hpp"
#include "../../dtype.hpp"
#include "../../state_dict.hpp"
#include "../../state_dict_contents.hpp"
#include "../../tensor_record.hpp"
#include "../checkpoint_folder.hpp"
#include "../shared_contents.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY state_dict::state_dict(state_dict_contents contents) :
    shared_(std::make_shared<detail::shared_contents>(std::move(contents))) {}

SVDLENS_BODY state_dict::state_dict(std::vector<named_tensor> tensors, metadata_map metadata,
                                    std::filesystem::path path) :
    state_dict(detail::contents_of(std::move(tensors), std::move(metadata), std::move(path))) {}

SVDLENS_BODY detail::shared_contents& state_dict::shared() const {
    static detail::shared_contents none{state_dict_contents{}};
    return shared_ ? *shared_ : none;
}

SVDLENS_BODY std::string state_dict::label() const {
    const auto name = path().filename().string();
    const auto folder = path().parent_path().filename().string();
    return detail::is_index_path(path()) && !folder.empty() ? folder : name;
}

SVDLENS_BODY std::vector<checkpoint_file> state_dict::files() const {
    std::vector<checkpoint_file> all;
    for (const auto& path : contents().files) {
        std::error_code failure;
        const auto size = std::filesystem::file_size(path, failure);
        all.push_back({.path = path, .bytes = failure ? std::nullopt : std::optional(size)});
    }
    if (all.size() == 1) all.front().tensors = size();
    if (all.size() < 2) return all;
    for (const auto& each : contents().records) ++all[each.storage].tensors;
    return all;
}

SVDLENS_BODY std::vector<std::string> state_dict::names() const {
    std::vector<std::string> all;
    all.reserve(size());
    for (const auto& each : contents().records) all.push_back(each.name);
    return all;
}

SVDLENS_BODY std::span<const tensor_record> state_dict::records() const& {
    shared().open_all();
    return contents().records;
}

SVDLENS_BODY std::vector<tensor_record> state_dict::records() && {
    const auto all = std::as_const(*this).records();
    return {all.begin(), all.end()};
}

SVDLENS_BODY bool state_dict::contains(std::string_view name) const { return shared().find(name) != nullptr; }

SVDLENS_BODY const tensor_record& state_dict::record(std::string_view name) const& {
    const auto* found = shared().find(name);
    if (found == nullptr) throw_unknown(name);
    shared().open(*found);
    return *found;
}

SVDLENS_BODY std::span<const std::byte> state_dict::bytes(std::string_view name) const& {
    return shared().bytes_of(record(name)).bytes;
}

SVDLENS_BODY std::vector<std::byte> state_dict::bytes(std::string_view name) && {
    const auto all = std::as_const(*this).bytes(name);
    return {all.begin(), all.end()};
}

SVDLENS_BODY state_dict state_dict::with_aliases() const {
    if (contents().open_shard) return *this;
    std::vector<tensor_record> aliases;
    for (const auto& [name, original] : metadata()) {
        const auto* const found = contains(name) ? nullptr : shared().find(original);
        if (found == nullptr) continue;
        aliases.push_back(*found);
        aliases.back().name = name;
    }
    if (aliases.empty()) return *this;
    auto all = contents();
    all.records.insert(all.records.end(), aliases.begin(), aliases.end());
    return state_dict(std::move(all));
}

[[noreturn]] SVDLENS_BODY void state_dict::throw_unknown(std::string_view name) const {
    std::vector<std::string_view> all;
    for (const auto& each : contents().records) all.push_back(each.name);
    std::string message =
        path().string() + ": no tensor " + quoted(name) + " among its " + to_text(size()) + " tensors";
    const auto nearest = detail::nearest_names(name, all);
    for (std::size_t k = 0; k < nearest.size(); ++k) {
        message += (k == 0 ? "; nearest: " : ", ") + quoted(nearest[k]);
    }
    throw lookup_error(errc::unknown_tensor, message);
}

[[noreturn]] SVDLENS_BODY void state_dict::throw_unsupported(const tensor_record& found) const {
    throw format_error(errc::unsupported_dtype,
                       path().string() + ": tensor " + quoted(found.name) + ": cannot read " +
                           std::string(to_text(found.type)) +
                           " as real numbers; its bytes can be read as they are stored");
}

} // namespace svdlens::inline v0_2

#endif
