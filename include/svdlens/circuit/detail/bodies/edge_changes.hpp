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
#include <numeric>
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

/// The edges of one family found in either checkpoint, in the order of those before.
/// @param counterpart of a row of either the row of the same edge in the other, where it has one
template <std::floating_point T, class Counterpart>
edge_family_changes edges_of(const basic_found_family<T>& before, const basic_found_family<T>& after,
                             Counterpart counterpart) {
    edge_family_changes result{before.name(),       before.table.scores.axes(), {},
                               before.found.size(), after.found.size(),         0};
    std::map<row_number, edge_change> edges;
    const auto add = [&](row_number row, bool is_before) {
        const auto other = counterpart(row, is_before);
        if (!other) {
            ++result.unmatched;
            return;
        }
        auto& edge = edges[is_before ? row : *other];
        edge.before = is_before ? row : *other;
        edge.after = is_before ? *other : row;
        (is_before ? edge.found_before : edge.found_after) = true;
    };
    for (const auto row : before.found.rows.rows()) add(row, true);
    for (const auto row : after.found.rows.rows()) add(row, false);
    for (auto& each : edges) result.edges.push_back(each.second);
    return result;
}

/// Calls `measure(edge)` for each, in parallel.
template <class Measure>
void measure_edges(edge_family_changes& changes, const execution& run, Measure measure) {
    const execution quietly = without_progress(run);
    for_blocks<char>(changes.edges.size(), changes.edges.size(), quietly,
                     [&](std::size_t k, char&) { measure(changes.edges[k]); });
}

/// The edges of one family of heads' directions.
template <std::floating_point T>
class family_comparison {
  public:
    family_comparison(const match_table<T>& matches, const family_side<T>& before,
                      const family_side<T>& after, bool lines_are_right) :
        matches_(matches),
        before_(before), after_(after),
        places_(before.family.table.scores.axes(), before.family.table.scores.line_rows()),
        lines_are_right_(lines_are_right) {}

    edge_family_changes compare(const execution& run) {
        auto result = edges_of(before_.family, after_.family,
                               [&](row_number row, bool is_before) { return counterpart(row, is_before); });
        measure_edges(result, run, [&](edge_change& edge) {
            const auto ends = places_.ends_of(edge.before);
            const auto before = before_.measure(ends), after = after_.measure(places_.ends_of(edge.after));
            edge.dot_before = before.dot;
            edge.error_before = before.error;
            edge.dot_after = sign_of_match(ends) * after.dot;
            edge.error_after = after.error;
        });
        return result;
    }

  private:
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
        double sign = sign_of(lines_are_right_ ? line->right : line->left);
        if (ends.target) sign *= sign_of(matches_.of_before(*ends.target)->left);
        return sign;
    }

    const match_table<T>& matches_;
    family_side<T> before_;
    family_side<T> after_;
    edge_places places_;
    bool lines_are_right_;
};

/// Edges of vectors that are no heads' directions: both checkpoints have them by the same numbers, and all their entries
/// are as noisy as weights.
template <std::floating_point T>
edge_family_changes compare_vectors(const basic_found_family<T>& before, const basic_found_family<T>& after,
                                    double noise, const execution& run) {
    auto result = edges_of(before, after, [](row_number row, bool) { return std::optional(row); });
    const auto measured = [noise](const basic_found_family<T>& family, row_number row) {
        const auto &lines = family.table.scores.directions(), &targets = family.table.scores.targets();
        const std::uint64_t line = row / targets.size(), count = lines.layers.size() * lines.size();
        const auto writer = static_cast<std::size_t>(line % count);
        const auto v = vector_of(lines, writer / lines.size(), writer % lines.size());
        const auto w = vector_of(targets, static_cast<std::size_t>(line / count),
                                 static_cast<std::size_t>(row % targets.size()));
        const double squares = std::inner_product(v.begin(), v.end(), v.begin(), 0.0) *
                               std::inner_product(w.begin(), w.end(), w.begin(), 0.0);
        return measured_dot{std::inner_product(v.begin(), v.end(), w.begin(), 0.0),
                            noise * std::sqrt(2 * squares / static_cast<double>(v.size()))};
    };
    measure_edges(result, run, [&](edge_change& edge) {
        const auto one = measured(before, edge.before), other = measured(after, edge.after);
        edge.dot_before = one.dot;
        edge.error_before = one.error;
        edge.dot_after = other.dot;
        edge.error_after = other.error;
    });
    return result;
}

