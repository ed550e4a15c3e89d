#include "svdlens/linalg/stacked_matrix.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "linalg/matrix_parts.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("any part of stacked matrices is what lies there, however they lie") {
    matrix_maker make(5);
    const std::size_t count = GENERATE(1U, 2U, 5U), rows = GENERATE(1U, 3U), columns = GENERATE(1U, 4U);
    const bool turned = GENERATE(false, true);
    std::vector<sl::matrix> pieces;
    for (std::size_t k = 0; k < count; ++k) {
        const auto m = make.uniform(rows, columns).as<float>();
        pieces.push_back(turned ? plain_matrix(m.transposed()).as<float>().transposed() : m);
    }
    const auto expected = make_expected<float>(count * rows, columns,
                                               [&](auto i, auto j) { return pieces[i / rows](i % rows, j); });
    const auto all = sl::stacked_matrix(pieces);
    CHECK(all.is_deferred() == (count > 1));
    CHECK(differing_part(all, expected) == "");
    CHECK(differing_part(all.transposed().transposed(), expected) == "");
}

TEST_CASE("a part within one of stacked matrices is a view of it") {
    const sl::matrix a({1, 2, 3, 4, 5, 6}, 3, 2), b({7, 8, 9, 10, 11, 12}, 3, 2);
    const auto all = sl::stacked_matrix<float>({a, b});
    CHECK(all.row_range(3, 3).resident().data() == b.data());
    CHECK(all.row_range(4, 1).resident().data() == b.data() + 2);
    CHECK(all.transposed().column_range(0, 3).resident().data() == a.data());
    const auto over = all.row_range(2, 2).resident();
    CHECK(over(0, 1) == 6);
    CHECK(over(1, 0) == 7);
}

TEST_CASE("nothing stacked is nothing, and what is stacked has one shape") {
    CHECK(sl::stacked_matrix<float>({}).rows() == 0);
    CHECK(sl::stacked_matrix<float>({sl::matrix({}, 0, 2), sl::matrix({}, 0, 2)}).rows() == 0);
    const sl::matrix a({1, 2}, 1, 2), b({1, 2}, 2, 1);
    CHECK(message_of([&] {
              (void)sl::stacked_matrix<float>({a, b});
          }) == "stacked matrices: expected 1 x 2, found 2 x 1");
}
