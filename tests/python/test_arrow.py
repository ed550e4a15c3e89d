"""Streams of the Python module as other programs read them: ctypes, DuckDB, apache-arrow, nodejs-polars, pyarrow.

Those that are not there are skipped with a message. npm has three of them: `npm i apache-arrow nodejs-polars@0.25.2
@duckdb/node-api` in the folder that SVDLENS_NODE_PACKAGES names, or where the module was built."""
import ctypes as c
import gc
import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest

import arrow_reader
import numpy
import sample_model
import svdlens as sl

PACKAGES = pathlib.Path(os.environ.get("SVDLENS_NODE_PACKAGES", os.environ.get("SVDLENS_TEST_OUTPUT", ".")))
DUCKDB = PACKAGES / "node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so"
COLUMNS = ["target_layer", "head", "neuron", "row", "score"]


def columns_of(table, names):
    frame = table.to_pandas(names)
    return {name: frame[name].tolist() for name in names}


class Arrow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        weights = sl.from_dict(sample_model.arrays())
        heads = sl.singular_directions(sl.ov_circuits(weights))
        cls.lazy = sl.project(heads.writing(), weights.mlp_in())
        cls.scores = sl.store(cls.lazy)
        cls.edges = sl.edges(cls.lazy, 0.1)
        cls.wide = sl.pivot(cls.scores, ["neuron"], ["layer"], "abs_max")  # with cells that cannot be

    def test_a_reader_in_ctypes(self):
        for table in (self.lazy, self.scores, self.edges):
            for size in (1, 1000, 1 << 20):
                columns, metadata = arrow_reader.read(table.arrow_c_stream(COLUMNS, size))
                self.assertEqual(columns, columns_of(table, COLUMNS))
            self.assertEqual(metadata["svdlens.provenance"], table.provenance)
            self.assertEqual(json.loads(metadata["svdlens.shape"]), table.extents)
        columns, _ = arrow_reader.read(self.wide.__arrow_c_stream__())
        values = numpy.array([columns[name] for name in self.wide.columns[1:]], float).T
        numpy.testing.assert_array_equal(values, self.wide.to_numpy())
        self.assertIn(None, columns["1"])
        found = sl.group_by(self.scores, ["head"], ["mean", "energy"])
        self.assertEqual(arrow_reader.read(found.__arrow_c_stream__())[0]["mean"], found.column("mean").to_numpy().tolist())

    def test_a_reader_that_stops(self):
        capsule = self.scores.arrow_c_stream(COLUMNS, 100)
        columns, _ = arrow_reader.read(capsule, stop_after=2)
        self.assertEqual(columns["score"], self.scores.to_pandas().score[: len(columns["score"])].tolist())
        stream = arrow_reader.stream_in(capsule)
        stream.contents.release(stream)
        self.assertFalse(stream.contents.release)
        del capsule
        gc.collect()

    def test_duckdb(self):
        if not DUCKDB.exists():
            self.skipTest(f"there is no {DUCKDB}")
        library = c.CDLL(str(DUCKDB))
        library.duckdb_value_varchar.restype = c.c_void_p
        library.duckdb_row_count.restype = library.duckdb_column_count.restype = c.c_uint64
        library.duckdb_result_error.restype = c.c_char_p
        database, connection, result = c.c_void_p(), c.c_void_p(), (c.c_uint64 * 8)()
        self.assertEqual(library.duckdb_open(None, c.byref(database)), 0)
        self.assertEqual(library.duckdb_connect(database, c.byref(connection)), 0)

        def query(text):
            state = library.duckdb_query(connection, text.encode(), c.byref(result))
            self.assertEqual(state, 0, library.duckdb_result_error(c.byref(result)) if state else "")
            rows, width = library.duckdb_row_count(c.byref(result)), library.duckdb_column_count(c.byref(result))
            cell = lambda i, j: library.duckdb_value_varchar(c.byref(result), c.c_uint64(j), c.c_uint64(i))
            return [[c.string_at(cell(i, j)).decode() if cell(i, j) else None for j in range(width)] for i in range(rows)]

        for number, table in enumerate((self.lazy, self.scores, self.edges)):
            capsule = table.arrow_c_stream(COLUMNS, 5000)
            stream = arrow_reader.stream_in(capsule)
            self.assertEqual(library.duckdb_arrow_scan(connection, f"stream{number}".encode(), stream), 0)
            query(f"create table t{number} as select * from stream{number}")
            expected = columns_of(table, COLUMNS)
            seen = query(f"select target_layer, head, neuron, row, score from t{number}")
            for k, name in enumerate(COLUMNS):
                kind = str if name in ("head", "neuron") else numpy.float32 if name == "score" else int
                self.assertEqual([kind(line[k]) for line in seen], [kind(value) for value in expected[name]], name)
            del capsule
            gc.collect()
        self.assertEqual(query("select head, count(*) from t1 group by head order by head"),
                         [[head, str(count)] for head, count in sorted(sl.value_counts(self.scores, ["head"]).items())])
        library.duckdb_disconnect(c.byref(connection))
        library.duckdb_close(c.byref(database))

    def test_apache_arrow_and_polars(self):
        node = shutil.which("node")
        if node is None or not (PACKAGES / "node_modules/apache-arrow").exists():
            self.skipTest(f"there is no node, or no apache-arrow in {PACKAGES}/node_modules")
        script = pathlib.Path(__file__).with_name("read_arrow.mjs")
        for table in (self.scores, self.edges):
            with tempfile.TemporaryDirectory() as folder:
                kept = []
                arrow_reader.read(table.arrow_c_stream(COLUMNS, 20000), keep=kept)
                self.write_buffers(pathlib.Path(folder), kept)
                subprocess.run([node, script, PACKAGES.absolute(), folder], check=True)
                expected = columns_of(table, COLUMNS)
                readers = ["apache"] + ["polars"] * (pathlib.Path(folder) / "polars.json").exists()
                for reader in readers:
                    seen = json.loads((pathlib.Path(folder) / f"{reader}.json").read_text())
                    seen["score"] = [float(numpy.float32(x)) for x in seen["score"]]
                    self.assertEqual(seen, expected, reader)

    @staticmethod
    def write_buffers(folder, kept):
        count = 0
        for column in kept:
            for key in ("buffers", "labels"):
                for k, buffer in enumerate(column.get(key, [])):
                    if buffer is None:
                        continue
                    (folder / f"{count}").write_bytes(buffer)
                    column[key][k] = f"{count}"
                    count += 1
        (folder / "columns.json").write_text(json.dumps(kept))

    def test_pyarrow(self):
        try:
            import pyarrow
        except ImportError:
            self.skipTest("pyarrow is not installed")
        self.assertEqual(pyarrow.table(self.edges).column("score").to_pylist(), self.edges.to_numpy().tolist())

    def test_a_lazy_table_streams_in_bounded_memory(self):
        """50 million rows with SVDLENS_LARGE set, as tests/run_all.sh does; else 2 million."""
        neurons = 100_000 if os.environ.get("SVDLENS_LARGE") else 4000
        weights = sl.from_dict(sample_model.arrays(layers=1, heads=8, d_model=64, d_head=63, d_mlp=neurons))
        scan = sl.project(sl.singular_directions(sl.ov_circuits(weights)).writing(), weights.mlp_in())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        count, total = 0, 0.0
        for batch in scan.batches(["head", "neuron", "score"], batch_bytes=8 << 20):
            count += len(batch["score"])
            total += float(batch["score"].sum(dtype=float))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        summary = sl.describe(scan)
        self.assertEqual(count, len(scan))
        self.assertAlmostEqual(total / count, summary["mean"], 6)
        print(f"{count} rows: {grown / 1024:.0f} MiB more at the peak")
        self.assertLess(grown, 1024 * (400 if neurons == 100_000 else 120))


if __name__ == "__main__":
    unittest.main()
