/// @file
/// The bodies of circuit/edge_changes.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_EDGE_CHANGES_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_EDGE_CHANGES_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../directions/direction_errors.hpp"
#include "../../../directions/matched_directions.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../projection/projection.hpp"
#include "../../compare_checkpoints.hpp"
#include "../../edge_changes.hpp"
#include "../../found_edges.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY double edge_change::z() const {
    const double difference = dot_after - dot_before;
    return difference == 0 ? 0 : difference / std::hypot(error_before, error_after);
}

SVDLENS_BODY bool edge_change::is_churned() const {
    constexpr double beyond_chance = 3;
    return found_before != found_after && std::abs(z()) > beyond_chance;
}

SVDLENS_BODY std::uint64_t edge_family_changes::found_in_both() const {
    return static_cast<std::uint64_t>(std::count_if(
        edges.begin(), edges.end(), [](const edge_change& e) { return e.found_before && e.found_after; }));
}

SVDLENS_BODY std::uint64_t edge_family_changes::churned() const {
    return static_cast<std::uint64_t>(
        std::count_if(edges.begin(), edges.end(), [](const edge_change& e) { return e.is_churned(); }));
}

namespace detail {

/// Where a row of a table of directions stands: its direction, and its target, which may be a direction itself.
struct edge_ends {
    std::array<std::size_t, 3> direction; ///< layer, head, direction
    std::size_t target_layer = 0;         ///< 0 of targets without layers
    std::size_t column = 0;
    std::optional<std::array<std::size_t, 3>> target = {}; ///< where it is a direction
};

/// Ends of rows of a table, and rows of ends.
class edge_places {
  public:
    edge_places(const axes& table, std::size_t line_rows) : table_(table), line_rows_(line_rows) {
        for (const char* const name : {"layer", "head", "direction"}) {
            source_.push_back(table.axis_number(name));
            if (const auto at = table.find_axis(std::string("target_") + name)) target_.push_back(*at);
        }
    }

    edge_ends ends_of(row_number row) const {
        edge_ends ends{.direction = index(row, source_)};
        if (const auto at = table_.find_axis("target_layer"))
            ends.target_layer = static_cast<std::size_t>(table_.coordinate(row, *at));
        ends.column = static_cast<std::size_t>(row % line_rows_);
        if (target_.size() == 3) ends.target = index(row, target_);
        return ends;
    }

    /// The row with other directions in the same heads.
    row_number with_directions(row_number row, std::size_t direction,
                               std::optional<std::size_t> target) const {
        row = moved(row, source_.back(), direction);
        return target ? moved(row, target_.back(), *target) : row;
    }

  private:
    std::array<std::size_t, 3> index(row_number row, const std::vector<std::size_t>& of) const {
        std::array<std::size_t, 3> result{};
        for (std::size_t k = 0; k < 3; ++k)
            result[k] = static_cast<std::size_t>(table_.coordinate(row, of[k]));
        return result;
    }
    row_number moved(row_number row, std::size_t axis, std::size_t to) const {
        return row - table_.coordinate(row, axis) * table_.stride(axis) + to * table_.stride(axis);
    }

    const axes& table_;
    std::size_t line_rows_;
    std::vector<std::size_t> source_;
    std::vector<std::size_t> target_;
};

template <std::floating_point T>
std::vector<double> vector_of(const basic_vector_set<T>& set, std::size_t layer, std::size_t k) {
    const auto row = set.layers[layer].row_range(k, 1).resident();
    std::vector<double> values;
    for (std::size_t i = 0; i < row.columns(); ++i) values.push_back(static_cast<double>(row(0, i)));
    return values;
}

struct measured_dot {
    double dot = 0;
    double error = 0;
};

/// The tables of one family in one checkpoint, and the errors of the directions.
template <std::floating_point T>
struct family_side {
    const basic_found_family<T>& family;
    const basic_side_errors<T>& lines;   ///< of the side that its lines are
    const basic_side_errors<T>& targets; ///< of the side that targets are that are directions
    double noise;

    measured_dot measure(const edge_ends& ends) const {
        const auto& vectors = lines.vectors();
        const std::size_t layer = ends.direction[0],
                          k = ends.direction[1] * lines.directions() + ends.direction[2];
        const auto v = vector_of(vectors, layer, k);
        const auto w = vector_of(family.table.scores.targets(), ends.target_layer, ends.column);
        measured_dot result;
        double squares = 0;
        for (std::size_t i = 0; i < v.size(); ++i) {
            result.dot += v[i] * w[i];
            squares += w[i] * w[i];
        }
        const double of_target = ends.target ? targets.score_error(ends.target_layer, ends.column, v)
                                             : noise * std::sqrt(squares / static_cast<double>(w.size()));
        result.error = std::hypot(lines.score_error(layer, k, w), of_target);
        return result;
    }
};

/// Directions by their matches, both ways.
template <std::floating_point T>
class match_table {
  public:
    explicit match_table(const basic_circuit_change<T>& ov) : ov_(ov) {
        for (const auto& each : ov.matches) back_[{each.other_layer, each.other_head, each.other}] = &each;
    }

    using place = std::array<std::size_t, 3>;
    const direction_match* of_before(const place& at) const { return ov_.match_of(at[0], at[1], at[2]); }
    const direction_match* of_after(const place& at) const {
        const auto found = back_.find(at);
        return found == back_.end() ? nullptr : found->second;
    }

  private:
    const basic_circuit_change<T>& ov_;
    std::map<place, const direction_match*> back_;
};

/// The sign that two matched directions have to each other on one side.
inline double sign_of(double cosine) { return cosine < 0 ? -1 : 1; }

/// The edges of one family found in either checkpoint.
template <std::floating_point T>
class family_comparison {
  public:
    family_comparison(const match_table<T>& matches, const family_side<T>& before,
                      const family_side<T>& after) :
        matches_(matches),
        before_(before), after_(after),
        places_(before.family.table.scores.axes(), before.family.table.scores.line_rows()),
        writes_(before.family.table.far_end == "target") {}

