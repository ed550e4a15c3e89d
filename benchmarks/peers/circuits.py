#!/usr/bin/env python3
"""What people use today for the same work, stage by stage on the same file.

    circuits.py svd FILE        OV decompositions of all heads: full, factored, qr
    circuits.py scan FILE       the whole model the way an expert does it: scores in memory, np.partition, filter;
                                then the five highest a head, and a description with seven percentiles
    circuits.py notebook FILE   a notebook's way: dense SVDs, a data frame a row a score, describe, filter, groups
    circuits.py quantiles FILE  four quantiles of one tensor
    circuits.py check FILE      whether products and decompositions are right here at all, and by which BLAS

Options: --threads N (of torch; 2), --tail P (0.001). FILE is one of make_weights.py. One JSON object a line: {"stage",
"seconds", ...} with what the stage found. Needs python3-torch, python3-numpy, python3-pandas.
"""
import argparse
import json
import resource
import struct
import sys
import time
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
PERCENTILES = [0.001, 0.01, 0.25, 0.5, 0.75, 0.99, 0.999]


def read(path):
    raw = np.memmap(path, "u1", "r")
    (size,) = struct.unpack("<Q", raw[:8].tobytes())
    head = json.loads(raw[8 : 8 + size].tobytes())
    head.pop("__metadata__", None)
    return {
        name: np.frombuffer(raw, "<f4", int(np.prod(e["shape"])), 8 + size + e["data_offsets"][0]).reshape(e["shape"])
        for name, e in head.items()
    }


def stacked(tensors, what):
    layers = 1 + max(int(name.split(".")[1]) for name in tensors)
    return torch.from_numpy(np.stack([tensors[f"blocks.{l}.{what}"] for l in range(layers)]))


def say(stage, seconds, **found):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024e-6
    print(json.dumps({"stage": stage, "seconds": seconds, **found, "peak_mb": round(peak, 1)}), flush=True)


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


# ---- decompositions ----


def full(a, b):
    """Of the dense d_model x d_model product."""
    return torch.linalg.svd(a @ b)


def factored(a, b):
    """TransformerLens' way: three thin decompositions."""
    u_a, s_a, vt_a = torch.linalg.svd(a, full_matrices=False)
    u_b, s_b, vt_b = torch.linalg.svd(b, full_matrices=False)
    u, s, vt = torch.linalg.svd(s_a[..., :, None] * vt_a @ u_b * s_b[..., None, :], full_matrices=False)
    return u_a @ u, s, vt_b.transpose(-1, -2) @ vt.transpose(-1, -2)


def qr(a, b):
    """Two QR decompositions and one of the small core."""
    q_a, r_a = torch.linalg.qr(a)
    q_b, r_b = torch.linalg.qr(b.transpose(-1, -2))
    u, s, vt = torch.linalg.svd(r_a @ r_b.transpose(-1, -2))
    return q_a @ u, s, q_b @ vt.transpose(-1, -2)


def run_svd(path, options):
    tensors = read(path)
    a, b = stacked(tensors, "attn.W_V"), stacked(tensors, "attn.W_O")
    rank = a.shape[-1]
    for method in (factored, qr, full):
        method(a[:1, :1], b[:1, :1])  # what the first call costs is not counted
        (_, s, _), seconds = timed(lambda: method(a, b))
        say(method.__name__, seconds, sum_of_singular_values=float(s[..., :rank].double().sum()))


# ---- the whole model ----


def writing_directions(tensors):
    """[layers, heads * rank, d_model], the largest entry of each reading direction positive."""
    u, _, v = factored(stacked(tensors, "attn.W_V"), stacked(tensors, "attn.W_O"))
    layers, heads, d_model, rank = u.shape
    v = v * torch.sign(u.gather(-2, u.abs().argmax(-2, keepdim=True)))
    return v.transpose(-1, -2).reshape(layers, heads * rank, d_model).contiguous()


def all_scores(directions, targets):
    """Directions of layers 0 ... m on the neurons of layer m, one product a layer."""
    layers, lines, d_model = directions.shape
    neurons = targets[0].shape[1]
    out = np.empty(sum(m + 1 for m in range(layers)) * lines * neurons, "f4")
    at = 0
    for m in range(layers):
        x = directions[: m + 1].reshape(-1, d_model)
        size = x.shape[0] * neurons
        torch.matmul(x, targets[m], out=torch.from_numpy(out[at : at + size].reshape(-1, neurons)))
        at += size
    return out


def quantiles(scores, probabilities):
    """NumPy's linear rule, through one partition."""
    at = [p * (scores.size - 1) for p in probabilities]
    parted = np.partition(scores, sorted({int(f(x)) for x in at for f in (np.floor, np.ceil)}))
    low = lambda x: np.float64(parted[int(np.floor(x))])
    high = lambda x: np.float64(parted[int(np.ceil(x))])
    return [float(low(x) + (x - np.floor(x)) * (high(x) - low(x))) for x in at]


