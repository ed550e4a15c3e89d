#include "svdlens/circuit/top_paths.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/dead_parts.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/residual_ports.hpp"

namespace sl = svdlens;
using svdlens_tests::make_random_model;
using svdlens_tests::mlp_kind;
using svdlens_tests::random_model_options;

namespace {

/// All paths by trying every node after every other, in plain loops.
template <class T>
class every_path {
  public:
    every_path(const sl::basic_path_places<T>& places, std::size_t fewest, std::size_t most) :
        places_(places), fewest_(fewest), most_(most) {
        for (std::size_t s = 0; s < places.sources.size(); ++s)
            for (const auto k : numbers(places.sources[s], nullptr))
                go_on(places.sources[s], k, {{s, k}, {}, {}, {}, gain(places.sources[s], k)});
        std::stable_sort(paths.begin(), paths.end(), [](const auto& a, const auto& b) {
            if (std::abs(a.score) != std::abs(b.score)) return std::abs(a.score) > std::abs(b.score);
            return std::make_tuple(a.through.size(), a.source, a.through, a.target) <
                   std::make_tuple(b.through.size(), b.source, b.through, b.target);
        });
    }

    std::vector<sl::circuit_path> paths;

  private:
    using set = sl::basic_vector_set<T>;

    static std::vector<std::uint64_t> numbers(const set& of, const set* other) {
        std::vector<std::uint64_t> all;
        for (std::size_t l = 0; l < of.layers.size(); ++l)
            for (std::size_t k = 0; k < of.layers[l].rows(); ++k) {
                if (of.is_null(l, k) || of.is_dead(l, k)) continue;
                if (other != nullptr && (other->is_null(l, k) || other->is_dead(l, k))) continue;
                all.push_back(l * of.size() + k);
            }
        return all;
    }
    static double gain(const set& of, std::uint64_t row) {
        return static_cast<double>(of.singular_value(row / of.size(), row % of.size()));
    }
    double dot(const set& a, std::uint64_t i, const set& b, std::uint64_t j) {
        const double *const x = values_of(a) + i * a.d_model(), *const y = values_of(b) + j * b.d_model();
        return std::inner_product(x, x + a.d_model(), y, 0.0);
    }
    const double* values_of(const set& of) {
        auto& values = values_[&of];
        if (!values.empty()) return values.data();
        values.resize(of.layers.size() * of.size() * of.d_model());
        for (std::size_t l = 0; l < of.layers.size(); ++l) {
            const auto m = of.layers[l].resident();
            for (std::size_t k = 0; k < m.rows(); ++k)
                for (std::size_t c = 0; c < m.columns(); ++c)
                    values[(l * of.size() + k) * m.columns() + c] = static_cast<double>(m(k, c));
        }
        return values.data();
    }
    static bool is_later(const set& written, std::uint64_t i, const set& read, std::uint64_t j) {
        return written.port.at(i / written.size()) < read.port.at(j / read.size());
    }

    void go_on(const set& from, std::uint64_t row, const sl::circuit_path& so_far) {
        const auto extended = [&](const set& to, std::uint64_t k, double with) {
            auto next = so_far;
            next.hops.push_back(dot(from, row, to, k));
            next.score *= next.hops.back() * with;
            return next;
        };
        for (std::size_t t = 0; so_far.through.size() >= fewest_ && t < places_.targets.size(); ++t)
            for (const auto k : numbers(places_.targets[t], nullptr)) {
                if (!is_later(from, row, places_.targets[t], k)) continue;
                auto path = extended(places_.targets[t], k, gain(places_.targets[t], k));
                path.target = {t, k};
                if (path.score != 0) paths.push_back(path);
            }
        for (std::size_t s = 0; so_far.through.size() < most_ && s < places_.through.size(); ++s) {
            const auto& stage = places_.through[s];
            for (const auto k : numbers(stage.reads, &stage.writes)) {
                if (!is_later(from, row, stage.reads, k)) continue;
                auto next = extended(stage.reads, k, gain(stage.writes, k));
                next.through.push_back({s, k});
                go_on(stage.writes, k, next);
            }
        }
    }

