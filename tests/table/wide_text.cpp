#include "svdlens/table/wide_text.hpp"

#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("a wide table prints its cells under their labels") {
    const sl::basic_selection<double> rows(head_axes(2, 2, 3), {7, 0, 5}, {1, 0.25, 3});
    std::ostringstream out;
    out << sl::wide_table(rows, sl::by("head"), sl::by("neuron"));
    CHECK(out.str() == "head     0    1    2\n"
                       "L0H0  0.25  nan  nan\n"
                       "L0H1   nan  nan    3\n"
                       "L1H0   nan    1  nan\n"
                       "\n[3 rows x 3 columns]\n");
}

TEST_CASE("a large wide table prints its ends") {
    std::vector<sl::row_number> numbers;
    std::vector<double> scores;
    for (std::uint64_t k = 0; k < 100; ++k) {
        numbers.push_back(k);
        scores.push_back(static_cast<double>(k));
    }
    const sl::wide_table wide(sl::basic_selection<double>(sl::axes({{"a", 10}, {"b", 10}}), numbers, scores),
                              sl::by("a"), sl::by("b"));
    CHECK(sl::to_string(wide, {.rows = 3, .columns = 2}) == "a      0  ...    9\n"
                                                            "0      0  ...    9\n"
                                                            "1     10  ...   19\n"
                                                            "...  ...  ...  ...\n"
                                                            "9     90  ...   99\n"
                                                            "\n[10 rows x 10 columns]\n");
}
