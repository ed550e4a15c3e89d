#include "svdlens/model/stored_axes.hpp"

#include "support/catch.hpp"

namespace sl = svdlens;
using enum sl::model_axis;

TEST_CASE("a tensor has as many dimensions as its list has entries that are something") {
    CHECK(sl::stored_rank({}) == 0);
    CHECK(sl::stored_rank({d_model}) == 1);
    CHECK(sl::stored_rank({sl::joined(n_heads, d_head), d_model}) == 2);
    CHECK(sl::stored_rank({n_heads, d_model, d_head}) == 3);
    CHECK(sl::stored_rank({sl::joined(sl::fused_slice{0, 3}, n_heads, d_head)}) == 1);
}

TEST_CASE("a dimension's factors are an axis each, or slices") {
    constexpr auto fused = sl::joined(n_heads, sl::fused_slice{1, 3}, d_head);
    CHECK(fused.factors[0].axis == n_heads);
    CHECK(fused.factors[0].is_axis());
    CHECK_FALSE(fused.factors[1].is_axis());
    CHECK_FALSE(fused.factors[1].is_nothing());
    CHECK(fused.factors[1].slice.index == 1);
    CHECK(fused.factors[1].slice.count == 3);
    CHECK(fused.factors[2].axis == d_head);
    CHECK(sl::stored_dimension(d_mlp).is_single());
    CHECK_FALSE(fused.is_single());
    CHECK_FALSE(sl::joined(d_head, none, d_mlp).is_single());
    CHECK_THROWS_AS(sl::axis_factor(sl::fused_slice{3, 3}), sl::argument_error);
    CHECK_THROWS_AS(sl::axis_factor(sl::fused_slice{0, 0}), sl::argument_error);
}

TEST_CASE("axes are called as configs call them") {
    CHECK(sl::axis_name(n_key_value_heads) == "n_key_value_heads");
    CHECK(sl::axis_name(d_vocab_out) == "d_vocab");
    CHECK(sl::axis_name(any) == "any");
}