/// A circuit of both checkpoints: its matches, and the errors of its directions.
template <std::floating_point T>
class compared_circuit {
  public:
    compared_circuit(const basic_circuit_change<T>& change, double noise, const execution& run) :
        change_(&change), noise_(noise),
        before_(direction_errors(change.before.set, change.before.directions, {.noise = noise}, run)),
        after_(direction_errors(change.after.set, change.after.directions, {.noise = noise}, run)),
        matches_(change) {}

    /// Whether a family's lines are the right side of this circuit's directions, or the left one; none of both: nothing.
    std::optional<bool> lines_are_right(const basic_found_family<T>& family) const {
        const auto& of = change_->before.directions;
        const auto &left = of.left().name, &right = of.right().name, &name = family.near_end();
        if (!family.table.is_of_heads() || (name != left && name != right)) return std::nullopt;
        return left == right ? family.table.far_end == "target" : name == right;
    }

    edge_family_changes compare(const basic_found_family<T>& before, const basic_found_family<T>& after,
                                bool right, const execution& run) const {
        const auto side = [&](const basic_found_family<T>& of, const basic_direction_errors<T>& errors) {
            return family_side<T>{of, right ? errors.right : errors.left, errors.left, noise_};
        };
        return family_comparison<T>(matches_, side(before, before_), side(after, after_), right).compare(run);
    }

  private:
    const basic_circuit_change<T>* change_;
    double noise_;
    basic_direction_errors<T> before_;
    basic_direction_errors<T> after_;
    match_table<T> matches_;
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

namespace detail {

/// The families that both checkpoints have, one after the other: of a circuit's heads, and with `with_vectors` of no heads.
template <std::floating_point T>
std::vector<edge_family_changes>
compare_families(const std::vector<compared_circuit<T>>& circuits, const basic_found_edges<T>& before,
                 const basic_found_edges<T>& after, bool with_vectors, double noise, const execution& run) {
    std::vector<edge_family_changes> result;
    for (const auto& family : before.families) {
        const auto* const other = after.of(family.name());
        if (other == nullptr) continue;
        if (with_vectors && !family.table.is_of_heads()) {
            require_same_shape(family, *other);
            result.push_back(compare_vectors(family, *other, noise, run));
        }
        for (const auto& circuit : circuits)
            if (const auto right = circuit.lines_are_right(family)) {
                require_same_shape(family, *other);
                result.push_back(circuit.compare(family, *other, *right, run));
                break;
            }
    }
    return result;
}

inline void require_noise(double noise) {
    if (!(noise >= 0) || !std::isfinite(noise))
        throw argument_error(errc::invalid_argument,
                             "compare_edges: expected a noise of at least 0, found " + to_text(noise));
}

} // namespace detail

template <std::floating_point T>
std::vector<edge_family_changes>
compare_edges(const basic_circuit_change<T>& ov, const basic_found_edges<T>& before,
              const basic_found_edges<T>& after, const edge_change_options& options, const execution& run) {
    detail::require_noise(options.noise);
    std::vector<detail::compared_circuit<T>> circuits;
    circuits.emplace_back(ov, options.noise, detail::without_progress(run));
    return detail::compare_families(circuits, before, after, false, options.noise, run);
}

template <std::floating_point T>
std::vector<edge_family_changes>
compare_edges(const basic_checkpoint_comparison<T>& changes, const basic_found_edges<T>& before,
              const basic_found_edges<T>& after, const edge_change_options& options, const execution& run) {
    detail::require_noise(options.noise);
    std::vector<detail::compared_circuit<T>> circuits;
    circuits.emplace_back(changes.ov, options.noise, detail::without_progress(run));
    if (changes.qk) circuits.emplace_back(*changes.qk, options.noise, detail::without_progress(run));
    return detail::compare_families(circuits, before, after, true, options.noise, run);
}

#ifdef SVDLENS_COMPILED
template std::vector<edge_family_changes> compare_edges(const basic_checkpoint_comparison<float>& changes,
                                                        const basic_found_edges<float>& before,
                                                        const basic_found_edges<float>& after,
                                                        const edge_change_options& options,
                                                        const execution& run);
template std::vector<edge_family_changes> compare_edges(const basic_circuit_change<float>& ov,
                                                        const basic_found_edges<float>& before,
                                                        const basic_found_edges<float>& after,
                                                        const edge_change_options& options,
                                                        const execution& run);
template std::vector<edge_family_changes> compare_edges(const basic_checkpoint_comparison<double>& changes,
                                                        const basic_found_edges<double>& before,
                                                        const basic_found_edges<double>& after,
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
