#include "svdlens/table/bands.hpp"

#include <algorithm>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/where.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// Bands ascend, and all rows of one precede those of the next. How many bands there are.
template <sl::banded_source S>
std::size_t check_bands(const S& source) {
    sl::block_buffer<typename S::value_type> buffer;
    std::size_t bands = 0, last_band = 0;
    sl::row_number highest = 0, below = 0; // of this band, of all bands before
    for (std::size_t i = 0; i < source.blocks(); ++i) {
        const auto band = sl::detail::band_of(source, i);
        REQUIRE(band >= last_band);
        if (i == 0 || band != last_band) {
            ++bands;
            below = highest;
        }
        last_band = band;
        const auto block = source.block(i, buffer);
        for (std::size_t k = 0; k < block.runs; ++k)
            for (std::size_t j = 0; j < block.width; ++j) {
                const auto row = block.run(k).row(j);
                REQUIRE((bands == 1 || row > below));
                highest = (std::max)(highest, row);
            }
    }
    return bands;
}

} // namespace

TEST_CASE("tiles of the same lines are a band") {
    const auto source = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 4));
    CHECK(check_bands(source) == 3 + 5 + 5); // 14, 28 and 28 lines in sixes
    CHECK(check_bands(sl::where(source, sl::column("head") != 2)) > 3);
}

TEST_CASE("every block of a dense table is a band of its own") {
    const auto table = sl::long_table(random_scores<float>(200000, 4), sl::axes({{"row", 200000}}));
    CHECK(check_bands(table) == table.blocks());
    static_assert(!sl::banded_source<sl::selection>);
    static_assert(!sl::banded_source<sl::narrowed<sl::selection>>);
}
