/// @file
/// Heads, directions and neurons that weigh next to nothing beside the largest of their kind: what a unit
/// vector of one shows is noise, and unit vectors are what cosines and shares see.
#ifndef SVDLENS_DIRECTIONS_DEAD_PARTS_HPP
#define SVDLENS_DIRECTIONS_DEAD_PARTS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../core/detail/without_progress.hpp"
#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../linalg/detail/row_lengths.hpp"
#include "../tensor/axes.hpp"
#include "factored_set.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0_2 {

/// The share of the largest below which a part is called dead.
inline constexpr double dead_share = 1e-3;

/// The share of the model's largest singular value below which a direction is called dead.
inline constexpr double dead_direction_share = 1e-4;

/// The dead ones of one kind of parts.
struct dead_parts {
    std::string kind;             ///< `ov heads`, `mlp_in`
    std::string column;           ///< what names them: `head`, `neuron`
    svdlens::axes axes;           ///< of all parts of the kind
    std::vector<row_number> rows; ///< those that are dead, ascending
    double share = dead_share;    ///< of the largest, below which they are
    std::uint64_t absent = 0;     ///< rows of layers that lack the kind

    /// How many parts there are, dead or not.
    std::uint64_t parts() const { return axes.shape_rows() - absent; }
    /// `L0H3` of the k-th dead one.
    std::string label(std::size_t k) const { return label_of(rows[k]); }
    /// What a part is called.
    std::string label_of(row_number row) const { return axes.label(row, column); }
};

/// `2 of 12 below 0.001 of the largest: L0H1, L1H3`, with at most `most` names. O(names)
inline std::string to_string(const dead_parts& found, std::size_t most = 12) {
    std::string text = to_text(found.rows.size()) + " of " + to_text(found.parts());
    if (found.rows.empty()) return text;
    text += " below " + to_rounded_text(found.share, 6) + " of the largest";
    const std::size_t shown = (std::min)(found.rows.size(), most);
    for (std::size_t k = 0; k < shown; ++k) text += (k == 0 ? ": " : ", ") + found.label(k);
    if (shown < found.rows.size()) text += " and " + to_text(found.rows.size() - shown) + " more";
    return text;
}

namespace detail {

inline void require_share(double share) {
    if (!(share > 0 && share < 1))
        throw argument_error(errc::invalid_argument,
                             "dead parts: expected a share between 0 and 1, found " + to_text(share));
}

/// The rows whose size is below the share of the largest, or zero.
inline std::vector<row_number> small_rows(const std::vector<double>& sizes, double share) {
    require_share(share);
    const double largest = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
    std::vector<row_number> rows;
    for (std::size_t k = 0; k < sizes.size(); ++k)
        if (sizes[k] < share * largest || sizes[k] == 0) rows.push_back(k);
    return rows;
}

/// Whether a length is shorter than another.
inline bool is_shorter(const scaled_number& a, const scaled_number& b) {
    if (a.value == 0 || b.value == 0) return a.value < b.value;
    const int exponent = (std::max)(a.exponent, b.exponent);
    return std::ldexp(a.value, a.exponent - exponent) < std::ldexp(b.value, b.exponent - exponent);
}

/// Whether a length is below the share of the longest, or zero.
inline bool is_dead(const scaled_number& length, const scaled_number& longest, double share) {
    if (length.value == 0) return true;
    const int exponent = (std::max)(length.exponent, longest.exponent);
    return std::ldexp(length.value, length.exponent - exponent) <
           share * std::ldexp(longest.value, longest.exponent - exponent);
}

/// Some vectors of a layer, few enough to be measured at a time.
struct measured_strip {
    std::size_t layer;
    std::size_t first;
    std::size_t count;
    scaled_number shortest = {};
    scaled_number longest = {};
    std::optional<std::size_t> bad = {}; ///< the first that is not finite
};

/// Lengths of a set by strips: of many vectors only the ends of each strip are held.
template <std::floating_point T>
std::vector<measured_strip> measured_strips(const basic_vector_set<T>& vectors, const execution& run) {
    struct slot {};
    constexpr std::size_t most = 256;
    std::vector<measured_strip> strips;
    for (std::size_t l = 0; l < vectors.layers.size(); ++l)
        for (std::size_t first = 0; first < vectors.layers[l].rows(); first += most)
            strips.push_back({l, first, (std::min)(most, vectors.layers[l].rows() - first)});
    const auto measure = [&](std::size_t i, slot&) {
        auto& strip = strips[i];
        const auto lengths = row_lengths(vectors.layers[strip.layer].row_range(strip.first, strip.count));
        const auto bad = std::find_if(lengths.begin(), lengths.end(),
                                      [](const scaled_number& each) { return !std::isfinite(each.value); });
        if (bad != lengths.end()) strip.bad = static_cast<std::size_t>(bad - lengths.begin());
        const auto [shortest, longest] = std::minmax_element(lengths.begin(), lengths.end(), is_shorter);
        strip.shortest = *shortest;
        strip.longest = *longest;
    };
    const execution quietly = without_progress(run);
    for_blocks<slot>(strips.size(), vectors.layers.size() * vectors.size(), quietly, measure);
    return strips;
}

} // namespace detail

