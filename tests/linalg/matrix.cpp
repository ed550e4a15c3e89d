#include "support/catch.hpp"

#include <memory>
#include <vector>

#include "svdlens/linalg/matrix.hpp"

namespace sl = svdlens;

TEST_CASE("a matrix of the wrong number of values is refused") {
    REQUIRE_THROWS_AS(sl::matrix({1, 2, 3}, 2, 2), sl::argument_error);
    CHECK(sl::matrix().rows() == 0);
    CHECK(sl::matrix({}, 0, 5).columns() == 5);
}

TEST_CASE("slices and transposes view the same values") {
    const sl::matrix m({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 3, 4);
    const auto turned = m.transposed();
    CHECK(turned.rows() == 4);
    CHECK(turned(3, 1) == 7);
    CHECK(turned.data() == m.data());
    const auto rows = m.row_range(1, 2);
    CHECK(rows.rows() == 2);
    CHECK(rows(1, 0) == 8);
    const auto columns = m.column_range(1, 2);
    CHECK(columns.columns() == 2);
    CHECK(columns(2, 1) == 10);
    CHECK(columns.row_stride() == 4);
    const auto both = turned.column_range(2, 1).row_range(1, 3);
    CHECK(both.rows() == 3);
    CHECK(both.columns() == 1);
    CHECK(both(2, 0) == 11);
    CHECK(m.row_range(3, 0).rows() == 0);
}

TEST_CASE("a slice keeps the values alive") {
    sl::matrix slice;
    std::weak_ptr<const void> owner;
    {
        const sl::matrix m({1, 2, 3, 4}, 2, 2);
        owner = m.owner();
        slice = m.transposed().row_range(1, 1);
    }
    CHECK_FALSE(owner.expired());
    CHECK(slice(0, 1) == 4);
    slice = {};
    CHECK(owner.expired());
}
