// Every verb on a lazy table beside the same on the table stored from it: the same bits.
#include "projection/random_values.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <svdlens/circuit/circuits.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/io/safetensors.hpp>
#include <svdlens/model/fold_norms.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/group_by.hpp>
#include <svdlens/table/histogram.hpp>
#include <svdlens/table/outside.hpp>
#include <svdlens/table/pivot.hpp>
#include <svdlens/table/quantiles.hpp>
#include <svdlens/table/store.hpp>
#include <svdlens/table/tails.hpp>
#include <svdlens/table/top_k.hpp>
#include <svdlens/table/value_counts.hpp>

#include "planted_model.hpp"
#include "support/temporary_directory.hpp"

namespace sl = svdlens;

using svdlens_tests::random_values;

namespace {

/// Directions and targets of odd extents, random ones of which are null space.
template <class T>
sl::basic_projection<T> odd_projection(std::uint64_t size, std::uint64_t targets, unsigned seed) {
    std::mt19937 random(seed);
    random_values values{std::mt19937_64(seed)};
    constexpr std::size_t layers = 2, width = 3;
    sl::basic_vector_set<T> writing{
        .name = "ov",
        .axes = {{{"layer", layers}, {"head", 3}, {"direction", size}}, {{"head", "L{layer}H{head}"}}},
        .identity = {"direction", "{head}.{direction}"},
        .layers = {},
        .port = {sl::flow::writes, 1, 4}};
    sl::basic_vector_set<T> into{.name = "mlp_in",
                                 .axes = {{{"layer", layers}, {"neuron", targets}}},
                                 .identity = {"neuron", "L{layer}N{neuron}"},
                                 .layers = {},
                                 .port = {sl::flow::reads, 2, 4}};
    for (std::size_t l = 0; l < layers; ++l) {
        writing.layers.emplace_back(values.operator()<T>(3 * size * width), 3 * size, width);
        writing.singular_values.push_back(values.operator()<T>(3 * size));
        writing.null_space.emplace_back();
        for (std::size_t k = 0; k < 3 * size; ++k) writing.null_space.back().push_back(random() % 9 == 0);
        into.layers.push_back(
            sl::basic_matrix<T>(values.operator()<T>(targets * width), width, targets).transposed());
    }
    return sl::project(writing, into, {.score = static_cast<sl::score_kind>(seed % 3)});
}

template <class T>
bool same_rows(const sl::basic_selection<T>& a, const sl::basic_selection<T>& b) {
    return std::equal(a.rows().begin(), a.rows().end(), b.rows().begin(), b.rows().end()) &&
           std::equal(a.scores().begin(), a.scores().end(), b.scores().begin(), b.scores().end());
}

/// What the verbs say, as numbers to compare bit by bit.
template <class S>
std::vector<double> summary(const S& source, const sl::execution& run) {
    const auto d = sl::describe(source, {0.001, 0.3, 0.999}, run);
    std::vector<double> all{d.mean, d.std, d.min, d.max, static_cast<double>(d.count)};
    for (const auto& p : d.percentiles) all.push_back(p.value);
    for (const double q : sl::quantiles<sl::magnitude>(source, {0.25, 0.75}, run)) all.push_back(q);
    const auto counts = sl::histogram(source, {.bins = 20}, run).counts;
    all.insert(all.end(), counts.begin(), counts.end());
    for (const auto& entry : sl::value_counts(source, "head", run))
        all.push_back(static_cast<double>(entry.count));
    const auto groups = sl::group_by(source, sl::by("layer", "head"), sl::aggregates::std_dev{}, run);
    for (const double x : groups.template get<sl::aggregates::std_dev>().scores()) all.push_back(x);
    const auto wide = sl::pivot(source, sl::by("direction"), sl::by("head"), sl::aggregates::mean{}, run);
    all.insert(all.end(), wide.values().begin(), wide.values().end());
    return all;
}

template <class T>
void check_stored_against_lazy(const sl::basic_projection<T>& lazy) {
    const auto stored = sl::store(lazy, {.threads = 2});
    const auto expected = summary(stored, {.threads = 1});
    const auto tails = sl::find_tails(stored, {.low = 0.01, .high = 0.98}, {.threads = 1});
    const auto strong = sl::find_tails<sl::magnitude>(stored, {.high = 0.99}, {.threads = 1});
    const auto best = sl::top_k<sl::magnitude>(stored, 200, {.threads = 1});
    const auto heads = sl::bottom_k(stored, 5, sl::by("head"), {.threads = 1});
    for (const unsigned threads : {1U, 2U, 5U}) {
        const sl::execution run{.threads = threads};
        const auto bits = summary(lazy, run);
        CHECK(std::memcmp(bits.data(), expected.data(), bits.size() * sizeof(double)) == 0);
        const auto found = sl::find_tails(lazy, {.low = 0.01, .high = 0.98}, run);
        const auto found_bounds = found.bounds.whole(), bounds = tails.bounds.whole();
        CHECK((found_bounds.low == bounds.low && found_bounds.high == bounds.high));
        CHECK(same_rows(found.rows, tails.rows));
        CHECK(same_rows(sl::find_tails<sl::magnitude>(lazy, {.high = 0.99}, run).rows, strong.rows));
        CHECK(same_rows(sl::top_k<sl::magnitude>(lazy, 200, run), best));
        CHECK(same_rows(sl::bottom_k(lazy, 5, sl::by("head"), run), heads));
        std::vector<sl::row_number> streamed;
        sl::for_each_outside(
            lazy, bounds,
            [&](const sl::score_run<T>& r) {
                for (std::size_t k = 0; k < r.scores.size(); ++k) streamed.push_back(r.row(k));
            },
            run);
        CHECK(
            std::equal(streamed.begin(), streamed.end(), tails.rows.rows().begin(), tails.rows.rows().end()));
    }
}

/// Both kinds of target of a model whose norms are folded.
void check_model(const sl::transformer_weights& stored) {
    const auto weights = sl::fold_norms(stored);
    const auto heads = sl::singular_directions(sl::ov_circuits(weights));
    for (const auto score : {sl::score_kind::dot, sl::score_kind::cosine, sl::score_kind::scaled}) {
        check_stored_against_lazy(sl::project(heads.writing(), weights.mlp_gate(), {.score = score}));
        check_stored_against_lazy(sl::project(heads.writing(), weights.unembed(), {.score = score}));
    }
}

} // namespace

TEST_CASE("stored and lazy scores of several tiles and odd extents are the same bits in every verb") {
    check_stored_against_lazy(odd_projection<float>(113, 1307, 1)); // cosine, 2 tiles across, 1 or 2 down
    check_stored_against_lazy(odd_projection<float>(7, 2051, 2));   // scaled, 3 across
    check_stored_against_lazy(odd_projection<float>(211, 3, 3));    // dot, narrow
    check_stored_against_lazy(odd_projection<double>(89, 1025, 4));
    check_stored_against_lazy(odd_projection<double>(1, 1, 5));
}

TEST_CASE("stored and lazy scores of the planted model are the same bits") {
    const svdlens_tests::temporary_directory folder;
    planted::write(planted::make(), folder / "model.safetensors");
    check_model(sl::transformer_weights(sl::open_safetensors(folder / "model.safetensors")));
}

TEST_CASE("stored and lazy scores of a trained model are the same bits") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) {
        WARN("SVDLENS_DATA is not set: skipped");
        return;
    }
    const auto file = sl::open_safetensors(std::string(folder) + "/memory_gated_mlp.safetensors");
    check_model(sl::transformer_weights(file));
}
