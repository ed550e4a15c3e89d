/// @file
/// Which paths are more than chance: those of which every hop is.
#ifndef SVDLENS_CIRCUIT_PATH_TESTS_HPP
#define SVDLENS_CIRCUIT_PATH_TESTS_HPP

#include <concepts>
#include <optional>

#include "found_edges.hpp"
#include "path_places.hpp"
#include "top_paths.hpp"

namespace svdlens::inline v0_2 {

/// What the tests of a path's hops say of it: a path is real if every hop is.
struct path_test {
    double log10_p = 0;           ///< the largest of its hops'
    std::optional<double> q = {}; ///< the largest of its hops', where all of them are found
};

/// The test of a path by those of its edges: nothing where one of its hops was not tested. Hops between a neuron that
/// leads on and a head are in no table of edges. The largest p is valid for all hops together (an intersection-union
/// test), whatever their dependence; the product of their p would not be. O(hops · d_model).
/// @param found of the same model and directions: `find_edges(weights, heads)`
/// @throws argument_error (invalid_argument) when a node is none of its set's
template <std::floating_point T>
std::optional<path_test> test_of_path(const basic_path_places<T>& places, const circuit_path& path,
                                      const basic_found_edges<T>& found);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/path_tests.hpp"
#endif

#endif
