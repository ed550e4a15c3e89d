/// @file
/// The bodies of directions/matched_directions.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_MATCHED_DIRECTIONS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_MATCHED_DIRECTIONS_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../linalg/assignment.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../matched_directions.hpp"
#include "../../singular_directions.hpp"
#include "../products.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// @throws argument_error (invalid_argument)
template <std::floating_point T>
void require_matchable(const basic_singular_directions<T>& before, const basic_singular_directions<T>& after,
                       const std::vector<std::size_t>& partners) {
    const auto text = [](const basic_singular_directions<T>& of) {
        return to_text(of.layers()) + " x " + to_text(of.heads()) + " x " + to_text(of.directions()) +
               " directions of " + to_text(of.left().d_model()) + " and " + to_text(of.right().d_model()) +
               " entries, " + quoted(of.name());
    };
    const auto expect = [](bool fits, const std::string& expected, const std::string& found) {
        if (!fits)
            throw argument_error(errc::invalid_argument,
                                 "match_directions: expected " + expected + ", found " + found);
    };
    expect(text(before) == text(after), text(before), text(after));
    const std::size_t heads = before.layers() * before.heads();
    expect(partners.size() == heads, "a partner for each of " + to_text(heads) + " heads",
           to_text(partners.size()));
    for (const auto each : partners) expect(each < heads, "partners below " + to_text(heads), to_text(each));
}

/// The directions of one head: one a row, as many as are more than null space, and their values.
template <std::floating_point T>
struct head_sides {
    head_sides(const basic_singular_directions<T>& of, std::size_t number) :
        layer(number / of.heads()), head(number % of.heads()) {
        const std::size_t first = head * of.directions();
        std::size_t count = 0;
        while (count < of.directions() && !of.is_null(layer, head, count)) ++count;
        left = in_double(of.left().layers[layer].row_range(first, count));
        right = in_double(of.right().layers[layer].row_range(first, count));
        for (std::size_t k = 0; k < count; ++k)
            values.push_back(static_cast<double>(of.singular_value(layer, head, k)));
    }

    std::size_t layer;
    std::size_t head;
    basic_matrix<double> left;
    basic_matrix<double> right;
    std::vector<double> values;
};

template <std::floating_point T>
std::vector<direction_match> match_head(const head_sides<T>& k, const head_sides<T>& j) {
    if (k.values.empty() || j.values.empty()) return {};
    const auto left = multiply(k.left, j.left.transposed()), right = multiply(k.right, j.right.transposed());
    const std::size_t rows = left.rows(), columns = left.columns();
    std::vector<double> gains(rows * columns);
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t l = 0; l < columns; ++l)
            gains[i * columns + l] =
                std::sqrt(k.values[i]) * std::sqrt(j.values[l]) * std::abs(left(i, l) * right(i, l));
    const basic_matrix<double> all(std::move(gains), rows, columns);
    const bool is_wide = rows <= columns;
    const auto found = best_assignment(is_wide ? all : all.transposed());
    std::vector<std::size_t> of_row(rows, columns);
    for (std::size_t i = 0; i < found.size(); ++i)
        (is_wide ? of_row[i] : of_row[found[i]]) = is_wide ? found[i] : i;
    std::vector<direction_match> result;
    for (std::size_t i = 0; i < rows; ++i)
        if (const auto l = of_row[i]; l != columns)
            result.push_back({k.layer, k.head, i, j.layer, j.head, l, left(i, l), right(i, l)});
    return result;
}

} // namespace detail

template <std::floating_point T>
std::vector<direction_match> match_directions(const basic_singular_directions<T>& before,
                                              const basic_singular_directions<T>& after,
                                              const direction_match_options& options, const execution& run) {
    struct slot {
        detail::one_eigen_thread held = {};
        std::vector<direction_match> found = {};
    };
    auto partners = options.partners;
    if (partners.empty()) {
        partners.resize(before.layers() * before.heads());
        std::iota(partners.begin(), partners.end(), std::size_t{0});
    }
    detail::require_matchable(before, after, partners);
    std::vector<direction_match> all;
    const auto compute = [&](std::size_t k, slot& s) {
        s.found =
            detail::match_head(detail::head_sides<T>(before, k), detail::head_sides<T>(after, partners[k]));
    };
    const auto merge = [&](std::size_t, slot& s) {
        std::move(s.found.begin(), s.found.end(), std::back_inserter(all));
    };
    for_blocks_in_order<slot>(partners.size(), partners.size(), run, compute, merge);
    return all;
}

#ifdef SVDLENS_COMPILED
template std::vector<direction_match> match_directions(const basic_singular_directions<float>& before,
                                                       const basic_singular_directions<float>& after,
                                                       const direction_match_options& options,
                                                       const execution& run);
template std::vector<direction_match> match_directions(const basic_singular_directions<double>& before,
                                                       const basic_singular_directions<double>& after,
                                                       const direction_match_options& options,
                                                       const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
