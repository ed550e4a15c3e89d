#!/usr/bin/env python3
"""Tests the program from outside.

    program.py edges PROGRAM FOLDER [PLANTED.safetensors]   edges against a plain float64 answer by NumPy
    program.py interrupt PROGRAM FOLDER                     Ctrl-C in a pipe and on a terminal
    program.py full_disk PROGRAM FOLDER                     a full device, a file size limit, a full file system
    program.py command_line PROGRAM FOLDER                  help, versions, and what is no command line
    program.py terminal PROGRAM FOLDER                      pipes, dumb terminals, 80 columns, JSON
    program.py filters PROGRAM FOLDER                       --layers, --heads, --directions, --targets
    program.py schemes PROGRAM FOLDER                       layouts that no scheme knows, by --scheme
    program.py torch PROGRAM FOLDER SAMPLES                 PyTorch files give what the same tensors give in safetensors
    program.py left_out PROGRAM FOLDER                      what is in no table is said on every output
    program.py adapter PROGRAM FOLDER MODELS                an adapter merged into its model, and alone
    program.py inputs PROGRAM FOLDER MODELS                 what a run reads stays; what it read, and what not, is said
    program.py truncation PROGRAM FOLDER                    a file that is cut short while it is mapped
    program.py completion SCRIPT FOLDER                     what bash offers
    program.py whole PROGRAM FOLDER                         a folder of results is the old set or the new one
    program.py vectors PROGRAM FOLDER                       --vectors: a transcoder, neurons, probes, and what is refused
    program.py map PROGRAM FOLDER                           the map: counts, classes, a channel that was planted
    program.py diff PROGRAM FOLDER                          two checkpoints: what changed, as NumPy has it, and what is refused
    program.py exported PROGRAM FOLDER                      directions under hook names, and the recipes' arithmetic
    program.py notebook NOTEBOOK FOLDER ARCHITECTURES       the notebook on every kind of model

FOLDER is made anew. SVDLENS_TEST_RUNS is how often each signal is sent at a random moment (default: 3). Exits 1 with
what was expected and found.
"""
import collections
import csv
import io
import json
import math
import os
import pickle
import pty
import re
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import time
import types
import zipfile

try:
    import numpy as np
except ImportError:
    print("SKIPPED: NumPy is missing (Debian: python3-numpy)")
    sys.exit(0)

EPS = 2.0**-23


def expect(holds, what):
    if not holds:
        sys.exit("FAILED: " + what)


# ---- models ----


def write_safetensors(path, tensors):
    head, offset = {}, 0
    for name, values in tensors.items():
        head[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in tensors.values():
            file.write(values.tobytes())


def read_safetensors(path):
    with open(path, "rb") as file:
        raw = file.read()
    (size,) = struct.unpack("<Q", raw[:8])
    head = json.loads(raw[8 : 8 + size])
    head.pop("__metadata__", None)
    return {
        name: np.frombuffer(raw, "<f4", int(np.prod(e["shape"])), 8 + size + e["data_offsets"][0]).reshape(e["shape"])
        for name, e in head.items()
    }


def metadata_of(path):
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(size)).get("__metadata__", {})


def random_model(path, layers, heads, d_model, d_head, d_mlp, norms, unembed=True):
    """TransformerLens names, LayerNorm with gain and bias, a plain MLP; d_mlp 0: none."""
    random = np.random.default_rng(5)
    draw = lambda *shape: (random.standard_normal(shape, "f4") / d_model**0.5).astype("f4")
    tensors = {"unembed.W_U": draw(d_model, 11)} if unembed else {}
    for l in range(layers):
        at = f"blocks.{l}."
        tensors[at + "attn.W_V"] = draw(heads, d_model, d_head)
        tensors[at + "attn.W_O"] = draw(heads, d_head, d_model)
        if d_mlp:
            tensors[at + "mlp.W_in"] = draw(d_model, d_mlp)
        for norm in ("ln1", "ln2") if norms else ():
            tensors[at + norm + ".w"] = np.exp(draw(d_model))
            tensors[at + norm + ".b"] = draw(d_model)
    if norms:
        tensors["ln_final.w"], tensors["ln_final.b"] = np.exp(draw(d_model)), draw(d_model)
    write_safetensors(path, tensors)


# ---- the plain answer ----


class plain_model:
    """Every score in float64 through dense matrices, and how far a float32 one may be from it."""

    def __init__(self, path, folded):
        tensors = {name.removeprefix("transformer."): v.astype("f8") for name, v in read_safetensors(path).items()}
        self.layers = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("blocks."))
        self.directions, self.targets, self.folded = [], {}, folded
        for l in range(self.layers):
            at = f"blocks.{l}."

            def read(name, norm):
                w = tensors[at + name]
                if not folded:
                    return w
                w = w * tensors[at + norm + ".w"][:, None]
                return w - w.mean(axis=-2, keepdims=True)

            for h, (w_v, w_o) in enumerate(zip(read("attn.W_V", "ln1"), tensors[at + "attn.W_O"])):
                self.add_head(l, h, w_v @ w_o, w_v.shape[1])
            for kind in ("in", "gate"):
                if at + "mlp.W_" + kind in tensors:
                    self.targets.setdefault("ov_to_mlp_" + kind, []).append(read("mlp.W_" + kind, "ln2"))

    def add_head(self, layer, head, w, rank):
        u, s, vt = np.linalg.svd(w)
        for k in range(rank):
            size = np.abs(u[:, k])
            first = int(np.argmax(size >= (1 - 1e-4) * size.max()))
            sign = np.sign(u[first, k])
            ambiguous = (u[:, k] * sign).min() < -(1 - 1e-3) * size.max()
            gaps = [abs(s[k] - s[j]) for j in (k - 1, k + 1) if 0 <= j < rank]
            self.directions.append((layer, head, k, sign * vt[k], s[k], 8 * EPS * s[0] / min(gaps), ambiguous))

    def unit(self, v, inside):
        v = v - v.mean() if inside else v
        return v / np.linalg.norm(v)

    def table(self, section, score, found):
        """Which rows there are, their scores, and how far a float32 score may be from each."""
        rows, scores, slack = [], [], []
        inside = score in ("centered_cosine", "share") and self.folded  # what readers behind a LayerNorm see
        all_units = np.array([self.unit(v, inside) for _, _, _, v, *_ in self.directions])
        for m, w in enumerate(self.targets[section]):
            norms = np.linalg.norm(w, axis=0)
            shared = np.linalg.norm(all_units @ w, axis=0)
            for layer, head, k, v, s, tolerance, ambiguous in self.directions:
                if layer > m:
                    continue
                values = self.unit(v, inside) @ w
                factor = {"dot": 1.0, "cosine": 1 / norms, "centered_cosine": 1 / norms, "scaled": s, "share": 1 / shared}[score]
                line = row_numbers(layer, head, k, m, np.arange(w.shape[1]))
                if ambiguous:
                    values = values * sign_of_line(line, values, found)
                rows.append(line)
                scores.append(values * factor)
                slack.append(np.full(w.shape[1], max(5e-6, tolerance) * np.max(factor) * max(1, norms.max())))
        return np.concatenate(rows), np.concatenate(scores), np.concatenate(slack)


def row_numbers(layer, head, direction, target_layer, neuron):
    return (((layer * 64 + head) * 64 + direction) * 64 + target_layer) * 4096 + neuron


def sign_of_line(line, values, found):
    """That of the program, for a direction whose two largest entries differ in sign and hardly in size."""
    _, at, of_found = np.intersect1d(line, found["row"], return_indices=True)
    return np.sign(values[at[0]] * found["score"][of_found[0]]) if at.size else 1.0


def expected_bounds(scores, rule, amount):
    if rule == "top":
        return -np.inf, np.sort(np.abs(scores))[-amount]
    if rule == "abs":
        return -np.inf, np.quantile(np.abs(scores), 1 - amount)
    return tuple(np.quantile(scores, [amount, 1 - amount]))


def compare_edges(model, section, rule, amount, score, found, printed):
    rows, scores, slack = model.table(section, score, found)
    keys = scores if rule == "tails" else np.abs(scores)
    low, high = expected_bounds(scores, rule, amount)
    what = f"{section} {rule} {score}"
    beyond = np.maximum(low - keys, keys - high)  # how far a row is inside a tail
    allowed = slack + slack.max()  # the score's, and the bound's
    _, at, of_found = np.intersect1d(rows, found["row"], return_indices=True)
    expect(at.size == found["row"].size, f"{what}: {found['row'].size - at.size} rows cannot be, or stand twice")
    off = np.abs(found["score"][of_found] - scores[at])
    expect((off <= allowed[at]).all(), f"{what}: a score is off by {off.max()}")
    expect((beyond[at] >= -allowed[at]).all(), f"{what}: {beyond[at].min()} beyond the bounds {low}, {high} is an edge")
    missing = np.isin(rows, found["row"], invert=True) & (beyond > allowed)
    expect(not missing.any(), f"{what}: {missing.sum()} edges are missing, the first is {scores[missing][:1]}")
    expect(at.size == printed["edges"], f"{what}: {at.size} edges in the file, printed {printed['edges']}")
    expect(rows.size == printed["scores"], f"{what}: {rows.size} scores, printed {printed['scores']}")
    if rule == "top":
        expect(at.size == amount, f"{what}: {at.size} edges")
        return
    for bound, value in zip((low, high), printed["bounds"]):
        expect(not np.isfinite(bound) or abs(bound - value) <= 2 * slack.max(), f"{what}: bound {value}, expected {bound}")


def read_edges(path):
    """The edges of each section by what their labels say: row numbers and scores."""
    found = {}
    with open(path, newline="") as file:
        expect(file.readline().startswith("# svdlens "), "the first line is no provenance")
        for row in csv.DictReader(file):
            source = re.fullmatch(r"L(\d+)H(\d+)\.(\d+)", row["source"])
            target = re.fullmatch(r"L(\d+)N(\d+)", row["target"])
            expect(source is not None and target is not None, f"labels {row['source']}, {row['target']}")
            head = f"L{source[1]}H{source[2]}"
            expect((head, source[3]) == (row["head"], row["direction"]), f"row {row}")
            number = row_numbers(*(int(x) for x in source.groups() + target.groups()))
            found.setdefault(row["section"], []).append((number, float(row["score"])))
    return {name: np.array(edges, dtype=[("row", "i8"), ("score", "f8")]) for name, edges in found.items()}


def read_result(text):
    result = {}
    for table in json.loads(text)["tables"]:
        bounds = [float(x) for x in re.findall(r"score\|? [<>] (\S+) ?", table["rule"])]
        result[table["section"]] = {
            "bounds": bounds if len(bounds) == 2 else [-np.inf] + bounds,
            "edges": table["edges"],
            "scores": table["scores"],
        }
    return result


def test_edges(program, folder, planted=None):
    odd = os.path.join(folder, "odd.safetensors")
    random_model(odd, layers=3, heads=5, d_model=37, d_head=7, d_mlp=53, norms=True)
    out = os.path.join(folder, "edges.csv")
    cases = [
        (["--tail", "0.01"], "tails", 0.01),
        (["--tail", "0.02", "--memory", "0"], "tails", 0.02),
        (["--tail", "0.02", "--abs"], "abs", 0.02),
        (["--top", "100"], "top", 100),
    ]
    compared = 0
    for path in [odd] + ([planted] if planted else []):
        for raw in ([], ["--raw"]):
            model = plain_model(path, folded=not raw)
            for options, rule, amount in cases:
                for score in ("dot", "cosine", "scaled", "centered_cosine", "share"):
                    kind = [] if score == "scaled" else ["--score=" + score]
                    command = [program, "edges", path, "--json", *raw, *options, *kind, "--threads", "2", "--out", out]
                    done = subprocess.run(command, check=True, capture_output=True, text=True)
                    expect(done.stderr == "", f"standard error in a pipe: {done.stderr!r}")
                    found, printed = read_edges(out), read_result(done.stdout)
                    expect(set(printed) == set(model.targets), f"tables {set(printed)}")
                    for section in model.targets:
                        compare_edges(model, section, rule, amount, score, found[section], printed[section])
                        compared += found[section].size
    print(f"{compared} edges compared")


# ---- what is more than chance ----


