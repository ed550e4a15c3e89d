// What chance gives: p-values of random weights are uniform, nothing is found where nothing is, and controls shout where
// a null is wrong.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/projection/projection.hpp>
#include <svdlens/significance/decoys.hpp>
#include <svdlens/significance/discoveries.hpp>
#include <svdlens/table/store.hpp>

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;

using svdlens_tests::message_of;

namespace {

constexpr std::size_t null_width = 96, null_heads = 4, null_directions = 8, null_neurons = 160;

/// Random vectors whose first coordinates are `outlier` times as large.
struct null_vectors {
    std::mt19937_64 random;
    double outlier = 1;

    std::vector<float> operator()(std::size_t rows) {
        std::normal_distribution<double> normal;
        std::vector<float> values(rows * null_width);
        for (std::size_t k = 0; k < values.size(); ++k)
            values[k] = static_cast<float>(normal(random) * (k % null_width < 3 ? outlier : 1.0));
        return values;
    }
};

/// What two layers of heads write: singular values fall by e within a head, and differ between heads.
sl::vector_set null_writers(null_vectors& make) {
    sl::vector_set set{.name = "ov",
                       .axes = {{{"layer", 2}, {"head", null_heads}, {"direction", null_directions}},
                                {{"head", "L{layer}H{head}"}}},
                       .identity = {"direction", "{head}.{direction}"},
                       .layers = {},
                       .port = {sl::flow::writes, 1, 4}};
    constexpr std::size_t lines = null_heads * null_directions;
    for (std::size_t l = 0; l < 2; ++l) {
        set.layers.emplace_back(make(lines), lines, null_width);
        std::vector<float> values(lines);
        for (std::size_t k = 0; k < lines; ++k)
            values[k] = static_cast<float>(static_cast<double>(1 + k / null_directions) *
                                           std::exp(-static_cast<double>(k % null_directions) / 2));
        set.singular_values.push_back(std::move(values));
    }
    return set;
}

sl::vector_set null_readers(null_vectors& make) {
    sl::vector_set set{.name = "mlp_in",
                       .axes = {{{"layer", 2}, {"neuron", null_neurons}}, {{"neuron", "L{layer}N{neuron}"}}},
                       .identity = {"neuron", "L{layer}N{neuron}"},
                       .layers = {},
                       .port = {sl::flow::reads, 3, 4}};
    for (std::size_t l = 0; l < 2; ++l) set.layers.emplace_back(make(null_neurons), null_neurons, null_width);
    return set;
}

/// A model without any circuit.
sl::projection null_scores(unsigned seed, double outlier = 1) {
    null_vectors make{std::mt19937_64(seed), outlier};
    auto writers = null_writers(make);
    return sl::project(std::move(writers), null_readers(make));
}

/// With neuron k of either layer turned to direction k * step of the first layer's heads, for the first few.
sl::projection planted_scores(unsigned seed, std::size_t edges, float cosine, std::size_t step = 1) {
    null_vectors make{std::mt19937_64(seed)};
    auto writers = null_writers(make);
    auto readers = null_readers(make);
    for (auto& layer : readers.layers) {
        std::vector<float> values(layer.data(), layer.data() + null_neurons * null_width);
        for (std::size_t k = 0; k < edges; ++k) {
            const auto unit = [](const float* v, std::size_t j) {
                double squares = 0;
                for (std::size_t i = 0; i < null_width; ++i) squares += static_cast<double>(v[i] * v[i]);
                return v[j] / static_cast<float>(std::sqrt(squares));
            };
            const float* const v =
                writers.layers[0].data() + k * step % (null_heads * null_directions) * null_width;
            std::vector<float> turned(null_width);
            for (std::size_t j = 0; j < null_width; ++j)
                turned[j] = cosine * unit(v, j) +
                            std::sqrt(1 - cosine * cosine) * unit(values.data() + k * null_width, j);
            std::copy(turned.begin(), turned.end(),
                      values.begin() + static_cast<std::ptrdiff_t>(k * null_width));
        }
        layer = sl::matrix(std::move(values), null_neurons, null_width);
    }
    return sl::project(std::move(writers), std::move(readers));
}

std::vector<double> p_values(const sl::projection& scores, sl::score_kind kind) {
    const auto of_kind = scores.with_score(kind);
    const auto stored = sl::store(of_kind);
    std::vector<double> p;
    for (std::size_t k = 0; k < stored.size(); k += 3)
        p.push_back(
            std::exp(sl::log_p(stored.score_at(k), static_cast<std::size_t>(of_kind.null_dimension()))));
    std::sort(p.begin(), p.end());
    return p;
}

/// The largest amount by which more p-values than chance gives are below some p (above: fewer).
double most_above_uniform(const std::vector<double>& p, double sign) {
    double most = 0;
    for (std::size_t k = 0; k < p.size(); ++k) {
        const double below = sign > 0 ? static_cast<double>(k + 1) : static_cast<double>(k);
        most = std::max(most, sign * (below / static_cast<double>(p.size()) - p[k]));
    }
    return most;
}

constexpr auto share_null = sl::null_model::share, isotropic_null = sl::null_model::isotropic;
constexpr auto equal_weights = sl::p_weights::equal, energy_weights = sl::p_weights::energy;

int null_models() {
    const char* const models = std::getenv("SVDLENS_NULL_MODELS");
    return models == nullptr ? 20 : std::atoi(models);
}

} // namespace

