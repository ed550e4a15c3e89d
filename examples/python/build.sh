#!/usr/bin/env bash
# Builds the Python module: installs what is missing, and says where the module is. `--test` runs its tests, too.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR/../.. source=cmake/debian_packages.sh
source "$root/cmake/debian_packages.sh"
need_packages g++ cmake ninja-build libeigen3-dev nlohmann-json3-dev pybind11-dev python3-dev python3-numpy python3-pandas \
    python3-networkx
cd "$root"
cmake --preset python -DPython_EXECUTABLE=/usr/bin/python3 # the one that the packages are for
cmake --build --preset python --parallel "$(nproc)"
if [ "${1:-}" = --test ]; then
    # Three independent readers of Arrow, from npm; without them their tests are skipped, with a message.
    npm install --silent --no-save --prefix build/python/examples/python \
        apache-arrow@21.2.0 @duckdb/node-api@1.5.6-r.1 nodejs-polars@0.25.2 nodejs-polars-linux-x64-gnu@0.25.2 ||
        echo "Going on without apache-arrow, DuckDB and nodejs-polars" >&2
    ctest --preset python
fi
echo "The module: PYTHONPATH=$root/build/python/examples/python /usr/bin/python3"