    const sl::basic_path_places<T>& places_;
    std::size_t fewest_, most_;
    std::map<const set*, std::vector<double>> values_;
};

bool same_nodes(const sl::circuit_path& a, const sl::circuit_path& b) {
    return a.source == b.source && a.through == b.through && a.target == b.target;
}

/// Whether paths are the strongest of all, in order: no two scores of random weights are as near as rounding.
template <class T>
void check_top(const sl::basic_path_places<T>& places, sl::top_path_options options) {
    const auto found = sl::top_paths(places, options);
    const every_path<T> all(places, options.fewest, options.most);
    std::size_t taken = 0, wrong = 0;
    std::vector<std::size_t> of_kind(places.sources.size() * places.targets.size());
    for (const auto& each : all.paths) {
        if (of_kind[each.source.set * places.targets.size() + each.target.set]++ >= options.count) continue;
        REQUIRE(taken < found.paths.size());
        const auto& path = found.paths[taken++];
        wrong +=
            !same_nodes(path, each) || !(std::abs(path.score - each.score) <= 1e-11 * std::abs(each.score));
        if (taken % 16 != 1) continue;
        const auto again = sl::path_through(places, path.source, path.through, path.target);
        wrong += again.score != path.score || again.hops != path.hops;
    }
    CHECK(taken == found.paths.size());
    CHECK(taken != 0);
    CHECK(wrong == 0);
}

template <class T>
sl::basic_path_places<T> places_of(const sl::basic_transformer_weights<T>& weights, bool with_neurons) {
    auto places = sl::places_of_paths(weights, sl::singular_directions(sl::ov_circuits(weights)));
    if (with_neurons)
        for (auto& each : sl::neuron_stages(weights)) places.through.push_back(std::move(each));
    return places;
}

} // namespace

TEST_CASE("top paths are those of trying all, in order") {
    const auto shape = [](std::size_t layers, std::size_t heads, std::size_t kv, std::size_t r, mlp_kind mlp,
                          sl::block_order order = sl::block_order::sequential) {
        return random_model_options{.layers = layers,
                                    .heads = heads,
                                    .key_value_heads = kv,
                                    .d_model = 11,
                                    .d_head = r,
                                    .d_mlp = 3,
                                    .vocab = 4,
                                    .mlp = mlp,
                                    .order = order};
    };
    struct tried {
        random_model_options model;
        bool with_neurons;
        std::size_t fewest, most, count;
    };
    const tried cases[] = {
        {shape(3, 2, 2, 2, mlp_kind::plain), false, 1, 3, 100000},
        {shape(4, 2, 2, 2, mlp_kind::plain), false, 1, 3, 7},
        {shape(3, 4, 2, 2, mlp_kind::gated), false, 1, 3, 50}, // grouped heads
        {shape(3, 2, 1, 2, mlp_kind::gated), true, 1, 3, 400}, // through neurons, both branches
        {shape(3, 2, 2, 2, mlp_kind::plain, sl::block_order::parallel), true, 0, 3, 300},
        {shape(2, 1, 1, 1, mlp_kind::plain), true, 2, 2, 100000}, // one head
        {shape(1, 2, 2, 3, mlp_kind::none), false, 0, 8, 1000},   // longer than there are layers
        {shape(2, 2, 2, 3, mlp_kind::plain), false, 0, 0, 1000},  // direct ones alone
    };
    for (const auto& each : cases) {
        INFO(each.model.layers << " layers, " << each.count << " paths");
        const sl::top_path_options options{each.count, each.fewest, each.most};
        check_top(places_of(sl::fold_norms(make_random_model<float>(each.model)), each.with_neurons),
                  options);
        check_top(places_of(make_random_model<double>(each.model), each.with_neurons), options);
    }
}

