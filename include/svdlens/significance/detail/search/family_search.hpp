/// @file
/// The exact step-up rule over rows that are not held: passes over the tables of a family.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_FAMILY_SEARCH_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_FAMILY_SEARCH_HPP

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../../table/question.hpp"
#include "../../../table/score_source.hpp"
#include "../levels/tested_rows.hpp"
#include "family_state.hpp"
#include "step_up.hpp"

namespace svdlens::inline v0_2::detail {

/// A table of a family.
struct family_table {
    std::string title;
    tested_rows tested;
    std::uint64_t rows = 0; ///< present ones
    std::uint64_t nans = 0;
    double weights = 0; ///< the sum over its rows, where `weighed`
    bool weighed = false;
};

/// Rows of one table, found, in row order.
template <std::floating_point T>
using found_rows_sink = std::function<void(std::span<const found_row<T>> rows)>;

/// The passes to the discoveries of a family of tables.
///
/// In the first, rows are counted by level: by how many powers of two p over weight is below q. The counts say which
/// level may hold the threshold. Rows of the deeper levels are held meanwhile, so that this is most often all. Where
/// more is found than these levels hold, a second pass holds the rows from the level on that the counts give. Where the
/// budget does not hold them, that level is counted in parts, then its values about the threshold, and the rows are
/// handed on in a last pass. No p is computed but of rows that these counts leave open.
template <std::floating_point T>
class family_search {
  public:
    using state = family_state<T>;
    enum class step { weigh, survey, collect, refine, settle, stream, done };
    struct plan {
        step what = step::done;
        double level = 0; ///< log2 of what p over weight is at most, of the rows that are looked at
        std::size_t kept_from = 0;
        std::size_t first_part = 0; ///< of the level, where values are settled: [first, last)
        std::size_t last_part = 0;
    };

    /// @param sink none: what is found is held
    /// @throws argument_error (invalid_argument) when q is not in (0, 1)
    family_search(std::vector<family_table> tables, double q, const execution& run,
                  found_rows_sink<T> sink = {});

    merge_order order = merge_order::any;

    unsigned passes_left() const;
    std::uint64_t bytes() const { return bytes_; }
    plan begin_pass();
    void look(const plan& now, std::size_t table, const score_block<T>& block, state& mine) const;
    void merge(state& into, state& later) const;
    bool fits(const state& read) const;
    void take_note(state& read) const; ///< of candidates that another process keeps
    void end_band(state& band);
    void end_pass(state& all);

    // What was found. @{
    const std::vector<family_table>& tables() const { return tables_; }
    const step_up& rule() const { return rule_; }
    std::uint64_t found_count() const { return found_count_; }
    double threshold() const { return threshold_; } ///< ln of the largest p over weight that is found
    bool held() const { return held_; }
    /// Ascending by p over weight; empty where they were not held.
    const std::vector<found_row<T>>& found() const { return found_; }
    std::vector<double> q_values() const;
    /// 1 where there are no rows.
    double mean_weight() const { return mean_weight_; }
    /// @}

  private:
    static constexpr std::size_t parts = std::size_t{1} << 15; ///< of a level, in powers of two
    static constexpr std::uint64_t most_settled = 1 << 16;     ///< rows whose values are settled in one pass
    static constexpr std::uint64_t candidate_bytes = sizeof(candidate_row<T>);
    static constexpr std::uint64_t found_bytes =
        3 * sizeof(found_row<T>); ///< with the columns that they become

    void go_to(step next, merge_order in = merge_order::any);
    void set_weights();
    void start_survey();
    void end_survey(state& all);
    void go_to_level(std::size_t level);
    void finish(std::vector<table_state<T>> tables);
    void end_refinement(const std::vector<std::uint64_t>& counts);
    void choose_parts(std::size_t from);
    void end_settlement(const std::map<double, std::uint64_t>& values);
    void end_search(double threshold, std::uint64_t count);

    void weigh(std::size_t table, const score_block<T>& block, table_state<T>& mine) const;
    void survey(const plan& now, std::size_t table, const score_block<T>& block, state& mine) const;
    std::size_t part_of_level(double log_ratio, double level) const;

    std::vector<family_table> tables_;
    step_up rule_;
    execution run_;
    found_rows_sink<T> sink_;
    step step_ = step::done;
    std::uint64_t bytes_ = 0;
    level_counts counts_;
    std::size_t level_ = 0;
    std::size_t kept_from_ = 0;
    std::unique_ptr<std::atomic<std::uint64_t>> kept_ = std::make_unique<std::atomic<std::uint64_t>>(0);
    std::uint64_t most_kept_ = 0;
    std::vector<std::uint64_t> part_counts_; ///< parts of the level, and behind them all smaller values
    std::size_t first_part_ = 0, last_part_ = 0;
    std::vector<found_row<T>> found_;
    std::uint64_t found_count_ = 0;
    double threshold_;
    double largest_ = -std::numeric_limits<double>::infinity(); ///< of what was handed on
    double mean_weight_ = 1;
    bool held_ = true;
};

#ifdef SVDLENS_COMPILED
extern template class family_search<float>;
extern template class family_search<double>;
#endif

} // namespace svdlens::inline v0_2::detail

#ifndef SVDLENS_COMPILED
#include "../bodies/family_search.hpp"
#endif

#endif
