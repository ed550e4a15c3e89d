#!/usr/bin/env python3
"""Writes copying_scores.txt: copying scores from the eigenvalues of whole matrices W_E W_V W_O W_U. Needs numpy.

One head a line: model, raw or folded, head, Σ Re λ / Σ |λ|, and the share of positive ones among the eigenvalues
over a millionth of the largest; everything in float64 and vocabulary × vocabulary, which the library never forms.
The models are those of tests/model/architectures, and random ones whose numbers the test draws in the same way.
"""
import json
import pathlib
import struct

import numpy as np

HERE = pathlib.Path(__file__).parent
ARCHITECTURES = HERE.parent / "model" / "architectures"
LEFT_OUT = ["bert", "bert_no_head", "decision_transformer"]  # refused
# name, vocabulary, d_model, d_head, heads, key/value heads, tied
RANDOM_MODELS = [("plain", 50, 24, 6, 3, 3, False), ("wide_heads", 9, 12, 16, 2, 2, False),
                 ("long", 300, 70, 8, 2, 2, False), ("few_tokens", 3, 10, 4, 4, 4, False),
                 ("grouped", 40, 20, 5, 4, 2, False), ("tied", 60, 16, 4, 3, 3, True),
                 ("one_entry", 20, 8, 1, 4, 4, False)]
LAYERS = 2


def eigenvalue_signs(matrix):
    values = np.linalg.eigvals(matrix)
    size = np.abs(values)
    counted = values[size > 1e-6 * size.max()]
    return values.real.sum() / size.sum(), np.mean(counted.real > 0)


def read(path):
    data = path.read_bytes()
    length, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        first, last = (8 + length + k for k in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[first:last], "<f4").astype(np.float64).reshape(entry["shape"])
    return tensors, metadata


def folded(tensors, metadata):
    """Gains into what reads behind them, and under LayerNorm each column less its mean."""
    result = dict(tensors)

    def fold(W, gain):
        W = gain[:, None] * W
        return W - W.mean(axis=-2, keepdims=True) if metadata["norm"] == "layer_norm" else W

    for l in range(int(metadata["n_layers"])):
        gain = tensors[f"blocks.{l}.ln1.w"]
        result[f"blocks.{l}.W_V"] = np.stack([fold(W, gain) for W in tensors[f"blocks.{l}.W_V"]])
    result["W_U"] = fold(tensors["W_U"], tensors["ln_final.w"])
    return result


class random_numbers:
    """Numbers in [-1, 1) by splitmix64, as tests/support/random_model.hpp draws them."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = 2 ** 64 - 1
        self.state = (self.state + 0x9e3779b97f4a7c15) & mask
        z = self.state
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9 & mask
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb & mask
        return ((z ^ (z >> 31)) >> 11) * 2.0 ** -52 - 1

    def matrix(self, rows, columns):
        return np.array([self.next() for _ in range(rows * columns)]).reshape(rows, columns)


def random_model(seed, vocabulary, d, r, heads, key_value_heads, tied):
    draw = random_numbers(seed)
    tensors = {"W_E": draw.matrix(vocabulary, d)}
    tensors["W_U"] = tensors["W_E"].T if tied else draw.matrix(d, vocabulary)
    for l in range(LAYERS):
        tensors[f"blocks.{l}.W_V"] = np.stack([draw.matrix(d, r) for _ in range(key_value_heads)])
        tensors[f"blocks.{l}.W_O"] = np.stack([draw.matrix(r, d) for _ in range(heads)])
    return tensors


def lines(name, kind, tensors):
    for l in range(LAYERS):
        W_V, W_O = tensors[f"blocks.{l}.W_V"], tensors[f"blocks.{l}.W_O"]
        for h in range(len(W_O)):
            whole = tensors["W_E"] @ W_V[h * len(W_V) // len(W_O)] @ W_O[h] @ tensors["W_U"]
            score, positive = eigenvalue_signs(whole)
            yield f"{name} {kind} L{l}H{h} {float(score)!r} {float(positive)!r}"


def main():
    out = [f"# numpy {np.__version__}; made by make_copying_scores.py"]
    for folder in sorted(ARCHITECTURES.iterdir()):
        if folder.name in LEFT_OUT:
            continue
        tensors, metadata = read(folder / "canonical.safetensors")
        assert int(metadata["n_layers"]) == LAYERS
        out += lines(folder.name, "raw", tensors)
        out += lines(folder.name, "folded", folded(tensors, metadata))
    for seed, (name, *sizes) in enumerate(RANDOM_MODELS):
        out += lines(name, "raw", random_model(seed, *sizes))
    (HERE / "copying_scores.txt").write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