def log_p(score, dimension):
    """Of both tails of Beta(1/2, (dimension - 1) / 2), by quadrature: 2 int_c^1 (1 - x^2)^((n - 3) / 2) dx over that from -1."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    c = np.abs(score)[:, None]
    # x = 1 - (1 - c) t^2: smooth at 1
    t = (nodes + 1) / 2
    x = 1 - (1 - c) * t**2
    power = (dimension - 3) / 2 * (np.log1p(-x) + np.log1p(x))
    top = power.max(axis=1, keepdims=True)
    integral = np.log((np.exp(power - top) * 2 * t * (1 - c) * weights / 2).sum(axis=1)) + top[:, 0]
    whole = 0.5 * math.log(math.pi) + math.lgamma((dimension - 1) / 2) - math.lgamma(dimension / 2)
    return np.minimum(0, math.log(2) + integral - whole)


def step_up(log_p_over_weight, q):
    """Benjamini and Hochberg: the rates at which rows are found."""
    order = np.argsort(log_p_over_weight, kind="stable")
    n = order.size
    rates = np.exp(np.log(n) + log_p_over_weight[order] - np.log(np.arange(1, n + 1)))
    result = np.empty(n)
    result[order] = np.minimum.accumulate(rates[::-1])[::-1]
    return result, result <= q


def check_findings(program, path, out, null, q):
    command = [program, "analyse", path, "--json", "--out", out, "--null", null, "--q", str(q), "--score", "dot"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["findings"]
    model, compared = plain_model(path, folded=True), 0
    dimension = len(model.directions) if null == "share" else next(iter(model.targets.values()))[0].shape[0] - 1
    score = "share" if null == "share" else "centered_cosine"
    written = rows_of(os.path.join(out, "findings.csv"))
    edges = rows_of(os.path.join(out, "edges.csv"))
    number = lambda row: row_numbers(*(int(x) for x in re.findall(r"\d+", row["source"] + " " + row["target"])))
    for section in model.targets:
        rows, scores, slack = model.table(section, score, np.empty(0, dtype=[("row", "i8"), ("score", "f8")]))
        of_row = {}
        for m, w in enumerate(model.targets[section]):
            for l, h, k, _, s, *_ in model.directions:
                if l <= m:
                    for r in row_numbers(l, h, k, m, np.arange(w.shape[1])):
                        of_row[int(r)] = s
        weights = np.array([of_row[int(r)] for r in rows]) ** 2
        p = log_p(scores, dimension)
        rates, is_found = step_up(p - np.log(weights / weights.mean()), q)
        said = next(t for t in result["tables"] if t["section"] == section)
        expect(said["tested"] == rows.size and said["dimension"] == dimension, f"{section}: {said}")
        mine = {number(r): r for r in written if r["section"] == section}
        expect(len(mine) == said["found"], f"{section}: {len(mine)} rows written, {said['found']} said")
        expect(abs(is_found.sum() - len(mine)) <= 2, f"{section} {null}: {len(mine)} found, expected {is_found.sum()}")
        at = {int(r): k for k, r in enumerate(rows)}
        for r, row in mine.items():
            k = at[r]
            expect(abs(float(row["log10_p"]) - p[k] / math.log(10)) < 2e-3 * max(1, abs(p[k])), f"{row}: p {p[k] / math.log(10)}")
            expect(abs(float(row["q"]) - rates[k]) < 0.02 * rates[k] + 1e-12, f"{row}: q {rates[k]}")
            compared += 1
        for row in edges:
            if not row["section"].startswith(section + "_L"):
                continue
            k = at[number(row)]
            expect(abs(float(row["log10_p"]) - p[k] / math.log(10)) < 2e-3 * max(1, abs(p[k])), f"{row}: p {p[k] / math.log(10)}")
            expect((row["q"] != "") == (number(row) in mine), f"{row}: found or not")
    heads = rows_of(os.path.join(out, "heads.csv"))
    of_heads = [r for r in written if r["section"].startswith("ov_to_")]
    expect(sum(int(r["found_out"]) for r in heads) == len(of_heads), "heads.csv: edges that heads write")
    expect(sum(int(r["found_in"]) for r in heads) == sum(r["section"] in ("embed_to_ov", "embed_to_qk_query", "embed_to_qk_key", "ov_to_ov_v") for r in written), "heads.csv: edges that heads read")
    for side in ("query", "key"):
        expect(sum(int(r[f"found_{side}"]) for r in heads) == sum(r["section"] == f"embed_to_qk_{side}" for r in written), f"heads.csv: edges that the {side} side reads")
    return compared, result


def check_heads(program, folder):
    """The heads of a compiled program are named by their tests; what is not defined is empty, and said."""
    model, out = os.path.join(folder, "induction.safetensors"), os.path.join(folder, "heads")
    tests = ("copying", "matching", "induction", "previous_token")

    def analysed(model, *options):
        result = json.loads(run_text([program, "analyse", model, "--json", "--ranking-only", "--out", out, *options]))
        rows = {row["head"]: row for row in rows_of(os.path.join(out, "heads.csv"))}
        expect(set(rows) == {head["head"] for head in result["heads"]}, "heads.csv and --json have the same heads")
        for head in result["heads"]:
            row = rows[head["head"]]
            for test in tests:
                expect((head[test] is None) == (row[test] == "" == row[test + "_z"]), f"{test} of {row}")
                expect(head[test] is None or abs(float(row[test]) - head[test]["advantage"]) <= 1e-6 * abs(head[test]["advantage"]), f"{test} of {row}")
            expect(head["induction"] is None or head["induction"]["of"] == row["induction_of"], f"partner of {row}")
        return rows, {(head["head"], role) for head in result["heads"] for role in head["stands_out"]}

    subprocess.run([program, "planted", "--program", "induction", "--seed", "1", "--form", "layer_norm", "--out", model, "-q"], check=True)
    rows, standing = analysed(model)
    led = {(head, rows[head]["induction_of"]) for head, role in standing if role == "induction"}
    previous = {head for head, role in standing if role == "previous token"}
    expect(len(led) == 2 and len(previous) == 1 and {of for _, of in led} == previous, f"heads that stand out: {standing}")
    expect({head for head, role in standing if role == "copies"} == {head for head, _ in led}, f"heads that copy: {standing}")
    text = run_text([program, "analyse", model, "--ranking-only", "--out", out])
    expect("Heads that stand out" in text and f" of {next(iter(previous))} " in text, text)
    text = run_text([program, "analyse", model, "--out", out])
    for head, of in led:
        expect(f"  {of} feeds the key of {head}: composition " in text, text)
    expect("that compose" not in text, f"the control of pairs that compose warns: {text}")
    rotary = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model", "architectures", "llama")
    rows, _ = analysed(rotary)
    expect(all(row["matching"] == row["induction"] == row["previous_token"] == "" != row["copying"] for row in rows.values()), "rotary heads")
    with open(os.path.join(out, "manifest.json")) as file:
        left_out = json.load(file)["left_out"]
    expect(any(line.startswith("heads.csv, matching and induction:") and line.endswith("(--offset N)") for line in left_out), f"{left_out}")
    rows, _ = analysed(rotary, "--offset", "1")
    expect(all(row["matching"] != "" == row["previous_token"] for row in rows.values()), "rotary heads at offset 1")
    expect("; offset 1" in first_line(os.path.join(out, "heads.csv")), "the offset in heads.csv")
    check_offsets(program, folder, rotary)


def manifest_of(out):
    with open(os.path.join(out, "manifest.json")) as file:
        return json.load(file)


def check_offsets(program, folder, rotary):
    """The offset stands in the manifest; what cannot be turned to one costs the tests that need it, and no run."""
    out, turned = os.path.join(folder, "offsets"), os.path.join(folder, "turned")
    plain = os.path.join(os.path.dirname(rotary), "gpt2")
    os.makedirs(turned, exist_ok=True)
    shutil.copy(os.path.join(rotary, "model.safetensors"), turned)
    with open(os.path.join(rotary, "config.json")) as file:
        config = json.load(file)

    def analysed(model, *options):
        done = run([program, "analyse", model, "-q", "--ranking-only", "--out", out, *options])
        expect(done.returncode == 0, f"{model} {options}: {done.stderr}")
        return manifest_of(out), rows_of(os.path.join(out, "heads.csv"))

    for model, options, offset in ((rotary, ["--offset", "3"], 3), (rotary, [], None), (plain, ["--offset", "3"], None)):
        manifest, _ = analysed(model, *options)
        expect(manifest["offset"] == offset, f"{model} {options}: {manifest['offset']}")
        said = any(line.startswith("--offset:") for line in manifest["left_out"])
        expect(said == (model == plain), f"{model}: {manifest['left_out']}")
    for changes in ({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}, {"rope_scaling": {"rope_type": "nobody's", "factor": 2.0}},
                    {"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}):
        with open(os.path.join(turned, "config.json"), "w") as file:
            json.dump({**config, **changes}, file)
        manifest, heads = analysed(turned, "--offset", "1")
        tested = {row["matching"] != "" for row in heads}
        expect(len(tested) == 1, f"{changes}: {heads}")
        expect(tested == {True} or any("matching and induction: " in line for line in manifest["left_out"]), f"{changes}: {manifest['left_out']}")
        expect(all(row["copying"] != "" for row in heads), f"{changes}: copying")
    for name in ("gemma3", "cohere2", "smollm3", "llama4", "deepseek_v3"):  # layers that turn differently, or not at all
        manifest, _ = analysed(os.path.join(os.path.dirname(rotary), name), "--offset", "1")
        expect(any("matching and induction: " in line for line in manifest["left_out"]), f"{name}: {manifest['left_out']}")
    os.remove(os.path.join(turned, "config.json"))
    unlike = os.path.join(os.path.dirname(rotary), "gemma3")
    for model, options, parts in ((unlike, ["--offset", "2"], ["rotary offset 2"]), (rotary, [], []), (rotary, ["--offset", "2"], ["rotary offset 2", "--offset 2"])):
        done = run([program, "report", model, *options, "-q", "--out", os.path.join(folder, "page.html")])
        expect(done.returncode == 0, done.stderr)
        with open(os.path.join(folder, "page.html")) as file:
            page = file.read()
        expect(all(part in page for part in parts) and ("rotary offset" in page) == bool(parts), f"report {options}")
    run([program, "analyse", turned, "--n-heads", "3", "--model-type", "llama", "-q", "--out", out, "--offset", "1"])
    manifest = manifest_of(out)
    expect(any("matching and induction: " in line for line in manifest["left_out"]), f"no config: {manifest['left_out']}")
    for model, options, offset in ((rotary, [], 0), (rotary, ["--offset", "2"], 2), (plain, ["--offset", "2"], None)):
        done = run([program, "diff", model, model, "-q", "--out", os.path.join(folder, "no_change"), *options])
        expect(done.returncode == 0, done.stderr)
        manifest = manifest_of(os.path.join(folder, "no_change"))
        expect(manifest["offset"] == offset, f"diff {model} {options}: {manifest['offset']}")
        said = [line for line in manifest["left_out"] if line.startswith("--offset:")]
        expect(len(said) == (model == plain), f"diff {model}: {manifest['left_out']}")


def test_findings(program, folder):
    check_heads(program, folder)
    planted, noise, out = (os.path.join(folder, name) for name in ("planted.safetensors", "noise.safetensors", "out"))
    subprocess.run([program, "planted", "--out", planted], check=True, stdout=subprocess.DEVNULL)
    for null in ("share", "isotropic"):
        compared, result = check_findings(program, planted, out, null, 0.05)
        expect(compared >= 10, f"{compared} planted edges found")
        expect(all(not table["doubtful"] for table in result["tables"]), f"warnings: {result['tables']}")
        print(f"{null}: {compared} findings compared")
    text = run_text([program, "analyse", planted, "--out", out])
    expect(text.index("Answer  ") < text.index("Found at q = 0.05") < text.index("Strongest findings") < text.index("Strongest edges"), "what was found comes first")
    answer = " ".join(text[text.index("Answer  "):text.index("Found at")].split())
    expect(re.match(r"Answer \d+ edges and 1 pair of heads more than chance at q = 0.05, of \d+ edges tested; the heads with most of them: L\dH\d, \d+ in and \d+ out; ", answer), answer)
    random_model(noise, layers=3, heads=4, d_model=64, d_head=8, d_mlp=96, norms=True)
    text = run_text([program, "analyse", noise, "--out", out])
    expect("Nothing was found" in text and "Strongest findings" not in text, f"of noise: {text}")
    expect(rows_of(os.path.join(out, "findings.csv")) == [], "findings of noise")
    kinds = {row["kind"] for row in rows_of(os.path.join(out, "composition.csv"))}
    expect(kinds == {"v"}, f"kinds of a model without QK: {kinds}")
    text = run_text([program, "analyse", noise, "--out", out, "--ranking-only"])
    expect("Found at" not in text and not os.path.exists(os.path.join(out, "findings.csv")), "--ranking-only tests")
    expect(all(row["log10_p"] == "" for row in rows_of(os.path.join(out, "edges.csv"))), "--ranking-only has p")


# ---- failures ----


def slow_model(folder):
    """109 GFLOP for one thread: seconds."""
    path = os.path.join(folder, "slow.safetensors")
    random_model(path, layers=28, heads=8, d_model=256, d_head=32, d_mlp=2048, norms=False)
    return path


def expect_one_line(text, *parts):
    lines = text.splitlines()
    expect(len(lines) == 1 and re.match("(svdlens|notebook)[a-z ]*: ", lines[0]), f"standard error is not one line: {text!r}")
    for part in parts:
        expect(part in lines[0], f"{part!r} is not in {lines[0]!r}")


def work_of(folder):
    return {name for name in os.listdir(folder) if name.startswith(".svdlens-work-")}


def interrupt_in_pipe(program, model, out):
    with open(out, "w") as file:
        file.write("# svdlens as before")
    command = [program, "edges", model, "--threads", "1", "--out", out]
    before = work_of(os.path.dirname(out))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and work_of(os.path.dirname(out)) <= before:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _, text = process.communicate()
    expect(process.returncode == 130, f"status {process.returncode} after SIGINT: {text!r}")
    expect_one_line(text, "interrupted")
    with open(out) as file:
        expect(file.read() == "# svdlens as before", "the file that was there is another now")
    os.remove(out)


def read_until(terminal, pattern, seconds):
    """What stands on the terminal: until the pattern does, it is closed, or nothing comes for that long."""
    text = b""
    while re.search(pattern, text) is None and select.select([terminal], [], [], seconds)[0]:
        try:
            text += os.read(terminal, 4096)
        except OSError:  # closed
            break
    return text


def interrupt_on_terminal(program, model, out):
    bar = rb"\[[#.]+\] +\d+ % +.* left +ov_to_mlp_in +\S+ ?\w* scores/s"
    mine, theirs = pty.openpty()
    command = [program, "edges", model, "--threads", "1", "--out", out]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        text = read_until(mine, bar, 60)
        process.send_signal(signal.SIGINT)
        process.wait()
    expect(re.search(bar, text) is not None, f"no progress bar: {text!r}")
    expect(process.returncode == 130, f"status {process.returncode} after SIGINT on a terminal")


def test_interrupt(program, folder):
    model, out = slow_model(folder), os.path.join(folder, "edges.csv")
    interrupt_in_pipe(program, model, out)
    interrupt_on_terminal(program, model, out)
    expect(os.listdir(folder) == ["slow.safetensors"], f"left behind: {os.listdir(folder)}")


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)


def test_full_disk(program, folder):
    model, out = os.path.join(folder, "odd.safetensors"), os.path.join(folder, "edges.csv")
    random_model(model, layers=3, heads=5, d_model=37, d_head=7, d_mlp=53, norms=True)
    command = [program, "edges", model, "--tail", "0.4", "--out"]

    done = run(command + ["/dev/full"])
    expect(done.returncode == 1, f"/dev/full: status {done.returncode}")
    expect_one_line(done.stderr, "/dev/full", "No space left on device")

    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))
    done = run(command + [out], preexec_fn=limit, restore_signals=False)  # Python ignores SIGXFSZ, and so does the child
    expect(done.returncode == 1, f"file size limit: status {done.returncode}")
    expect_one_line(done.stderr, out, "cannot write")
    expect(os.listdir(folder) == ["odd.safetensors"], f"left behind: {os.listdir(folder)}")

    done = run(command + [os.path.join(folder, "new folder", "edges.csv")])
    expect(done.returncode == 0, f"a new folder: status {done.returncode}: {done.stderr}")
    shutil.rmtree(os.path.join(folder, "new folder"))
    read_only = os.path.join(folder, "odd.safetensors", "edges.csv")  # a file where a folder should be
    done = run(command + [read_only])
    expect(done.returncode == 1, f"no folder: status {done.returncode}")
    expect_one_line(done.stderr, "odd.safetensors")
    done = run([program, "analyse", model, "--out", "/proc/nothing/here"])
    expect(done.returncode == 1, f"no place for a folder: status {done.returncode}")
    expect_one_line(done.stderr, "/proc/nothing")
    full_file_system(command, folder)


def full_file_system(command, folder):
    """In a namespace of its own, where that is allowed: nobody else sees the small file system."""
    place = os.path.join(folder, "small")
    os.mkdir(place)
    script = 'mount -t tmpfs -o size=16k small "$1" && shift && echo mounted && { "$@"; echo "status $?"; ls -A "$0"; }'
    inside = ["sh", "-c", script, place, place, *command, os.path.join(place, "edges.csv")]
    done = subprocess.run(["unshare", "--map-root-user", "--mount", *inside], capture_output=True, text=True)
    if not done.stdout.startswith("mounted\n"):
        print("The full file system is left out: it cannot be mounted here")
        return
    expect(done.stdout.endswith("status 1\n"), f"full file system: {done.stdout[-200:]!r} {done.stderr!r}")
    expect_one_line(done.stderr, os.path.join(place, "edges.csv"), "No space left on device")


def test_nothing_to_scan(program, folder):
    out = os.path.join(folder, "edges.csv")
    for d_mlp, options in ((0, []), (12, ["--tokens"])):
        model = os.path.join(folder, f"no_unembedding_{d_mlp}.safetensors")
        random_model(model, layers=2, heads=2, d_model=8, d_head=3, d_mlp=d_mlp, norms=False, unembed=False)
        done = run([program, "edges", model, "--out", out, *options])
        expect(done.returncode == 1, f"no targets: status {done.returncode}")
        expect_one_line(done.stderr, model.split("/")[-1], "no unembed")
        expect(not os.path.exists(out), "an empty file is left behind")
    for command in (["edges", model], ["inspect", model], ["planted", "--out", os.path.join(folder, "full.safetensors")], ["analyse", model, "--out", folder + "/c"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([program, *command], stdout=full, stderr=subprocess.PIPE, text=True)
        expect(done.returncode == 1, f"full standard output: {command} status {done.returncode}")
        expect_one_line(done.stderr, "standard output")


COMMANDS = ("inspect", "analyse", "edges", "map", "diff", "report", "planted")


def test_command_line(program, folder):
    for arguments, parts in (
        ([], ["a command is missing"]),
        (["anlayse"], ["no command anlayse", "did you mean analyse?"]),
        (["anal"], ["did you mean analyse?"]),
        (["--verzion"], ["did you mean --version?"]),
        (["--bogus", "inspect", "a"], ["unknown option --bogus"]),
        (["foo", "inspect", "a"], ["foo"]),
        (["inspect", "a", "--out", ""], ["--out"]),
        (["edges", "a", "--out", ""], ["--out"]),
        (["planted", "--seed", "-1"], ["--seed", "whole number"]),
        (["planted", "--program", "inducton"], ["--program", "did you mean induction?"]),
        (["planted", "--form", "plain"], ["--form", "add --program NAME"]),
        (["planted", "--program", "induction", "--form", "layernorm"], ["--form", "layer_norm"]),
        (["planted", "--program", "induction", "--outliers", "3"], ["--outliers", "3x4"]),
        (["planted", "--program", "induction", "--noise", "x"], ["--noise", "number"]),
        (["planted", "--program", "induction", "--broken", "previus"], ["--broken", "did you mean previous?"]),
        (["analyse", "a", "--max-edges", "-1"], ["--max-edges"]),
        (["edges"], ["a model is missing"]),
        (["report"], ["a model is missing"]),
        (["inspect"], ["a model is missing"]),
        (["edges", "a", "b"], ["more than one model: b"]),
        (["edges", "a", "--treads", "2"], ["unknown option --treads", "did you mean --threads?"]),
        (["edges", "a", "--treads=2"], ["unknown option --treads", "did you mean --threads?"]),
        (["report", "a", "--fold"], ["unknown option --fold"]),
        (["edges", "a", "--tail"], ["--tail"]),
        (["edges", "a", "--tail", "x"], ["--tail", "x"]),
        (["edges", "a", "--tail", "0.5"], ["between 0 and 0.5"]),
        (["edges", "a", "--tail", "nan"], ["--tail", "nan"]),
        (["edges", "a", "--top", "0"], ["--top"]),
        (["edges", "a", "--top", "-1"], ["--top"]),
        (["edges", "a", "--top", "5", "--tail", "0.1"], ["--top"]),
        (["edges", "a", "--top", "5", "--abs"], ["--top"]),
        (["edges", "a", "--score", "scald"], ["did you mean scaled?"]),
        (["edges", "a", "--threads", "two"], ["--threads"]),
        (["edges", "a", "--memory", "-1"], ["--memory"]),
        (["edges", "a", "--memory", "4 apples"], ["--memory", "4GiB"]),
        (["report", "a", "--embed", "x", "--link", "y"], ["--embed"]),
        (["analyse", "a", "--q", "0"], ["--q", "between 0 and 1"]),
        (["analyse", "a", "--q", "5%"], ["--q", "5%"]),
        (["analyse", "a", "--null", "shares"], ["--null", "did you mean share?"]),
    ):
        done = run([program, *arguments])
        expect(done.returncode == 2, f"{arguments}: status {done.returncode}, {done.stderr}")
        expect_one_line(done.stderr, "--help", *parts)
    for arguments in [["--help"], ["-h"]] + [[c, "--help"] for c in COMMANDS + ("analyze",)]:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, cwd=folder)
        expect(done.returncode == 0 and "Examples:" in done.stdout and done.stderr == "", f"{arguments}: {done}")
        wide = [line for line in done.stdout.splitlines() if len(line) > 80]
        expect(not wide, f"{arguments}: over 80 columns: {wide}")
    for command in COMMANDS:
        done = subprocess.run([program, command, "--version"], capture_output=True, text=True)
        expect(done.returncode == 0 and "svdlens 0." in done.stdout, f"{command} --version: {done}")
    done = subprocess.run([program, "--version"], capture_output=True, text=True)
    for part in ("svdlens 0.", "revision", "build", "compiler"):
        expect(part in done.stdout and done.returncode == 0, f"--version: {done}")
    expect(os.listdir(folder) == [], f"help left files: {os.listdir(folder)}")
    for command in ("inspect", "analyse", "edges", "report"):
        out = [] if command == "inspect" else ["--out", os.path.join(folder, "out")]
        done = run([program, command, os.path.join(folder, "no such\nfile"), *out])
        expect(done.returncode == 1, f"{command} no such file: status {done.returncode}")
        expect_one_line(done.stderr, "no such\\nfile")
        expect(os.listdir(folder) == [], f"{command} left {os.listdir(folder)}")
    test_nothing_to_scan(program, folder)


# ---- layouts that no scheme knows ----


HEADS = 5


def run_both(command):
    return subprocess.run(command, capture_output=True, text=True)


def known_layout(path):
    """A model in TransformerLens' names, queries and keys included."""
    random_model(path, layers=3, heads=HEADS, d_model=37, d_head=7, d_mlp=53, norms=True)
    tensors, random = read_safetensors(path), np.random.default_rng(6)
    draw = lambda *shape: (random.standard_normal(shape, "f4") / 6).astype("f4")
    tensors["embed.W_E"] = draw(11, 37)
    for l in range(3):
        tensors[f"blocks.{l}.attn.W_Q"], tensors[f"blocks.{l}.attn.W_K"] = draw(HEADS, 37, 7), draw(HEADS, 37, 7)
        tensors[f"blocks.{l}.mlp.W_out"] = draw(53, 37)
    write_safetensors(path, tensors)
    return tensors


