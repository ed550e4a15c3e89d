/// @file
/// The bodies of export/detail/arrow_columns.hpp.
#ifndef SVDLENS_EXPORT_DETAIL_BODIES_ARROW_COLUMNS_HPP
#define SVDLENS_EXPORT_DETAIL_BODIES_ARROW_COLUMNS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/utf8.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../core/version.hpp"
#include "../arrow_columns.hpp"
#include "../text.hpp"

namespace svdlens::inline v0_2::detail {

SVDLENS_BODY std::string valid_utf8(std::string text) {
    if (!find_invalid_utf8(text)) return text;
    std::string out;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t length = utf8_sequence(rest);
        out += length == 0 ? replacement_character : rest.substr(0, length);
        rest.remove_prefix((std::max)(length, std::size_t{1}));
    }
    return out;
}

SVDLENS_BODY void arrow_texts::add(std::string text) {
    constexpr auto most = static_cast<std::size_t>((std::numeric_limits<std::int32_t>::max)());
    if (text.size() > most - bytes_.size())
        throw argument_error(errc::invalid_argument,
                             "Arrow: the texts of column " + quoted(column_) +
                                 " take more than 2 GiB in a batch; ask for smaller ones (batch_bytes)");
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    offsets_.push_back(static_cast<std::int32_t>(bytes_.size()));
}

SVDLENS_BODY arrow_column arrow_texts::column() && {
    const std::int64_t length = size();
    if (bytes_.empty()) bytes_.push_back(0); // a buffer that is there
    return {length, 0, {{}, arrow_buffer::of(std::move(offsets_)), arrow_buffer::of(std::move(bytes_))}};
}

SVDLENS_BODY std::vector<std::pair<std::string, std::string>> arrow_metadata(const axes& table) {
    std::string shape = "{";
    for (const auto& axis : table) {
        if (shape.size() != 1) shape += ", ";
        append_json_text(shape, axis.name);
        append_number(shape += ": ", axis.extent);
    }
    return {{"svdlens.version", std::string(version)},
            {"svdlens.title", valid_utf8(table.title())},
            {"svdlens.provenance", valid_utf8(table.provenance())},
            {"svdlens.shape", shape += "}"}};
}

SVDLENS_BODY std::size_t rows_in_batch(std::uint64_t batch_bytes, std::size_t row_bytes) {
    constexpr std::uint64_t most = std::uint64_t{1} << 30;
    const std::uint64_t rows = batch_bytes / (std::max<std::size_t>)(1, row_bytes);
    return static_cast<std::size_t>((std::clamp<std::uint64_t>)(rows, 1, most));
}

} // namespace svdlens::inline v0_2::detail

#endif
