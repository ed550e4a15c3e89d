/// @file
/// Conditions on scores as tests of a row.
#ifndef SVDLENS_TABLE_DETAIL_FILTER_ROW_TEST_HPP
#define SVDLENS_TABLE_DETAIL_FILTER_ROW_TEST_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "../../../tensor/axes.hpp"
#include "index_mask.hpp"
#include "predicate_node.hpp"

namespace svdlens::inline v0_2::detail {

/// A condition in negation normal form: masks and tests of scores under `all` and `any`. Only what its kind
/// needs is set.
struct row_test {
    enum class kind { mask, score, row, all, any };

    kind what = kind::all;
    bool negated = false;                                ///< of `score` and `row`
    index_mask mask = {};                                ///< the row's indices are wanted
    score_compares score = {};                           ///< the score compares so
    std::function<bool(row_number, double)> passes = {}; ///< row and score pass
    std::vector<row_test> parts = {};                    ///< of `all` and `any`

    bool operator()(row_number row, double value) const {
        switch (what) {
        case kind::mask:
            return mask.at(row);
        case kind::score:
            return compare_score(value) != negated;
        case kind::row:
            return passes(row, value) != negated;
        case kind::all:
        case kind::any:
            break;
        }
        const bool decides = what == kind::any;
        for (const auto& part : parts)
            if (part(row, value) == decides) return decides;
        return !decides;
    }

    /// Collects the axes that the condition looks at. False when it looks at scores or at rows as such.
    bool collect_axes(std::vector<std::size_t>& found) const {
        found.insert(found.end(), mask.axes_spanned().begin(), mask.axes_spanned().end());
        for (const auto& part : parts)
            if (!part.collect_axes(found)) return false;
        return what != kind::score && what != kind::row;
    }

  private:
    bool compare_score(double value) const {
        return compare(score.what == compared_score::magnitude ? std::abs(value) : value, score.how,
                       score.bound);
    }
};

/// The scores from low to high, both included: never NaN.
class score_interval {
  public:
    bool holds(double score) const { return score >= low_ && score <= high_; }

    /// Keeps what passes a comparison with a bound as well. False, and nothing done, for `not_equal`, which
    /// is no interval.
    bool narrow(comparison how, double bound) {
        if (how == comparison::not_equal) return false;
        const bool from = how != comparison::less && how != comparison::less_equal;
        const bool to = how != comparison::greater && how != comparison::greater_equal;
        const bool strict = how == comparison::less || how == comparison::greater;
        if (std::isnan(bound) || (strict && bound == (from ? infinity : -infinity))) {
            low_ = infinity;
            high_ = -infinity;
            return true;
        }
        // Scores are compared in double, so the next double is the first that is above.
        if (strict) bound = std::nextafter(bound, from ? infinity : -infinity);
        if (from) low_ = (std::max)(low_, bound);
        if (to) high_ = (std::min)(high_, bound);
        return true;
    }

  private:
    static constexpr double infinity = std::numeric_limits<double>::infinity();

    double low_ = -infinity;
    double high_ = infinity;
};

/// Intervals of the score and of its magnitude.
struct score_intervals {
    score_interval signed_value;
    score_interval magnitude;

    bool hold(double score) const { return signed_value.holds(score) && magnitude.holds(std::abs(score)); }

    /// As `score_interval::narrow`.
    bool narrow(const score_compares& by) {
        auto& narrowed = by.what == compared_score::magnitude ? magnitude : signed_value;
        return narrowed.narrow(by.how, by.bound);
    }
};

} // namespace svdlens::inline v0_2::detail

#endif
