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

#include "../core/error.hpp"
#include "../core/text.hpp"
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
template <std::floating_point T>
struct basic_factored_set {
    using value_type = T;

    std::string name;                               ///< `ov`, `qk`
    svdlens::axes axes = head_axes(0, 0);           ///< (layer, head)
    std::vector<basic_factored_matrix<T>> matrices; ///< one per row of `axes`
    residual_port left = {};
    residual_port right = {};
    std::string file = "(in memory)"; ///< for messages
    std::string provenance = {};      ///< file and processing, one line

    std::size_t layers() const { return static_cast<std::size_t>(axes[0].extent); }
    std::size_t heads() const { return static_cast<std::size_t>(axes[1].extent); }

    const basic_factored_matrix<T>& operator()(std::size_t layer, std::size_t head) const {
        assert(layer < layers() && head < heads());
        return matrices[layer * heads() + head];
    }

    /// `L1H2` of the k-th matrix.
    std::string head_label(std::size_t k) const { return axes.label(k, "head"); }
};

using factored_matrix = basic_factored_matrix<float>;
using factored_set = basic_factored_set<float>;

namespace detail {

template <class T>
std::string shape_text(const basic_matrix<T>& m) {
    return to_text(m.rows()) + " x " + to_text(m.columns());
}

/// `file: ov of L1H2, tensor "blocks.1.attn.W_V"`
template <class T>
std::string describe_factor(const basic_factored_set<T>& set, std::size_t k, const std::string& tensor) {
    return set.file + ": " + set.name + " of " + set.head_label(k) +
           (tensor.empty() ? std::string() : ", tensor " + quoted(tensor));
}

template <class T>
void require_shape(const basic_factored_set<T>& set, std::size_t k, const basic_matrix<T>& found,
                   const basic_matrix<T>& expected, const std::string& tensor) {
    if (found.rows() == expected.rows() && found.columns() == expected.columns()) return;
    throw model_error(errc::wrong_shape, describe_factor(set, k, tensor) +
                                             ": expected the shape of the first head, " +
                                             shape_text(expected) + ", found " + shape_text(found));
}

/// @throws argument_error (invalid_axes) unless the axes are (layer, head) with a matrix for each row
/// @throws model_error (wrong_shape) unless all factors fit each other and those of the first head
template <class T>
void require_uniform(const basic_factored_set<T>& set) {
    if (set.axes.rank() != 2 || set.axes.shape_rows() != set.matrices.size() ||
        set.axes.find_label_column("head") == nullptr)
        throw argument_error(errc::invalid_axes, "factored set " + quoted(set.name) +
                                                     ": expected a matrix for every (layer, head), found " +
                                                     to_text(set.matrices.size()));
    for (std::size_t k = 0; k < set.matrices.size(); ++k) {
        const auto& each = set.matrices[k];
        require_shape(set, k, each.a, set.matrices[0].a, each.a_name);
        require_shape(set, k, each.b, set.matrices[0].b, each.b_name);
        if (each.a.columns() != each.b.rows())
            throw model_error(errc::wrong_shape, describe_factor(set, k, each.b_name) + ": expected " +
                                                     to_text(each.a.columns()) + " rows, found " +
                                                     shape_text(each.b));
    }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
