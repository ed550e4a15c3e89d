#!/usr/bin/env python3
"""Writes expected.txt: what numpy and pandas say about small random tables. Needs numpy and pandas.

Every table has the axes layer, head, neuron. One item a line: its name, then its values.
"""
import pathlib

import numpy as np
import pandas as pd

PROBABILITIES = [0.0, 0.001, 0.01, 0.05, 0.07, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.95, 0.999, 1.0]
TAILS = [(0.01, 0.99), (0.1, 0.75), (0.5, 0.5)]


def tables():
    """Name, scalar type, scores."""
    random = np.random.default_rng(7)
    normal = random.standard_normal
    yield "normal", "float", normal((2, 3, 50))
    yield "normal_double", "double", normal((3, 2, 41)) * 1e-3 + 5
    yield "ties", "float", np.round(normal((2, 4, 30)), 1)
    constant = np.full((2, 2, 9), -2.5)
    yield "constant", "double", constant
    some_nan = np.round(normal((3, 3, 20)), 2)
    some_nan[random.random(some_nan.shape) < 0.2] = np.nan
    some_nan[1, 1] = np.nan
    yield "some_nan", "float", some_nan
    infinite = normal((2, 2, 40))
    infinite.flat[[3, 77]] = np.inf
    infinite.flat[[50, 51, 99]] = -np.inf
    yield "infinite", "float", infinite
    zeros = random.choice([0.0, -0.0, 1.0, -1.0], size=(2, 3, 11))
    yield "zeros", "double", zeros
    wide = 10.0 ** random.uniform(-300, 300, size=(2, 2, 17)) * random.choice([1, -1], size=(2, 2, 17))
    wide.flat[[5, 6]] = 5e-324, -5e-324
    yield "wide", "double", wide * (abs(wide) < 1e150)
    yield "all_nan", "float", np.full((1, 2, 3), np.nan)
    yield "one_row", "float", np.array([[[0.1]]])
    yield "two_rows", "double", np.array([[[3.0, -1.0]]])


def text(values):
    return " ".join(repr(float(v)) for v in values)


def quantile(series, p):
    """What pandas says, but between two equal infinities that infinity (pandas says NaN)."""
    numbers = series.dropna().sort_values().to_numpy()
    if len(numbers) == 0:
        return np.nan
    low = int((len(numbers) - 1) * p)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] if numbers[low] == numbers[high] else series.quantile(p)


def tails(frame):
    for low, high in TAILS:
        below, above = frame.score.quantile([low, high])
        kept = frame[(frame.score < below) | (frame.score > above)]
        yield f"outside {low!r} {high!r} {' '.join(map(str, kept.index))}"


def counts(frame, column):
    sizes = frame[frame.score.notna()].groupby(column).size()
    ordered = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    return f"value_counts {column} " + " ".join(f"{group} {count}" for group, count in ordered)


def best(frame, name, k, columns, ascending):
    ordered = frame.dropna().sort_values("score", kind="stable", ascending=ascending)
    if columns:
        ordered = ordered.groupby(columns).head(k).sort_values(columns, kind="stable")
    rows = ordered.index if columns else ordered.index[:k]
    return f"{name} {k} {','.join(columns) or '-'} {' '.join(map(str, rows))}"


def lines(name, scalar, scores):
    # Figures are those of float64 arithmetic on the scores as the table holds them.
    held = scores.astype("f4" if scalar == "float" else "f8").astype("f8")
    index = pd.MultiIndex.from_product([range(n) for n in held.shape], names=["layer", "head", "neuron"])
    frame = pd.DataFrame({"score": held.ravel()}, index=index).reset_index()
    yield f"table {name} {scalar} {' '.join(map(str, held.shape))}"
    yield "scores " + text(held.ravel())
    d = frame.score.describe()
    yield "describe " + text([d["count"], frame.score.isna().sum(), d["mean"], d["std"], d["min"], d["max"]])
    yield "quantiles " + text(v for p in PROBABILITIES for v in (p, quantile(frame.score, p)))
    yield from tails(frame)
    for column in ("layer", "head", "neuron"):
        yield counts(frame, column)
    for columns in ([], ["layer", "head"], ["neuron"]):
        yield best(frame, "top", 5, columns, False)
        yield best(frame, "bottom", 3, columns, True)


def main():
    out = ["# numpy " + np.__version__ + ", pandas " + pd.__version__ + "; made by make_expected.py"]
    with np.errstate(all="ignore"):
        for table in tables():
            out.extend(lines(*table))
    pathlib.Path(__file__).with_name("expected.txt").write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
