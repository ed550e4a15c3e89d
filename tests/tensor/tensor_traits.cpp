#include "svdlens/tensor/tensor_traits.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

/// Looks as std::mdspan does: extents, strides, a handle.
template <class T, std::size_t Rank>
class small_mdspan {
  public:
    using reference = T&;
    small_mdspan(T* data, std::array<int, Rank> extents, std::array<int, Rank> strides) :
        data_(data), extents_(extents), strides_(strides) {}
    static constexpr std::size_t rank() { return Rank; }
    static constexpr bool is_always_strided() { return true; }
    int extent(std::size_t k) const { return extents_[k]; }
    int stride(std::size_t k) const { return strides_[k]; }
    T* data_handle() const { return data_; }

  private:
    T* data_;
    std::array<int, Rank> extents_;
    std::array<int, Rank> strides_;
};

/// An accessor computes its elements: they are not what the handle points to.
struct scaled_mdspan : small_mdspan<const float, 1> {
    using reference = float;
};

/// Element positions are not linear in the index.
struct tiled_mdspan : small_mdspan<const float, 2> {
    static constexpr bool is_always_strided() { return false; }
};

/// A view with names of its own.
struct pitched {
    const float* data;
    std::uint64_t rows;
    std::uint64_t columns;
    std::ptrdiff_t pitch;
};

template <class T>
std::vector<T> counted(std::size_t count) {
    std::vector<T> values(count);
    std::iota(values.begin(), values.end(), T{0});
    return values;
}

} // namespace

template <>
struct svdlens::tensor_traits<pitched> : svdlens::strided_traits<pitched, float> {
    static strided_values<float> strided(const pitched& v) {
        return {v.data, {v.rows, v.columns}, {v.pitch, 1}};
    }
};

TEST_CASE("what looks like mdspan is tensor-like, unless its elements lie elsewhere") {
    CHECK(sl::tensor_like<small_mdspan<float, 3>>);
    CHECK(sl::tensor_like<small_mdspan<const double, 0>>);
    CHECK(sl::tensor_like<small_mdspan<const std::uint8_t, 1>>);
    CHECK_FALSE(sl::tensor_like<small_mdspan<float*, 1>>);
    CHECK_FALSE(sl::tensor_like<scaled_mdspan>);
    CHECK_FALSE(sl::tensor_like<tiled_mdspan>);
}

TEST_CASE("layout right is viewed, layout left and gaps are copied in row order") {
    auto memory = counted<float>(24);
    const small_mdspan<float, 3> right(memory.data(), {2, 3, 4}, {12, 4, 1});
    const small_mdspan<float, 3> left(memory.data(), {2, 3, 4}, {1, 2, 6});
    const small_mdspan<float, 2> gaps(memory.data() + 1, {3, 2}, {8, 3});
    const auto viewed = sl::to_tensor(right);
    CHECK(viewed.data() == memory.data());
    CHECK(std::vector<std::uint64_t>(viewed.shape().begin(), viewed.shape().end()) ==
          std::vector<std::uint64_t>{2, 3, 4});
    const auto copied = sl::to_tensor(left);
    std::size_t next = 0;
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            for (std::size_t k = 0; k < 4; ++k)
                CHECK(copied.values()[next++] == static_cast<float>(i + 2 * j + 6 * k));
    CHECK(sl::to_tensor(gaps).values() == std::vector<float>{1, 4, 9, 12, 17, 20});
    CHECK(sl::to_tensor(small_mdspan<float, 1>(memory.data(), {3}, {1})).data() != memory.data());
}

TEST_CASE("strides where the extent is one do not matter, zero and negative strides do") {
    const auto memory = counted<double>(6);
    const small_mdspan<const double, 3> thin(memory.data(), {1, 6, 1}, {77, 1, 9});
    CHECK(sl::to_tensor(thin).data() == memory.data());
    const small_mdspan<const double, 2> repeated(memory.data(), {2, 3}, {0, 1});
    CHECK(sl::to_tensor(repeated).values() == std::vector<double>{0, 1, 2, 0, 1, 2});
    const small_mdspan<const double, 1> reversed(memory.data() + 5, {6}, {-1});
    CHECK(sl::to_tensor(reversed).values() == std::vector<double>{5, 4, 3, 2, 1, 0});
}

TEST_CASE("rank zero is one value, an extent of zero none") {
    const double value = 7;
    CHECK(sl::to_tensor(small_mdspan<const double, 0>(&value, {}, {})).values() == std::vector<double>{7});
    const small_mdspan<const double, 2> none(nullptr, {3, 0}, {5, 2});
    CHECK(sl::to_tensor(none).size() == 0);
    const small_mdspan<const double, 2> nothing(nullptr, {0, 3}, {5, 2});
    CHECK(sl::to_tensor(nothing).shape()[1] == 3);
}

