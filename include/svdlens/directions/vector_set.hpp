/// @file
/// Sets of vectors in the residual stream: what heads, neurons, tokens and features read from it and write
/// to it.
#ifndef SVDLENS_DIRECTIONS_VECTOR_SET_HPP
#define SVDLENS_DIRECTIONS_VECTOR_SET_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "../linalg/detail/row_lengths.hpp"
#include "../linalg/matrix.hpp"
#include "../linalg/scaled_matrix.hpp"
#include "../tensor/axes.hpp"

namespace svdlens::inline v0_2 {

/// Whether a vector set takes from the residual stream, adds to it, or neither (a probe).
enum class flow { none, reads, writes };

/// Where along the residual stream a vector set is attached. What is written at one position is seen by what
/// reads at a later one; layer l is at `first + l * per_layer`.
struct residual_port {
    svdlens::flow flow = svdlens::flow::none;
    std::int64_t first = 0;
    std::int64_t per_layer = 0;

    /// Where on the residual stream's line a layer's vectors stand.
    std::int64_t at(std::uint64_t layer) const {
        return first + static_cast<std::int64_t>(layer) * per_layer;
    }
};

/// Vectors of d_model entries with named axes. The axis `layer`, where there is one, is the first.
///
/// `layers[l]` holds the vectors of layer l as **rows** (n × d_model, the order of the remaining axes); a set
/// without a layer axis has one such matrix. A layer may lack what others have: its matrix has no rows then,
/// and no table has rows of it. Matrices are views: a set made from weights copies nothing.
/// @code{.cpp}
/// auto neurons = weights.mlp_in();       // what each neuron reads: axes layer, neuron
/// neurons.layers[2].rows();              // = 192; a vector a row
/// auto unit = sl::normalized(neurons);   // at length 1, deferred
/// @endcode
template <std::floating_point T>
struct basic_vector_set {
    using value_type = T;

    std::string name;   ///< part of a section's name: `ov`, `mlp_in`, `unembed`
    svdlens::axes axes; ///< (layer, neuron), (action), (layer, head, direction), ...
    /// What one vector is called: `L{layer}N{neuron}`, entity `neuron`. A name means what
    /// `axes.add(identity)` takes it for: a label column or else an axis, its own name the axis.
    label_column identity;
    std::vector<basic_matrix<T>> layers;
    residual_port port = {};
    /// Whether the vectors lie in the d_model - 1 dimensions orthogonal to (1, ..., 1), because their means were
    /// taken out: what reads behind a folded LayerNorm, what writes after `center_writing_weights`. It is said
    /// by who took them out, never found in the numbers.
    bool centered = false;
    /// The singular value of each vector, by layer; empty: vectors without one (all count as 1).
    std::vector<std::vector<T>> singular_values = {};
    /// Which vectors are null space, by layer; empty: none is.
    std::vector<std::vector<bool>> null_space = {};
    /// Which vectors are marked as dead (`leave_out`), by layer: no projection has rows of them; empty: none is.
    std::vector<std::vector<bool>> dead = {};
    std::string provenance = {}; ///< file and processing, one line

    /// Whether the outermost axis is `layer`.
    bool layered() const { return axes.rank() != 0 && axes[0].name == "layer"; }

    /// The number of vectors in a layer that has some.
    std::size_t size() const { return of_layers().rows(); }

    /// Entries of a vector.
    std::size_t d_model() const { return of_layers().columns(); }

    /// Whether a layer has none of the vectors that others have.
    bool lacks(std::size_t layer) const { return layers[layer].rows() == 0; }

    /// The singular value of vector k of a layer; 1 where the set has none.
    T singular_value(std::size_t layer, std::size_t k) const {
        return singular_values.empty() ? T{1} : singular_values[layer][k];
    }

    /// Whether vector k of a layer is arbitrary because its singular value is numerically zero.
    bool is_null(std::size_t layer, std::size_t k) const {
        return !null_space.empty() && null_space[layer][k];
    }

    /// Whether vector k of a layer is marked as dead.
    bool is_dead(std::size_t layer, std::size_t k) const { return !dead.empty() && dead[layer][k]; }

  private:
    /// The vectors of the first layer that has some.
    const basic_matrix<T>& of_layers() const {
        static const basic_matrix<T> none;
        for (const auto& each : layers)
            if (each.rows() != 0) return each;
        return layers.empty() ? none : layers.front();
    }
};

using vector_set = basic_vector_set<float>;

/// Where a matrix of vectors is looked at.
enum class seen_space {
    whole,   ///< as they are
    centred, ///< without their means: what is seen of them behind a LayerNorm
};

namespace detail {

/// The rows at unit length; a zero row stays zero.
template <std::floating_point T>
basic_matrix<T> unit_rows(basic_matrix<T> m) {
    const auto lengths = row_lengths(m);
    const std::vector<double> unshifted(m.columns());
    std::vector<double> powers, factors;
    for (const auto& length : lengths) {
        powers.push_back(std::ldexp(1.0, -length.exponent));
        factors.push_back(length.value != 0 ? 1 / length.value : 0);
    }
    // One factor alone would leave double's range.
    const auto is_scaled = [](const scaled_number& length) { return length.exponent != 0; };
    if (std::any_of(lengths.begin(), lengths.end(), is_scaled)) m = scaled_matrix(m, powers, unshifted);
    return scaled_matrix(m, factors, unshifted);
}

} // namespace detail

/// A set of the same vectors at unit length; a zero vector stays zero. The lengths are taken at once, O(n ·
/// d_model); the vectors are deferred, scaled when they are asked for.
template <std::floating_point T>
basic_vector_set<T> normalized(basic_vector_set<T> set) {
    for (auto& m : set.layers) m = detail::unit_rows(m);
    set.provenance += set.provenance.empty() ? "unit length" : "; unit length";
    return set;
}

} // namespace svdlens::inline v0_2

#endif