TEST_CASE("p-values of random weights are uniform, those of shares at least not too small") {
    for (unsigned seed = 0; seed < 5; ++seed) {
        const auto scores = null_scores(seed);
        const auto p = p_values(scores, sl::score_kind::centered_cosine);
        const double bound = 2.2 / std::sqrt(static_cast<double>(p.size())); // Kolmogorov and Smirnov: 1e-4
        CHECK(most_above_uniform(p, 1) < bound);
        CHECK(most_above_uniform(p, -1) < bound);
        CHECK(most_above_uniform(p_values(scores, sl::score_kind::share), 1) < bound);
        // Outlier coordinates: shares stay, cosines do not.
        const auto skewed = null_scores(seed, 20);
        CHECK(most_above_uniform(p_values(skewed, sl::score_kind::share), 1) < 4 * bound);
        CHECK(most_above_uniform(p_values(skewed, sl::score_kind::centered_cosine), 1) > 10 * bound);
    }
}

TEST_CASE("anything is found in at most q of the models in which nothing is") {
    const int models = null_models();
    const double q = 0.1;
    for (const auto null : {share_null, isotropic_null})
        for (const auto weights : {equal_weights, energy_weights}) {
            int any = 0;
            for (int seed = 0; seed < models; ++seed)
                any += sl::discoveries(null_scores(static_cast<unsigned>(1000 + seed)),
                                       {.q = q, .null = null, .weights = weights, .control_rows = 0})
                               .empty()
                           ? 0
                           : 1;
            const double error = std::sqrt(q * (1 - q) / models);
            INFO((null == share_null ? "share" : "isotropic")
                 << (weights == energy_weights ? ", by energy" : "") << ": " << any << " of " << models);
            CHECK(static_cast<double>(any) / models <= q + 3 * error);
        }
}

TEST_CASE("outlier coordinates: the isotropic null finds what is not there and its control shouts") {
    for (unsigned seed = 0; seed < 5; ++seed) {
        const auto scores = null_scores(seed, 20);
        const auto wrong = sl::discoveries(scores, {.null = isotropic_null});
        CHECK(wrong.size() > 100);
        REQUIRE(wrong.control.has_value());
        CHECK(wrong.control->decoy_rate > 0.5);
        CHECK(wrong.doubtful());
        CHECK(sl::summary_text(wrong).find("WARNING") != std::string::npos);
        const auto right = sl::discoveries(scores, {.null = share_null});
        CHECK(right.empty());
        CHECK(right.control->hits == 0);
        CHECK(std::isnan(right.control->decoy_rate));
        CHECK_FALSE(right.doubtful());
    }
}

TEST_CASE("planted edges are found, those of more energy at smaller scores") {
    const auto strong = planted_scores(3, 16, 0.7F);
    for (const auto null : {share_null, isotropic_null}) {
        const auto found = sl::discoveries(strong, {.null = null});
        std::size_t planted = 0;
        for (const auto row : found.rows.rows()) {
            const auto at = found.rows.axes().index(row); // target_layer, layer, head, direction, neuron
            planted += at[1] == 0 && at[2] * null_directions + at[3] == at[4] ? 1 : 0;
        }
        INFO(sl::summary_text(found));
        CHECK(planted >= 30); // of 32
        CHECK(found.size() - planted <= 6);
        REQUIRE(found.control.has_value());
        CHECK(found.control->rows == strong.with_rows(sl::projected_rows::acausal).max_rows());
        CHECK_FALSE(found.doubtful());
    }
    const auto weak = planted_scores(4, 16, 0.36F, null_directions); // on leading directions
    CHECK(sl::discoveries(weak, {.null = isotropic_null}).size() >
          sl::discoveries(weak, {.null = isotropic_null, .weights = equal_weights}).size());
}

