/// @file
/// The rows of a selection, to be compared with a list.
#ifndef SVDLENS_TESTS_SUPPORT_ROWS_OF_HPP
#define SVDLENS_TESTS_SUPPORT_ROWS_OF_HPP

#include <vector>

#include "svdlens/table/selection.hpp"

namespace svdlens_tests {

using rows = std::vector<svdlens::row_number>;

template <class T>
rows rows_of(const svdlens::basic_selection<T>& selection) {
    return {selection.rows().begin(), selection.rows().end()};
}

} // namespace svdlens_tests

#endif
