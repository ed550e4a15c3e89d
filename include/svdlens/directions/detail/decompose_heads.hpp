/// @file
/// Heads decomposed side by side, and the set of directions that they fill.
#ifndef SVDLENS_DIRECTIONS_DETAIL_DECOMPOSE_HEADS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_DECOMPOSE_HEADS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/detail/pass_share.hpp"
#include "../../core/detail/without_progress.hpp"
#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/detail/large_array.hpp"
#include "../../linalg/matrix.hpp"
#include "../../linalg/sign_rule.hpp"
#include "../../tensor/axes.hpp"
#include "../factored_set.hpp"
#include "../vector_set.hpp"
#include "factor_checks.hpp"
#include "factored_batch.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The extents of what `singular_directions` computes.
struct direction_shape {
    std::size_t layers = 0; ///< 0 where there are no heads
    std::size_t heads = 0;
    std::size_t directions = 0;
    std::size_t left_width = 0;
    std::size_t right_width = 0;
};

/// @throws numeric_error, model_error, argument_error, cancelled_error as `singular_directions`
template <std::floating_point T>
direction_shape checked_shape(const basic_factored_set<T>& set, const execution& run) {
    require_uniform(set);
    require_finite_factors(set, run);
    if (set.matrices.empty()) return {};
    const auto& first = set.matrices.front();
    return {set.layers(), set.heads(), direction_count(first.a, first.b), first.a.rows(), first.b.columns()};
}

/// One side's directions of all heads, direction-major, each head written to its own place.
template <std::floating_point T>
class side_directions {
  public:
    side_directions(const direction_shape& shape, std::size_t width) :
        layers_(shape.layers), lines_(shape.heads * shape.directions), width_(width),
        head_size_(shape.directions * width), values_(make_large_array<T>(layers_ * lines_ * width)) {}

    /// Where the k-th head's directions are.
    T* head(std::size_t k) { return values_.get() + k * head_size_; }
    std::span<T> values_of(std::size_t k) { return {head(k), head_size_}; }

    /// A matrix a layer; all share one piece of memory.
    std::vector<basic_matrix<T>> matrices() const {
        std::vector<basic_matrix<T>> result;
        for (std::size_t l = 0; l < layers_; ++l)
            result.emplace_back(values_.get() + l * lines_ * width_, lines_, width_, values_);
        return result;
    }

  private:
    std::size_t layers_;
    std::size_t lines_;
    std::size_t width_;
    std::size_t head_size_;
    std::shared_ptr<T[]> values_;
};

/// The singular values of all heads, one head after the other, and which are null space.
template <std::floating_point T>
struct head_spectra {
    std::size_t count = 0; ///< a head
    std::vector<T> values;
    std::vector<std::size_t> ranks; ///< of each head: null space are the directions from there on

    head_spectra(std::size_t heads, std::size_t each) : count(each), values(heads * each), ranks(heads) {}

    std::span<T> of(std::size_t k) { return std::span<T>(values).subspan(k * count, count); }

    std::vector<bool> null_space() const {
        std::vector<bool> result(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) result[i] = i % count >= ranks[i / count];
        return result;
    }
};

/// How many heads go side by side: the number with which `workers` workers are done first, where a group
/// takes as long as its lanes and what any group takes. Only speed depends on it.
inline std::size_t lanes_a_group(std::size_t heads, std::size_t fewest, std::size_t most,
                                 std::size_t workers) {
    const auto time = [&](std::size_t lanes) {
        const std::size_t groups = (heads + lanes - 1) / lanes;
        return (groups + workers - 1) / workers * (3 * lanes + 8);
    };
    std::size_t best = most;
    for (std::size_t lanes = most; lanes >= fewest && lanes != 0; lanes /= 2)
        if (time(lanes) < time(best)) best = lanes;
    return best;
}

