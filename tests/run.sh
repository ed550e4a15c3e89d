#!/usr/bin/env bash
# The tests with one compiler: installs what is missing, configures, builds and runs them.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: tests/run.sh [options of ctest]

Installs missing Debian packages (with sudo when not root), builds the preset `test` and runs ctest. With
SVDLENS_DATA naming a folder of real checkpoints, tests use those too. The second compiler, each header compiled
alone, the sanitizers and the fuzzers are tests/run_all.sh.

Pages are looked at in Chromium where that, node and the npm packages of tests/browser can be had; else those tests
are skipped, and say what is missing. Pictures of the pages go to BROWSER_SCREENSHOTS, or to build/test/tests/browser.
TEXT
}

case "${1:-}" in -h | --help) usage; exit 0 ;; esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/.. source=cmake/debian_packages.sh
source "$root/cmake/debian_packages.sh"
need_packages g++ cmake ninja-build libeigen3-dev libxtensor-dev nlohmann-json3-dev libcli11-dev catch2 python3
# What only tests run is needed last, and comes while they are compiled. Without the second half of it they go on; the
# browser is the largest package of all.
{
    need_packages graphviz python3-networkx python3-numpy
    want_programs meson=meson pkg-config=pkg-config
    need_packages python3-pandas || echo "Going on without: python3-pandas" >&2
    want_programs chromium=chromium node=nodejs
} &
wanted=$!

cd "$root"
jobs=$(nproc)
cmake --preset test
cmake --build --preset test --parallel "$jobs"
wait "$wanted"
ctest --preset test --parallel "$jobs" "$@"
