#include "svdlens/adapt/xtensor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif

#include "support/catch.hpp"
#include "svdlens/table/long_table.hpp"

namespace sl = svdlens;

namespace {

template <class Tensor>
Tensor numbered() {
    Tensor t = Tensor::from_shape({2, 3, 4});
    float next = 0;
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            for (std::size_t k = 0; k < 4; ++k) t(i, j, k) = static_cast<typename Tensor::value_type>(next++);
    return t;
}

template <class Table>
void check_numbered(const Table& table, std::uint64_t rows) {
    REQUIRE(table.max_rows() == rows);
    for (std::uint64_t row = 0; row < rows; ++row) CHECK(table.find(row) == static_cast<double>(row));
}

const std::vector<sl::axis> names{"layer", "head", "neuron"};

/// The least that is a wide table.
struct small_wide {
    using value_type = double;
    std::vector<double> cells{0, 1, 2, 3, 4, 5};
    std::span<const double> values() const { return cells; }
    std::size_t row_count() const { return 2; }
    std::size_t column_count() const { return 3; }
};

template <class Table>
concept viewable = requires(Table&& table) { sl::to_xtensor(std::forward<Table>(table)); };

/// Two rows of three, one of them absent.
sl::basic_long_table<float> table_with_a_hole() {
    const sl::tiling tiles(3, {0, 1}, {{0, {0, 1}, {{0, 3}}}, {3, {0, 1}, {{0, 2}}}}, {1, 3});
    return {sl::axes({{"a", 2}, {"b", 3}}), {std::vector<float>(5), {5}}, tiles};
}

} // namespace

TEST_CASE("row-major containers are viewed and have as many axes as dimensions") {
    const auto fixed_rank = numbered<xt::xtensor<float, 3>>();
    const auto any_rank = numbered<xt::xarray<double>>();
    const auto table = sl::long_table(fixed_rank, names);
    CHECK(table.values().data() == fixed_rank.data());
    CHECK(table.axes().rank() == 3);
    CHECK(table.axes()[2].extent == 4);
    check_numbered(table, 24);
    const auto other = sl::long_table(any_rank, names);
    CHECK(other.values().data() == any_rank.data());
}

TEST_CASE("column-major containers are copied into row order") {
    const auto t = numbered<xt::xtensor<float, 3, xt::layout_type::column_major>>();
    check_numbered(sl::long_table(t, names), 24);
    const auto d = numbered<xt::xarray<double, xt::layout_type::dynamic>>();
    check_numbered(sl::long_table(d, names), 24);
}

TEST_CASE("views are viewed where they are contiguous and copied where not") {
    const auto t = numbered<xt::xtensor<float, 3>>();
    const auto second = xt::view(t, 1);
    const auto table = sl::long_table(second, {"head", "neuron"});
    CHECK(table.values().data() == t.data() + 12);
    CHECK(table.find(11) == 23.0F);
    const auto narrow = xt::view(t, xt::all(), xt::all(), xt::range(1, 3));
    const auto copied = sl::long_table(narrow, names);
    REQUIRE(copied.max_rows() == 12);
    CHECK(copied.find(0) == 1.0F);
    CHECK(copied.find(2) == 5.0F);
    CHECK(copied.find(11) == 22.0F);
}

TEST_CASE("an rvalue container is moved in, an rvalue view or adaptor is copied") {
    auto t = numbered<xt::xtensor<float, 3>>();
    const float* data = t.data();
    const auto copied = sl::long_table(xt::view(t, 0), {"head", "neuron"});
    CHECK(copied.values().data() != data);
    check_numbered(copied, 12);
    const auto adapted =
        sl::long_table(xt::adapt(data, 24, xt::no_ownership(), std::vector<std::size_t>{4, 6}), {"a", "b"});
    CHECK(adapted.values().data() != data);
    check_numbered(adapted, 24);
    const auto moved = sl::long_table(std::move(t), names);
    CHECK(moved.values().data() == data);
    check_numbered(moved, 24);
}

