/// @file
/// The report's section on one table of scores: its distribution, strips, tails, and its strongest rows.
#ifndef SVDLENS_REPORT_DETAIL_SCORE_SECTION_HPP
#define SVDLENS_REPORT_DETAIL_SCORE_SECTION_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../../circuit/found_edges.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../plot/histogram.hpp"
#include "../../plot/html_table.hpp"
#include "../../plot/page.hpp"
#include "../../plot/strip.hpp"
#include "../../projection/projection.hpp"
#include "../../table/aggregates.hpp"
#include "../../table/ask.hpp"
#include "../../table/by.hpp"
#include "../../table/derived_column.hpp"
#include "../../table/describe.hpp"
#include "../../table/group_by.hpp"
#include "../../table/histogram.hpp"
#include "../../table/outside.hpp"
#include "../../table/set_operations.hpp"
#include "../../table/store.hpp"
#include "../../table/top_k.hpp"
#include "../report_options.hpp"
#include "density_strip.hpp"
#include "head_columns.hpp"
#include "null_figure.hpp"
#include "page_progress.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A table of scores of the report.
template <std::floating_point T>
struct reported_scores {
    std::string heading;
    std::string introduction;
    basic_projection<T> scores;
    std::string far_end; ///< the column of the end that is not the directions': `target`, `source`
    const basic_found_family<T>* tested = nullptr; ///< where its edges were tested
};

/// What one table comes to.
template <std::floating_point T>
struct score_section {
    std::vector<plot::panel> figures;
    plot::panel strongest;
    description summary;
    basic_selection<T> edges;
};

/// Whether a table's scores are held while its section is made.
template <std::floating_point T>
bool is_held(const basic_projection<T>& scores) {
    constexpr std::uint64_t held = (std::uint64_t{256} << 20) / sizeof(T);
    return scores.max_rows() <= held;
}

/// What computing a table costs, in passes over a row of it in memory.
template <std::floating_point T>
double product_cost(const basic_projection<T>& scores) {
    constexpr double passes = 4; // about, at a d_model of a thousand
    return passes * static_cast<double>(scores.max_rows());
}

/// What one question to a table costs.
template <std::floating_point T>
double question_cost(const basic_projection<T>& scores) {
    return static_cast<double>(scores.max_rows()) + (is_held(scores) ? 0 : product_cost(scores));
}

/// What the section of a table costs.
template <std::floating_point T>
double section_cost(const basic_projection<T>& scores) {
    constexpr double questions = 8;
    return questions * question_cost(scores) + (is_held(scores) ? 2 : 1) * product_cost(scores);
}

/// What a section says of a table as a whole, found in the same passes.
template <std::floating_point T>
struct score_answers {
    basic_selection<T> edges;
    description summary;
    score_histogram counts;
    grouped_columns<aggregates::abs_max> far_ends;
    basic_selection<T> highest; ///< of each head, or what stands in for it
    basic_selection<T> lowest;
};

/// Asks for all of it at once.
template <std::floating_point T>
score_answers<T> ask_scores(const score_source_ref<T>& scores, double share, const std::string& far_end,
                            std::uint64_t each, const by_columns& of, const execution& run) {
    auto answers =
        ask(scores, outside_quantiles(share, 1 - share),
            svdlens::describe({0.001, 0.01, 0.25, 0.5, 0.75, 0.99, 0.999}),
            svdlens::histogram({.bins = plot::histogram_options().bins}),
            group_by(by(far_end), aggregates::abs_max{}), top_k(each, of), bottom_k(each, of), run);
    return std::apply([](auto&&... answer) { return score_answers<T>{std::move(answer)...}; },
                      std::move(answers));
}

/// One table's panels, from scores in memory or computed as they are read.
template <std::floating_point T>
class score_section_maker {
  public:
    score_section_maker(const reported_scores<T>& table, score_source_ref<T> scores,
                        const report_options& options, page_progress& progress) :
        table_(table),
        scores_(scores), options_(options), progress_(progress), color_(color_column(scores.axes())),
        of_(best_of_what(scores.axes())), each_(best_of_each(scores.axes())),
        answers_(ask_scores<T>(scores, options.tail, table.far_end, each_, of_,
                               progress_.next(together * question_cost<T>(table_.scores)))) {}

    score_section<T> make() const {
        score_section<T> made{{}, best_rows(), answers_.summary, answers_.edges};
        const bool of_heads = is_of_heads(scores_.axes());
        const auto add = [&](auto figure) {
            if (made.figures.empty()) figure.notes.insert(figure.notes.begin(), table_.introduction);
            auto& panel = made.figures.emplace_back(to_panel(figure));
            panel.choice = table_.heading;
            panel.provenance = {}; // the page's head says it
        };
        if (table_.tested != nullptr) {
            auto both = make_null_figures(*table_.tested, tested_kind(),
                                          progress_.next(product_cost<T>(table_.scores)));
            add(std::move(both.tail));
            add(std::move(both.histogram));
        } else
            add(counts_on_a_log_axis());
        if (of_heads) add(strip_by_head());
        if (of_heads && color_ == "head") add(table_by_head());
        return made;
    }

