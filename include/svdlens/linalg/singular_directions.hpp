/// @file
/// The singular directions of every head: what it reads, what it writes, and how strongly.
#ifndef SVDLENS_LINALG_SINGULAR_DIRECTIONS_HPP
#define SVDLENS_LINALG_SINGULAR_DIRECTIONS_HPP

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "../tensor/tensor.hpp"
#include "eigen_threads.hpp"
#include "factored_set.hpp"
#include "factored_svd.hpp"
#include "finite_factors.hpp"
#include "matrix.hpp"
#include "sign_rule.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0 {

/// The singular directions of all matrices of a factored set, axes (layer, head, direction), made by
/// `singular_directions`. A value: copies share the vectors.
///
/// Either side is direction-major: the directions of a layer are the rows of one contiguous (heads ·
/// directions) × d matrix. The sign of one pair (u_k, v_k) is a convention (`apply_sign_rule`), not a fact.
template <std::floating_point T>
class basic_singular_directions {
  public:
    using value_type = T;

    /// Puts together what `singular_directions` computed: per layer the directions of either side, and per
    /// (layer, head, direction) the singular value and the null-space mark.
    basic_singular_directions(const basic_factored_set<T>& set, std::vector<basic_matrix<T>> left,
                              std::vector<basic_matrix<T>> right, std::vector<T> singular_values,
                              const std::vector<bool>& null_space) :
        name_(set.name),
        left_(side(set, "_query", std::move(left), set.left)),
        right_(side(set, "_key", std::move(right), set.right)) {
        const std::size_t stride = heads() * directions();
        for (std::size_t l = 0; l < layers(); ++l) {
            const auto first = static_cast<std::ptrdiff_t>(l * stride);
            const auto last = static_cast<std::ptrdiff_t>((l + 1) * stride);
            left_.singular_values.emplace_back(singular_values.begin() + first,
                                               singular_values.begin() + last);
            left_.null_space.emplace_back(null_space.begin() + first, null_space.begin() + last);
        }
        right_.singular_values = left_.singular_values;
        right_.null_space = left_.null_space;
        values_ = basic_tensor<T>(std::move(singular_values), {layers(), heads(), directions()});
        null_count_ = static_cast<std::size_t>(std::count(null_space.begin(), null_space.end(), true));
    }

    /// `ov` or `qk`.
    const std::string& name() const { return name_; }

    /// (layer, head, direction), label column `head` = `L{layer}H{head}`.
    const svdlens::axes& axes() const { return left_.axes; }

    std::size_t layers() const { return extent(0); }
    std::size_t heads() const { return extent(1); }
    /// Directions a head: min(d, r).
    std::size_t directions() const { return extent(2); }

    /// [layers, heads, directions], descending along directions.
    const basic_tensor<T>& singular_values() const { return values_; }

    T singular_value(std::size_t layer, std::size_t head, std::size_t k) const {
        return left_.singular_values[layer][line(layer, head, k)];
    }

    /// Whether the direction is numerically null space, so that its vectors are arbitrary:
    /// S_k <= d · eps · ‖A‖₂ ‖B‖₂.
    bool is_null(std::size_t layer, std::size_t head, std::size_t k) const {
        return left_.null_space[layer][line(layer, head, k)];
    }

    /// How many directions are null space, over all heads.
    std::size_t null_directions() const { return null_count_; }

    /// What the heads read (OV). @throws argument_error (invalid_argument) for a QK set: ask for query() or
    /// key()
    const basic_vector_set<T>& reading() const {
        if (both_read()) wrong_side("reading", "query() or key()");
        return left_;
    }

    /// What the heads write (OV). @throws argument_error (invalid_argument) for a QK set, which writes
    /// nothing
    const basic_vector_set<T>& writing() const {
        if (both_read()) wrong_side("writing", "query() or key()");
        return right_;
    }

    /// What the heads' queries read (QK). @throws argument_error (invalid_argument) for an OV set
    const basic_vector_set<T>& query() const {
        if (!both_read()) wrong_side("query", "reading() or writing()");
        return left_;
    }

