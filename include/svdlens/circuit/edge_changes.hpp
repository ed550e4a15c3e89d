/// @file
/// Which edges of a model were found in one checkpoint and not in another, and whether they changed at all.
#ifndef SVDLENS_CIRCUIT_EDGE_CHANGES_HPP
#define SVDLENS_CIRCUIT_EDGE_CHANGES_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "../table/score_source.hpp"
#include "compare_checkpoints.hpp"
#include "found_edges.hpp"

namespace svdlens::inline v0_2 {

struct edge_change_options {
    double noise = 0.01; ///< of weights and targets: see `direction_error_options`
};

/// An edge that was found in one of two checkpoints or in both: of a direction, and what its match has.
struct edge_change {
    row_number before = 0;   ///< its row in the table before
    row_number after = 0;    ///< that of the direction's match, in the table after
    double dot_before = 0;   ///< ⟨v, w⟩
    double dot_after = 0;    ///< ⟨v', w'⟩ with the sign that the match has on this side
    double error_before = 0; ///< standard errors
    double error_after = 0;
    bool found_before = false;
    bool found_after = false;

    /// (⟨v', w'⟩ - ⟨v, w⟩) / √(se² + se'²); 0 where nothing changed.
    double z() const;
    /// Whether it was found in one, lost in the other, and changed: |z| > 3.
    bool is_churned() const;
};

/// The changes of one table of edges.
struct edge_family_changes {
    std::string name;               ///< `ov_to_mlp_in`
    svdlens::axes axes;             ///< of either table's rows
    std::vector<edge_change> edges; ///< by row before
    std::uint64_t found_before = 0;
    std::uint64_t found_after = 0;
    /// Edges found whose direction has no match in the other checkpoint: it is null space there.
    std::uint64_t unmatched = 0;

    /// Edges found before and after.
    std::uint64_t found_in_both() const;
    /// Edges found in one of both, whose change is within its error.
    std::uint64_t churned() const;
};

/// Compares what was found in two checkpoints, edge by edge, through the matches of their directions. Tables of vectors
/// that are not these heads' directions, and tables that only one has, are not compared.
///
/// By chance alone an edge is beyond |z| = 3 in 0.3 % of the cases, but edges that were found in one only in about 1 %: a
/// change z crosses the threshold for edges that lie within |z| of it, so that large changes are among them more often.
/// Where strengths are spread evenly near the threshold, the part is E[|z|; |z| > 3] / E|z| = e^(-9/2) = 1.1 %. Churn of
/// that part of the edges that were found in one only says nothing.
///
/// Standard errors are those of `direction_errors` on both sides of an edge, and of targets as noisy as weights. O(r d)
/// an edge, in parallel, same bits for any number of threads.
/// @param ov of the two checkpoints, `compare_checkpoints(before, after).ov`
/// @param before what `find_edges` found with the directions of `ov.before`, and `after` with those of `ov.after`
/// @throws argument_error (invalid_argument) for a noise that is negative or no number, and for tables of other shapes;
///         cancelled_error
template <std::floating_point T>
std::vector<edge_family_changes>
compare_edges(const basic_circuit_change<T>& ov, const basic_found_edges<T>& before,
              const basic_found_edges<T>& after, const edge_change_options& options = {},
              const execution& run = {});

/// The same of all tables that both have: of heads' OV directions, of what their queries and keys read (through the matches
/// of the QK circuits), and of vectors that are no heads' directions, which have the same numbers before and after: there
/// both ends are as noisy as weights, noise ‖v‖ ‖w‖ √(2 / d).
/// @param before what `find_edges` found with the directions of `changes.ov.before` and `changes.qk->before`
/// @throws as the other
template <std::floating_point T>
std::vector<edge_family_changes>
compare_edges(const basic_checkpoint_comparison<T>& changes, const basic_found_edges<T>& before,
              const basic_found_edges<T>& after, const edge_change_options& options = {},
              const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/edge_changes.hpp"
#endif

#endif
