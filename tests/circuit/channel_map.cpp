#include "svdlens/circuit/channel_map.hpp"

#include <cmath>
#include <cstddef>
#include <fstream>
#include <map>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;
using svdlens_tests::make_random_model;
using svdlens_tests::mlp_kind;
using svdlens_tests::random_model_options;

namespace {

struct expected_channel {
    std::size_t rank;
    std::string source, target;
    double score, log_p;
};

struct expected_table {
    std::size_t rows = 0;
    double sum = 0, squares = 0;
    std::vector<expected_channel> best;
};

/// What make_channel_map.py wrote: by model, then by section.
std::map<std::string, std::map<std::string, expected_table>> read_expected_channels() {
    std::ifstream in(std::string(SVDLENS_TEST_SOURCE_DIR) + "/circuit/channel_map.txt");
    REQUIRE(in);
    std::map<std::string, std::map<std::string, expected_table>> result;
    expected_table* last = nullptr;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string what, model, section;
        words >> what;
        if (what == "table") {
            words >> model >> section;
            last = &result[model][section];
            words >> last->rows >> last->sum >> last->squares;
        } else if (what == "row") {
            auto& row = last->best.emplace_back();
            words >> row.rank >> row.source >> row.target >> row.score >> row.log_p;
        }
    }
    REQUIRE(result.size() == 5);
    return result;
}

struct charted_model {
    std::string name;
    random_model_options options;
    bool folded;
};

std::vector<charted_model> charted_models() {
    const auto shape = [](std::size_t layers, std::size_t heads, std::size_t kv, std::size_t d, std::size_t r,
                          std::size_t m, mlp_kind mlp) {
        return random_model_options{.layers = layers,
                                    .heads = heads,
                                    .key_value_heads = kv,
                                    .d_model = d,
                                    .d_head = r,
                                    .d_mlp = m,
                                    .mlp = mlp};
    };
    std::vector<charted_model> models{{"raw", shape(3, 4, 4, 24, 3, 20, mlp_kind::plain), false},
                                      {"folded", shape(3, 4, 4, 24, 3, 20, mlp_kind::plain), true},
                                      {"grouped_gated", shape(2, 4, 2, 18, 4, 15, mlp_kind::gated), true},
                                      {"parallel", shape(3, 2, 2, 20, 5, 12, mlp_kind::plain), true},
                                      {"rms", shape(2, 3, 3, 16, 4, 12, mlp_kind::gated), true}};
    models[3].options.order = sl::block_order::parallel;
    models[4].options.norm = sl::normalization::rms_norm;
    return models;
}

template <class T>
sl::channel_map chart(const charted_model& of, const sl::channel_map_options& options,
                      const sl::execution& run = {}) {
    auto weights = make_random_model<T>(of.options);
    if (of.folded) weights = sl::fold_norms(std::move(weights));
    return sl::chart_channels(weights, options, run);
}

double score_of(const sl::channel_table& table, std::size_t k) {
    const bool shares = table.strongest.names().back() == "cosine";
    return table.strongest.values(shares ? "share" : "energy")[k];
}

/// Compares all rows in their sums, and the most improbable ones by name.
void check_table(const sl::channel_table& table, const expected_table& expected) {
    const auto& rows = table.strongest;
    REQUIRE(rows.size() == expected.rows);
    CHECK(table.found.tested == expected.rows);
    double sum = 0, squares = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const double score = std::abs(score_of(table, k));
        sum += score;
        squares += score * score;
    }
    // Energies below a quarter of their mean by chance are not told apart.
    CHECK(sum == Approx(expected.sum).epsilon(0.03));
    CHECK(squares == Approx(expected.squares).epsilon(5e-3));
    for (const auto& row : expected.best) {
        CHECK(rows.axes().label(rows.rows()[row.rank], "source") == row.source);
        CHECK(rows.axes().label(rows.rows()[row.rank], "target") == row.target);
        CHECK(std::abs(score_of(table, row.rank)) == Approx(row.score).epsilon(1e-3));
        CHECK(rows.values("log10_p")[row.rank] * std::numbers::ln10 ==
              Approx(row.log_p).epsilon(2e-3).margin(3e-3));
    }
}

} // namespace