def top_five_per_head(scores, layers, heads, per_head):
    """The sum of every head's five highest scores."""
    best = [[] for _ in range(layers * heads)]
    at = 0
    for m in range(layers):
        size = (m + 1) * heads * per_head
        of_layer = torch.from_numpy(scores[at : at + size].reshape((m + 1) * heads, per_head))
        for head, values in enumerate(torch.topk(of_layer, 5).values):
            best[head].append(values)
        at += size
    return float(sum(torch.topk(torch.cat(each), 5).values.double().sum() for each in best))


def run_scan(path, options):
    tensors = read(path)
    layers, heads, _, rank = stacked(tensors, "attn.W_V").shape
    factored(torch.eye(2)[None, None], torch.eye(2)[None, None])  # what the first call costs is not counted
    directions, svd_seconds = timed(lambda: writing_directions(tensors))
    targets = [torch.from_numpy(tensors[f"blocks.{m}.mlp.W_in"]) for m in range(layers)]
    scores, score_seconds = timed(lambda: all_scores(directions, targets))
    (low, high), quantile_seconds = timed(lambda: quantiles(scores, [options.tail, 1 - options.tail]))
    edges, filter_seconds = timed(lambda: np.flatnonzero((scores < low) | (scores > high)))
    tails = score_seconds + quantile_seconds + filter_seconds
    say("tails", tails, rows=scores.size, low=low, high=high, edges=int(edges.size))
    say("scan", svd_seconds + tails, rows=scores.size, low=low, high=high, edges=int(edges.size))
    top, top_seconds = timed(lambda: top_five_per_head(scores, layers, heads, rank * targets[0].shape[1]))
    say("top_k", score_seconds + top_seconds, sum_of_top=top)
    described, describe_seconds = timed(
        lambda: [scores.mean(dtype="f8"), scores.std(dtype="f8", ddof=1), scores.min(), scores.max()]
        + quantiles(scores, PERCENTILES)
    )
    say("describe", score_seconds + describe_seconds, statistics=[float(x) for x in described])


# ---- the notebook ----


def run_notebook(path, options):
    import pandas as pd

    def pipeline():
        tensors = read(path)
        a, b = stacked(tensors, "attn.W_V"), stacked(tensors, "attn.W_O")
        rank, last = a.shape[-1], a.shape[0] - 1
        _, _, vt = torch.linalg.svd(torch.einsum("lhmd,lhdn->lhmn", a, b))
        scores = vt[:, :, :rank] @ torch.from_numpy(tensors[f"blocks.{last}.mlp.W_in"])
        d = pd.DataFrame(scores.reshape(-1).numpy(), columns=["Score"])
        names = ["layer", "head", "direction", "neuron"]
        d.index = pd.MultiIndex.from_tuples(list(np.ndindex(tuple(scores.shape))), names=names)
        d.reset_index(inplace=True)
        d["head"] = d.apply(lambda x: "L{0:.0f}H{1:.0f}".format(*x), axis=1)
        d["neuron"] = f"L{last}N" + d["neuron"].astype(str)
        described = d.Score.describe(percentiles=PERCENTILES)
        q = d.Score.quantile([0.01, 0.99])
        edges = d[(d.Score < q[0.01]) | (d.Score > q[0.99])]
        top = d.groupby("head").apply(lambda x: x.sort_values("Score").tail(5))
        wide = d.assign(Score=d.Score.abs()).groupby(["neuron", "head"]).Score.max().unstack()
        return described, q, edges, top, wide

    (described, q, edges, top, wide), seconds = timed(pipeline)
    # Signs of directions are arbitrary here: only what does not depend on them can be compared.
    say(
        "notebook",
        seconds,
        rows=int(described["count"]),
        edges=len(edges),
        sum_of_pivot=float(wide.to_numpy().sum(dtype="f8")),
    )


def run_quantiles(path, options):
    scores = np.array(read(path)["scores"])
    values, seconds = timed(lambda: np.quantile(scores, [0.001, 0.01, 0.99, 0.999]))
    say("quantiles", seconds, values=[float(x) for x in values])


def loaded_blas():
    """The file name of the BLAS that this process uses, where the system tells."""
    try:
        with open("/proc/self/maps") as maps:
            names = {line.split("/")[-1].strip() for line in maps if "/" in line}
    except OSError:
        return "unknown"
    for part in ("openblas", "mkl_rt", "blis", "libblas"):
        if found := sorted(name for name in names if part in name):
            return found[0]
    return "unknown"


def run_check(path, options):
    random = torch.Generator().manual_seed(1)
    a, b = torch.randn(96, 64, generator=random), torch.randn(64, 96, generator=random)
    u, s, v = factored(a, b)
    product, exact = a @ b, (a.double() @ b.double()).float()
    error = max((product - exact).abs().max(), ((u * s) @ v.T - exact).abs().max())
    if not error < 1e-3:
        sys.exit(f"products are off by {error}")
    say("check", 0, blas=loaded_blas())


def main():
    stages = {
        "svd": run_svd,
        "scan": run_scan,
        "notebook": run_notebook,
        "quantiles": run_quantiles,
        "check": run_check,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=stages)
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tail", type=float, default=0.001)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    stages[options.stage](options.file, options)


if __name__ == "__main__":
    main()