/// Writes one head, its signs by the rule. Returns how many directions are more than null space.
template <std::floating_point T>
std::size_t write_head(const factored_batch<T>& batch, std::size_t lane, std::size_t left_width,
                       std::size_t right_width, const svd_target<T>& out) {
    const std::size_t rank = batch.write(lane, out);
    for (std::size_t j = 0; j < out.singular_values.size(); ++j)
        apply_sign_rule<T>({out.left + j * left_width, left_width},
                           {out.right + j * right_width, right_width});
    return rank;
}

/// What a worker of `decompose_heads` owns.
template <std::floating_point T>
struct head_worker {
    one_eigen_thread held = {};
    std::optional<factored_batch<T>> batch = {};
    std::vector<T> other = {}; ///< for a side that is not kept
    std::optional<numeric_error> failure = {};
    std::size_t failed = 0;
};

/// Decomposes matrices `first` to `last` side by side.
template <std::floating_point T, class Target>
void decompose_group(const basic_factored_set<T>& set, std::size_t first, std::size_t last,
                     head_worker<T>& worker, head_spectra<T>& spectra, Target& target) {
    auto& batch = *worker.batch;
    batch.clear();
    for (std::size_t k = first; k < last; ++k) {
        batch.add(set.matrices[k].a.resident(), set.matrices[k].b.resident());
    }
    batch.run();
    const auto& shape = set.matrices[first];
    for (std::size_t k = first; k < last; ++k) {
        worker.failed = k;
        spectra.ranks[k] =
            write_head<T>(batch, k - first, shape.a.rows(), shape.b.columns(), target(k, worker.other));
    }
}

/// Some matrices of a set: [begin, end).
struct head_range {
    std::size_t begin;
    std::size_t end;
};

/// Decomposes some heads of a checked set, in groups side by side, in parallel.
template <std::floating_point T, class Target>
void decompose_range(const basic_factored_set<T>& set, head_range range, head_spectra<T>& spectra,
                     const execution& run, const Target& target) {
    const std::size_t heads = range.end - range.begin;
    const auto& shape = set.matrices.front();
    const std::size_t lanes =
        lanes_a_group(heads, lane_jacobi<T>::fewest_lanes, factored_batch<T>::most_lanes(shape.a, shape.b),
                      worker_count(run, heads));
    const auto begin_of = [=](std::size_t group) { return range.begin + group * lanes; };
    const auto end_of = [=](std::size_t group) { return (std::min)(begin_of(group + 1), range.end); };
    const auto compute = [&](std::size_t group, head_worker<T>& worker) {
        if (!worker.batch) worker.batch.emplace(shape.a, shape.b, lanes);
        try {
            decompose_group(set, begin_of(group), end_of(group), worker, spectra, target);
        } catch (const numeric_error& problem) {
            worker.failure = problem;
        }
    };
    const auto merge = [&](std::size_t group, head_worker<T>& worker) {
        if (worker.failure)
            throw numeric_error(worker.failure->code(),
                                describe_factor(set, worker.failed, "") + ": " + worker.failure->what());
        for (std::size_t k = begin_of(group); run.progress && k < end_of(group); ++k)
            run.progress({k + 1, set.matrices.size()});
    };
    const std::size_t groups = (heads + lanes - 1) / lanes;
    const execution quietly = without_progress(run);
    for_blocks_in_order<head_worker<T>>(groups, groups, quietly, compute, merge);
}

