#!/usr/bin/env python3
"""Runs compare.py on small files without peers, and checks what it writes, but for any time.

    check_comparison.py PROGRAM FOLDER
"""
import json
import os
import subprocess
import sys

MEMBERS = ["name", "ours_seconds", "peer", "peer_seconds", "ratio", "limit_seconds", "of_limit"]
NAMES = ["svd", "svd", "svd", "scan", "tails", "top_k", "describe", "quantiles", "notebook", "threads"]


def main(program, folder):
    try:
        import numpy  # noqa: F401, what the files are made with
    except ImportError:
        print("SKIPPED: NumPy is missing (Debian: python3-numpy)")
        return
    os.makedirs(folder, exist_ok=True)
    out = os.path.join(folder, "comparison.json")
    script = os.path.join(os.path.dirname(__file__), os.pardir, "compare.py")
    options = ["--quick", "--no-peers", "--threads", "2", "--runs", "2"]
    subprocess.run([sys.executable, script, *options, "--program", program, "--folder", folder, "--out", out], check=True)
    with open(out) as file:
        entries = json.load(file)
    assert [e["name"] for e in entries] == NAMES, [e["name"] for e in entries]
    assert [e["peer"] for e in entries[:3]] == ["factored", "qr", "full"]
    for entry in entries:
        missing = [member for member in MEMBERS if member not in entry]
        assert not missing, f"{entry['name']} lacks {missing}"
        assert entry["ours_seconds"] > 0
        limited = entry["name"] not in ("notebook", "threads")
        assert (entry["limit_seconds"] is not None) == limited, entry
        if limited:
            assert abs(entry["of_limit"] * entry["ours_seconds"] / entry["limit_seconds"] - 1) < 1e-9, entry
    assert {"ours_peak_mb", "ours_beside_mb"} <= set(entries[3]), entries[3]


if __name__ == "__main__":
    main(*sys.argv[1:])
