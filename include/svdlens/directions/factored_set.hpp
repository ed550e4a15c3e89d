/// @file
/// A batch of matrices W = A·B given by their factors: the OV or QK circuits of all heads of a model.
#ifndef SVDLENS_DIRECTIONS_FACTORED_SET_HPP
#define SVDLENS_DIRECTIONS_FACTORED_SET_HPP

#include <cassert>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../linalg/matrix.hpp"
#include "../tensor/axes.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0_2 {

/// W = a · b, never formed.
template <std::floating_point T>
struct basic_factored_matrix {
    basic_matrix<T> a;       ///< d × r
    basic_matrix<T> b;       ///< r × d2
    std::string a_name = {}; ///< the tensor that a comes from, for messages
    std::string b_name = {};
};

/// The axes (layer, head) with the label column `head` = `L{layer}H{head}`.
/// @throws argument_error (invalid_axes) when layers × heads exceeds 64 bits
inline axes head_axes(std::size_t layers, std::size_t heads) {
    return axes({{"layer", layers}, {"head", heads}}, {{"head", "L{layer}H{head}"}});
}

/// One factored matrix for every layer and head. A value; the matrices share their memory with the weights.
///
/// Left singular directions are on the d side of A, right ones on the d2 side of B; the ports say what either
/// side does with the residual stream. OV: reads and writes. QK: both read, query left and key right.
/// @code{.cpp}
/// auto ov = sl::ov_circuits(weights);    // W_V · W_O of every head, views of the weights
/// ov.heads();                            // = 4
/// auto& head = ov(1, 2);                 // head.a is d_model x d_head, head.b d_head x d_model
/// @endcode
template <std::floating_point T>
struct basic_factored_set {
    using value_type = T;

    std::string name;                               ///< `ov`, `qk`
    svdlens::axes axes = head_axes(0, 0);           ///< (layer, head)
    std::vector<basic_factored_matrix<T>> matrices; ///< one per row of `axes`
    residual_port left = {};
    residual_port right = {};
    bool left_centered = false;       ///< `basic_vector_set::centered` of the left singular directions
    bool right_centered = false;      ///< of the right ones
    std::string file = "(in memory)"; ///< for messages
    std::string provenance = {};      ///< file and processing, one line

    /// The extent of the first axis.
    std::size_t layers() const { return static_cast<std::size_t>(axes[0].extent); }
    /// The extent of the second axis.
    std::size_t heads() const { return static_cast<std::size_t>(axes[1].extent); }

    /// The factors of one head. Throws argument_error where there is no such head.
    const basic_factored_matrix<T>& operator()(std::size_t layer, std::size_t head) const {
        assert(layer < layers() && head < heads());
        return matrices[layer * heads() + head];
    }

    /// `L1H2` of the k-th matrix.
    std::string head_label(std::size_t k) const { return axes.label(k, "head"); }
};

using factored_matrix = basic_factored_matrix<float>;
using factored_set = basic_factored_set<float>;

} // namespace svdlens::inline v0_2

#endif
