#!/usr/bin/env bash
# What the library costs to compile: user seconds and peak memory of a few units, header-only and in compiled mode.
# Run it on an idle machine. INCLUDE of another revision gives the figures before a change, in one sitting.
set -euo pipefail

case "${1:-}" in
-h | --help)
    echo "usage: benchmarks/compile_time/measure.sh [INCLUDE [COMPILER]]   (default: this tree's include, g++)"
    exit 0 ;;
esac

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
include=${1:-$here/../../include}
compiler=${2:-g++}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

measure() { # unit, flags
    local unit=$1
    shift
    if /usr/bin/time -f "%U s, %M KB" -o "$log" "$compiler" -std=c++20 -I "$include" -isystem /usr/include/eigen3 "$@" \
        -c "$unit" -o /dev/null 2>/dev/null; then tail -1 "$log"; else echo "does not compile"; fi
}

echo "| unit | header-only | compiled |"
echo "|---|---|---|"
for entry in "../../tests/contract/compiled_mode.cpp -O0" "umbrella.cpp -O0" "directions.cpp -O2" "verbs.cpp -O2" \
    "open_weights.cpp -O2" "core_verbs.cpp -O2"; do
    read -r unit level <<<"$entry"
    echo "| $(basename "$unit") $level | $(measure "$here/$unit" "$level") | $(measure "$here/$unit" "$level" -DSVDLENS_COMPILED) |"
done
