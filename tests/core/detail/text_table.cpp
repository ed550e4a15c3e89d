#include "svdlens/core/detail/text_table.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("the first column is left aligned, the others right, with two spaces between") {
    const sl::detail::text_table table{{"", "head", "score"},
                                       {{"0", "L0H0", "-1.5"}, {"100", "L10H3", "0.25"}}};
    CHECK(to_string(table) == "      head  score\n"
                              "0     L0H0   -1.5\n"
                              "100  L10H3   0.25\n");
}

TEST_CASE("a text table without a header, with short rows, with nothing") {
    CHECK(to_string(sl::detail::text_table{{}, {{"min", "1"}, {"count", "-20"}}}) ==
          "min      1\ncount  -20\n");
    CHECK(to_string(sl::detail::text_table{{"a", "b"}, {{"long"}}}) == "a     b\nlong\n");
    CHECK(to_string(sl::detail::text_table{{"a", "b"}, {}}) == "a  b\n");
    CHECK(to_string(sl::detail::text_table{}).empty());
}

TEST_CASE("widths count characters, not bytes, and every row stays one line") {
    const sl::detail::text_table table{{"", "token"}, {{"é", "Ġ日"}, {"ab", "a\nb\x1b"}, {"", "\t\r\x7f"}}};
    CHECK(to_string(table) == "       token\n"
                              "é         Ġ日\n"
                              "ab  a\\nb\\x1b\n"
                              "    \\t\\r\\x7f\n");
}

TEST_CASE("only head and tail are asked for") {
    std::vector<std::size_t> asked;
    const auto row = [&](std::size_t k) {
        asked.push_back(k);
        return std::vector<std::string>{std::to_string(k), "x"};
    };
    const auto table = sl::detail::head_and_tail({"", "c"}, 1000, 5, row);
    CHECK(asked == std::vector<std::size_t>{0, 1, 2, 998, 999});
    CHECK(to_string(table) == "       c\n0      x\n1      x\n2      x\n...  ...\n998    x\n999    x\n");

    CHECK(sl::detail::head_and_tail({"", "c"}, 5, 5, row).cells.size() == 5);
    CHECK(sl::detail::head_and_tail({"", "c"}, 6, 1, row).cells ==
          std::vector<std::vector<std::string>>{{"0", "x"}, {"...", "..."}});
    CHECK(sl::detail::head_and_tail({"", "c"}, 6, 0, row).cells ==
          std::vector<std::vector<std::string>>{{"...", "..."}});
    CHECK(sl::detail::head_and_tail({"", "c"}, 0, 0, row).cells.empty());
}
