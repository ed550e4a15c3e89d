#!/usr/bin/env python3
"""The API reference by Doxygen: public names of public headers, by folder, with the everyday table first.

    reference.py build ROOT FOLDER    makes FOLDER/html; fails on a warning, and on a public name that it does not hold

Needs doxygen and doxygen-awesome-css (Debian). Doxygen reads copies of the headers, line by line the same but for the
folder's group around each namespace, and for what types of the library have in common: that is said once, in SAID.
"""
import os
import re
import shutil
import subprocess
import sys

STYLE = "/usr/share/doxygen-awesome-css"

FOLDERS = {
    "core": "Version, errors, execution and the ordered loop, text, file writer.",
    "tensor": "Axes, labels and their lookup, row arithmetic; contiguous row-major values; the customisation point for containers.",
    "table": "Score sources, long tables, selections; conditions; the verbs; columns and printing.",
    "io": "Checkpoints in and out: dtypes, mapped files, state dicts, safetensors, torch files, JSON weights, configs, token labels.",
    "linalg": "Matrix views, decompositions, assignment: numbers only.",
    "directions": "Vector sets, factored matrices of heads, their singular directions, composition, similarity.",
    "graph": "The circuit graph, components, communities, hubs.",
    "projection": "Directions times vectors: lazy tables of scores.",
    "model": "Naming schemes, transformer weights, weight processing, ports on the residual stream.",
    "export": "CSV, NPY, Arrow, GraphML, DOT; sinks for streamed rows.",
    "significance": "Which scores are more than chance: p-values, false discovery rates, their controls.",
    "plot": "Figures as plotly's JSON, tables, the graph, pages.",
    "circuit": "OV and QK circuits of a model, found edges, paths, channels, two checkpoints.",
    "report": "The one-page report of a model.",
    "adapt": "Containers of Eigen and xtensor as tensors.",
}

# What a line without a comment of its own says, the first that fits. (line's pattern, comment)
SAID = [
    (r"^\s+using value_type = ", "The type of a number: float or double."),
    (r"\) &&;?( \{|;|$)", "The same of a temporary, which gives it away."),
    (r"\baxes& axes\(\) const", "What numbers and names the rows."),
    (r"\bmax_rows\(\) const", "The number of present rows, or an upper bound."),
    (r"\bblocks\(\) const", "How many blocks there are."),
    (r"\btiling& tiles\(\)", "Which rows are present, and how they are cut into blocks."),
    (r"\bblock\(std::size_t i, block_buffer<", "Block i: a pure function of i, from any thread the same bits."),
    (r"\bstd::size_t size\(\) const", "How many there are."),
    (r"\bbool empty\(\) const", "Whether there is none."),
    (r"\brow_number> rows\(\) const&", "The row numbers, in order."),
    (r"\bscores\(\) const&", "The scores, in the order of the rows."),
    (r"\brow_at\(std::size_t k\)", "The row number of element k."),
    (r"\bscore_at\(std::size_t k\)", "The score of element k."),
    (r"friend .*operator(==|<=>)|bool operator==", "Member by member."),
    (r"ostream& operator<<", "Prints what `to_string` gives."),
    (r"^using \w+ = basic_\w+<(float|double)>;", r"The everyday type."),
    (r"^struct \w+_options \{", "What may be asked for; every member has its default."),
    (r"^\s+using error::error;", "A code and a message of one line."),
    (r"static std::string name\(\)", "What a column of it is called."),
    (r"^\s+(using state = |struct state \{)", "What is held of a group."),
    (r"static void add(_span)?\(state&", "Takes scores into a state."),
    (r"static void merge\(state&", "Takes a state of later rows into one of earlier rows."),
    (r"static double value\((const )?state", "The number that a state stands for."),
    (r"static std::vector<std::uint64_t> shape\(const", "Extents, outermost first."),
    (r"static .*\* row_major\(const", "The values where they lie in row-major order, else null."),
    (r"static .*strided_values<.*> strided\(const|static const strided_values<T>& strided", "The values where they lie, with their strides."),
    (r"^figure \w+\(const S& source, const \w+ ?& options", "The same of any table."),
    (r"static void copy\(const", "Evaluates into row-major memory."),
]


def is_documented(lines, k):
    """Whether line k has a comment of its own, before it or behind it."""
    if "///<" in lines[k]:
        return True
    at = k - 1
    while at >= 0 and re.match(r"\s*(template\b|requires\b|\()", lines[at]):
        at -= 1
    return at >= 0 and lines[at].lstrip().startswith("///")