TEST_CASE("more ways on from a node than the pass backwards keeps are found, too") {
    // All strong paths lead through one direction to many targets: rows have to be computed anew, more than once.
    auto places = places_of(make_random_model<float>({.layers = 2,
                                                      .heads = 1,
                                                      .key_value_heads = 1,
                                                      .d_model = 8,
                                                      .d_head = 2,
                                                      .d_mlp = 400,
                                                      .vocab = 12,
                                                      .mlp = mlp_kind::plain}),
                            false);
    check_top(places, {3000, 1, 2});
}

TEST_CASE("a singular direction turned round changes no path and no score") {
    auto places = places_of(make_random_model<float>({.layers = 3, .d_head = 2, .d_mlp = 6}), false);
    const auto before = sl::top_paths(places, {200, 1, 3});
    auto& heads = places.through[0];
    for (std::size_t l = 0; l < 3; ++l) {
        const auto turned = [&](const sl::matrix& m) {
            std::vector<float> values;
            for (std::size_t k = 0; k < m.rows(); ++k)
                for (std::size_t c = 0; c < m.columns(); ++c)
                    values.push_back((k * 7 + l) % 3 == 0 ? -m(k, c) : m(k, c));
            return sl::matrix(std::move(values), m.rows(), m.columns());
        };
        heads.reads.layers[l] = turned(heads.reads.layers[l]);
        heads.writes.layers[l] = turned(heads.writes.layers[l]);
    }
    const auto after = sl::top_paths(places, {200, 1, 3});
    REQUIRE(after.paths.size() == before.paths.size());
    std::size_t turned_hops = 0;
    for (std::size_t k = 0; k < after.paths.size(); ++k) {
        CHECK(same_nodes(after.paths[k], before.paths[k]));
        CHECK(after.paths[k].score == before.paths[k].score);
        turned_hops += after.paths[k].hops != before.paths[k].hops;
    }
    CHECK(turned_hops > 100); // a change there was
}

TEST_CASE("equal paths stand in the order of their nodes, and paths of nothing are none") {
    // Whole numbers: every score is exact, most are equal, some are 0.
    const auto set = [](const char* name, sl::flow flow, std::int64_t at, std::vector<float> values,
                        std::size_t layers = 1) {
        const std::size_t n = values.size() / 3;
        sl::vector_set result{.name = name,
                              .axes = layers == 1 ? sl::axes({{"k", n}})
                                                  : sl::axes({{"layer", layers}, {"k", n}}),
                              .identity = {"k", layers == 1 ? "{k}" : "{layer}.{k}"},
                              .layers = {}};
        for (std::size_t l = 0; l < layers; ++l) result.layers.emplace_back(values, n, 3);
        result.port = {flow, at, 2};
        return result;
    };
    const sl::path_places places{
        .sources = {set("s", sl::flow::writes, -1, {1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 2, 0})},
        .through = {{set("r", sl::flow::reads, 0, {1, 1, 0, 1, 1, 0, 0, 0, 1}, 3),
                     set("w", sl::flow::writes, 1, {1, 0, 1, 0, 1, 1, 2, 0, 0}, 3)}},
        .targets = {set("t", sl::flow::reads, 9, {1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0})}};
    for (const std::size_t count : {1U, 5U, 23U, 64U, 10000U}) {
        const auto found = sl::top_paths(places, {count, 0, 3});
        const every_path<float> all(places, 0, 3);
        REQUIRE(all.paths.size() > 64);
        REQUIRE(found.paths.size() == (std::min)(count, all.paths.size()));
        for (std::size_t k = 0; k < found.paths.size(); ++k) {
            CHECK(same_nodes(found.paths[k], all.paths[k]));
            CHECK(found.paths[k].score == all.paths[k].score);
        }
    }
}