def with_layers(tensors, rename):
    """The layers' tensors by `rename(layer, part, values)`, a dictionary of each; the others by `rename(None, ...)`."""
    result = {}
    for name, values in tensors.items():
        found = re.fullmatch(r"blocks\.(\d+)\.(.*)", name)
        result.update(rename(int(found[1]), found[2], values) if found else rename(None, name, values))
    return {name: np.ascontiguousarray(values) for name, values in result.items()}


def transposed_heads(layer, part, values):
    outside = {"embed.W_E": "tokens", "unembed.W_U": "logits", "ln_final.w": "norm.gain", "ln_final.b": "norm.shift"}
    if layer is None:
        return {outside[part]: values.T if part == "unembed.W_U" else values}
    inside = {"ln1.w": "norm_a/gain", "ln1.b": "norm_a/shift", "ln2.w": "norm_b/gain", "ln2.b": "norm_b/shift"}
    inside.update({"attn.W_" + x: x.lower() for x in "QKVO"}, **{"mlp.W_in": "up", "mlp.W_out": "down"})
    axes = {"attn.W_O": (2, 1, 0), "mlp.W_in": (1, 0), "mlp.W_out": (1, 0)}
    order = (1, 2, 0) if part in ("attn.W_Q", "attn.W_K", "attn.W_V") else axes.get(part, (0,))
    return {f"net/{layer}/{inside[part]}": values.transpose(order)}


def tensor_a_head(layer, part, values):
    if layer is None or not part.startswith("attn."):
        return {part if layer is None else f"blocks.{layer}.{part}": values}
    names = {f"blocks.{layer}.attn.heads.{h}.{part[5:]}": each for h, each in enumerate(values)}
    if part == "attn.W_V":
        names.update({f"blocks.{layer}.attn.heads.{h}.mask": np.ones((3, 3), "f4") for h in range(HEADS)})
    return names


class values_first:
    def __init__(self, prefix):
        self.prefix, self.parts = prefix, {}

    def __call__(self, layer, part, values):
        at = f"{self.prefix}trunk.{layer}."
        if layer is None:
            names = {"embed.W_E": "words.weight", "ln_final.w": "end.weight", "ln_final.b": "end.bias"}
            return {"head.weight": values.T} if part == "unembed.W_U" else {self.prefix + names[part]: values}
        if part == "attn.W_O":
            return {at + "mix.back.weight": values.reshape(-1, values.shape[2]).T}
        if part.startswith("attn."):
            self.parts[layer, part[-1]] = values.transpose(0, 2, 1).reshape(-1, values.shape[1])
            all_three = [self.parts.get((layer, each)) for each in "VQK"]
            return {} if any(x is None for x in all_three) else {at + "mix.vqk.weight": np.concatenate(all_three)}
        names = {"mlp.W_in": "think.0.weight", "mlp.W_out": "think.2.weight", "ln1.w": "n1.weight", "ln1.b": "n1.bias"}
        names.update({"ln2.w": "n2.weight", "ln2.b": "n2.bias"})
        return {at + names[part]: values.T}


def plain_names(layer, part, values):
    """As somebody's own script may call them: nn.Linear's, square matrices among them."""
    outside = {"embed.W_E": "tok_embedding.weight", "unembed.W_U": "lm_head.weight", "ln_final.w": "final_norm.weight"}
    if layer is None:
        return {outside.get(part, "final_norm.bias"): values.T if part == "unembed.W_U" else values}
    at = f"encoder.blk.{layer}."
    if part.startswith("attn."):
        name = {"Q": "query", "K": "key", "V": "value", "O": "out"}[part[-1]]
        flat = values.reshape(-1, values.shape[2]).T if name == "out" else values.transpose(0, 2, 1).reshape(-1, 37)
        return {at + f"att.{name}.weight": flat}
    names = {"mlp.W_in": "ffn.up.weight", "mlp.W_out": "ffn.down.weight", "ln1.w": "norm1.weight", "ln1.b": "norm1.bias"}
    names.update({"ln2.w": "norm2.weight", "ln2.b": "norm2.bias"})
    return {at + names[part]: values.T}


def documented_schemes():
    """The examples of docs/schemes.md."""
    page = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "schemes.md")
    with open(page) as file:
        return [text for text in re.findall(r"```json\n(.*?)```", file.read(), re.S)]


def expect_known_edges(program, folder, model, options, path, what):
    """The edges are those that NumPy finds in the same model."""
    out = os.path.join(folder, "edges.csv")
    command = [program, "edges", path, *options, "--json", "--tail", "0.02", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True)
    expect(done.returncode == 0, f"{what}: {done.stderr}")
    found, printed = read_edges(out), read_result(done.stdout)
    for section in model.targets:
        compare_edges(model, section, "tails", 0.02, "scaled", found[section], printed[section])
    return done.stdout


def test_schemes(program, folder):
    known = os.path.join(folder, "known.safetensors")
    tensors = known_layout(known)
    model = plain_model(known, folded=True)
    path = lambda name: os.path.join(folder, name)
    heads = ["--n-heads", str(HEADS)]
    examples = documented_schemes()
    expect(len(examples) == 3, f"{len(examples)} examples in docs/schemes.md")
    cases = [
        (examples[0], transposed_heads, []),
        (examples[1], tensor_a_head, []),
        (examples[2], values_first("student.net."), heads),
        (examples[2], values_first("net."), heads),
    ]
    for k, (text, layout, options) in enumerate(cases):
        name, scheme = json.loads(text)["name"], path(f"scheme{k}.json")
        file = path(f"model{k}.safetensors")
        write_safetensors(file, with_layers(tensors, layout))
        with open(scheme, "w") as out:
            out.write(text)
        refused = run_both([program, "edges", file, *options])
        expect(refused.returncode == 1, f"{name} without its scheme: status {refused.returncode}")
        expect_one_line(refused.stderr, file)
        said = expect_known_edges(program, folder, model, ["--scheme", scheme, *options], file, name)
        assumed = json.loads(said)["model"]["assumed"]
        expect(any(scheme in line and "--scheme" in line for line in assumed), f"{name}: assumed {assumed}")
        expect(not options or any("n_heads 5" in line for line in assumed), f"{name}: assumed {assumed}")
        with open(path("edges.csv")) as csv_file:
            expect("--scheme" in csv_file.readline(), f"{name}: the table does not say its scheme")
        shown = run_both([program, "inspect", file, "--scheme", scheme, *options])
        expect(name in shown.stdout and "(--scheme)" in shown.stdout, f"{name}: {shown.stdout} {shown.stderr}")
    test_twisted(program, folder, path("model0.safetensors"), examples[0])
    test_suggestions(program, folder, tensors, model)
    test_wrong_schemes(program, folder, known, path("scheme0.json"))


def test_twisted(program, folder, file, text):
    """Heads and d_head exchanged: the edges are others, so that the comparison above sees it."""
    scheme, out = os.path.join(folder, "twisted.json"), os.path.join(folder, "twisted.csv")
    with open(scheme, "w") as changed:
        changed.write(text.replace('"d_model", "d_head", "n_heads"', '"d_model", "n_heads", "d_head"'))
    done = run_both([program, "edges", file, "--scheme", scheme, "--tail", "0.02", "--out", out])
    expect(done.returncode == 0, f"twisted: {done.stderr}")
    heads = {row["head"] for row in rows_of(out)}
    expect("L0H6" in heads, f"seven heads of five dimensions: {sorted(heads)}")


