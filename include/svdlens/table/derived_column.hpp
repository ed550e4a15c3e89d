/// @file
/// Columns computed from a row's number and score: numbers and labels.
#ifndef SVDLENS_TABLE_DERIVED_COLUMN_HPP
#define SVDLENS_TABLE_DERIVED_COLUMN_HPP

#include <functional>
#include <string>

#include "../tensor/axes.hpp"

namespace svdlens::inline v0 {

/// A numeric column: a size, an opacity. Writers call it from several threads at once.
struct derived_column {
    std::string name;
    std::function<double(row_number, double)> value;
};

/// A text column: a flag, a class. Writers call it from several threads at once.
struct derived_label {
    std::string name;
    std::function<std::string(row_number, double)> text;
};

} // namespace svdlens::inline v0

#endif
