#include "svdlens/table/score_source.hpp"

#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("an erased reference hands out what its source does") {
    const auto scores = random_scores<float>(600, 1);
    const cut_source<float> cut(head_axes(2, 3, 100), scores, 4);
    const sl::score_source_ref<float> erased(cut);
    static_assert(sl::score_source<sl::score_source_ref<float>>);
    REQUIRE(erased.blocks() == cut.blocks());
    CHECK(erased.max_rows() == 600);
    CHECK(&erased.axes() == &cut.axes());
    std::vector<int> seen(600);
    sl::block_buffer<float> buffer;
    for (std::size_t i = 0; i < erased.blocks(); ++i) {
        const auto block = erased.block(i, buffer);
        for (std::size_t r = 0; r < block.runs; ++r) {
            const auto run = block.run(r);
            for (std::size_t k = 0; k < run.scores.size(); ++k) {
                REQUIRE(run.scores[k] == scores[static_cast<std::size_t>(run.row(k))]);
                ++seen[static_cast<std::size_t>(run.row(k))];
            }
        }
    }
    CHECK(seen == std::vector<int>(600, 1));
}

TEST_CASE("runs of a patch are a pitch apart in memory and have their own first rows") {
    const std::vector<double> memory{1, 2, 0, 3, 4, 0};
    const std::vector<sl::row_number> starts{40, 10};
    const sl::score_block<double> block{memory.data(), 2, 2, 3, starts.data(), nullptr};
    CHECK(block.size() == 4);
    CHECK(block.run(1).scores[0] == 3);
    CHECK(block.run(1).row(1) == 11);
    const sl::score_block<double> listed{memory.data(), 1, 2, 2, nullptr, starts.data()};
    CHECK(listed.run(0).row(1) == 10);
}

TEST_CASE("a block of no rows may come without lists") {
    const sl::score_block<float> none{nullptr, 1, 0, 0, nullptr, nullptr};
    CHECK(none.run(0).scores.empty());
}