    /// What the heads' keys read (QK). @throws argument_error (invalid_argument) for an OV set
    const basic_vector_set<T>& key() const {
        if (!both_read()) wrong_side("key", "reading() or writing()");
        return right_;
    }

    /// One direction, d entries of unit length. @throws as the sets above
    std::span<const T> reading(std::size_t layer, std::size_t head, std::size_t k) const {
        return row(reading(), layer, head, k);
    }
    std::span<const T> writing(std::size_t layer, std::size_t head, std::size_t k) const {
        return row(writing(), layer, head, k);
    }
    std::span<const T> query(std::size_t layer, std::size_t head, std::size_t k) const {
        return row(query(), layer, head, k);
    }
    std::span<const T> key(std::size_t layer, std::size_t head, std::size_t k) const {
        return row(key(), layer, head, k);
    }

  private:
    static basic_vector_set<T> side(const basic_factored_set<T>& set, std::string_view query_or_key,
                                    std::vector<basic_matrix<T>> layers, residual_port port) {
        const bool both_read = set.right.flow == flow::reads;
        return {.name = set.name + std::string(both_read ? query_or_key : ""),
                .axes = direction_axes(set, layers),
                .identity = {"direction", "L{layer}H{head}.{direction}",
                             both_read ? set.name + "_direction" : "direction"},
                .layers = std::move(layers),
                .port = port,
                .provenance = set.provenance};
    }

    static svdlens::axes direction_axes(const basic_factored_set<T>& set,
                                        const std::vector<basic_matrix<T>>& layers) {
        const std::size_t lines = layers.empty() ? 0 : layers.front().rows();
        svdlens::axes result(
            {set.axes[0], set.axes[1], {"direction", set.heads() == 0 ? 0 : lines / set.heads()}},
            set.axes.label_columns());
        result.set_title(set.name);
        result.set_provenance(set.provenance);
        return result;
    }

    std::size_t extent(std::size_t k) const { return static_cast<std::size_t>(left_.axes[k].extent); }

    std::size_t line([[maybe_unused]] std::size_t layer, std::size_t head, std::size_t k) const {
        assert(layer < layers() && head < heads() && k < directions());
        return head * directions() + k;
    }

    std::span<const T> row(const basic_vector_set<T>& set, std::size_t layer, std::size_t head,
                           std::size_t k) const {
        return {set.layers[layer].data() + line(layer, head, k) * set.d_model(), set.d_model()};
    }

    bool both_read() const { return right_.port.flow == flow::reads; }

    [[noreturn]] void wrong_side(std::string_view asked, std::string_view instead) const {
        throw argument_error(errc::invalid_argument, "singular directions of " + quoted(name_) + ": no " +
                                                         std::string(asked) + " side, ask for " +
                                                         std::string(instead));
    }

    std::string name_;
    basic_vector_set<T> left_;
    basic_vector_set<T> right_;
    basic_tensor<T> values_;
    std::size_t null_count_ = 0;
};

using singular_directions_set = basic_singular_directions<float>;

namespace detail {

/// Where the decompositions of a set are written: each head to its own place, whichever thread does it.
template <std::floating_point T>
class direction_arrays {
  public:
    direction_arrays(const basic_factored_set<T>& set, const execution& run) : heads_(set.heads()) {
        if (set.matrices.empty()) return;
        const auto& first = set.matrices.front();
        count_ = direction_count(first.a, first.b);
        left_width_ = first.a.rows();
        right_width_ = first.b.columns();
        left_.resize(set.layers());
        right_.resize(set.layers());
        singular_values_.resize(set.matrices.size() * count_);
        thresholds_.resize(set.matrices.size());
        // In parallel: touching fresh memory for the first time takes as long as a tenth of the
        // decompositions.
        const auto allocate = [&](std::size_t l, char&) {
            left_[l].resize(heads_ * count_ * left_width_);
            right_[l].resize(heads_ * count_ * right_width_);
        };
        const execution quietly{.threads = run.threads, .stop = run.stop};
        for_blocks_in_order<char>(set.layers(), set.layers(), quietly, allocate, [](std::size_t, char&) {});
    }

