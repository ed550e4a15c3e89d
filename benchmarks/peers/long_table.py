#!/usr/bin/env python3
"""The speed list of the long table in numpy and pandas, on 12 x 12 x 64 x 3072 random floats.

    long_table.py [NAME of a stage ...]

One JSON object a line: {"peer", "stage", "seconds", "peak_mb"}; a stage is the best of three. The data frame has
integer index columns already: making them is a stage of its own, and is not counted in the others. Stages have the
names of the benchmarks in long_table/speed_list.cpp. Needs python3-numpy and python3-pandas.
"""
import json
import resource
import sys
import time

import numpy as np
import pandas as pd

SHAPE = (12, 12, 64, 3072)
NAMES = ["layer", "head", "direction", "neuron"]


def index_columns():
    return {name: column.ravel() for name, column in zip(NAMES, np.indices(SHAPE, dtype="i4", sparse=False))}


def frame_of(scores):
    return pd.DataFrame({**index_columns(), "score": scores})


def tails(frame, low, high):
    return frame[(frame.score < low) | (frame.score > high)]


def stages(scores):
    yield "materialise", lambda: index_columns()
    yield "quantiles", lambda: np.quantile(scores, [0.001, 0.01, 0.99, 0.999])
    frame = frame_of(scores)
    yield "describe", lambda: frame.score.describe(percentiles=[0.001, 0.01, 0.25, 0.5, 0.75, 0.99, 0.999])
    low, high = frame.score.quantile([0.01, 0.99])
    yield "outside", lambda: tails(frame, low, high)
    yield "outside_quantiles", lambda: tails(frame, *frame.score.quantile([0.01, 0.99]))
    yield "value_counts_of_tails", lambda: tails(frame, low, high).neuron.value_counts()
    kept = tails(frame, low, high)
    yield "value_counts_of_kept_rows", lambda: kept.neuron.value_counts()
    del kept
    yield "top_5_per_head", lambda: (
        frame.sort_values("score", ascending=False, kind="stable").groupby(["layer", "head"]).head(5)
    )
    yield "pivot_abs_max", lambda: (
        frame.score.abs().groupby([frame.layer, frame["head"], frame.neuron]).max().unstack([0, 1])
    )
    yield "group_mean_per_head", lambda: frame.groupby(["layer", "head"]).score.mean()


def seconds(stage):
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        stage()
        best = min(best, time.perf_counter() - start)
    return best


def main(wanted):
    scores = np.random.default_rng(0).standard_normal(int(np.prod(SHAPE)), dtype="f4")
    for name, stage in stages(scores):
        if wanted and name not in wanted:
            continue
        took = seconds(stage)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        peer = "numpy" if name in ("materialise", "quantiles") else "pandas"
        print(json.dumps({"peer": peer, "stage": name, "seconds": round(took, 4), "peak_mb": peak}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
