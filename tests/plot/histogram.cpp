#include "svdlens/plot/histogram.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"

using namespace svdlens;

TEST_CASE("the bars of a histogram are as wide as the bins and as high as their counts") {
    const auto scores = svdlens_tests::random_scores<float>(1000, 4);
    auto axes = svdlens::axes({{"neuron", 1000}});
    axes.set_title("scores");
    axes.set_provenance("made up");
    const auto f = plot::histogram(long_table(scores, axes), {.bins = 7});
    CHECK(f.title == "scores");
    CHECK(f.provenance == "made up");
    const auto& bars = f.data[0];
    REQUIRE(bars["x"].size() == 7);
    std::uint64_t all = 0;
    for (std::size_t k = 0; k < 7; ++k) {
        const double low = bars["x"][k], high = bars["customdata"][k], width = bars["width"][k];
        CHECK(low + width == Approx(high));
        std::uint64_t inside = 0;
        for (const float s : scores) {
            const auto score = static_cast<double>(s);
            inside += static_cast<std::uint64_t>(score >= low && (score < high || (k == 6 && score <= high)));
        }
        CHECK(bars["y"][k] == inside);
        all += inside;
    }
    CHECK(all == 1000);
}

TEST_CASE("what is outside the bins is told of") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> scores{1,       2, infinity, -infinity, std::numeric_limits<float>::quiet_NaN(),
                                    infinity};
    const auto f = plot::histogram(long_table(scores, svdlens::axes({{"neuron", 6}})), {.bins = 2});
    CHECK(f.notes == std::vector<std::string>{"1 row has no score (NaN).", "1 score lies below the bins.",
                                              "2 scores lie above the bins."});
    CHECK(plot::histogram(long_table(std::vector<float>(), svdlens::axes({axis("neuron", std::uint64_t{0})})),
                          {.bins = 3})
              .data[0]["y"]
              .size() == 3);
}
