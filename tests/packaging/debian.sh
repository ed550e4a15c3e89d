#!/usr/bin/env bash
# Makes the Debian packages, installs them into a new Debian and uses them there.
# shellcheck disable=SC2016 # what stands in single quotes is meant for the new Debian
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: tests/packaging/debian.sh [FOLDER]

As root. Builds and packs the preset `package` (or takes the packages of SVDLENS_PACKAGES), makes a Debian 12 of the smallest kind with
debootstrap (or unpacks FOLDER/base.tar, which it leaves there for the next time), and in it, each a step that has to succeed:
the packages install with what they depend on and nothing else; the program makes its planted model and analyses it, with no
compiler there; users of the headers build and run by find_package, header-only and compiled, and by pkg-config;
the packages are removed and leave nothing. Needs debootstrap and a Debian mirror (SVDLENS_DEBIAN_MIRROR).
TEXT
}

case "${1:-}" in -h | --help) usage; exit 0 ;; esac

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$tree/build/package
packages=${SVDLENS_PACKAGES:-$build/packages}
mirror=${SVDLENS_DEBIAN_MIRROR:-http://deb.debian.org/debian}
kept=${1:-}
work=$(mktemp -d)
chroot=$work/debian
trap 'rm -rf "$work"' EXIT

inside() { chroot "$chroot" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }
installed() { inside apt-get install -y -qq --no-install-recommends "$@" >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; exit 1; }; }
step() { echo "-- $*"; }

make_packages() {
    cmake --preset package -S "$tree" -B "$build" >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
    cmake --build "$build" --target svdlens_program --parallel "$(nproc)"
    rm -rf "$build/packages"
    (cd "$build" && cpack -G DEB >"$work/cpack.log" 2>&1) || { cat "$work/cpack.log"; exit 1; }
}

make_debian() {
    if [ -n "$kept" ] && [ -f "$kept/base.tar" ]; then
        mkdir "$chroot" && tar -C "$chroot" -xf "$kept/base.tar"
    else
        debootstrap --variant=minbase bookworm "$chroot" "$mirror" >"$work/debootstrap.log" || { cat "$work/debootstrap.log"; exit 1; }
        inside apt-get update -qq
        if [ -n "$kept" ]; then mkdir -p "$kept" && tar -C "$chroot" -cf "$kept/base.tar" .; fi
    fi
    cp /etc/resolv.conf "$chroot/etc/resolv.conf"
    mkdir -p "$chroot/srv/packages"
    cp "$packages"/*.deb "$chroot/srv/packages"
    cp -r "$tree/tests/consumer" "$chroot/srv/consumer"
}

step "packages"
[ -n "${SVDLENS_PACKAGES:-}" ] || make_packages
for package in "$packages"/*.deb; do
    basename "$package"
    dpkg-deb -f "$package" Package Version Architecture Depends Suggests Installed-Size | sed 's/^/    /'
done
step "a new Debian"
make_debian

step "both install, with what they depend on"
inside sh -c 'cd /srv/packages && apt-get install -y -qq --no-install-recommends ./*.deb' >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; exit 1; }
if inside sh -c 'command -v g++ cmake' >/dev/null; then echo "a compiler came with them"; exit 1; fi

step "the program's main job"
inside sh -ec 'cd /srv && svdlens --version && svdlens planted --out planted.safetensors && svdlens analyse planted.safetensors --out circuit' \
    >"$work/analyse.log"
grep -A 7 -e '^Found at q' -e '^Strongest findings' "$work/analyse.log" | sed 's/^/    /'
inside sh -ec 'cd /srv/circuit && test -s findings.csv && test -s graph.html && test -s graph.graphml && ls' | tr "\n" " "
echo

step "users of the headers"
installed g++ cmake make pkg-config
inside sh -ec '
    cd /srv/consumer
    cmake -S installed -B /srv/found -DCMAKE_CXX_FLAGS=-O0 >/dev/null
    cmake --build /srv/found >/dev/null
    /srv/found/consumer
    g++ -std=c++20 -O0 parts.cpp $(pkg-config --cflags --libs svdlens) -o /srv/by_pkgconfig
    /srv/by_pkgconfig'
step "a user of the compiled library, all of it made there"
mkdir "$chroot/srv/whole"
cat >"$chroot/srv/whole/CMakeLists.txt" <<'TEXT'
cmake_minimum_required(VERSION 3.16)
project(whole LANGUAGES CXX)
find_package(svdlens REQUIRED COMPONENTS compiled)
add_executable(whole whole.cpp)
target_link_libraries(whole PRIVATE svdlens::compiled)
TEXT
cat >"$chroot/srv/whole/whole.cpp" <<'TEXT'
#include <svdlens/svdlens.hpp>

#include <iostream>

int main() {
    const auto file = svdlens::open_safetensors("/srv/planted.safetensors");
    const auto weights = svdlens::fold_norms(svdlens::transformer_weights(file));
    const auto heads = svdlens::singular_directions(svdlens::ov_circuits(weights));
    const auto scores = svdlens::project(heads.writing(), weights.mlp_in());
    std::cout << svdlens::describe(scores, {0.5});
    return scores.axes().title() == "ov_to_mlp_in" ? 0 : 1;
}
TEXT
inside sh -ec 'cmake -S /srv/whole -B /srv/whole/build -DCMAKE_CXX_FLAGS=-O0 >/dev/null
    cmake --build /srv/whole/build --parallel "$(nproc)" >/dev/null
    /srv/whole/build/whole'

step "removed, and nothing is left"
inside apt-get purge -y -qq svdlens libsvdlens-dev >/dev/null 2>&1
left=$(inside find /usr /etc -path '*svdlens*' | head)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
echo "Debian packages: all steps passed"
