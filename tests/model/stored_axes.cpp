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
    CHECK_FALSE(fused.factors[0].is_stacked());
    CHECK_THROWS_AS(sl::schemes::axis_factor(sl::schemes::fused_slice{3, 3}), sl::argument_error);
    CHECK_THROWS_AS(sl::schemes::axis_factor(sl::schemes::fused_slice{0, 0}), sl::argument_error);
}

TEST_CASE("a dimension may be axes behind each other, of which one is read") {
    using sl::schemes::stacked_axes;
    constexpr sl::schemes::stored_dimension positions = stacked_axes{1, {2, n_ctx}};
    CHECK(positions.factors[0].is_axis());
    CHECK(positions.factors[0].is_stacked());
    CHECK_FALSE(positions.factors[0].is_nothing());
    CHECK(positions.factors[0].axis == n_ctx);
    CHECK(positions.factors[0].stack[0].entries == 2);
    CHECK_FALSE(positions.is_single()); // its extent is not the axis'
    CHECK_THROWS_AS(sl::schemes::axis_factor(stacked_axes{0, {2, n_ctx}}), sl::argument_error);
    CHECK_THROWS_AS(sl::schemes::axis_factor(stacked_axes{2, {2, n_ctx}}), sl::argument_error);
    CHECK_THROWS_AS(sl::schemes::axis_factor(stacked_axes{3, {2, n_ctx}}), sl::argument_error);
}
