#!/usr/bin/env python3
"""Compares the CSV files of `svdlens analyse` with float64 answers that NumPy and pandas gave for the same model.

    compare_with_oracle.py ORACLE.json DIR

DIR comes from `svdlens analyse MODEL --score dot --tail 0.01 --out DIR`. Prints how many figures were compared
and the largest deviation of each kind; exits 1 when one is out of tolerance.

Tolerances: singular values 1e-5 relative; scores max(5e-6, 8 eps S_0 / gap_k) absolute, gap_k the distance of S_k
to its neighbours; orders exact where neighbours differ by more than twice that; counts exact.
"""
import collections
import csv
import json
import math
import os
import sys

EPS = 2.0 ** -23
STATISTICS = {"0.001": "0.1%", "0.01": "1%", "0.5": "50%", "0.95": "95%", "0.99": "99%", "0.999": "99.9%"}


class comparison:
    def __init__(self):
        self.figures = 0
        self.failures = []
        self.largest = collections.defaultdict(float)  # kind -> deviation

    def number(self, kind, what, expected, found, tolerance):
        self.figures += 1
        deviation = abs(expected - found)
        self.largest[kind] = max(self.largest[kind], deviation)
        if not deviation <= tolerance:
            self.failures.append(f"{what}: expected {expected!r}, found {found!r}, tolerance {tolerance:.3g}")

    def same(self, what, expected, found):
        self.figures += 1
        if expected != found:
            self.failures.append(f"{what}: expected {expected!r}, found {found!r}")


def read(folder, name):
    with open(os.path.join(folder, name), newline="", encoding="utf-8") as file:
        first = file.readline()
        assert first.startswith("# svdlens "), f"{name}: the first line is no provenance: {first!r}"
        return list(csv.DictReader(file))


def head_of(name):
    layer, head = name[1:].split("H")
    return int(layer), int(head)


class score_tolerance:
    """The tolerance of a score of one direction, from how well separated its singular value is."""

    def __init__(self, singular_values):
        self.values = singular_values

    def __call__(self, head, direction):
        layer, number = head_of(head)
        s = self.values[layer][number]
        gaps = [abs(s[direction] - s[k]) for k in (direction - 1, direction + 1) if 0 <= k < len(s)]
        return max(5e-6, 8 * EPS * s[0] / min(gaps) if gaps and min(gaps) > 0 else math.inf)


def compare_singular_values(c, oracle, rows):
    by_key = {(r["circuit"], *head_of(r["head"]), int(r["direction"])): float(r["value"]) for r in rows}
    c.same("number of singular values", sum(len(s) for k in ("ov", "qk") for l in oracle[k + "_singular_values"] for s in l),
           len(by_key))
    for kind in ("ov", "qk"):
        for l, layer in enumerate(oracle[kind + "_singular_values"]):
            for h, spectrum in enumerate(layer):
                for k, value in enumerate(spectrum):
                    found = by_key.get((kind, l, h, k), math.nan)
                    c.number("singular value, relative", f"{kind} L{l}H{h}.{k}", 1.0, found / value, 1e-5)


def compare_describe(c, section, expected, rows):
    found = {r["statistic"]: float(r["value"]) for r in rows if r["section"] == section}
    for name, value in expected["describe"].items():
        if name == "count":
            c.same(f"{section} count", value, found.get(name))
        else:
            c.number("statistic", f"{section} {name}", value, found.get(name, math.nan), 5e-6)
    for probability, value in expected["quantiles"].items():
        if probability in STATISTICS:
            c.number("statistic", f"{section} q{probability}", value, found.get(STATISTICS[probability], math.nan), 5e-6)


