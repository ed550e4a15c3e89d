/// @file
/// What is common to tables of a number for every head.
#ifndef SVDLENS_DIRECTIONS_DETAIL_HEAD_TABLES_HPP
#define SVDLENS_DIRECTIONS_DETAIL_HEAD_TABLES_HPP

#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../table/long_table.hpp"
#include "../factored_set.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What the weights' own rounding and that of our sums may change, over the sizes of what is multiplied.
template <std::floating_point T>
double rounding_of(std::size_t terms) {
    return static_cast<double>(std::numeric_limits<T>::epsilon()) +
           static_cast<double>(terms) * std::numeric_limits<double>::epsilon();
}

template <std::floating_point T>
basic_long_table<T> head_table(const basic_factored_set<T>& set, std::vector<T> values, std::string title) {
    auto axes = set.axes;
    axes.set_title(std::move(title));
    axes.set_provenance(set.provenance);
    return long_table(std::move(values), std::move(axes));
}

/// @throws model_error (wrong_shape) unless heads read vectors of the one width, and write for those of the
///         other
template <std::floating_point T>
void require_vectors_of_width(const basic_factored_set<T>& set, const std::string& from,
                              std::size_t from_width, const std::string& to, std::size_t to_width) {
    if (set.matrices.empty()) return;
    const auto expect = [&](const std::string& name, std::size_t width, std::size_t d) {
        if (width == d) return;
        throw model_error(errc::wrong_shape, set.file + ": " + set.name + " and " + quoted(name) +
                                                 ": expected vectors of " + to_text(d) + " entries, found " +
                                                 to_text(width));
    };
    expect(from, from_width, set.matrices.front().a.rows());
    expect(to, to_width, set.matrices.front().b.columns());
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
