/// @file
/// The bodies of significance/score_errors.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_SCORE_ERRORS_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_SCORE_ERRORS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/detail/consistent_vectors.hpp"
#include "../../../directions/detail/direction_checks.hpp"
#include "../../../directions/detail/products.hpp"
#include "../../../directions/direction_errors.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../../projection/detail/projection_axes.hpp"
#include "../../../projection/detail/projection_rows.hpp"
#include "../../../projection/detail/vector_places.hpp"
#include "../../../projection/restriction.hpp"
#include "../../../table/long_table.hpp"
#include "../../../tensor/axes.hpp"
#include "../../score_errors.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// One vector in double.
template <std::floating_point T>
std::vector<double> vector_at(const basic_vector_set<T>& set, std::size_t layer, std::size_t k) {
    const auto row = set.layers[layer].row_range(k, 1).resident();
    std::vector<double> values(row.columns());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(row(0, i));
    return values;
}

inline double squared_length(const std::vector<double>& values) {
    double sum = 0;
    for (const double x : values) sum += x * x;
    return sum;
}

/// Without its mean.
inline std::vector<double> centred(std::vector<double> values) {
    double mean = 0;
    for (const double x : values) mean += x / static_cast<double>(values.size());
    for (double& x : values) x -= mean;
    return values;
}

} // namespace detail

template <std::floating_point T>
std::vector<score_error> score_errors(const basic_side_errors<T>& side, const basic_vector_set<T>& targets,
                                      std::span<const row_number> rows, const score_error_options& options,
                                      const execution& run) {
    const auto& vectors = side.vectors();
    detail::require_projectable(vectors, targets, projected_rows::causal);
    detail::require_share_of_noise("score errors, target_noise", options.target_noise);
    const auto axes = detail::projection_axes(vectors, targets);
    const detail::vector_places direction_of(axes, detail::direction_axes_of(vectors, targets),
                                             vectors.layered());
    const detail::vector_places target_of(axes, detail::target_axes_of(vectors, targets), targets.layered());
    std::vector<score_error> result(rows.size());
    constexpr std::size_t at_once = 256;
    struct slot {};
    const auto compute = [&](std::size_t i, slot&) {
        for (std::size_t k = i * at_once; k < (std::min)(rows.size(), (i + 1) * at_once); ++k) {
            if (rows[k] >= axes.shape_rows())
                throw argument_error(errc::invalid_argument, quoted(axes.title()) + ": row " +
                                                                 to_text(rows[k]) + " is beyond the table");
            const auto from = direction_of(rows[k]), to = target_of(rows[k]);
            const auto w = detail::vector_at(targets, to.layer, to.k),
                       v = detail::vector_at(vectors, from.layer, from.k);
            for (std::size_t d = 0; d < w.size(); ++d) result[k].dot += v[d] * w[d];
            const double own = side.score_error(from.layer, from.k, w);
            const double other = options.target_noise * options.target_noise * detail::squared_length(w) /
                                 static_cast<double>(w.size());
            result[k].error = std::sqrt(own * own + other);
        }
    };
    for_blocks<slot>((rows.size() + at_once - 1) / at_once, rows.size(), run, compute);
    return result;
}

namespace detail {

/// Blocks as a set of vectors that are not there: the names of their axes.
template <std::floating_point T>
basic_vector_set<T> named_blocks(const basic_vector_set<T>& vectors,
                                 std::span<const direction_block> blocks) {
    std::vector<std::string> labels;
    for (const auto& block : blocks) labels.push_back(to_string(block));
    const label_column identity("block", "{block}");
    return {.name = vectors.name,
            .axes = svdlens::axes({axis("block", std::move(labels))}, {identity}),
            .identity = identity,
            .layers = {},
            .port = vectors.port};
}

/// @throws argument_error (invalid_argument)
template <std::floating_point T>
void require_blocks_of(const basic_vector_set<T>& vectors, std::span<const direction_block> blocks) {
    const bool of_heads = vectors.axes.rank() == 3 && vectors.axes[1].name == "head";
    for (const auto& block : blocks)
        if (!of_heads || block.layer >= vectors.axes[0].extent || block.head >= vectors.axes[1].extent ||
            block.first > block.last || block.last >= vectors.axes[2].extent)
            throw argument_error(errc::invalid_argument,
                                 "block energies: expected blocks of the directions of " +
                                     quoted(vectors.name) + ", found " + to_string(block));
}

inline void require_room_for_energies(std::uint64_t rows, std::size_t bytes, const execution& run) {
    if (rows <= run.memory_budget / bytes) return;
    throw argument_error(errc::invalid_argument,
                         "block energies: " + to_text(rows) + " rows of " + to_text(bytes) +
                             " bytes each are over the memory budget of " + to_text(run.memory_budget) +
                             "; take fewer targets, or more execution::memory_budget");
}

/// ‖w‖² of some targets, without their means where lengths are taken so.
template <std::floating_point T>
std::vector<double> squared_lengths(const basic_matrix<T>& targets, bool without_mean) {
    std::vector<double> result;
    for (std::size_t n = 0; n < targets.rows(); ++n) {
        std::vector<double> w(targets.columns());
        for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<double>(targets(n, i));
        result.push_back(squared_length(without_mean ? centred(std::move(w)) : w));
    }
    return result;
}

/// The energies of one layer of targets, strip by strip: `out` has a row of all targets for each block.
template <std::floating_point T>
class layer_energies {
  public:
    layer_energies(const basic_vector_set<T>& vectors, std::span<const direction_block> blocks,
                   const basic_vector_set<T>& targets) :
        vectors_(vectors),
        blocks_(blocks), targets_(targets) {}

