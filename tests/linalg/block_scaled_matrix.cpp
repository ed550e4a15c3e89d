#include "svdlens/linalg/block_scaled_matrix.hpp"

#include <cstddef>
#include <string>

#include "linalg/matrix_parts.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("any part of a matrix with scaled blocks has the bits of the formula, and nothing is kept") {
    matrix_maker make(5);
    const std::size_t rows = GENERATE(0U, 1U, 11U), columns = GENERATE(0U, 1U, 7U);
    const std::size_t down = GENERATE(1U, 3U, 4U, 11U, 200U), across = GENERATE(1U, 2U, 7U, 9U);
    const auto m = make.uniform(rows, columns).as<float>();
    const auto turned = plain_matrix(m.transposed()).as<float>().transposed();
    const auto s = make.uniform((rows + down - 1) / down, (columns + across - 1) / across).as<float>();
    const auto expected = make_expected<float>(rows, columns, [&](auto i, auto j) {
        return static_cast<float>(double{m(i, j)} * double{s(i / down, j / across)});
    });
    const sl::matrix one_factor({1}, 1, 1);
    for (const auto& W : {m, turned})
        for (const auto& scales : {s, plain_matrix(s.transposed()).as<float>().transposed()}) {
            const auto scaled = sl::block_scaled_matrix(W, scales, {down, across});
            CHECK(scaled.is_deferred());
            CHECK(differing_part(scaled, expected) == "");
            if (rows == 0 || columns == 0) continue;
            const auto twice =
                sl::block_scaled_matrix(scaled, one_factor, {rows, columns}); // of a deferred matrix
            CHECK(differing_part(twice, expected) == "");
            const auto one = scaled.resident(), other = scaled.resident();
            CHECK(one.data() != other.data());
        }
}

TEST_CASE("blocks that are none, or of which there are more or fewer, are refused") {
    const sl::matrix m({1, 2, 3, 4, 5, 6}, 2, 3), s({1, 2}, 1, 2);
    const auto refusal = [&](sl::block_shape block) {
        return message_of([&] { (void)sl::block_scaled_matrix(m, s, block); });
    };
    CHECK(refusal({2, 2}).empty());
    CHECK(refusal({1, 2}) ==
          "block_scaled_matrix: expected a factor for each block of 1 x 2 entries of 2 x 3, "
          "found 1 x 2");
    CHECK(refusal({2, 3}).find("found 1 x 2") != std::string::npos);
    CHECK(refusal({0, 2}).find("0 x 2") != std::string::npos);
    CHECK(refusal({2, 0}).find("2 x 0") != std::string::npos);
}
