/// @file
/// Whether row numbers mean the same in two tables.
#ifndef SVDLENS_TABLE_DETAIL_ROWS_SAME_SHAPE_HPP
#define SVDLENS_TABLE_DETAIL_ROWS_SAME_SHAPE_HPP

#include <cstddef>
#include <string>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../tensor/axes.hpp"

namespace svdlens::inline v0_2::detail {

/// Row numbers mean the same in two tables when names and extents of their axes are the same, and so are the
/// labels where both have lists of them.
/// @throws argument_error (invalid_axes), naming the first difference
inline void check_same_shape(const std::string& verb, const axes& a, const axes& b) {
    const auto fail = [&](const std::string& difference) {
        throw argument_error(errc::invalid_axes, verb + ": expected rows of one table, found " + difference);
    };
    if (a.rank() != b.rank()) fail(to_text(a.rank()) + " axes and " + to_text(b.rank()));
    for (std::size_t k = 0; k < a.rank(); ++k) {
        if (a[k].name != b[k].name)
            fail("axis " + to_text(k) + " " + quoted(a[k].name) + " and " + quoted(b[k].name));
        if (a[k].extent != b[k].extent)
            fail("axis " + quoted(a[k].name) + " of extent " + to_text(a[k].extent) + " and " +
                 to_text(b[k].extent));
        if (a[k].labels && b[k].labels && a[k].labels != b[k].labels && *a[k].labels != *b[k].labels)
            fail("other labels along axis " + quoted(a[k].name));
    }
}

} // namespace svdlens::inline v0_2::detail

#endif
