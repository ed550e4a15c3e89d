# Debian's own Python first: the one that its packages are for.
find_program(svdlens_python3 NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(svdlens_python3 NAMES python3)