    /// Targets from `first` on, of a layer.
    void write(std::size_t layer, std::size_t first, std::size_t count, T* out) const {
        const auto strip = targets_.layers[layer].row_range(first, count).resident();
        const auto lengths = squared_lengths(strip, vectors_.centered || targets_.centered);
        std::size_t made = vectors_.layers.size();
        basic_matrix<T> dots;
        for (std::size_t b = 0; b < blocks_.size(); ++b) {
            const auto& block = blocks_[b];
            T* const row = out + b * targets_.size() + first;
            if (!flows(block.layer, layer)) {
                std::fill(row, row + count, std::numeric_limits<T>::quiet_NaN());
                continue;
            }
            if (made != block.layer) dots = multiply(vectors_.layers[block.layer], strip.transposed());
            made = block.layer;
            for (std::size_t n = 0; n < count; ++n) row[n] = energy(dots, block, n, lengths[n]);
        }
    }

  private:
    bool flows(std::size_t layer, std::size_t target_layer) const {
        return reaches(vectors_.port, layer, targets_.port, target_layer);
    }

    T energy(const basic_matrix<T>& dots, const direction_block& block, std::size_t n, double length) const {
        const std::size_t line = block.head * static_cast<std::size_t>(vectors_.axes[2].extent);
        double sum = 0;
        for (std::size_t k = line + block.first; k <= line + block.last; ++k) {
            const auto dot = static_cast<double>(dots(k, n));
            sum += dot * dot;
        }
        return length == 0 ? std::numeric_limits<T>::quiet_NaN() : static_cast<T>(sum / length);
    }

    const basic_vector_set<T>& vectors_;
    std::span<const direction_block> blocks_;
    const basic_vector_set<T>& targets_;
};

} // namespace detail

template <std::floating_point T>
basic_long_table<T> block_energies(const basic_vector_set<T>& vectors,
                                   std::span<const direction_block> blocks,
                                   const basic_vector_set<T>& targets, const execution& run) {
    detail::require_projectable(vectors, targets, projected_rows::causal);
    detail::require_blocks_of(vectors, blocks);
    auto axes = detail::projection_axes(detail::named_blocks(vectors, blocks), targets);
    axes.set_title(axes.title() + "_block_energy");
    axes.set_provenance(vectors.provenance);
    detail::require_room_for_energies(axes.shape_rows(), sizeof(T), run);
    std::vector<T> values(static_cast<std::size_t>(axes.shape_rows()), std::numeric_limits<T>::quiet_NaN());
    constexpr std::size_t strip = 256;
    const std::size_t strips = (targets.size() + strip - 1) / strip,
                      layer_rows = blocks.size() * targets.size();
    const detail::layer_energies<T> energies(vectors, blocks, targets);
    const auto compute = [&](std::size_t i, detail::one_eigen_thread&) {
        const std::size_t layer = i / strips, first = i % strips * strip;
        if (targets.lacks(layer)) return;
        energies.write(layer, first, (std::min)(strip, targets.size() - first),
                       values.data() + layer * layer_rows);
    };
    for_blocks<detail::one_eigen_thread>(strips * targets.layers.size(), values.size(), run, compute);
    return long_table(std::move(values), std::move(axes));
}

#ifdef SVDLENS_COMPILED
template std::vector<score_error> score_errors(const basic_side_errors<float>& side,
                                               const basic_vector_set<float>& targets,
                                               std::span<const row_number> rows,
                                               const score_error_options& options, const execution& run);
template std::vector<score_error> score_errors(const basic_side_errors<double>& side,
                                               const basic_vector_set<double>& targets,
                                               std::span<const row_number> rows,
                                               const score_error_options& options, const execution& run);
template basic_long_table<float> block_energies(const basic_vector_set<float>& vectors,
                                                std::span<const direction_block> blocks,
                                                const basic_vector_set<float>& targets, const execution& run);
template basic_long_table<double> block_energies(const basic_vector_set<double>& vectors,
                                                 std::span<const direction_block> blocks,
                                                 const basic_vector_set<double>& targets,
                                                 const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
