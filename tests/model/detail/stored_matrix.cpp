#include "svdlens/model/detail/stored_matrix.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "linalg/matrix_parts.hpp"
#include "support/catch.hpp"
#include "support/random_model.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::detail::axis_step;

namespace {

using enum sl::schemes::model_axis;

/// A tensor `t` of 5 × 6 × 7 × 8 elements of random bytes: infinities, NaN and subnormals among them. It lies
/// `shift` bytes behind what any type is aligned for.
sl::state_dict random_tensor(sl::dtype type, std::size_t shift) {
    const std::size_t size = 5 * 6 * 7 * 8 * sl::bits_of(type) / 8;
    auto bytes = std::make_shared<std::vector<std::byte>>(shift + size);
    random_numbers random(static_cast<std::uint64_t>(type));
    for (auto& each : *bytes) each = static_cast<std::byte>(static_cast<int>((random.next() + 1) * 128));
    const std::span<const std::byte> stored = std::span(*bytes).subspan(shift);
    return sl::state_dict({sl::named_tensor("t", type, {5, 6, 7, 8}, stored, bytes)});
}

struct lie {
    std::size_t offset;
    axis_step rows;
    axis_step columns;
};

/// How matrices lie in that tensor.
const std::vector<lie> lies = {
    {0, {any, 210, 8}, {any, 8, 1}},              // all of it
    {2 * 336 + 3 * 56, {any, 7, 8}, {any, 8, 1}}, // a head of a fused tensor
    {2 * 336 + 3 * 56, {any, 8, 1}, {any, 7, 8}}, // its transpose
    {4 * 336 + 2, {any, 42, 8}, {any, 3, 1}},     // some columns of wider rows
    {4 * 336 + 2, {any, 3, 1}, {any, 42, 8}},     // and their transpose
    {1 * 336 + 5, {any, 6, 56}, {any, 7, 8}},     // elements that adjoin along neither axis
    {1 * 336 + 5, {any, 7, 8}, {any, 6, 56}},     //
    {3, {any, 20, 16}, {any, 300, 2}},            // every second of a row
    {5, {any, 300, 3}, {any, 4, 12}},             //
    {7, {any, 5, 336}, {any, 1, 8}},              // one column
    {336, {any, 1, 336}, {any, 56, 1}},           // one row
    {336, {any, 1, 1}, {any, 42, 8}},             //
    {5 * 336, {any, 0, 8}, {any, 8, 1}},          // nothing
    {5 * 336, {any, 8, 1}, {any, 0, 8}},          //
};

template <class T>
void check_all_parts(sl::dtype type, std::size_t shift) {
    const auto file = random_tensor(type, shift);
    const auto values = file.tensor<T>("t");
    for (const auto& at : lies) {
        const auto expected = make_expected<T>(at.rows.extent, at.columns.extent, [&](auto i, auto j) {
            return values.values()[at.offset + i * at.rows.stride + j * at.columns.stride];
        });
        const auto m = sl::detail::converted_matrix<T>({file, "t", type, at.offset, at.rows, at.columns});
        INFO(sl::to_text(type) << " at " << at.offset << ", strides " << at.rows.stride << ", "
                               << at.columns.stride);
        CHECK(m.is_deferred());
        CHECK(differing_part(m, expected) == "");
        CHECK(differing_part(m.transposed().transposed(), expected) == "");
    }
}

} // namespace

TEST_CASE("any part of a stored matrix is the same bits as those entries of the tensor converted whole") {
    const auto type =
        GENERATE(sl::dtype::f32, sl::dtype::f16, sl::dtype::bf16, sl::dtype::f64, sl::dtype::f8_e4m3);
    const std::size_t shift = GENERATE(0U, 1U);
    check_all_parts<float>(type, shift);
    check_all_parts<double>(type, shift);
}

TEST_CASE("a stored matrix keeps its file, and once somebody asked for it as a whole, its values") {
    sl::matrix m;
    expected_values<float> expected;
    {
        const auto file = random_tensor(sl::dtype::bf16, 0);
        m = sl::detail::converted_matrix<float>({file, "t", sl::dtype::bf16, 336, {any, 8, 1}, {any, 42, 8}});
        expected = whole(m);
    }
    const auto part = m.row_range(2, 3).column_range(5, 30);
    const auto one = part.resident(), other = part.resident();
    CHECK(one.data() != other.data());
    CHECK(differing_part(m, expected) == "");
    const float* const kept = m.data();
    CHECK(part.data() == kept + 2 * m.row_stride() + 5 * m.column_stride());
    CHECK(part.resident().data() == part.data());
    CHECK(differing_part(m, expected) == "");
}
