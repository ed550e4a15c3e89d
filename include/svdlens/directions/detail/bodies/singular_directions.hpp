/// @file
/// The bodies of directions/singular_directions.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_SINGULAR_DIRECTIONS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_SINGULAR_DIRECTIONS_HPP

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../../tensor/axes.hpp"
#include "../../../tensor/tensor.hpp"
#include "../../factored_set.hpp"
#include "../../singular_directions.hpp"
#include "../../vector_set.hpp"
#include "../decompose_heads.hpp"
#include "../factored_batch.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The sides of an OV circuit.
enum class head_side { reading, writing };

/// One side's directions; a worker forms the other side for one head at a time, for the sign rule.
template <std::floating_point T>
basic_vector_set<T> head_directions(const basic_factored_set<T>& set, head_side side, const execution& run) {
    const bool reading = side == head_side::reading;
    if (both_sides_read(set))
        throw_wrong_side(set.name, reading ? "reading" : "writing",
                         "singular_directions(...).query() or .key()");
    const auto shape = checked_shape(set, run);
    side_directions<T> kept(shape, reading ? shape.left_width : shape.right_width);
    const std::size_t other_size = shape.directions * (reading ? shape.right_width : shape.left_width);
    head_spectra<T> spectra(set.matrices.size(), shape.directions);
    decompose_heads(set, spectra, run,
                    [&](std::size_t k, std::vector<T>& other) {
                        other.resize(other_size);
                        T* const left = reading ? kept.head(k) : other.data();
                        T* const right = reading ? other.data() : kept.head(k);
                        return svd_target<T>{left, right, spectra.of(k)};
                    },
                    {&kept});
    return direction_set(set, reading ? circuit_side::left : circuit_side::right, kept.matrices(),
                         spectra.values, spectra.null_space());
}

} // namespace detail

template <std::floating_point T>
basic_vector_set<T> writing_directions(const basic_factored_set<T>& set, const execution& run) {
    return detail::head_directions(set, detail::head_side::writing, run);
}

template <std::floating_point T>
basic_vector_set<T> reading_directions(const basic_factored_set<T>& set, const execution& run) {
    return detail::head_directions(set, detail::head_side::reading, run);
}

template <std::floating_point T>
basic_singular_directions<T>::basic_singular_directions(const basic_factored_set<T>& set,
                                                        std::vector<basic_matrix<T>> left,
                                                        std::vector<basic_matrix<T>> right,
                                                        std::vector<T> singular_values,
                                                        const std::vector<bool>& null_space) :
    name_(set.name),
    left_(
        detail::direction_set(set, detail::circuit_side::left, std::move(left), singular_values, null_space)),
    right_(detail::direction_set(set, detail::circuit_side::right, std::move(right), singular_values,
                                 null_space)) {
    if (both_read()) {
        left_.name += "_query";
        left_.identity = {"direction", "{head}.q{direction}", left_.name};
        right_.name += "_key";
        right_.identity = {"direction", "{head}.k{direction}", right_.name};
    }
    values_ = basic_tensor<T>(std::move(singular_values), {layers(), heads(), directions()});
    null_count_ = static_cast<std::size_t>(std::count(null_space.begin(), null_space.end(), true));
}

template <std::floating_point T>
[[noreturn]] void basic_singular_directions<T>::wrong_side(std::string_view asked,
                                                           std::string_view instead) const {
    detail::throw_wrong_side(name_, asked, instead);
}

template <std::floating_point T>
basic_singular_directions<T> singular_directions(const basic_factored_set<T>& set, const execution& run) {
    const auto shape = detail::checked_shape(set, run);
    detail::side_directions<T> left(shape, shape.left_width);
    detail::side_directions<T> right(shape, shape.right_width);
    detail::head_spectra<T> spectra(set.matrices.size(), shape.directions);
    detail::decompose_heads(set, spectra, run,
                            [&](std::size_t k, std::vector<T>&) {
                                return detail::svd_target<T>{left.head(k), right.head(k), spectra.of(k)};
                            },
                            {&left, &right});
    const auto null_space = spectra.null_space();
    return detail::maker::make<basic_singular_directions<T>>(set, left.matrices(), right.matrices(),
                                                             std::move(spectra.values), null_space);
}

#ifdef SVDLENS_COMPILED
template basic_vector_set<float> writing_directions(const basic_factored_set<float>& set,
                                                    const execution& run);
template basic_vector_set<double> writing_directions(const basic_factored_set<double>& set,
                                                     const execution& run);
template basic_vector_set<float> reading_directions(const basic_factored_set<float>& set,
                                                    const execution& run);
template basic_vector_set<double> reading_directions(const basic_factored_set<double>& set,
                                                     const execution& run);
template class basic_singular_directions<float>;
template class basic_singular_directions<double>;
template basic_singular_directions<float> singular_directions(const basic_factored_set<float>& set,
                                                              const execution& run);
template basic_singular_directions<double> singular_directions(const basic_factored_set<double>& set,
                                                               const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