def test_suggestions(program, folder, tensors, model):
    path = lambda name: os.path.join(folder, name)
    file, scheme = path("plain.safetensors"), path("suggested.json")
    write_safetensors(file, with_layers(tensors, plain_names))
    done = run_both([program, "inspect", file, "--suggest-scheme", scheme])
    expect(done.returncode == 0 and "0 patterns left open" in done.stdout, f"{done.stdout} {done.stderr}")
    expect_known_edges(program, folder, model, ["--scheme", scheme, "--n-heads", "5"], file, "a suggestion")
    with open(scheme) as made:
        comment = json.load(made)["comment"]
    expect(any("assumed" in line for line in comment), f"comment {comment}")
    before = open(scheme).read()
    done = run_both([program, "inspect", file, "--suggest-scheme", scheme])
    expect(done.returncode == 1 and open(scheme).read() == before, "a suggestion overwrites a file")
    expect_one_line(done.stderr, "suggested.json", "may have been edited")
    # What is not sure is left out, so that nothing is read wrongly; the known layout's scheme is written out.
    fused = path("model2.safetensors")
    done = run_both([program, "inspect", fused, "--suggest-scheme", path("open.json")])
    expect(done.returncode == 0 and "left open" in done.stdout, f"{done.stdout} {done.stderr}")
    refused = run_both([program, "edges", fused, "--scheme", path("open.json"), "--n-heads", "5"])
    expect(refused.returncode == 1, f"an open suggestion is read: {refused}")
    known = path("known.safetensors")
    done = run_both([program, "inspect", known, "--suggest-scheme", path("written.json")])
    expect("the scheme of TransformerLens" in done.stdout, done.stdout)
    expect_known_edges(program, folder, model, ["--scheme", path("written.json")], known, "a known scheme written out")


def test_wrong_schemes(program, folder, known, scheme):
    path = lambda name: os.path.join(folder, name)
    with open(scheme) as file:
        text = file.read()
    for changed, parts in (
        (text.replace('"n_heads"]', '"n_haeds"]', 1), [":10: part W_Q", "n_haeds", "did you mean n_heads"]),
        (text.replace('"parts"', '"prts"'), ["prts", "did you mean parts"]),
        (text + "}", ["not valid JSON"]),
        (text.replace('"name"', '"name": "a", "name"'), [":2:", "twice"]),
    ):
        with open(path("wrong.json"), "w") as file:
            file.write(changed)
        for command in ("inspect", "edges"):
            done = run_both([program, command, known, "--scheme", path("wrong.json")])
            expect(done.returncode == 1, f"{command}: status {done.returncode}")
            expect_one_line(done.stderr, "wrong.json", *parts)
    done = run_both([program, "edges", known, "--scheme", scheme])
    expect(done.returncode == 1, f"a scheme that does not fit: {done}")
    expect_one_line(done.stderr, scheme, "known.safetensors", "not named as it says")
    done = run_both([program, "edges", known, "--scheme", path("nowhere.json")])
    expect(done.returncode == 1, f"no scheme: {done}")
    expect_one_line(done.stderr, "nowhere.json")
    done = run_both([program, "edges", known, "--n-heads", "4"])
    expect(done.returncode == 1, f"wrong heads: {done}")
    expect_one_line(done.stderr, "n_heads = 4", "known.safetensors")
    done = run_both([program, "edges", known, "--model-type", "granite"])
    expect(done.returncode == 1, f"another type: {done}")
    expect_one_line(done.stderr, "granite", "--model-type")
    done = run_both([program, "edges", known, "--model-type", "gpt2", "--json"])
    expect(any("gpt2" in line for line in json.loads(done.stdout)["model"]["assumed"]), done.stdout)
    gpt2 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model", "architectures", "gpt2", "model.safetensors")
    for heads, differs in (("2", True), ("3", False)):  # its config says 3
        assumed = json.loads(run_both([program, "edges", gpt2, "--n-heads", heads, "--json"]).stdout)["model"]["assumed"]
        expect(any("config.json says 3" in line for line in assumed) == differs, f"{heads} heads: {assumed}")
    done = run_both([program, "edges", known, "--n-heads", "0"])
    expect(done.returncode == 2, f"no heads: {done}")


def tables_of(program, model, out, *options):
    """The tables of an analysis by name, without the line that says where they come from; what it printed last."""
    done = run([program, "analyse", model, "--out", out, *options])
    expect(done.returncode == 0, f"{model}: status {done.returncode}: {done.stderr}")
    names = [name for name in os.listdir(out) if name.endswith(".csv")]
    tables = {name: open(os.path.join(out, name), encoding="utf-8").read().split("\n", 1)[1] for name in names}
    return tables, done.stdout


def test_torch(program, folder, samples):
    for name, options in (("decision_transformer", []), ("transformer_lens", ["--n-heads", "3"]), ("nanogpt", []), ("module", [])):
        def tables(ending):
            model = os.path.join(samples, name + ending)
            return tables_of(program, model, os.path.join(folder, name + ending), *options)[0]

        expected = tables(".safetensors")
        expect(len(expected) > 2, f"{name}: tables {sorted(expected)}")
        for ending in (".pt", ".legacy.pt"):
            expect(tables(ending) == expected, f"{name}{ending}: other tables than from safetensors")
        if name == "decision_transformer":
            text = "".join(expected.values())
            expect("pickup" in text and "key" in text, "labels of actions and features")
    several = os.path.join(samples, "module_in_dict.pt")
    text = run([program, "inspect", several, "--key", "optimizer"]).stderr
    expect_one_line(text, "module_in_dict.pt", "--key", '"model"')
    expect(run([program, "inspect", several, "--key", "model"]).returncode == 0, "--key model")
    expect_one_line(run([program, "analyse", os.path.join(samples, "refused_quantised.pt")]).stderr, "quantised", '"bad"')


def on_terminal(command, **variables):
    """What a command writes to a terminal as standard error, and its standard output."""
    mine, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, **variables}) as process:
        os.close(theirs)
        text = read_until(mine, b"(?!)", 60)
        out = process.stdout.read()
        process.wait()
    expect(process.returncode == 0, f"{command}: status {process.returncode}, {text!r}")
    return text, out.decode()


def test_terminal(program, folder):
    model, small = slow_model(folder), os.path.join(folder, "small.safetensors")
    random_model(small, layers=2, heads=3, d_model=16, d_head=4, d_mlp=24, norms=True)
    plain = [program, "edges", model, "--threads", "1"]
    text, _ = on_terminal(plain, TERM="xterm")
    expect(b"#" in text and b"\x1b[3" not in text, f"no bar, or colours: {text[:300]!r}")
    shares = [int(x) for x in re.findall(rb"\] +(\d+) %", text)]
    expect(shares == sorted(shares), f"the bar went back: {shares}")
    expect(all(len(line) <= 80 for line in text.decode().split("\r")), f"a bar over 80 columns: {text!r}")
    for variables in ({"TERM": "dumb"}, {"TERM": ""}):
        text, _ = on_terminal(plain, **variables)
        expect(text == b"", f"a bar with {variables}: {text!r}")
    text, _ = on_terminal(plain, TERM="xterm", NO_COLOR="1")
    expect(b"\x1b" not in text, f"escapes with NO_COLOR: {text!r}")
    text, _ = on_terminal(plain + ["--quiet"], TERM="xterm")
    expect(text == b"", f"--quiet: {text!r}")
    out = os.path.join(folder, "out")
    for command in (["inspect", small], ["analyse", small, "--out", out], ["analyse", small, "--verbose", "--out", out],
                    ["edges", small], ["report", small, "--out", out + ".html"], ["planted", "--out", out + ".safetensors"]):
        done = subprocess.run([program, *command], capture_output=True, text=True, check=True)
        expect(done.stderr == "" and "\x1b" not in done.stdout, f"{command}: {done.stderr!r}")
        names = (folder, "/")  # what the user named may be long
        wide = [l for l in done.stdout.splitlines() if len(l) > 80 and not any(n in l for n in names)]
        expect(not wide, f"{command}: over 80 columns: {wide}")
        done = subprocess.run([program, *command, "--json"], capture_output=True, text=True, check=True)
        expect(isinstance(json.loads(done.stdout), dict), f"{command} --json")
        done = subprocess.run([program, *command, "--quiet"], capture_output=True, text=True, check=True)
        expect(done.stdout == "" and done.stderr == "", f"{command} --quiet: {done}")


def test_truncation(program, folder):
    """A mapped file that becomes shorter while it is read ends with a message; one that was read does not care."""
    out = os.path.join(folder, "edges.csv")
    for options in ([], ["--no-mmap"]):
        model = slow_model(folder)
        command = [program, "edges", model, "--threads", "1", "--out", out, *options]
        before = work_of(folder)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            while process.poll() is None and work_of(os.path.dirname(out)) <= before:
                time.sleep(0.001)
            with open(model, "r+b") as file:
                file.truncate(1000)
            _, text = process.communicate()
        expect(process.returncode == (0 if options else 1), f"{options}: status {process.returncode}: {text!r}")
        if not options:
            expect_one_line(text, model, "shorter", "--no-mmap")
            remains = os.listdir(folder)
    expect(set(os.listdir(folder)) == {"slow.safetensors", "edges.csv"}, f"left by the first run: {remains}")


def test_completion(script, folder):
    """What bash would offer, with the program on the PATH."""
    def offered(*words):
        call = f'source "{script}"; COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _svdlens; printf "%s\\n" "${{COMPREPLY[@]}}"'
        return run_text(["bash", "-c", call]).split()

    expect(offered("svdlens", "an") == ["analyse"], f"commands: {offered('svdlens', 'an')}")
    expect(set(offered("svdlens", "''")) >= set(COMMANDS), "all commands")
    expect(offered("svdlens", "edges", "--score", "c") == ["cosine", "centered_cosine"], "scores")


