#!/usr/bin/env python3
"""Writes channel_map.txt: every class of channel of small random models by loops over dense matrices. Needs numpy, scipy.

The models' numbers are drawn as tests/support/random_model.hpp draws them. A table a line (`table`, model, section,
rows, sum and sum of squares of its scores), then its ten most improbable rows (source, target, score, ln p), where these
are apart. Scores: shares of energy, or energies of whole matrices; of neurons with neurons the share itself.
"""
import pathlib

import numpy as np
from scipy import optimize, stats

HERE = pathlib.Path(__file__).parent
# name, layers, heads, key/value heads, d_model, d_head, d_mlp, gated, norm, parallel, folded
MODELS = [("raw", 3, 4, 4, 24, 3, 20, False, "layer_norm", False, False),
          ("folded", 3, 4, 4, 24, 3, 20, False, "layer_norm", False, True),
          ("grouped_gated", 2, 4, 2, 18, 4, 15, True, "layer_norm", False, True),
          ("parallel", 3, 2, 2, 20, 5, 12, False, "layer_norm", True, True),
          ("rms", 2, 3, 3, 16, 4, 12, True, "rms_norm", False, True)]
VOCABULARY, CONTEXT = 9, 16


class random_numbers:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = 2 ** 64 - 1
        self.state = (self.state + 0x9e3779b97f4a7c15) & mask
        z = self.state
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9 & mask
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb & mask
        return ((z ^ (z >> 31)) >> 11) * 2.0 ** -52 - 1

    def vector(self, size, centre=0.0):
        return np.array([centre + 0.6 * self.next() for _ in range(size)])

    def matrix(self, rows, columns):
        return self.vector(rows * columns).reshape(rows, columns)


def draw(model):
    _, layers, heads, kv, d, r, m, gated, norm, _, _ = model
    random = random_numbers(1)

    def gain():
        g = random.vector(d, 1.2)
        if norm == "layer_norm":
            random.vector(d, 0.2)
        return g

    blocks = []
    for _ in range(layers):
        b = {"ln1": gain(), "Q": [], "O": [], "K": [], "V": []}
        for _ in range(heads):
            b["Q"].append(random.matrix(d, r))
            b["O"].append(random.matrix(r, d))
            random.vector(r)
        for _ in range(kv):
            b["K"].append(random.matrix(d, r))
            b["V"].append(random.matrix(d, r))
            random.vector(r)
            random.vector(r)
        random.vector(d)
        b["ln2"] = gain()
        b["in"], b["out"] = random.matrix(d, m), random.matrix(m, d)
        random.vector(m)
        random.vector(d)
        if gated:
            b["gate"] = random.matrix(d, m)
            random.vector(m)
            random.vector(m)
        blocks.append(b)
    E, pos, final = random.matrix(VOCABULARY, d), random.matrix(CONTEXT, d), gain()
    return blocks, E, pos, final, random.matrix(d, VOCABULARY)


def log_p_energy(e, a, D):
    lam = np.concatenate([a - e, np.full(D - len(a), -e)])
    if e >= a.max():
        return -np.inf
    slope = lambda t: (lam / (1 - 2 * t * lam)).sum()
    edge = 1 - 1e-12
    t = optimize.brentq(slope, edge / (2 * lam.min()), edge / (2 * lam.max()), xtol=1e-15, rtol=1e-14)
    w = np.sign(t) * np.sqrt(max(0, np.log1p(-2 * t * lam).sum()))
    u = t * np.sqrt(2 * ((lam / (1 - 2 * t * lam)) ** 2).sum())
    return stats.norm.logsf(w + np.log(u / w) / w)


def log_p_pair(x, a, b, D):
    pad = lambda s: np.concatenate([s, np.zeros(D - len(s))]) - 1 / D
    a, b = pad(a), pad(b)
    variance = 2 * (a ** 2).sum() * (b ** 2).sum() / ((D - 1) * (D + 2))
    third = 8 * D * (a ** 3).sum() * (b ** 3).sum() / ((D - 1) * (D - 2) * (D + 2) * (D + 4))
    skewness = third / variance ** 1.5
    k, scale = 4 / skewness ** 2, abs(skewness) * np.sqrt(variance) / 2
    if skewness > 0:
        return stats.gamma.logsf((x - 1 / D) / scale + k, k)
    return stats.gamma.logcdf((1 / D - x) / scale + k, k)


def log_p_share(s, n):
    return stats.beta.logsf(s * s, 0.5, (n - 1) / 2)


class node:
    """A matrix whose rows read or write: label, time, rows, and its singular directions where it has several."""

    def __init__(self, label, time, rows):
        self.label, self.time, self.rows = label, time, rows
        _, s, v = np.linalg.svd(rows, full_matrices=False)
        kept = s > 1e-10 * s[0]
        self.s, self.v = s[kept], v[kept]
        self.a = self.s ** 2 / (self.s ** 2).sum()


