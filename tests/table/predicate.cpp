#include "svdlens/table/predicate.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/numbers.hpp"
#include "svdlens/table/detail/filter/row_filter.hpp"

namespace sl = svdlens;
using sl::axis_index;
using sl::column;
using sl::predicate;
using sl::score;
using sl::score_magnitude;
using svdlens_tests::inf;
using svdlens_tests::message_of;
using svdlens_tests::not_a_number;

using row_list = std::vector<sl::row_number>;

namespace {

/// Layer (2), token (5: "key" stands twice), and `cell` over both.
sl::axes sample() {
    return sl::axes({{"layer", 2}, sl::axis("token", {"key", "door key", "wall", "key", ""})},
                    {{"cell", "{layer}:{token}"}, {"level", "L{layer}"}, {"fixed", "all"}});
}

/// The rows of the sample that a condition keeps. The score of row r is r.
row_list kept(const predicate& p) {
    const auto table = sample();
    const sl::detail::row_filter filter(table, p);
    row_list result;
    for (sl::row_number row = 0; row < table.shape_rows(); ++row)
        if (filter(row, static_cast<double>(row))) result.push_back(row);
    return result;
}

/// Whether a condition on scores keeps a score.
bool keeps(const predicate& p, double score) { return sl::detail::row_filter(sl::axes(), p)(0, score); }

sl::errc code_of(const predicate& p) {
    try {
        kept(p);
    } catch (const sl::error& e) {
        return e.code();
    }
    return {};
}

} // namespace

TEST_CASE("labels are compared as texts and a label that repeats matches all its indices") {
    CHECK(kept(column("token") == "key") == row_list{0, 3, 5, 8});
    CHECK(kept(column("token") != "key") == row_list{1, 2, 4, 6, 7, 9});
    CHECK(kept(column("token") == std::string()) == row_list{4, 9});
    CHECK(kept(column("level") == "L1") == row_list{5, 6, 7, 8, 9});
    CHECK(kept(column("layer") == "1") == row_list{5, 6, 7, 8, 9});
    CHECK(kept(column("cell") == "1:key") == row_list{5, 8});
    CHECK(kept(column("fixed") == "all").size() == 10);
    CHECK(kept(column("fixed") != "all").empty());
}

TEST_CASE("labels are looked for in lists of any kind") {
    CHECK(kept(column("token").in({"wall", "key", "wall"})) == row_list{0, 2, 3, 5, 7, 8});
    CHECK(kept(column("token").in({"wall"})) == row_list{2, 7});
    CHECK(kept(column("token").in(std::vector<std::string>{"wall"})) == row_list{2, 7});
    CHECK(kept(column("token").in(std::array<const char*, 1>{"wall"})) == row_list{2, 7});
    CHECK(kept(column("token").in(std::vector<std::string_view>{})).empty());
    CHECK(kept(column("cell").in({"0:wall", "1:"})) == row_list{2, 9});
}

TEST_CASE("labels are tested for parts and by functions") {
    CHECK(kept(column("token").contains("key")) == row_list{0, 1, 3, 5, 6, 8});
    CHECK(kept(column("token").contains("")).size() == 10);
    CHECK(kept(column("token").contains("no such part")).empty());
    CHECK(kept(column("token").starts_with("key")) == row_list{0, 3, 5, 8});
    CHECK(kept(column("token").ends_with("all")) == row_list{2, 7});
    CHECK(kept(column("cell").starts_with("0:")) == row_list{0, 1, 2, 3, 4});
    CHECK(kept(column("token").matches([](std::string_view s) { return s.empty(); })) == row_list{4, 9});
    int calls = 0;
    kept(column("token").matches([&calls](std::string_view) { return ++calls > 0; }));
    CHECK(calls == 5); // once a label, not once a row
}