def run_text(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def rows_of(path):
    with open(path, newline="") as file:
        file.readline()
        return list(csv.DictReader(file))


def test_filters(program, folder):
    model = os.path.join(folder, "model.safetensors")
    random_model(model, layers=3, heads=2, d_model=32, d_head=5, d_mlp=24, norms=True)
    out = os.path.join(folder, "out")

    def edges(*options):
        subprocess.run([program, "analyse", model, "--tail", "0.49", "--out", out, *options], check=True, stdout=subprocess.DEVNULL)
        return rows_of(os.path.join(out, "edges.csv"))

    everything = edges()
    key = lambda row: (row["section"], row["source"], row["target"])
    expect(len({key(r) for r in everything}) == len(everything), "an edge stands twice")
    for options, keeps in (
        (["--layers", "1"], lambda r: r["head"].startswith("L1")),
        (["--layers", "0,2"], lambda r: r["head"][1] in "02"),
        (["--heads", "L0H1,L2H0"], lambda r: r["head"] in ("L0H1", "L2H0")),
        (["--heads", "1"], lambda r: r["head"].endswith("H1")),
        (["--directions", "0-1"], lambda r: r["direction"] in "01"),
        (["--targets", "L2N3,L1N0"], lambda r: r["target"] in ("L2N3", "L1N0")),
        (["--layers", "0-1", "--heads", "L1H0", "--directions", "4"], lambda r: (r["head"], r["direction"]) == ("L1H0", "4")),
    ):
        rows = edges(*options)
        expect(rows and all(keeps(r) for r in rows), f"{options}: {[key(r) for r in rows if not keeps(r)][:3]}")
    subprocess.run([program, "analyse", model, "--out", out, "--targets", "L2N3,3"], check=True, stdout=subprocess.DEVNULL)
    blank, plain = edges("--heads", "L0H1, L2H0", "--layers", "0, 2"), edges("--heads", "L0H1,L2H0", "--layers", "0,2")
    expect(blank and blank == plain, "a blank behind a comma")
    for options, part in ((["--layers", "3"], "layers 0 to 2"), (["--layers", "0", "--heads", "L1H0"], "no row"), (["--heads", "L9H9"], "heads 0 to 1, or labels such as L0H0, L0H1, L1H0"),
                          (["--directions", "9"], "directions 0 to 4"), (["--targets", "nothing"], "such as L0N0, L0N1, L0N2")):
        done = run([program, "analyse", model, "--out", out, *options])
        expect(done.returncode == 2, f"{options}: status {done.returncode}")
        expect_one_line(done.stderr, part)
        done = run([program, "edges", model, *options])
        expect(done.returncode == 2, f"edges {options}: status {done.returncode}")
        expect_one_line(done.stderr, part)


def test_towers(program, folder):
    """Of a model with two towers one is read, the one that is meant; without a word none is."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    model = os.path.join(here, "model/architectures/clip")
    for command in ("analyse", "edges", "report"):
        done = run([program, command, model, "--out", os.path.join(folder, "none")])
        expect(done.returncode == 1, f"{command}: status {done.returncode}")
        expect_one_line(done.stderr, "several towers", "text (CLIP text), vision (CLIP vision)", "say which is meant: --tower")
        expect("{." not in done.stderr, f"C++ in {done.stderr}")
    for tower, neurons in (("text", 5), ("vision", 6)):
        table = os.path.join(folder, tower + ".csv")
        done = run([program, "edges", model, "--tower", tower, "--out", table])
        expect(done.returncode == 0, f"{tower}: {done}")
        read = {row["target"] for row in rows_of(table)}
        expect(any(name.startswith("L1N") for name in read), f"{tower}: {read}")
        expect(all(int(name[3:]) < neurons for name in read if name.startswith("L1N")), f"{tower}: {read}")
        expect(f"tower {tower} as given (--tower)" in first_line(table), first_line(table))
    done = run([program, "edges", model, "--tower", "audio"])
    expect(done.returncode == 1, f"audio: {done}")
    expect_one_line(done.stderr, '"audio"', "found text (CLIP text), vision (CLIP vision)")


def first_line(path):
    with open(path) as file:
        return file.readline()


def test_left_out(program, folder):
    """What no table holds is said on the screen, in the CSV files' first lines, in the manifest and on the page."""
    model, out = os.path.join(folder, "model.safetensors"), os.path.join(folder, "out")
    random_model(model, layers=2, heads=2, d_model=16, d_head=4, d_mlp=24, norms=True, unembed=False)
    tensors = {name: values.copy() for name, values in read_safetensors(model).items()}
    tensors["blocks.1.attn.W_V"][0, :, 3] = 0  # one direction of 16 is null space
    tensors["vision.patch.weight"] = np.ones((3, 5), "f4")
    write_safetensors(model, tensors)
    edges, page = os.path.join(folder, "edges.csv"), os.path.join(folder, "page.html")
    said = {}
    for name, command in (("analyse", ["analyse", model, "--out", out]), ("edges", ["edges", model, "--out", edges]),
                          ("report", ["report", model, "--out", page])):
        said[name] = run_text([program, *command])
    with open(os.path.join(out, "manifest.json")) as file:
        said["manifest"] = file.read()
    said["edges.csv"], said["edges' csv"] = first_line(os.path.join(out, "edges.csv")), first_line(edges)
    with open(page) as file:
        said["page"] = file.read()
    for where, text in said.items():
        text = " ".join(text.split())
        if where != "report":  # the page says it
            expect("null space" in text, f"null space is not said in {where}: {text[:600]}")
        expect("vision.patch.weight" in text, f"a tensor that nothing used is not said in {where}")
        if not where.startswith("edges'") and where != "edges":
            expect("no unembedding" in text, f"the missing unembedding is not said in {where}")
    subprocess.run([program, "analyse", model, "--layers", "1", "--out", out], check=True, stdout=subprocess.DEVNULL)
    expect("--layers 1" in first_line(os.path.join(out, "top.csv")), "the filter is not said in top.csv")


def test_adapter(program, folder, models):
    """A merged adapter is the merged model, on every way out; an adapter alone is NumPy's SVD of scale B A."""
    adapter, base = os.path.join(models, "compounds/adapters/llama_queries_and_values"), os.path.join(models, "architectures/llama")
    merged, out, other = os.path.join(adapter, "merged"), os.path.join(folder, "out"), os.path.join(folder, "other")
    subprocess.run([program, "analyse", adapter, "--base", base, "--out", out, "-q"], check=True)
    subprocess.run([program, "analyse", merged, "--out", other, "-q"], check=True)
    found, expected = rows_of(os.path.join(out, "singular_values.csv")), rows_of(os.path.join(other, "singular_values.csv"))
    expect(len(found) == len(expected) and len(found) > 0, "another number of singular values")
    for one, two in zip(found, expected):
        expect(abs(float(one["value"]) - float(two["value"])) <= 1e-5 * max(1, float(two["value"])), f"{one} is not {two}")
    line = first_line(os.path.join(out, "edges.csv"))
    expect("adapter llama_queries_and_values (4 updates, scale 2)" in line, f"the adapter is not said: {line}")
    with open(os.path.join(out, "manifest.json")) as file:
        text = file.read()
    for name in ("adapter_model.safetensors", "adapter_config.json", "model.safetensors"):
        expect(name in text, f"{name} is not in the manifest")
    expect("merged" in run_text([program, "inspect", adapter, "--base", base]), "inspect does not say what was merged")
    for command in ("edges", "report"):
        done = subprocess.run([program, command, adapter, "--out", os.path.join(folder, "x")], capture_output=True, text=True)
        expect(done.returncode != 0, f"{command} of an adapter alone")
        expect_one_line(done.stderr, "--base", "is an adapter")
    done = subprocess.run([program, "inspect", base, "--base", base], capture_output=True, text=True)
    expect(done.returncode != 0, "a model is no adapter")
    expect_one_line(done.stderr, "expected adapter_model.safetensors")
    # alone
    for options in (["--raw"], ["--n-heads", "7"], ["--vectors", "reads:NOPE:W@resid_pre.1"], ["--prefix", "q."], ["--tower", "text"], ["--key", "z"]):
        for command in ("inspect", "analyse"):
            if options == ["--raw"] and command == "inspect":
                continue
            done = subprocess.run([program, command, adapter, *options], cwd=folder, capture_output=True, text=True)
            expect(done.returncode == 2, f"{command} {options}: status {done.returncode}: {done.stderr}")
            expect(options[0] in done.stderr and "--base" in done.stderr, done.stderr)
    tensors = read_safetensors(os.path.join(adapter, "adapter_model.safetensors"))
    subprocess.run([program, "analyse", adapter, "--out", out, "-q"], check=True)
    values = {}
    for row in rows_of(os.path.join(out, "singular_values.csv")):
        values.setdefault(row["head"], []).append(float(row["value"]))
    expect(len(values) == 4, f"expected 4 updates, found {sorted(values)}")
    for layer in range(2):
        for module in ("self_attn.q_proj", "self_attn.v_proj"):
            at = f"base_model.model.model.layers.{layer}.{module}."
            a, b = tensors[at + "lora_A.weight"].astype("f8"), tensors[at + "lora_B.weight"].astype("f8")
            s = np.linalg.svd(2 * b @ a, compute_uv=False)[:2]
            expect(np.allclose(values[f"L{layer}.{module}"], s, rtol=1e-5), f"{values[f'L{layer}.{module}']} is not {s}")
    everything = os.path.join(models, "compounds/adapters/llama_everything")
    text = run_text([program, "inspect", everything])
    for word in ("self_attn.o_proj", "the stream", "its own input", "lm_head"):
        expect(word in text, f"{word} is not in {text}")
    modules = {each["module"]: each for each in json.loads(run_text([program, "inspect", everything, "--json"]))["modules"]}
    expect(modules["mlp.down_proj"]["writes"] == "the stream" and modules["mlp.down_proj"]["layers"] == 2, f"{modules}")
    subprocess.run([program, "analyse", everything, "--tail", "0.1", "--out", out, "-q"], check=True)
    expect(any(row["source"].startswith("L0.mlp.down_proj.") and row["target"].startswith("L1.") for row in rows_of(os.path.join(out, "edges.csv"))),
           "no update of layer 0 feeds one of layer 1")


# ---- what a run reads stays ----


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


def test_inputs(program, folder, models):
    """No command replaces a file that it reads, or one that it has not written."""
    path = lambda *names: os.path.join(folder, *names)
    shutil.copytree(os.path.join(models, "compounds/adapters/llama_queries_and_values"), path("lora"))
    base, model = os.path.join(models, "architectures/llama"), path("model.safetensors")
    shutil.copytree(base, path("base"))
    tensors = known_layout(model)
    shutil.copy(model, path("other.safetensors"))
    scheme, made, labels = path("scheme.json"), path("made.safetensors"), path("labels.csv")
    subprocess.run([program, "inspect", model, "--suggest-scheme", scheme, "-q"], check=True)
    with open(labels, "w") as file:  # one that looks like a table of ours, too
        file.write("# svdlens labels\n" + "x\n" * 6)
    write_safetensors(path("sae.safetensors"), {"W": np.ones((7, 37), "f4")})
    vectors = ["--vectors", f"f=reads:{path('sae.safetensors')}:W@resid_mid.0:{labels}"]
    for arguments, kept in (
        ([path("lora"), "--base", path("base")], path("lora", "adapter_model.safetensors")),
        ([path("lora"), "--base", path("base")], path("lora", "adapter_config.json")),
        ([path("lora"), "--base", path("base")], path("base", "config.json")),
        ([path("lora"), "--base", path("base")], path("base", "model.safetensors")),
        ([model, "--scheme", scheme], scheme),
        ([model, *vectors], path("sae.safetensors")),
        ([model, *vectors], labels),
        ([model], path("other.safetensors")),
    ):
        before = bytes_of(kept)
        for command in ("edges", "report", "analyse"):
            done = run([program, command, *arguments, "--out", kept])
            expect(done.returncode == 1, f"{command} {arguments} over {kept}: status {done.returncode}: {done.stderr}")
            expect_one_line(done.stderr, os.path.basename(kept))
            expect(bytes_of(kept) == before, f"{command} {arguments}: {kept} was changed")
    done = run([program, "edges", model, *vectors, "--out", labels])
    expect_one_line(done.stderr, "labels.csv", "it is read in this run", "(--out)")
    # a file of that name in the folder of results
    for name, arguments in (("edges.csv", ["--scheme"]), ("graph.html", ["--scheme"])):
        os.makedirs(path("results"), exist_ok=True)
        shutil.copy(scheme, path("results", name))
        done = run([program, "analyse", model, *arguments, path("results", name), "--out", path("results")])
        expect(done.returncode == 1 and bytes_of(path("results", name)) == bytes_of(scheme), f"analyse over its {name}: {done.stderr}")
        os.remove(path("results", name))
    # its own results are replaced; an empty file and a new name are free
    out, page = path("edges.csv"), path("page.html")
    open(out, "w").close()
    for command in (["edges", model, "--out", out], ["report", model, "--out", page], ["planted", "--out", made]):
        for _ in range(2):
            done = run([program, *command, "-q"])
            expect(done.returncode == 0, f"{command} again: {done.stderr}")
    for command in (["edges", model, "--out", page], ["report", model, "--out", out], ["planted", "--out", model], ["edges", model, "--out", made]):
        before = bytes_of(command[-1])
        done = run([program, *command])
        expect(done.returncode == 1 and bytes_of(command[-1]) == before, f"{command}: {done}")
        expect_one_line(done.stderr, "no earlier result of this command", "take it away", "--out")
    check_parts(program, folder, tensors)
    check_keys(program, folder, tensors)


def check_parts(program, folder, tensors):
    """One file of several is no model, whatever config stands there."""
    names = sorted(tensors)
    for k in (1, 2):
        write_safetensors(os.path.join(folder, f"model-0000{k}-of-00002.safetensors"), {n: tensors[n] for n in names if (k == 1) == n.startswith("blocks.0")})
    write_safetensors(os.path.join(folder, "model-00001-of-00001.safetensors"), tensors)
    part = os.path.join(folder, "model-00001-of-00002.safetensors")
    for command in ("edges", "report", "analyse"):
        out = os.path.join(folder, "of_a_part")
        done = run([program, command, part, "--out", out])
        expect(done.returncode == 1, f"{command} of one of two files: status {done.returncode}")
        expect_one_line(done.stderr, "model-00001-of-00002.safetensors", "is one of 2 files", "name their folder")
    text = " ".join(run_text([program, "inspect", part]).split())
    expect("Not read as a transformer" in text and "is one of 2 files" in text, text[-300:])
    expect(run([program, "edges", os.path.join(folder, "model-00001-of-00001.safetensors")]).returncode == 0, "the only file of one")


def check_keys(program, folder, tensors):
    """Which state dict was read is said, and which were not."""
    at, out, page, csv_file = (os.path.join(folder, name) for name in ("pair.pt", "pair", "pair.html", "pair.csv"))
    write_torch(at, {"model": tensors, "ema": tensors, "teacher": {"head": np.ones((3, 2))}})
    for options, said in (([], "read: model; not read: ema, teacher (--key ema)"), (["--key", "ema"], 'state dict "ema" as given (--key)')):
        texts = {name: run_text([program, name, at, *options, *rest]) for name, rest in (("inspect", []), ("edges", ["--out", csv_file]), ("analyse", ["--out", out]))}
        run_text([program, "report", at, *options, "--out", page])
        with open(page) as file:
            expect(f"pair.pt{' --key ema' if options else ''} --q 0.05 --out circuit" in file.read(), f"{options}: how to make the page again")
        texts["json"] = run_text([program, "edges", at, *options, "--json"]).replace('\\"', '"')
        texts.update({"csv": first_line(csv_file), "top.csv": first_line(os.path.join(out, "top.csv"))})
        for name in (page, os.path.join(out, "manifest.json")):
            with open(name) as file:
                texts[name] = file.read().replace("&quot;", '"').replace('\\"', '"')
        for where, text in texts.items():
            expect(said in " ".join(text.split()), f"{options}: {said!r} is not said in {where}: {text[:1500]}")
    wrapped = os.path.join(folder, "wrapped.safetensors")
    write_safetensors(wrapped, {"_orig_mod.module." + name: values for name, values in tensors.items()})
    text = " ".join(run_text([program, "inspect", wrapped]).split())
    expect("dropped module., _orig_mod." in text, f"wrappers: {text[-1500:]}")
    expect("dropped" not in run_text([program, "inspect", os.path.join(folder, "model.safetensors")]), "no wrapper")
    check_no_models(program, folder)


def check_no_models(program, folder):
    """What is named in a model's place says what it is."""
    path = lambda name: os.path.join(folder, name)
    for name, text in (("notes.pt", "these are my notes on the model\n" * 9), ("config.json", '{"model_type": "gpt2"}'), ("vocab.json", '{"a": 0}')):
        with open(path(name), "w") as file:
            file.write(text)
    write_torch(path("optimizer.pt"), {"state": {"0": {"exp_avg": np.ones((2, 2))}}, "param_groups": {}})
    for name, said in (("notes.pt", "text"), ("config.json", "name its folder"), ("vocab.json", "name its folder"), ("optimizer.pt", "the state of an optimizer")):
        for command in ("inspect", "edges"):
            done = run([program, command, path(name)])
            expect(done.returncode == 1, f"{command} {name}: status {done.returncode}")
            expect_one_line(done.stderr, name, said)
    # remedies are in the program's words
    for memory, said in (("0", "filter to fewer rows"), ("1kB", "expected at most 1000")):
        done = run([program, "analyse", path("model.safetensors"), "--tail", "0.4", "--memory", memory, "--out", path("no_memory")])
        expect(done.returncode == 1 and "::" not in done.stderr, f"--memory {memory}: {done}")
        expect_one_line(done.stderr, "model.safetensors", "--memory 4GiB", said)


# ---- the page from a checkpoint to a result ----


def write_torch(path, tree):
    """A zip as torch.save writes it, of nested dicts of arrays: the pickle names torch's functions, which are not there."""
    def stub(module, name):
        made = type(name, (), {})
        made.__module__, made.__qualname__ = module, name
        sys.modules.setdefault(module, types.ModuleType(module))
        setattr(sys.modules[module], name, made)
        return made

    rebuild, storage = stub("torch._utils", "_rebuild_tensor_v2"), stub("torch", "FloatStorage")
    arrays = []

    class tensor:
        def __init__(self, values):
            self.values = np.ascontiguousarray(values, "f4")

        def __reduce__(self):
            strides = tuple(each // 4 for each in self.values.strides)
            return rebuild, (self, 0, self.values.shape, strides, False, collections.OrderedDict())

    class pickler(pickle.Pickler):
        inside = None

        def persistent_id(self, what):
            if not isinstance(what, tensor):
                return None
            if self.inside is not what:  # the tensor first, then what it hangs on
                self.inside = what
                return None
            arrays.append(what.values)
            return "storage", storage, str(len(arrays) - 1), "cpu", what.values.size

    wrapped = lambda node: {k: wrapped(v) for k, v in node.items()} if isinstance(node, dict) else tensor(node)
    text = io.BytesIO()
    pickler(text, 2).dump(wrapped(tree))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", text.getvalue())
        for k, values in enumerate(arrays):
            file.writestr(f"archive/data/{k}", values.tobytes())
        file.writestr("archive/version", "3\n")


def held_checkpoints(folder, tests):
    """What the page's commands name; and the number of heads of those that need it."""
    path = lambda *names: os.path.join(folder, *names)
    models = os.path.join(tests, "model")
    for name, at in (("gpt2", "architectures/gpt2"), ("base", "architectures/llama"),
                     ("adapter", "compounds/adapters/llama_queries_and_values")):
        shutil.copytree(os.path.join(models, at), path(name))
    shutil.copy(os.path.join(tests, "io", "pytorch", "decision_transformer.pt"), path("agent.pt"))
    gpt2 = path("gpt2", "model.safetensors")
    shutil.copy(gpt2, path("bare.safetensors"))
    os.makedirs(path("variants"))
    for name in ("model.safetensors", "model.fp16.safetensors"):
        shutil.copy(gpt2, path("variants", name))
    shutil.copy(path("gpt2", "config.json"), path("variants"))
    os.makedirs(path("models--org--name", "refs"))
    with open(path("models--org--name", "refs", "main"), "w") as file:
        file.write("0123abc")
    shutil.copytree(path("gpt2"), path("models--org--name", "snapshots", "0123abc"))
    write_safetensors(path("sae.safetensors"), {"W_enc": np.random.default_rng(2).standard_normal((9, 6), "f4")})
    tensors = known_layout(path("known.safetensors"))
    write_safetensors(path("mine.safetensors"), with_layers(tensors, plain_names))
    write_torch(path("nested.pt"), {"agent": {"actor": tensors, "critic": {"value": np.ones((3, 2))}}, "target": tensors})
    return {"bare": "3", "mine": str(HEADS)}


def test_checkpoints(program, folder, tests):
    page = os.path.join(tests, "..", "docs", "checkpoints.md")
    with open(page) as file:
        text = file.read()
    commands = [line for block in re.findall(r"```sh\n(.*?)```", text, re.S) for line in block.splitlines()]
    commands += re.findall(r"`(svdlens [^`]* [^`]*)`", text)
    heads = held_checkpoints(folder, tests)
    ran = set()
    for line in commands:
        words = line.split()
        if line in ran or len(words) < 3:
            continue
        ran.add(line)
        if "--n-heads" in words:
            words[words.index("--n-heads") + 1] = heads[words[2].split(".")[0]]
        done = subprocess.run([program, *words[1:]], cwd=folder, capture_output=True, text=True)
        expect(done.returncode == 0, f"{line}: status {done.returncode}: {done.stderr}")
    expect(len(ran) >= 14, f"{len(ran)} commands: {sorted(ran)}")
    for model, said in (("nested.pt", "--key"), ("variants", None), ("bare.safetensors", "--n-heads")):
        done = subprocess.run([program, "edges", model], cwd=folder, capture_output=True, text=True)
        expect((done.returncode != 0) == (said is not None), f"{model}: status {done.returncode}: {done.stderr}")
        if said is not None:
            expect_one_line(done.stderr, model, said)
    done = subprocess.run([program, "analyse", "agent.pt", "--out", "labels"], cwd=folder, capture_output=True, text=True)
    table = open(os.path.join(folder, "labels", "top.csv"), encoding="utf-8").read()
    expect("pickup" in table, "labels of actions")


# ---- vectors of one's own ----


def transcoder(folder):
    """A model of two layers, and a transcoder as circuit-tracer stores it (n x d_model), and with encoders as SAELens
    stores them (d_model x n), a file a layer."""
    model = os.path.join(folder, "model.safetensors")
    random_model(model, layers=2, heads=2, d_model=16, d_head=4, d_mlp=24, norms=True)
    random = np.random.default_rng(11)
    draw = lambda *shape: random.standard_normal(shape, "f4")
    tensors = dict(read_safetensors(model), **{"embed.W_E": draw(11, 16)})
    for l in range(2):
        tensors[f"blocks.{l}.mlp.W_out"] = draw(24, 16)
    write_safetensors(model, tensors)
    coder = {f"{name}_{l}": draw(7, 16) for l in range(2) for name in ("W_enc", "W_dec")}
    coder["steer"], coder["square"], coder["stacked"] = draw(16), draw(16, 16), draw(2, 7, 16)
    write_safetensors(os.path.join(folder, "coder.safetensors"), coder)
    for l in range(2):
        turned = {"W_enc": np.ascontiguousarray(coder[f"W_enc_{l}"].T), "W_dec": coder[f"W_dec_{l}"]}
        write_safetensors(os.path.join(folder, f"layer_{l}.safetensors"), turned)
    with open(os.path.join(folder, "labels.txt"), "w") as file:
        file.write("cat\ndog\r\nfish\na b\n\"q\"\ncat\nlast")
    return model, tensors, coder


def folded(tensors, name, norm):
    w = tensors[name].astype("f8") * tensors[norm + ".w"].astype("f8")[:, None]
    return w - w.mean(axis=0)


def expected_of_vectors(tensors, coder, plain):
    """Every score of every section, by source and target; of directions without their signs."""
    enc, dec = ([coder[f"{name}_{l}"].astype("f8") for l in range(2)] for name in ("W_enc", "W_dec"))
    w_out = [tensors[f"blocks.{l}.mlp.W_out"].astype("f8") for l in range(2)]
    w_in = [folded(tensors, f"blocks.{l}.mlp.W_in", f"blocks.{l}.ln2") for l in range(2)]
    sections = {name: {} for name in ("tc_to_tc", "mlp_out_to_tc", "embed_to_tc", "tc_to_mlp_in", "tc_to_unembed", "ov_to_tc", "tc_to_ov")}

    def add(section, source, target, scores):
        for (i, j), value in np.ndenumerate(scores):
            sections[section][source.format(i), target.format(j)] = value

    add("tc_to_tc", "tc.L0.{}", "tc.L1.{}", dec[0] @ enc[1].T)
    add("mlp_out_to_tc", "L0N{}", "tc.L1.{}", w_out[0] @ enc[1].T)
    add("tc_to_mlp_in", "tc.L0.{}", "L1N{}", dec[0] @ w_in[1])
    for l in range(2):
        add("embed_to_tc", "{}", f"tc.L{l}.{{}}", tensors["embed.W_E"].astype("f8") @ enc[l].T)
        add("tc_to_unembed", f"tc.L{l}.{{}}", "{}", dec[l] @ folded(tensors, "unembed.W_U", "ln_final"))
    for layer, head, k, v, u, s in plain:
        for l in range(2):
            if layer <= l:  # resid_mid is behind the attention of its layer
                add("ov_to_tc", f"L{layer}H{head}.{k}", f"tc.L{l}.{{}}", np.abs(s * (v[None] @ enc[l].T)))
            if l < layer:
                add("tc_to_ov", f"tc.L{l}.{{}}", f"L{layer}H{head}.{k}", np.abs(s * (dec[l] @ u[:, None])))
    return sections


def both_sides(tensors):
    for l in range(2):
        gain = tensors[f"blocks.{l}.ln1.w"].astype("f8")[:, None]
        for h in range(2):
            w_v = tensors[f"blocks.{l}.attn.W_V"][h].astype("f8") * gain
            u, s, vt = np.linalg.svd((w_v - w_v.mean(axis=0)) @ tensors[f"blocks.{l}.attn.W_O"][h].astype("f8"))
            for k in range(4):
                yield l, h, k, vt[k], u[:, k], s[k]


def compare_vectors(found, expected, what):
    sections = {}
    for row in found:
        sections.setdefault(row["section"], {})[row["source"], row["target"]] = row
    for section, scores in expected.items():
        rows = sections.get(section, {})
        expect(rows.keys() == scores.keys(), f"{what} {section}: {len(rows)} rows, expected {len(scores)}: {sorted(rows)[:2]}, {sorted(scores)[:2]}")
        of_heads = "ov" in section
        for key, value in scores.items():
            score = float(rows[key]["score"])
            off = abs((abs(score) if of_heads else score) - value)
            expect(off < 2e-5, f"{what} {section} {key}: {score}, expected {value}")
            expect((rows[key]["head"] != "") == of_heads, f"{what} {section} {key}: head {rows[key]['head']!r}")
    return {name: len(rows) for name, rows in sections.items()}


def check_dictionaries(program, folder, model, tensors, coder):
    out = os.path.join(folder, "edges.csv")
    expected = expected_of_vectors(tensors, coder, list(both_sides(tensors)))

    def edges(*vectors, rest=("--top", "100000")):
        options = [x for v in vectors for x in ("--vectors", v)]
        subprocess.run([program, "edges", model, *options, *rest, "--out", out], check=True, stdout=subprocess.DEVNULL)
        return rows_of(out)

    at = os.path.join(folder, "coder.safetensors")
    by_layer = os.path.join(folder, "layer_{layer}.safetensors")
    for what, reads, writes in (("one file", f"{at}:W_enc_{{l}}", f"{at}:W_dec_{{layer}}"), ("a file a layer", f"{by_layer}:W_enc", f"{by_layer}:W_dec[n,d_model]")):
        rows = edges(f"tc=reads:{reads}@resid_mid.*", f"tc=writes:{writes}@mlp_out.*")
        counts = compare_vectors(rows, expected, what)
        print(what, counts)
    said = first_line(out)
    expect("read the stream itself at resid_mid of every layer, before any norm: as stored, not centred" in said, said)
    expect("write at mlp_out of every layer" in said, said)
    without = edges(rest=("--top", "100000"))
    expect([r for r in rows if r["section"] == "ov_to_mlp_in"] == without, "other tables changed")
    one = edges(f"reads:{at}:W_enc_{{l}}@resid_mid.1", f"writes:{at}:steer@resid_pre.1")
    alone = {(r["source"], r["target"]): float(r["score"]) for r in one if r["section"] == "steer_to_W_enc"}
    value = coder["W_enc_1"].astype("f8") @ coder["steer"].astype("f8")
    expect(len(alone) == 7 and all(abs(alone["steer.L1.0", f"W_enc.L1.{j}"] - value[j]) < 2e-5 for j in range(7)), f"{alone}")
    square = edges(f"reads:{at}:square[d_model,n]@resid_post.0", f"writes:{at}:steer@resid_mid.0")
    turned = {r["target"]: float(r["score"]) for r in square if r["section"] == "steer_to_square"}
    value = coder["steer"].astype("f8") @ coder["square"].astype("f8")
    expect(len(turned) == 16 and all(abs(turned[f"square.L0.{j}"] - value[j]) < 2e-5 for j in range(16)), f"{turned}")
    named = edges(f"tc=reads:{at}:W_enc_{{l}}@resid_mid.*:{folder}/labels.txt")
    expect({r["target"] for r in named if r["section"] == "ov_to_tc"} == {f"tc.L{l}.{x}" for l in range(2) for x in ("cat", "dog", "fish", "a b", '"q"', "last")}, "labels")


def check_neurons(program, folder, model):
    """W_in behind the same norm is the neurons, bit for bit."""
    out = os.path.join(folder, "edges.csv")
    for place, *rest in (("ln2",), ("ln2", "--raw"), ("resid_mid", "--raw"), ("ln2", "--score", "cosine"), ("ln2", "--tail", "0.3")):
        rest = rest if "--tail" in rest else [*rest, "--top", "100000"]
        command = [program, "edges", model, "--vectors", f"copy=reads:{model}:blocks.{{layer}}.mlp.W_in@{place}.*", *rest, "--out", out]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        tables = {}
        for row in rows_of(out):
            tables.setdefault(row.pop("section"), []).append(row)
        for row in tables["ov_to_copy"]:
            row["target"] = re.sub(r"^copy\.L(\d+)\.(\d+)$", r"L\1N\2", row["target"])
        expect(len(tables["ov_to_mlp_in"]) > 100, f"{place} {rest}: few rows")
        expect(tables["ov_to_copy"] == tables["ov_to_mlp_in"], f"neurons at {place} {rest}: another table")


def check_outputs(program, folder, model):
    """Every table, graph and page has them."""
    at, out, page = os.path.join(folder, "coder.safetensors"), os.path.join(folder, "out"), os.path.join(folder, "page.html")
    vectors = ["--vectors", f"tc=reads:{at}:W_enc_{{l}}@resid_mid.*", "--vectors", f"tc=writes:{at}:W_dec_{{l}}@mlp_out.*"]
    text = run_text([program, "analyse", model, *vectors, "--tail", "0.2", "--out", out, "--verbose"])
    sections = {"ov_to_tc", "tc_to_tc", "tc_to_ov", "tc_to_mlp_in", "tc_to_unembed", "mlp_out_to_tc", "embed_to_tc"}
    for name in ("edges.csv", "describe.csv", "top.csv", "components.csv"):
        missing = sections - {r["section"] for r in rows_of(os.path.join(out, name))}
        expect(not missing, f"{name}: no {missing}")
    for said in (text, first_line(os.path.join(out, "edges.csv"))):
        expect("resid_mid of every layer, before any norm" in " ".join(said.split()), said[:500])
    with open(os.path.join(out, "graph.graphml")) as file:
        graph = file.read()
    expect('<data key="entity">tc</data>' in graph and "tc.L1.3" in graph, "graph.graphml has no feature")
    with open(os.path.join(out, "manifest.json")) as file:
        files = {each["name"] for each in json.load(file)["model_files"]}
    expect({"model.safetensors", "coder.safetensors"} <= files, f"manifest: {files}")
    top = [r for r in rows_of(os.path.join(out, "top.csv")) if r["section"] == "tc_to_tc"]
    expect([r["rank"] for r in top] == "1 2 3 4 5 -1 -2 -3 -4 -5".split() and top[0]["head"].startswith("tc.L0."), f"top: {top[:2]}")
    found = json.loads(run_text([program, "analyse", model, *vectors, "--out", out, "--json"]))
    expect(sections <= {each["section"] for each in found["sections"]}, "sections of --json")
    for options, keeps in ((["--targets", "tc.L1.3"], lambda r: "tc.L1.3" in (r["source"], r["target"])), (["--layers", "0"], lambda r: "L0" in r["source"] + r["target"])):
        subprocess.run([program, "analyse", model, *vectors, *options, "--tail", "0.3", "--out", out], check=True, stdout=subprocess.DEVNULL)
        rows = rows_of(os.path.join(out, "edges.csv"))
        expect(rows and all(keeps(r) for r in rows), f"{options}: {[r for r in rows if not keeps(r)][:2]}")
    subprocess.run([program, "report", model, *vectors, "--out", page], check=True, stdout=subprocess.DEVNULL)
    with open(page) as file:
        html = file.read()
    for name in sections:
        expect(name in html, f"the page has no {name}")
    done = run([program, "edges", model, *vectors, "--out", at])
    expect(done.returncode == 1, f"a file of --vectors was replaced: status {done.returncode}")
    expect_one_line(done.stderr, "coder.safetensors")


def check_refusals(program, folder, model):
    at = os.path.join(folder, "coder.safetensors")
    for spec, status, *parts in (
        (f"reads:{folder}/none.safetensors:W@resid_mid.0", 1, "none.safetensors"),
        (f"reads:{at}:W_enk_0@resid_mid.0", 1, 'no tensor "W_enk_0"', 'nearest: "W_enc_0"'),
        (f"reads:{at}:W_enc_{{l}}@resid_mid.2", 1, 'no tensor "W_enc_2"'),
        (f"reads:{at}:W_enc_0@resid_mid.2", 1, "no layer 2: the model has layers 0 to 1"),
        (f"reads:{at}:square@resid_mid.0", 1, 'tensor "square"', "both axes are d_model = 16", "[d_model,n] or [n,d_model]"),
        (f"reads:{at}:stacked@resid_mid.0", 1, "found 3 axes [2, 7, 16]"),
        (f"reads:{model}:blocks.0.attn.W_V@resid_mid.0", 1, "3 axes"),
        (f"reads:{at}:W_enc_0[d_model,n]@resid_mid.0", 1, "expected the first axis to be d_model = 16, found [7, 16]"),
        (f"reads:{at}:W_enc_0[d_model]@resid_mid.0", 2, "expected [d_model,n] or [n,d_model]"),
        (f"reads:{at}:W_enc_0@resid_mod.0", 2, 'no site "resid_mod"', "resid_pre, resid_mid, resid_post", "did you mean resid_mid?"),
        (f"reads:{at}:W_enc_0@resid_mid", 2, "@SITE.LAYER"),
        (f"reads:{at}:W_enc_0@resid_mid.x", 2, "layer"),
        (f"reads:{at}:W_enc_0@resid_mid.*", 2, "{layer}"),
        (f"read:{at}:W_enc_0@resid_mid.0", 2, "reads|writes"),
        (f"reads:W_enc_0@resid_mid.0", 2, "FILE:TENSOR"),
        (f"reads:{at}:W_enc_0@mlp_out.0", 1, "written only"),
        (f"writes:{at}:W_dec_0@ln2.0", 1, "read only"),
        (f"ov=writes:{at}:W_dec_0@mlp_out.0", 1, '"ov"', "give another"),
        (f"reads:{at}:W_enc_0@resid_mid.0:{folder}/none.txt", 1, "none.txt"),
        (f"reads:{at}:W_enc_0@resid_mid.0:{model}", 1, "model.safetensors", "expected a line for each of the 7 vectors"),
        (f"reads:{folder}/x.npz:W@resid_mid.0", 1, "x.npz", "safetensors.numpy.save_file"),
    ):
        done = run([program, "edges", model, "--vectors", spec])
        expect(done.returncode == status, f"{spec}: status {done.returncode}: {done.stderr}")
        expect_one_line(done.stderr, *parts)
    twice = ["--vectors", f"reads:{at}:W_enc_0@resid_mid.0", "--vectors", f"writes:{folder}/layer_0.safetensors:W_enc@resid_mid.0"]
    expect(run([program, "edges", model, *twice]).returncode == 0, "two names")
    done = run([program, "edges", model, *twice[:2], *twice[:2]])
    expect(done.returncode == 2, f"one name twice: {done.returncode}")
    expect_one_line(done.stderr, '"W_enc_0"', "NAME=reads")


def test_vectors(program, folder):
    model, tensors, coder = transcoder(folder)
    check_dictionaries(program, folder, model, tensors, coder)
    check_neurons(program, folder, model)
    check_refusals(program, folder, model)
    check_outputs(program, folder, model)


# ---- whole or untouched ----


def model_with_a_channel(path, layers, heads, d_model, d_head, d_mlp):
    """All parts, random; neuron L0N3 writes what L1N5 reads, and head L0H1 what L1H0's queries read."""
    random = np.random.default_rng(8)
    draw = lambda *shape: (random.standard_normal(shape, "f4") / d_model**0.5).astype("f4")
    tensors = {"embed.W_E": draw(11, d_model), "pos_embed.W_pos": draw(13, d_model), "unembed.W_U": draw(d_model, 11)}
    for l in range(layers):
        at = f"blocks.{l}."
        for name in ("W_Q", "W_K", "W_V"):
            tensors[at + "attn." + name] = draw(heads, d_model, d_head)
        tensors[at + "attn.W_O"] = draw(heads, d_head, d_model)
        tensors[at + "mlp.W_in"], tensors[at + "mlp.W_out"] = draw(d_model, d_mlp), draw(d_mlp, d_model)
    tensors["blocks.1.mlp.W_in"][:, 5] = tensors["blocks.0.mlp.W_out"][3] + draw(d_model) / 4
    tensors["blocks.1.attn.W_Q"][0] = tensors["blocks.0.attn.W_O"][1].T + draw(d_model, d_head) / 4
    write_safetensors(path, tensors)


def test_map(program, folder):
    model, out = os.path.join(folder, "model.safetensors"), os.path.join(folder, "map.csv")
    layers, heads, neurons = 2, 3, 40
    model_with_a_channel(model, layers, heads, 48, 6, neurons)
    done = subprocess.run([program, "map", model, "--json", "--out", out], capture_output=True, text=True)
    expect(done.returncode == 0 and done.stderr == "", f"status {done.returncode}: {done.stderr}")
    result = json.loads(done.stdout)
    tables = {table["section"]: table for table in result["tables"]}
    expect(len(tables) == 18, f"tables {list(tables)}")
    rows = {"head_to_key": heads**2, "head_to_mlp_in": 3 * heads * neurons, "mlp_out_to_value": heads * neurons,
            "mlp_out_to_mlp_in": neurons**2, "embedding_to_query": layers * heads, "positions_to_mlp_in": layers * neurons,
            "head_to_unembedding": layers * heads, "mlp_out_to_unembedding": layers * neurons}
    for section, count in rows.items():
        expect(tables[section]["channels"] == count, f"{section}: {tables[section]['channels']} channels")
    expect(result["channels"] == sum(table["channels"] for table in tables.values()), "channels in all")
    for section, source, target in (("mlp_out_to_mlp_in", "L0N3", "L1N5"), ("head_to_query", "L0H1", "L1H0")):
        first = tables[section]["strongest"][0]
        expect((first["source"], first["target"]) == (source, target), f"{section}: {first}")
        expect(tables[section]["found"] >= 1, f"{section}: nothing found")
        expect(tables[section]["control"]["hits"] == 0, f"{section}: {tables[section]['control']}")
    found = rows_of(out)
    expect(len(found) == sum(table["found"] for table in tables.values()), f"{len(found)} rows in the file")
    expect(result["found"] == sum(row["counts"] == "yes" for row in found), "what counts as found")
    whole = {section for section, table in tables.items() if not table["counts"]}
    expect(len(whole) == 10 and all("embedding" in section or "positions" in section for section in whole), f"{whole}")
    for row in found:
        expect(float(row["q"]) <= 0.05 and float(row["log10_p"]) < 0, f"{row}")
    check_map_options(program, model, out)
    print(f"{result['channels']} channels in {len(tables)} tables, {len(found)} rows found")


def check_map_options(program, model, out):
    run = lambda *options: subprocess.run([program, "map", model, *options], capture_output=True, text=True)
    one = json.loads(run("--classes", "neuron_to_neuron,head_to_key", "--json").stdout)
    expect([table["class"] for table in one["tables"]] == ["neuron_to_neuron", "head_to_key"], "classes in their order")
    wrong = run("--classes", "neuron_to_nobody")
    expect(wrong.returncode == 2 and "head_to_key" in wrong.stderr, f"{wrong.stderr}")
    shown = run("--threads", "2").stdout
    expect("18 tables" in shown and "not counted as found" in shown and "decoy rate" in shown, shown)
    expect(shown == run("--threads", "1").stdout, "threads change the result")
    expect(all(len(line) <= 80 for line in shown.splitlines()), "80 columns")
    foreign = os.path.join(os.path.dirname(out), "foreign.csv")
    with open(foreign, "w") as file:
        file.write("mine\n")
    refused = run("--out", foreign)
    expect(refused.returncode != 0 and open(foreign).read() == "mine\n", "a file of others is replaced")


def planted_change(tensors):
    """A copy in which head L1H2 reads a new vector and writes a new one, and nothing else is new."""
    random = np.random.default_rng(31)
    changed = {name: values.copy() for name, values in tensors.items()}
    w_v, w_o = changed["blocks.1.attn.W_V"][2], changed["blocks.1.attn.W_O"][2]
    reads, inside = random.standard_normal(w_v.shape[0]), random.standard_normal(w_v.shape[1])
    reads -= reads.mean()
    writes = inside @ w_o
    size = 0.5 * np.linalg.norm(w_v @ w_o) / np.linalg.norm(reads) / np.linalg.norm(writes)
    changed["blocks.1.attn.W_V"][2] += (size * np.outer(reads, inside)).astype("f4")
    return changed, reads, writes


def relative_change(before, after, layer, head):
    product = lambda t: t[f"blocks.{layer}.attn.W_V"][head].astype("f8") @ t[f"blocks.{layer}.attn.W_O"][head].astype("f8")
    return np.linalg.norm(product(after) - product(before)) / np.linalg.norm(product(before))


def test_diff(program, folder):
    place = lambda name: os.path.join(folder, name)
    model_with_a_channel(place("before.safetensors"), 2, 3, 48, 6, 40)
    before = read_safetensors(place("before.safetensors"))
    after, reads, writes = planted_change(before)
    write_safetensors(place("after.safetensors"), after)
    run = lambda *options: subprocess.run([program, "diff", *options], capture_output=True, text=True)
    done = run(place("before.safetensors"), place("after.safetensors"), "--raw", "--json", "--out", place("diff"))
    expect(done.returncode == 0 and done.stderr == "", f"status {done.returncode}: {done.stderr}")
    result = json.loads(done.stdout)
    expect(sorted(os.listdir(place("diff"))) == sorted(result["files"] + ["manifest.json"]), "files")
    heads = rows_of(os.path.join(place("diff"), "diff.csv"))
    ov = {row["head"]: row for row in heads if row["circuit"] == "ov"}
    expect(len(ov) == 6 and heads[0]["head"] == "L1H2" and heads[0]["rank"] == "1", f"{heads[0]}")
    expected = relative_change(before, after, 1, 2)
    expect(abs(float(ov["L1H2"]["change"]) - expected) < 1e-5, f"{ov['L1H2']}, expected {expected}")
    others = [row for row in heads if (row["circuit"], row["head"]) != ("ov", "L1H2")]
    expect(all(float(row["change"]) == 0 and float(row["cosine"]) == 1 for row in others), "other heads changed")
    for row in rows_of(os.path.join(place("diff"), "edge_changes.csv")):
        touched = "L1H2" in row["source"] or "L1H2" in row["target"]
        expect(row["churned"] == "no" or touched, f"churned: {row}")
    check_change_scores(rows_of(os.path.join(place("diff"), "change.csv")), after, reads, writes)
    check_diff_talk(run, place)
    check_diff_refusals(run, place, before)
    check_foreign_set(program, place)
    print(f"L1H2 changed by {expected:.3f}, others by 0")


def check_change_scores(rows, after, reads, writes):
    """The change is one direction: what it writes to neurons, and what of tokens it reads, are that up to a sign."""
    cosines = {"ov_change_to_mlp_in": ({}, writes, after["blocks.1.mlp.W_in"].T, "L1N"), "embed_to_ov_change": ({}, reads, after["embed.W_E"], "")}
    for section, (_, vector, others, prefix) in cosines.items():
        mine = [row for row in rows if row["section"] == section and row["head"] == "L1H2"]
        expect(mine and all(row["direction"] == "0" for row in mine), f"{section}: {mine[:1]}")
        for row in mine:
            other = others[int(row["other"].removeprefix(prefix))].astype("f8")
            expected = other @ vector / np.linalg.norm(other) / np.linalg.norm(vector)
            expect(abs(abs(float(row["cosine"])) - abs(expected)) < 1e-4, f"{row}, expected {expected}")


def check_diff_talk(run, place):
    before, after = place("before.safetensors"), place("after.safetensors")
    same = run(before, before, "--out", place("same"))
    expect(same.returncode == 0 and "No head changed" in same.stdout, same.stdout + same.stderr)
    expect("Embeddings, MLPs and unembedding: the same." in same.stdout, same.stdout)
    shown = run(before, after, "--out", place("diff"), "--threads", "1").stdout
    expect(shown == run(before, after, "--out", place("diff"), "--threads", "3").stdout, "threads change the result")
    expect(all(len(line) <= 80 for line in shown.splitlines()), "80 columns")
    expect("1 of 6 heads changed: ov" in shown and "L1H2 of ov, direction 0" in shown, shown)
    many = run(before, after, "--q", "0.9", "--out", place("diff")).stdout
    expect("chance alone gives about 1 %" in " ".join(many.split()), many)
    expect(run(before, after, "--out", place("diff"), "--quiet").stdout == "", "--quiet talks")


def check_diff_refusals(run, place, before):
    random = np.random.default_rng(4)
    other = {name: random.standard_normal(v.shape).astype("f4") for name, v in before.items()}
    write_safetensors(place("other.safetensors"), other)
    narrow = {name: v[:, :-1] if name == "unembed.W_U" else v[:-1] if name == "embed.W_E" else v for name, v in before.items()}
    write_safetensors(place("narrow.safetensors"), narrow)
    for name, status, parts in (("other", 1, ["nothing is shared", "different seeds"]), ("narrow", 1, ["d_vocab: 11, found 10"]),
                                ("missing", 1, ["missing.safetensors"])):
        done = run(place("before.safetensors"), place(name + ".safetensors"), "--out", place("refused"))
        expect(done.returncode == status, f"{name}: status {done.returncode}")
        expect_one_line(done.stderr, *parts)
        expect(not os.path.exists(place("refused")), f"{name}: a folder is left")
    for options in (["--noise", "much"], ["--null", "none"]):
        done = run(place("before.safetensors"), place("after.safetensors"), *options)
        expect(done.returncode == 2, f"{options}: status {done.returncode}")
    expect(run(place("before.safetensors")).returncode == 2, "one model alone")


def check_foreign_set(program, place):
    """A folder with another command's results stays as it is."""
    was = sorted(os.listdir(place("diff")))
    done = subprocess.run([program, "analyse", place("before.safetensors"), "--raw", "--out", place("diff")], capture_output=True, text=True)
    expect(done.returncode == 1, f"status {done.returncode}")
    expect_one_line(done.stderr, place("diff"), "`svdlens diff`", "`svdlens analyse`", "--out")
    expect(sorted(os.listdir(place("diff"))) == was, "files are gone")


def read_any_safetensors(path):
    """Tensors and metadata, by a reader of its own: the header's JSON, then bytes."""
    with open(path, "rb") as file:
        raw = file.read()
    (size,) = struct.unpack("<Q", raw[:8])
    head = json.loads(raw[8 : 8 + size])
    metadata = head.pop("__metadata__", {})
    kinds = {"F32": "<f4", "I64": "<i8"}
    at = lambda entry: raw[8 + size + entry["data_offsets"][0] : 8 + size + entry["data_offsets"][1]]
    return {name: np.frombuffer(at(e), kinds[e["dtype"]]).reshape(e["shape"]) for name, e in head.items()}, metadata


def test_exported(program, folder):
    place = lambda name: os.path.join(folder, name)
    model, out = place("model.safetensors"), place("directions.safetensors")
    random_model(model, layers=2, heads=3, d_model=32, d_head=5, d_mlp=24, norms=True)
    command = [program, "analyse", model, "--out", place("circuit"), "--quiet", "--export-directions", out]
    done = subprocess.run(command + ["--ranking-only"], capture_output=True, text=True)
    expect(done.returncode == 0 and done.stderr == "", f"status {done.returncode}: {done.stderr}")
    found, metadata = read_any_safetensors(out)
    expect("nine tenths" in metadata["rule"] and "fold_ln=True" in metadata["load_with"], f"{metadata}")
    tensors = {name: v.astype("f8") for name, v in read_safetensors(model).items()}
    checked = sum(check_recipe(found, tensors, layer) for layer in range(2))
    expect(checked >= 6, f"{checked} directions")
    again = subprocess.run(command, capture_output=True, text=True)  # its own earlier result is replaced
    expect(again.returncode == 0, again.stderr)
    with open(out, "w") as file:
        file.write("mine\n")
    refused = subprocess.run(command, capture_output=True, text=True)
    expect(refused.returncode == 1 and open(out).read() == "mine\n", "a file of others is replaced")
    expect("(--export-directions)" in refused.stderr, refused.stderr)
    onto = subprocess.run(command[:-1] + [model], capture_output=True, text=True)
    expect(onto.returncode == 1 and "(--export-directions)" in onto.stderr, f"the model is replaced: {onto.stderr}")
    check_names_of_set(command, place)
    print(f"{checked} directions taken out of z write nothing, and all else as before")


def check_names_of_set(command, place):
    """Directions under a name of the set's would be lost, or the set: refused whether the set is there, whatever it is called."""
    os.symlink(place("circuit"), place("linked"))
    for folder in ("circuit", "new"):
        into = [*command[:4], place(folder), "--quiet", "--export-directions"]
        for name in ("edges.csv", "manifest.json", "paths.csv", "../linked/edges.csv" if folder == "circuit" else "../new/top.csv"):
            done = subprocess.run([*into, os.path.join(place(folder), name)], capture_output=True, text=True)
            expect(done.returncode == 1, f"{folder}/{name}: status {done.returncode}")
            expect_one_line(done.stderr, os.path.basename(name), "a file of the set", "(--export-directions)")
        expect(os.path.exists(os.path.join(place(folder), "manifest.json")) == (folder == "circuit"), "a set was written")
    done = subprocess.run([*command[:4], place("circuit"), "--quiet", "--export-directions", place("circuit/mine.safetensors")], capture_output=True, text=True)
    expect(done.returncode == 0 and os.path.exists(place("circuit/mine.safetensors")), done.stderr)


def check_recipe(found, tensors, layer):
    """The ten lines of docs/circuit.md, on a forward pass in NumPy: z of all heads, patched, and what is written."""
    at, random = f"blocks.{layer}.", np.random.default_rng(layer)
    x = random.standard_normal((4, 32))  # four positions of a stream
    n = x - x.mean(-1, keepdims=True)
    n /= np.sqrt((n**2).mean(-1, keepdims=True) + 1e-5)
    w_v = tensors[at + "attn.W_V"] * tensors[at + "ln1.w"][None, :, None]
    w_v -= w_v.mean(axis=1, keepdims=True)
    w_o = tensors[at + "attn.W_O"]
    z = np.einsum("pd,hdr->phr", n, w_v)  # each position attends to itself; what biases add is a constant
    for i, (h, s) in enumerate(zip(found[at + "heads"], found[at + "singular_values"])):
        read, write = found[at + "attn.hook_z.read"][i], found[at + "attn.hook_z.write"][i]
        u, v = found[at + "ln1.hook_normalized"][i], found[at + "hook_attn_out"][i]
        patched = z.copy()
        patched[:, h] -= (patched[:, h] @ read)[..., None] * write
        out, kept = np.einsum("phr,hrd->phd", z, w_o), np.einsum("phr,hrd->phd", patched, w_o)
        expect(np.abs(kept[:, h] @ v).max() < 1e-5, f"L{layer}H{h} still writes along v")
        expect(np.abs(out[:, h] - kept[:, h] - (out[:, h] @ v)[:, None] * v).max() < 1e-5, "more is taken out than v")
        expect(np.abs(out[:, h] @ v - s * (n @ u)).max() < 1e-4, "what is written is S times what is read")
    return len(found[at + "heads"])


def contents(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                found[name] = file.read()
    return found


def is_whole(program, folder):
    done = subprocess.run([program, "inspect", folder, "--json"], capture_output=True, text=True)
    if done.returncode not in (0, 1) or not done.stdout:
        return False  # no folder of results
    said = json.loads(done.stdout)
    whole = said.get("results", said).get("whole", False)
    expect(whole == (done.returncode == 0), f"status {done.returncode} of {said}")
    return whole


RENAME = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
/* The n-th move into its place: the process is killed before it, or it fails. */
int rename(const char* from, const char* to) {
    static int count = 0;
    static int (*next)(const char*, const char*) = 0;
    if (!next) next = (int (*)(const char*, const char*))dlsym(RTLD_NEXT, "rename");
    if (++count == atoi(getenv("FAIL_RENAME"))) {
        if (getenv("KILL_AT_RENAME")) kill(getpid(), SIGKILL);
        errno = EIO;
        return -1;
    }
    return next(from, to);
}
"""


def rename_shim(folder):
    """A library that spoils the n-th rename, or nothing where it cannot be had."""
    source, library = os.path.join(folder, "rename.c"), os.path.join(folder, "rename.so")
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    with open(source, "w") as file:
        file.write(RENAME)
    done = run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"])
    return library if done.returncode == 0 else None


def spoil_moves(program, command, out, sets, library):
    """Each single move of a run fails, then each is the last before a kill: the old set, or a mix that is known."""
    found = {"failed": 0, "mixed": 0, "restored": 0}
    for how in ({}, {"KILL_AT_RENAME": "1"}):
        for k in range(1, 100):
            subprocess.run(command + ["--tail", "0.002"], check=True, stdout=subprocess.DEVNULL)
            before = contents(out)
            done = run(command + ["--tail", "0.003"], env={**os.environ, "LD_PRELOAD": library, "FAIL_RENAME": str(k), **how})
            if done.returncode == 0:
                break
            after = contents(out)
            if not how:
                expect_one_line(done.stderr, "cannot write")
                expect(after == before, f"rename {k} failed: neither the old set nor the new one")
                found["failed"] += 1
            elif after != before:
                expect(not is_whole(program, out), f"killed at rename {k}: a mix is taken for a whole set")
                found["mixed"] += 1
                failing = run([program, "analyse", os.path.join(out, "no such model"), "--out", out])
                expect(failing.returncode == 1, f"no such model: status {failing.returncode}")
                ended = contents(out)
                expect(ended == before or is_whole(program, out), f"killed at rename {k}: the next run, which failed, did not end the moves")
                subprocess.run(command + ["--tail", "0.003"], check=True, stdout=subprocess.DEVNULL)
                expect(is_whole(program, out), "a run after a kill does not make a whole set")
                expect(not [n for n in os.listdir(out) if n.startswith(".svdlens")], "stale files are left")
                found["restored"] += 1
        expect(k > 9, f"no moves were spoilt: {k}")
    print("moves spoilt:", found)


def refuse_others(program, model, folder):
    """Files of others, and of the model, are not replaced."""
    place = os.path.join(folder, "web")
    for name, text in (("manifest.json", '{"files": [1]}'), ("edges.csv", "mine"), ("manifest.json", '{"program": "svdlens", "files": [{"name": 3}]}')):
        os.makedirs(place)
        with open(os.path.join(place, name), "w") as file:
            file.write(text)
        done = run([program, "analyse", model, "--out", place])
        expect(done.returncode == 1, f"{name} of others: status {done.returncode}")
        expect_one_line(done.stderr, name, "choose another folder")
        expect(contents(place) == {name: text.encode()}, f"{name} of others was touched")
        shutil.rmtree(place)
    os.makedirs(os.path.join(place, "top.csv"))
    done = run([program, "analyse", model, "--out", place])
    expect(done.returncode == 1 and os.listdir(place) == ["top.csv"], f"a folder of our name: {done.stderr}")
    shutil.rmtree(place)
    copy = os.path.join(folder, "copy.safetensors")
    shutil.copy(model, copy)
    with open(copy, "rb") as file:
        bytes_before = file.read()
    for command in ("edges", "report"):
        done = run([program, command, copy, "--out", copy])
        expect(done.returncode == 1, f"{command} onto the model: status {done.returncode}")
        expect_one_line(done.stderr, "cannot write", "choose another name")
    with open(copy, "rb") as file:
        expect(file.read() == bytes_before, "the model was written over")
    os.remove(copy)
    own = os.path.join(folder, "own")
    subprocess.run([program, "analyse", "--out", own], check=True, stdout=subprocess.DEVNULL)
    planted = os.path.join(own, "planted.safetensors")
    subprocess.run([program, "analyse", planted, "--out", own], check=True, stdout=subprocess.DEVNULL)
    expect(os.path.exists(planted), "the model that was analysed is gone")
    expect(is_whole(program, own), "results beside their model are not whole")
    shutil.rmtree(own)


def run_two_at_once(program, model, folder, runs):
    """Both end well, or one says why; what is left is one whole set."""
    place = os.path.join(folder, "both")
    for k in range(runs):
        command = [program, "analyse", model, "--threads", "1", "--out", place]
        both = [subprocess.Popen(command + ["--tail", tail], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for tail in ("0.002", "0.003")]
        texts = [p.communicate()[1] for p in both]
        expect(any(p.returncode == 0 for p in both), f"both failed: {texts}")
        expect(is_whole(program, place), f"two runs left a mix: {texts}")
        expect(not work_of(place), "left behind by two runs")


def test_whole(program, folder):
    runs = int(os.environ.get("SVDLENS_TEST_RUNS", "3"))
    model, out = os.path.join(folder, "model.safetensors"), os.path.join(folder, "out")
    random_model(model, layers=3, heads=3, d_model=64, d_head=16, d_mlp=512, norms=True)
    command = [program, "analyse", model, "--threads", "1", "--out", out]
    sets = {}
    for name, tail in (("old", "0.002"), ("new", "0.003")):
        started = time.monotonic()
        subprocess.run(command + ["--tail", tail], check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - started
        sets[name] = contents(out)
    expect(sets["old"] != sets["new"], "the two sets are the same")
    mine = os.path.join(out, "mine.txt")
    with open(mine, "w") as file:
        file.write("of the user's own")
    random = np.random.default_rng(7)
    ends = {}

    def check(what, status, may_be_mixed=False):
        found = contents(out)
        expect(found.pop("mine.txt") == b"of the user's own", f"{what}: a file of others was touched")
        state = next((name for name, files in sets.items() if files == found), "mixed")
        ends.setdefault(what, []).append(f"{state}/{status}")
        if state != "mixed":
            return
        expect(may_be_mixed, f"{what}: neither the old set nor the new one: {sorted(found)}")
        expect(not is_whole(program, out), f"{what}: a mix is taken for a whole set")

    def one_run(what, **options):
        tail = "0.003" if contents(out)["edges.csv"] == sets["old"]["edges.csv"] else "0.002"
        return subprocess.Popen(command + ["--tail", tail], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        for _ in range(runs):
            with one_run("signal") as process:
                time.sleep(random.uniform(0, seconds))
                process.send_signal(number)
                _, text = process.communicate()
            # -number: it came before the program could hear it
            expect(process.returncode in (0, 128 + number, -number), f"status {process.returncode} after {number}: {text}")
            if process.returncode > 0:
                expect_one_line(text, "interrupted")
            check(number.name, process.returncode)
            left = [n for n in os.listdir(out) if n.startswith(".svdlens")]
            expect(not left, f"left behind: {left}")
    for _ in range(runs):
        limit = int(random.uniform(1, 300_000))
        with one_run("limit", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) as process:
            _, text = process.communicate()
        expect(process.returncode in (0, 1), f"status {process.returncode} under a limit: {text}")
        if process.returncode == 1:
            expect_one_line(text, "File too large")
        check("file size limit", process.returncode)
    for _ in range(runs):
        with one_run("kill") as process:
            time.sleep(random.uniform(0, seconds))
            process.kill()
            process.communicate()
        check("kill -9", process.returncode, may_be_mixed=True)
    subprocess.run(command + ["--tail", "0.002"], check=True, stdout=subprocess.DEVNULL)
    check("afterwards", 0)
    expect(is_whole(program, out), "a whole set is not taken for one")
    expect(not [n for n in os.listdir(out) if n.startswith(".svdlens")], "stale files are left")
    refuse_others(program, model, folder)
    run_two_at_once(program, model, folder, runs)
    library = rename_shim(folder)
    if library is None:
        print("moves were not spoilt: no C compiler")
    else:
        spoil_moves(program, command, out, sets, library)
    with open(os.path.join(out, "edges.csv"), "a") as file:
        file.write("tampered")
    expect(not is_whole(program, out), "a changed file is not recognised")
    for what, found in ends.items():
        print(what, {end: found.count(end) for end in sorted(set(found))})


def test_notebook(notebook, folder, architectures):
    models = sorted(os.path.join(architectures, name) for name in os.listdir(architectures) if os.path.isdir(os.path.join(architectures, name)))
    expect(models, "no models")
    for model in models:
        done = subprocess.run([notebook, model], capture_output=True, text=True)
        told = metadata_of(os.path.join(model, "canonical.safetensors"))
        if "tower" in told or "given_heads" in told:  # somebody has to say which, or how many; the tutorial takes no options
            expect(done.returncode != 0, f"{model}: status 0")
            expect_one_line(done.stderr, "several towers" if "tower" in told else "n_heads")
            continue
        expect(done.returncode == 0, f"{model}: status {done.returncode}: {done.stderr}")
        expect("## cells" in done.stdout, f"{model}: no cells")
    print(f"{len(models)} models")


if __name__ == "__main__":
    tests = {
        "edges": test_edges,
        "findings": test_findings,
        "interrupt": test_interrupt,
        "full_disk": test_full_disk,
        "command_line": test_command_line,
        "terminal": test_terminal,
        "filters": test_filters,
        "schemes": test_schemes,
        "torch": test_torch,
        "towers": test_towers,
        "left_out": test_left_out,
        "adapter": test_adapter,
        "inputs": test_inputs,
        "truncation": test_truncation,
        "completion": test_completion,
        "whole": test_whole,
        "vectors": test_vectors,
        "map": test_map,
        "diff": test_diff,
        "exported": test_exported,
        "checkpoints": test_checkpoints,
        "notebook": test_notebook,
    }
    if len(sys.argv) < 4 or sys.argv[1] not in tests:
        sys.exit(__doc__)
    shutil.rmtree(sys.argv[3], ignore_errors=True)
    os.makedirs(sys.argv[3])
    tests[sys.argv[1]](*sys.argv[2:])