TEST_CASE("every class of channel is that of loops over dense matrices") {
    const auto expected = read_expected_channels();
    for (const auto& model : charted_models()) {
        const auto map = chart<float>(model, {.control_rows = 0, .strongest = 1'000'000});
        const auto& tables = expected.at(model.name);
        CHECK(map.tables.size() == tables.size());
        for (const auto& table : map.tables) {
            INFO(model.name << " " << table.strongest.axes().title());
            check_table(table, tables.at(table.strongest.axes().title()));
        }
    }
}

TEST_CASE("classes have names, and those that are asked for are charted in their order") {
    const auto all = sl::all_channel_classes();
    CHECK(all.size() == 18);
    for (const auto& each : all) CHECK(sl::to_channel_class(to_text(each)) == each);
    REQUIRE_THROWS_AS(sl::to_channel_class("embedding_to_unembedding"), sl::argument_error);
    const auto models = charted_models();
    const auto map = chart<float>(models[1], {.classes = {sl::to_channel_class("neuron_to_value"),
                                                          sl::to_channel_class("head_to_key")}});
    REQUIRE(map.tables.size() == 2);
    CHECK(to_text(map.tables[0].of) == "neuron_to_value");
    CHECK(to_text(map.tables[1].of) == "head_to_key");
    CHECK(map.left_out.empty());
    CHECK(map.tested() == map.tables[0].found.tested + map.tables[1].found.tested);
    CHECK(chart<float>(models[1], {.classes = {}}).tables.empty());
}

TEST_CASE("whole matrices are tested and not counted, and every table has a control") {
    const auto map = chart<float>(charted_models()[2], {.q = 0.5});
    std::uint64_t counted = 0;
    for (const auto& table : map.tables) {
        const bool whole = table.of.writer == sl::channel_writer::embedding ||
                           table.of.writer == sl::channel_writer::positions ||
                           table.of.reader == sl::channel_reader::unembedding;
        INFO(table.strongest.axes().title());
        CHECK(table.counts() == (!whole && !table.found.doubtful()));
        counted += table.counts() ? table.found.size() : 0;
        REQUIRE(table.found.control);
        CHECK(table.found.control->rows > 0);
        CHECK(table.strongest.size() ==
              std::min<std::size_t>(10, static_cast<std::size_t>(table.found.tested)));
    }
    CHECK(map.found() == counted);
}

TEST_CASE("a map is the same bits for any number of threads") {
    const auto one = chart<float>(charted_models()[2], {.q = 0.3}, {.threads = 1});
    const auto again = chart<float>(charted_models()[2], {.q = 0.3}, {.threads = 5});
    REQUIRE(one.tables.size() == again.tables.size());
    for (std::size_t t = 0; t < one.tables.size(); ++t) {
        const auto &a = one.tables[t].strongest, &b = again.tables[t].strongest;
        REQUIRE(a.size() == b.size());
        for (std::size_t k = 0; k < a.size(); ++k) {
            CHECK(a.rows()[k] == b.rows()[k]);
            CHECK(a.values("log10_p")[k] == b.values("log10_p")[k]);
        }
        CHECK(one.tables[t].found.size() == again.tables[t].found.size());
        CHECK(one.tables[t].found.control->hits == again.tables[t].found.control->hits);
    }
}

TEST_CASE("what a model does not have is left out with the reason") {
    auto options = charted_models()[0].options;
    options.mlp = mlp_kind::none;
    auto weights = make_random_model<float>(options);
    weights.W_pos = {};
    weights.W_U = {};
    weights.has_qk_norm = true;
    const auto map = sl::chart_channels(weights);
    for (const auto& table : map.tables) CHECK(table.of.reader == sl::channel_reader::value);
    std::string all;
    for (const auto& line : map.left_out) all += line + "\n";
    INFO(all);
    for (const char* reason : {"queries and keys: ", "no MLP writes", "no MLP reads",
                               "no positions are learned", "no unembedding"})
        CHECK(all.find(reason) != std::string::npos);
    weights = make_random_model<float>(options);
    weights.rotary = sl::rotary_embedding{.dimensions = 2};
    const auto turned =
        sl::chart_channels(weights, {.classes = {sl::to_channel_class("head_to_key")}, .rotary_offset = 2});
    CHECK(turned.tables.size() == 1);
    REQUIRE(turned.left_out.size() == 1);
    CHECK(turned.left_out[0].find("2 positions behind") != std::string::npos);
}
