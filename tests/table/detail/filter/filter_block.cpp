#include "svdlens/table/detail/filter/filter_block.hpp"

#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;
using sl::column;
using sl::score;
using sl::detail::filter_block;
using sl::detail::row_filter;

using score_list = std::vector<float>;
using number_list = std::vector<sl::row_number>;

namespace {

score_list scores_of(const sl::score_block<float>& block) {
    return {block.scores, block.scores + block.size()};
}

number_list rows_in(const sl::score_block<float>& block) { return {block.rows, block.rows + block.size()}; }

/// Two runs of four scores, five apart, in the buffer itself: rows 4 to 7 and 0 to 3 of a 2 x 4 table.
sl::score_block<float> block_in(sl::block_buffer<float>& buffer) {
    buffer.scores = {4, 5, 6, 7, -1, 0, 1, 2, 3};
    buffer.starts = {4, 0};
    buffer.rows.clear();
    return {buffer.scores.data(), 2, 4, 5, buffer.starts.data(), nullptr};
}

const sl::axes line_table({{"line", 2}, {"place", 4}});

} // namespace

TEST_CASE("kept rows are listed in the buffer that the block lies in, in the block's order") {
    sl::block_buffer<float> buffer;
    const auto by_mask = filter_block(row_filter(line_table, column("place") != 1), block_in(buffer), buffer);
    CHECK(scores_of(by_mask) == score_list{4, 6, 7, 0, 2, 3});
    CHECK(rows_in(by_mask) == number_list{4, 6, 7, 0, 2, 3});
    const auto by_score =
        filter_block(row_filter(line_table, score() > 1 && column("place") > 0), block_in(buffer), buffer);
    CHECK(scores_of(by_score) == score_list{5, 6, 7, 2, 3});
    CHECK(rows_in(by_score) == number_list{5, 6, 7, 2, 3});
    const auto by_either =
        filter_block(row_filter(line_table, score() == 1 || column("place") == 3), block_in(buffer), buffer);
    CHECK(scores_of(by_either) == score_list{7, 1, 3});
    CHECK(rows_in(by_either) == number_list{7, 1, 3});
}

TEST_CASE("listed rows that lie in the buffer are kept in place") {
    sl::block_buffer<float> buffer;
    buffer.scores = {7, 1, 4, 2};
    buffer.rows = {7, 1, 4, 2};
    const sl::score_block<float> block{buffer.scores.data(), 1, 4, 4, nullptr, buffer.rows.data()};
    const auto kept = filter_block(row_filter(line_table, column("place") != 1), block, buffer);
    CHECK(rows_in(kept) == number_list{7, 4, 2});
    CHECK(scores_of(kept) == score_list{7, 4, 2});
}

TEST_CASE("a block whose rows are all kept is the block itself, one without any is empty") {
    sl::block_buffer<float> buffer;
    for (const auto& condition : {column("place") < 9, score() >= 0, column("line") < 2 || score() > 100}) {
        const auto block = block_in(buffer);
        const auto kept = filter_block(row_filter(line_table, condition), block, buffer);
        CHECK(kept.scores == block.scores);
        CHECK(kept.rows == nullptr);
        CHECK(kept.pitch == 5);
    }
    CHECK(filter_block(row_filter(line_table, score() > 100), block_in(buffer), buffer).size() == 0);
    CHECK(filter_block(row_filter(line_table, column("line") > 4), block_in(buffer), buffer).size() == 0);
    CHECK(filter_block(row_filter(line_table, score() > 1), sl::score_block<float>{}, buffer).size() == 0);
}
