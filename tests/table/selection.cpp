#include "svdlens/table/selection.hpp"

#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "svdlens/table/score_source.hpp"

namespace sl = svdlens;

TEST_CASE("a selection is a score source that lists its rows in the order given") {
    static_assert(sl::score_source<sl::selection>);
    std::vector<sl::row_number> rows;
    std::vector<float> scores;
    for (std::size_t k = 0; k < 70000; ++k) {
        rows.push_back(140000 - 2 * k);
        scores.push_back(static_cast<float>(k));
    }
    const sl::selection picked(sl::axes({{"row", 200000}}), rows, scores);
    sl::block_buffer<float> buffer;
    std::size_t next = 0;
    for (std::size_t i = 0; i < picked.blocks(); ++i) {
        const auto run = picked.block(i, buffer).run(0);
        for (std::size_t k = 0; k < run.scores.size(); ++k, ++next) {
            REQUIRE(run.row(k) == rows[next]);
            REQUIRE(run.scores[k] == scores[next]);
        }
    }
    CHECK(next == 70000);
    CHECK(picked.max_rows() == 70000);
}

TEST_CASE("an empty selection has no blocks and unequal lists are refused") {
    const sl::selection none(sl::axes({{"row", 3}}), {}, {});
    CHECK(none.empty());
    CHECK(none.blocks() == 0);
    REQUIRE_THROWS_AS(sl::selection(sl::axes({{"row", 3}}), {1, 2}, {0.5F}), sl::argument_error);
    CHECK(svdlens_tests::message_of([] {
              sl::selection(sl::axes({{"row", 9}}), {1, 2, 3}, {0.5F, 1});
          }) == "selection: expected 3 scores for 3 rows, found 2");
}
