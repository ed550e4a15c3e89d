#include "svdlens/model/detail/tensor_layout.hpp"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;
using namespace sl::detail;
using enum sl::schemes::model_axis;
using sl::schemes::fused_slice;
using sl::schemes::joined;
using sl::schemes::stacked_axes;
using extent_list = std::vector<std::uint64_t>;

namespace {

tensor_layout lay_out(const sl::schemes::stored_axes& axes, const extent_list& extents,
                      const sl::model_config& config) {
    size_book sizes("f");
    sizes.promise(config, "config");
    sl::tensor_record record;
    record.shape = extents;
    sizes.fit(record, axes);
    return tensor_layout(axes, extents, sizes);
}

/// Where an axis is: extent and stride, or {0, 0}.
std::pair<std::size_t, std::size_t> place(const tensor_layout& layout, sl::schemes::model_axis axis) {
    const auto* const step = layout.find({axis});
    if (step == nullptr) return {0, 0};
    return {step->extent, step->stride};
}

using size_and_step = std::pair<std::size_t, std::size_t>;

} // namespace

TEST_CASE("axes lie in a tensor as its dimensions and their factors say") {
    SECTION("one axis a dimension") {
        const auto layout = lay_out({n_heads, d_model, d_head}, {3, 5, 2}, {});
        CHECK(place(layout, n_heads) == size_and_step{3, 10});
        CHECK(place(layout, d_model) == size_and_step{5, 2});
        CHECK(place(layout, d_head) == size_and_step{2, 1});
        CHECK(layout.offset() == 0);
        CHECK(layout.heads()->axis == n_heads);
        CHECK(layout.other()->axis == d_head);
    }
    SECTION("thirds of a row") {
        const auto layout =
            lay_out({d_model, joined(fused_slice{2, 3}, n_heads, d_head)}, {5, 18}, {.n_heads = 3});
        CHECK(place(layout, d_model) == size_and_step{5, 18});
        CHECK(place(layout, n_heads) == size_and_step{3, 2});
        CHECK(place(layout, d_head) == size_and_step{2, 1});
        CHECK(layout.offset() == 12);
    }
    SECTION("thirds within each head") {
        const auto layout =
            lay_out({joined(n_heads, fused_slice{1, 3}, d_head), d_model}, {18, 5}, {.n_heads = 3});
        CHECK(place(layout, n_heads) == size_and_step{3, 30});
        CHECK(place(layout, d_head) == size_and_step{2, 5});
        CHECK(layout.offset() == 10);
    }
    SECTION("stacked heads") {
        using sl::schemes::stacked_axes;
        const auto fused = [](std::uint32_t which) -> sl::schemes::stored_axes {
            return {joined(stacked_axes{which, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head),
                    d_model};
        };
        const sl::model_config config{.n_heads = 4, .n_key_value_heads = 2};
        const auto queries = lay_out(fused(0), {16, 5}, config);
        CHECK(place(queries, n_heads) == size_and_step{4, 10});
        CHECK(queries.offset() == 0);
        const auto keys = lay_out(fused(1), {16, 5}, config);
        CHECK(place(keys, n_key_value_heads) == size_and_step{2, 10});
        CHECK(place(keys, d_head) == size_and_step{2, 5});
        CHECK(keys.offset() == 8 * 5);
        CHECK(lay_out(fused(2), {16, 5}, config).offset() == 12 * 5);
    }
    SECTION("rows that are not read") {
        const auto layout = lay_out({sl::schemes::stacked_axes{1, {2, n_ctx}}, d_model}, {9, 5}, {});
        CHECK(place(layout, n_ctx) == size_and_step{7, 5});
        CHECK(layout.offset() == 10);
        CHECK(layout.other()->axis == n_ctx);
    }
    SECTION("heads of either kind") {
        const auto layout = lay_out({joined(n_key_value_heads, d_head)}, {6}, {.n_key_value_heads = 2});
        CHECK(layout.heads()->axis == n_key_value_heads);
        CHECK(layout.other()->extent == 3);
        CHECK(layout.steps().size() == 2);
    }
    SECTION("experts, of whom each has every second entry") {
        const auto layout = lay_out({n_experts, d_model, joined(d_mlp, fused_slice{1, 2})}, {4, 5, 6}, {});
        CHECK(place(layout, n_experts) == size_and_step{4, 30});
        CHECK(place(layout, d_model) == size_and_step{5, 6});
        CHECK(place(layout, d_mlp) == size_and_step{3, 2});
        CHECK(layout.offset() == 1);
        CHECK(layout.other()->axis == d_mlp);
        CHECK(lay_out({n_experts, d_model}, {4, 5}, {}).other()->axis == n_experts); // a router
    }
    SECTION("heads in groups, each with its key and value behind it") {
        const auto layout = [](std::uint32_t index) {
            return lay_out(
                {joined(n_key_value_heads, stacked_axes{index, {n_group, one, one}}, d_head), d_model},
                {24, 5}, {.n_key_value_heads = 2, .d_head = 3});
        };
        CHECK(place(layout(0), n_group) == size_and_step{2, 15});
        CHECK(place(layout(0), n_key_value_heads) == size_and_step{2, 60});
        CHECK(layout(0).offset() == 0);
        CHECK(layout(0).steps().size() == 4);
        CHECK(layout(1).offset() == 30);
        CHECK(layout(2).offset() == 45);
        CHECK(layout(2).steps().size() == 3); // what stands once is no axis to walk
        CHECK(layout(2).other()->axis == d_head);
    }
    SECTION("a latent that heads read") {
        const auto layout = lay_out({joined(n_heads, stacked_axes{1, {d_unrotated, d_head}}), d_latent},
                                    {14, 3}, {.n_heads = 2, .d_head = 4});
        CHECK(place(layout, n_heads) == size_and_step{2, 21});
        CHECK(place(layout, d_head) == size_and_step{4, 3});
        CHECK(layout.offset() == 9);
        CHECK(layout.stream()->axis == d_latent);
        CHECK(layout.other()->axis == d_head);
    }
    SECTION("any extent, and axes that are not there") {
        const auto layout = lay_out({any, d_model}, {4, 5}, {});
        CHECK(place(layout, any) == size_and_step{4, 5});
        CHECK(layout.heads() == nullptr);
        CHECK(lay_out({d_mlp, d_vocab}, {4, 5}, {}).other() == nullptr);
    }
}

TEST_CASE("a strided view has the elements of its strides, and there is one where one of them is 1") {
    std::vector<float> data(64);
    std::iota(data.begin(), data.end(), 1.0F);
    struct layout_case {
        axis_step rows, columns;
        bool view;
    };
    const auto step = [](std::size_t extent, std::size_t stride) { return axis_step{any, extent, stride}; };
    const std::vector<layout_case> cases = {
        {step(3, 10), step(4, 1), true},  {step(4, 1), step(3, 10), true}, {step(3, 4), step(4, 1), true},
        {step(3, 10), step(4, 2), false}, {step(3, 2), step(4, 1), false}, {step(1, 1), step(4, 1), true},
        {step(4, 1), step(1, 1), true},   {step(1, 7), step(4, 9), true},  {step(4, 9), step(1, 7), true},
        {step(1, 1), step(1, 1), true},   {step(2, 1), step(2, 1), false}};
    for (const auto& each : cases) {
        CAPTURE(each.rows.extent, each.rows.stride, each.columns.extent, each.columns.stride);
        const auto found = strided_view<float>(data.data(), each.rows, each.columns, nullptr);
        REQUIRE(found.has_value() == each.view);
        if (!found) continue;
        const auto& m = *found;
        REQUIRE(m.rows() == each.rows.extent);
        REQUIRE(m.columns() == each.columns.extent);
        CHECK(m.data() == data.data());
        CHECK((m.row_stride() == 1 || m.column_stride() == 1 || m.rows() == 1 || m.columns() == 1));
        for (std::size_t i = 0; i < m.rows(); ++i)
            for (std::size_t j = 0; j < m.columns(); ++j)
                CHECK(m(i, j) == data[i * each.rows.stride + j * each.columns.stride]);
    }
}

TEST_CASE("a strided vector is copied") {
    const std::vector<float> data = {1, 2, 3, 4, 5, 6};
    CHECK(strided_vector(data.data() + 1, {any, 2, 3}) == std::vector<float>{2, 5});
    CHECK(strided_vector(data.data(), {any, 0, 3}).empty());
}
