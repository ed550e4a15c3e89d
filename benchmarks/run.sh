#!/usr/bin/env bash
# The benchmarks: builds them and compares svdlens with the Python peers on the same files.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: benchmarks/run.sh [options of compare.py]

Installs missing Debian packages (with sudo when not root), runs the workflow preset `bench`, and then compares with
torch, NumPy and pandas in alternating runs: a table of ratios, and build/bench/comparison.json. Takes about a quarter
of an hour on two cores, and 0.4 GB of disk for the files that both sides read; run it on an idle machine.

  --runs N       alternating runs (default: 5)
  --threads N    of both sides (default: all)
  --only LIST    some of svd,scan,notebook,quantiles
  --quick        one run on small files: whether it works, not how fast
  --no-peers     our side and its limits alone; needs no torch and no pandas

The benchmarks of single stages are build/bench/benchmarks/bench_*, each with its limit beside it.
TEXT
}

case "${1:-}" in -h | --help) usage; exit 0 ;; esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/.. source=cmake/debian_packages.sh
source "$root/cmake/debian_packages.sh"
packages=(g++ cmake ninja-build libeigen3-dev nlohmann-json3-dev libbenchmark-dev python3 python3-numpy)
case " $* " in *" --no-peers "*) ;; *) packages+=(python3-torch python3-pandas libopenblas0-pthread) ;; esac
need_packages "${packages[@]}"

# Debian's packages belong to Debian's python3, whatever comes first in PATH.
python=/usr/bin/python3
[ -x "$python" ] || python=python3

cd "$root"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Building the benchmarks ..."
if ! cmake --workflow --preset bench >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
"$python" benchmarks/compare.py "$@"
