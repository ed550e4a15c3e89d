/// @file
/// What a condition on rows is made of.
#ifndef SVDLENS_TABLE_DETAIL_FILTER_PREDICATE_NODE_HPP
#define SVDLENS_TABLE_DETAIL_FILTER_PREDICATE_NODE_HPP

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../tensor/axes.hpp"

namespace svdlens::inline v0_2::detail {

enum class comparison { less, less_equal, greater, greater_equal, equal, not_equal };

/// IEEE comparison: with NaN only `not_equal` holds.
inline bool compare(double a, comparison how, double b) {
    switch (how) {
    case comparison::less:
        return a < b;
    case comparison::less_equal:
        return a <= b;
    case comparison::greater:
        return a > b;
    case comparison::greater_equal:
        return a >= b;
    case comparison::equal:
        return a == b;
    case comparison::not_equal:
        break;
    }
    return a != b;
}

/// Which axis an index is taken along: that of a column, or the one of the name itself.
enum class index_owner { column, axis };

/// Both ends included; first > last: no index.
struct index_range {
    std::uint64_t first;
    std::uint64_t last;
};

/// Whether the score or its magnitude is compared.
enum class compared_score { signed_value, magnitude };

struct score_compares {
    compared_score what = compared_score::signed_value;
    comparison how = comparison::not_equal;
    double bound = 0;
};

enum class condition_kind {
    label_in_list,   ///< the column's label is in `labels`, each of which must be one of the column's
    label_passes,    ///< the column's label passes `label_test`
    index_in_list,   ///< the index along the column or axis is one of `ranges`, each of which must be there
    index_in_ranges, ///< the index along the column or axis is in one of `ranges`
    score_compares,  ///< the score compares so
    row_passes,      ///< row and score pass `row_test`
    negation,        ///< not `left`
    conjunction,     ///< `left` and `right`
    disjunction,     ///< `left` or `right`
};

struct predicate_node;
using predicate_part = std::shared_ptr<const predicate_node>;

/// One node of a condition; only what its kind needs is set. No variant: that would compile for longer than
/// all that uses it.
struct predicate_node {
    condition_kind kind = condition_kind::row_passes;
    std::string column = {};
    std::vector<std::string> labels = {}; ///< of `index_in_list` the indices as text, one a range
    std::function<bool(std::string_view)> label_test = {};
    index_owner owner = index_owner::column;
    std::vector<index_range> ranges = {};
    score_compares score = {};
    std::function<bool(row_number, double)> row_test = {};
    predicate_part left = {};
    predicate_part right = {};
};

/// The way into `predicate`, which shows its node to nobody else.
struct predicate_access {
    template <class Predicate>
    static Predicate make(predicate_node node) {
        return Predicate(std::move(node));
    }
    template <class Predicate>
    static const predicate_node& node(const Predicate& condition) {
        return *condition.node_;
    }
};

} // namespace svdlens::inline v0_2::detail

#endif