    /// Decomposes the k-th matrix into its place.
    void decompose(const basic_factored_set<T>& set, std::size_t k) {
        if (count_ == 0) return;
        const auto& matrix = set.matrices[k];
        const std::size_t line = k % heads_ * count_;
        T* const left = left_[k / heads_].data() + line * left_width_;
        T* const right = right_[k / heads_].data() + line * right_width_;
        const double norm = factored_svd_into<T>(matrix.a, matrix.b, {left, right, spectrum(k)});
        const auto width = static_cast<double>((std::max)(left_width_, right_width_));
        thresholds_[k] = width * static_cast<double>(std::numeric_limits<T>::epsilon()) * norm;
        for (std::size_t j = 0; j < count_; ++j)
            apply_sign_rule<T>({left + j * left_width_, left_width_},
                               {right + j * right_width_, right_width_});
    }

    basic_singular_directions<T> result(const basic_factored_set<T>& set) && {
        std::vector<bool> null_space(singular_values_.size());
        for (std::size_t i = 0; i < null_space.size(); ++i)
            null_space[i] = static_cast<double>(singular_values_[i]) <= thresholds_[i / count_];
        auto left = matrices(std::move(left_), left_width_);
        auto right = matrices(std::move(right_), right_width_);
        return {set, std::move(left), std::move(right), std::move(singular_values_), null_space};
    }

  private:
    std::span<T> spectrum(std::size_t k) {
        return std::span<T>(singular_values_).subspan(k * count_, count_);
    }

    std::vector<basic_matrix<T>> matrices(std::vector<std::vector<T>> layers, std::size_t width) const {
        std::vector<basic_matrix<T>> result;
        for (auto& values : layers) result.emplace_back(std::move(values), heads_ * count_, width);
        return result;
    }

    std::size_t heads_;
    std::size_t count_ = 0;
    std::size_t left_width_ = 0;
    std::size_t right_width_ = 0;
    std::vector<std::vector<T>> left_;
    std::vector<std::vector<T>> right_;
    std::vector<T> singular_values_;
    std::vector<double> thresholds_;
};

} // namespace detail

/// Decomposes every matrix of the set (see `factored_svd`), in parallel over layers and heads: the same bits
/// for any number of threads. Progress counts matrices. O(layers · heads · ((d + d2) r² + r³)); the result
/// holds layers · heads · min(d, r, d2) · (d + d2) values, a worker about 3 (d + d2) r.
///
/// Null space: S_k <= d · eps · ‖A‖₂ ‖B‖₂ with eps of T, relative to the factors and not to S_0, so that it
/// is also found where the factors nearly cancel. The norms are upper bounds, at most r^(1/128) times the
/// true ones: 3 % for r = 64.
/// @throws numeric_error (non_finite) before any work, naming file, head, tensor and the first bad entry; and
/// for
///         a head whose singular values exceed T's range
/// @throws model_error (wrong_shape) when the factors do not fit each other
/// @throws cancelled_error
template <std::floating_point T>
basic_singular_directions<T> singular_directions(const basic_factored_set<T>& set,
                                                 const execution& run = {}) {
    struct slot {
        detail::one_eigen_thread held;
        std::optional<std::string> failure;
    };
    detail::require_uniform(set);
    detail::require_finite_factors(set, run);
    detail::direction_arrays<T> arrays(set, run);
    const auto compute = [&](std::size_t k, slot& s) {
        try {
            arrays.decompose(set, k);
        } catch (const numeric_error& problem) {
            s.failure = problem.what();
        }
    };
    const auto merge = [&](std::size_t k, slot& s) {
        if (s.failure)
            throw numeric_error(errc::non_finite, detail::describe_factor(set, k, "") + ": " + *s.failure);
    };
    for_blocks_in_order<slot>(set.matrices.size(), set.matrices.size(), run, compute, merge);
    return std::move(arrays).result(set);
}

} // namespace svdlens::inline v0

#endif
