#!/usr/bin/env python3
"""svdlens beside what people use today, on the same files, in alternating runs.

    compare.py [--runs 5] [--threads N] [--only NAME,...] [--quick] [--no-peers] [--program PATH] [--folder DIR]

Prints a table of ratios and writes comparison.json: a list of objects {"name", "ours_seconds", "peer", "peer_seconds",
"ratio", "limit", "limit_seconds", "of_limit", ...}. Seconds are medians; ratio = peer / ours, of_limit = limit / ours;
"..._spread" is the least and the greatest of the single runs, for ratios those of pairs that ran one after the other.
Ends with status 1 where the two sides do not give the same answer.

    name       ours                                            peer                      limit
    svd        OV directions of all heads                      factored, qr, full        bare Eigen QR of both factors
    scan       file to exact tails of the whole causal model   expert: torch + NumPy     bare Eigen product, best tile
    tails      the same without the decomposition              expert                    bare Eigen product
    top_k      five highest a head, streamed                   expert                    bare Eigen product
    describe   moments and seven percentiles, streamed         expert                    bare Eigen product
    quantiles  four quantiles of scores in memory              numpy.quantile            one read of memory
    notebook   a notebook's pipeline on 24 heads, end to end   pandas
    threads    tails with all threads                          tails with one thread

Both sides may use the same number of threads; of the peers only torch's part does: np.quantile, np.partition, filters and
pandas run on one. --quick: one run on small files. --no-peers: our side alone.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PEERS = os.path.join(HERE, "peers", "circuits.py")
MAKER = os.path.join(HERE, "peers", "make_weights.py")

# name, the stage that measures it, our line, the peers and their lines, the limit and the line that holds it
ENTRIES = [
    ("svd", "svd", "svd", {"factored": "factored", "qr": "qr", "full": "full"}, "bare QR of both factors", "svd"),
    ("scan", "scan", "scan", {"expert": "scan"}, "bare product", "products"),
    ("tails", "scan", "tails", {"expert": "tails"}, "bare product", "products"),
    ("top_k", "scan", "top_k", {"expert": "top_k"}, "bare product", "products"),
    ("describe", "scan", "describe", {"expert": "describe"}, "bare product", "products"),
    ("quantiles", "quantiles", "quantiles", {"numpy.quantile": "quantiles"}, "one read of memory", "quantiles"),
    ("notebook", "notebook", "notebook", {"pandas": "notebook"}, None, None),
]

# What both sides have to agree on: (member, tolerance, relative or absolute). The quantile of |score| does not depend on
# the signs of directions. Those of the score do: where a direction's two largest entries have opposite signs and the
# same size but for rounding, either sign is right, and each such direction moves a threshold by about 1e-6.
SCAN = [("rows", 0, "absolute"), ("magnitude", 1e-6, "absolute"), ("low", 5e-6, "absolute"), ("high", 5e-6, "absolute"),
        ("edges", 16, "absolute")]
AGREEMENT = {
    "svd": [("sum_of_singular_values", 1e-5, "relative")],
    "scan": SCAN,
    "tails": SCAN,
    "top_k": [("sum_of_top", 1e-5, "relative")],
    "describe": [("statistics", 1e-5, "absolute")],
    "quantiles": [("values", 1e-6, "absolute")],
    "notebook": [("rows", 0, "absolute"), ("edges", 16, "absolute"), ("sum_of_pivot", 1e-5, "relative")],
}


class failure(Exception):
    pass


def run_lines(command, environment=None):
    """The JSON objects that a program prints, by stage."""
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, text=True)
    if done.returncode != 0:
        raise failure(f"status {done.returncode} of {' '.join(command)}")
    return {line["stage"]: line for line in map(json.loads, done.stdout.splitlines())}


def peer_environment(threads):
    """The environment of the peers, and the BLAS that they use in it. OpenBLAS picks its kernels for this machine
    itself, unless that goes wrong here."""
    counts = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    as_set = {**os.environ, **counts}
    free = {k: v for k, v in as_set.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    check = [sys.executable, PEERS, "check", "none"]
    try:
        return free, run_lines(check, free)["check"]["blas"]
    except failure:
        print("Note: OpenBLAS fails with kernels of its own choice; the peers run with OPENBLAS_* as they are set")
        return as_set, run_lines(check, as_set)["check"]["blas"]


def make_files(options):
    os.makedirs(options.folder, exist_ok=True)
    small = {"heads": 4, "d-model": 64, "d-head": 16, "d-mlp": 96} if options.quick else {}
    kinds = {
        "model": ("gpt2", {"layers": 3 if options.quick else 12, **small}),
        "notebook": ("gpt2", {"layers": 2, **small}),
        "scores": ("scores", {"count": 100_000} if options.quick else {}),
    }
    files = {}
    for name, (kind, sizes) in kinds.items():
        files[name] = os.path.join(options.folder, f"{name}{'_quick' if options.quick else ''}.safetensors")
        if os.path.exists(files[name]):
            continue
        arguments = [text for key, value in sizes.items() for text in (f"--{key}", str(value))]
        subprocess.run([sys.executable, MAKER, kind, files[name], *arguments], check=True)
    return {"svd": files["model"], "scan": files["model"], "notebook": files["notebook"], "quantiles": files["scores"]}


def measure(options, files, wanted):
    """All lines of both sides: {stage of the program: [(ours, peers'), ...]}, one pair a run; and the peers' BLAS."""
    environment, blas = (None, None) if options.no_peers else peer_environment(options.threads)
    pairs = {stage: [] for stage in wanted}
    for number in range(options.runs):
        for stage in wanted:
            print(f"run {number + 1} of {options.runs}: {stage}", file=sys.stderr)
            rest = [stage, files[stage], "--threads", str(options.threads)]
            ours = lambda: run_lines([options.program, *rest])
            peers = lambda: {} if options.no_peers else run_lines([sys.executable, PEERS, *rest], environment)
            sides = [ours, peers] if number % 2 == 0 else [peers, ours]
            first, second = sides[0](), sides[1]()
            pairs[stage].append((first, second) if number % 2 == 0 else (second, first))
    return pairs, blas


def check_agreement(name, ours, peer):
    for member, tolerance, kind in AGREEMENT[name]:
        if member not in ours or member not in peer:
            raise failure(f"{name}: one side does not tell {member}")
        mine, theirs = (x[member] if isinstance(x[member], list) else [x[member]] for x in (ours, peer))
        for a, b in zip(mine, theirs, strict=True):
            if not abs(a - b) <= tolerance * (abs(b) if kind == "relative" else 1):
                raise failure(f"{name}: {member} is {a} here and {b} there")


def spread(values):
    return [min(values), max(values)]


def quotient(entry, name, over, under):
    """Of medians, and the spread of pairs."""
    entry[name] = statistics.median(over) / statistics.median(under)
    entry[name + "_spread"] = spread([a / b for a, b in zip(over, under)])


def make_entry(name, peer, ours, theirs, limit, bounds):
    entry = {"name": name, "ours_seconds": statistics.median(ours), "ours_spread": spread(ours), "peer": peer}
    entry.update({"peer_seconds": None, "ratio": None, "limit": limit, "limit_seconds": None, "of_limit": None})
    if theirs:
        entry.update({"peer_seconds": statistics.median(theirs), "peer_spread": spread(theirs)})
        quotient(entry, "ratio", theirs, ours)
    if bounds:
        entry.update({"limit_seconds": statistics.median(bounds), "limit_spread": spread(bounds)})
        quotient(entry, "of_limit", bounds, ours)
    return entry


def entries_of(pairs):
    for name, stage, line, peers, limit, limit_line in ENTRIES:
        if stage not in pairs:
            continue
        ours = [mine[line]["seconds"] for mine, _ in pairs[stage]]
        bounds = [mine[limit_line]["limit_seconds"] for mine, _ in pairs[stage]] if limit else []
        for peer, peer_line in peers.items():
            theirs = [other[peer_line] for _, other in pairs[stage] if other]
            for (mine, _), other in zip(pairs[stage], theirs):
                check_agreement(name, mine[line], other)
            entry = make_entry(name, peer, ours, [each["seconds"] for each in theirs], limit, bounds)
            add_memory(entry, [mine[line] for mine, _ in pairs[stage]], theirs)
            yield entry


def add_memory(entry, ours, theirs):
    """Peaks in MB where we tell ours: the whole process, and beside the file and the directions."""
    if "peak_mb" not in ours[0]:
        return
    for member in ("peak_mb", "beside_mb"):
        entry["ours_" + member] = statistics.median(line[member] for line in ours)
    if theirs:
        entry["peer_peak_mb"] = statistics.median(line["peak_mb"] for line in theirs)


def threads_entry(pairs):
    ours = [mine["tails"]["seconds"] for mine, _ in pairs["scan"]]
    alone = [mine["one_thread"]["seconds"] for mine, _ in pairs["scan"]]
    return make_entry("threads", "one thread", ours, alone, None, [])


def cell(value, spread_of):
    if value is None:
        return "-"
    return f"{value:.3g} ({spread_of[0]:.3g} .. {spread_of[1]:.3g})"


def print_table(entries):
    rows = [["name", "ours / s", "peer", "peer / s", "peer / ours", "limit / s", "limit / ours"]]
    for e in entries:
        seconds = [cell(e[key + "_seconds"], e.get(key + "_spread")) for key in ("ours", "peer", "limit")]
        ratios = [cell(e[key], e.get(key + "_spread")) for key in ("ratio", "of_limit")]
        rows.append([e["name"], seconds[0], e["peer"], seconds[1], ratios[0], seconds[2], ratios[1]])
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
    for e in entries:
        if "ours_peak_mb" in e:
            peer = f"; {e['peer']} {e['peer_peak_mb']:.0f} MB" if "peer_peak_mb" in e else ""
            print(f"peak memory of {e['name']}: {e['ours_peak_mb']:.0f} MB, {e['ours_beside_mb']:.1f} MB of them beside "
                  f"the file and the directions{peer}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    build = os.path.join(ROOT, "build", "bench")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", default="svd,scan,notebook,quantiles", help="svd, scan, notebook, quantiles")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--program", default=os.path.join(build, "benchmarks", "comparison"))
    parser.add_argument("--folder", default=os.path.join(build, "comparison_files"), help="where the files are made")
    parser.add_argument("--out", default=os.path.join(build, "comparison.json"))
    options = parser.parse_args()
    options.runs = options.runs or (1 if options.quick else 5)
    return options


def main():
    options = parse_arguments()
    wanted = options.only.split(",")
    if unknown := set(wanted) - {stage for _, stage, *_ in ENTRIES}:
        sys.exit(f"compare.py: --only: no stage {', '.join(sorted(unknown))}")
    try:
        pairs, blas = measure(options, make_files(options), wanted)
        entries = list(entries_of(pairs))
    except failure as reason:
        sys.exit(f"compare.py: {reason}")
    if "scan" in pairs and options.threads > 1:
        entries.append(threads_entry(pairs))
    for entry in entries:
        entry.update({"runs": options.runs, "threads": options.threads, "peer_blas": blas})
    with open(options.out + ".part", "w") as file:
        json.dump(entries, file, indent=1)
        file.write("\n")
    os.replace(options.out + ".part", options.out)
    print(f"{options.runs} alternating runs, {options.threads} threads; medians (least .. greatest)")
    print_table(entries)
    if blas is not None:
        print(f"the peers' BLAS: {blas}")
    if blas is not None and blas.startswith("libblas"):
        print("WARNING: that is the reference BLAS, ten times slower than what people use; ratios against torch mean "
              "nothing. Install libopenblas0-pthread.")
    print(f"written to {options.out}")


if __name__ == "__main__":
    main()
