#!/usr/bin/env python3
"""Writes expected.txt: what numpy and pandas say about small random tables. Needs numpy and pandas.

One item a line: its name, then its words. A `table` line opens a table: name, scalar type, axes with their
extents; the items after it are about that table. Groups and cells come in row-major order of the axes.
"""
import itertools
import pathlib

import numpy as np
import pandas as pd

PROBABILITIES = [0.0, 0.001, 0.01, 0.05, 0.07, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.95, 0.999, 1.0]
TAILS = [(0.01, 0.99), (0.1, 0.75), (0.5, 0.5)]
RULES = ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen",
         "weibull", "linear", "median_unbiased", "normal_unbiased"]
RANKS = ["average", "min", "max", "dense", "first"]
HEADS = ["layer", "head", "neuron"]
# Name, scalar type, extents, and what is mixed into the normal scores.
RANDOM_TABLES = [
    ("rank1", "float", (40,), ""), ("rank1_double", "double", (33,), "ties nan"),
    ("rank1_one", "double", (1,), ""), ("rank1_none", "float", (0,), ""), ("rank1_nan", "double", (1,), "all_nan"),
    ("rank2", "float", (5, 8), "ties"), ("rank2_double", "double", (7, 6), ""), ("rank2_nan", "float", (6, 7), "nan"),
    ("rank2_inf", "double", (4, 9), "inf"), ("rank2_zeros", "float", (3, 8), "zeros"),
    ("rank2_hole", "float", (0, 4), ""), ("rank2_hole_inside", "double", (3, 0), ""),
    ("rank2_row", "double", (1, 12), "ties"), ("rank2_column", "float", (12, 1), "nan ties"),
    ("rank3_ties", "double", (3, 4, 4), "ties zeros"), ("rank3_mixed", "float", (2, 5, 5), "nan inf zeros ties"),
    ("rank3_ones", "float", (1, 1, 1), ""), ("rank3_flat", "double", (4, 1, 6), ""),
    ("rank4", "float", (2, 3, 2, 4), ""), ("rank4_double", "double", (3, 2, 2, 4), "ties"),
    ("rank4_mixed", "double", (2, 2, 3, 4), "nan inf zeros"), ("rank4_ones", "float", (2, 1, 5, 1), "ties nan"),
    ("rank5", "float", (2, 2, 2, 2, 3), "ties nan"), ("rank5_double", "double", (1, 3, 2, 2, 3), ""),
    ("rank6", "float", (2, 1, 2, 2, 2, 3), "zeros ties"), ("rank6_double", "double", (2, 2, 2, 1, 2, 3), "nan"),
]


def random_tables():
    random = np.random.default_rng(11)
    for name, scalar, extents, mixed in RANDOM_TABLES:
        scores = random.standard_normal(extents)
        scores = np.round(scores * 4) / 4 if "ties" in mixed else np.round(scores * 4096) / 4096
        roll = random.random(extents)
        if "zeros" in mixed:
            scores = np.where(roll < 0.15, 0.0, np.where(roll < 0.3, -0.0, scores))
        if "inf" in mixed:
            scores = np.where(roll > 0.93, np.inf, np.where(roll > 0.88, -np.inf, scores))
        if "nan" in mixed:
            scores = np.where((roll > 0.6) & (roll < 0.75), np.nan, scores)
        if "all_nan" in mixed:
            scores = np.full(extents, np.nan)
        yield name, scalar, list("abcdef")[: len(extents)], scores


