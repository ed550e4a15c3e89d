#include "svdlens/model/detail/compound_matrix.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "linalg/matrix_parts.hpp"
#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::detail::axis_step;

namespace {

using enum sl::schemes::model_axis;

sl::named_tensor table(const std::string& name, const sl::matrix& m) {
    std::vector<float> values;
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t j = 0; j < m.columns(); ++j) values.push_back(m(i, j));
    return {name, sl::tensor(std::move(values), {m.rows(), m.columns()})};
}

/// 8-bit floats `w` of 12 x 6, scales of blocks of 5 x 4 beside them, and an update of rank 2.
struct compound {
    sl::state_dict file;
    sl::state_dict adapter;
    sl::detail::matrix_terms terms;

    compound() {
        matrix_maker make(11);
        auto bytes = std::make_shared<std::vector<std::byte>>(12 * 6);
        for (std::size_t k = 0; k < bytes->size(); ++k) (*bytes)[k] = static_cast<std::byte>(k + 20);
        file = sl::state_dict({sl::named_tensor("w", sl::dtype::f8_e4m3, {12, 6}, *bytes, bytes),
                               table("w_scale_inv", make.uniform(3, 2).as<float>())});
        adapter = sl::state_dict(
            {table("A", make.uniform(2, 6).as<float>()), table("B", make.uniform(12, 2).as<float>())});
        terms = {.scaled = true,
                 .block = std::array<std::uint64_t, 2>{5, 4},
                 .updates = {{"w", {{adapter, "A", "B", 1.5, sl::detail::update_side::either}}}}};
    }
    float at(std::size_t i, std::size_t j) const {
        const auto w = file.tensor<double>("w"), s = file.tensor<double>("w_scale_inv");
        const auto A = adapter.tensor<double>("A"), B = adapter.tensor<double>("B");
        const double scaled = static_cast<float>(w.values()[i * 6 + j] * s.values()[i / 5 * 2 + j / 4]);
        const double product = B.values()[2 * i] * A.values()[j] + B.values()[2 * i + 1] * A.values()[6 + j];
        return static_cast<float>(scaled + 1.5 * product);
    }
};

} // namespace

TEST_CASE("any part of a compound matrix is the scaled and updated elements, wherever its axes lie") {
    const compound c;
    const sl::detail::compound_matrix<float> whole(c.file, c.file.record("w"), c.terms, false);
    struct lie {
        std::size_t offset;
        axis_step rows, columns;
    };
    const std::vector<lie> lies = {
        {0, {any, 12, 6, 0}, {any, 6, 1, 1}},     // all
        {0, {any, 6, 1, 1}, {any, 12, 6, 0}},     // its transpose
        {4 * 6, {any, 3, 6, 0}, {any, 6, 1, 1}},  // a head of a fused tensor, across two blocks
        {4 * 6, {any, 6, 1, 1}, {any, 3, 6, 0}},  //
        {1 * 6, {any, 4, 18, 0}, {any, 6, 1, 1}}, // heads side by side: rows three apart
        {1 * 6, {any, 6, 1, 1}, {any, 4, 18, 0}}, //
        {2, {any, 12, 6, 0}, {any, 2, 2, 1}},     // every other column
        {7 * 6 + 3, {any, 1, 6, 0}, {any, 3, 1, 1}},
    };
    for (const auto& at : lies) {
        const auto expected = make_expected<float>(at.rows.extent, at.columns.extent, [&](auto i, auto j) {
            const auto k = at.offset + i * at.rows.stride + j * at.columns.stride;
            return c.at(k / 6, k % 6);
        });
        INFO(at.offset << ", " << at.rows.stride << ", " << at.columns.stride);
        CHECK(differing_part(whole.part(at.offset, at.rows, at.columns), expected) == "");
    }
}

TEST_CASE("a square update is turned where the tensor is stored (in, out), any other by its shape") {
    const sl::matrix w({0, 0, 0, 0}, 2, 2), A({1, 2}, 1, 2), B({3, 4}, 2, 1), wide({0, 0}, 1, 2);
    const sl::state_dict file({table("w", w), table("wide", wide)});
    const sl::matrix one({5}, 1, 1);
    const sl::state_dict adapter({table("A", A), table("B", B), table("one", one)});
    using sl::detail::update_side;
    const auto first = [&](const char* name, bool is_in_out, update_side side, const char* a, const char* b) {
        const sl::detail::matrix_terms terms{.updates = {{name, {{adapter, a, b, 1, side}}}}};
        const sl::detail::compound_matrix<float> whole(file, file.record(name), terms, is_in_out);
        const auto columns = static_cast<std::size_t>(file.record(name).shape[1]);
        const auto rows = static_cast<std::size_t>(file.record(name).shape[0]);
        return whole.part(0, {any, rows, columns, 0}, {any, columns, 1, 1})(0, 1);
    };
    CHECK(first("w", false, update_side::either, "A", "B") == 6); // 3 * 2
    CHECK(first("w", true, update_side::either, "A", "B") == 4);  // 4 * 1
    CHECK(first("w", false, update_side::turned, "A", "B") == 4);
    CHECK(first("wide", false, update_side::either, "A", "one") == 10); // 5 * 2
    CHECK(first("wide", false, update_side::either, "one", "B") == 20); // 5 * 4, (B A) is 2 x 1
}
