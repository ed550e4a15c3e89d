#include "svdlens/report/detail/density_strip.hpp"

#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <tuple>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/projection/projection.hpp"
#include "svdlens/table/store.hpp"

namespace sl = svdlens;

TEST_CASE("a density has every row in its head's bin, lazy or stored, whatever the threads") {
    const auto model = svdlens_tests::make_random_model<float>({.layers = 3});
    const auto ov = sl::singular_directions(sl::ov_circuits(model));
    const auto scores = sl::project(ov.writing(), model.mlp_in());
    const auto stored = sl::store(scores);
    constexpr std::size_t bins = 7;
    const double low = -0.5, high = 0.75;
    const auto density = std::get<0>(sl::ask(sl::score_source_ref<float>(scores),
                                             sl::detail::density_question{"head", low, high, bins},
                                             sl::execution{.threads = 3}));
    std::map<std::string, std::map<std::size_t, std::size_t>> expected;
    const auto& axes = stored.axes();
    sl::block_buffer<float> buffer;
    std::size_t inside = 0;
    for (std::size_t i = 0; i < stored.blocks(); ++i) {
        const auto block = stored.block(i, buffer);
        for (std::size_t k = 0; k < block.runs; ++k) {
            const auto run = block.run(k);
            for (std::size_t j = 0; j < run.scores.size(); ++j) {
                const double score = static_cast<double>(run.scores[j]);
                if (score < low || score > high) continue;
                ++inside;
                std::size_t bin = 0;
                while (bin + 1 < bins && score >= low + (high - low) * static_cast<double>(bin + 1) / bins)
                    ++bin;
                ++expected[axes.label(run.row(j), "head")][bin];
            }
        }
    }
    REQUIRE(inside > 100);
    REQUIRE(density.counts.size() == 12 * bins);
    for (std::size_t g = 0; g < 12; ++g)
        for (std::size_t b = 0; b < bins; ++b)
            CHECK(density.counts[g * bins + b] == expected[density.groups.label(g, "head")][b]);
    const auto one = std::get<0>(sl::ask(sl::score_source_ref<float>(stored),
                                         sl::detail::density_question{"head", low, high, bins},
                                         sl::execution{.threads = 1}));
    CHECK(one.counts == density.counts);
}

TEST_CASE("the shade holds the counts, and its colours go by their logarithm") {
    const sl::detail::group_density density{sl::axes({{"head", 2}}), 3, -1.5, 1.5, {0, 7, 1, 1000, 0, 2}};
    const auto shade = sl::detail::density_trace(density, "head");
    CHECK(shade["z"][0] == sl::plot::json::array({nullptr, 1000}));
    CHECK(shade["z"][1] == sl::plot::json::array({7, nullptr}));
    CHECK(shade["z"][2] == sl::plot::json::array({1, 2}));
    CHECK(shade["y"] == sl::plot::json::array({-1.0, 0.0, 1.0}));
    CHECK(shade["zmax"] == 1000);
    double last = -1;
    for (const auto& stop : shade["colorscale"]) {
        CHECK(stop[0].get<double>() > last);
        last = stop[0].get<double>();
    }
    CHECK(shade["colorscale"].front()[0] == 0.0);
    CHECK(last == 1.0);
    CHECK(std::abs(shade["colorscale"][12][0].get<double>() - (std::sqrt(1001.0) - 1) / 1000) < 1e-12);
}
