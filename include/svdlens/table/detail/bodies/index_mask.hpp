/// @file
/// The bodies of table/detail/filter/index_mask.hpp.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_INDEX_MASK_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_INDEX_MASK_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../tensor/axes.hpp"
#include "../../../tensor/sub_index.hpp"
#include "../filter/index_mask.hpp"

namespace svdlens::inline v0_2::detail {

SVDLENS_BODY std::optional<std::uint64_t>
index_mask::size_over(const axes& table, std::span<const std::size_t> numbers, std::uint64_t most) {
    std::uint64_t size = 1;
    for (const auto k : numbers) {
        if (table[k].extent != 0 && size > most / table[k].extent) return std::nullopt;
        size *= table[k].extent;
    }
    return size;
}

SVDLENS_BODY std::vector<index_mask> index_mask::factors(const axes& table) const {
    std::vector<index_mask> result;
    std::uint64_t product = 1;
    for (const auto k : axes_) {
        const sub_index along(table, {k});
        const auto used = used_indices(along);
        result.emplace_back(table, std::vector{k}, [&](row_number row) {
            return used[static_cast<std::size_t>(along.index(row))] != 0;
        });
        product *= result.back().count(); // at most the combinations
    }
    if (product != count_) result.clear();
    return result;
}

SVDLENS_BODY std::vector<std::uint8_t> index_mask::used_indices(const sub_index& along) const {
    std::vector<std::uint8_t> used(static_cast<std::size_t>(along.size()));
    for (std::size_t k = 0; k < wanted_.size(); ++k)
        if (wanted_[k] != 0) used[static_cast<std::size_t>(along.index(row_of(k)))] = 1;
    return used;
}

} // namespace svdlens::inline v0_2::detail

#endif
