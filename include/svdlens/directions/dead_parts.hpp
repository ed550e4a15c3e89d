/// @file
/// Heads and neurons that weigh next to nothing beside the largest of their kind: what a unit vector of one
/// shows is noise, and unit vectors are what cosines and scaled scores see.
#ifndef SVDLENS_DIRECTIONS_DEAD_PARTS_HPP
#define SVDLENS_DIRECTIONS_DEAD_PARTS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
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

/// The dead ones of one kind of parts.
struct dead_parts {
    std::string kind;             ///< `ov heads`, `mlp_in`
    std::string column;           ///< what names them: `head`, `neuron`
    svdlens::axes axes;           ///< of all parts of the kind
    std::vector<row_number> rows; ///< those that are dead, ascending
    double share = dead_share;    ///< of the largest, below which they are

    /// How many parts there are, dead or not.
    std::uint64_t parts() const { return axes.shape_rows(); }
    /// `L0H3` of the k-th dead one.
    std::string label(std::size_t k) const { return axes.label(rows[k], column); }
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

/// The rows whose size is below the share of the largest, or zero.
inline std::vector<row_number> small_rows(const std::vector<double>& sizes, double share) {
    if (!(share > 0 && share < 1))
        throw argument_error(errc::invalid_argument,
                             "dead parts: expected a share between 0 and 1, found " + to_text(share));
    const double largest = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
    std::vector<row_number> rows;
    for (std::size_t k = 0; k < sizes.size(); ++k)
        if (sizes[k] < share * largest || sizes[k] == 0) rows.push_back(k);
    return rows;
}

/// Lengths as multiples of one power of two, so that the longest is a double.
inline std::vector<double> comparable(const std::vector<scaled_number>& lengths) {
    int largest = 0;
    for (const auto& each : lengths) largest = (std::max)(largest, each.exponent);
    std::vector<double> result;
    for (const auto& each : lengths) result.push_back(std::ldexp(each.value, each.exponent - largest));
    return result;
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

/// The vectors whose length is below the share of the longest of the set, or zero: neurons by what they read
/// (`dead_vectors(weights.mlp_in())`) or write.
/// @throws numeric_error (non_finite), naming the vector; argument_error (invalid_argument) for a share that
///         is not between 0 and 1; cancelled_error
///
/// O(values), in parallel; of deferred vectors a strip at a time.
template <std::floating_point T>
dead_parts dead_vectors(const basic_vector_set<T>& vectors, double share = dead_share,
                        const execution& run = {}) {
    struct slot {};
    constexpr std::size_t strip = 256;
    const std::size_t n = vectors.size(), strips = (n + strip - 1) / strip;
    std::vector<detail::scaled_number> lengths(vectors.layers.size() * n);
    const auto measure = [&](std::size_t i, slot&) {
        const std::size_t layer = i / strips, first = i % strips * strip;
        const auto found =
            detail::row_lengths(vectors.layers[layer].row_range(first, (std::min)(strip, n - first)));
        std::copy(found.begin(), found.end(),
                  lengths.begin() + static_cast<std::ptrdiff_t>(layer * n + first));
    };
    const execution quietly = detail::without_progress(run);
    for_blocks<slot>(vectors.layers.size() * strips, lengths.size(), quietly, measure);
    auto axes = vectors.axes;
    axes.add(vectors.identity);
    for (std::size_t k = 0; k < lengths.size(); ++k)
        if (!std::isfinite(lengths[k].value))
            throw numeric_error(errc::non_finite,
                                vectors.provenance + ": " + quoted(vectors.name) + ": the vector " +
                                    quoted(axes.label(k, vectors.identity.name)) + " is not finite");
    return {vectors.name, vectors.identity.name, std::move(axes),
            detail::small_rows(detail::comparable(lengths), share), share};
}

} // namespace svdlens::inline v0_2

#endif