    edge_family_changes compare(const execution& run) {
        const auto& axes = before_.family.table.scores.axes();
        edge_family_changes result{before_.family.name(),      axes, {}, before_.family.found.size(),
                                   after_.family.found.size(), 0};
        collect(result);
        const auto measure = [&](std::size_t k, char&) {
            auto& edge = result.edges[k];
            const auto ends = places_.ends_of(edge.before);
            const auto before = before_.measure(ends), after = after_.measure(places_.ends_of(edge.after));
            edge.dot_before = before.dot;
            edge.error_before = before.error;
            edge.dot_after = sign_of_match(ends) * after.dot;
            edge.error_after = after.error;
        };
        const execution quietly = without_progress(run);
        for_blocks<char>(result.edges.size(), result.edges.size(), quietly, measure);
        return result;
    }

  private:
    /// The edge's rows, in the order of those before.
    void collect(edge_family_changes& result) const {
        std::map<row_number, edge_change> edges;
        const auto add = [&](row_number before, row_number after, bool is_before) {
            auto& edge = edges[before];
            edge.before = before;
            edge.after = after;
            (is_before ? edge.found_before : edge.found_after) = true;
        };
        for (const auto row : before_.family.found.rows.rows()) {
            const auto other = counterpart(row, true);
            if (!other)
                ++result.unmatched;
            else
                add(row, *other, true);
        }
        for (const auto row : after_.family.found.rows.rows()) {
            const auto other = counterpart(row, false);
            if (!other)
                ++result.unmatched;
            else
                add(*other, row, false);
        }
        for (auto& each : edges) result.edges.push_back(each.second);
    }

    /// The same edge's row in the other checkpoint; none where a direction has no match.
    std::optional<row_number> counterpart(row_number row, bool is_before) const {
        const auto ends = places_.ends_of(row);
        const auto other = [&](const std::array<std::size_t, 3>& at) -> std::optional<std::size_t> {
            const auto* const match = is_before ? matches_.of_before(at) : matches_.of_after(at);
            if (match == nullptr) return std::nullopt;
            return is_before ? match->other : match->direction;
        };
        const auto direction = other(ends.direction);
        const auto target = ends.target ? other(*ends.target) : std::nullopt;
        if (!direction || (ends.target && !target)) return std::nullopt;
        return places_.with_directions(row, *direction, target);
    }

    /// Lines are what heads write, or what they read; targets that are directions are read.
    double sign_of_match(const edge_ends& ends) const {
        const auto* const line = matches_.of_before(ends.direction);
        double sign = sign_of(writes_ ? line->right : line->left);
        if (ends.target) sign *= sign_of(matches_.of_before(*ends.target)->left);
        return sign;
    }

    const match_table<T>& matches_;
    family_side<T> before_;
    family_side<T> after_;
    edge_places places_;
    bool writes_;
};

/// Whether two axes count the same things, whatever they are called.
inline bool is_same_shape(const axes& one, const axes& other) {
    if (one.rank() != other.rank()) return false;
    for (std::size_t k = 0; k < one.rank(); ++k)
        if (one[k].name != other[k].name || one[k].extent != other[k].extent) return false;
    return true;
}

template <std::floating_point T>
void require_same_shape(const basic_found_family<T>& before, const basic_found_family<T>& after) {
    if (!is_same_shape(before.table.scores.axes(), after.table.scores.axes()))
        throw argument_error(errc::invalid_argument,
                             "compare_edges: " + before.name() +
                                 ": expected tables of one shape, found axes that differ");
}

} // namespace detail

template <std::floating_point T>
std::vector<edge_family_changes>
compare_edges(const basic_circuit_change<T>& ov, const basic_found_edges<T>& before,
              const basic_found_edges<T>& after, const edge_change_options& options, const execution& run) {
    const execution quietly = detail::without_progress(run);
    const direction_error_options noise{.noise = options.noise};
    const auto errors_before = direction_errors(ov.before.set, ov.before.directions, noise, quietly);
    const auto errors_after = direction_errors(ov.after.set, ov.after.directions, noise, quietly);
    const detail::match_table<T> matches(ov);
    const auto is_of_these_heads =
        [&](const basic_found_family<T>& family) { // queries and keys have other matches
            return family.table.is_of_heads() && family.near_end() == ov.before.set.name;
        };
    std::vector<edge_family_changes> result;
    for (const auto& family : before.families) {
        const auto* const other = after.of(family.name());
        if (other == nullptr || !is_of_these_heads(family)) continue;
        detail::require_same_shape(family, *other);
        const bool writes = family.table.far_end == "target";
        const auto side = [&](const basic_found_family<T>& of, const basic_direction_errors<T>& errors) {
            return detail::family_side<T>{of, writes ? errors.right : errors.left, errors.left,
                                          options.noise};
        };
        result.push_back(
            detail::family_comparison<T>(matches, side(family, errors_before), side(*other, errors_after))
                .compare(run));
    }
    return result;
}

#ifdef SVDLENS_COMPILED
template std::vector<edge_family_changes> compare_edges(const basic_circuit_change<float>& ov,
                                                        const basic_found_edges<float>& before,
                                                        const basic_found_edges<float>& after,
                                                        const edge_change_options& options,
                                                        const execution& run);
template std::vector<edge_family_changes> compare_edges(const basic_circuit_change<double>& ov,
                                                        const basic_found_edges<double>& before,
                                                        const basic_found_edges<double>& after,
                                                        const edge_change_options& options,
                                                        const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
