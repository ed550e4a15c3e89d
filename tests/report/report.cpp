#include "svdlens/report/report.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/circuit/copying_scores.hpp"
#include "svdlens/directions/singular_directions.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "support/two_edges.hpp"
#include "svdlens/circuit/found_edges.hpp"
#include "svdlens/circuit/found_pairs.hpp"
#include "svdlens/circuit/head_marks.hpp"
#include "svdlens/circuit/head_sides.hpp"
#include "svdlens/circuit/path_places.hpp"
#include "svdlens/circuit/path_tests.hpp"
#include "svdlens/circuit/top_paths.hpp"
#include "svdlens/core/error.hpp"
#include "svdlens/core/text.hpp"
#include "svdlens/model/stream_vectors.hpp"
#include "svdlens/plot/page.hpp"
#include "svdlens/plot/palette.hpp"
#include "svdlens/significance/log_p.hpp"
#include "svdlens/table/describe.hpp"
#include "svdlens/table/outside.hpp"
#include "svdlens/table/store.hpp"

using namespace svdlens;
using svdlens_tests::mlp_kind;
using svdlens_tests::random_model;

namespace {

std::vector<std::string> headings(const plot::page& page) {
    std::vector<std::string> result;
    for (const auto& section : page.sections) result.push_back(section.heading);
    return result;
}

const plot::page_section& section_of(const plot::page& page, std::string_view heading) {
    return *std::find_if(page.sections.begin(), page.sections.end(),
                         [&](const auto& section) { return section.heading == heading; });
}

/// The choices of a section's switch, each once.
std::vector<std::string> choices(const plot::page_section& section) {
    std::vector<std::string> result;
    for (const auto& panel : section.panels)
        if (std::find(result.begin(), result.end(), panel.choice) == result.end())
            result.push_back(panel.choice);
    return result;
}

/// What is seen when one of them is chosen.
std::vector<plot::panel> of_choice(const plot::page_section& section, const std::string& choice) {
    std::vector<plot::panel> result;
    for (const auto& panel : section.panels)
        if (panel.choice == choice) result.push_back(panel);
    return result;
}

/// The data of a panel that a script draws.
plot::json data_of(const plot::panel& panel) {
    const std::string begin = "application/json\">", end = "</script>";
    const auto from = panel.html.find(begin) + begin.size();
    return plot::json::parse(panel.html.substr(from, panel.html.find(end, from) - from));
}

} // namespace

TEST_CASE(
    "the report of a gated model has the answer first, and a choice for everything that its heads touch") {
    const auto weights = random_model<float>({}).make();
    const auto page = report(weights, {.facts = {"sha256 0123"}});
    CHECK(section_of(page, "The model").panels.front().html.find("dead mlp_gate") != std::string::npos);
    CHECK(headings(page) == std::vector<std::string>{"What was found", "The circuit graph", "Heads", "Tables",
                                                     "Distributions", "Heads compared", "Directions",
                                                     "The model"});
    CHECK(choices(section_of(page, "Distributions")) ==
          std::vector<std::string>{"Inputs read by directions", "Inputs read by queries",
                                   "Inputs read by keys", "Directions read by later heads",
                                   "Directions read by neurons", "Directions read by gates",
                                   "Outputs that directions write to", "Outputs that neurons write to"});
    CHECK(choices(section_of(page, "Tables")).size() ==
          4 + 8 + 1); // found, pairs, heads, paths; each; described
    CHECK(page.title == "Circuits of random");
    CHECK(page.provenance ==
          "random; weights as stored\nscore scaled; tails 0.1%; q 0.05; null share\nsha256 0123");
    for (const auto& section : page.sections) CHECK_FALSE(section.panels.empty());
}

