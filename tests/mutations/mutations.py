#!/usr/bin/env python3
"""Plants faults in a copy of the headers and says which test notices each.

usage: tests/mutations/mutations.py [--list | --check] [--jobs N] [--flags "..."] [NAME...]

The faults stand in planted.py: an exact replacement of text that occurs once in one header, and the test units of which one has to
fail for it. All are planted in one copy, asleep; a unit is compiled once, header-only, and run once for each of its faults, which an
environment variable wakes. With all asleep it has to pass (the lines `sound`). What cannot be chosen while it runs is compiled by
itself. Ends with 1 where a fault is not noticed, a text is not there any more, or a unit fails by itself. --check looks the texts up
and compiles nothing. Needs g++ (or CXX), Catch2, Eigen and nlohmann-json; a unit takes half a minute of a core.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading

import planted

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
LONGEST_RUN = 120  # seconds: a fault may make a test wait for ever
AWAKE = "SVDLENS_AWAKE_FAULT"

WAKING = f"""#include <cstdlib>
#include <type_traits>
inline int svdlens_awake_fault() {{
    static const int number = std::getenv("{AWAKE}") ? std::atoi(std::getenv("{AWAKE}")) : 0;
    return number;
}}
constexpr bool svdlens_planted(int number) {{
    if (std::is_constant_evaluated()) return false;
    return svdlens_awake_fault() == number;
}}
"""

Fault = collections.namedtuple("Fault", "number name header text replacement units is_text")
FAULTS = [Fault(k + 1, *m[:5], len(m) > 5) for k, m in enumerate(planted.MUTATIONS)]


def with_faults(text, faults):
    """A statement or an expression in which each of the faults can be woken."""
    is_statement = text.rstrip().endswith((";", "}"))
    for fault in faults:
        asked = f"::svdlens_planted({fault.number})"
        if is_statement:
            text = f"if ({asked}) {{ {fault.replacement} }} else {{ {text} }}"
        else:
            text = f"({asked} ? ({fault.replacement}) : ({text}))"
    return text


def copy_of_headers(folder, faults):
    """A copy with all the faults asleep, or with the one that is text as it is."""
    shutil.copytree(ROOT / "include", folder)
    places = collections.defaultdict(list)
    for fault in faults:
        places[fault.header, fault.text].append(fault)
    for (header, text), here in places.items():
        path = folder / "svdlens" / header
        new = here[0].replacement if here[0].is_text else with_faults(text, here)
        path.write_text(path.read_text().replace(text, new))
    return folder


class Workshop:
    """Compiles units beside copies of the headers. What all units share is read once."""

    def __init__(self, folder, flags):
        self.folder, self.flags = folder, flags
        self.count, self.lock = 0, threading.Lock()
        self.precompiled = folder / "shared" / "support" / "precompiled.hpp"
        self.precompiled.parent.mkdir(parents=True)
        for name in ("precompiled.hpp", "catch.hpp"):
            shutil.copy(TESTS / "support" / name, self.precompiled.parent)
        (folder / "waking.hpp").write_text(WAKING)
        base = self.command(ROOT / "include")
        subprocess.run(base + ["-x", "c++-header", str(self.precompiled), "-o", f"{self.precompiled}.gch"], check=True)
        subprocess.run(base + ["-c", str(TESTS / "support" / "catch_main.cpp"), "-o", str(folder / "main.o")], check=True)

    def command(self, include):
        defined = {"SVDLENS_TEST_SOURCE_DIR": TESTS, "SVDLENS_TESTS_INCLUDE_DIR": include, "SVDLENS_TESTS_PROJECT_DIR": ROOT}
        return (shlex.split(os.environ.get("CXX", "g++")) + ["-std=c++20", "-O0", "-w", "-I", str(include), "-I", str(TESTS),
                "-I", str(ROOT / "examples"), "-I", str(ROOT / "examples" / "support"), "-isystem", "/usr/include/eigen3"]
                + [f'-D{name}="{value}"' for name, value in defined.items()] + self.flags)

    def new_name(self):
        with self.lock:
            self.count += 1
            return self.folder / f"{self.count}"

    def program_of(self, unit, include):
        """The program; raises with the compiler's error where it does not compile."""
        program = str(self.new_name())
        done = subprocess.run(self.command(include) + [
            "-include", str(self.precompiled), "-include", str(self.folder / "waking.hpp"), str(TESTS / unit),
            str(self.folder / "main.o"), "-o", program, "-pthread"], capture_output=True, text=True)
        if done.returncode == 0:
            return program
        error = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:200])
        raise RuntimeError(f"{unit} does not compile: {error}")


