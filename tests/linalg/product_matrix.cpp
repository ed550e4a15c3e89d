#include "svdlens/linalg/product_matrix.hpp"

#include <cstddef>

#include "linalg/matrix_parts.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("any part of a product has the bits of sums in double in their order") {
    matrix_maker make(6);
    const std::size_t rows = GENERATE(1U, 5U), inner = GENERATE(0U, 1U, 7U), columns = GENERATE(1U, 4U);
    const auto A = make.uniform(rows, inner).as<float>(), B = make.uniform(inner, columns).as<float>();
    const auto expected = make_expected<float>(rows, columns, [&](auto i, auto j) {
        double sum = 0;
        for (std::size_t k = 0; k < inner; ++k) sum += double{A(i, k)} * double{B(k, j)};
        return static_cast<float>(sum);
    });
    const auto turned = plain_matrix(B.transposed()).as<float>().transposed();
    for (const auto& right : {B, turned}) {
        const auto product = sl::product_matrix(A, right);
        CHECK(product.is_deferred());
        CHECK(differing_part(product, expected) == "");
    }
}

TEST_CASE("a product of matrices that do not fit is refused") {
    const sl::matrix A({1, 2}, 1, 2), B({1, 2, 3}, 3, 1);
    CHECK(message_of([&] { (void)sl::product_matrix(A, B); }) == "product: expected 2 rows, found 3");
}
