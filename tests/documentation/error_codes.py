#!/usr/bin/env python3
"""Every code of core/error.hpp is on docs/errors.md with its number, and is thrown somewhere in include/.

    error_codes.py ROOT
"""
import os
import re
import sys


def codes_of(header):
    """Names and numbers of the enumeration errc."""
    body = re.search(r"enum class errc : int \{(.*?)\};", header, re.S)[1]
    return {name: int(number) for name, number in re.findall(r"^\s+(\w+) = (\d+),", body, re.M)}


def rows_of(page):
    """Names and numbers of the page's rows; what they mean, and what to do."""
    return {row[1]: (int(row[0]), row[2].strip(), row[3].strip()) for row in re.findall(r"^\| (\d+) \| `(\w+)` \|(.*)\|(.*)\|$", page, re.M)}


def faults(codes, rows, used):
    wrong = [f"{name}: not on the page" for name in codes if name not in rows]
    wrong += [f"{name}: on the page, and no code" for name in rows if name not in codes]
    wrong += [f"{name}: {codes[name]}, and the page says {rows[name][0]}" for name in codes if name in rows and rows[name][0] != codes[name]]
    wrong += [f"{name}: the page says not what it means, or what to do" for name, row in rows.items() if not row[1] or not row[2]]
    return wrong + [f"{name}: nobody throws it" for name in codes if name not in used]


def used_in(include):
    used = set()
    for folder, _, files in os.walk(include):
        for name in files:
            text = open(os.path.join(folder, name), encoding="utf-8").read()
            text = re.sub(r"//.*", "", text)  # a comment throws nothing
            used.update(re.findall(r"\berrc::(\w+)", text))
    return used


def main(root):
    codes = codes_of(open(os.path.join(root, "include/svdlens/core/error.hpp"), encoding="utf-8").read())
    rows = rows_of(open(os.path.join(root, "docs/errors.md"), encoding="utf-8").read())
    used = used_in(os.path.join(root, "include"))
    wrong = faults(codes, rows, used)
    # what this test has to notice
    name = next(iter(codes))
    others = {k: v for k, v in rows.items() if k != name}
    for planted in ((codes, others, used), ({**codes, "another": 999}, rows, used), (codes, {**rows, name: (0, "x", "y")}, used),
                    (codes, {**rows, name: (codes[name], "", "y")}, used), (codes, rows, used - {name})):
        if not faults(*planted):
            wrong.append("a planted fault is not noticed")
    if len(codes) < 40 or wrong:
        sys.exit("\n".join(["FAILED:"] + wrong + [f"{len(codes)} codes"]))
    print(f"{len(codes)} codes")


if __name__ == "__main__":
    main(sys.argv[1]) if len(sys.argv) == 2 else sys.exit(__doc__)
