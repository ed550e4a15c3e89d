#include "svdlens/linalg/matrix.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"

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

namespace {

/// Entry (i, j) is 10 i + j; counts how often values were made, and how many.
struct counting_maker {
    std::atomic<int>* calls;
    std::atomic<std::size_t>* values;
    bool column_major = false;

    sl::matrix operator()(const sl::matrix_part& part) const {
        ++*calls;
        *values += part.rows * part.columns;
        std::vector<float> made;
        const std::size_t outer = column_major ? part.columns : part.rows;
        const std::size_t inner = column_major ? part.rows : part.columns;
        for (std::size_t a = 0; a < outer; ++a)
            for (std::size_t b = 0; b < inner; ++b) {
                const std::size_t i = part.row + (column_major ? b : a),
                                  j = part.column + (column_major ? a : b);
                made.push_back(static_cast<float>(10 * i + j));
            }
        const sl::matrix m(std::move(made), outer, inner);
        return column_major ? m.transposed() : m;
    }
};

} // namespace

TEST_CASE("a deferred matrix makes what is asked for, each time, and keeps nothing") {
    std::atomic<int> calls{0};
    std::atomic<std::size_t> values{0};
    const bool column_major = GENERATE(false, true);
    const auto m = sl::deferred_matrix<float>(4, 6, counting_maker{&calls, &values, column_major});
    CHECK(m.rows() == 4);
    CHECK(m.columns() == 6);
    CHECK(m.is_deferred());
    CHECK(calls == 0);

    const auto slice = m.row_range(1, 3).transposed().row_range(2, 3).column_range(1, 2).transposed();
    CHECK(calls == 0);
    const auto made = slice.resident(); // rows 2 and 3, columns 2, 3, 4
    CHECK(calls == 1);
    CHECK(values == 6);
    CHECK_FALSE(made.is_deferred());
    CHECK(made.resident().data() == made.data());
    REQUIRE(made.rows() == 2);
    REQUIRE(made.columns() == 3);
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 3; ++j) CHECK(made(i, j) == static_cast<float>(10 * (2 + i) + 2 + j));
    const auto first = m.resident(), second = m.resident();
    CHECK(first.data() != second.data());
    CHECK(m.transposed().resident()(5, 3) == 35);
    CHECK(m.row_range(4, 0).resident().rows() == 0);
}

TEST_CASE("asked for its address or an entry, a deferred matrix keeps all its values") {
    std::atomic<int> calls{0};
    std::atomic<std::size_t> values{0};
    const bool column_major = GENERATE(false, true);
    const auto m = sl::deferred_matrix<float>(4, 6, counting_maker{&calls, &values, column_major});
    const auto slice = m.transposed().row_range(1, 4).column_range(2, 2); // 4 x 2: columns 1..4, rows 2 and 3
    CHECK(slice(3, 1) == 34);
    CHECK(slice(0, 0) == 21);
    CHECK(slice.data()[3 * slice.row_stride() + 1 * slice.column_stride()] == 34);
    CHECK(slice.data() == slice.resident().data());
    CHECK(m.resident().data() == m.data());
    CHECK(calls == 1);
    CHECK(values == 24);
}

TEST_CASE("a deferred matrix outlives what it was made of, and its slices keep it") {
    std::weak_ptr<const void> owner;
    sl::matrix slice;
    {
        const sl::matrix stored({1, 2, 3, 4}, 2, 2);
        owner = stored.owner();
        slice = sl::deferred_matrix<float>(2, 2, [stored](const sl::matrix_part& part) {
                    return stored.row_range(part.row, part.rows).column_range(part.column, part.columns);
                }).row_range(1, 1);
    }
    CHECK_FALSE(owner.expired());
    CHECK(slice(0, 1) == 4);
    slice = {};
    CHECK(owner.expired());
}

TEST_CASE("many threads get the same values of a deferred matrix") {
    std::atomic<int> calls{0};
    std::atomic<std::size_t> values{0};
    const auto m = sl::deferred_matrix<float>(30, 40, counting_maker{&calls, &values});
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 5; ++t)
        threads.emplace_back([&m, &wrong] {
            if (m.resident()(29, 39) != 329 || m(29, 39) != 329 || m.data()[41] != 11) ++wrong;
        });
    for (auto& each : threads) each.join();
    CHECK(wrong == 0);
}

TEST_CASE("what fails while values are made reaches who asked, and may go well later") {
    bool fails = true;
    const auto m = sl::deferred_matrix<float>(1, 1, [&fails](const sl::matrix_part&) -> sl::matrix {
        if (fails) throw std::runtime_error("no");
        return sl::matrix({7}, 1, 1);
    });
    CHECK_THROWS_AS(m.resident(), std::runtime_error);
    CHECK_THROWS_AS(m(0, 0), std::runtime_error);
    fails = false;
    CHECK(m(0, 0) == 7);
}