TEST_CASE("the first screen, the heads, the table and the JSON say what was found, and nothing else") {
    const auto weights = svdlens_tests::with_two_edges();
    const auto made = make_report(weights, {.q = 0.01});
    const auto ov = singular_directions(ov_circuits(weights));
    const auto found = find_edges(weights, ov, {.q = 0.01});
    const auto rows = most_significant(found, 1000);
    const auto& first = section_of(made.page, "What was found").panels.front().html;
    CHECK(first.find("<strong>" + to_text(found.count()) +
                     " edges and 1 pair of heads found</strong> at q = 0.01 of ") != std::string::npos);
    CHECK(first.find("feeds <a href=\"#L1H1\"><bdi>L1H1.0</bdi></a>") != std::string::npos);
    CHECK(first.find("writes to <bdi>L1N5</bdi> <small>scaled ") != std::string::npos);

    const auto& edges = made.numbers["edges"];
    REQUIRE(edges.size() == rows.size());
    const auto& table = section_of(made.page, "Tables").panels.front().html;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        CHECK(edges[k]["source"] == rows[k].label("source"));
        CHECK(edges[k]["target"] == rows[k].label("target"));
        CHECK(edges[k]["q"] == rows[k].value("q"));
        CHECK(edges[k]["score"].get<double>() == Approx(rows[k].value("scaled")).epsilon(1e-6));
        CHECK(table.find("<td class=\"words\" dir=\"auto\">" + rows[k].label("source") +
                         "</td><td class=\"words\" dir=\"auto\">" + rows[k].label("target") + "</td><td>" +
                         to_rounded_text(edges[k]["score"].get<double>(), 4) + "</td>") != std::string::npos);
    }
    const auto counts = findings_of_heads(found);
    REQUIRE(made.numbers["heads"].size() == 8);
    CHECK(made.numbers["heads"][0]["head"] == "L0H2");
    for (const auto& head : made.numbers["heads"]) {
        const auto at = counts.find(head["head"]);
        CHECK(head["found_out"] == (at == counts.end() ? 0 : at->second.out));
        CHECK(head["found_in"] == (at == counts.end() ? 0 : at->second.in));
        CHECK(head["reads"].size() + head["query_reads"].size() + head["key_reads"].size() +
                  head["fed_by"].size() ==
              head["found_in"].get<std::size_t>());
        CHECK(head["query_reads"].size() == (at == counts.end() ? 0 : at->second.query));
        CHECK(head["key_reads"].size() == (at == counts.end() ? 0 : at->second.key));
        CHECK(head["writes"].size() + head["feeds"].size() == head["found_out"].get<std::size_t>());
    }
    const auto& cards = section_of(made.page, "Heads").panels.front().html;
    CHECK(cards.find("id=\"L0H2\"") < cards.find("id=\"L0H0\""));
    for (const auto& each : found.families) CHECK(made.numbers["scores"].contains(each.name()));
}

TEST_CASE("paths are the strongest that there are, with the q of their weakest hop") {
    const auto weights = svdlens_tests::with_two_edges();
    const auto made = make_report(weights, {.q = 0.3});
    const auto ov = singular_directions(ov_circuits(weights));
    const auto found = find_edges(weights, ov, {.q = 0.3});
    const auto top = top_paths(places_of_paths(weights, ov), {.count = 100});
    const auto& paths = made.numbers["paths"];
    REQUIRE(paths.size() == top.paths.size());
    std::map<std::string, std::vector<circuit_path>> kinds; // scores of two kinds have two units
    std::vector<std::string> order;
    for (const auto& path : top.paths) {
        const auto kind =
            top.places.sources[path.source.set].name + "_to_" + top.places.targets[path.target.set].name;
        if (!kinds.contains(kind)) order.push_back(kind);
        kinds[kind].push_back(path);
    }
    std::vector<circuit_path> by_kind;
    for (const auto& kind : order) by_kind.insert(by_kind.end(), kinds[kind].begin(), kinds[kind].end());
    CHECK(order.size() > 1);
    const auto table = of_choice(section_of(made.page, "Tables"), "paths").front().html;
    for (std::size_t k = 0; k < paths.size(); k += 11) {
        CHECK(paths[k]["score"] == by_kind[k].score);
        CHECK(paths[k]["path"] == plot::json(node_names(top.places, by_kind[k])));
        const auto test = test_of_path(top.places, by_kind[k], found);
        CHECK(paths[k]["q"] == (test && test->q ? plot::json(*test->q) : plot::json()));
        CHECK(table.find("<td>" + to_rounded_text(by_kind[k].score, 4) + "</td>") != std::string::npos);
    }
}

