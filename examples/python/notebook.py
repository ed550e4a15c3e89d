"""The notebook on a model's heads: every table in a line. python3 notebook.py MODEL [FAR_END]"""
import sys
import svdlens as sl

weights = sl.fold_norms(sl.open(sys.argv[1]))
heads = sl.singular_directions(sl.ov_circuits(weights))           # U S V of every W_V W_O
print(weights, heads, heads.singular_values[:, 0, 0], sep="\n")
for targets in (weights.mlp_in(), weights.unembed()):
    scores = sl.store(sl.project(heads.writing(), targets, score="dot"))
    far_end = "neuron" if targets.name.startswith("mlp") else [c for c in scores.columns if c in ("token", "action")][0]
    print(scores, sl.describe(scores, [0.001, 0.01, 0.99, 0.999]))
    tails = sl.edges(scores, 0.01)                                # rows beyond the 1 % quantiles
    print(len(tails), "rows in both tails; most often:", sorted(sl.value_counts(tails, [far_end]).items(), key=lambda c: -c[1])[:5])
    graph = sl.graph(tails)                                       # a MultiDiGraph of networkx
    print(graph, max((d["component"] for _, d in graph.nodes(data=True)), default=-1) + 1, "components")
    print(sl.top_k(scores, 5, by=["head"]).to_pandas().groupby("head", observed=True)[far_end].agg(list))
    print(sl.bottom_k(scores, 5, by=["head"]))
    print(sl.group_by(scores, [far_end, "head"], ["abs_mean", "energy", "abs_max"]))
    print(sl.pivot(scores, [far_end], ["head"], "abs_max"))
    found = sl.discoveries(sl.project(heads.writing(), targets, score="share"), q=0.05)
    print(found, found.rows, sep="\n")
