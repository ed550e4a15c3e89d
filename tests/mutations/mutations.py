#!/usr/bin/env python3
"""Plants faults in a copy of the headers, one at a time, and says which test fails for each.

usage: tests/mutations/mutations.py [--list] [--flags "..."] [NAME...]

A mutation is an exact replacement of text that occurs once in one header, and the test units that have to fail for it. Each unit
is compiled beside the copy, header-only, and run; without a mutation it has to pass (the line `none`). Ends with 1 where a mutation
survives, a text is not there any more, or a unit fails by itself. Needs g++ (or CXX), Catch2, Eigen and nlohmann-json. Not part of
run.sh: a unit takes a minute to compile.
"""
import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = ROOT / "include" / "svdlens"

# name, header, text, its replacement, units of which one has to fail
MUTATIONS = [
    ("D for D - 1 behind a norm that takes means out", "projection/detail/bodies/projection.hpp",
     "return centred && d_model != 0 ? d_model - 1 : d_model;", "return d_model;",
     ["projection/share.cpp", "significance/science.cpp"]),
    ("|v| for |Pv| where writers have a mean", "projection/detail/bodies/projection.hpp",
     "if (centred_space() == detail::product_space::whole) return direction_lengths.inverse;",
     "if (centred_space() != detail::product_space{9}) return direction_lengths.inverse;",
     ["projection/share.cpp"]),
    ("a share of the first layers' directions only", "projection/detail/direction_pool.hpp",
     "marks[k] = is_one && !is_null && !directions.is_dead(l, k);",
     "marks[k] = is_one && !is_null && !directions.is_dead(l, k) && (l == 0 || l + 1 < directions.layers.size());",
     ["projection/share.cpp"]),
    ("weights not divided by their mean", "significance/detail/bodies/family_search.hpp",
     "mean_weight_ = sum / static_cast<double>(rule_.rows);", "mean_weight_ = sum > 0 ? 1 : 0;",
     ["significance/discoveries.cpp", "significance/nulls.cpp"]),
    ("a rate over the rows seen, not the family", "significance/detail/search/step_up.hpp",
     "return std::log(q * static_cast<double>(k) / static_cast<double>(rows));",
     "return std::log(q * static_cast<double>(k) / static_cast<double>(rows / 2 + 1));",
     ["significance/discoveries.cpp"]),
    ("two sides for one", "significance/detail/bodies/log_p.hpp",
     "improbable || score == 0 ? both - std::numbers::ln2", "improbable || score == 0 ? both",
     ["significance/log_p.cpp"]),
    ("a spectrum that is not padded by zeros in its third power sum", "significance/spectrum.hpp",
     "third_ = -zeros / (d * d * d);", "third_ = 0;",
     ["significance/spectrum.cpp"]),
    ("dead directions share", "projection/detail/direction_pool.hpp",
     "marks[k] = is_one && !is_null && !directions.is_dead(l, k);", "marks[k] = is_one && !is_null;",
     ["projection/share.cpp"]),
    ("a gain twice in a path", "circuit/detail/path_search.hpp",
     "add_prefix({at.prefix, way.child, before.product * way.product * gain, way.product}, at.to_come - 1);",
     "add_prefix({at.prefix, way.child, before.product * way.product * gain * gain, way.product}, at.to_come - 1);",
     ["circuit/top_paths.cpp"]),
    ("ways on from a node beyond those kept are none", "circuit/detail/path_search.hpp",
     "if (kept.size() == kept_children) fan.rest = kept.back().bound;", "fan.rest = 0;",
     ["circuit/top_paths.cpp"]),
    ("a way back in the stream", "circuit/detail/path_search.hpp",
     "for (std::size_t k = 0; set.port.at(l) > written_at && k < set.layers[l].rows();",
     "for (std::size_t k = 0; k < set.layers[l].rows();",
     ["circuit/top_paths.cpp"]),
    ("layers bounded before those behind them", "circuit/detail/path_bounds.hpp",
     "return a.reads_at > b.reads_at;", "return a.reads_at < b.reads_at;",
     ["circuit/top_paths.cpp"]),
    ("the smallest q of a path's hops", "circuit/detail/bodies/path_tests.hpp",
     "std::optional((std::max)(*result->q, *hop->q))", "std::optional((std::min)(*result->q, *hop->q))",
     ["circuit/path_tests.cpp"]),
    ("communities by weight alone", "graph/detail/bodies/communities.hpp",
     "resolution_ * degrees_[community] * graph_.degree(node) / (2 * graph_.total());",
     "0 * resolution_ * degrees_[community] * graph_.degree(node) / (2 * graph_.total());",
     ["graph/communities.cpp"]),
]