TEST_CASE("heads have the marks of their tests, in the table and the JSON") {
    const auto weights = svdlens_tests::with_two_edges();
    const auto made = make_report(weights);
    const auto marks = head_marks(weights, singular_directions(ov_circuits(weights)));
    const auto table = of_choice(section_of(made.page, "Tables"), "heads").front().html;
    for (const auto& head : made.numbers["heads"]) {
        const std::string label = head["head"];
        const auto at = std::find_if(marks.heads.begin(), marks.heads.end(),
                                     [&](const marked_head& each) { return each.head == label; });
        REQUIRE(at != marks.heads.end());
        REQUIRE(at->copying);
        CHECK(head["copying"]["advantage"] == at->copying->advantage);
        CHECK(head["induction"].is_null() == !at->induction);
        CHECK(table.find("<td>" + to_rounded_text(at->copying->advantage, 4) + "</td>") != std::string::npos);
    }
}

TEST_CASE("the line of a finding is that of findings.csv") {
    const auto made = make_report(svdlens_tests::with_two_edges(), {.q = 0.3});
    std::vector<std::string> sections; // as findings.csv has them, a line each behind two others
    std::vector<double> q;
    const auto& tables = made.numbers["tables"];
    for (const auto& table : tables)
        sections.insert(sections.end(), table["found"].get<std::size_t>(), table["section"]);
    q.resize(sections.size(), -1);
    REQUIRE(made.numbers["edges"].size() == sections.size());
    for (const auto& edge : made.numbers["edges"]) {
        const auto at = edge["line"].get<std::size_t>() - 3;
        REQUIRE(at < sections.size());
        CHECK(sections[at] == edge["section"]);
        q[at] = edge["q"];
    }
    for (std::size_t k = 1; k < q.size(); ++k)
        if (sections[k] == sections[k - 1]) CHECK(q[k - 1] <= q[k]);
}

TEST_CASE("a report of weights in which nothing is found says that this is an answer") {
    const auto weights =
        random_model<float>({.d_model = 48, .d_head = 6, .d_mlp = 30, .norm = normalization::none}).make();
    const auto made = make_report(weights, {.q = 1e-9});
    REQUIRE(made.numbers["found"] == 0);
    const auto& first = section_of(made.page, "What was found").panels.front().html;
    CHECK(first.find("<strong>Nothing beyond chance</strong>") != std::string::npos);
    CHECK(first.find("That is an answer") != std::string::npos);
    CHECK(made.numbers["untested"].empty());
    CHECK(first.find("Most heads look random") != std::string::npos);
    const auto& graph = section_of(made.page, "The circuit graph");
    CHECK(graph.introduction.find("Nothing was found: this is a ranking") == 0);
    CHECK(data_of(graph.panels[0])["edges"][0]["q"].is_null());
}

