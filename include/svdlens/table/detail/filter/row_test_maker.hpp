/// @file
/// How a condition becomes a test of the rows of one table.
#ifndef SVDLENS_TABLE_DETAIL_FILTER_ROW_TEST_MAKER_HPP
#define SVDLENS_TABLE_DETAIL_FILTER_ROW_TEST_MAKER_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../tensor/axes.hpp"
#include "../../../tensor/detail/label_errors.hpp"
#include "../../../tensor/labels.hpp"
#include "index_mask.hpp"
#include "predicate_node.hpp"
#include "row_test.hpp"

namespace svdlens::inline v0_2::detail {

/// Combinations that a mask for one label column may have.
inline constexpr std::uint64_t most_label_combinations = std::uint64_t{1} << 28;

/// Looks a condition up in the axes of a table. In one without row numbers all columns have to exist, and
/// nothing else is asked.
class row_test_maker {
  public:
    explicit row_test_maker(const axes& table) : table_(&table) {}

    /// The condition, or its negation.
    /// @throws lookup_error (unknown_column, unknown_label); argument_error (invalid_argument)
    row_test make(const predicate_node& node, bool negated) const {
        switch (node.kind) {
        case condition_kind::label_in_list:
            return listed_label(node, negated);
        case condition_kind::label_passes:
            return finished(label_mask(node.column, node.label_test), negated);
        case condition_kind::index_in_list:
            check_indices(node);
            [[fallthrough]];
        case condition_kind::index_in_ranges:
            return finished(index_in_ranges(node), negated);
        case condition_kind::score_compares:
            return {.what = row_test::kind::score, .negated = negated, .score = node.score};
        case condition_kind::row_passes:
            return {.what = row_test::kind::row, .negated = negated, .passes = node.row_test};
        case condition_kind::negation:
            return make(*node.left, !negated);
        case condition_kind::conjunction:
        case condition_kind::disjunction:
            break;
        }
        const bool all = (node.kind == condition_kind::conjunction) != negated; // de Morgan
        return join(all ? row_test::kind::all : row_test::kind::any, make(*node.left, negated),
                    make(*node.right, negated));
    }

  private:
    row_test listed_label(const predicate_node& leaf, bool negated) const {
        auto wanted = leaf.labels;
        std::sort(wanted.begin(), wanted.end());
        wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
        std::vector<unsigned char> seen(wanted.size());
        auto mask = label_mask(leaf.column, [&](const std::string& label) {
            const auto at = std::lower_bound(wanted.begin(), wanted.end(), label);
            if (at == wanted.end() || *at != label) return false;
            seen[static_cast<std::size_t>(at - wanted.begin())] = 1;
            return true;
        });
        for (std::size_t k = 0; k < wanted.size(); ++k)
            if (seen[k] == 0 && table_->shape_rows() != 0) unknown_label(leaf.column, wanted[k], mask);
        return finished(std::move(mask), negated);
    }

    std::size_t indexed_axis(const predicate_node& leaf) const {
        return leaf.owner == index_owner::axis ? table_->axis_number(leaf.column) : only_axis(leaf.column);
    }

    /// An index that is asked for by number has to be there, as a label has.
    void check_indices(const predicate_node& leaf) const {
        const auto& along = (*table_)[indexed_axis(leaf)];
        if (table_->shape_rows() == 0) return;
        for (std::size_t k = 0; k < leaf.ranges.size(); ++k) {
            const auto& wanted = leaf.ranges[k];
            if (wanted.first <= wanted.last && wanted.last < along.extent) continue;
            throw lookup_error(errc::unknown_label, "where: axis " + quoted(along.name) + ": no index " +
                                                        leaf.labels[k] + "; the extent is " +
                                                        to_text(along.extent));
        }
    }

    index_mask index_in_ranges(const predicate_node& leaf) const {
        const auto k = indexed_axis(leaf);
        return mask_over({k}, [&](row_number row) {
            const auto index = table_->coordinate(row, k);
            for (const auto& range : leaf.ranges)
                if (range.first <= index && index <= range.last) return true;
            return false;
        });
    }

    static row_test finished(index_mask mask, bool negated) {
        if (negated) mask.invert();
        return {.what = row_test::kind::mask, .mask = std::move(mask)};
    }

    /// Groups of one kind become one.
    static row_test join(row_test::kind how, row_test left, row_test right) {
        row_test result{.what = how};
        if (left.what == how) {
            result = std::move(left);
        } else {
            result.parts.push_back(std::move(left));
        }
        if (right.what == how) {
            for (auto& part : right.parts) result.parts.push_back(std::move(part));
        } else {
            result.parts.push_back(std::move(right));
        }
        return result;
    }

    /// The combinations of a column's axes whose label passes a test.
    template <class Test>
    index_mask label_mask(const std::string& name, Test test) const {
        const auto spanned = table_->spanned_axes(name);
        if (!index_mask::size_over(*table_, spanned, most_label_combinations))
            throw argument_error(errc::invalid_argument, "where: column " + quoted(name) +
                                                             ": expected at most " +
                                                             to_text(most_label_combinations) +
                                                             " labels, found more; test its axes instead");
        const resolved_column column(*table_, name);
        std::string label;
        return mask_over(spanned, [&](row_number row) {
            label.clear();
            column.append(label, row);
            return test(label);
        });
    }

    template <class Wanted>
    index_mask mask_over(const std::vector<std::size_t>& spanned, Wanted wanted) const {
        if (table_->shape_rows() == 0) return index_mask(*table_, {}, [](row_number) { return false; });
        return index_mask(*table_, spanned, wanted);
    }

    /// The axis that a column is computed from.
    std::size_t only_axis(const std::string& name) const {
        const auto spanned = table_->spanned_axes(name);
        if (spanned.size() == 1) return spanned.front();
        std::string message = "where: column " + quoted(name) +
                              ": expected one axis to compare with an integer, found " +
                              to_text(spanned.size()) + "; compare ";
        for (const auto k : spanned) message += "axis_index(" + quoted((*table_)[k].name) + "), ";
        throw argument_error(errc::invalid_argument, message + "or the column with a label");
    }

    [[noreturn]] void unknown_label(const std::string& name, const std::string& label,
                                    const index_mask& mask) const {
        const resolved_column column(*table_, name);
        std::vector<std::string> first((std::min)(mask.size(), listed_in_messages));
        for (std::size_t k = 0; k < first.size(); ++k) column.append(first[k], mask.row_of(k));
        fail_unknown_label("where: column " + quoted(name), label, first, mask.size());
    }

    const axes* table_;
};

} // namespace svdlens::inline v0_2::detail

#endif
