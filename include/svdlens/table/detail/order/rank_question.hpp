/// @file
/// Questions whose answer is what stands at some ranks: quantiles, order statistics.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_RANK_QUESTION_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_RANK_QUESTION_HPP

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../bounds.hpp"
#include "../../question.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "quantile_place.hpp"
#include "rank_passes.hpp"
#include "rank_search.hpp"
#include "top_digits.hpp"

namespace svdlens::inline v0_2::detail {

/// A question about ranks: `wanted.ranks(digits)` names them when the scores are counted, `wanted.result(found)` makes
/// the answer of what stands there.
template <std::floating_point T, score_key Key, class Wanted>
class rank_question {
  public:
    using passes = rank_passes<T, Key>;
    using state = typename passes::state;
    static constexpr merge_order order = passes::order;

    explicit rank_question(Wanted wanted) : wanted_(std::move(wanted)) {}

    unsigned passes_left() const { return wanted_.is_empty() ? 0 : passes_.passes_left(); }
    typename passes::plan begin_pass() { return passes_.begin_pass(); }
    void look(const typename passes::plan& plan, const score_block<T>& block, state& mine) const {
        passes_.look(plan, block, mine);
    }
    void merge(state& into, state& later) const { passes_.merge(into, later); }
    void gather(state& all) const { passes_.gather(all); }
    void end_pass(state& all) {
        const bool counts = !passes_.has_counted();
        passes_.end_pass(all);
        if (!counts) return;
        auto ranks = wanted_.ranks(passes_.digits());
        if (!ranks.empty()) passes_.seek(std::move(ranks));
    }
    auto result() { return wanted_.result(passes_.result()); }

  private:
    Wanted wanted_;
    passes passes_;
};

/// Quantiles by a rule.
template <std::floating_point T>
class wanted_quantiles {
  public:
    wanted_quantiles(std::vector<double> probabilities, quantile_rule rule) :
        probabilities_(std::move(probabilities)), rule_(rule) {
        check_probabilities(probabilities_);
    }

    bool is_empty() const { return probabilities_.empty(); }
    std::vector<std::uint64_t> ranks(const top_digits<T>& top) {
        const auto n = top.size();
        if (n != 0) places_ = find_places(n, probabilities_, rule_);
        return ranks_of(places_);
    }
    /// NaN where there is no score.
    std::vector<double> result(const scores_at_ranks<T>& found) const {
        std::vector<double> values(probabilities_.size(), std::numeric_limits<double>::quiet_NaN());
        for (std::size_t k = 0; k < places_.size(); ++k)
            values[k] = quantile_at(places_[k], [&](std::uint64_t rank) { return found(rank).score; });
        return values;
    }

  private:
    std::vector<double> probabilities_;
    quantile_rule rule_;
    std::vector<quantile_place> places_;
};

/// The scores at given ranks.
template <std::floating_point T>
class wanted_ranks {
  public:
    explicit wanted_ranks(std::vector<std::uint64_t> ranks) : ranks_(std::move(ranks)) {}

    bool is_empty() const { return ranks_.empty(); }
    /// @throws argument_error (invalid_argument) for a rank that is not below the number of scores
    std::vector<std::uint64_t> ranks(const top_digits<T>& top) const {
        const auto highest = *std::max_element(ranks_.begin(), ranks_.end());
        if (const auto n = top.size(); highest >= n)
            throw argument_error(errc::invalid_argument, "order statistics: expected ranks below the " +
                                                             to_text(n) + " scores, found " +
                                                             to_text(highest));
        return ranks_;
    }
    std::vector<T> result(const scores_at_ranks<T>& found) const {
        std::vector<T> result;
        for (const auto rank : ranks_) result.push_back(found(rank).score);
        return result;
    }

  private:
    std::vector<std::uint64_t> ranks_;
};

/// `quantiles` without a source.
template <score_key Key>
struct quantiles_question {
    std::vector<double> probabilities;
    quantile_rule rule = quantile_rule::linear;

    template <std::floating_point T>
    rank_question<T, Key, wanted_quantiles<T>> bind(const asked_table<T>&) const {
        return rank_question<T, Key, wanted_quantiles<T>>({probabilities, rule});
    }
};

/// `order_statistics` without a source.
template <score_key Key>
struct ranks_question {
    std::vector<std::uint64_t> ranks;

    template <std::floating_point T>
    rank_question<T, Key, wanted_ranks<T>> bind(const asked_table<T>&) const {
        return rank_question<T, Key, wanted_ranks<T>>(wanted_ranks<T>(ranks));
    }
};

} // namespace svdlens::inline v0_2::detail

#endif