/// The heads whose largest singular value is below the share of that of all heads, or zero.
/// @param directions of all heads, of either side: `singular_directions(...).writing()`
/// @throws argument_error (invalid_argument) for vectors without singular values, or that are not those of
///         heads, and for a share that is not between 0 and 1
///
/// O(directions).
template <std::floating_point T>
dead_parts dead_heads(const basic_vector_set<T>& directions, double share = dead_share) {
    const auto& axes = directions.axes;
    if (directions.singular_values.empty() || axes.rank() != 3 || axes[1].name != "head")
        throw argument_error(
            errc::invalid_argument,
            "dead_heads: expected the directions of heads with their singular values, found " +
                quoted(directions.name));
    const auto heads = static_cast<std::size_t>(axes[1].extent), each = directions.size() / heads;
    std::vector<double> largest;
    for (std::size_t l = 0; l < directions.layers.size(); ++l)
        for (std::size_t h = 0; h < heads; ++h) {
            largest.push_back(0);
            for (std::size_t k = 0; k < each; ++k)
                largest.back() = (std::max)(largest.back(),
                                            static_cast<double>(directions.singular_value(l, h * each + k)));
        }
    return {directions.name + " heads", "head", head_axes(directions.layers.size(), heads),
            detail::small_rows(largest, share), share};
}

/// The directions whose singular value is below the share of the largest of the set, or zero.
/// @throws argument_error (invalid_argument) for vectors without singular values, and for a share that is not
///         between 0 and 1
///
/// O(directions).
template <std::floating_point T>
dead_parts dead_directions(const basic_vector_set<T>& directions, double share = dead_direction_share) {
    if (directions.singular_values.empty())
        throw argument_error(errc::invalid_argument,
                             "dead_directions: expected vectors with their singular values, found " +
                                 quoted(directions.name));
    dead_parts found{directions.name + " directions", directions.identity.name, directions.axes, {}, share};
    found.axes.add(directions.identity);
    std::vector<double> sizes;
    std::vector<row_number> numbers;
    for (std::size_t l = 0; l < directions.layers.size(); ++l) {
        found.absent += directions.lacks(l) ? directions.size() : 0;
        for (std::size_t k = 0; k < directions.layers[l].rows(); ++k) {
            sizes.push_back(static_cast<double>(directions.singular_value(l, k)));
            numbers.push_back(l * directions.size() + k);
        }
    }
    for (const auto dead : detail::small_rows(sizes, share)) found.rows.push_back(numbers[dead]);
    return found;
}

