/// @file
/// What is refused of factored matrices: shapes that do not fit, entries that are no numbers.
#ifndef SVDLENS_DIRECTIONS_DETAIL_FACTOR_CHECKS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_FACTOR_CHECKS_HPP

#include <concepts>
#include <cstddef>
#include <string>

#include "../../core/detail/without_progress.hpp"
#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../linalg/detail/finite.hpp"
#include "../../linalg/matrix.hpp"
#include "../factored_set.hpp"

namespace svdlens::inline v0_2 {

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

/// Always names the first one in the order of heads, however many threads look. O(entries).
/// @throws numeric_error (non_finite); cancelled_error
template <std::floating_point T>
void require_finite_factors(const basic_factored_set<T>& set, const execution& run) {
    const auto check = [&](std::size_t k, bool& finite) {
        finite = all_finite(set.matrices[k].a) && all_finite(set.matrices[k].b);
    };
    const auto refuse = [&](std::size_t k, bool& finite) {
        if (finite) return;
        require_finite(set.matrices[k].a, describe_factor(set, k, set.matrices[k].a_name));
        require_finite(set.matrices[k].b, describe_factor(set, k, set.matrices[k].b_name));
    };
    const execution quietly = without_progress(run);
    for_blocks_in_order<bool>(set.matrices.size(), set.matrices.size(), quietly, check, refuse);
}

/// Refuses what cannot be multiplied head by head.
/// @throws argument_error (invalid_argument) when the circuits are not square; as the two above
template <std::floating_point T>
void require_composable(const basic_factored_set<T>& set, const execution& run) {
    require_uniform(set);
    require_finite_factors(set, run);
    if (set.matrices.empty() || set.matrices.front().a.rows() == set.matrices.front().b.columns()) return;
    throw argument_error(errc::invalid_argument, set.file + ": " + set.name +
                                                     ": expected square circuits, found " +
                                                     to_text(set.matrices.front().a.rows()) + " x " +
                                                     to_text(set.matrices.front().b.columns()));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