def compare_tail(c, section, expected, edges, far):
    rows = [r for r in edges if section in (r["section"], r["also_in"])]  # an edge stands once
    scores = [float(r["score"]) for r in rows]
    tail = expected["tail_1pct"]
    c.same(f"{section} rows in the tails", tail["rows"], len(rows))
    low, high = expected["quantiles"]["0.01"], expected["quantiles"]["0.99"]
    middle = (low + high) / 2
    c.same(f"{section} rows below", tail["below"], sum(s < middle for s in scores))
    c.same(f"{section} rows above", tail["above"], sum(s > middle for s in scores))
    c.number("sum over a tail, per row", f"{section} sum of scores", tail["sum_scores"] / len(rows), sum(scores) / len(rows), 5e-6)
    counts = collections.Counter(r[far] for r in rows)
    wanted = {name: count for name, count in tail["value_counts"].items()}
    c.same(f"{section} labels counted", sorted(wanted), sorted(n for n, k in counts.items() if k >= tail["counts_from"]))
    for name, count in wanted.items():
        c.same(f"{section} count of {name}", count, counts[name])


def compare_graph(c, section, expected, rows):
    found = [r for r in rows if r["section"] == section]
    for name, value in expected["graph_1pct"].items():
        c.same(f"{section} graph {name}", value, int(found[0][name]) if found else None)


def compare_top(c, section, expected, top, tolerance):
    rows = {(r["head"], int(r["rank"])): r for r in top if r["section"] == section}
    for key, step in (("top5_per_head", 1), ("bottom5_per_head", -1)):
        for head, entries in expected[key].items():
            for k, (direction, other, score) in enumerate(entries):
                found = rows.get((head, step * (k + 1)))
                what = f"{section} {head} rank {step * (k + 1)}"
                if found is None:
                    c.same(what, (direction, other), None)
                    continue
                bound = tolerance(head, direction)
                c.number("score", what, score, float(found["score"]), bound)
                near = [abs(score - entries[j][2]) for j in (k - 1, k + 1) if 0 <= j < len(entries)]
                if not near or min(near) > 2 * bound:
                    c.same(what, (direction, other), (int(found["direction"]), found["other"]))
    largest = max((r for (_, rank), r in rows.items() if abs(rank) == 1), key=lambda r: abs(float(r["score"])))
    c.number("score", f"{section} largest |score|", expected["abs_max_per_other_and_head"]["max"],
             abs(float(largest["score"])), tolerance(largest["head"], int(largest["direction"])))
    c.same(f"{section} where the largest |score| is", expected["abs_max_per_other_and_head"]["argmax"],
           [largest["other"], largest["head"]])


# Tables that the oracle was made before; they have tests of their own.
WITHOUT_FIGURES = {"embed_to_qk_query", "embed_to_qk_key", "mlp_out_to_unembed"}


def main(oracle_file, folder):
    with open(oracle_file, encoding="utf-8") as file:
        oracle = json.load(file)
    c = comparison()
    compare_singular_values(c, oracle, read(folder, "singular_values.csv"))
    describe, edges, top = (read(folder, n) for n in ("describe.csv", "edges.csv", "top.csv"))
    components = read(folder, "components.csv")
    tolerance = score_tolerance(oracle["ov_singular_values"])
    sections = [name for name, value in oracle.items() if isinstance(value, dict) and "describe" in value]
    c.same("sections", sorted(sections), sorted({r["section"] for r in describe} - WITHOUT_FIGURES))
    for section in sections:
        far = "source" if section == "embed_to_ov" else "target"
        compare_describe(c, section, oracle[section], describe)
        compare_tail(c, section, oracle[section], edges, far)
        compare_graph(c, section, oracle[section], components)
        compare_top(c, section, oracle[section], top, tolerance)
    composition = {r["source"] + "->" + r["target"]: float(r["score"]) for r in read(folder, "composition.csv") if r["kind"] == "v"}
    c.same("pairs of heads", sorted(oracle["v_composition"]), sorted(composition))
    for pair, value in oracle["v_composition"].items():
        c.number("composition", f"composition {pair}", value, composition.get(pair, math.nan), 5e-6)

    print(f"{c.figures} figures compared, {len(c.failures)} out of tolerance")
    for kind, deviation in sorted(c.largest.items()):
        print(f"  largest deviation of a {kind}: {deviation:.3g}")
    for failure in c.failures[:20]:
        print(failure)
    return 1 if c.failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
