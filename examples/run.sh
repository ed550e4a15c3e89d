#!/usr/bin/env bash
# The main job: installs what is missing, builds, and analyses a model's circuits.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: examples/run.sh [MODEL] [options of svdlens analyse]

Installs missing Debian packages (with sudo when not root), builds the program in Release and runs
`svdlens analyse` with the arguments given. Without arguments it makes a model with a planted circuit,
finds it again and writes tables and graphs into circuit/.
TEXT
}

case "${1:-}" in -h | --help) usage; exit 0 ;; esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/.. source=cmake/debian_packages.sh
source "$root/cmake/debian_packages.sh"
need_packages g++ cmake ninja-build libeigen3-dev nlohmann-json3-dev libcli11-dev

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Building svdlens ..."
if ! { cmake -S "$root" --preset demo && cmake --build "$root/build/demo" --target svdlens_program; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
"$root/build/demo/examples/svdlens" analyse "$@"
