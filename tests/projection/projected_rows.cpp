// Which pairs of a direction and a target are rows: causal ones, all others, or those of two sets on one side.
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/projection/projection.hpp>

#include "projection/random_values.hpp"
#include "projection/rows_of.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;

using svdlens_tests::message_of;
using svdlens_tests::random_values;
using svdlens_tests::rows_of;

namespace {

/// Vectors of three layers, or of none, at a port.
sl::basic_vector_set<double> ported(std::string name, std::size_t n, sl::residual_port port,
                                    bool layered = true) {
    random_values random{std::mt19937_64(n)};
    const std::string axis = name + "_vector";
    std::vector<sl::axis> axes{sl::axis(axis, n)};
    if (layered) axes.insert(axes.begin(), sl::axis("layer", 3));
    const sl::label_column identity(axis, (layered ? "L{layer}." : "") + name + "{" + axis + "}");
    sl::basic_vector_set<double> set{.name = std::move(name),
                                     .axes = sl::axes(std::move(axes), {identity}),
                                     .identity = identity,
                                     .layers = {},
                                     .port = port,
                                     .provenance = "test"};
    for (std::size_t l = 0; l < (layered ? 3 : 1); ++l)
        set.layers.emplace_back(random.operator()<double>(n * 6), n, 6);
    return set;
}

constexpr sl::residual_port writes_at(std::int64_t first, std::int64_t step = 4) {
    return {sl::flow::writes, first, step};
}
constexpr sl::residual_port reads_at(std::int64_t first, std::int64_t step = 4) {
    return {sl::flow::reads, first, step};
}

std::size_t rows_in(const sl::basic_vector_set<double>& a, const sl::basic_vector_set<double>& b,
                    sl::projected_rows rows) {
    return rows_of(sl::project(a, b, {.rows = rows})).size();
}

} // namespace

TEST_CASE("acausal rows are all that causal rows are not, under the same numbers") {
    struct ports {
        sl::residual_port a, b;
    };
    for (const auto& [a, b] : {ports{writes_at(1), reads_at(2)}, ports{writes_at(1), reads_at(0)},
                               ports{writes_at(1), reads_at(1)}, ports{reads_at(2), writes_at(1)},
                               ports{reads_at(0), writes_at(3)}}) {
        const auto from = ported("a", 9, a), to = ported("b", 4, b);
        const auto causal = sl::project(from, to, {.score = sl::score_kind::dot});
        const auto acausal =
            sl::project(from, to, {.score = sl::score_kind::dot, .rows = sl::projected_rows::acausal});
        const auto rows = rows_of(causal), others = rows_of(acausal);
        CHECK(causal.axes().column_names() == acausal.axes().column_names());
        CHECK(rows.size() + others.size() == causal.axes().shape_rows());
        for (const auto& [row, score] : others) {
            REQUIRE(rows.count(row) == 0);
            const auto i = acausal.axes().index(row); // target_layer, layer, a, b
            double sum = 0;
            for (std::size_t c = 0; c < 6; ++c) sum += from.layers[i[1]](i[2], c) * to.layers[i[0]](i[3], c);
            CHECK(score == Approx(sum).margin(1e-12));
            const auto at = [&](const sl::residual_port& port, std::uint64_t layer) {
                return port.first + static_cast<std::int64_t>(layer) * port.per_layer;
            };
            const bool from_writes = a.flow == sl::flow::writes;
            CHECK_FALSE((from_writes ? at(a, i[1]) < at(b, i[0]) : at(b, i[0]) < at(a, i[1])));
        }
    }
}

TEST_CASE("acausal rows are restricted and left out as causal ones are") {
    auto from = ported("a", 9, writes_at(1));
    auto to = ported("b", 4, reads_at(2));
    from.null_space.assign(3, std::vector<bool>(9));
    from.null_space[2][3] = true;
    from.dead.assign(3, std::vector<bool>(9));
    from.dead[1][0] = from.dead[1][1] = true;
    to.dead.assign(3, std::vector<bool>(4));
    to.dead[0][2] = true;
    const auto all = rows_of(sl::project(from, to, {.rows = sl::projected_rows::acausal}));
    CHECK(all.size() == (7 + 8) * 3 + 8 * 4); // layers 1 and 2 on layer 0, layer 2 on layer 1
    const auto some = rows_of(sl::project(from, to,
                                          {.only = {{"b_vector", {1, 2}}, {"layer", {2}}},
                                           .null_space = sl::null_space::included,
                                           .rows = sl::projected_rows::acausal}));
    CHECK(some.size() == 9 * 1 + 9 * 2);
}

TEST_CASE("a set that every direction reaches, or that neither reads nor writes, has no acausal rows") {
    const auto heads = ported("a", 9, writes_at(1));
    CHECK(rows_in(heads, ported("b", 4, reads_at(100, 0), false), sl::projected_rows::acausal) == 0);
    CHECK(rows_in(ported("a", 9, reads_at(1)), ported("b", 4, writes_at(-1, 0), false),
                  sl::projected_rows::acausal) == 0);
    CHECK(rows_in(heads, ported("b", 4, {}, true), sl::projected_rows::acausal) == 0);
    const auto none =
        sl::project(heads, ported("b", 4, reads_at(100, 0), false), {.rows = sl::projected_rows::acausal});
    CHECK(none.blocks() == 0);
    CHECK(none.total_weight() == 0);
}

TEST_CASE("wrong-side rows are all pairs of two sets that both write, or both read") {
    const auto heads = ported("a", 9, writes_at(1));
    const auto tokens = ported("b", 4, writes_at(-1, 0), false);
    const auto scores = sl::project(heads, tokens, {.rows = sl::projected_rows::wrong_side});
    CHECK(rows_of(scores).size() == 3 * 9 * 4);
    CHECK(scores.axes().title() == "a_to_b_wrong_side");
    CHECK(rows_in(ported("a", 9, reads_at(1)), ported("b", 4, reads_at(9, 0), false),
                  sl::projected_rows::wrong_side) == 3 * 9 * 4);
    CHECK(
        message_of([&] { (void)sl::project(heads, tokens); }) ==
        "projection of \"a\" on \"b\": both write to the residual stream, so nothing flows between them; to "
        "compare vectors all the same, set port.flow of one set to flow::none, or ask for wrong_side rows as "
        "a control");
    CHECK(message_of([&] {
              (void)sl::project(heads, tokens, {.rows = sl::projected_rows::acausal});
          }).find("both write") != std::string::npos);
    for (const auto& other : {ported("b", 4, reads_at(2)), ported("b", 4, {})})
        CHECK(message_of([&] {
                  (void)sl::project(heads, other, {.rows = sl::projected_rows::wrong_side});
              }).find("expected two sets that both read or both write") != std::string::npos);
}

TEST_CASE("a table of other rows than causal ones says so") {
    const auto heads = ported("a", 9, writes_at(1)), neurons = ported("b", 4, reads_at(2));
    const auto causal = sl::project(heads, neurons);
    const auto acausal = sl::project(heads, neurons, {.rows = sl::projected_rows::acausal});
    CHECK(causal.axes().title() == "a_to_b");
    CHECK(acausal.axes().title() == "a_to_b_acausal");
    CHECK(causal.axes().provenance() == "test; score scaled");
    CHECK(acausal.axes().provenance() == "test; control: acausal rows; score scaled");
    CHECK(acausal.with_score(sl::score_kind::dot).axes().provenance() ==
          "test; control: acausal rows; score dot");
    CHECK(sl::project(heads, neurons, {.rows = sl::projected_rows::acausal, .title = "own"}).axes().title() ==
          "own");
}
