/// @file
/// What was found among the rows of a table, and the control that tells how far to trust it.
#ifndef SVDLENS_SIGNIFICANCE_FINDINGS_HPP
#define SVDLENS_SIGNIFICANCE_FINDINGS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "../core/detail/body.hpp"
#include "../table/score_columns.hpp"
#include "../tensor/axes.hpp"
#include "discovery_test.hpp"
#include "log_p.hpp"

namespace svdlens::inline v0_2 {

/// How many rows that nothing computes pass the threshold of a table of findings: rows of the same sets whose reader
/// comes before the writer (acausal), or whose both sides read, or write (wrong side).
struct control_counts {
    std::uint64_t rows = 0;    ///< tested ones
    std::uint64_t hits = 0;    ///< those as improbable as the findings
    std::uint64_t of_rows = 0; ///< there are; more than `rows` where a fixed subset of tiles was taken
    /// (hits / rows) / (found / tested): how many of the findings are by chance, by this control. An upper estimate
    /// where such rows are aligned for a reason. NaN where nothing was found or there are no rows.
    double decoy_rate = std::numeric_limits<double>::quiet_NaN();
    /// Of `decoy_rate`, with the hits of one line (a direction) taken for one: they are not independent. Without hits,
    /// as of one hit.
    double standard_error = std::numeric_limits<double>::quiet_NaN();
};

/// Rows whose scores are more than chance at a false discovery rate q, the most significant first, with columns
/// `log10_p` (of the score alone), `q` (the smallest rate at which the row is found) and what the scores are.
struct findings {
    /// Columns `log10_p`, `q`, `score`; of a projection instead of `score`: `share` (where it was tested), `cosine` (the
    /// centered one), `scaled`, `singular_value`.
    score_columns rows;
    double q = 0;                  ///< the rate asked for
    std::uint64_t tested = 0;      ///< rows of the table, N of a family of one
    std::uint64_t family_rows = 0; ///< N
    std::uint64_t nans = 0;        ///< tested rows without a number: p = 1
    std::size_t dimension = 0;     ///< of the null
    double mean_weight = 1;        ///< over the family
    double table_mean_weight = 1;  ///< over the table's rows
    /// As what a projection was tested, which its controls are, too; none of other tables.
    std::optional<tested_as> as = {};
    /// log10 of the largest p over weight (of mean 1) in the family that is found; -infinity where nothing is.
    double log10_threshold = -std::numeric_limits<double>::infinity();
    std::optional<control_counts> control = {};

    /// How many rows of the table are found.
    std::size_t size() const { return rows.size(); }
    bool empty() const { return rows.empty(); }

    /// Whether the control finds more than twice the rate asked for.
    bool doubtful() const { return control && control->decoy_rate > 2 * q; }
};

/// Rows of a table that are found, in row order: what a sink is given. A value each.
template <std::floating_point T>
struct discovered_rows {
    std::span<const row_number> rows;
    std::span<const T> scores;
    std::span<const double> log10_p;
    std::span<const double> q; ///< empty where they are not held together, and so not known
};

/// How many rows were handed on.
struct discovery_count {
    std::uint64_t found = 0;
    std::uint64_t tested = 0;
    std::uint64_t nans = 0;
    double log10_threshold = -std::numeric_limits<double>::infinity(); ///< as of `findings`
    bool with_q = true; ///< false: more are found than the budget holds, and q was omitted
};

/// Two lines: how many rows of how many are found at which rate, and what the control says of it, with a warning where it
/// is above 2 q.
std::string summary_text(const findings& found);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/findings.hpp"
#endif

#endif
