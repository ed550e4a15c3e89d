#include "svdlens/table/print.hpp"

#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/selection.hpp"

namespace sl = svdlens;

namespace {

sl::axes small_axes() {
    return sl::axes({{"layer", 2}, {"action", std::vector<std::string>{"left", "日本", "x\ny"}}},
                    {{"head", "L{layer}H0"}});
}

/// Counts which rows are looked at.
struct rows_looked_at {
    using value_type = double;
    sl::axes columns{{{"row", 1'000'000'000'000}}};
    mutable std::vector<std::size_t> seen = {};

    const sl::axes& axes() const { return columns; }
    std::uint64_t max_rows() const { return columns.shape_rows(); }
    std::size_t blocks() const { return 1; }
    sl::score_block<double> block(std::size_t, sl::block_buffer<double>&) const { return {}; }
    std::size_t size() const { return static_cast<std::size_t>(columns.shape_rows()); }
    sl::row_number row_at(std::size_t k) const { return k; }
    double score_at(std::size_t k) const {
        seen.push_back(k);
        return static_cast<double>(k) / 3;
    }
};

template <class X>
concept printable = requires(std::ostream& out, const X& x) { out << x; };

struct no_table {};

} // namespace

TEST_CASE("a short table prints all its rows with labels") {
    const std::vector<float> values{0.1F,   -2.0F,    std::numeric_limits<float>::quiet_NaN(),
                                    1e-30F, 1.0F / 3, std::numeric_limits<float>::infinity()};
    std::ostringstream out;
    out << sl::long_table(values, small_axes());
    CHECK(out.str() == "   layer  action  head     score\n"
                       "0      0    left  L0H0       0.1\n"
                       "1      0      日本  L0H0        -2\n"
                       "2      0    x\\ny  L0H0       nan\n"
                       "3      1    left  L1H0     1e-30\n"
                       "4      1      日本  L1H0  0.333333\n"
                       "5      1    x\\ny  L1H0       inf\n"
                       "\n"
                       "[6 rows x 4 columns]\n");
}

TEST_CASE("a long table prints its first and last rows and touches no other") {
    const rows_looked_at source;
    CHECK(sl::to_string(source, {.rows = 3}) == "                       row        score\n"
                                                "0                        0            0\n"
                                                "1                        1     0.333333\n"
                                                "...                    ...          ...\n"
                                                "999999999999  999999999999  3.33333e+11\n"
                                                "\n"
                                                "[1000000000000 rows x 2 columns]\n");
    CHECK(source.seen == std::vector<std::size_t>{0, 1, 999999999999});
}

TEST_CASE("a selection keeps its order and its rows' numbers, with columns chosen and computed") {
    const sl::selection rows(small_axes(), {5, 0}, {0.5F, -4.0F});
    const auto text = sl::to_string(
        rows,
        {.columns = {"score", "sign", "size", "head", "row"},
         .derived = {{"size", [](sl::row_number, double s) { return std::abs(s) / 3; }}},
         .derived_labels = {{"sign", [](sl::row_number, double s) { return s < 0 ? "minus" : "plus"; }}}});
    CHECK(text == "   score   sign      size  head  row\n"
                  "5    0.5   plus  0.166667  L1H0    5\n"
                  "0     -4  minus   1.33333  L0H0    0\n"
                  "\n"
                  "[2 rows x 5 columns]\n");
    const auto all = sl::to_string(
        rows, {.rows = 1, .derived_labels = {{"kind", [](sl::row_number, double) { return "k"; }}}});
    CHECK(all == "     layer  action  head  score  kind\n"
                 "5        1    x\\ny  L1H0    0.5     k\n"
                 "...    ...     ...   ...    ...   ...\n"
                 "\n"
                 "[2 rows x 5 columns]\n");
}

TEST_CASE("tables with holes show the rows that are there") {
    std::vector<double> full(3 * 4 * 8 * 50, 1.0);
    const auto source = svdlens_tests::causal_scores(full);
    const sl::basic_long_table<double> table(
        source.axes(),
        {std::vector<double>(static_cast<std::size_t>(source.max_rows()), 2), {source.max_rows()}},
        source.tiles());
    const auto text = sl::to_string(table, {.rows = 2});
    // The last section ends at neuron 48 of direction 7 of head 3.
    CHECK(text.find("\n4798  ") != std::string::npos);
    CHECK(text.find("[" + std::to_string(source.max_rows()) + " rows x 5 columns]") != std::string::npos);
}

TEST_CASE("an empty table prints its columns") {
    CHECK(sl::to_string(sl::selection(small_axes(), {}, {})) ==
          "Empty table\nColumns: [layer, action, head, score]\n");
    CHECK(sl::to_string(sl::selection(sl::axes(), {}, {}), {.columns = {"row"}}) ==
          "Empty table\nColumns: [row]\n");
}

TEST_CASE("a scalar prints as a table of one row") {
    CHECK(sl::to_string(sl::long_table(std::vector<double>{2.5}, sl::axes())) ==
          "   score\n0    2.5\n\n[1 rows x 1 columns]\n");
}

TEST_CASE("what cannot be shown is refused by name, and other types do not print as tables") {
    const sl::selection rows(small_axes(), {3}, {1.0F});
    const auto message = svdlens_tests::message_of([&] { (void)sl::to_string(rows, {.columns = {"haed"}}); });
    CHECK(message == "print: no column \"haed\"; there are \"layer\" \"action\" \"head\" \"score\" \"row\"");
    CHECK_THROWS_AS(sl::to_string(rows, {.derived = {{"x", {}}}}), sl::argument_error);
    CHECK_THROWS_AS(sl::to_string(rows, {.derived_labels = {{"x", {}}}}), sl::argument_error);
    CHECK(printable<sl::selection>);
    CHECK(printable<std::string>);
    CHECK_FALSE(printable<no_table>);
    CHECK_FALSE(printable<std::vector<double>>);
    CHECK_FALSE(printable<svdlens_tests::tiled_scores<float>>);
}