TEST_CASE("lvalue adaptors over foreign memory are viewed") {
    const std::vector<double> values{0, 1, 2, 3, 4, 5};
    const auto adaptor = xt::adapt(values, {2, 3});
    const auto table = sl::long_table(adaptor, {"a", "b"});
    CHECK(table.values().data() == values.data());
    check_numbered(table, 6);
}

TEST_CASE("lazy expressions and fixed tensors are evaluated") {
    const auto t = numbered<xt::xtensor<float, 3>>();
    check_numbered(sl::long_table(2 * t - t, names), 24);
    const xt::xtensor_fixed<float, xt::xshape<2, 2>> small{{0, 1}, {2, 3}};
    check_numbered(sl::long_table(small, {"a", "b"}), 4);
    check_numbered(sl::long_table(xt::xtensor_fixed<float, xt::xshape<2, 2>>(small), {"a", "b"}), 4);
}

TEST_CASE("a tensor without elements gives a table without rows") {
    const xt::xtensor<float, 2> none = xt::xtensor<float, 2>::from_shape({0, 3});
    CHECK(sl::long_table(none, {"a", "b"}).max_rows() == 0);
}

TEST_CASE("a tensor of rank zero is one row") {
    const xt::xarray<double> scalar = 7.0;
    const auto table = sl::long_table(scalar, {});
    REQUIRE(table.max_rows() == 1);
    CHECK(table.find(0) == 7.0);
}

TEST_CASE("integers and flags become doubles, in any layout of xtensor") {
    const auto t = numbered<xt::xtensor<int, 3>>();
    const auto table = sl::long_table(t, names);
    static_assert(std::is_same_v<decltype(table), const sl::basic_long_table<double>>);
    check_numbered(table, 24);
    check_numbered(
        sl::long_table(numbered<xt::xtensor<std::uint8_t, 3, xt::layout_type::column_major>>(), names), 24);
    check_numbered(sl::long_table(numbered<xt::xarray<std::int64_t>>(), names), 24);
    const auto narrow = xt::view(t, xt::all(), xt::all(), xt::range(1, 3));
    CHECK(sl::long_table(narrow, names).find(2) == 5.0);
    const auto flags = sl::long_table(t > 3, names);
    CHECK(flags.find(3) == 0.0);
    CHECK(flags.find(4) == 1.0);
}

TEST_CASE("a table is an xtensor of its shape without a copy") {
    const auto t = numbered<xt::xtensor<float, 3>>();
    const auto table = sl::long_table(t, names);
    const auto view = sl::to_xtensor(table);
    CHECK(view.data() == t.data());
    REQUIRE(view.dimension() == 3);
    CHECK(view.shape()[2] == 4);
    CHECK(view(1, 2, 3) == 23.0F);
    CHECK(xt::allclose(view, t));
    check_numbered(sl::long_table(view, names), 24);
    const auto scalar = sl::long_table(std::vector<double>{7}, sl::axes());
    CHECK(sl::to_xtensor(scalar)() == 7.0);
    const auto none = sl::long_table(std::vector<float>(), sl::axes({{"a", 0}, {"b", 3}}));
    CHECK(sl::to_xtensor(none).size() == 0);
    CHECK_FALSE(viewable<sl::basic_long_table<float>>);
    CHECK_FALSE(viewable<small_wide>);
    CHECK(viewable<const small_wide&>);
}

TEST_CASE("a wide table is an xtensor of rows by columns, a table with absent rows none") {
    const small_wide wide;
    CHECK(sl::to_xtensor(wide)(1, 2) == 5.0);
    CHECK(sl::to_xtensor(wide).shape()[1] == 3);
    const auto hole = table_with_a_hole();
    CHECK_THROWS_AS(sl::to_xtensor(hole), sl::argument_error);
}
