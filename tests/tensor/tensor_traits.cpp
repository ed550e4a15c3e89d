#include "svdlens/tensor/tensor_traits.hpp"

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

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