  private:
    static constexpr std::size_t more = 30;
    static constexpr double together = 6; ///< questions

    /// Of each of which the highest and lowest rows are shown: heads, or layers; without them, the table.
    static by_columns best_of_what(const axes& table) {
        return is_of_heads(table) ? by(strip_column(table)) : by();
    }

    /// How many of the highest and lowest rows of every head there is room for, five at most.
    static std::uint64_t best_of_each(const axes& table) {
        constexpr std::uint64_t most = 400, without_heads = 50;
        if (!is_of_heads(table)) return without_heads;
        return std::clamp<std::uint64_t>(most / (2 * count_heads(table) + 1), 1, 5);
    }

    /// For the next question.
    execution next() const { return progress_.next(question_cost<T>(table_.scores)); }

    plot::figure counts_on_a_log_axis() const {
        auto f = plot::histogram(answers_.counts, {.title = scores_.axes().title() + ": histogram",
                                                   .score_title = std::string(to_text(options_.score))});
        f.provenance = scores_.axes().provenance();
        f.layout["yaxis"]["type"] = "log";
        f.layout["yaxis"]["dtick"] = 1; // powers of ten
        return f;
    }

    plot::figure strip_by_head() const {
        const std::string x = strip_column(scores_.axes());
        return density_strip<T>(
            scores_, answers_.edges, answers_.summary,
            {.title = scores_.axes().title() + ": rows beyond the " + percent_name(options_.tail) +
                      " tails, by " + x,
             .x = x,
             .hover = {"source", "target"},
             .score_title = std::string(to_text(options_.score)),
             .thinning = {.max_points = (std::max)(options_.max_points, std::uint64_t{8} * 500)}},
            next());
    }

    head_groups by_head(const basic_selection<double>& ends) const {
        return group_by_head(collect(rows_of(scores_, ends, table_.far_end), next()), table_.far_end);
    }

    /// What the tested table's scores are called.
    std::string tested_kind() const {
        return table_.tested->found.as->null == null_model::share ? "share" : "centred cosine";
    }

    /// The far ends that heads touch most, by head.
    plot::html_table table_by_head() const {
        const auto ends = top_k(answers_.far_ends.template get<aggregates::abs_max>(), more);
        return plot::heat_table(
            basic_wide_table<double>(by_head(ends).largest, by(table_.far_end), by("head")),
            {.title = scores_.axes().title() + ": largest |score| by head, for the " + to_text(ends.size()) +
                      " strongest " + table_.far_end + "s"});
    }

    /// The highest and lowest rows of every head, or of a table without heads, by |score|.
    plot::panel best_rows() const {
        const auto both = unite(answers_.highest, answers_.lowest);
        const auto best = top_k<magnitude>(both, both.size());
        const auto& table = scores_.axes();
        const std::string kind(to_text(options_.score));
        std::vector<std::string> columns{"source", "target", "score", "S"};
        if (is_of_heads(table)) columns.insert(columns.begin(), "head");
        for (const char* other : {"cosine", "scaled"})
            if (kind != other) columns.push_back(other);
        columns.push_back("q");
        auto rows = plot::row_table(
            best, {.title = table.title() + ": the " + to_text(each_) + " highest and lowest" +
                            (is_of_heads(table) ? " of each " + of_.names.front() : ""),
                   .columns = columns,
                   .computed = {.numbers = score_columns(table_.scores), .labels = {{"q", q_column()}}}});
        for (auto& name : rows.header)
            if (name == "score") name = kind;
        rows.notes.push_back("A ranking: only rows with a q were found to be more than chance.");
        auto panel = to_panel(rows);
        panel.provenance = {};
        panel.choice = "strongest rows: " + table_.heading;
        return panel;
    }

    /// The q of a row that was found.
    auto q_column() const {
        return [tested = table_.tested](row_number row, double) {
            if (tested == nullptr) return std::string();
            const auto at = tested->q_of.find(row);
            return at == tested->q_of.end() ? std::string() : to_rounded_text(at->second, 3);
        };
    }

    const reported_scores<T>& table_;
    score_source_ref<T> scores_;
    const report_options& options_;
    page_progress& progress_;
    std::string color_;
    by_columns of_;
    std::uint64_t each_;
    score_answers<T> answers_;
};

/// The section of a table. Scores that take up to 256 MiB are held, others computed again for each figure.
template <std::floating_point T>
score_section<T> make_score_section(const reported_scores<T>& table, const report_options& options,
                                    page_progress& progress) {
    if (!is_held<T>(table.scores))
        return score_section_maker<T>(table, score_source_ref<T>(table.scores), options, progress).make();
    const auto stored = store(table.scores, progress.next(product_cost<T>(table.scores)));
    return score_section_maker<T>(table, score_source_ref<T>(stored), options, progress).make();
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