TEST_CASE("paths need both ends, and dead parts and vectors of nothing have no part") {
    auto weights = make_random_model<float>({.layers = 2, .d_head = 2, .mlp = mlp_kind::none});
    auto none = weights;
    none.W_E = {};
    CHECK(sl::top_paths(places_of(none, true)).paths.empty());
    none = weights;
    none.W_U = {};
    CHECK(sl::top_paths(places_of(none, true)).paths.empty());
    auto places = places_of(weights, false);
    places.through.clear();
    CHECK(sl::top_paths(places).paths.empty());
    CHECK(sl::top_paths(places, {10, 0, 1}).paths.size() == 10); // direct ones
    places = places_of(weights, false);
    CHECK(sl::top_paths(places, {.count = 0}).paths.empty());
    places.through[0].reads.dead = {{true, false, false, false, false, false, false, false}, {}};
    places.through[0].reads.dead[1].resize(8);
    places.targets[0].dead = {std::vector<bool>(9)};
    places.targets[0].dead[0][3] = true;
    check_top(places, {10000, 1, 2});
}

TEST_CASE("numbers of all sizes: bounds neither overflow nor lose a path") {
    auto places = places_of(
        make_random_model<float>({.layers = 3, .heads = 2, .key_value_heads = 2, .d_head = 2, .d_mlp = 5}),
        false);
    const auto scaled = [](const sl::matrix& m, float by) {
        std::vector<float> values;
        for (std::size_t k = 0; k < m.rows(); ++k)
            for (std::size_t c = 0; c < m.columns(); ++c) values.push_back(m(k, c) * (k % 2 == 0 ? by : 1));
        return sl::matrix(std::move(values), m.rows(), m.columns());
    };
    places.sources[0].layers[0] = scaled(places.sources[0].layers[0], 1e30F);
    places.targets[0].layers[0] = scaled(places.targets[0].layers[0], 1e-30F);
    check_top(places, {500, 1, 3});
}

TEST_CASE("the same paths and bits for any number of threads") {
    const auto places = places_of(make_random_model<float>({.layers = 3, .d_mlp = 90, .vocab = 150}), true);
    const auto one = sl::top_paths(places, {100, 1, 3}, {.threads = 1});
    for (const unsigned threads : {2U, 5U}) {
        const auto more = sl::top_paths(places, {100, 1, 3}, {.threads = threads});
        REQUIRE(more.paths.size() == one.paths.size());
        for (std::size_t k = 0; k < one.paths.size(); ++k) {
            CHECK(same_nodes(more.paths[k], one.paths[k]));
            CHECK(more.paths[k].score == one.paths[k].score);
        }
    }
}

TEST_CASE("names of nodes on a path, with the branches of gated neurons") {
    const auto weights = make_random_model<float>({.layers = 3});
    const auto places = places_of(weights, true);
    REQUIRE(places.through.size() == 3);
    const auto path = sl::path_through(places, {0, 4}, {{0, 13}, {2, 25}}, {0, 6});
    CHECK(sl::node_names(places, path) == std::vector<std::string>{"4", "L1H0.1", "L1N5 (gate)", "6"});
    const auto other = sl::path_through(places, {0, 4}, {{1, 25}}, {2, 45});
    CHECK(sl::node_names(places, other) == std::vector<std::string>{"4", "L1N5 (in)", "L2N5 (gate)"});
    CHECK_THROWS_AS(sl::path_through(places, {0, 4}, {{2, 25}, {0, 13}}, {0, 6}), sl::argument_error);
    CHECK_THROWS_AS(sl::path_through(places, {1, 4}, {}, {0, 6}), sl::argument_error);
    CHECK_THROWS_AS(sl::path_through(places, {0, 4}, {{0, 36}}, {0, 6}), sl::argument_error);
    const auto plain = places_of(make_random_model<float>({.layers = 2, .mlp = mlp_kind::plain}), true);
    CHECK(sl::node_names(plain, sl::path_through(plain, {0, 0}, {{1, 3}}, {0, 0}))[1] == "L0N3");
}

