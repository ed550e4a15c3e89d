/// @file
/// Vectors inside the d_model - 1 dimensions orthogonal to (1, ..., 1): P v = v minus its mean, P = I - 11ᵀ/d.
#ifndef SVDLENS_PROJECTION_DETAIL_CENTRED_VECTORS_HPP
#define SVDLENS_PROJECTION_DETAIL_CENTRED_VECTORS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <vector>

#include "../../core/detail/without_progress.hpp"
#include "../../core/execution.hpp"
#include "../../directions/vector_set.hpp"
#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/detail/row_lengths.hpp"
#include "../../linalg/matrix.hpp"
#include "score_factors.hpp"
#include "vector_lengths.hpp"
#include "wide_product.hpp"

namespace svdlens::inline v0_2::detail {

/// Σ x / d, in parts that compilers vectorise.
template <std::floating_point T>
double mean_of(const T* x, std::size_t d) {
    constexpr std::size_t parts = 16;
    double sums[parts] = {}, sum = 0;
    const std::size_t in_parts = d / parts * parts;
    for (std::size_t c = 0; c < in_parts; c += parts)
        for (std::size_t e = 0; e < parts; ++e) sums[e] += static_cast<double>(x[c + e]);
    for (std::size_t c = in_parts; c < d; ++c) sum += static_cast<double>(x[c]);
    for (const double each : sums) sum += each;
    return d == 0 ? 0 : sum / static_cast<double>(d);
}

/// x becomes P x, whose length is returned, for an x of length `length`: 0, and zeros, where what is left is the
/// rounding of T's values alone. O(d)
template <std::floating_point T>
double take_mean_out(double* x, std::size_t d, double length) {
    const double mean = mean_of(x, d);
    double sum = 0;
    for (std::size_t c = 0; c < d; ++c) {
        x[c] -= mean;
        sum += x[c] * x[c];
    }
    if (std::sqrt(sum) > length * double{std::numeric_limits<T>::epsilon()}) return std::sqrt(sum);
    std::fill(x, x + d, 0.0);
    return 0;
}

/// Writes v or P v near 1, as `write_near_one` does: `value` is how long what was written is. O(d)
template <std::floating_point T>
scaled_number write_near_one(const basic_matrix<T>& row, product_space space, double* out) {
    auto length = write_near_one(row, out);
    if (space == product_space::centred) length.value = take_mean_out<T>(out, row.columns(), length.value);
    return length;
}

/// Vectors in double, one a row.
using wide_rows = row_major_matrix<double>;

/// Writes v / ‖v‖, or P v / ‖P v‖, for each of some rows in memory, zeros where there is none, and says how long v or
/// P v is. O(values)
template <std::floating_point T>
std::vector<scaled_number> write_units(const basic_matrix<T>& rows, product_space space, wide_rows& out) {
    const std::size_t d = rows.columns();
    constexpr double least = 0x1p-400, most = 0x1p400;
    auto lengths = row_lengths(rows);
    with_map(rows, [&](const auto& values) { out = values.template cast<double>(); });
    for (std::size_t k = 0; k < lengths.size(); ++k) {
        auto& length = lengths[k];
        double* const row = out.row(static_cast<Eigen::Index>(k)).data();
        const bool ordinary = length.exponent == 0 && length.value > least && length.value < most;
        if (!ordinary) length = write_near_one(rows.row_range(k, 1), row);
        if (space == product_space::centred) length.value = take_mean_out<T>(row, d, length.value);
        const double factor = length.value == 0 ? 0 : 1 / length.value;
        for (std::size_t c = 0; c < d; ++c) row[c] *= factor;
    }
    return lengths;
}

/// 1 / ‖P w‖ of the layers kept, 0 where there is no P w and for an extreme w: what `vector_lengths::inverse` is
/// of w. In parallel over stretches of vectors. O(vectors · d_model)
/// @throws cancelled_error
template <std::floating_point T>
factor_lists<T> centred_inverses(const basic_vector_set<T>& set, const vector_lengths<T>& lengths,
                                 const std::vector<bool>& kept_layers, const execution& run) {
    factor_lists<T> result(set.layers.size());
    for (std::size_t l = 0; l < set.layers.size(); ++l)
        if (kept_layers[l]) result[l].resize(set.layers[l].rows());
    const auto stretches = vector_stretches(set, kept_layers, 256);
    const auto measure = [&](std::size_t i, wide_rows& units) {
        const auto& [layer, first, count] = stretches[i];
        const auto found =
            write_units(set.layers[layer].row_range(first, count).resident(), product_space::centred, units);
        for (std::size_t k = 0; k < count; ++k)
            if (found[k].value != 0 && !lengths.is_extreme(layer, first + k))
                result[layer][first + k] = static_cast<T>(std::ldexp(1 / found[k].value, -found[k].exponent));
    };
    for_blocks<wide_rows>(stretches.size(), stretches.size(), without_progress(run), measure);
    return result;
}

} // namespace svdlens::inline v0_2::detail

#endif
