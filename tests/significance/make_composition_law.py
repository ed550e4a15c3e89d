"""Draws and rare events of X = sum a_i b_j o_ij^2 with o orthogonal and uniform (Haar), which the closed forms of
significance/composition_law.hpp are compared with, and laws whose values are known exactly. Writes
composition_law.txt beside itself. NumPy, SciPy, mpmath; about ten minutes.

Rare events by multilevel splitting: half of the particles are kept at each level, and moved by random rotations of
pairs of rows that keep the law and stay beyond the level. Two runs differ by about 0.3 in ln p at -30.
"""

import pathlib
import numpy as np
import mpmath
from scipy import stats

LEVELS = {4, 13, 20, 27, 34}  # at ln p = -(level + 1) ln 2


def frames(rng, count, dimension, columns):
    q, r = np.linalg.qr(rng.standard_normal((count, dimension, columns)))
    return q * np.sign(np.einsum("nii->ni", r))[:, None, :]


def values(frame, a, b):
    return (frame * frame) @ b @ a


def splitting(rng, a, b, dimension, sign, particles=1000, moves=25):
    weights = np.zeros(dimension, np.float32)
    weights[: len(a)] = a
    b = b.astype(np.float32)
    y = frames(rng, particles, dimension, len(b)).astype(np.float32)
    x = values(y, weights, b)
    log_p, step, found = 0.0, 0.5, []
    for level in range(max(LEVELS) + 1):
        bound = np.quantile(sign * x, 0.5)
        kept = np.flatnonzero(sign * x >= bound)
        log_p += np.log(len(kept) / particles)
        if level in LEVELS:
            found.append((sign * bound, log_p))
        pick = np.concatenate([kept, kept[rng.integers(0, len(kept), particles - len(kept))]])
        y, x, accepted = y[pick].copy(), x[pick].copy(), 0.0
        for _ in range(moves):
            order = rng.permutation(dimension)
            p, q = order[: dimension // 2], order[dimension // 2 : dimension // 2 * 2]
            angle = (step * rng.standard_normal((particles, len(p)))).astype(np.float32)
            c, s = np.cos(angle)[:, :, None], np.sin(angle)[:, :, None]
            z = y.copy()
            z[:, p], z[:, q] = c * y[:, p] - s * y[:, q], s * y[:, p] + c * y[:, q]
            moved = values(z, weights, b)
            stays = sign * moved >= bound
            y[stays], x[stays] = z[stays], moved[stays]
            accepted += stays.mean() / moves
        step = step * 0.8 if accepted < 0.25 else min(step * 1.25, 1.5) if accepted > 0.45 else step
    return found


def normal(x):
    x = np.asarray(x, float)
    return x / x.sum()


def cases(rng):
    def product(d, r):
        s = np.linalg.svd(rng.standard_normal((d, r)) @ rng.standard_normal((r, d)), compute_uv=False)
        return normal(s[:r] ** 2)

    flat = lambda m: normal(np.ones(m))
    square = normal(1 / np.arange(1, 17.0) ** 2)
    geometric = normal(0.9 ** np.arange(24))
    steep = normal(0.03 ** np.minimum(np.arange(20) / 4, 2) / (1 + np.arange(20.0)))
    mild = normal(np.linspace(1, 3, 24) ** 2)
    random = product(128, 32)
    return {
        "flat_12": (flat(12), flat(12), 48),
        "inverse_square": (square, square, 128),
        "random_heads": (random, random, 128),
        "geometric": (geometric, geometric, 96),
        "steep": (steep, square, 127),
        "full_rank": (mild, mild, 24),
        "flat_and_steep": (flat(12), square, 64),
        "flat_4": (flat(4), flat(4), 48),
        "half": (flat(8), flat(8), 16),
        "rank_1": (flat(1), square, 64),
    }


def draws(rng, a, b, dimension, count=40000):
    x = []
    for _ in range(0, count, 2000):
        o = frames(rng, 2000, dimension, len(b))
        x.append(values(o[:, : len(a)], a, b))
    x = np.concatenate(x)
    return x.mean(), x.var(), stats.skew(x)


def known(lines):
    """Gamma tails by their power series, and energies of flat spectra, which are beta laws."""
    mpmath.mp.dps = 60
    for shape, x in [(0.3, 0.01), (0.3, 8), (2.5, 2.5), (40, 90), (40, 12), (900, 905), (9999, 10300), (9999, 9500),
                     (10001, 10350), (10001, 9400), (1e6, 1.004e6), (1e6, 0.9995e6)]:
        k, y = mpmath.mpf(shape), mpmath.mpf(x)
        term = total = mpmath.mpf(1)
        n = 0
        while term > total * mpmath.mpf(10) ** -60:
            n += 1
            term *= y / (k + n)
            total += term
        lower = mpmath.exp(k * mpmath.log(y) - y - mpmath.loggamma(k + 1)) * total
        below, above = mpmath.log(lower), mpmath.log(1 - lower)
        lines.append(f"gamma {shape!r} {x!r} {mpmath.nstr(below, 17)} {mpmath.nstr(above, 17)}")
    for m, d in [(1, 48), (8, 48), (16, 127), (32, 127)]:
        for t in (0.02, 0.1, 0.3, 0.6, 0.8):
            x = mpmath.mpf(m) / d + t * (1 - mpmath.mpf(m) / d)
            above = mpmath.betainc(mpmath.mpf(m) / 2, mpmath.mpf(d - m) / 2, x, 1, regularized=True)
            lines.append(f"energy {m} {d} {mpmath.nstr(x / m, 17)} {mpmath.nstr(mpmath.log(abs(above)), 12)}")


def main():
    rng = np.random.default_rng(20)
    lines = ["# made by make_composition_law.py"]
    known(lines)
    for name, (a, b, dimension) in cases(rng).items():
        lines.append(f"case {name} {dimension}")
        lines.append("a " + " ".join(f"{x:.9g}" for x in a))
        lines.append("b " + " ".join(f"{x:.9g}" for x in b))
        lines.append("draws " + " ".join(f"{x:.9g}" for x in draws(rng, a, b, dimension)))
        for side, sign in (("above", 1), ("below", -1)):
            for x, log_p in splitting(rng, a, b, dimension, sign):
                lines.append(f"{side} {x:.9g} {log_p:.6g}")
        print(name, flush=True)
    pathlib.Path(__file__).with_name("composition_law.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