TEST_CASE("a report of tables that were not tested does not take their silence for an answer") {
    const auto first_of = [](const transformer_weights& weights, double q) {
        const auto made = make_report(weights, {.q = q});
        const auto& graph = section_of(made.page, "The circuit graph");
        return made.numbers["untested"].dump() + "\n" + graph.introduction + "\n" +
               section_of(made.page, "What was found").panels.front().html;
    };
    const auto tiny = // six directions
        random_model<float>({.layers = 1,
                             .heads = 2,
                             .key_value_heads = 2,
                             .d_model = 12,
                             .d_head = 3,
                             .mlp = mlp_kind::none})
            .make();
    const auto none = first_of(tiny, 0.05);
    CHECK(none.find("<strong>Nothing was tested</strong>") != std::string::npos);
    CHECK(none.find("Nothing was tested: this is a ranking") != std::string::npos);
    CHECK(none.find("found 6; ask for centered_cosine") != std::string::npos);

    auto partly =
        random_model<float>({.d_model = 48, .d_head = 6, .d_mlp = 30, .norm = normalization::none}).make();
    stream_vectors few{.name = "few", .flow = flow::writes, .site = residual_site::resid_pre, .layer = 0};
    few.layers.push_back(basic_matrix<float>(std::vector<float>(48, 1), 1, 48));
    partly = with_vectors(std::move(partly), few);
    const auto some = first_of(partly, 1e-9);
    CHECK(some.find("<strong>Nothing beyond chance</strong>") != std::string::npos);
    CHECK(some.find("<strong>Not tested</strong>") != std::string::npos);
    CHECK(some.find("few_to_mlp_in, ") != std::string::npos);
    CHECK(some.find("some of which were not tested.") != std::string::npos);
    for (const auto& text : {none, some}) {
        CHECK(text.find("That is an answer") == std::string::npos);
        CHECK(text.find("such as chance gives") == std::string::npos);
    }
    CHECK_THROWS_AS(make_report(partly, {.q = 5}), argument_error);
}

TEST_CASE("heads of a rotary model have the tests of the offset that is asked for") {
    auto weights = svdlens_tests::with_two_edges();
    weights.rotary = rotary_embedding{.dimensions = 6};
    weights.has_rotary = true;
    weights.attention_scale = 1;
    const auto without = make_report(weights), with = make_report(weights, {.rotary_offset = 2});
    const auto ov = singular_directions(ov_circuits(weights));
    const auto marks = head_marks(weights, ov, {.offset = 2});
    CHECK(without.numbers["heads"][0]["matching"].is_null());
    for (const auto& head : with.numbers["heads"])
        for (const auto& each : marks.heads)
            if (each.head == head["head"]) CHECK(head["matching"]["z"] == each.matching.value().z);
    CHECK(with.page.provenance.find("; rotary offset 2") != std::string::npos);
    CHECK(without.page.provenance.find("rotary offset") == std::string::npos);
}

TEST_CASE("dead heads are told, stand last, and are in no edge") {
    auto weights = svdlens_tests::with_two_edges();
    for (auto* side : {&weights.blocks[0].attention.W_V[1], &weights.blocks[0].attention.W_O[1]}) {
        std::vector<float> faint(side->data(), side->data() + side->rows() * side->columns());
        for (auto& x : faint) x *= 1e-4F;
        *side = {faint, side->rows(), side->columns()};
    }
    const auto made = make_report(weights, {.q = 0.05});
    CHECK(made.numbers["heads"].back()["head"] == "L0H1");
    CHECK(made.numbers["heads"].back()["dead"] == true);
    const auto& alerts = made.numbers["alerts"];
    const auto is_of_heads = [](const plot::json& alert) {
        return alert.get<std::string>().find("Dead ov heads: 1 of 8") == 0;
    };
    CHECK(std::any_of(alerts.begin(), alerts.end(), is_of_heads));
}