def tables():
    """Name, scalar type, axes, scores."""
    random = np.random.default_rng(7)
    normal = random.standard_normal
    yield "normal", "float", HEADS, normal((2, 3, 50))
    yield "normal_double", "double", HEADS, normal((3, 2, 41)) * 1e-3 + 5
    yield "ties", "float", HEADS, np.round(normal((2, 4, 30)), 1)
    constant = np.full((2, 2, 9), -2.5)
    yield "constant", "double", HEADS, constant
    some_nan = np.round(normal((3, 3, 20)), 2)
    some_nan[random.random(some_nan.shape) < 0.2] = np.nan
    some_nan[1, 1] = np.nan
    yield "some_nan", "float", HEADS, some_nan
    infinite = normal((2, 2, 40))
    infinite.flat[[3, 77]] = np.inf
    infinite.flat[[50, 51, 99]] = -np.inf
    yield "infinite", "float", HEADS, infinite
    zeros = random.choice([0.0, -0.0, 1.0, -1.0], size=(2, 3, 11))
    yield "zeros", "double", HEADS, zeros
    wide = 10.0 ** random.uniform(-300, 300, size=(2, 2, 17)) * random.choice([1, -1], size=(2, 2, 17))
    wide.flat[[5, 6]] = 5e-324, -5e-324
    yield "wide", "double", HEADS, wide * (abs(wide) < 1e150)
    yield "all_nan", "float", HEADS, np.full((1, 2, 3), np.nan)
    yield "one_row", "float", HEADS, np.array([[[0.1]]])
    yield "two_rows", "double", HEADS, np.array([[[3.0, -1.0]]])
    yield from random_tables()


def text(values):
    return " ".join(repr(float(v)) for v in values)


def joined(values):
    return " ".join(map(str, values))


def quantile(series, p):
    """What pandas says of finite numbers. A whole rank is its value; next to an infinity lies that infinity,
    between two NaN, but for equal ones (pandas 1.5 computes with them)."""
    numbers = series.dropna().sort_values().to_numpy()
    if len(numbers) == 0:
        return np.nan
    place = (len(numbers) - 1) * p
    low = int(place)
    high = min(low + 1, len(numbers) - 1)
    if place == low or numbers[low] == numbers[high]:
        return numbers[low]
    if np.isinf(numbers[low]) or np.isinf(numbers[high]):
        return numbers[low] + numbers[high]
    return series.quantile(p)


def deviation(series):
    """The standard deviation, of scores divided by the largest, so that no square leaves the range."""
    most = series.abs().max()
    return (series / most).std() * most if 0 < most < np.inf else series.std()


def tails(frame):
    for low, high in TAILS:
        below, above = quantile(frame.score, low), quantile(frame.score, high)
        kept = frame[(frame.score < below) | (frame.score > above)]
        yield f"outside {low!r} {high!r} {joined(kept.index)}"


def bounds(frame):
    """Rows beyond given bounds, by score and by magnitude."""
    score, size = frame.score, frame.score.abs()
    yield "outside_bounds " + joined(frame.index[(score < -0.5) | (score > 0.75)])
    yield "above " + joined(frame.index[score > 0.5])
    yield "below " + joined(frame.index[score < 0.25])
    yield "above_magnitude " + joined(frame.index[size > 0.5])
    yield "below_magnitude " + joined(frame.index[size < 0.75])
    yield "outside_magnitude " + joined(frame.index[(size < quantile(size, 0.1)) | (size > quantile(size, 0.8))])


def group_tails(frame, columns):
    low = frame.groupby(columns).score.transform(lambda s: quantile(s, 0.1))
    high = frame.groupby(columns).score.transform(lambda s: quantile(s, 0.75))
    return f"group_outside {','.join(columns)} " + joined(frame.index[(frame.score < low) | (frame.score > high)])


def counts(frame, column):
    sizes = frame[frame.score.notna()].groupby(column).size()
    ordered = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    return f"value_counts {column} " + " ".join(f"{group} {count}" for group, count in ordered)


def best(frame, name, k, columns, ascending, key=lambda score: score):
    ordered = frame.dropna().sort_values("score", kind="stable", ascending=ascending, key=key)
    if columns:
        ordered = ordered.groupby(columns).head(k).sort_values(columns, kind="stable")
    rows = ordered.index if columns else ordered.index[:k]
    return f"{name} {k} {','.join(columns) or '-'} {joined(rows)}"


def rules(frame):
    numbers = frame.score.dropna().to_numpy()
    if len(numbers) == 0 or not np.isfinite(numbers).all():
        return
    for rule in RULES:
        yield f"quantile_rule {rule} " + text(np.quantile(numbers, PROBABILITIES, method=rule))


