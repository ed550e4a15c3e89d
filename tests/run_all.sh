#!/usr/bin/env bash
# Everything: both compilers with warnings as errors, the sanitizers, the fuzzers, LLVM's standard library, planted faults, the packages,
# what the tests reach, and clang-tidy. tests/run.sh is the short form.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: tests/run_all.sh [STEP...]

Installs missing Debian packages (with sudo when not root), then takes each step: reference ci-gcc shards ci-clang asan tsan fuzz libcxx python mutations
packages coverage tidy, unless others are named. Ends with the first that fails.

reference is the documentation of all public names, whose warnings are errors. A preset is configured, built and tested. Each fuzzer runs for a minute, or for FUZZ_SECONDS. After either compiler's tests ten thousand
pairs of factors of twenty families are decomposed, where the tests take a few hundred, and the worst figures of each family are
printed. 200 models without a circuit are searched for one, where the tests take 20. Ten programs of four forms are compiled with five
seeds each, where the tests take one, and a table of what is found of each class of channel is printed.

mutations plants a hundred faults, one at a time, and says which test notices each (tests/mutations/mutations.py). packages makes the
Debian packages and uses them in a new Debian (tests/packaging/; as root), and runs the recipes for Conan and vcpkg. coverage fails under 95 % of the lines of include/;
its page is build/coverage/lines/index.html. tidy is clang-tidy over the whole library and the program.
TEXT
}

case "${1:-}" in -h | --help) usage; exit 0 ;; esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/.. source=cmake/debian_packages.sh
source "$root/cmake/debian_packages.sh"
need_packages g++ clang libclang-rt-dev cmake ninja-build libeigen3-dev libxtensor-dev nlohmann-json3-dev libcli11-dev catch2 \
    libbenchmark-dev graphviz python3 python3-networkx python3-numpy meson pkg-config \
    clang-16 libc++-16-dev libc++abi-16-dev pybind11-dev python3-dev python3-pandas python3-igraph debootstrap gcovr clang-tidy \
    doxygen doxygen-awesome-css slurm-wlm munge

cd "$root"
jobs=$(nproc)
export SVDLENS_LARGE=1      # 50 million rows through Python
export SVDLENS_TEST_RUNS=30 # signals at random moments, of each kind
[ $# -gt 0 ] || set -- reference ci-gcc ci-clang asan tsan fuzz libcxx python mutations packages coverage tidy

tested_preset() {
    local settings=()
    [ "$1" = fuzz ] && settings=("-DSVDLENS_FUZZ_SECONDS=${FUZZ_SECONDS:-60}")
    cmake --preset "$1" "${settings[@]}"
    cmake --build --preset "$1" --parallel "$jobs"
    ctest --preset "$1" --parallel "$jobs"
}

long_properties() {
    SVDLENS_FACTOR_FAMILIES=10000 "build/$1/tests/test_directions" \
        "no finite pair of factors is refused, and all keep the bound"
    SVDLENS_PLANTED_SEEDS=20 "build/$1/tests/test_examples" \
        "a planted circuit is found on every seed, and not where it is not"
    SVDLENS_DISCOVERY_FAMILIES=300 "build/$1/tests/test_significance" \
        "discoveries are those of all rows, sorted, to the bit"
    SVDLENS_NULL_MODELS=200 "build/$1/tests/test_significance" \
        "anything is found in at most q of the models in which nothing is"
    SVDLENS_PROGRAM_SEEDS=5 "build/$1/tests/test_significance" "*compiled program*,*channels*"
}

# What the tests reach of include/; listed are the headers that they reach least of.
report_lines() {
    mkdir -p build/coverage/lines
    gcovr --root . --filter include/ --exclude-throw-branches --exclude-unreachable-branches -j "$jobs" build/coverage \
        --sort-percentage --txt build/coverage/lines/lines.txt --html-details build/coverage/lines/index.html --fail-under-line 95 || {
        head -60 build/coverage/lines/lines.txt
        return 1
    }
    tail -3 build/coverage/lines/lines.txt
}

tidy() {
    mkdir -p build
    printf '#include <svdlens/svdlens.hpp>\n' >build/tidy.cpp
    clang-tidy --quiet --warnings-as-errors='*' build/tidy.cpp examples/svdlens.cpp -- -std=c++20 -Iinclude -Iexamples -Iexamples/support \
        -isystem /usr/include/eigen3 -DSVDLENS_PROGRAM_REVISION='""' -DSVDLENS_PROGRAM_BUILD='""'
}

for step in "$@"; do
    echo "== $step"
    case "$step" in
    reference) tests/documentation/reference.py build . build/reference ;;
    python) examples/python/build.sh --test ;;
    shards)
        tests/shards/shards.sh build/ci-gcc/examples/svdlens
        tests/shards/slurm.sh build/ci-gcc/examples/svdlens || [ $? = 77 ]
        ;;
    mutations) python3 tests/mutations/mutations.py --jobs "$jobs" ;;
    packages)
        tests/packaging/recipes.py
        tests/packaging/debian.sh
        ;;
    tidy) tidy ;;
    coverage)
        tested_preset coverage
        report_lines
        ;;
    ci-*)
        tested_preset "$step"
        long_properties "$step"
        ;;
    *) tested_preset "$step" ;;
    esac
done
