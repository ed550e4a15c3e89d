"""examples/python/notebook.py on a checkpoint: what it prints, beside what pandas makes of the same weights.

The checkpoint in SVDLENS_DATA, else one of random numbers."""
import contextlib
import io
import os
import pathlib
import re
import runpy
import sys
import tempfile
import unittest

import numpy
import pandas
import sample_model
import svdlens as sl

NOTEBOOK = pathlib.Path(__file__).parents[2] / "examples/python/notebook.py"


def frame_of(heads, targets, layers):
    """The long table by NumPy: a row a direction and target that sees it, with labels typed by hand."""
    parts = []
    for target in range(targets.layers):
        for layer in range(layers):
            if targets.layers > 1 and layer > target:
                continue
            scores = heads.writing().to_numpy(layer).astype(float) @ targets.to_numpy(target).astype(float).T
            lines, columns = numpy.indices(scores.shape)
            directions = heads.singular_values.shape[2]
            head = numpy.char.add(f"L{layer}H", (lines // directions).astype(str)).ravel()
            name = f"L{target}N" if targets.layers > 1 else ""
            far_end = numpy.char.add(name, columns.astype(str)).ravel()
            parts.append(pandas.DataFrame({"head": head, "direction": (lines % directions).ravel(), "far": far_end, "score": scores.ravel()}))
    return pandas.concat(parts, ignore_index=True)


class Notebook(unittest.TestCase):
    def test_its_figures_are_those_of_pandas(self):
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(os.environ.get("SVDLENS_DATA", "")) / "memory_gated_mlp.safetensors"
            if not model.exists():
                model = pathlib.Path(folder) / "model.safetensors"
                sample_model.write_safetensors(model, sample_model.arrays(d_mlp=40))
            text, kept = io.StringIO(), sys.argv
            sys.argv = [str(NOTEBOOK), str(model)]
            try:
                with contextlib.redirect_stdout(text):
                    runpy.run_path(str(NOTEBOOK))
            finally:
                sys.argv = kept
            weights = sl.fold_norms(sl.open(str(model)))
        heads = sl.singular_directions(sl.ov_circuits(weights))
        counts = [int(n) for n in re.findall(r"(\d+) rows in both tails", text.getvalue())]
        means = [float(n) for n in re.findall(r"'mean': ([-0-9.e]+)", text.getvalue())]
        quantiles = [float(n) for n in re.findall(r"'1%': ([-0-9.e]+)", text.getvalue())]
        edges = [int(n) for n in re.findall(r"MultiDiGraph with \d+ nodes and (\d+) edges", text.getvalue())]
        self.assertEqual(len(counts), 2)
        for k, targets in enumerate((weights.mlp_in(), weights.unembed())):
            frame = frame_of(heads, targets, weights.sizes["n_layers"])
            low, high = frame.score.quantile([0.01, 0.99])
            tails = frame[(frame.score < low) | (frame.score > high)]
            self.assertEqual(counts[k], len(tails))
            self.assertEqual(edges[k], len(tails))
            self.assertAlmostEqual(means[k], frame.score.mean(), 5)
            self.assertAlmostEqual(quantiles[k], low, 5)
        frame = frame_of(heads, weights.mlp_in(), weights.sizes["n_layers"])
        for head, best in frame.sort_values("score", ascending=False).groupby("head").head(5).groupby("head").far:
            line = re.search(rf"^{head} +\[(.*)\]$", text.getvalue(), re.MULTILINE).group(1)
            self.assertEqual(sorted(line.split(", ")), sorted(best), head)
        wide = frame.assign(score=frame.score.abs()).pivot_table("score", "far", "head", "max")
        first = re.search(r"^neuron( +L\dH\d)+\n(.*)$", text.getvalue(), re.MULTILINE).group(2).split()
        numpy.testing.assert_allclose([float(x) for x in first[1:]], wide.loc[first[0]], rtol=1e-4)


if __name__ == "__main__":
    unittest.main()