def orders(frame, columns):
    last = columns[-1]
    yield "sort ascending - " + joined(frame.sort_values("score", kind="stable").index)
    yield "sort descending - " + joined(frame.sort_values("score", ascending=False, kind="stable").index)
    mixed = frame.sort_values([last, "score"], ascending=[True, False], kind="stable")
    yield f"sort descending {last} " + joined(mixed.index)


def ranks(frame, columns):
    for method in RANKS:
        yield f"rank {method} ascending - " + text(frame.score.rank(method=method))
        yield f"rank {method} descending - " + text(frame.score.rank(method=method, ascending=False))
    grouped = frame.groupby(columns[0]).score.rank()
    yield f"rank average ascending {columns[0]} " + text(grouped)


def sets(frame):
    above, below = set(frame.index[frame.score > -0.25]), set(frame.index[frame.score < 0.5])
    yield "unite " + joined(sorted(above | below))
    yield "intersect " + joined(sorted(above & below))
    yield "subtract " + joined(sorted(above - below))


def aggregates(frame, columns):
    groups = frame.groupby(columns).score
    size = frame.score.abs().groupby([frame[c] for c in columns])
    square = (frame.score**2).groupby([frame[c] for c in columns])
    infinite = np.isinf(frame.score).any()
    # Sums of each group by itself: those of pandas 1.5's groupby are NaN beside an infinity, which later ones mend.
    total, average = pd.Series.sum, pd.Series.mean
    for name, values in [
        ("count", groups.count()), ("sum", groups.apply(total)), ("mean", groups.apply(average)),
        ("std", groups.apply(deviation)), ("min", groups.min()), ("max", groups.max()), ("abs_mean", size.apply(average)),
        ("abs_max", size.max()), ("energy", square.apply(total)),
    ]:
        if not (infinite and name == "std"):
            yield f"group_by {','.join(columns)} {name} " + text(values)
    if not infinite:
        yield f"group_quantile {','.join(columns)} 0.25 " + text(groups.quantile(0.25))


def pivots(frame, columns):
    wide = frame.score.abs().groupby([frame[c] for c in columns]).max().unstack(columns[0])
    yield f"pivot {columns[-1]} {columns[0]} {wide.shape[0]} {wide.shape[1]} " + text(wide.to_numpy().ravel())


def lists(frame, columns):
    kept = frame[frame.score > 0]
    for group, members in kept.groupby(columns[0]):
        yield f"label_list {columns[0]} {columns[-1]} {group} " + joined(members[columns[-1]])


def along(held, columns):
    """Norms, centring and normalising along each axis; pandas' rules for NaN."""
    if not np.isfinite(held[~np.isnan(held)]).all():
        return
    for k, name in enumerate(columns):
        most = np.nanmax(np.abs(held), axis=k, keepdims=True, initial=0)  # so that no square leaves the range
        most = np.where(most > 0, most, 1)
        norms = np.squeeze(most, k) * np.sqrt(np.nansum((held / most) ** 2, axis=k))
        yield f"norms {name} " + text(norms.ravel())
        yield f"centered {name} " + text((held - np.nanmean(held, axis=k, keepdims=True)).ravel())
        yield f"normalized {name} " + text((held / np.expand_dims(norms, k)).ravel())
        if not np.isnan(held).any() and held.size > 1:
            flat = np.moveaxis(held, k, 0).reshape(held.shape[k], -1)
            most = np.abs(flat).max(axis=1)  # so that no square leaves the range
            flat = flat / np.where(most > 0, most, 1)[:, None]
            sizes = np.linalg.norm(flat, axis=1)
            sizes = np.outer(sizes, sizes)
            cosines = np.where(sizes > 0, flat @ flat.T / np.where(sizes > 0, sizes, 1), 0)
            yield f"cosine_similarities {name} " + text(cosines.ravel())