TEST_CASE("weights of a projection are its energies, line by line") {
    null_vectors make{std::mt19937_64(1)};
    auto writers = null_writers(make);
    auto readers = null_writers(make);
    readers.port = {sl::flow::reads, 2, 4};
    readers.name = "ov_reading";
    const auto pairs = sl::project(writers, readers, {.score = sl::score_kind::share});
    const auto test = sl::test_of(pairs);
    CHECK(test.dimension == 64);
    double sum = 0;
    for (std::size_t i = 0; i < pairs.blocks(); ++i) {
        sl::block_buffer<float> buffer;
        const auto block = pairs.block(i, buffer);
        for (std::size_t k = 0; k < block.runs; ++k)
            for (std::size_t j = 0; j < block.width; ++j) {
                const auto row = block.run(k).row(j);
                REQUIRE(test.weights(row) == pairs.weight(row));
                sum += pairs.weight(row);
            }
    }
    CHECK(sum == Approx(pairs.total_weight()));
    CHECK(sl::discoveries(pairs).mean_weight == Approx(sum / static_cast<double>(pairs.max_rows())));
    CHECK(sl::test_of(pairs, {.weights = equal_weights}).weights.equal());
    CHECK_THROWS(sl::test_of(pairs.with_score(sl::score_kind::dot)));
}

TEST_CASE("weights have mean 1 over the family, whatever their scale") {
    null_vectors make{std::mt19937_64(5)};
    auto writers = null_writers(make);
    auto readers = null_readers(make);
    const auto small = sl::discoveries(sl::project(writers, readers), {.q = 0.9});
    for (auto& layer : writers.singular_values)
        for (auto& value : layer) value *= 1024;
    const auto large = sl::discoveries(sl::project(writers, readers), {.q = 0.9});
    CHECK(small.size() == large.size());
    CHECK(small.mean_weight * 1024 * 1024 == large.mean_weight);
    CHECK(std::equal(small.rows.rows().begin(), small.rows.rows().end(), large.rows.rows().begin(),
                     large.rows.rows().end()));
}

TEST_CASE("several tables are one family where that is asked for") {
    const std::vector<sl::projection> tables{planted_scores(3, 16, 0.7F), null_scores(7), null_scores(8)};
    const sl::discovery_options options{.q = 0.05, .null = isotropic_null, .weights = equal_weights};
    const auto family = sl::discoveries(tables, options);
    REQUIRE(family.size() == 3);
    const auto alone = sl::discoveries(tables[0], options);
    CHECK(family[0].family_rows == 3 * alone.family_rows);
    CHECK(family[0].tested == alone.tested);
    CHECK(family[0].log10_threshold < alone.log10_threshold); // a third of the rows
    CHECK(family[1].log10_threshold == family[0].log10_threshold);
    for (const auto& found : family) CHECK(found.control.has_value());
    // By sorting all of them.
    std::vector<double> p;
    for (const auto& table : tables) {
        const auto stored = sl::store(table.with_score(sl::score_kind::centered_cosine));
        for (std::size_t k = 0; k < stored.size(); ++k)
            p.push_back(sl::log_p(stored.score_at(k), null_width));
    }
    std::sort(p.begin(), p.end());
    std::size_t expected = 0;
    for (std::size_t k = 1; k <= p.size(); ++k)
        if (p[k - 1] <= std::log(0.05 * static_cast<double>(k) / static_cast<double>(p.size()))) expected = k;
    CHECK(family[0].size() + family[1].size() + family[2].size() == expected);
}

