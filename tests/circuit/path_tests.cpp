#include "svdlens/circuit/path_tests.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;

namespace {

/// The row of a table by the labels of its two ends.
sl::row_number row_by_labels(const sl::axes& table, const std::string& source, const std::string& target) {
    for (sl::row_number row = 0; row < table.shape_rows(); ++row)
        if (table.label(row, "source") == source && table.label(row, "target") == target) return row;
    FAIL("no row " << source << " " << target);
    return 0;
}

/// Finds every edge with a p below 0.2: in a random model few would be found else.
sl::found_edges found_by_hand(const sl::transformer_weights& weights, const sl::float_directions& heads) {
    auto found = sl::find_edges(weights, heads, {.q = 0.05, .null = sl::null_model::isotropic});
    for (auto& family : found.families)
        for (sl::row_number row = 0; row < family.table.scores.axes().shape_rows(); ++row)
            if (family.has(row)) {
                const double p = std::pow(10, family.log10_p(family.table.scores.parts(row)));
                if (p < 0.2) family.q_of[row] = p / 2 + 0.01;
            }
    return found;
}

/// The same by labels, hop by hop.
std::optional<sl::path_test> by_labels(const std::vector<std::string>& names, const std::string& target_set,
                                       const sl::found_edges& found) {
    sl::path_test worst{-1e9, 0.0};
    for (std::size_t k = 0; k + 1 < names.size(); ++k) {
        const std::string table = k == 0                  ? "embed_to_ov"
                                  : k + 2 == names.size() ? "ov_to_" + target_set
                                                          : "ov_to_ov_v";
        const auto* const family = found.of(table);
        if (family == nullptr) return std::nullopt;
        const auto row = row_by_labels(family->table.scores.axes(), names[k], names[k + 1]);
        if (!family->has(row)) return std::nullopt;
        worst.log10_p = (std::max)(worst.log10_p, family->log10_p(family->table.scores.parts(row)));
        const auto q = family->q_of.find(row);
        if (q == family->q_of.end()) worst.q.reset();
        if (worst.q) worst.q = (std::max)(*worst.q, q->second);
    }
    return worst;
}

} // namespace

TEST_CASE("a path's p and q are the largest of its hops', by the tables of its edges") {
    const auto weights =
        sl::fold_norms(svdlens_tests::make_random_model({.layers = 3,
                                                         .heads = 2,
                                                         .key_value_heads = 1,
                                                         .d_mlp = 5,
                                                         .vocab = 6,
                                                         .mlp = svdlens_tests::mlp_kind::plain}));
    const auto heads = sl::singular_directions(sl::ov_circuits(weights));
    const auto found = found_by_hand(weights, heads);
    const auto top = sl::top_paths(sl::places_of_paths(weights, heads), {150, 1, 3});
    std::size_t with_q = 0, longest = 0, without_q = 0;
    for (const auto& path : top.paths) {
        const auto test = sl::test_of_path(top.places, path, found);
        const auto expected =
            by_labels(sl::node_names(top.places, path), top.places.targets[path.target.set].name, found);
        REQUIRE(test);
        REQUIRE(expected);
        CHECK(test->log10_p == expected->log10_p);
        CHECK(test->q == expected->q);
        (test->q ? with_q : without_q) += 1;
        longest = (std::max)(longest, path.hops.size());
    }
    CHECK(with_q > 0);
    CHECK(without_q > 0);
    CHECK(longest == 4);
}