def histograms(frame):
    numbers = frame.score.dropna().to_numpy()
    finite = numbers[np.isfinite(numbers)]
    edges = [-1.0, -0.5, 0.0, 0.25, 2.0]
    yield f"histogram_edges {(numbers < -1).sum()} {(numbers > 2).sum()} " + joined(np.histogram(finite, edges)[0])
    if len(numbers) and len(finite) == len(numbers):
        heights, cuts = np.histogram(numbers, bins=7)
        yield "histogram 7 " + joined(heights) + " " + text(cuts)
    values, sizes = np.unique(numbers + 0.0, return_counts=True)
    shares = np.cumsum(sizes) / max(len(numbers), 1)
    yield "ecdf " + text(v for pair in zip(values, shares) for v in pair)


def predicates(frame, columns):
    first, last = columns[0], columns[-1]
    score = frame.score
    for name, kept in [
        ("equal", frame[first] == 1), ("unequal", frame[first] != 1), ("less", frame[last] < 2),
        ("between", frame[last].between(1, 3)), ("in", frame[last].isin([0, 2])),
        ("score", score > 0.1), ("not_score", ~(score > 0.1)), ("score_unequal", score != 0),
        ("and", (frame[first] == 0) & (frame[last] >= 1) & (score <= 0.5)),
        ("or", (frame[first] == 1) | (frame[last] == 0) | (score.abs() > 1)),
        ("nested", ~((frame[first] > 0) & ((frame[last] <= 1) | (score < 0)))),
    ]:
        yield f"where {name} " + joined(frame.index[kept])


def joins(frame, columns):
    """Positive scores with negative ones that share the first axis: how many pairs, and the first rows of both."""
    right = frame[frame.score < 0].assign(right_row=lambda f: f.index)[[columns[0], "score", "right_row"]]
    left = frame[frame.score > 0].assign(left_row=lambda f: f.index)
    pairs = left.merge(right, on=columns[0], suffixes=("", "_right")).sort_values(["left_row", "right_row"])
    total = len(pairs)
    pairs = pairs[:100]
    yield f"join {columns[0]} {total} " + joined(itertools.chain(*zip(pairs.left_row, pairs.right_row)))


def lines(name, scalar, columns, scores):
    # Figures are those of float64 arithmetic on the scores as the table holds them.
    held = scores.astype("f4" if scalar == "float" else "f8").astype("f8")
    index = pd.MultiIndex.from_product([range(n) for n in held.shape], names=columns)
    frame = pd.DataFrame({"score": held.ravel()}, index=index).reset_index()
    first, last = columns[0], columns[-1]
    pair = list(dict.fromkeys([first, last]))
    yield f"table {name} {scalar} {' '.join(f'{c} {n}' for c, n in zip(columns, held.shape))}"
    yield "scores " + text(held.ravel())
    d = frame.score.describe()
    yield "describe " + text([d["count"], frame.score.isna().sum(), d["mean"], deviation(frame.score), d["min"], d["max"]])
    yield "quantiles " + text(v for p in PROBABILITIES for v in (p, quantile(frame.score, p)))
    yield from rules(frame)
    yield from tails(frame)
    yield from bounds(frame)
    for column in columns:
        yield counts(frame, column)
    for grouped in ([], columns[:-1], [last]):
        yield best(frame, "top", 5, grouped, False)
        yield best(frame, "bottom", 3, grouped, True)
        yield best(frame, "top_magnitude", 4, grouped, False, abs)
    yield from orders(frame, columns)
    yield from ranks(frame, columns)
    yield from sets(frame)
    yield from histograms(frame)
    yield from predicates(frame, columns)
    if frame.empty:
        return
    for grouped in ([first], [last], pair, columns[:-1]):
        if grouped:
            yield from aggregates(frame, grouped)
            yield group_tails(frame, grouped)
    yield from lists(frame, columns)
    yield from along(held, columns)
    if len(columns) > 1:
        yield from pivots(frame, pair)
        yield from joins(frame, columns)


def main():
    out = ["# numpy " + np.__version__ + ", pandas " + pd.__version__ + "; made by make_expected.py"]
    with np.errstate(all="ignore"):
        for table in tables():
            out.extend(dict.fromkeys(lines(*table)))
    pathlib.Path(__file__).with_name("expected.txt").write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