TEST_CASE("a control takes all rows, or tiles of at least so many") {
    const auto scores = planted_scores(3, 16, 0.7F);
    const auto acausal = scores.with_rows(sl::projected_rows::acausal);
    const auto found = sl::discoveries(scores, {.null = isotropic_null, .control_rows = 0});
    CHECK_FALSE(found.control.has_value());
    const auto all = sl::control_of(found, acausal, {.null = isotropic_null});
    CHECK(all.rows == acausal.max_rows());
    CHECK(all.rows == all.of_rows);
    // By hand: p over weights of mean 1 over the acausal rows.
    const auto cosines = acausal.with_score(sl::score_kind::centered_cosine);
    const auto stored = sl::store(cosines);
    const double mean = acausal.total_weight() / static_cast<double>(acausal.max_rows());
    std::uint64_t hits = 0;
    for (std::size_t k = 0; k < stored.size(); ++k) {
        const double p = sl::log_p(stored.score_at(k), null_width);
        hits += p - std::log(cosines.weight(stored.row_at(k)) / mean) <=
                found.log10_threshold * std::numbers::ln10;
    }
    CHECK(all.hits == hits);
    CHECK(all.decoy_rate == Approx(static_cast<double>(hits) / static_cast<double>(all.rows) *
                                   static_cast<double>(found.tested) / static_cast<double>(found.size())));
    CHECK(all.standard_error > 0);
    // The wrong side: what both sets write.
    null_vectors make{std::mt19937_64(9)};
    auto tokens = null_readers(make);
    tokens.port = {sl::flow::writes, 0, 0};
    null_vectors again{std::mt19937_64(3)};
    const auto wrong = sl::project(null_writers(again), tokens, {.rows = sl::projected_rows::wrong_side});
    const auto control = sl::control_of(found, wrong, {.null = isotropic_null});
    CHECK(control.rows == wrong.max_rows());
    CHECK(control.hits < 10);
}

TEST_CASE("the decoy rule finds as many as decoys allow") {
    const auto scores = planted_scores(3, 30, 0.8F);
    const auto acausal = scores.with_rows(sl::projected_rows::acausal);
    for (const auto null : {share_null, isotropic_null}) {
        const auto found = sl::decoy_discoveries(scores, acausal, {.q = 0.2, .null = null});
        INFO(sl::summary_text(found));
        REQUIRE(found.size() >= 10);
        REQUIRE(found.control.has_value());
        const double n_a = static_cast<double>(acausal.max_rows()),
                     n_c = static_cast<double>(scores.max_rows());
        const auto rate =
            (static_cast<double>(found.control->hits) + 1) / n_a * n_c / static_cast<double>(found.size());
        CHECK(rate <= 0.2);
        CHECK(found.rows.values("q").back() == Approx(rate));
        CHECK(std::is_sorted(found.rows.values("q").begin(), found.rows.values("q").end()));
        // One more row would be too much: by sorting both.
        const auto kind = null == share_null ? sl::score_kind::share : sl::score_kind::centered_cosine;
        const auto ratios = [&](const sl::projection& of) {
            const auto scored = of.with_score(kind);
            const auto stored = sl::store(scored);
            const double mean = of.total_weight() / static_cast<double>(of.max_rows());
            std::vector<double> list;
            for (std::size_t k = 0; k < stored.size(); ++k)
                list.push_back(
                    sl::log_p(stored.score_at(k), static_cast<std::size_t>(scored.null_dimension())) -
                    std::log(of.weight(stored.row_at(k)) / mean));
            std::sort(list.begin(), list.end());
            return list;
        };
        const auto rows = ratios(scores), decoys = ratios(acausal);
        std::size_t most = 0;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            const auto hits = std::upper_bound(decoys.begin(), decoys.end(), rows[k]) - decoys.begin();
            if ((static_cast<double>(hits) + 1) / n_a * n_c <= 0.2 * static_cast<double>(k + 1)) most = k + 1;
        }
        CHECK(found.size() == most);
    }
    CHECK(
        sl::decoy_discoveries(null_scores(2), null_scores(2).with_rows(sl::projected_rows::acausal)).empty());
    CHECK(message_of([&] {
              sl::decoy_discoveries(scores, acausal, {.q = 0.2}, {.memory_budget = 100});
          }).find("raise execution::memory_budget") != std::string::npos);
}

TEST_CASE("row weights refuse lists that do not fit") {
    CHECK_THROWS(sl::row_weights(0, {1}));
    CHECK_THROWS(sl::row_weights(3, {}));
    CHECK_THROWS(sl::row_weights(3, {1, 2}, {1, 2}));
    CHECK_THROWS(sl::row_weights(1, {1, 2, 3}, {1, 2})); // two sections of three lines
    CHECK_THROWS(sl::row_weights(1, {1, -2}));
    CHECK_THROWS(sl::row_weights(1, {1, std::nan("")}));
    CHECK_THROWS(sl::row_weights(1, {1, std::numeric_limits<double>::infinity()}));
    const sl::row_weights weights(2, {1, 10, 100, 1000}, {1, 2, 3, 4});
    CHECK(weights.rows() == 8);
    CHECK(weights(0) == 1);
    CHECK(weights(3) == 20);
    CHECK(weights(4) == 300);
    CHECK(weights(7) == 4000);
    CHECK(sl::row_weights()(12) == 1);
}