def filtered(path):
    lines = open(path, encoding="utf-8").read().split("\n")
    folder = os.path.basename(os.path.dirname(path))
    inside_code = False
    for k, line in enumerate(lines):
        opened = re.match(r"namespace (svdlens)(?:::inline v\d+_\d+)?(::\w+)? \{$", line)
        if opened and opened[2] != "::detail":
            lines[k] = f"namespace svdlens{opened[2] or ''} {{"
            if folder in FOLDERS and not lines[k + 1]:  # on two lines that are there, so that numbers of lines stay
                lines[k], lines[k + 1] = f"{lines[k]} /** @addtogroup {folder}", " * @{ */"
        elif re.match(r"\} // namespace svdlens(?:::inline v\d+_\d+)?(::(?!detail)\w+)?$", line) and folder in FOLDERS:
            lines[k] = "/** @} */ }"
        else:
            said = next((text for pattern, text in SAID if re.search(pattern, line)), None)
            before = next((at for at in range(k - 1, -1, -1) if not re.match(r"\s*(template\b|requires\b|\()", lines[at])), k)
            if said and not is_documented(lines, k) and not line.lstrip().startswith("//"):
                first = before + 1  # a template's head is on lines of its own
                indent = re.match(r"\s*", lines[first])[0]
                lines[first] = f"{indent}/** {said} */ {lines[first].lstrip()}"
    return "\n".join(lines)


def pages(root, folder):
    """The front page, and a group for each folder."""
    os.makedirs(os.path.join(folder, "pages"))
    text = open(os.path.join(root, "docs", "api.md"), encoding="utf-8").read()
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)  # the other pages are beside, not in it
    text = re.sub(r"^\| `([\w:]+)` \|", r"| @ref svdlens::\1 |", text.replace("`write_html`", "`plot::write_html`"), flags=re.M)
    with open(os.path.join(folder, "pages", "api.md"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(folder, "pages", "groups.hpp"), "w", encoding="utf-8") as file:
        file.write("/// @namespace svdlens\n/// All public names; those of `detail` are not in this reference.\n")
        for name, what in (("aggregates", "What `group_by` and `pivot` make of each group."), ("plot", "Figures, panels and pages."),
                           ("schemes", "The words of naming schemes."), ("minigrid", "Labels of grid worlds.")):
            file.write(f"/// @namespace svdlens::{name}\n/// {what}\n")
        for name, what in FOLDERS.items():
            file.write(f"/** @defgroup {name} {name}/\n{what} */\n")


def headers(root, folder):
    """Copies of the public headers for Doxygen."""
    for at, inner, files in os.walk(os.path.join(root, "include")):
        inner[:] = [each for each in inner if each != "detail"]
        made = os.path.join(folder, os.path.relpath(at, root))
        os.makedirs(made)
        for name in files:
            with open(os.path.join(made, name), "w", encoding="utf-8") as file:
                file.write(filtered(os.path.join(at, name)))


def public_names(root):
    text = open(os.path.join(root, "tests", "contract", "public_names.cpp"), encoding="utf-8").read()
    return set(re.findall(r"^using svdlens::([\w:]+);", text, re.M))


def names_in(tagfile):
    """Names at namespace scope of a tag file, without `svdlens::`."""
    names, text = set(), open(tagfile, encoding="utf-8").read()
    for kind, body in re.findall(r'<compound kind="(\w+)"[^>]*>(.*?)</compound>', text, re.S):
        name = re.search(r"<name>(.*?)</name>", body)[1]
        if kind in ("class", "struct", "concept"):
            names.add(re.sub(r"&lt;.*|<.*", "", name).strip())
        if kind == "namespace":
            names.update(f"{name}::{each}" for each in re.findall(r'<member kind="\w+"[^>]*>.*?<name>(.*?)</name>', body, re.S))
    names |= {each.replace("plot::", "", 1) for each in names if each.endswith("plot::write_html")}  # a using-declaration
    return {each.removeprefix("svdlens::") for each in names}


def warnings_of(log):
    """Warnings that are faults: all, but for data members that a documented aggregate does not explain."""
    lines = [each for each in log.split("\n") if "warning:" in each or "error:" in each]
    return [each for each in lines if not re.search(r"warning: Member \S.* \((variable|enumvalue)\) of (struct|class) ", each)]


def build(root, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    pages(root, folder)
    headers(root, folder)
    version = re.findall(r"define SVDLENS_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", open(os.path.join(root, "include/svdlens/core/version.hpp")).read())
    given = {"folder": folder, "style": STYLE, "version": ".".join(version)}
    text = open(os.path.join(root, "docs", "Doxyfile.in")).read()
    with open(os.path.join(folder, "Doxyfile"), "w") as file:
        file.write(re.sub(r"@(\w+)@", lambda found: given[found[1]], text))
    done = subprocess.run(["doxygen", os.path.join(folder, "Doxyfile")], capture_output=True, text=True)
    wrong = [each.replace(os.path.join(folder, "include"), os.path.join(root, "include")) for each in warnings_of(done.stdout + done.stderr)]
    missing = public_names(root) - names_in(os.path.join(folder, "names.xml"))
    wrong += [f"svdlens::{each} is public and not in the reference" for each in sorted(missing)]
    if done.returncode or wrong:
        sys.exit("\n".join(["FAILED:"] + wrong + [f"{len(wrong)} faults"]))
    print(f"{len(public_names(root))} public names, each documented: {os.path.join(folder, 'html', 'index.html')}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["build"] and len(sys.argv) == 4:
        build(os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3]))
    else:
        sys.exit(__doc__)