TEST_CASE("a path with a hop that was not tested has no test") {
    const auto weights = svdlens_tests::make_random_model({.layers = 2, .d_mlp = 5});
    const auto heads = sl::singular_directions(sl::ov_circuits(weights));
    auto places = sl::places_of_paths(weights, heads);
    for (auto& each : sl::neuron_stages(weights)) places.through.push_back(std::move(each));
    auto found = found_by_hand(weights, heads);
    const auto test = [&](const sl::circuit_path& path) { return sl::test_of_path(places, path, found); };
    const auto through_heads = sl::path_through(places, {0, 1}, {{0, 2}}, {0, 3});
    CHECK(test(through_heads));
    const auto through_neuron = sl::path_through(places, {0, 1}, {{0, 2}, {1, 7}}, {0, 3});
    CHECK(test(through_neuron));
    std::erase_if(found.families, [](const auto& each) { return each.name() == "mlp_out_to_unembed"; });
    CHECK(!test(through_neuron));                               // neuron to token
    CHECK(!test(sl::path_through(places, {0, 1}, {}, {0, 3}))); // token to token
    std::erase_if(found.families, [](const auto& each) { return each.name() == "ov_to_unembed"; });
    CHECK(!test(through_heads));
    CHECK(test(sl::path_through(places, {0, 1}, {{0, 2}}, {1, 3}))); // to neurons
    const auto some = sl::find_edges(weights, heads, {.null = sl::null_model::isotropic, .features = {0, 2}});
    CHECK(!sl::test_of_path(places, through_heads, some)); // an input that was not asked for
    CHECK(sl::test_of_path(places, sl::path_through(places, {0, 2}, {{0, 2}}, {0, 3}), some));
}

TEST_CASE("turning singular directions round changes no p and no q of a path") {
    const auto weights = sl::fold_norms(svdlens_tests::make_random_model({.layers = 2, .d_mlp = 6}));
    const auto ov = sl::ov_circuits(weights);
    const auto heads = sl::singular_directions(ov);
    const auto turned = [](sl::vector_set set) {
        for (auto& m : set.layers) {
            std::vector<float> values;
            for (std::size_t k = 0; k < m.rows(); ++k)
                for (std::size_t c = 0; c < m.columns(); ++c)
                    values.push_back(k % 2 == 0 ? -m(k, c) : m(k, c));
            m = sl::matrix(std::move(values), m.rows(), m.columns());
        }
        return set;
    };
    const sl::edge_test_options asked{.q = 0.5};
    const auto tested = [&](const sl::vector_set& reading, const sl::vector_set& writing) {
        sl::found_edges found{asked.q, asked.null};
        for (auto& each : sl::edges_to_test(weights, {reading, writing}, asked))
            found.families.push_back(sl::test_edges(std::move(each), asked));
        return found;
    };
    auto places = sl::places_of_paths(weights, heads);
    const auto before = sl::top_paths(places, {100, 1, 2});
    const auto found = tested(heads.reading(), heads.writing());
    places.through = {{turned(heads.reading()), turned(heads.writing())}};
    const auto after = sl::top_paths(places, {100, 1, 2});
    const auto found_after = tested(places.through[0].reads, places.through[0].writes);
    REQUIRE(before.paths.size() == after.paths.size());
    std::size_t tests = 0;
    for (std::size_t k = 0; k < before.paths.size(); ++k) {
        CHECK(before.paths[k].score == after.paths[k].score);
        const auto a = sl::test_of_path(before.places, before.paths[k], found);
        const auto b = sl::test_of_path(after.places, after.paths[k], found_after);
        REQUIRE(a.has_value() == b.has_value());
        if (!a) continue;
        ++tests;
        CHECK(a->log10_p == b->log10_p);
        CHECK(a->q == b->q);
    }
    CHECK(tests > 100);
}

TEST_CASE("paths begin at the inputs that are asked for, under the names that tokens have") {
    const auto weights = svdlens_tests::make_random_model<float>({});
    const auto heads = sl::singular_directions(sl::ov_circuits(weights));
    std::vector<std::string> tokens;
    for (std::size_t k = 0; k < weights.W_E.rows(); ++k) tokens.push_back("t" + std::to_string(k));
    const auto top = sl::top_paths(
        sl::places_of_paths(weights, heads, {.features = {1, 2}, .tokens = tokens}), {.count = 20});
    REQUIRE(top.paths.size() >= 20);
    for (const auto& path : top.paths) {
        CHECK((path.source.row == 1 || path.source.row == 2));
        CHECK(sl::node_names(top.places, path).front() == "t" + std::to_string(path.source.row));
    }
    CHECK_THROWS_AS(sl::places_of_paths(weights, heads, {.features = {tokens.size()}}), sl::argument_error);
}
