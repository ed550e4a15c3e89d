#!/usr/bin/env python3
"""Plants faults in a copy of the headers, one at a time, and says which test notices each.

usage: tests/mutations/mutations.py [--list | --check] [--jobs N] [--flags "..."] [NAME...]

The faults stand in planted.py: an exact replacement of text that occurs once in one header, and the test units of which one has to
fail for it. Each unit is compiled beside the copy, header-only, and run; without a fault all of them have to pass (the lines `sound`,
at the end). Ends with 1 where a fault is not noticed, a text is not there any more, or a unit fails by itself. --check looks the
texts up and compiles nothing: it is a test of the normal run. Needs g++ (or CXX), Catch2, Eigen and nlohmann-json. A fault takes
half a minute of a core.
"""
import argparse
import concurrent.futures
import os
import pathlib
import queue
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from planted import MUTATIONS

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
LONGEST_RUN = 120  # seconds, as a fault may make a test wait for ever; the longest takes 40


def compiler(include, flags):
    defined = {"SVDLENS_TEST_SOURCE_DIR": TESTS, "SVDLENS_TESTS_INCLUDE_DIR": include, "SVDLENS_TESTS_PROJECT_DIR": ROOT}
    return (shlex.split(os.environ.get("CXX", "g++")) + ["-std=c++20", "-O0", "-w", "-I", str(include), "-I", str(TESTS),
            "-I", str(ROOT / "examples"), "-I", str(ROOT / "examples" / "support"), "-isystem", "/usr/include/eigen3"]
            + [f'-D{name}="{value}"' for name, value in defined.items()] + flags)


def compile_shared(folder, flags):
    """What all units share, once: Catch2's main, and the headers of others as one that is read precompiled."""
    base = compiler(ROOT / "include", flags)
    header = folder / "precompiled" / "support" / "precompiled.hpp"
    header.parent.mkdir(parents=True)
    shutil.copy(TESTS / "support" / "precompiled.hpp", header)
    shutil.copy(TESTS / "support" / "catch.hpp", header.parent)
    subprocess.run(base + ["-x", "c++-header", str(header), "-o", f"{header}.gch"], check=True)
    subprocess.run(base + ["-c", str(TESTS / "support" / "catch_main.cpp"), "-o", str(folder / "main.o")], check=True)


def failed_cases(program):
    """The test cases that fail, or how it ended; none where all pass."""
    try:
        done = subprocess.run([program, "-r", "xml"], capture_output=True, text=True, errors="replace", timeout=LONGEST_RUN)
    except subprocess.TimeoutExpired:
        return [f"no end within {LONGEST_RUN} s"]
    if done.returncode == 0:
        return []
    failed = []
    for case in re.split(r"<TestCase ", done.stdout)[1:]:
        name = re.search(r'name="([^"]*)"', case)
        if name and 'success="false"' in case:
            failed.append(name.group(1))
    return failed or [f"ended with {done.returncode}"]


class Workplace:
    """A copy of the headers with its programs: one for each fault that is looked at at a time."""

    def __init__(self, folder, number, flags):
        self.shared, self.flags = folder, flags
        self.folder = folder / f"place{number}"
        self.include = self.folder / "include"
        shutil.copytree(ROOT / "include", self.include)

    def failures_of(self, unit):
        """What fails in a unit (see failed_cases); raises with the compiler's error where it does not compile."""
        program = str(self.folder / "unit")
        command = compiler(self.include, self.flags) + [
            "-include", str(self.shared / "precompiled" / "support" / "precompiled.hpp"), str(TESTS / unit),
            str(self.shared / "main.o"), "-o", program, "-pthread"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            error = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:200])
            raise RuntimeError(f"{unit} does not compile: {error}")
        return failed_cases(program)

    def verdict(self, mutation):
        """(is it noticed, what to print)"""
        _, header, text, replacement, units = mutation
        path = self.include / "svdlens" / header
        sound = path.read_text()
        path.write_text(sound.replace(text, replacement))
        try:
            for unit in units:
                if failed := self.failures_of(unit):
                    return True, f"{unit}: " + "; ".join(failed)
            return False, "not noticed by " + ", ".join(units)
        finally:
            path.write_text(sound)

    def soundness(self, unit):
        failed = self.failures_of(unit)
        return not failed, "passes" if not failed else "fails by itself: " + "; ".join(failed)


def troubles(mutations):
    """What is wrong with the list itself: texts that are not there once, units that are not there, names that stand twice."""
    for name, header, text, replacement, units in mutations:
        path = ROOT / "include" / "svdlens" / header
        count = path.read_text().count(text) if path.exists() else 0
        if count != 1:
            yield f"{name}: {header} has the text {count} times, expected once: {text}"
        if text == replacement:
            yield f"{name}: the text is replaced by itself"
        for unit in units:
            if not (TESTS / unit).exists():
                yield f"{name}: there is no test unit {unit}"
    names = [m[0] for m in mutations]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"{name}: stands twice"


def run_all(chosen, jobs, flags):
    """Prints a line for each fault and each unit; how many are as they should not be."""
    bad, noticed = 0, 0
    units = sorted({unit for m in chosen for unit in m[4]})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        compile_shared(folder, flags)
        places = queue.SimpleQueue()
        for k in range(jobs):
            places.put(Workplace(folder, k, flags))

        def at_a_place(look):
            place = places.get()
            try:
                return look(place)
            except RuntimeError as error:
                return False, str(error)
            finally:
                places.put(place)

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for mutation, (is_good, text) in zip(chosen, pool.map(
                    lambda m: at_a_place(lambda place: place.verdict(m)), chosen)):
                bad, noticed = bad + (not is_good), noticed + is_good
                print(f"{'ok' if is_good else 'FAULT':6} {mutation[0]:62} {text}", flush=True)
            for unit, (is_good, text) in zip(units, pool.map(
                    lambda u: at_a_place(lambda place: place.soundness(u)), units)):
                bad += not is_good
                print(f"{'sound' if is_good else 'FAULT':6} {unit:62} {text}", flush=True)
    print(f"{noticed} of {len(chosen)} faults are noticed")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="the faults, and nothing else")
    parser.add_argument("--check", action="store_true", help="whether each text is there once; compiles nothing")
    parser.add_argument("--jobs", type=int, default=1, help="how many are looked at at a time")
    parser.add_argument("--flags", default="", help="more flags of the compiler")
    parser.add_argument("names", nargs="*", help="parts of the names of those to plant (default: all)")
    said = parser.parse_args()
    chosen = [m for m in MUTATIONS if not said.names or any(n in m[0] for n in said.names)]
    if said.list:
        for mutation in chosen:
            print(f"{mutation[0]:62} {mutation[1]}")
        return 0
    found = list(troubles(chosen))
    for trouble in found:
        print(f"FAULT  {trouble}")
    if found or said.check:
        print(f"{len(chosen)} faults, {len(found)} that cannot be planted")
        return 1 if found else 0
    return 1 if run_all(chosen, said.jobs, shlex.split(said.flags)) else 0


if __name__ == "__main__":
    sys.exit(main())
