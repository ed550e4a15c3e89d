/// @file
/// The bodies of directions/principal_directions.hpp.
#ifndef SVDLENS_DIRECTIONS_DETAIL_BODIES_PRINCIPAL_DIRECTIONS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_BODIES_PRINCIPAL_DIRECTIONS_HPP

#include <concepts>
#include <string>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../principal_directions.hpp"
#include "../../vector_set.hpp"
#include "../consistent_vectors.hpp"
#include "../gram_sum.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
basic_vector_set<T> principal_directions(const basic_vector_set<T>& set, seen_space space,
                                         const execution& run) {
    detail::require_consistent(set);
    if (set.layered())
        throw argument_error(errc::invalid_argument,
                             "principal_directions: expected vectors without layers, found " +
                                 quoted(set.name));
    const detail::gram_sum<T> all(set, space, run);
    basic_vector_set<T> result{.name = set.name,
                               .axes = svdlens::axes({axis("matrix", std::vector<std::string>{set.name}),
                                                      {"direction", set.d_model()}}),
                               .identity = {"direction", "{matrix}.{direction}"},
                               .layers = {},
                               .port = set.port,
                               .centered = set.centered || space == seen_space::centred,
                               .provenance = set.provenance};
    detail::set_directions(result, all.sum(run), all.scale());
    return result;
}

#ifdef SVDLENS_COMPILED
template basic_vector_set<float> principal_directions(const basic_vector_set<float>&, seen_space,
                                                      const execution&);
template basic_vector_set<double> principal_directions(const basic_vector_set<double>&, seen_space,
                                                       const execution&);
#endif

} // namespace svdlens::inline v0_2

#endif
