// README's first program, for what compiled mode leaves to the library.
#include <iostream>
#include <svdlens/svdlens.hpp>
namespace sl = svdlens;
int main() {
    auto file = sl::open_safetensors("model.safetensors");        // mapped, validated, zero-copy
    auto weights = sl::fold_norms(sl::transformer_weights(file)); // naming scheme recognised, norms folded
    auto heads =
        sl::singular_directions(sl::ov_circuits(weights)); // U S V of every W_V·W_O, never formed densely
    auto scores =
        sl::project(heads.writing(), weights.mlp_in()); // lazy: every direction × every neuron it can reach
    std::cout << sl::describe(scores, {0.001, 0.01, 0.5, 0.99, 0.999});
    auto edges = sl::outside_quantiles(scores, 0.001, 0.999); // exact, bounded memory
    auto graph = sl::circuit_graph(edges);                    // directed, signed, weighted
    sl::write_graphml("circuit.graphml", graph);
    sl::write_html("circuit.html", sl::plot::network(graph)); // open it in a browser
    for (auto row : sl::top_k(edges, 3).rows())
        std::cout << edges.axes().label(row, "source") << " -> " << edges.axes().label(row, "target") << "\n";
}