TEST_CASE("what are no places of paths is refused") {
    const auto weights = make_random_model<float>({.layers = 2});
    const auto heads = sl::singular_directions(sl::ov_circuits(weights));
    const auto good = places_of(weights, false);
    const auto refused = [](sl::path_places places, sl::top_path_options options = {}) {
        CHECK_THROWS_AS(sl::top_paths(std::move(places), options), sl::argument_error);
    };
    auto places = good;
    places.sources[0] = weights.unembed();
    refused(places);
    places = good;
    places.targets[0] = weights.embed();
    refused(places);
    places = good;
    places.through[0] = {heads.reading(), weights.mlp_out()};
    refused(places);
    places = good;
    places.through[0].writes.port.first = -3; // before it reads
    refused(places);
    places = good;
    places.through[0].writes.singular_values[1][2] *= 2;
    refused(places);
    refused(good, {10, 3, 2});
    refused(good, {10, 1, 9});
    auto values = std::vector<float>(9 * 12, 1);
    values[13] = std::nanf("");
    places = good;
    places.sources[0].layers[0] = sl::matrix(values, 9, 12);
    CHECK_THROWS_AS(sl::top_paths(places), sl::numeric_error);
}

TEST_CASE("paths over the memory budget are refused before the work, and while they grow") {
    const auto places = places_of(make_random_model<float>({.layers = 2}), false);
    const auto expect = [&](const sl::top_path_options& options, std::uint64_t budget, bool is_refused) {
        bool begun = false;
        const sl::execution run{.memory_budget = budget, .progress = [&](const auto&) { begun = true; }};
        if (!is_refused) {
            CHECK(sl::top_paths(places, options, run).paths.size() ==
                  sl::top_paths(places, options).paths.size());
            return true;
        }
        CHECK_THROWS_WITH(sl::top_paths(places, options, run),
                          Catch::Contains("over the memory budget of " + std::to_string(budget)) &&
                              Catch::Contains("raise execution::memory_budget"));
        return begun;
    };
    CHECK(!expect({.count = 10}, 0, true));
    CHECK(!expect({.count = 10}, 10'000, true));
    // The least that a few paths take is found by halves; it is enough for them and not for all paths.
    std::uint64_t low = 10'000, high = 1'000'000;
    const auto fits = [&](std::uint64_t budget) {
        try {
            return sl::top_paths(places, {.count = 10}, {.memory_budget = budget}).paths.size() == 10 * 2;
        } catch (const sl::argument_error&) {
            return false;
        }
    };
    while (high - low > 500) (fits(low + (high - low) / 2) ? high : low) = low + (high - low) / 2;
    CHECK(expect({.count = 10}, high, false));
    CHECK(expect({.count = 1'000'000}, high, true)); // the pass backwards is done, then it is too much
}

TEST_CASE("the strongest paths of a trained model are those computed elsewhere") {
    const char* const data = std::getenv("SVDLENS_DATA");
    if (data == nullptr) return;
    const auto file = sl::open_safetensors(std::string(data) + "/memory_gated_mlp.safetensors");
    for (const bool folded : {false, true}) {
        std::ifstream in(std::string(data) + "/memory_gated_mlp." + (folded ? "folded." : "") +
                         "science.json");
        const auto answers = nlohmann::json::parse(in)["paths_top20_1_2_heads"];
        auto weights = sl::transformer_weights(file);
        if (folded) weights = sl::fold_norms(std::move(weights));
        auto places = places_of(weights, false);
        places.targets.erase(places.targets.begin() + 1, places.targets.end());
        REQUIRE(places.targets[0].name == "unembed");
        const auto found = sl::top_paths(places, {20, 1, 2});
        REQUIRE(found.paths.size() == answers.size());
        for (std::size_t k = 0; k < answers.size(); ++k) {
            const auto& path = found.paths[k];
            INFO(k << " " << answers[k].dump() << " " << path.score);
            CHECK(path.score == Approx(answers[k].back().get<double>()).epsilon(1e-5));
            CHECK("E" + std::to_string(path.source.row) == answers[k][0].get<std::string>());
            CHECK("T" + std::to_string(path.target.row) ==
                  answers[k][answers[k].size() - 2].get<std::string>());
            REQUIRE(path.through.size() + 3 == answers[k].size());
            CHECK(sl::node_names(found.places, path)[1] == answers[k][1].get<std::string>());
        }
    }
}
