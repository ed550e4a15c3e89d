/// @file
/// Discoveries as a question of the engine: of one table, held or handed on, and a pass of a family over one of its tables.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_DISCOVERY_QUESTION_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_DISCOVERY_QUESTION_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "../../../table/question.hpp"
#include "../../../table/score_columns.hpp"
#include "../../../table/score_source.hpp"
#include "../../../tensor/axes.hpp"
#include "../../discovery_test.hpp"
#include "../../findings.hpp"
#include "../../log_p.hpp"
#include "family_search.hpp"
#include "present_weights.hpp"

namespace svdlens::inline v0_2::detail {

/// Rows that were found, of one table, with log10 p and score, and their q.
template <std::floating_point T>
score_columns to_columns(const axes& of, std::size_t dimension, std::span<const found_row<T>> found,
                         std::vector<double> q) {
    std::vector<row_number> rows(found.size());
    std::vector<double> log10_p(found.size()), scores(found.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
        rows[k] = found[k].row;
        scores[k] = static_cast<double>(found[k].score);
        log10_p[k] = log_p(scores[k], dimension) / std::numbers::ln10;
    }
    return {of,
            std::move(rows),
            {"log10_p", "q", "score"},
            {std::move(log10_p), std::move(q), std::move(scores)}};
}

/// What a search found of one of its tables, and holds.
template <std::floating_point T>
findings to_findings(const family_search<T>& search, std::size_t table, const axes& of,
                     const discovery_test& test) {
    std::vector<found_row<T>> found;
    std::vector<double> q;
    const auto all_q = search.q_values();
    for (std::size_t k = 0; k < search.found().size(); ++k) {
        if (search.found()[k].table != table) continue;
        found.push_back(search.found()[k]);
        q.push_back(all_q[k]);
    }
    return {.rows = to_columns<T>(of, test.dimension, found, std::move(q)),
            .q = test.q,
            .tested = search.tables()[table].rows,
            .family_rows = search.rule().rows,
            .nans = search.tables()[table].nans,
            .dimension = test.dimension,
            .mean_weight = search.mean_weight(),
            .table_mean_weight = search.mean_weight(), // of a family of one
            .log10_threshold = search.threshold() / std::numbers::ln10};
}

/// `discoveries` of one table.
struct discovery_question {
    discovery_test test;

    template <std::floating_point T>
    class bound : public family_search<T> {
      public:
        bound(const asked_table<T>& table, const discovery_test& test, found_rows_sink<T> sink = {}) :
            family_search<T>(
                {to_family_table(table.axes, table.max_rows, table.tiles, test.dimension, test.weights)},
                test.q, table.run, std::move(sink)),
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

/// `for_each_discovery`. Refers to the sink.
template <class Sink>
struct discovery_sink_question {
    discovery_test test;
    Sink* sink;

    template <std::floating_point T>
    class bound : public discovery_question::bound<T> {
      public:
        bound(const asked_table<T>& table, const discovery_test& test, Sink* sink) :
            discovery_question::bound<T>(
                table, test,
                [=](std::span<const found_row<T>> rows) { hand_on(*sink, rows, test.dimension, {}); }),
            sink_(sink), dimension_(test.dimension) {}

        discovery_count result() {
            const auto count = this->found_count();
            if (this->held()) hand_on_held();
            return {count, this->rule().rows, this->tables().front().nans,
                    count == 0 ? -std::numeric_limits<double>::infinity()
                               : this->threshold() / std::numbers::ln10,
                    this->held()};
        }

      private:
        /// In row order, each with its q.
        void hand_on_held() {
            const auto q = this->q_values();
            const auto& found = this->found();
            std::vector<std::size_t> by_row(found.size());
            std::iota(by_row.begin(), by_row.end(), std::size_t{0});
            std::sort(by_row.begin(), by_row.end(),
                      [&](auto a, auto b) { return found[a].row < found[b].row; });
            std::vector<found_row<T>> rows;
            std::vector<double> q_of_rows;
            for (const auto k : by_row) {
                rows.push_back(found[k]);
                q_of_rows.push_back(q[k]);
            }
            if (!rows.empty()) hand_on(*sink_, rows, dimension_, q_of_rows);
        }

        static void hand_on(Sink& sink, std::span<const found_row<T>> found, std::size_t dimension,
                            std::span<const double> q) {
            std::vector<row_number> rows;
            std::vector<T> scores;
            std::vector<double> log10_p;
            for (const auto& row : found) {
                rows.push_back(row.row);
                scores.push_back(row.score);
                log10_p.push_back(log_p(static_cast<double>(row.score), dimension) / std::numbers::ln10);
            }
            sink(discovered_rows<T>{rows, scores, log10_p, q});
        }

        Sink* sink_;
        std::size_t dimension_;
    };

    template <std::floating_point T>
    bound<T> bind(const asked_table<T>& table) const {
        return {table, test, sink};
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
        bool fits(const state& read) const { return pass_.search->fits(read); }
        void take_note(state& read) const { pass_.search->take_note(read); }
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