TEST_CASE("the curve beside chance counts the rows of the tested table, and chance is the null's") {
    const auto weights = svdlens_tests::with_two_edges();
    const auto page = report(weights);
    const auto found = find_edges(weights, singular_directions(ov_circuits(weights)));
    const auto& family = *found.of("ov_to_mlp_in");
    const auto figure =
        data_of(of_choice(section_of(page, "Distributions"), "Directions read by neurons").front());
    const auto& curve = figure["data"][0];
    const auto stored = store(family.table.scores);
    REQUIRE(curve["x"].size() > 50);
    for (std::size_t k = 0; k < curve["x"].size(); k += 7) {
        const double edge = curve["x"][k];
        const auto beyond = std::count_if(stored.values().begin(), stored.values().end(),
                                          [&](float x) { return std::abs(static_cast<double>(x)) >= edge; });
        CHECK(curve["y"][k].get<double>() ==
              Approx(static_cast<double>(beyond) / static_cast<double>(family.found.tested)));
    }
    const auto& chance = figure["data"][1];
    for (std::size_t k = 0; k < chance["x"].size(); k += 7)
        CHECK(chance["y"][k].get<double>() ==
              Approx(std::exp(log_p(chance["x"][k].get<double>(), family.found.dimension))));
}

TEST_CASE("the progress of a report ascends from nothing to nearly all") {
    const auto weights = random_model<float>({}).make();
    std::vector<double> shares;
    report(weights, {.progress = [&](const progress_report& r) {
               shares.push_back(static_cast<double>(r.done) / static_cast<double>(r.total));
           }});
    REQUIRE(shares.size() > 50);
    CHECK(std::is_sorted(shares.begin(), shares.end()));
    CHECK(shares.front() < 0.06);
    CHECK(shares.back() > 0.8);
    CHECK(shares.back() <= 1);
}

TEST_CASE("the report's numbers are those of the tables") {
    const auto weights = random_model<float>({}).make();
    const auto page = report(weights, {.tail = 0.05});
    const auto heads = singular_directions(ov_circuits(weights));
    const auto scores = project(heads.writing(), weights.mlp_in());

    const auto summary = describe(scores, {0.001, 0.01, 0.25, 0.5, 0.75, 0.99, 0.999});
    const auto& table = section_of(page, "Tables").panels.back().html;
    CHECK(table.find("ov_to_mlp_in</th><td>" + to_text(summary.count) + "</td><td>" +
                     to_rounded_text(summary.mean, 4)) != std::string::npos);

    const auto spectra = data_of(section_of(page, "Heads compared").panels[0]);
    REQUIRE(spectra["data"].size() == 8);
    for (std::size_t head = 0; head < 8; ++head)
        CHECK(spectra["data"][head]["line"]["color"] == plot::hue(head / 4, head % 4)); // as on its card
    for (std::size_t head = 0; head < 8; ++head)
        for (std::size_t k = 0; k < 3; ++k)
            CHECK(spectra["data"][head]["y"][k].get<float>() == heads.singular_value(head / 4, head % 4, k));

    const auto neurons = of_choice(section_of(page, "Distributions"), "Directions read by neurons");
    std::size_t shaded = 0, edges = 0;
    const auto strip = data_of(neurons[2]);
    for (const auto& line : strip["data"][0]["z"])
        for (const auto& count : line) shaded += count.is_null() ? 0 : count.get<std::size_t>();
    for (std::size_t k = 1; k < strip["data"].size(); ++k) edges += strip["data"][k]["y"].size();
    CHECK(strip["data"][0]["x"].size() == 8);
    CHECK(shaded == summary.count); // all rows lie in the shade, and all of the tails are points
    CHECK(edges == outside_quantiles(scores, 0.05, 0.95).size());

    const auto bars = data_of(neurons[1]);
    std::size_t counted = 0;
    for (const auto& count : bars["data"][0]["y"]) counted += count.get<std::size_t>();
    CHECK(counted == summary.count);
    double by_chance = 0;
    for (const auto& expected : bars["data"][1]["y"])
        by_chance += expected.is_null() ? 0 : expected.get<double>();
    CHECK(by_chance <= static_cast<double>(summary.count));
    CHECK(by_chance > 0.9 * static_cast<double>(summary.count));
}