/// The vectors whose length is below the share of the longest of the set, or zero: neurons by what they read
/// (`dead_vectors(weights.mlp_in())`) or write.
/// @throws numeric_error (non_finite), naming the vector; argument_error (invalid_argument) for a share that
///         is not between 0 and 1; cancelled_error
///
/// O(values), in parallel; of deferred vectors a strip at a time. Holds a few numbers for 256 vectors, and
/// measures those among which there are dead ones a second time.
template <std::floating_point T>
dead_parts dead_vectors(const basic_vector_set<T>& vectors, double share = dead_share,
                        const execution& run = {}) {
    detail::require_share(share);
    const auto strips = detail::measured_strips(vectors, run);
    dead_parts found{vectors.name, vectors.identity.name, vectors.axes, {}, share};
    found.axes.add(vectors.identity);
    detail::scaled_number longest;
    for (const auto& strip : strips) {
        if (strip.bad)
            throw numeric_error(
                errc::non_finite,
                vectors.provenance + ": " + quoted(vectors.name) + ": the vector " +
                    quoted(found.label_of(strip.layer * vectors.size() + strip.first + *strip.bad)) +
                    " is not finite");
        longest = (std::max)(longest, strip.longest, detail::is_shorter);
    }
    for (const auto& strip : strips) { // those with short vectors are measured again
        if (!detail::is_dead(strip.shortest, longest, share)) continue;
        const auto lengths =
            detail::row_lengths(vectors.layers[strip.layer].row_range(strip.first, strip.count));
        for (std::size_t k = 0; k < lengths.size(); ++k)
            if (detail::is_dead(lengths[k], longest, share))
                found.rows.push_back(strip.layer * vectors.size() + strip.first + k);
    }
    for (std::size_t l = 0; l < vectors.layers.size(); ++l)
        found.absent += vectors.lacks(l) ? vectors.size() : 0;
    return found;
}

/// The set with these parts marked as dead, beside those that are: no projection has rows of their vectors, and no
/// share is taken of them. The parts are the set's vectors, or what several of them are of: heads of directions.
/// @throws argument_error (invalid_axes) for parts of another set: their axes are not the set's first ones
///
/// O(vectors); the vectors themselves are shared.
template <std::floating_point T>
basic_vector_set<T> leave_out(basic_vector_set<T> set, const dead_parts& parts) {
    const auto is_same = [&](std::size_t k) {
        return parts.axes[k].name == set.axes[k].name && parts.axes[k].extent == set.axes[k].extent;
    };
    bool fits = parts.axes.rank() <= set.axes.rank();
    for (std::size_t k = 0; fits && k < parts.axes.rank(); ++k) fits = is_same(k);
    if (!fits)
        throw argument_error(errc::invalid_axes, "leave_out: the " + quoted(parts.kind) +
                                                     " are no parts of " + quoted(set.name) +
                                                     ": their axes are not its first ones");
    if (parts.rows.empty()) return set;
    if (set.dead.empty())
        for (const auto& m : set.layers) set.dead.emplace_back(m.rows());
    const std::uint64_t each = set.axes.shape_rows() / parts.axes.shape_rows();
    for (const auto part : parts.rows)
        for (std::uint64_t v = part * each; v < (part + 1) * each; ++v)
            if (!set.lacks(static_cast<std::size_t>(v / set.size())))
                set.dead[static_cast<std::size_t>(v / set.size())][static_cast<std::size_t>(v % set.size())] =
                    true;
    return set;
}

/// The set with all of its dead parts marked: of directions those of dead heads, and those that are dead alone; of
/// other vectors those that are short beside the longest.
/// @throws numeric_error, cancelled_error as `dead_vectors`
template <std::floating_point T>
basic_vector_set<T> without_dead_parts(basic_vector_set<T> set, const execution& run = {}) {
    if (set.singular_values.empty()) {
        const auto found = dead_vectors(set, dead_share, run);
        return leave_out(std::move(set), found);
    }
    const auto directions = dead_directions(set);
    if (set.axes.rank() != 3 || set.axes[1].name != "head") return leave_out(std::move(set), directions);
    const auto heads = dead_heads(set);
    return leave_out(leave_out(std::move(set), directions), heads);
}

} // namespace svdlens::inline v0_2

#endif
