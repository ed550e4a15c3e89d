/// @file
/// Discoveries as a question of the engine: of one table, held or handed on, and a pass of a family over one of its tables.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_DISCOVERY_QUESTION_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_DISCOVERY_QUESTION_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include "../../../table/question.hpp"
#include "../../../table/score_source.hpp"
#include "../../../tensor/axes.hpp"
#include "../../discovery_test.hpp"
#include "../../findings.hpp"
#include "../../log_p.hpp"
#include "family_search.hpp"
#include "present_weights.hpp"

namespace svdlens::inline v0_2::detail {

/// What a search found of one of its tables, and holds: rows with log10 p, q and score.
template <std::floating_point T>
findings to_findings(const family_search<T>& search, std::size_t table, const axes& of,
                     const discovery_test& test) {
    std::vector<row_number> rows;
    std::vector<double> log10_p, q, scores;
    const auto& found = search.found();
    const auto all_q = search.q_values();
    for (std::size_t k = 0; k < found.size(); ++k) {
        if (found[k].table != table) continue;
        rows.push_back(found[k].row);
        scores.push_back(static_cast<double>(found[k].score));
        log10_p.push_back(log_p(scores.back(), test.dimension) / std::numbers::ln10);
        q.push_back(all_q[k]);
    }
    return {.rows = {of,
                     std::move(rows),
                     {"log10_p", "q", "score"},
                     {std::move(log10_p), std::move(q), std::move(scores)}},
            .q = test.q,
            .tested = search.tables()[table].rows,
            .family_rows = search.rule().rows,
            .nans = search.tables()[table].nans,
            .dimension = test.dimension,
            .mean_weight = search.mean_weight(),
            .log10_threshold = search.threshold() / std::numbers::ln10};
}

/// `discoveries` of one table.
struct discovery_question {
    discovery_test test;

    template <std::floating_point T>
    class bound : public family_search<T> {
      public:
        bound(const asked_table<T>& table, const discovery_test& test) :
            family_search<T>(
                {to_family_table(table.axes, table.max_rows, table.tiles, test.dimension, test.weights)},
                test.q, table.run),
            axes_(&table.axes), test_(test) {}

        void look(const typename family_search<T>::plan& now, const score_block<T>& block,
                  family_state<T>& mine) const {
            family_search<T>::look(now, 0, block, mine);
        }

        findings result() { return to_findings<T>(*this, 0, *axes_, test_); }

      private:
        const axes* axes_;
        discovery_test test_;
    };

    template <std::floating_point T>
    bound<T> bind(const asked_table<T>& table) const {
        return {table, test};
    }
};

/// One pass of a family over one of its tables: what is seen of it.
template <std::floating_point T>
struct family_pass_question {
    const family_search<T>* search;
    typename family_search<T>::plan plan;
    std::size_t table;

    class bound {
      public:
        using state = family_state<T>;
        bound(const family_pass_question& pass) : order(pass.search->order), pass_(pass) {}

        merge_order order;
        unsigned passes_left() const { return left_; }
        std::uint64_t bytes() const { return pass_.search->bytes(); }
        int begin_pass() { return 0; }
        void look(int, const score_block<T>& block, state& mine) const {
            pass_.search->look(pass_.plan, pass_.table, block, mine);
        }
        void merge(state& into, state& later) const { pass_.search->merge(into, later); }
        void end_pass(state& all) {
            left_ = 0;
            seen_ = std::move(all);
        }
        state result() { return std::move(seen_); }

      private:
        family_pass_question pass_;
        unsigned left_ = 1;
        state seen_;
    };

    bound bind(const asked_table<T>&) const { return {*this}; }
};

} // namespace svdlens::inline v0_2::detail

#endif
