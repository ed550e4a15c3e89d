/// @file
/// Which things of one kind belong to which of another: the assignment of the largest sum.
#ifndef SVDLENS_LINALG_ASSIGNMENT_HPP
#define SVDLENS_LINALG_ASSIGNMENT_HPP

#include <cstddef>
#include <vector>

#include "matrix.hpp"

namespace svdlens::inline v0_2 {

/// The column of every row, each column once at most, for which Σ values(row, column) is largest: exact, by
/// shortest augmenting paths on a dual (Kuhn 1955, Munkres 1957; the form of Jonker and Volgenant 1987). Of
/// several best ones always the same. O(rows² · columns), holds 5 numbers a column.
/// @throws argument_error (invalid_argument) for more rows than columns, or a value that is not finite
std::vector<std::size_t> best_assignment(const basic_matrix<double>& values);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/assignment.hpp"
#endif

#endif
