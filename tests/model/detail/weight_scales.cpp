#include "svdlens/model/detail/weight_scales.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

using block_sides = std::optional<std::array<std::uint64_t, 2>>;

/// How scales of a shape lie over a matrix, as text: `3x2 of 4x4`; nothing where they do not.
std::string grid_text(const std::vector<std::uint64_t>& shape, sl::block_shape matrix,
                      const block_sides& of) {
    sl::tensor_record scales;
    scales.shape = shape;
    const auto grid = sl::detail::grid_of(scales, matrix, of);
    if (!grid) return "";
    return std::to_string(grid->rows) + "x" + std::to_string(grid->columns) + " of " +
           std::to_string(grid->block.rows) + "x" + std::to_string(grid->block.columns);
}

} // namespace

TEST_CASE("scales are one, one a row or one a block") {
    const block_sides fours = std::array<std::uint64_t, 2>{4, 4};
    CHECK(grid_text({}, {9, 6}, {}) == "1x1 of 9x6");
    CHECK(grid_text({1}, {9, 6}, {}) == "1x1 of 9x6");
    CHECK(grid_text({1, 1}, {9, 6}, fours) == "1x1 of 9x6");
    CHECK(grid_text({9}, {9, 6}, {}) == "9x1 of 1x6");
    CHECK(grid_text({9, 1}, {9, 6}, fours) == "9x1 of 1x6");
    CHECK(grid_text({3, 2}, {9, 6}, fours) == "3x2 of 4x4");
    CHECK(grid_text({9, 2}, {9, 6}, std::array<std::uint64_t, 2>{1, 3}) == "9x2 of 1x3");
    CHECK(grid_text({1, 2}, {9, 6}, std::array<std::uint64_t, 2>{UINT64_MAX, 4}) == "1x2 of 9x4");
    for (const auto& shape :
         std::vector<std::vector<std::uint64_t>>{{3, 2}, {6}, {1, 6}, {9, 6}, {2}, {9, 1, 1}, {0}})
        CHECK(grid_text(shape, {9, 6}, {}) == "");
    for (const auto& shape :
         std::vector<std::vector<std::uint64_t>>{{2, 2}, {3, 1}, {6}, {9, 2}, {UINT64_MAX, 2}})
        CHECK(grid_text(shape, {9, 6}, fours) == "");
}

TEST_CASE("names tell whose scales are whose") {
    CHECK(sl::detail::scaled_weight("q_proj.weight_scale_inv") == "q_proj.weight");
    CHECK(sl::detail::scaled_weight("q_proj.weight_scale") == "q_proj.weight");
    CHECK(sl::detail::scaled_weight("q_proj.weight").empty());
    CHECK(sl::detail::is_activation_scale("self_attn.k_scale"));
    CHECK(sl::detail::is_activation_scale("q_proj.input_scale"));
    CHECK_FALSE(sl::detail::is_activation_scale("q_proj.weight_scale"));
    CHECK_FALSE(sl::detail::is_activation_scale("layer_scale"));
}
