/// @file
/// Any tensor as a long table: what stands where, filtered, grouped, pivoted, without storing an index
/// column. Nothing here knows of transformers. `long_table [FOLDER]` writes the table's files there too.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

#include <svdlens/svdlens.hpp>

namespace sl = svdlens;
namespace agg = svdlens::aggregates;
using sl::by;
using sl::column;
using sl::score;

namespace {

/// Made-up temperatures: 2 years x 12 months x 24 hours x 3 stations, with one broken sensor.
std::vector<float> temperatures() {
    std::vector<float> values;
    for (int year = 0; year < 2; ++year)
        for (int month = 0; month < 12; ++month)
            for (int hour = 0; hour < 24; ++hour)
                for (int station = 0; station < 3; ++station) {
                    const double season = -10 * std::cos(0.5235987756 * month);
                    const double day = -4 * std::cos(0.2617993878 * (hour - 2));
                    const bool broken = year == 1 && station == 2 && month == 3;
                    values.push_back(broken ? NAN
                                            : static_cast<float>(10 + season + day - 3 * station + year));
                }
    return values;
}

int run(const std::filesystem::path& folder) {
    // An axis is a name, a name with labels, or a name with a format. Label columns are computed
    // from several.
    sl::axes axes(
        {{"year", {"2024", "2025"}},
         {"month", {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}},
         {"hour", 24},
         {"station", {"harbour", "hill", "summit"}}});
    axes.add({"when", "{month} {year}, {hour} h"});
    axes.set_title("temperature");

    const auto values = temperatures();
    const auto table = sl::long_table(values, axes); // O(1): the values are viewed, no column is made
    std::cout << table << "\n" << sl::describe(table, {0.01, 0.25, 0.75, 0.99}) << "\n";

    std::cout << "the coldest hour of each station:\n" << sl::bottom_k(table, 1, by("station")) << "\n";

    const auto nights =
        sl::where(table, column("station") == "summit" && column("hour").between(0, 5) && score() < 0);
    std::cout << "freezing nights on the summit, by month:\n" << sl::value_counts(nights, "month") << "\n";

    const auto months =
        sl::group_by(table, by("month", "station"), std::tuple{agg::mean{}, agg::min{}, agg::max{}});
    std::cout << months << "\n";
    std::cout << "in wide form:\n" << sl::pivot(table, by("month"), by("station"), agg::mean{}) << "\n";

    const auto heat = sl::outside_quantiles(table, 0, 0.98, by("station"));
    std::cout << "the hottest 2 % of each station:\n"
              << sl::to_string(sl::sort_by(heat, {sl::descending("score")}),
                               {.rows = 6, .columns = {"when", "station", "score"}});

    if (folder.empty()) return EXIT_SUCCESS;
    std::filesystem::create_directories(folder);
    sl::write_csv(folder / "heat.csv", heat);
    sl::write_npy(folder / "temperature.npy", table); // and temperature.axes.json: what its axes mean
    std::cout << "\nwritten to " << folder.string() << "\n";
    return EXIT_SUCCESS;
}

} // namespace

int main(int count, char** arguments) {
    try {
        return run(count > 1 ? arguments[1] : "");
    } catch (const std::exception& failure) {
        std::cerr << "long_table: " << failure.what() << "\n";
        return EXIT_FAILURE;
    }
}
