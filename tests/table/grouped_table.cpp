#include "svdlens/table/grouped_table.hpp"

#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/group_by.hpp"
#include "svdlens/table/long_table.hpp"

namespace sl = svdlens;
namespace ag = svdlens::aggregates;
using namespace svdlens_tests;

TEST_CASE("a grouped table prints labels and values") {
    const auto table = sl::long_table(std::vector<float>{1, 2, 3, 5, 0.5F, NAN}, head_axes(1, 3, 2));
    std::ostringstream out;
    out << sl::group_by(table, sl::by("head"), ag::mean{}, ag::abs_max{});
    CHECK(out.str() == "   layer  head  mean  abs_max\n"
                       "0      0  L0H0   1.5        2\n"
                       "1      0  L0H1     4        5\n"
                       "2      0  L0H2   0.5      0.5\n"
                       "\n[3 rows x 4 columns]\n");
}

TEST_CASE("a long grouped table prints its ends") {
    const auto table = sl::long_table(random_scores<float>(300, 1), sl::axes({{"a", 100}, {"b", 3}}));
    const auto text = to_string(sl::group_by(table, sl::by("a"), ag::count{}));
    CHECK(text.find("...") != std::string::npos);
    CHECK(text.find("[100 rows x 2 columns]") != std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == 14);
}

TEST_CASE("a temporary hands its values over") {
    const auto table = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"a", 2}}));
    const auto sums = [&] { return sl::group_by(table, sl::by("a"), ag::sum{}, ag::count{}); };
    double total = 0;
    for (const double value : sums().values()) total += value;
    for (const auto row : sums().rows()) total += static_cast<double>(row);
    CHECK(total == 4);
    CHECK(sums().get<ag::count>().scores()[1] == 1);
    CHECK(sums().column<0>().scores()[1] == 2);
    CHECK_FALSE(sums().empty());
    CHECK(sl::grouped_table<ag::sum, ag::count>::name<1>() == "count");
}