TEST_CASE("the strongest rows stand by |score|, with a q where they were found") {
    const auto weights = svdlens_tests::with_two_edges();
    const auto page = report(weights, {.q = 0.01});
    const auto html =
        of_choice(section_of(page, "Tables"), "strongest rows: Directions read by neurons").front().html;
    const auto found = find_edges(weights, singular_directions(ov_circuits(weights)), {.q = 0.01});
    const auto q = found.of("ov_to_mlp_in")->found.rows.values("q").front();
    std::vector<double> sizes;
    std::string planted;
    for (auto at = html.find("<tr>", html.find("<tbody>")); at != std::string::npos;
         at = html.find("<tr>", at + 1)) {
        const auto row = html.substr(at, html.find("</tr>", at) - at);
        sizes.push_back(std::abs(std::stod(row.substr(row.find("<td>") + 4))));
        if (row.find(">L0H2.0<") != std::string::npos && row.find(">L1N5<") != std::string::npos)
            planted = row;
    }
    REQUIRE(sizes.size() > 20);
    CHECK(std::is_sorted(sizes.rbegin(), sizes.rend()));
    CHECK(planted.find("<td>" + to_rounded_text(q, 3) + "</td>") != std::string::npos);
}

TEST_CASE("the graph has what was found, the most significant first, and no more than asked for") {
    const auto weights = svdlens_tests::with_two_edges();
    const auto found = find_edges(weights, singular_directions(ov_circuits(weights)), {.q = 0.3});
    const auto graph_of = [&](std::size_t most) {
        return data_of(
            section_of(report(weights, {.max_edges = most, .q = 0.3}), "The circuit graph").panels[0]);
    };
    const auto whole = graph_of(0);
    const auto ov = singular_directions(ov_circuits(weights));
    const auto pairs = find_pairs(weights, ov, attending_directions(weights), 0.3);
    const auto feeding = feeding_pairs(pairs, 0.3);
    REQUIRE(feeding.size() > 0);
    REQUIRE(whole["edges"].size() == found.count() + feeding.size());
    CHECK(whole["shown"] == 40);
    std::vector<double> rates;
    for (const auto& edge : whole["edges"]) {
        rates.push_back(edge["q"]);
        const std::string name = whole["sections"][edge["section"].get<std::size_t>()];
        if (name.starts_with("heads_by_")) continue;
        const auto& family = *found.of(name);
        const auto source = whole["nodes"][edge["source"].get<std::size_t>()]["label"];
        const auto target = whole["nodes"][edge["target"].get<std::size_t>()]["label"];
        bool is_there = false;
        for (std::size_t k = 0; k < family.found.size(); ++k) {
            const auto row = family.found.rows.rows()[k];
            const auto& axes = family.found.rows.axes();
            if (axes.label(row, "source") != source || axes.label(row, "target") != target) continue;
            is_there = true;
            CHECK(family.found.rows.values("q")[k] == rates.back());
            CHECK(edge["score"].get<double>() == Approx(family.found.rows.values("scaled")[k]).epsilon(1e-6));
        }
        CHECK(is_there);
    }
    CHECK(std::is_sorted(rates.begin(), rates.end()));
    CHECK(graph_of(2)["edges"].size() == 2 + feeding.size());
}

