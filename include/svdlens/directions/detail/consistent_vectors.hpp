/// @file
/// Whether the parts of a vector set fit each other.
#ifndef SVDLENS_DIRECTIONS_DETAIL_CONSISTENT_VECTORS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_CONSISTENT_VECTORS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../vector_set.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// @throws argument_error (invalid_axes) when matrices, axes, singular values or marks do not fit
template <std::floating_point T>
void require_consistent(const basic_vector_set<T>& set) {
    const auto expect = [&](bool fits, const std::string& what) {
        if (!fits) throw argument_error(errc::invalid_axes, "vector set " + quoted(set.name) + ": " + what);
    };
    const std::uint64_t layers = set.layered() ? set.axes[0].extent : 1;
    expect(set.layers.size() == layers,
           "expected " + to_text(layers) + " matrices, one a layer, found " + to_text(set.layers.size()));
    expect(set.axes.shape_rows() == layers * set.size(), "expected " + to_text(set.axes.shape_rows()) +
                                                             " vectors by its axes, found " +
                                                             to_text(layers * set.size()));
    for (const auto& m : set.layers)
        expect(m.rows() == 0 || (m.rows() == set.size() && m.columns() == set.d_model()),
               "layers differ in shape");
    const auto fits = [&](const auto& lists) {
        bool all = lists.empty() || lists.size() == set.layers.size();
        for (std::size_t l = 0; all && l < lists.size(); ++l) all = lists[l].size() == set.layers[l].rows();
        return all;
    };
    expect(fits(set.singular_values), "expected a singular value for every vector");
    expect(fits(set.null_space), "expected a null-space mark for every vector");
    expect(fits(set.dead), "expected a mark of dead or not for every vector");
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
