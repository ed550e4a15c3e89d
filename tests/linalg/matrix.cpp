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

TEST_CASE("a matrix is a tensor of two axes, viewed where its rows adjoin and copied where not") {
    const sl::matrix m({1, 2, 3, 4, 5, 6}, 2, 3);
    const auto viewed = sl::to_tensor(m);
    CHECK(viewed.data() == m.data());
    CHECK(std::vector<std::uint64_t>(viewed.shape().begin(), viewed.shape().end()) ==
          std::vector<std::uint64_t>{2, 3});
    const auto turned = sl::to_tensor(m.transposed());
    CHECK(std::vector<float>(turned.values().begin(), turned.values().end()) ==
          std::vector<float>{1, 4, 2, 5, 3, 6});
    CHECK(sl::to_tensor(sl::matrix()).size() == 0);
}
