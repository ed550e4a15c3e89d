#include "svdlens/adapt/eigen.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "svdlens/table/long_table.hpp"

namespace sl = svdlens;

namespace {

template <class Matrix>
Matrix numbered(Eigen::Index rows, Eigen::Index columns) {
    Matrix m(rows, columns);
    for (Eigen::Index r = 0; r < rows; ++r)
        for (Eigen::Index c = 0; c < columns; ++c)
            m(r, c) = static_cast<typename Matrix::Scalar>(r * columns + c);
    return m;
}

template <class Table>
void check_numbered(const Table& table, std::uint64_t rows) {
    REQUIRE(table.max_rows() == rows);
    for (std::uint64_t row = 0; row < rows; ++row) CHECK(table.find(row) == static_cast<double>(row));
}

using row_major = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The least that is a wide table.
struct small_wide {
    using value_type = double;
    std::vector<double> cells{0, 1, 2, 3, 4, 5};
    std::span<const double> values() const { return cells; }
    std::size_t row_count() const { return 2; }
    std::size_t column_count() const { return 3; }
};

template <class Table>
concept viewable = requires(Table&& table) { sl::to_eigen(std::forward<Table>(table)); };

/// Two rows of three, one of them absent.
sl::basic_long_table<float> table_with_a_hole() {
    const sl::tiling tiles(3, {0, 1}, {{0, {0, 1}, {{0, 3}}}, {3, {0, 1}, {{0, 2}}}}, {1, 3});
    return {sl::axes({{"a", 2}, {"b", 3}}), {std::vector<float>(5), {5}}, tiles};
}

} // namespace

TEST_CASE("a row-major matrix is viewed, a column-major one is copied into row order") {
    const auto rows = numbered<row_major>(3, 4);
    const auto columns = numbered<Eigen::MatrixXd>(3, 4);
    const auto viewed = sl::long_table(rows, {"head", "neuron"});
    const auto copied = sl::long_table(columns, {"head", "neuron"});
    CHECK(viewed.values().data() == rows.data());
    CHECK(copied.values().data() != columns.data());
    CHECK(viewed.axes()[1].extent == 4);
    check_numbered(viewed, 12);
    check_numbered(copied, 12);
}

TEST_CASE("an rvalue matrix is moved in, an rvalue view is copied") {
    auto matrix = numbered<row_major>(5, 3);
    const float* data = matrix.data();
    const auto copied = sl::long_table(matrix.topRows(4), {"a", "b"});
    CHECK(copied.values().data() != data);
    check_numbered(copied, 12);
    const auto mapped = sl::long_table(Eigen::Map<const row_major>(data, 5, 3), {"a", "b"});
    CHECK(mapped.values().data() != data);
    check_numbered(mapped, 15);
    const auto moved = sl::long_table(std::move(matrix), {"a", "b"});
    CHECK(moved.values().data() == data);
    check_numbered(moved, 15);
}

TEST_CASE("lvalue maps and blocks are viewed where they are contiguous") {
    const std::vector<float> values{0, 1, 2, 3, 4, 5};
    const Eigen::Map<const row_major> map(values.data(), 2, 3);
    const auto whole = sl::long_table(map, {"a", "b"});
    CHECK(whole.values().data() == values.data());
    const auto lower = map.bottomRows(1);
    const auto part = sl::long_table(lower, {"a", "b"});
    CHECK(part.values().data() == values.data() + 3);
    const auto left = map.leftCols(2);
    const auto table = sl::long_table(left, {"a", "b"});
    CHECK(table.find(2) == 3.0F);
    CHECK(table.find(3) == 4.0F);
}

TEST_CASE("expressions and arrays are evaluated") {
    const auto a = numbered<Eigen::MatrixXf>(2, 3);
    const auto b = numbered<Eigen::MatrixXf>(3, 2);
    const auto product = sl::long_table(a * b, {"a", "b"}); // {{10, 13}, {28, 40}}
    CHECK(product.find(0) == 10.0F);
    CHECK(product.find(1) == 13.0F);
    CHECK(product.find(2) == 28.0F);
    CHECK(product.find(3) == 40.0F);
    check_numbered(sl::long_table((a.array() * 2 - a.array()), {"a", "b"}), 6);
    check_numbered(sl::long_table(Eigen::ArrayXXd(numbered<Eigen::ArrayXXd>(2, 2)), {"a", "b"}), 4);
}

