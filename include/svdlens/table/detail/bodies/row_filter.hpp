/// @file
/// The bodies of table/detail/filter/row_filter.hpp.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_ROW_FILTER_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_ROW_FILTER_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../tensor/axes.hpp"
#include "../../predicate.hpp"
#include "../filter/index_mask.hpp"
#include "../filter/predicate_node.hpp"
#include "../filter/row_filter.hpp"
#include "../filter/row_test.hpp"
#include "../filter/row_test_maker.hpp"

namespace svdlens::inline v0_2::detail {

SVDLENS_BODY row_filter::row_filter(const axes& table, const predicate& condition) :
    none_(table.shape_rows() == 0) {
    auto test = row_test_maker(table).make(predicate_access::node(condition), false);
    if (none_) return;
    std::vector<index_mask> masks;
    if (test.what == row_test::kind::all) {
        for (auto& part : test.parts) sort_in(table, std::move(part), masks);
    } else {
        sort_in(table, std::move(test), masks);
    }
    arrange(table, std::move(masks));
}

SVDLENS_BODY std::uint64_t row_filter::bound(const axes& table) const {
    if (none_) return 0;
    std::uint64_t rows = table.shape_rows();
    std::uint64_t joint = rows;
    const auto narrow = [&](const index_mask& mask) {
        if (mask.axes_spanned().size() == 1) {
            rows = rows / mask.size() * mask.count();
        } else {
            joint = (std::min)(joint, table.shape_rows() / mask.size() * mask.count());
        }
    };
    for (const auto& mask : outer_) narrow(mask);
    if (inner_) narrow(*inner_);
    return (std::min)(rows, joint);
}

SVDLENS_BODY void row_filter::sort_in(const axes& table, row_test part, std::vector<index_mask>& masks) {
    if (part.what == row_test::kind::mask) {
        masks.push_back(std::move(part.mask));
        return;
    }
    if (narrow_intervals(part)) return;
    std::vector<std::size_t> spanned;
    if (!part.collect_axes(spanned) || !make_distinct(table, spanned)) {
        rest_.push_back(std::move(part));
    } else {
        masks.emplace_back(table, spanned, [&part](row_number row) { return part(row, 0); });
    }
}

SVDLENS_BODY bool row_filter::narrow_intervals(const row_test& test) {
    if (test.what != row_test::kind::score || test.negated) return false;
    auto narrowed = intervals_.value_or(score_intervals());
    if (!narrowed.narrow(test.score)) return false;
    intervals_ = narrowed;
    return true;
}

SVDLENS_BODY bool row_filter::make_distinct(const axes& table, std::vector<std::size_t>& numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return index_mask::size_over(table, numbers, most_merged).has_value();
}

SVDLENS_BODY void row_filter::arrange(const axes& table, std::vector<index_mask> masks) {
    for (auto& mask : masks) {
        if (mask.none()) none_ = true;
        if (mask.none() || mask.all()) continue;
        auto factors = mask.factors(table);
        if (factors.empty()) add(table, std::move(mask));
        for (auto& factor : factors)
            if (!factor.all()) add(table, std::move(factor));
    }
    // The longest stretches first: where such a mask says no, most rows are skipped.
    for (std::size_t k = 1; k < outer_.size(); ++k)
        for (std::size_t j = k; j > 0 && outer_[j - 1].stretch() < outer_[j].stretch(); --j)
            std::swap(outer_[j - 1], outer_[j]);
    if (outer_.empty()) return;
    inner_ = std::move(outer_.back());
    outer_.pop_back();
    line_ = inner_->stretch() * inner_->line();
}

SVDLENS_BODY void row_filter::add(const axes& table, index_mask mask) {
    const auto same = std::find_if(outer_.begin(), outer_.end(), [&](const index_mask& other) {
        return other.axes_spanned().back() == mask.axes_spanned().back();
    });
    if (same == outer_.end()) {
        outer_.push_back(std::move(mask));
        return;
    }
    auto spanned = same->axes_spanned();
    spanned.insert(spanned.end(), mask.axes_spanned().begin(), mask.axes_spanned().end());
    if (make_distinct(table, spanned)) {
        *same = index_mask(table, spanned, [&](row_number row) { return same->at(row) && mask.at(row); });
        none_ = none_ || same->none();
    } else {
        rest_.push_back({.what = row_test::kind::mask, .mask = std::move(mask)});
    }
}

} // namespace svdlens::inline v0_2::detail

#endif