TEST_CASE("pairs of heads are told in words, on cards, in the table, the JSON and the graph, by role and "
          "beside a control") {
    const auto weights = svdlens_tests::with_two_edges();
    const auto made = make_report(weights, {.q = 0.3});
    const auto ov = singular_directions(ov_circuits(weights));
    const auto tested = find_pairs(weights, ov, attending_directions(weights), 0.3);
    const auto feeding = feeding_pairs(tested, 0.3);
    const auto& pairs = made.numbers["pairs"];
    REQUIRE(pairs.size() == feeding.size());
    const auto& first = section_of(made.page, "What was found").panels.front().html;
    const auto& cards = section_of(made.page, "Heads").panels.front().html;
    const auto table = of_choice(section_of(made.page, "Tables"), "pairs of heads").front();
    const auto graph = data_of(section_of(made.page, "The circuit graph").panels[0]);
    std::size_t drawn = 0;
    for (const auto& edge : graph["edges"]) {
        const auto section = edge["section"].get<std::size_t>();
        if (graph["score_titles"][section] != "composition") continue;
        ++drawn;
        const auto& from = graph["nodes"][edge["source"].get<std::size_t>()];
        const auto& to = graph["nodes"][edge["target"].get<std::size_t>()];
        const auto is_it = [&](const plot::json& pair) {
            const std::string letter(1, static_cast<char>(pair["role"].get<std::string>()[0] - 'a' + 'A'));
            return pair["source"] == from["label"] && pair["target"] == to["label"] &&
                   graph["roles"][section] == letter && pair["q"] == edge["q"];
        };
        CHECK(std::count_if(pairs.begin(), pairs.end(), is_it) == 1);
        CHECK(graph["groups"][from["group"].get<std::size_t>()]["name"] == from["label"]);
    }
    CHECK(drawn == pairs.size());
    for (std::size_t k = 0; k < feeding.size(); ++k) {
        const auto& pair = *feeding[k].pair;
        CHECK(pairs[k]["source"] == pair.composition.source);
        CHECK(pairs[k]["role"] == std::string(to_text(feeding[k].role)));
        CHECK(pairs[k]["q"] == pair.q[0]);
        CHECK(pairs[k]["log10_p"].get<double>() == Approx(pair.log_p[0] / std::log(10)));
        CHECK(table.html.find("<td>" + to_rounded_text(pair.q[0], 3) + "</td>") != std::string::npos);
        for (const auto& head : made.numbers["heads"]) {
            const auto listed = [&](const char* list) {
                const auto& of = head[list];
                return std::find(of.begin(), of.end(), plot::json(k)) != of.end();
            };
            CHECK(listed("feeds_heads") == (head["head"] == pair.composition.source));
            CHECK(listed("fed_by_heads") == (head["head"] == pair.composition.target));
        }
    }
    CHECK(first.find("feeds the value of <a href=\"#L1H1\"><bdi>L1H1</bdi></a>") != std::string::npos);
    CHECK(cards.find("its value: <a href=\"#L0H2\">") != std::string::npos);
    CHECK(cards.find("the value of <a href=\"#L1H1\">") != std::string::npos);
    REQUIRE(made.numbers["pair_roles"].size() == 3);
    for (std::size_t k = 0; k < 3; ++k) {
        CHECK(made.numbers["pair_roles"][k]["compose"] == tested[k].found[0]);
        CHECK(made.numbers["pair_roles"][k]["reversed_compose"] == tested[k].reversed_hits[0]);
    }
}

TEST_CASE("heads are compared by copying over the vocabulary, and by eigenvalues under a name of their own") {
    const auto weights = random_model<float>({}).make();
    const auto made = make_report(weights);
    const auto& section = section_of(made.page, "Heads compared");
    CHECK(choices(section) ==
          std::vector<std::string>{
              "Singular values of W_V W_O", "Singular values of W_Q W_K^T", "V composition of two heads",
              "Frobenius cosine between the heads' OV matrices", "Copying score, over the vocabulary",
              "Copying", "Eigenvalues of W_V W_O on the residual stream"});
    const auto copying = copying_scores(weights);
    const auto figure = data_of(of_choice(section, "Copying score, over the vocabulary").front());
    for (std::size_t k = 0; k < 8; ++k)
        CHECK(figure["data"][0]["z"][k / 4][k % 4].get<float>() == copying.score.score_at(k));
    CHECK(figure["layout"]["coloraxis"]["cmin"] == -1); // whatever is in it
    CHECK(figure["layout"]["coloraxis"]["cmax"] == 1);
    const auto& numbers = made.numbers["heads_compared"];
    CHECK(numbers["Copying score"]["values"] == figure["data"][0]["z"]);
    CHECK(numbers.size() == 5); // a map each
    const auto cosines = frobenius_cosine(ov_circuits(weights));
    const auto& cells = numbers["Frobenius cosine between the heads' OV matrices"]["values"];
    for (std::size_t k = 0; k < 64; ++k) CHECK(cells[k / 8][k % 8].get<float>() == cosines.score_at(k));

    auto other = weights;
    other.W_U = other.W_U.column_range(0, 8);
    other.b_U.clear();
    const auto without = report(other);
    CHECK(choices(section_of(without, "Heads compared")).size() == 5);
    const auto& notes = section_of(without, "Heads compared").panels.back().notes;
    CHECK(notes.back().find("No copying scores: random: copying_scores: "
                            "refused, because the embedding has 9 tokens") != std::string::npos);
}

