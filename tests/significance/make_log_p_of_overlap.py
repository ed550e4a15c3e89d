#!/usr/bin/env python3
"""Writes log_p_of_overlap.txt: ln P(|x y| >= c), x^2 ~ Beta(1/2, (D1 - 1)/2), y^2 ~ Beta(1/2, (D2 - 1)/2), a line
"D1 D2 c ln p" each. Needs mpmath. By quadrature in arccos |y| of the density times the incomplete beta function, cut into
pieces about the largest value of the integrand: another variable than the library's, and another way to 1 - p."""
import pathlib

import mpmath as mp

mp.mp.dps = 30
PAIRS = [(2, 2), (2, 40), (3, 5), (8, 8), (33, 127), (127, 33), (127, 127), (768, 768)]
OVERLAPS = [1e-4, 0.01, 0.05, 0.2, 0.5, 0.9, 0.999]


def beyond(dimension, c):
    return mp.betainc(mp.mpf(dimension - 1) / 2, mp.mpf(1) / 2, 0, (1 - c) * (1 + c), regularized=True)


def log_p(left, right, c):
    c = mp.mpf(c)
    front = 2 / mp.beta(mp.mpf(right - 1) / 2, mp.mpf(1) / 2)
    value = lambda angle: front * mp.sin(angle) ** (right - 2) * beyond(left, min(c / mp.cos(angle), mp.mpf(1)))
    end = mp.acos(c)
    peak = max((end * mp.mpf(k) / 400 for k in range(1, 400)), key=value)
    cuts = {mp.mpf(0), end, peak}
    for k in range(1, 14):
        cuts.add(peak + (end - peak) / 2**k)
        cuts.add(peak - peak / 2**k)
    return mp.log(mp.quad(value, sorted(cuts)))


def main():
    place = pathlib.Path(__file__).with_suffix(".txt").name.removeprefix("make_")
    with open(pathlib.Path(__file__).parent / place, "w") as out:
        for left, right in PAIRS:
            for c in OVERLAPS:
                print(left, right, c, mp.nstr(log_p(left, right, c), 15), file=out)


main()
