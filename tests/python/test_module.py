"""The Python module against NumPy and pandas."""
import concurrent.futures
import os
import signal
import tempfile
import threading
import unittest

import numpy
import pandas
import sample_model
import svdlens as sl


def scores_by_numpy(tensors, heads, layers=2):
    """Every direction of every head with every neuron that comes later, row by row."""
    rows = []
    for target in range(layers):
        for layer in range(target + 1):
            vectors, strengths = heads.writing().to_numpy(layer), heads.singular_values[layer].reshape(-1)
            found = strengths[:, None].astype(float) * (vectors.astype(float) @ tensors[f"blocks.{target}.mlp.W_in"])
            directions = heads.singular_values.shape[2]
            for line, values in enumerate(found):
                head, k = divmod(line, directions)
                for neuron, value in enumerate(values):
                    rows.append((target, layer, f"L{layer}H{head}", k, f"L{target}N{neuron}", value))
    return pandas.DataFrame(rows, columns=["target_layer", "layer", "head", "direction", "neuron", "score"])


class Module(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tensors = sample_model.arrays()
        cls.weights = sl.from_dict(cls.tensors)
        cls.heads = sl.singular_directions(sl.ov_circuits(cls.weights))
        cls.lazy = sl.project(cls.heads.writing(), cls.weights.mlp_in())
        cls.scores = sl.store(cls.lazy)
        cls.frame = scores_by_numpy(cls.tensors, cls.heads)

    def test_singular_values_are_those_of_numpy(self):
        for layer in range(2):
            products = self.tensors[f"blocks.{layer}.attn.W_V"].astype(float) @ self.tensors[f"blocks.{layer}.attn.W_O"]
            expected = numpy.linalg.svd(products, compute_uv=False)[:, :5]
            numpy.testing.assert_allclose(self.heads.singular_values[layer], expected, rtol=1e-5)
        queries = sl.singular_directions(sl.qk_circuits(self.weights)).singular_values
        products = self.tensors["blocks.1.attn.W_Q"].astype(float) @ self.tensors["blocks.1.attn.W_K"].transpose(0, 2, 1)
        numpy.testing.assert_allclose(queries[1], numpy.linalg.svd(products, compute_uv=False)[:, :5], rtol=1e-5)

    def test_scores_and_labels_are_those_of_numpy(self):
        seen = self.scores.to_pandas()
        self.assertEqual(len(self.lazy), len(self.frame))
        for name in ("target_layer", "layer", "head", "direction", "neuron"):
            self.assertEqual(list(seen[name]), list(self.frame[name]), name)
        numpy.testing.assert_allclose(seen.score, self.frame.score, atol=1e-5)
        numpy.testing.assert_array_equal(self.lazy.to_pandas().score, seen.score)
        extents = self.scores.extents
        index = numpy.unravel_index(self.scores.rows(), tuple(extents.values()))
        numpy.testing.assert_array_equal(index[list(extents).index("layer")], self.frame.layer)

    def test_questions_have_the_answers_of_pandas(self):
        scores = self.scores.to_pandas()
        answer = sl.describe(self.lazy, [0.1, 0.5])
        expected = scores.score.astype(float).describe(percentiles=[0.1, 0.5])
        for ours, theirs in (("count", "count"), ("mean", "mean"), ("std", "std"), ("min", "min"), ("10%", "10%"), ("max", "max")):
            self.assertAlmostEqual(answer[ours], expected[theirs], 5)
        low, high = scores.score.astype(float).quantile([0.05, 0.95])
        tails = sl.edges(self.lazy, 0.05)
        beyond = scores[(scores.score < low) | (scores.score > high)]
        numpy.testing.assert_array_equal(tails.to_numpy(), beyond.score)
        self.assertEqual(sl.value_counts(tails, ["neuron"]), beyond.neuron.astype(str).value_counts().to_dict())
        best = sl.top_k(self.scores, 2, by=["head"]).to_pandas()
        theirs = scores.sort_values("score", ascending=False).groupby("head", observed=True).head(2)
        self.assertEqual(sorted(best.score), sorted(theirs.score))
        self.assertEqual(sl.bottom_k(self.scores, 1).to_numpy()[0], scores.score.min())
        groups = sl.group_by(self.scores, ["head"], ["mean", "abs_max", "count"]).to_pandas()
        theirs = scores.groupby("head", observed=True).score.agg(["mean", lambda x: x.abs().max(), "count"]).to_numpy()
        numpy.testing.assert_allclose(groups.iloc[:, -3:].astype(float), theirs, rtol=1e-5)
        wide = sl.pivot(self.scores, ["neuron"], ["head"], "abs_max")
        theirs = scores.assign(score=scores.score.abs()).pivot_table("score", "neuron", "head", "max", observed=False)
        numpy.testing.assert_allclose(wide.to_numpy(), theirs[wide.columns[1:]].loc[wide.to_pandas().neuron], rtol=1e-6)
        some = sl.where(self.scores, {"head": ["L0H1", "L1H2"], "neuron": ["L1N3"]}).to_pandas()
        self.assertEqual(list(some.score), list(scores[scores["head"].isin(["L0H1", "L1H2"]) & (scores.neuron == "L1N3")].score))

    def test_arrays_show_the_memory_that_is_there(self):
        self.assertTrue(numpy.shares_memory(self.scores.to_numpy(), self.scores.to_numpy()))
        self.assertFalse(self.scores.to_numpy().flags.writeable)
        self.assertTrue(numpy.shares_memory(self.weights.mlp_in().to_numpy(1), self.tensors["blocks.1.mlp.W_in"]))
        self.assertTrue(numpy.shares_memory(self.scores.to_pandas(["score"]).score.to_numpy(), self.scores.to_numpy()))
        kept = sl.edges(self.lazy, 0.1).to_numpy()  # whose table is gone
        numpy.testing.assert_array_equal(kept, sl.edges(self.lazy, 0.1).to_numpy())

    def test_batches_are_the_table(self):
        batches = list(self.lazy.batches(["neuron", "score", "row"], batch_bytes=4000))
        self.assertGreater(len(batches), 2)
        numpy.testing.assert_array_equal(numpy.concatenate([b["score"] for b in batches]), self.scores.to_pandas().score)
        numpy.testing.assert_array_equal(numpy.concatenate([b["row"] for b in batches]), self.scores.rows())
        codes, labels = batches[-1]["neuron"]
        self.assertEqual(labels[codes[-1]], self.frame.neuron.iloc[-1])
        self.assertEqual(sl.edges(self.lazy, 0.49).to_pandas(["row"]).row.dtype, numpy.uint64)

    def test_a_frame_has_the_columns_asked_for_and_all_rows(self):
        nothing = sl.top_k(self.scores, 0)
        self.assertEqual(len(nothing), 0)
        for columns in ([], ["neuron", "score"], ["row", "layer", "head"]):
            full, empty = self.scores.to_pandas(columns), nothing.to_pandas(columns)
            self.assertEqual(list(empty.columns), list(full.columns))
            for name in full:
                self.assertEqual(str(empty[name].dtype), str(full[name].dtype), name)
        long = sl.from_dict(sample_model.arrays(heads=64, d_model=8, d_head=8, d_mlp=700_000))
        scan = sl.project(sl.singular_directions(sl.ov_circuits(long)).writing(), long.mlp_in())
        self.assertGreater(len(scan), 2**30)
        with self.assertRaises(sl.ArgumentError) as problem:
            scan.to_pandas(["score"])
        self.assertIn("batches", str(problem.exception))

    def test_a_model_of_arrays_is_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.safetensors")
            sample_model.write_safetensors(path, self.tensors)
            heads = sl.singular_directions(sl.ov_circuits(sl.open(path)))
        numpy.testing.assert_array_equal(heads.singular_values, self.heads.singular_values)
        numpy.testing.assert_array_equal(heads.writing().to_numpy(1), self.heads.writing().to_numpy(1))

    def test_arrays_of_all_kinds(self):
        expected = {k: v.astype("f2").astype("f4") for k, v in self.tensors.items()}
        reference = sl.from_dict(expected).mlp_in().to_numpy(1)
        spellings = {
            "half": lambda v: v.astype("f2"), "big endian": lambda v: v.astype(">f4"),
            "Fortran": lambda v: numpy.asfortranarray(v), "double": lambda v: v.astype("f8"), "sliced": lambda v: numpy.repeat(v, 2, -1)[..., ::2],
        }
        for name, spell in spellings.items():
            with self.subTest(name):
                seen = sl.from_dict({k: spell(v) for k, v in expected.items()}).mlp_in().to_numpy(1)
                numpy.testing.assert_array_equal(seen, reference)
        with self.assertRaises(sl.ArgumentError) as problem:
            sl.from_dict({"x": numpy.array(["text"])})
        self.assertIn("x", str(problem.exception))

    def test_the_buffers_of_transformer_lens(self):
        buffers = {"blocks.0.attn.mask": numpy.tril(numpy.ones((4, 4), bool)), "blocks.0.attn.IGNORE": numpy.float32(-1e5)}
        weights = sl.from_dict({**self.tensors, **buffers}, config={"n_ctx": 4})
        self.assertEqual(weights.sizes["n_heads"], 3)
        self.assertEqual(weights.unread, [])

    def test_tensors_of_torch(self):
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")
        tensors = {k: torch.from_numpy(v) for k, v in self.tensors.items()}
        seen = sl.from_dict(tensors).mlp_in().to_numpy(0)
        self.assertTrue(numpy.shares_memory(seen, self.tensors["blocks.0.mlp.W_in"]))
        rounded = {k: v.to(torch.bfloat16) for k, v in tensors.items()}
        seen = sl.from_dict(rounded).mlp_in().to_numpy(0)
        numpy.testing.assert_array_equal(seen, rounded["blocks.0.mlp.W_in"].float().numpy().T)

    def test_findings_map_graph_and_report(self):
        found = sl.discoveries(sl.project(self.heads.writing(), self.weights.mlp_in(), score="share"), q=0.5)
        self.assertEqual(found.tested, len(self.lazy))
        self.assertIn("log10_p", found.rows.columns)
        self.assertEqual(len(found.rows), len(found))
        chart = sl.map(self.weights, q=0.05, control_rows=1000)
        self.assertGreater(chart.tested, 0)
        self.assertIn("head_to_neuron", [each.name for each in chart])
        tails = sl.edges(self.lazy, 0.01)
        graph = sl.graph(tails)
        rows = tails.to_pandas()
        self.assertEqual(graph.number_of_edges(), len(rows))
        ends = [(graph.nodes[a]["label"], graph.nodes[b]["label"], d["score"]) for a, b, d in graph.edges(data=True)]
        self.assertEqual(sorted(ends), sorted(zip(rows.source.astype(str), rows.target.astype(str), rows.score.astype(float))))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.html")
            sl.report(self.weights, path)
            self.assertGreater(os.path.getsize(path), 10000)
            sl.edges(self.lazy, 0.01).write_csv(os.path.join(folder, "edges.csv"))
            self.assertEqual(len(pandas.read_csv(os.path.join(folder, "edges.csv"), skiprows=1)), len(rows))

    def test_two_checkpoints(self):
        tensors = dict(self.tensors)
        change = numpy.random.default_rng(5).standard_normal((16, 1)) @ numpy.random.default_rng(6).standard_normal((1, 5))
        tensors["blocks.1.attn.W_V"] = tensors["blocks.1.attn.W_V"].copy()
        tensors["blocks.1.attn.W_V"][2] += (0.2 * change).astype("f4")
        tensors["blocks.0.mlp.W_in"] = -tensors["blocks.0.mlp.W_in"]
        changed = sl.from_dict(tensors)
        seen = sl.diff(self.weights, changed)
        product = lambda of, layer, head: of[f"blocks.{layer}.attn.W_V"][head].astype(float) @ of[f"blocks.{layer}.attn.W_O"][head]
        heads = seen.ov.heads.to_pandas()
        self.assertEqual(list(heads["head"]), [f"L{layer}H{head}" for layer in range(2) for head in range(3)])
        for k in range(6):
            one, two = product(self.tensors, k // 3, k % 3), product(tensors, k // 3, k % 3)
            norm = numpy.linalg.norm
            for name, expected in (("norm_before", norm(one)), ("norm_after", norm(two)), ("change", norm(two - one) / norm(one)),
                                   ("cosine", (one * two).sum() / norm(one) / norm(two)), ("rank", k == 5)):
                self.assertAlmostEqual(heads[name][k], expected, 4, f"{name} of head {k}")
        expected = numpy.linalg.svd(product(tensors, 1, 2) - product(self.tensors, 1, 2))
        self.assertAlmostEqual(float(seen.ov.change.singular_values[1, 2, 0]), expected[1][0], 4)
        mine = seen.ov.change.writing().to_numpy(1)[2 * seen.ov.change.singular_values.shape[2]]
        self.assertAlmostEqual(abs(float(mine @ expected[2][0])), 1, 4)
        self.assertEqual(len(sl.project(seen.ov.change.writing(), changed.mlp_in())) > 0, True)
        self.assertEqual((seen.qk.heads.column("change").to_numpy() == 0).all(), True)
        matches = seen.ov.matches.to_pandas()
        others = matches[matches["head"] != "L1H2"]
        numpy.testing.assert_array_equal(others.matched, others.direction)
        numpy.testing.assert_allclose(others.overlap, 1, atol=1e-5)
        self.assertEqual({name for name, value in seen.others.items() if value != 0}, {"L0 W_in"})
        self.assertAlmostEqual(seen.others["L0 W_in"], 2, 6)
        self.assertEqual(seen.basis["matched"], len(matches) + len(seen.qk.matches))
        families = seen.edges(q=0.9)
        self.assertEqual({each.name for each in families} >= {"ov_to_mlp_in", "embed_to_qk_query", "mlp_out_to_unembed"}, True)
        self.assertGreater(sum(len(each) for each in families), 0)
        for each in families:
            rows = each.rows.to_pandas()
            self.assertEqual(len(rows), len(each))
            self.assertEqual(int(rows.churned.sum()), each.churned)
            self.assertEqual(int((rows.found_before * rows.found_after).sum()), each.found_in_both)
            if each.name == "ov_to_mlp_in":  # the neurons of layer 0 are turned round
                turned = rows[(rows.target_layer == 0) & ~rows["head"].isin(["L1H2"])]
                numpy.testing.assert_allclose(turned.dot_after, -turned.dot_before, rtol=1e-4)
        with self.assertRaises(sl.ModelError) as problem:
            sl.diff(self.weights, sl.from_dict(sample_model.arrays(seed=9)))
        self.assertIn("nothing is shared", str(problem.exception))
        with self.assertRaises(sl.ModelError):
            sl.diff(self.weights, sl.from_dict(sample_model.arrays(d_mlp=12)))

    def test_texts(self):
        self.assertIn("L0H0", repr(self.scores))
        self.assertIn("<pre>", self.scores._repr_html_())
        self.assertIn("computed as they are read", self.lazy._repr_html_())

    def test_errors_have_classes_and_codes(self):
        with self.assertRaises(sl.FileError) as problem:
            sl.open("/nowhere.safetensors")
        self.assertIsInstance(problem.exception, OSError)
        self.assertEqual(problem.exception.code, 101)
        for call, kind, code in (
            (lambda: sl.value_counts(self.scores, ["nobody"]), LookupError, 501),
            (lambda: sl.group_by(self.scores, ["head"], ["median"]), ValueError, 506),
            (lambda: self.lazy.to_numpy(), ValueError, 506),
            (lambda: sl.discoveries(self.lazy, q=2), ValueError, 506),
            (lambda: sl.from_dict({"a": numpy.zeros(3, "f4")}), sl.ModelError, 303),
        ):
            with self.assertRaises(sl.Error) as problem:
                call()
            self.assertIsInstance(problem.exception, kind)
            self.assertEqual(problem.exception.code, code)

    def test_ctrl_c_ends_a_scan(self):
        large = sl.from_dict(sample_model.arrays(layers=3, heads=8, d_model=256, d_head=64, d_mlp=24000))
        scan = sl.project(sl.singular_directions(sl.ov_circuits(large)).writing(), large.mlp_in())
        for work in (lambda: sl.describe(scan), lambda: [None for _ in scan.batches()]):
            done = threading.Event()
            killer = threading.Timer(0.2, lambda: done.is_set() or os.kill(os.getpid(), signal.SIGINT))
            killer.start()
            with self.assertRaises(KeyboardInterrupt):
                work()
            done.set()
            killer.join()
        self.assertEqual(sl.describe(self.lazy)["count"], len(self.lazy))

    def test_threads_at_once(self):
        alone = sl.edges(self.lazy, 0.01).to_numpy().tolist()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for seen in pool.map(lambda _: sl.edges(self.lazy, 0.01).to_numpy().tolist(), range(16)):
                self.assertEqual(seen, alone)


if __name__ == "__main__":
    unittest.main()
