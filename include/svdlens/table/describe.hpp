/// @file
/// The summary of a table: count, mean, standard deviation, extremes and exact percentiles.
#ifndef SVDLENS_TABLE_DESCRIBE_HPP
#define SVDLENS_TABLE_DESCRIBE_HPP

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "../core/detail/text_table.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "bounds.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/groups/moments.hpp"
#include "detail/groups/moments_question.hpp"
#include "detail/order/quantile_place.hpp"
#include "detail/order/rank_passes.hpp"
#include "detail/order/rank_question.hpp"
#include "question.hpp"
#include "score_key.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// What stands at one probability of a distribution.
struct quantile_value {
    double probability;
    double value;
};

/// Count, moments, extremes and quantiles of the scores that are not NaN.
struct description {
    std::string title;           ///< the table's
    std::uint64_t count = 0;     ///< scores that are not NaN
    std::uint64_t nan_count = 0; ///< scores that are
    double mean = std::numeric_limits<double>::quiet_NaN();
    double std =
        std::numeric_limits<double>::quiet_NaN(); ///< with one degree of freedom less (pandas' ddof = 1)
    double min = std::numeric_limits<double>::quiet_NaN();
    double max = std::numeric_limits<double>::quiet_NaN();
    std::vector<quantile_value> percentiles; ///< ascending in probability
};

/// A probability as pandas names it: 0.001 is `0.1%`, 0.07 is `7%`. The digits are those of the shortest
/// decimal that reads back as the probability, so there is no `7.000000000000001%`.
inline std::string percent_name(double probability) {
    std::array<char, 400> buffer;
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), probability, std::chars_format::fixed)
            .ptr;
    std::string digits(buffer.data(), end);
    const auto point = (std::min)(digits.find('.'), digits.size());
    std::string whole = digits.substr(0, point);
    std::string fraction = point < digits.size() ? digits.substr(point + 1) : "";
    while (fraction.size() < 2) fraction += '0';
    whole += fraction.substr(0, 2);
    fraction.erase(0, 2);
    whole.erase(0, (std::min)(whole.find_first_not_of('0'), whole.size() - 1));
    return whole + (fraction.empty() ? "" : "." + fraction) + "%";
}

/// The rows of a description in the order in which it prints: count mean std min, percentiles, max.
inline std::vector<std::pair<std::string, double>> statistics(const description& d) {
    std::vector<std::pair<std::string, double>> rows{
        {"count", static_cast<double>(d.count)}, {"mean", d.mean}, {"std", d.std}, {"min", d.min}};
    for (const auto& q : d.percentiles) rows.emplace_back(percent_name(q.probability), q.value);
    rows.emplace_back("max", d.max);
    return rows;
}

/// One line a statistic, names left and values right aligned, six significant digits; a line `nan` after the
/// count where scores were NaN.
inline std::string to_string(const description& d) {
    detail::text_table lines;
    for (const auto& [name, value] : statistics(d)) {
        const bool is_count = name == "count";
        lines.cells.push_back({name, is_count ? to_text(d.count) : to_rounded_text(value, 6)});
        if (is_count && d.nan_count != 0) lines.cells.push_back({"nan", to_text(d.nan_count)});
    }
    return (d.title.empty() ? "" : d.title + "\n") + to_string(lines);
}

inline std::ostream& operator<<(std::ostream& out, const description& d) { return out << to_string(d); }

namespace detail {

/// The moments and the percentiles of a table, asked together.
template <std::floating_point T>
class bound_describe {
  public:
    /// @param percentiles ascending, unique
    bound_describe(std::string title, std::vector<double> percentiles) :
        title_(std::move(title)), percentiles_(percentiles),
        quantiles_({std::move(percentiles), quantile_rule::linear}) {}

    template <class Use>
    void parts(const Use& use) {
        use(moments_);
        use(quantiles_);
    }

    description result() {
        const moments all = moments_.result();
        const auto values = quantiles_.result();
        description result;
        result.title = title_;
        result.count = all.count;
        result.nan_count = all.nan_count;
        for (std::size_t k = 0; k < values.size(); ++k)
            result.percentiles.push_back({percentiles_[k], values[k]});
        if (all.count == 0) return result;
        result.mean = all.mean();
        result.std = all.std();
        result.min = all.min;
        result.max = all.max;
        return result;
    }

  private:
    std::string title_;
    std::vector<double> percentiles_;
    moments_question<T> moments_;
    rank_question<T, signed_score, wanted_quantiles<T>> quantiles_;
};

/// `describe` without a source.
struct describe_question {
    std::vector<double> percentiles;

    template <std::floating_point T>
    bound_describe<T> bind(const asked_table<T>& table) const {
        check_probabilities(percentiles);
        auto wanted = percentiles;
        wanted.push_back(0.5);
        std::sort(wanted.begin(), wanted.end());
        wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
        return bound_describe<T>(table.axes.title(), std::move(wanted));
    }
};

/// `describe` of any source.
template <std::floating_point T>
description describe_source(const score_source_ref<T>& source, std::vector<double> percentiles,
                            const execution& run) {
    return ask_one(source, describe_question{std::move(percentiles)}, run);
}

#ifdef SVDLENS_COMPILED
extern template description describe_source(const score_source_ref<float>&, std::vector<double>,
                                            const execution&);
extern template description describe_source(const score_source_ref<double>&, std::vector<double>,
                                            const execution&);
extern template class bound_describe<float>;
extern template class bound_describe<double>;
#endif

} // namespace detail

/// Summarises the scores as pandas does: count, mean, std (ddof 1), min, the percentiles asked for and the
/// 50 % one, max. NaN scores are skipped and counted; quantiles are those of `quantiles`. Sums are in
/// double and agree with a two-pass computation to about 1e-12 relative; they are the same bits for any
/// number of threads.
///
/// Passes and memory as `quantiles`.
/// @throws argument_error (invalid_argument) for a percentile outside [0, 1]
template <score_source S, std::same_as<std::vector<double>> Percentiles>
description describe(const S& source, Percentiles percentiles, // deduced: a braced execution is no vector
                     const execution& run = {}) {
    return detail::describe_source<typename S::value_type>(source, std::move(percentiles), run);
}

/// With percentiles written out: `describe(scores, {0.01, 0.99})`.
template <score_source S>
description describe(const S& source, std::initializer_list<double> percentiles, const execution& run = {}) {
    return describe(source, std::vector<double>(percentiles), run);
}

/// With the quartiles, as pandas does unless told otherwise.
template <score_source S>
description describe(const S& source, const execution& run = {}) {
    return describe(source, {0.25, 0.5, 0.75}, run);
}

/// The question that `describe` answers, for `ask`: `describe({0.01, 0.99})`. @{
inline detail::describe_question describe(std::vector<double> percentiles) {
    return {std::move(percentiles)};
}
inline detail::describe_question describe(std::initializer_list<double> percentiles) {
    return {std::vector<double>(percentiles)};
}
inline detail::describe_question describe() { return describe({0.25, 0.5, 0.75}); }
/// @}

} // namespace svdlens::inline v0_2

#endif