TEST_CASE("integers at strides become doubles") {
    const std::vector<std::int64_t> memory{-1, 2, (std::int64_t{1} << 53) + 1, 4};
    const small_mdspan<const std::int64_t, 2> left(memory.data(), {2, 2}, {1, 2});
    const auto values = sl::to_tensor(left);
    static_assert(std::is_same_v<decltype(values)::value_type, double>);
    CHECK(values.values()[0] == -1);
    CHECK(values.values()[1] == 0x1p53); // rounded
    CHECK(values.values()[2] == 2);
    CHECK(values.values()[3] == 4);
}

TEST_CASE("a view gets its traits by saying where its elements lie") {
    const auto memory = counted<float>(8);
    const pitched whole{memory.data(), 2, 4, 4};
    const pitched part{memory.data(), 2, 3, 4};
    CHECK(sl::to_tensor(whole).data() == memory.data());
    CHECK(sl::to_tensor(part).values() == std::vector<float>{0, 1, 2, 4, 5, 6});
    const sl::strided_values<float> by_hand{memory.data(), {4, 2}, {1, 4}};
    CHECK(sl::to_tensor(by_hand).values() == std::vector<float>{0, 4, 1, 5, 2, 6, 3, 7});
}

namespace sl = svdlens;

namespace {

/// A container of another library; `gaps` keeps it from being viewed.
struct grid {
    std::vector<float> values;
    std::uint64_t rows = 0;
    bool gaps = false;
};

/// A view of one.
struct grid_view {
    const grid* viewed;
};

} // namespace

template <>
struct svdlens::tensor_traits<grid> {
    using value_type = float;
    static constexpr bool owns_values = true;
    static std::vector<std::uint64_t> shape(const grid& g) { return {g.rows, g.values.size() / g.rows}; }
    static const float* row_major(const grid& g) { return g.gaps ? nullptr : g.values.data(); }
    static void copy(const grid& g, float* out) { std::copy(g.values.begin(), g.values.end(), out); }
};

template <>
struct svdlens::tensor_traits<grid_view> {
    using value_type = float;
    static std::vector<std::uint64_t> shape(const grid_view& v) {
        return tensor_traits<grid>::shape(*v.viewed);
    }
    static const float* row_major(const grid_view& v) { return v.viewed->values.data(); }
    static void copy(const grid_view& v, float* out) { tensor_traits<grid>::copy(*v.viewed, out); }
};

TEST_CASE("a container with traits is tensor-like and another is not") {
    CHECK(sl::tensor_like<grid>);
    CHECK(sl::tensor_like<sl::tensor>);
    CHECK_FALSE(sl::tensor_like<std::vector<int>>);
}

TEST_CASE("a contiguous lvalue is viewed and one with gaps is copied") {
    grid g{{1, 2, 3, 4, 5, 6}, 2};
    const auto viewed = sl::to_tensor(g);
    CHECK(viewed.data() == g.values.data());
    CHECK(viewed.shape()[1] == 3);
    g.gaps = true;
    const auto copied = sl::to_tensor(g);
    CHECK(copied.data() != g.values.data());
    CHECK(copied.values()[5] == 6);
}

TEST_CASE("an rvalue that owns its values is moved in, one that does not or is const is copied") {
    grid g{{1, 2, 3, 4}, 2};
    const float* data = g.values.data();
    CHECK(sl::to_tensor(grid_view{&g}).data() != data);
    CHECK(sl::to_tensor(std::move(std::as_const(g))).data() != data);
    const auto moved = sl::to_tensor(std::move(g));
    CHECK(moved.data() == data);
    CHECK(moved.values()[3] == 4);
    const auto copied = sl::to_tensor(grid{{1, 2}, 1, true});
    CHECK(copied.values()[1] == 2);
}

TEST_CASE("a tensor is taken as it is and shares its memory") {
    const sl::tensor t(std::vector<float>{1, 2}, {2});
    CHECK(sl::to_tensor(t).data() == t.data());
}

TEST_CASE("integers are evaluated into doubles, also from a tensor and from an rvalue that owns them") {
    const sl::basic_tensor<std::uint8_t> bytes(std::vector<std::uint8_t>{0, 255}, {2});
    const auto values = sl::to_tensor(bytes);
    static_assert(std::is_same_v<decltype(values)::value_type, double>);
    CHECK(values.values()[1] == 255);
    const sl::basic_tensor<std::int64_t> none(std::vector<std::int64_t>{}, {0, 4});
    CHECK(sl::to_tensor(none).shape()[1] == 4);
    CHECK_FALSE(sl::tensor_like<sl::basic_tensor<const char*>>);
}