TEST_CASE("integers are compared with the index, whatever its label") {
    CHECK(kept(column("token") == 3) == row_list{3, 8});
    CHECK(kept(column("token") != 3) == row_list{0, 1, 2, 4, 5, 6, 7, 9});
    CHECK(kept(column("token") < 1) == row_list{0, 5});
    CHECK(kept(column("token") <= 1U) == row_list{0, 1, 5, 6});
    CHECK(kept(column("token") > std::size_t{3}) == row_list{4, 9});
    CHECK(kept(column("token") >= std::int8_t{3}) == row_list{3, 4, 8, 9});
    CHECK(kept(column("token").in({4, 0, 4})) == row_list{0, 4, 5, 9});
    CHECK(kept(column("token").in({0})) == row_list{0, 5});
    CHECK(kept(column("token").in(std::vector<unsigned>{1, 2})) == row_list{1, 2, 6, 7});
    CHECK(kept(column("token").between(1, 3U)) == row_list{1, 2, 3, 6, 7, 8});
    CHECK(kept(column("level") == 1) ==
          row_list{5, 6, 7, 8, 9}); // of the axis that the label column is made of
    CHECK(kept(axis_index("layer") == 1) == row_list{5, 6, 7, 8, 9});
    CHECK(kept(axis_index("token").in({1}) && axis_index("layer").between(0, 0)) == row_list{1});
}

TEST_CASE("ends of ranges outside the extent match as numbers do") {
    CHECK(kept(column("layer") > -1).size() == 10);
    CHECK(kept(column("layer") >= -1).size() == 10);
    CHECK(kept(column("layer") < -1).empty());
    CHECK(kept(column("layer") <= -1).empty());
    CHECK(kept(column("layer") < 100).size() == 10);
    CHECK(kept(column("layer") <= std::numeric_limits<std::uint64_t>::max()).size() == 10);
    CHECK(kept(column("layer") > std::numeric_limits<std::uint64_t>::max()).empty());
    CHECK(kept(column("layer").between(1, 0)).empty());
    CHECK(kept(column("layer").between(-5, -1)).empty());
    CHECK(kept(column("layer").between(-5, 0)) == row_list{0, 1, 2, 3, 4});
}

TEST_CASE("scores compare in double and with NaN only != holds") {
    for (const double x : {-inf, -1.0, -0.0, 0.0, 0.25, 1.0, inf, not_a_number}) {
        for (const double bound : {-inf, -1.0, -0.0, 0.0, 0.25, 5e-324, 1.0, inf, not_a_number}) {
            INFO(x << " and " << bound);
            CHECK(keeps(score() < bound, x) == (x < bound));
            CHECK(keeps(score() <= bound, x) == (x <= bound));
            CHECK(keeps(score() > bound, x) == (x > bound));
            CHECK(keeps(score() >= bound, x) == (x >= bound));
            CHECK(keeps(score() == bound, x) == (x == bound));
            CHECK(keeps(score() != bound, x) == (x != bound));
            CHECK(keeps(!(score() > bound), x) == !(x > bound));
            CHECK(keeps(score_magnitude() > bound, x) == (std::abs(x) > bound));
            CHECK(keeps(score_magnitude() <= bound, x) == (std::abs(x) <= bound));
            CHECK(keeps(score().between(bound, 0.5), x) == (x >= bound && x <= 0.5));
            CHECK(keeps(score() > bound && score_magnitude() < 1, x) == (x > bound && std::abs(x) < 1));
            CHECK(keeps(score() > bound || score() == -1, x) == (x > bound || x == -1));
        }
    }
}

TEST_CASE("functions of row and score are conditions") {
    CHECK(kept(sl::rows_where([](sl::row_number row, double x) { return row % 2 == 0 && x > 3; })) ==
          row_list{4, 6, 8});
    const std::function<bool(sl::row_number, double)> test = [](sl::row_number row, double) {
        return row == 1;
    };
    CHECK(kept(!sl::rows_where(test) && column("layer") == 0) == row_list{0, 2, 3, 4});
}

