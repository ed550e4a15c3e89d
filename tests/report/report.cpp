#include "svdlens/report/report.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/circuit/copying_scores.hpp"
#include "svdlens/directions/singular_directions.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/random_model.hpp"
#include "svdlens/core/text.hpp"
#include "svdlens/plot/page.hpp"
#include "svdlens/table/describe.hpp"

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

/// The data of a panel that a script draws.
plot::json data_of(const plot::panel& panel) {
    const std::string begin = "application/json\">", end = "</script>";
    const auto from = panel.html.find(begin) + begin.size();
    return plot::json::parse(panel.html.substr(from, panel.html.find(end, from) - from));
}

} // namespace

TEST_CASE("the report of a gated model has a section for everything that its heads touch") {
    const auto weights = random_model<float>({}).make();
    const auto page = report(weights, {.facts = {"sha256 0123"}});
    CHECK(section_of(page, "The model").panels.front().html.find("dead mlp_gate") != std::string::npos);
    CHECK(headings(page) == std::vector<std::string>{"The model", "The circuit graph", "Spectra",
                                                     "Heads compared", "Scores", "Inputs read by directions",
                                                     "Directions read by later heads",
                                                     "Directions read by neurons", "Directions read by gates",
                                                     "Outputs that directions write to",
                                                     "Directions and tokens", "Paths through directions"});
    CHECK(page.title == "Circuits of random");
    CHECK(page.provenance == "random; weights as stored\nscore scaled; tails 0.1%\nsha256 0123");
    for (const auto& section : page.sections) CHECK_FALSE(section.panels.empty());
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
    const auto& table = section_of(page, "Scores").panels[0].html;
    CHECK(table.find("ov_to_mlp_in</th><td>" + to_text(summary.count) + "</td><td>" +
                     to_rounded_text(summary.mean, 4)) != std::string::npos);

    const auto spectra = data_of(section_of(page, "Spectra").panels[0]);
    REQUIRE(spectra["data"].size() == 8);
    for (std::size_t head = 0; head < 8; ++head)
        for (std::size_t k = 0; k < 3; ++k)
            CHECK(spectra["data"][head]["y"][k].get<float>() == heads.singular_value(head / 4, head % 4, k));

    const auto& neurons = section_of(page, "Directions read by neurons");
    std::size_t points = 0, edges = 0;
    const auto strip = data_of(neurons.panels[2]);
    for (const auto& trace : strip["data"]) {
        points += trace["y"].size();
        if (trace["name"] == "beyond the 5% tails") edges += trace["y"].size();
    }
    CHECK(points == summary.count);
    CHECK(edges == outside_quantiles(scores, 0.05, 0.95).size());

    const auto bars = data_of(neurons.panels[1]);
    std::size_t counted = 0;
    for (const auto& count : bars["data"][0]["y"]) counted += count.get<std::size_t>();
    CHECK(counted == summary.count);
}

TEST_CASE("the graph has the strongest edges of every table, and says how many there are") {
    const auto weights = random_model<float>({}).make();
    const auto all = report(weights, {.tail = 0.05, .max_edges = 100000});
    const auto few = report(weights, {.tail = 0.05, .max_edges = 10});
    const auto whole = data_of(section_of(all, "The circuit graph").panels[0]);
    const auto part = data_of(section_of(few, "The circuit graph").panels[0]);
    REQUIRE(part["edges"].size() == 10);
    std::vector<std::size_t> of_section(5);
    for (const auto& edge : part["edges"]) ++of_section[edge["section"].get<std::size_t>()];
    CHECK(of_section == std::vector<std::size_t>(5, 2));
    CHECK(part["hidden_edges"].get<std::size_t>() == whole["edges"].size() - 10);
}

TEST_CASE("heads are compared by copying over the vocabulary, and by eigenvalues under a name of their own") {
    const auto weights = random_model<float>({}).make();
    const auto titles = [](const plot::page_section& section) {
        std::vector<std::string> all;
        for (const auto& panel : section.panels) all.push_back(data_of(panel)["layout"]["title"]["text"]);
        return all;
    };
    const auto page = report(weights);
    const auto& section = section_of(page, "Heads compared");
    const auto found = titles(section);
    REQUIRE(found.size() == 5);
    CHECK(found[2].rfind("Copying score, over the vocabulary", 0) == 0);
    CHECK(found[3].rfind("Copying: which fraction of the eigenvalues of W_E W_V W_O W_U", 0) == 0);
    CHECK(found[4].rfind("Eigenvalues of W_V W_O on the residual stream", 0) == 0);
    const auto copying = copying_scores(weights);
    const auto map = data_of(section.panels[2])["data"][0]["z"];
    for (std::size_t k = 0; k < 8; ++k) CHECK(map[k / 4][k % 4].get<float>() == copying.score.score_at(k));

    auto other = weights;
    other.W_U = other.W_U.column_range(0, 8);
    other.b_U.clear();
    const auto without = report(other);
    CHECK(titles(section_of(without, "Heads compared")) ==
          std::vector<std::string>{found[0], found[1], found[4]});
    CHECK(section_of(without, "Heads compared")
              .introduction.find("No copying scores: random: copying_scores: "
                                 "refused, because the embedding has 9 tokens") != std::string::npos);
}

TEST_CASE("sections that a model has nothing for are left out") {
    auto weights = random_model<float>({.layers = 1, .mlp = mlp_kind::none}).make();
    weights.W_U = {};
    weights.has_rotary = true;
    const auto page = report(weights);
    CHECK(headings(page) == std::vector<std::string>{"The model", "The circuit graph", "Spectra",
                                                     "Heads compared", "Scores",
                                                     "Inputs read by directions"});
    CHECK(section_of(page, "Spectra").panels.size() == 1);
    CHECK(section_of(page, "Spectra").introduction.find("No QK spectra") != std::string::npos);
}

TEST_CASE("tokens go by their labels, which may repeat") {
    std::vector<std::string> tokens(3000, "same");
    tokens[7] = "</script>";
    const auto weights =
        random_model<float>({.layers = 1, .heads = 8, .key_value_heads = 8, .d_head = 8, .vocab = 3000})
            .make();
    const auto page = report(weights, {.tokens = tokens});
    const auto bars = data_of(section_of(page, "Outputs that directions write to").panels[3]);
    for (const auto& label : bars["data"][0]["x"]) CHECK(label.get<std::string>().starts_with("same"));
    const auto ends = data_of(section_of(page, "Outputs that directions write to").panels[4]);
    CHECK(ends["layout"]["xaxis"]["categoryarray"].size() == 12);    // not all that are called the same
    CHECK(section_of(page, "Directions and tokens").panels.empty()); // the two strongest have one label
}

TEST_CASE("a model of many heads is coloured by layer") {
    const auto page = report(random_model<float>({.layers = 3, .heads = 16, .key_value_heads = 16}).make());
    const auto ecdf = data_of(section_of(page, "Directions read by neurons").panels[0]);
    CHECK(ecdf["data"].size() == 3);
}

TEST_CASE("the page is the same for any number of threads") {
    const auto weights = random_model<float>({}).make();
    const auto one = plot::to_html(report(weights, {}, {.threads = 1}));
    CHECK(one == plot::to_html(report(weights, {}, {.threads = 3})));
}