def failed_cases(program, awake=0):
    """The test cases that fail, or how it ended; none where all pass."""
    try:
        done = subprocess.run([program, "-r", "xml"], capture_output=True, text=True, errors="replace", timeout=LONGEST_RUN,
                              env={**os.environ, AWAKE: str(awake)})
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


def look_at_unit(shop, include, unit, faults):
    """(why the unit is not sound, what fails for each fault by its number)"""
    try:
        program = shop.program_of(unit, include)
    except RuntimeError as error:
        return str(error), {}
    found = {fault.number: failed_cases(program, fault.number) for fault in faults}
    failed = failed_cases(program)
    os.remove(program)
    return "fails by itself: " + "; ".join(failed) if failed else "", found


def look_at_text(shop, fault, unit):
    """As look_at_unit, of a fault that is compiled by itself."""
    include = copy_of_headers(shop.new_name(), [fault])
    try:
        return "", {fault.number: failed_cases(shop.program_of(unit, include))}
    except RuntimeError as error:
        return str(error), {}
    finally:
        shutil.rmtree(include)


def run_round(shop, asleep, faults, pool):
    """Looks at each fault with the first of its units that has not seen it; those that are left, and how many units are not sound."""
    of_unit = collections.defaultdict(list)
    jobs = {}
    for fault in faults:
        if fault.is_text:
            jobs[pool.submit(look_at_text, shop, fault, fault.units[0])] = fault.units[0], [fault]
        else:
            of_unit[fault.units[0]].append(fault)
    for unit, of in sorted(of_unit.items(), key=lambda each: -len(each[1])):
        jobs[pool.submit(look_at_unit, shop, asleep, unit, of)] = unit, of
    left, bad = [], 0
    for job in concurrent.futures.as_completed(jobs):
        (unit, of), (trouble, found) = jobs[job], job.result()
        bad += bool(trouble)
        if trouble or not of[0].is_text:
            print(f"{'FAULT' if trouble else 'sound':6} {unit} {trouble}".rstrip(), flush=True)
        for fault in of:
            failed = found.get(fault.number)
            if failed and not trouble:
                print(f"ok     {fault.name:62} {unit}: " + "; ".join(failed), flush=True)
            else:
                left.append(fault._replace(units=fault.units[1:]))
    return left, bad


def run_all(chosen, jobs, flags):
    """Prints a line for each fault and each unit; how many are as they should not be."""
    bad, survivors, left = 0, [], list(chosen)
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        shop = Workshop(pathlib.Path(name), flags)
        asleep = copy_of_headers(shop.folder / "asleep", [f for f in chosen if not f.is_text])
        while left:
            left, unsound = run_round(shop, asleep, left, pool)
            bad += unsound
            survivors += [f for f in left if not f.units]
            left = [f for f in left if f.units]
    for fault in survivors:
        print(f"FAULT  {fault.name:62} is not noticed", flush=True)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} faults are noticed" + (f", {bad} units are not sound" if bad else ""))
    return bad + len(survivors)


def troubles(faults):
    """What is wrong with the list itself: texts that are not there once, units that are not there, names that stand twice."""
    for fault in faults:
        path = ROOT / "include" / "svdlens" / fault.header
        count = path.read_text().count(fault.text) if path.exists() else 0
        if count != 1:
            yield f"{fault.name}: {fault.header} has the text {count} times, expected once: {fault.text}"
        if fault.text == fault.replacement:
            yield f"{fault.name}: the text is replaced by itself"
        for unit in fault.units:
            if not (TESTS / unit).exists():
                yield f"{fault.name}: there is no test unit {unit}"
    names = [fault.name for fault in faults]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"{name}: stands twice"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="the faults, and nothing else")
    parser.add_argument("--check", action="store_true", help="whether each text is there once; compiles nothing")
    parser.add_argument("--jobs", type=int, default=1, help="how many units are looked at at a time")
    parser.add_argument("--flags", default="", help="more flags of the compiler")
    parser.add_argument("names", nargs="*", help="parts of the names of those to plant (default: all)")
    said = parser.parse_args()
    chosen = [f for f in FAULTS if not said.names or any(n in f.name for n in said.names)]
    if said.list:
        for fault in chosen:
            print(f"{fault.name:62} {fault.header}")
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
