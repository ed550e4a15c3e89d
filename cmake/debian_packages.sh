# shellcheck shell=bash
# Sourced by examples/run.sh and tests/run.sh: makes sure that Debian packages are there.

# need_packages <package>...: installs those that are missing. Where dpkg is not the package manager it only says
# what is needed: another system may have the same things under other names.
need_packages() {
    local package missing=() as_root=()
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        echo "This is not a Debian system. Needed, under Debian's names: $*" >&2
        return 0
    fi
    for package in "$@"; do
        dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    if [ ${#as_root[@]} -ne 0 ] && ! command -v sudo >/dev/null; then
        echo "Missing packages, and neither root nor sudo to install them: ${missing[*]}" >&2
        return 1
    fi
    echo "Installing: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# want_programs <program>=<package>...: installs the packages of programs that are found nowhere, and goes on without
# them where that fails.
want_programs() {
    local each packages=()
    for each in "$@"; do
        command -v "${each%%=*}" >/dev/null || packages+=("${each#*=}")
    done
    [ ${#packages[@]} -eq 0 ] && return 0
    need_packages "${packages[@]}" || echo "Going on without: ${packages[*]}" >&2
}