TEST_CASE("the map of compositions has chance in its middle, and no number for pairs that cannot be") {
    const auto weights = random_model<float>({}).make();
    const auto page = report(weights);
    const auto figure =
        data_of(of_choice(section_of(page, "Heads compared"), "V composition of two heads").front());
    const auto& scale = figure["layout"]["coloraxis"];
    CHECK(scale["cmin"] == 0);
    CHECK(scale["cmax"] == 1);
    CHECK(scale["colorscale"][1][0].get<double>() == Approx(1 / std::sqrt(12.0)));
    const auto& z = figure["data"][0]["z"]; // only sources of layer 0, and targets of layer 1, are in it
    for (const auto& line : z)
        for (const auto& cell : line) CHECK((cell.is_null() || (cell > 0 && cell <= 1)));
    CHECK(figure["layout"].contains("plot_bgcolor"));
}

TEST_CASE("sections that a model has nothing for are left out") {
    auto weights = random_model<float>({.layers = 1, .mlp = mlp_kind::none}).make();
    weights.W_U = {};
    weights.has_rotary = true;
    const auto page = report(weights);
    CHECK(headings(page) == std::vector<std::string>{"What was found", "The circuit graph", "Heads", "Tables",
                                                     "Distributions", "Heads compared", "The model"});
    CHECK(choices(section_of(page, "Distributions")) ==
          std::vector<std::string>{"Inputs read by directions"});
    const auto& spectra = section_of(page, "Heads compared").panels.front();
    CHECK(spectra.choice == "Singular values of W_V W_O");
    CHECK(spectra.notes.back().find("No QK spectra") != std::string::npos);
}

TEST_CASE("tokens go by their labels, which may repeat") {
    std::vector<std::string> tokens(3000, "same");
    tokens[7] = "</script>";
    const auto weights =
        random_model<float>({.layers = 1, .heads = 8, .key_value_heads = 8, .d_head = 8, .vocab = 3000})
            .make();
    const auto page = report(weights, {.tokens = tokens});
    const auto rows =
        of_choice(section_of(page, "Tables"), "strongest rows: Outputs that directions write to").front();
    CHECK(rows.html.find(">same</td>") != std::string::npos);
    CHECK(rows.html.find("</script>") == std::string::npos);
    CHECK(choices(section_of(page, "Directions")).empty()); // the two strongest have one label
}

TEST_CASE("a model of many heads has maps, and no table with a column a head") {
    const auto page = report(random_model<float>({.layers = 3, .heads = 16, .key_value_heads = 16}).make());
    const auto spectra = data_of(section_of(page, "Heads compared").panels[0]);
    CHECK(spectra["data"][0]["type"] == "heatmap"); // lines of so many could not be told apart
    CHECK(of_choice(section_of(page, "Distributions"), "Directions read by neurons").size() == 3);
}

TEST_CASE("the page is the same for any number of threads") {
    const auto weights = random_model<float>({}).make();
    const auto one = plot::to_html(report(weights, {}, {.threads = 1}));
    CHECK(one == plot::to_html(report(weights, {}, {.threads = 3})));
}