/// Decomposes the heads of a checked set. `target(k, other)` says where the k-th is written; `other` is memory of the
/// worker's for what is not kept; `sides` are those that are. The same bits for any number of threads, and of processes,
/// which make layers for each other. Progress counts matrices.
template <std::floating_point T, class Target>
void decompose_heads(const basic_factored_set<T>& set, head_spectra<T>& spectra, const execution& run,
                     Target target, const std::vector<side_directions<T>*>& sides) {
    const std::size_t heads = set.matrices.size();
    if (heads == 0 || spectra.count == 0) return;
    if (run.shared == nullptr) return decompose_range(set, {0, heads}, spectra, run, target);
    const std::size_t parts = (std::min)(set.layers(), 2 * run.shared->count);
    const auto heads_of = [&](std::size_t part) {
        const auto begin = [&](std::size_t p) { return p * set.layers() / parts * set.heads(); };
        return head_range{begin(part), begin(part + 1)};
    };
    execution quietly = without_progress(run);
    quietly.shared = nullptr;
    make_together(
        *run.shared, set.name, parts,
        [&](std::size_t part) { decompose_range(set, heads_of(part), spectra, quietly, target); },
        [&](auto& pipe, std::size_t part) {
            for (std::size_t k = heads_of(part).begin; k < heads_of(part).end; ++k) {
                auto rank = static_cast<std::uint64_t>(spectra.ranks[k]);
                pipe(rank);
                if (rank > spectra.count)
                    throw format_error(errc::broken_shard,
                                       set.name + ": a head of more directions than it can have");
                spectra.ranks[k] = static_cast<std::size_t>(rank);
                carry_values(pipe, spectra.of(k));
                for (auto* side : sides) carry_values(pipe, side->values_of(k));
            }
        });
}

/// Whether the set is of QK circuits, whose both sides read.
template <std::floating_point T>
bool both_sides_read(const basic_factored_set<T>& set) {
    return set.right.flow == flow::reads;
}

[[noreturn]] inline void throw_wrong_side(const std::string& name, std::string_view asked,
                                          std::string_view instead) {
    throw argument_error(errc::invalid_argument, "singular directions of " + quoted(name) + ": no " +
                                                     std::string(asked) + " side, ask for " +
                                                     std::string(instead));
}

/// (layer, head, direction), with the label columns of the set.
template <std::floating_point T>
axes direction_axes(const basic_factored_set<T>& set, std::size_t directions) {
    axes result({set.axes[0], set.axes[1], {"direction", directions}}, set.axes.label_columns());
    result.set_title(set.name);
    result.set_provenance(set.provenance);
    return result;
}

/// A list over (layer, head, direction) as one list a layer.
template <class Value>
std::vector<std::vector<Value>> split_by_layer(const std::vector<Value>& values, std::size_t layers) {
    std::vector<std::vector<Value>> result;
    for (std::size_t l = 0; l < layers; ++l) {
        const auto stride = static_cast<std::ptrdiff_t>(values.size() / layers);
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(l) * stride;
        result.emplace_back(first, first + stride);
    }
    return result;
}

/// The side of the factor a, and that of b.
enum class circuit_side { left, right };

/// What a direction of the set is as a node: what an OV head's direction reads and what it writes are one.
template <std::floating_point T>
std::string direction_entity(const basic_factored_set<T>& set) {
    const auto* const head = set.axes.find_label_column("head");
    const bool is_of_heads = head == nullptr || head->entity == "head";
    return both_sides_read(set) || !is_of_heads ? set.name + "_direction" : "direction";
}

/// The directions on one side, a matrix a layer, with what is known of each.
template <std::floating_point T>
basic_vector_set<T> direction_set(const basic_factored_set<T>& set, circuit_side side,
                                  std::vector<basic_matrix<T>> layers, const std::vector<T>& singular_values,
                                  const std::vector<bool>& null_space) {
    const std::size_t lines = layers.empty() ? 0 : layers.front().rows();
    return {.name = set.name,
            .axes = direction_axes(set, set.heads() == 0 ? 0 : lines / set.heads()),
            .identity = {"direction", "{head}.{direction}", direction_entity(set)},
            .layers = std::move(layers),
            .port = side == circuit_side::left ? set.left : set.right,
            .centered = side == circuit_side::left ? set.left_centered : set.right_centered,
            .singular_values = split_by_layer(singular_values, set.layers()),
            .null_space = split_by_layer(null_space, set.layers()),
            .provenance = set.provenance};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