TEST_CASE("conditions are joined by and, or, not in any depth") {
    CHECK(kept(column("layer") == 0 && column("token") > 1 && score() != 3) == row_list{2, 4});
    CHECK(kept(column("layer") == 0 || column("token") == "wall") == row_list{0, 1, 2, 3, 4, 7});
    CHECK(kept(!(column("layer") == 0 || column("token") == "wall")) == row_list{5, 6, 8, 9});
    CHECK(kept(!(column("layer") == 0 && !(score() > 1))) == row_list{2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(kept(!!(column("layer") == 0)) == row_list{0, 1, 2, 3, 4});
    auto many = column("token") == 0;
    for (int k = 0; k < 2000; ++k) many = many || score() == k % 4 || column("layer") >= 7;
    CHECK(kept(many) == row_list{0, 1, 2, 3, 5});
}

TEST_CASE("a condition is a value that can be kept and used again") {
    const auto wall = column("token") == "wall";
    auto copy = wall;
    copy = copy && column("layer") == 1;
    CHECK(kept(wall) == row_list{2, 7});
    CHECK(kept(copy) == row_list{7});
}

TEST_CASE("a label that no index has is refused, also where it is denied or in a list") {
    CHECK(code_of(column("token") == "kee") == sl::errc::unknown_label);
    CHECK(code_of(column("token") != "kee") == sl::errc::unknown_label);
    CHECK(code_of(column("token").in({"key", "kee"})) == sl::errc::unknown_label);
    CHECK(code_of(score() > 100 && column("token") == "kee") == sl::errc::unknown_label);
    CHECK(code_of(column("layer") == "2") == sl::errc::unknown_label);
    CHECK(message_of([] { kept(column("cell") == "L0:key"); }) ==
          "where: column \"cell\": no label \"L0:key\"; there are \"0:key\" \"0:door key\" \"0:wall\" "
          "\"0:key\" ... (10 in all)");
    CHECK(message_of([] { kept(column("fixed") == "none"); }) ==
          "where: column \"fixed\": no label \"none\"; there are \"all\"");
}

TEST_CASE("an index beyond the extent is refused, as a label is that no index has") {
    CHECK(code_of(column("layer") == 2) == sl::errc::unknown_label);
    CHECK(code_of(column("layer") != 2) == sl::errc::unknown_label);
    CHECK(code_of(column("layer") == -1) == sl::errc::unknown_label);
    CHECK(code_of(column("layer") == std::numeric_limits<std::uint64_t>::max()) == sl::errc::unknown_label);
    CHECK(code_of(column("token").in({4, 0, 5})) == sl::errc::unknown_label);
    CHECK(code_of(axis_index("token").in(std::vector<int>{-1})) == sl::errc::unknown_label);
    CHECK(code_of(score() > 100 && axis_index("token") == 5) == sl::errc::unknown_label);
    CHECK(code_of(!(column("level") == 2)) == sl::errc::unknown_label); // of the axis under the label column
    CHECK(kept(column("token") == 4) == row_list{4, 9});
    CHECK(kept(column("token").in(std::vector<int>{})).empty());
    CHECK(message_of([] { kept(column("level") == 2); }) ==
          "where: axis \"layer\": no index 2; the extent is 2");
    CHECK(message_of([] {
              kept(axis_index("token").in({0, -7}));
          }) == "where: axis \"token\": no index -7; the extent is 5");
}

TEST_CASE("a column that is not there is refused") {
    CHECK(code_of(column("head") == "L0H0") == sl::errc::unknown_column);
    CHECK(code_of(column("head").contains("")) == sl::errc::unknown_column);
    CHECK(code_of(column("head") < 3) == sl::errc::unknown_column);
    CHECK(code_of(axis_index("cell") < 3) == sl::errc::unknown_column);
}

TEST_CASE("an integer is not compared with a column over several axes") {
    CHECK(code_of(column("cell") == 1) == sl::errc::invalid_argument);
    CHECK(code_of(column("fixed") < 1) == sl::errc::invalid_argument);
    CHECK(message_of([] { kept(column("cell") < 1); }) ==
          "where: column \"cell\": expected one axis to compare with an integer, found 2; compare "
          "axis_index(\"layer\"), axis_index(\"token\"), or the column with a label");
}