def tables(model):
    name, layers, heads, kv, d, r, m, gated, norm, parallel, folded = model
    blocks, E, pos, final, U = draw(model)
    centred = folded and norm == "layer_norm"
    P = np.eye(d) - 1 / d if centred else np.eye(d)
    fold = lambda W, g: P @ (g[:, None] * W) if folded else W
    D = d - 1 if centred else d
    at_in, at_out = lambda l: 4 * l, lambda l: 4 * l + 1
    mlp_in, mlp_out = (at_in, at_out) if parallel else (lambda l: 4 * l + 2, lambda l: 4 * l + 3)
    sets = {k: [] for k in ("head", "query", "key", "value")}
    for l, b in enumerate(blocks):
        for h in range(heads):
            g = h // (heads // kv)
            V, Q, K = (fold(W, b["ln1"]) for W in (b["V"][g], b["Q"][h], b["K"][g]))
            label = f"L{l}H{h}"
            sets["head"].append(node(label, at_out(l), V @ b["O"][h] @ P))
            sets["value"].append(node(label, at_in(l), (V @ b["O"][h]).T))
            sets["query"].append(node(label, at_in(l), (Q @ K.T).T))
            sets["key"].append(node(label, at_in(l), Q @ K.T))
    neurons = lambda rows, time: [node(f"L{l}N{n}", time(l), rows[l][n:n + 1] @ P) for l in range(layers) for n in range(m)]
    sets["mlp_out"] = neurons([b["out"] for b in blocks], mlp_out)
    readers = {"mlp_in": [fold(b["in"], b["ln2"]).T for b in blocks]}
    if gated:
        readers["mlp_gate"] = [fold(b["gate"], b["ln2"]).T for b in blocks]
    for key, rows in readers.items():
        sets[key] = neurons(rows, mlp_in)
    sets["embedding"] = [node("embed", -1, E @ P)]
    sets["positions"] = [node("positions", -1, pos @ P)]
    sets["unembedding"] = [node("unembed", 10 ** 6, fold(U, final).T)]

    def energies(writers, reader_set, lines_write, share):
        """share: of the lines' directions; else cosines."""
        lines, targets = (writers, reader_set) if lines_write else (reader_set, writers)
        pool = np.concatenate([x.v for x in lines])
        n = len(pool) if share else D
        for w in writers:
            for reader in reader_set:
                if w.time >= reader.time:
                    continue
                line, target = (w, reader) if lines_write else (reader, w)
                energy = 0
                for b, u in zip(target.a, target.v):
                    c = line.v @ u
                    energy += b * (line.a * c ** 2).sum() / (((pool @ u) ** 2).sum() if share else 1)
                pair = len(target.a) > 1
                log_p = log_p_pair(energy, line.a, target.a, n) if pair else log_p_energy(energy, line.a, n)
                yield w.label, reader.label, energy, log_p

    def shares(writers, reader_set):
        pool = np.concatenate([x.v for x in writers])
        for w in writers:
            for reader in reader_set:
                if w.time < reader.time:
                    s = abs(w.v[0] @ reader.v[0]) / np.linalg.norm(pool @ reader.v[0])
                    yield w.label, reader.label, s, log_p_share(s, len(pool))

    for role in ("query", "key", "value"):
        yield f"head_to_{role}", energies(sets["head"], sets[role], True, True)
        yield f"mlp_out_to_{role}", energies(sets["mlp_out"], sets[role], False, True)
        yield f"embedding_to_{role}", energies(sets["embedding"], sets[role], True, False)
        yield f"positions_to_{role}", energies(sets["positions"], sets[role], True, False)
    for key in readers:
        yield f"head_to_{key}", energies(sets["head"], sets[key], True, True)
        yield f"mlp_out_to_{key}", shares(sets["mlp_out"], sets[key])
        yield f"embedding_to_{key}", energies(sets["embedding"], sets[key], True, False)
        yield f"positions_to_{key}", energies(sets["positions"], sets[key], True, False)
    yield "head_to_unembedding", energies(sets["head"], sets["unembedding"], False, False)
    yield "mlp_out_to_unembedding", energies(sets["mlp_out"], sets["unembedding"], False, False)


def main():
    lines = ["# made by make_channel_map.py"]
    for model in MODELS:
        for section, rows in tables(model):
            rows = sorted(rows, key=lambda row: row[3])
            scores = np.array([row[2] for row in rows])
            lines.append(f"table {model[0]} {section} {len(rows)} {scores.sum():.10g} {(scores ** 2).sum():.10g}")
            for k in range(min(10, len(rows) - 1)):
                gap = min(abs(rows[k][3] - rows[j][3]) for j in (k - 1, k + 1) if j >= 0)
                if gap > 1e-2:
                    lines.append(f"row {k} {rows[k][0]} {rows[k][1]} {rows[k][2]:.9g} {rows[k][3]:.8g}")
    (HERE / "channel_map.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
