/// @file
/// The rows of one table as a test sees them: which may be improbable enough, and how improbable they are.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_LEVELS_TESTED_ROWS_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_LEVELS_TESTED_ROWS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../table/score_source.hpp"
#include "../../../tensor/axes.hpp"
#include "../../log_p.hpp"
#include "../../row_weights.hpp"
#include "p_levels.hpp"

namespace svdlens::inline v0_2::detail {

/// How the rows of a table are tested: p of their score over their weight, weights of mean 1. In logarithms.
class tested_rows {
  public:
    /// @throws argument_error (invalid_argument) when the weights are of another table, or the dimension is 0
    tested_rows(const axes& table, std::size_t dimension, row_weights weights) :
        dimension_(dimension), weights_(std::move(weights)), levels_(dimension) {
        if (!weights_.equal() && weights_.rows() != table.shape_rows())
            throw argument_error(errc::invalid_argument, quoted(table.title()) + ": expected weights of " +
                                                             to_text(table.shape_rows()) + " rows, found " +
                                                             to_text(weights_.rows()));
    }

    const row_weights& weights() const { return weights_; }

    /// @param mean that of the weights of all rows tested together
    void set_mean_weight(double mean) {
        mean_ = mean;
        log_mean_ = std::log(mean);
        if (weights_.equal()) return;
        log2_lines_ = log2_of(weights_.lines(), mean);
        log2_columns_ = log2_of(weights_.columns(), 1);
    }

    double mean_weight() const { return mean_; }

    /// ln of a row's p over its weight; infinity where the weight is 0.
    double log_ratio(row_number row, double score) const {
        const double weight = weights_(row);
        if (weight == 0) return std::numeric_limits<double>::infinity();
        return log_p(score, dimension_) - (std::log(weight) - log_mean_);
    }

    /// Calls `use(row, score, least, most)` for the rows whose p over weight may be at most 2^level, with how many powers
    /// of two it certainly is not more than `most`, but at least `least`, below 2^level. (It chooses; nothing else.)
    template <std::floating_point T, class Use>
    void for_each_candidate(const score_block<T>& block, double level, const Use& use) const {
        for (std::size_t k = 0; k < block.runs; ++k) {
            const auto run = block.run(k);
            for (std::size_t at = 0; at < run.scores.size();) {
                const auto part = stretch_at(run, at);
                visit(run, part, static_cast<float>(level), use);
                at = part.end;
            }
        }
    }

  private:
    static constexpr std::size_t chunk = 1024;

    /// Scores of a run that share their line.
    struct stretch {
        std::size_t begin;
        std::size_t end;
        float log2_weight;         ///< of the line
        const float* log2_columns; ///< of the columns of the line; null: all 0
        row_number line_start;
    };

    static std::vector<float> log2_of(const std::vector<double>& weights, double unit) {
        std::vector<float> result(weights.size());
        std::transform(weights.begin(), weights.end(), result.begin(), [&](double w) {
            return static_cast<float>((std::max)(-1e6, std::log2(w) - std::log2(unit)));
        });
        return result;
    }

    template <std::floating_point T>
    stretch stretch_at(const score_run<T>& run, std::size_t begin) const {
        if (weights_.equal()) return {begin, run.scores.size(), 0, nullptr, 0};
        const auto length = weights_.length();
        const row_number row = run.row(begin);
        const auto line = static_cast<std::size_t>(row / length);
        const row_number start = line * length;
        std::size_t end = begin;
        if (run.rows == nullptr)
            end += static_cast<std::size_t>(
                (std::min<std::uint64_t>)(run.scores.size() - begin, start + length - row));
        else
            while (end < run.scores.size() && run.rows[end] >= start && run.rows[end] - start < length) ++end;
        return {begin, end, log2_lines_[line],
                log2_columns_.empty() ? nullptr : log2_columns_.data() + weights_.first_column(line), start};
    }

    float largest_column(const stretch& part, row_number first, bool consecutive) const {
        if (part.log2_columns == nullptr) return 0;
        const float* const columns = part.log2_columns;
        if (!consecutive) return *std::max_element(columns, columns + weights_.length());
        const auto from = columns + (first - part.line_start);
        return *std::max_element(from, from + static_cast<std::ptrdiff_t>(part.end - part.begin));
    }

    /// Gathered without a branch that could be mispredicted, then looked up.
    template <std::floating_point T, class Use>
    void visit(const score_run<T>& run, const stretch& part, float level, const Use& use) const {
        const float most = largest_column(part, run.row(part.begin), run.rows == nullptr);
        const auto least = static_cast<T>(levels_.reaching(level + part.log2_weight + most));
        if (least > 1) return check_scores(run, part);
        std::array<std::uint32_t, chunk> hits;
        for (std::size_t first = part.begin; first < part.end; first += chunk) {
            const T* const scores = run.scores.data() + first;
            const auto width = static_cast<std::uint32_t>((std::min)(chunk, part.end - first));
            std::size_t found = 0;
            for (std::uint32_t k = 0; k < width; ++k) {
                hits[found] = k;
                found += static_cast<std::size_t>(std::abs(scores[k]) >= least);
            }
            for (std::size_t k = 0; k < found; ++k) take(run, part, level, first + hits[k], use);
        }
    }

    template <std::floating_point T, class Use>
    void take(const score_run<T>& run, const stretch& part, float level, std::size_t k,
              const Use& use) const {
        const T score = run.scores[k];
        const row_number row = run.row(k);
        const auto magnitude = static_cast<float>(std::abs(score));
        if (p_levels::is_too_large(magnitude)) refuse(score);
        const float column = part.log2_columns == nullptr ? 0 : part.log2_columns[row - part.line_start];
        const float base = level + part.log2_weight + column;
        const auto cell = p_levels::cell(magnitude);
        if (const float most = base - levels_.below(cell); most >= 0)
            use(row, score, base - levels_.above(cell), most);
    }

    template <std::floating_point T>
    void check_scores(const score_run<T>& run, const stretch& part) const {
        for (std::size_t k = part.begin; k < part.end; ++k)
            if (p_levels::is_too_large(static_cast<float>(std::abs(run.scores[k])))) refuse(run.scores[k]);
    }

    [[noreturn]] static void refuse(double score) {
        throw argument_error(errc::invalid_argument,
                             "discoveries: expected cosines or shares, at most 1 in size, found " +
                                 to_text(score) +
                                 "; project with score_kind::share or score_kind::centered_cosine");
    }

    std::size_t dimension_;
    row_weights weights_;
    p_levels levels_;
    double mean_ = 1;
    double log_mean_ = 0;
    std::vector<float> log2_lines_;
    std::vector<float> log2_columns_;
};

} // namespace svdlens::inline v0_2::detail

#endif