def compiled(unit, include, folder, flags):
    """The program of one test unit, or the compiler's first error."""
    program = folder / unit.replace("/", "_").replace(".cpp", "")
    base = [os.environ.get("CXX", "g++"), "-std=c++20", "-O1", "-I", str(include), "-I", str(ROOT / "tests"),
            "-I", str(ROOT / "examples"), "-I", str(ROOT / "examples" / "support"), "-isystem", "/usr/include/eigen3",
            f'-DSVDLENS_TEST_SOURCE_DIR="{ROOT / "tests"}"'] + flags
    main = folder / "catch_main.o"
    if not main.exists():
        subprocess.run(base + ["-c", str(ROOT / "tests" / "support" / "catch_main.cpp"), "-o", str(main)], check=True)
    done = subprocess.run(base + [str(ROOT / "tests" / unit), str(main), "-o", str(program), "-pthread"],
                          capture_output=True, text=True)
    if done.returncode == 0:
        return program, ""
    return None, next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:200])


def failed_tests(program):
    """The test cases that fail; the signal where there was one."""
    done = subprocess.run([str(program), "-r", "compact"], capture_output=True, text=True, timeout=1800)
    if done.returncode == 0:
        return []
    report = subprocess.run([str(program), "-r", "xml"], capture_output=True, text=True, timeout=1800).stdout
    failed = []
    for case in re.split(r"<TestCase ", report)[1:]:
        name = re.search(r'name="([^"]*)"', case)
        if name and 'success="false"' in case:
            failed.append(name.group(1))
    return failed or [f"ended with {done.returncode}"]


def planted(include, header, text, replacement):
    path = include / "svdlens" / header
    source = path.read_text()
    if source.count(text) != 1:
        return f"{header}: the text is there {source.count(text)} times, expected once"
    path.write_text(source.replace(text, replacement))
    return ""


def verdict(mutation, folder, flags):
    """(survived or broken, what to print)"""
    name, header, text, replacement, units = mutation
    include = folder / "include"
    shutil.rmtree(include, ignore_errors=True)
    shutil.copytree(HEADERS.parent, include)
    if header and (trouble := planted(include, header, text, replacement)):
        return True, trouble
    for unit in units:
        program, error = compiled(unit, include, folder, flags)
        if program is None:
            return True, f"{unit} does not compile: {error}"
        failed = failed_tests(program)
        if failed and header:
            return False, f"{unit}: " + "; ".join(failed)
        if failed:
            return True, f"{unit} fails by itself: " + "; ".join(failed)
    return bool(header), "survives " + ", ".join(units) if header else "passes"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="the mutations, and nothing else")
    parser.add_argument("--flags", default="", help="more flags of the compiler")
    parser.add_argument("names", nargs="*", help="parts of the names of those to plant (default: all)")
    said = parser.parse_args()
    chosen = [m for m in MUTATIONS if not said.names or any(n in m[0] for n in said.names)]
    if said.list:
        for mutation in chosen:
            print(f"{mutation[0]:62} {mutation[1]}")
        return 0
    sound = ("none", "", "", "", sorted({unit for m in chosen for unit in m[4]}))
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for mutation in [sound] + chosen:
            is_bad, text = verdict(mutation, pathlib.Path(folder), shlex.split(said.flags))
            bad += is_bad
            print(f"{'FAULT' if is_bad else 'ok':6} {mutation[0]:62} {text}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
