/// @file
/// The singular directions of every head, and the reading and the writing side alone.
#ifndef SVDLENS_DIRECTIONS_SINGULAR_DIRECTIONS_HPP
#define SVDLENS_DIRECTIONS_SINGULAR_DIRECTIONS_HPP

#include <cassert>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../core/detail/maker.hpp"
#include "../core/execution.hpp"
#include "../linalg/matrix.hpp"
#include "../tensor/axes.hpp"
#include "../tensor/tensor.hpp"
#include "factored_set.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0_2 {

/// What the heads write: `singular_directions(set, run).writing()` to the bit, without holding what they
/// read, which each worker forms for one head at a time, for the sign rule. So the result, layers · heads ·
/// min(d, r, d2) · d2 values, is all but what the workers use.
/// @throws argument_error (invalid_argument) for a QK set, which writes nothing
/// @throws as `singular_directions`
template <std::floating_point T>
basic_vector_set<T> writing_directions(const basic_factored_set<T>& set, const execution& run = {});

/// What the heads read: `singular_directions(set, run).reading()` to the bit, in the memory of
/// `writing_directions`.
/// @throws argument_error (invalid_argument) for a QK set, which reads on both sides
/// @throws as `singular_directions`
template <std::floating_point T>
basic_vector_set<T> reading_directions(const basic_factored_set<T>& set, const execution& run = {});

/// The singular directions of all matrices of a factored set, axes (layer, head, direction), made by
/// `singular_directions`. A value: copies share the vectors.
///
/// Either side is direction-major: the directions of a layer are the rows of one contiguous (heads ·
/// directions) × d matrix. The sign of one pair (u_k, v_k) is a convention (`apply_sign_rule`), not a fact.
/// @code{.cpp}
/// auto heads = sl::singular_directions(sl::ov_circuits(weights));
/// heads.singular_value(1, 2, 0);         // = 3.12716; the strongest direction of L1H2
/// auto writes = heads.writing();         // all of them, a vector set for `project`
/// @endcode
template <std::floating_point T>
class basic_singular_directions {
  public:
    using value_type = T;

    /// `ov` or `qk`.
    const std::string& name() const { return name_; }

    /// (layer, head, direction), label column `head` = `L{layer}H{head}`.
    const svdlens::axes& axes() const { return left_.axes; }

    /// The extent of the first axis.
    std::size_t layers() const { return extent(0); }
    /// Heads of a layer.
    std::size_t heads() const { return extent(1); }
    /// Directions a head: min(d, r).
    std::size_t directions() const { return extent(2); }

    /// [layers, heads, directions], descending along directions.
    const basic_tensor<T>& singular_values() const { return values_; }

    /// S of one direction; 0 is the strongest.
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

    /// Either side, whatever it does with the stream: reading() and writing(), or query() and key(). @{
    const basic_vector_set<T>& left() const { return left_; }
    const basic_vector_set<T>& right() const { return right_; }
    /// @}

    /// What the heads read (OV). @throws argument_error (invalid_argument) for a QK set: ask for query()
    /// or key()
    const basic_vector_set<T>& reading() const {
        if (both_read()) wrong_side("reading", "query() or key()");
        return left_;
    }

    /// What the heads write (OV). @throws argument_error (invalid_argument) for a QK set, which
    /// writes nothing
    const basic_vector_set<T>& writing() const {
        if (both_read()) wrong_side("writing", "query() or key()");
        return right_;
    }

    /// What the heads' queries read (QK), `L1H2.q0`, and what their keys do, `L1H2.k0`: two nodes, each with its own
    /// inputs. @throws argument_error (invalid_argument) for an OV set
    const basic_vector_set<T>& query() const {
        if (!both_read()) wrong_side("query", "reading() or writing()");
        return left_;
    }

    /// @throws argument_error (invalid_argument) for an OV set
    const basic_vector_set<T>& key() const {
        if (!both_read()) wrong_side("key", "reading() or writing()");
        return right_;
    }

    /// One direction, d entries of unit length. @throws as the sets above
    std::span<const T> reading(std::size_t layer, std::size_t head, std::size_t k) const {
        return row(reading(), layer, head, k);
    }
    /// What it writes: d_model numbers of length 1.
    std::span<const T> writing(std::size_t layer, std::size_t head, std::size_t k) const {
        return row(writing(), layer, head, k);
    }
    /// Of a QK set: what the query side reads.
    std::span<const T> query(std::size_t layer, std::size_t head, std::size_t k) const {
        return row(query(), layer, head, k);
    }
    /// Of a QK set: what the key side reads.
    std::span<const T> key(std::size_t layer, std::size_t head, std::size_t k) const {
        return row(key(), layer, head, k);
    }

  private:
    friend detail::maker; // for singular_directions

    /// Puts together what `singular_directions` computed: per layer the directions of either side, and per
    /// (layer, head, direction) the singular value and the null-space mark.
    basic_singular_directions(const basic_factored_set<T>& set, std::vector<basic_matrix<T>> left,
                              std::vector<basic_matrix<T>> right, std::vector<T> singular_values,
                              const std::vector<bool>& null_space);

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

    [[noreturn]] void wrong_side(std::string_view asked, std::string_view instead) const;

    std::string name_;
    basic_vector_set<T> left_;
    basic_vector_set<T> right_;
    basic_tensor<T> values_;
    std::size_t null_count_ = 0;
};

/// The everyday set of directions, as it is written in signatures: `void f(const float_directions& heads)`.
using float_directions = basic_singular_directions<float>;

/// Decomposes every matrix of the set (see `factored_svd`), in parallel over layers and heads: the same bits
/// for any number of threads. Progress counts matrices. O(layers · heads · ((d + d2) r² + r³)); the result
/// holds layers · heads · min(d, r, d2) · (d + d2) values, a worker about (d + d2) r for each of
/// the up to sixteen heads that it decomposes side by side.
///
/// Null space: S_k <= d · eps · ‖A‖₂ ‖B‖₂ with eps of T, relative to the factors and not to S_0, so that it
/// is also found where the factors nearly cancel. The norms are upper bounds, at most r^(1/128) times the
/// true ones: 3 % for r = 64. A column of A and its row of B that are out of proportion by more than 2^16 are
/// evened out by a power of two first.
/// @throws numeric_error (non_finite) before any work, naming file, head, tensor and the first bad entry; and
///         for a head whose largest singular value exceeds T's range
/// @throws numeric_error (underflow) naming a head whose largest singular value is not 0 and vanishes below T's
///         range
/// @throws model_error (wrong_shape) when the factors do not fit each other
/// @throws cancelled_error
template <std::floating_point T>
basic_singular_directions<T> singular_directions(const basic_factored_set<T>& set, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/singular_directions.hpp"
#endif

#endif
