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

#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../plot/bar.hpp"
#include "../../plot/ecdf.hpp"
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
#include "../../table/value_counts.hpp"
#include "../report_options.hpp"
#include "head_columns.hpp"
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
};

/// What one table comes to.
template <std::floating_point T>
struct score_section {
    plot::page_section section;
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
    constexpr double questions = 12;
    return questions * question_cost(scores) + (is_held(scores) ? product_cost(scores) : 0);
}

/// What a section says of a table as a whole, found in the same passes.
template <std::floating_point T>
struct score_answers {
    basic_selection<T> edges;
    description summary;
    score_histogram counts;
    grouped_columns<aggregates::abs_max, aggregates::abs_mean> far_ends;
    basic_selection<T> highest; ///< of each head, or what stands in for it
    basic_selection<T> lowest;
};

/// Asks for all of it at once.
template <std::floating_point T>
score_answers<T> ask_scores(const score_source_ref<T>& scores, double share, const std::string& far_end,
                            std::uint64_t each, const std::string& of, const execution& run) {
    auto answers = ask(scores, outside_quantiles(tail, 1 - tail),
                       svdlens::describe({0.001, 0.01, 0.25, 0.5, 0.75, 0.99, 0.999}),
                       svdlens::histogram({.bins = plot::histogram_options().bins}),
                       group_by(by(far_end), aggregates::abs_max{}, aggregates::abs_mean{}),
                       top_k(each, by(of)), bottom_k(each, by(of)), run);
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
        of_(strip_column(scores.axes())), each_(best_of_each(scores.axes())),
        answers_(ask_scores<T>(scores, options.tail, table.far_end, each_, of_,
                               progress_.next(together * question_cost<T>(table_.scores)))) {}

    score_section<T> make() const {
        plot::page_section section{.heading = table_.heading, .introduction = table_.introduction};
        const auto add = [&](const auto& figure) { section.panels.push_back(to_panel(figure)); };
        add(distributions());
        add(counts_on_a_log_axis());
        add(strip_by_head());
        add(counts_of_far_ends());
        add_far_ends(section);
        add_best_rows(section);
        return {std::move(section), answers_.summary, answers_.edges};
    }

  private:
    static constexpr std::size_t few = 12, more = 30;
    static constexpr double together = 6; ///< questions

    /// How many of the highest and lowest rows of every head there is room for, five at most.
    static std::uint64_t best_of_each(const axes& table) {
        constexpr std::uint64_t most = 400;
        return std::clamp<std::uint64_t>(most / (2 * count_heads(table) + 1), 1, 5);
    }

    /// For the next question.
    execution next() const { return progress_.next(question_cost<T>(table_.scores)); }

    /// A line a head or layer, where the scores of one can be gathered.
    plot::figure distributions() const {
        constexpr std::uint64_t most = std::uint64_t{1} << 29, most_of_a_layer = most / 4;
        const auto& axes = scores_.axes();
        const auto layers = axes[axes.axis_number("layer")].extent;
        const std::uint64_t rows = scores_.max_rows();
        if (rows > most || rows / (std::max<std::uint64_t>)(layers, 1) > most_of_a_layer)
            return plot::ecdf(scores_, {.title = axes.title() + ": distribution"}, next());
        return plot::ecdf(scores_, {.title = axes.title() + ": distribution by " + color_, .color = color_},
                          next());
    }

    plot::figure counts_on_a_log_axis() const {
        auto f = plot::histogram(answers_.counts, {.title = scores_.axes().title() + ": histogram"});
        f.provenance = scores_.axes().provenance();
        f.layout["yaxis"]["type"] = "log";
        f.layout["yaxis"]["dtick"] = 1; // powers of ten
        return f;
    }

    plot::figure strip_by_head() const {
        const std::string x = strip_column(scores_.axes());
        const std::string tails = "beyond the " + percent_name(options_.tail) + " tails";
        const auto is_edge = flag("edge", answers_.edges);
        return plot::strip(
            scores_,
            {.title = scores_.axes().title() + ": scores by " + x,
             .x = x,
             .color = "tails",
             .colors = plot::strip_colors::overlaid,
             .hover = {"source", "target", "score"},
             .computed = {.labels = {{"tails",
                                      [is_edge, tails](row_number row, double score) {
                                          return is_edge.value(row, score) != 0 ? tails : "between";
                                      }}}},
             .thinning = {.max_points = (std::max)(options_.max_points, std::uint64_t{8} * 500)}},
            next());
    }

    plot::figure counts_of_far_ends() const {
        auto f = plot::bar(value_counts(answers_.edges, table_.far_end),
                           {.title = scores_.axes().title() + ": " + table_.far_end +
                                     "s of the rows beyond the " + percent_name(options_.tail) + " tails",
                            .axis_title = table_.far_end,
                            .max_bars = 40});
        f.provenance = scores_.axes().provenance();
        return f;
    }

    /// The far ends that heads touch most: their scores, mean |score| by head, the largest as a table.
    void add_far_ends(plot::page_section& section) const {
        const auto add = [&](const auto& figure) { section.panels.push_back(to_panel(figure)); };
        const auto& overall = answers_.far_ends;
        const auto largest = overall.template get<aggregates::abs_max>();
        const auto means = overall.template get<aggregates::abs_mean>();
        add(strip_of_far_ends(top_k(largest, few)));
        add(means_by_head(top_k(means, few)));
        if (color_ == "head") add(table_by_head(top_k(largest, more)));
    }

    plot::figure strip_of_far_ends(const basic_selection<double>& ends) const {
        return plot::strip(rows_of(scores_, ends, table_.far_end),
                           {.title = scores_.axes().title() + ": all scores of the " + to_text(ends.size()) +
                                     " " + table_.far_end + "s of largest |score|",
                            .x = table_.far_end,
                            .color = color_,
                            .hover = {"source", "target", "score"},
                            .thinning = {.max_points = options_.max_points}},
                           next());
    }

    head_groups by_head(const basic_selection<double>& ends) const {
        return group_by_head(collect(rows_of(scores_, ends, table_.far_end), next()), table_.far_end);
    }

    plot::figure means_by_head(const basic_selection<double>& ends) const {
        return plot::ecdf(by_head(ends).mean,
                          {.title = scores_.axes().title() + ": mean |score| over the heads, for the " +
                                    to_text(ends.size()) + " " + table_.far_end + "s of largest mean",
                           .color = table_.far_end,
                           .score_title = "mean |score| of a head"});
    }

    plot::html_table table_by_head(const basic_selection<double>& ends) const {
        return plot::heat_table(
            basic_wide_table<double>(by_head(ends).largest, by(table_.far_end), by("head")),
            {.title = scores_.axes().title() + ": largest |score| by head, for the " + to_text(ends.size()) +
                      " strongest " + table_.far_end + "s"});
    }

    /// The highest and lowest rows of every head.
    void add_best_rows(plot::page_section& section) const {
        const auto best = unite(answers_.highest, answers_.lowest);
        section.panels.push_back(to_panel(
            plot::row_table(best, {.title = scores_.axes().title() + ": the " + to_text(each_) +
                                            " highest and lowest of each " + of_,
                                   .columns = {"head", "source", "target", "score", "S", "cosine", "scaled"},
                                   .computed = {.numbers = score_columns(table_.scores)}})));
    }

    const reported_scores<T>& table_;
    score_source_ref<T> scores_;
    const report_options& options_;
    page_progress& progress_;
    std::string color_;
    std::string of_;
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
