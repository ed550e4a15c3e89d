"""Graphs, the best communities that networkx finds in them by louvain_communities from 20 seeds, and their modularity.
Writes communities.txt beside itself. networkx 2.8."""
import pathlib
import random

import networkx
from networkx.algorithms import community


def planted(seed, groups, size, resolution):
    graph = networkx.planted_partition_graph(groups, size, 0.5, 0.06, seed=seed)
    weights = random.Random(seed)
    for a, b in graph.edges:
        graph[a][b]["weight"] = round(weights.random(), 3) + 0.001
    return f"planted_{seed}", graph, resolution


def with_loops():
    graph = networkx.relaxed_caveman_graph(6, 5, 0.25, seed=3)
    for node in (0, 7, 8):
        graph.add_edge(node, node, weight=2.5)
    graph.add_nodes_from(range(30, 34))  # nodes without edges
    graph.add_edge(34, 35)
    return "loops_and_pieces", graph, 1


def graphs():
    yield "karate", networkx.karate_club_graph(), 1
    yield "ring_of_cliques", networkx.ring_of_cliques(8, 5), 1
    yield "heads", networkx.barabasi_albert_graph(72, 3, seed=2), 1
    yield "coarse", networkx.gnp_random_graph(40, 0.12, seed=5), 0.5
    yield "fine", networkx.gnp_random_graph(40, 0.12, seed=6), 2
    yield planted(1, 5, 10, 1)
    yield planted(2, 4, 12, 1.3)
    yield with_loops()


def main():
    lines = []
    for name, graph, resolution in graphs():
        graph = networkx.convert_node_labels_to_integers(graph)
        found = [community.louvain_communities(graph, resolution=resolution, seed=s) for s in range(20)]
        best = max(found, key=lambda parts: community.modularity(graph, parts, resolution=resolution))
        number = {node: k for k, part in enumerate(best) for node in part}
        lines.append(
            f"{name} {resolution} {len(graph)} {graph.number_of_edges()} "
            f"{community.modularity(graph, best, resolution=resolution)!r}"
        )
        lines.append(" ".join(str(number[node]) for node in range(len(graph))))
        lines.append(" ".join(f"{a} {b} {data.get('weight', 1)}" for a, b, data in graph.edges(data=True)))
    pathlib.Path(__file__).with_name("communities.txt").write_text("\n".join(lines) + "\n")


main()
