#!/usr/bin/env python3
"""Writes log_p.txt: ln P(|x| >= c) of x^2 ~ Beta(1/2, (D - 1)/2) with 40 digits, a line "D c ln p" each. Needs mpmath.

c is taken as the double that it is written for. Two routes have to agree to 25 digits: the series of the incomplete beta
function from the end at hand, and quadrature of the density beyond c.
"""
import pathlib

import mpmath as mp

mp.mp.dps = 50
DIMENSIONS = [2, 3, 4, 5, 8, 16, 33, 48, 127, 128, 767, 768, 4096, 16384, 30000, 65537, 131072]
SCORES = [1e-8, 1e-6, 1e-4, 1e-3, 0.003, 0.01, 0.03, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.99, 0.999999, 1 - 1e-9,
          1 - 1e-12]
STEEP = [1.2 + 0.7 * k for k in range(18)] # / sqrt(D): about where the two ways to compute it meet, and beyond


def log_p(dimension, c):
    """From c = 0: 1 - p = 2 y^(1/2) x^a / B Sum (a + 1/2)_n / (3/2)_n y^n; from c = 1: p = x^a y^(1/2) / (a B) Sum
    (a + 1/2)_n / (a + 1)_n x^n, x = 1 - y. All terms are positive."""
    half, a, y = mp.mpf(1) / 2, mp.mpf(dimension - 1) / 2, c * c
    x = 1 - y
    log_beta = mp.loggamma(a) + mp.loggamma(half) - mp.loggamma(a + half)
    if y < half and y * a < 2000: # p > e^-2000, so more digits make up for what the difference loses
        with mp.workdps(1000 if y * a > 5 else 80):
            half, a, y = mp.mpf(1) / 2, mp.mpf(dimension - 1) / 2, c * c
            log_beta = mp.loggamma(a) + mp.loggamma(half) - mp.loggamma(a + half)
            inside = 2 * c * mp.exp(a * mp.log1p(-y) - log_beta) * series(a + half, mp.mpf(3) / 2, y)
            return +mp.log1p(-inside)
    return a * mp.log(x) + mp.log(y) / 2 - mp.log(a) - log_beta + mp.log(series(a + half, a + 1, x))


def series(upper, lower, z):
    total = term = mp.mpf(1)
    n = 0
    while term > total * mp.eps:
        term *= (upper + n) / (lower + n) * z
        total += term
        n += 1
    return total


def by_quadrature(dimension, c):
    """The density (1 - x^2)^((D - 3)/2) beyond c, over its value at c."""
    power, unit = mp.mpf(dimension - 3) / 2, 1 - c * c
    width = min(1 - c, 1 / ((dimension + 1) * c / unit + mp.sqrt(dimension + 1)))
    points = [mp.mpf(0)] + [width * k for k in (2, 4, 8, 16, 32, 64, 128, 256) if width * k < 1 - c] + [1 - c]
    tail = mp.quad(lambda s: (((1 - c - s) * (1 + c + s)) / unit) ** power, points)
    return power * mp.log(unit) + mp.log(2 * tail) - mp.log(mp.beta(mp.mpf(1) / 2, mp.mpf(dimension - 1) / 2))


def main():
    lines = []
    for dimension in DIMENSIONS:
        for score in SCORES + [s / dimension**0.5 for s in STEEP if s < dimension**0.5]:
            c = mp.mpf(score)
            value = log_p(dimension, c)
            if dimension in (8, 48, 768, 131072) and score >= 1e-3:
                other = by_quadrature(dimension, c)
                assert abs(other / value - 1) < 1e-25, (dimension, score, value, other)
            lines.append(f"{dimension} {score!r} {mp.nstr(value, 25, min_fixed=0, max_fixed=0)}\n")
    pathlib.Path(__file__).with_name("log_p.txt").write_text("".join(lines))


main()
