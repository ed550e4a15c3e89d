#include "svdlens/model/stored_axes.hpp"

#include "support/catch.hpp"

namespace sl = svdlens;
using enum sl::schemes::model_axis;

TEST_CASE("a dimension's factors are an axis each, or slices") {
    constexpr auto fused = sl::schemes::joined(n_heads, sl::schemes::fused_slice{1, 3}, d_head);
    CHECK(fused.factors[0].axis == n_heads);
    CHECK(fused.factors[0].is_axis());
    CHECK_FALSE(fused.factors[1].is_axis());
    CHECK_FALSE(fused.factors[1].is_nothing());
    CHECK(fused.factors[1].slice.index == 1);
    CHECK(fused.factors[1].slice.count == 3);
    CHECK(fused.factors[2].axis == d_head);
    CHECK(sl::schemes::stored_dimension(d_mlp).is_single());
    CHECK_FALSE(fused.is_single());
    CHECK_FALSE(sl::schemes::joined(d_head, none, d_mlp).is_single());
    CHECK_THROWS_AS(sl::schemes::axis_factor(sl::schemes::fused_slice{3, 3}), sl::argument_error);
    CHECK_THROWS_AS(sl::schemes::axis_factor(sl::schemes::fused_slice{0, 0}), sl::argument_error);
}