TEST_CASE("a vector has one axis, whichever way it lies") {
    const Eigen::VectorXf column = Eigen::VectorXf::LinSpaced(4, 0, 3);
    const Eigen::RowVectorXd row = Eigen::RowVectorXd::LinSpaced(4, 0, 3);
    const auto table = sl::long_table(column, {"direction"});
    CHECK(table.values().data() == column.data());
    check_numbered(table, 4);
    check_numbered(sl::long_table(row, {"direction"}), 4);
    check_numbered(sl::long_table(column.transpose(), {"direction"}), 4);
    check_numbered(sl::long_table(Eigen::Vector3f(0, 1, 2), {"direction"}), 3);
}

TEST_CASE("a matrix without elements gives a table without rows") {
    CHECK(sl::long_table(Eigen::MatrixXf(0, 3), {"a", "b"}).max_rows() == 0);
    CHECK(sl::long_table(Eigen::MatrixXf(3, 0), {"a", "b"}).blocks() == 0);
}

TEST_CASE("integers and flags become doubles, whichever way they lie") {
    const auto columns = numbered<Eigen::Matrix<int, Eigen::Dynamic, Eigen::Dynamic>>(3, 4);
    const auto table = sl::long_table(columns, {"a", "b"});
    static_assert(std::is_same_v<decltype(table), const sl::basic_long_table<double>>);
    check_numbered(table, 12);
    check_numbered(sl::long_table(numbered<Eigen::Array<std::uint16_t, Eigen::Dynamic, Eigen::Dynamic>>(2, 3),
                                  {"a", "b"}),
                   6);
    const auto m = numbered<Eigen::MatrixXf>(2, 2);
    const auto flags = sl::long_table(m.array() > 1.5F, {"a", "b"});
    CHECK(flags.find(1) == 0.0);
    CHECK(flags.find(2) == 1.0);
}

TEST_CASE("maps with strides are copied in row order, integers too") {
    const std::vector<long long> memory{0, 9, 2, 9, 1, 9, 3, 9};
    using strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    using whole = Eigen::Matrix<long long, Eigen::Dynamic, Eigen::Dynamic>;
    const Eigen::Map<const whole, 0, strides> map(memory.data(), 2, 2, strides(4, 2)); // column-major
    check_numbered(sl::long_table(map, {"a", "b"}), 4);
}

TEST_CASE("a table with two axes is an Eigen matrix without a copy") {
    const std::vector<float> values{0, 1, 2, 3, 4, 5};
    const auto table = sl::long_table(values, sl::axes({{"a", 2}, {"b", 3}}));
    const auto matrix = sl::to_eigen(table);
    CHECK(matrix.data() == values.data());
    CHECK(matrix.rows() == 2);
    CHECK(matrix.cols() == 3);
    CHECK(matrix(1, 0) == 3.0F);
    check_numbered(sl::long_table(matrix, {"a", "b"}), 6);
    const auto none = sl::long_table(std::vector<float>(), sl::axes({{"a", 0}, {"b", 3}}));
    CHECK(sl::to_eigen(none).rows() == 0);
    CHECK(sl::to_eigen(none).cols() == 3);
    CHECK_FALSE(viewable<sl::basic_long_table<float>>);
    CHECK_FALSE(viewable<small_wide>);
    CHECK(viewable<const small_wide&>);
}

TEST_CASE("a wide table is an Eigen matrix") {
    const small_wide wide;
    CHECK(sl::to_eigen(wide).data() == wide.cells.data());
    CHECK(sl::to_eigen(wide)(1, 2) == 5.0);
}

TEST_CASE("tables that are no matrix are refused") {
    const auto line = sl::long_table(std::vector<float>(3), sl::axes({{"a", 3}}));
    CHECK_THROWS_AS(sl::to_eigen(line), sl::argument_error);
    const auto hole = table_with_a_hole();
    CHECK(svdlens_tests::message_of([&] { (void)sl::to_eigen(hole); }) ==
          "to_eigen: expected all 6 rows of the shape, found 5; pivot the table (absent cells become NaN) or "
          "take "
          "its columns");
}
