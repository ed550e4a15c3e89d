"""Opens an exported file with the programs that people open it with, and prints what they saw.

read_back.py MODE FILE OUTPUT writes one value a line, each in hexadecimal UTF-8, for a test to compare.
Exit code 77: the program is not installed.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

MISSING = 77


def graphml(path):
    """Kind, counts and graph attributes, then the nodes, then the edges."""
    try:
        import networkx
    except ImportError:
        sys.exit(MISSING)
    graph = networkx.read_graphml(path)
    yield from (type(graph).__name__, len(graph), graph.number_of_edges())
    yield from (graph.graph.get("provenance", ""), graph.graph["hidden_edges"])
    for node, data in graph.nodes(data=True):
        yield from (node, data.get("label", ""), data["entity"], data.get("layer", "none"), data["component"])
    for source, target, data in graph.edges(data=True):
        yield from (source, target, data.get("section", ""), data["score"], data["weight"], data["sign"])


def gexf(path):
    """Kind and counts, then the nodes, then the edges, with how many each stands for where that is said."""
    try:
        import networkx
    except ImportError:
        sys.exit(MISSING)
    graph = networkx.read_gexf(path)
    yield from (type(graph).__name__, len(graph), graph.number_of_edges())
    for node, data in graph.nodes(data=True):
        yield from (node, data["label"], data["entity"], data.get("layer", "none"), data["component"])
    for source, target, data in graph.edges(data=True):
        yield from (source, target, data["section"], data["score"], data["weight"], data["sign"], data.get("edges", "itself"))


def graphml_igraph(path):
    """Counts, the attributes of the nodes by name, those of the edges."""
    try:
        import igraph
    except ImportError:
        sys.exit(MISSING)
    graph = igraph.Graph.Read_GraphML(path)
    yield from (graph.vcount(), graph.ecount(), graph.is_directed(), graph["hidden_edges"])
    for node in graph.vs:
        yield from (node["label"], node["entity"], node["layer"], node["component"])
    for edge in graph.es:
        yield from (edge.source, edge.target, edge["section"], edge["score"], edge["weight"], edge["sign"], edge["edges"])


def graphml_merged(path):
    """As `graphml`, with how many edges each edge stands for."""
    try:
        import networkx
    except ImportError:
        sys.exit(MISSING)
    graph = networkx.read_graphml(path)
    yield type(graph).__name__
    for source, target, data in graph.edges(data=True):
        yield from (source, target, data["section"], data["score"], data["weight"], data["sign"], data["edges"])


def dot(path):
    """Counts of nodes and edges in the picture, then each node's name, the lines of its label, its tooltip."""
    if shutil.which("dot") is None:
        sys.exit(MISSING)
    picture = subprocess.run(["dot", "-Tsvg", path], check=True, capture_output=True).stdout
    name = "{http://www.w3.org/2000/svg}"
    groups = list(xml.fromstring(picture).iter(name + "g"))
    nodes = [group for group in groups if group.get("class") == "node"]
    yield from (len(nodes), sum(group.get("class") == "edge" for group in groups))
    for node in nodes:
        yield node.find(name + "title").text
        yield "|".join(text.text or "" for text in node.iter(name + "text")).replace("\xa0", " ")
        yield next(node.iter(name + "a")).get("{http://www.w3.org/1999/xlink}title")


def csv_module(path):
    """All cells of all lines but the first."""
    with open(path, newline="", encoding="utf-8") as file:
        if not next(file).startswith("# svdlens "):
            sys.exit("the first line is not a comment")
        for line in csv.reader(file):
            yield from line


def csv_pandas(path):
    """All column names, then all cells."""
    try:
        import pandas
    except ImportError:
        sys.exit(MISSING)
    frame = pandas.read_csv(path, comment="#", dtype=str, keep_default_na=False)
    yield from frame.columns
    for line in frame.itertuples(index=False):
        yield from line


def recipe(path, number):
    """What the documentation's `number`-th recipe for pandas makes of `edges.csv`: columns with their types, cells.

    Numbers are in hexadecimal."""
    try:
        import pandas
    except ImportError:
        sys.exit(MISSING)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "..", "docs", "export.md"), encoding="utf-8") as file:
        recipes = re.findall(r"^```python\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
    os.chdir(os.path.dirname(path))
    names = {"pandas": pandas}
    exec(recipes[number], names)
    edges = names["edges"]
    for name in edges.columns:
        yield from (name, edges[name].dtype.kind)
    for line in edges.itertuples(index=False):
        for cell in line:
            yield cell.hex() if isinstance(cell, float) else cell


def npy(path):
    """Type and shape, all values, all row numbers where there are some, then the axes and label columns."""
    try:
        import numpy
    except ImportError:
        sys.exit(MISSING)
    with open(path[: -len(".npy")] + ".axes.json", encoding="utf-8") as file:
        described = json.load(file)
    for part in ("scores", "rows"):
        if part not in described:
            continue
        array = numpy.load(os.path.join(os.path.dirname(path), described[part]["file"]), allow_pickle=False)
        if array.dtype.str != described[part]["dtype"] or list(array.shape) != described[part]["shape"]:
            sys.exit("the description does not fit " + part)
        yield from (array.dtype.str, array.shape, *array.ravel())
    yield from (described["title"], described["provenance"])
    for axis in described["axes"]:
        yield from (axis["name"], axis["extent"], axis.get("format", ""), *axis.get("labels", []))
    for column in described["label_columns"]:
        yield from (column["name"], column["pattern"], column["entity"])


def main():
    modes = {"graphml": graphml, "graphml_igraph": graphml_igraph, "graphml_merged": graphml_merged, "gexf": gexf,
             "dot": dot, "csv": csv_module, "pandas": csv_pandas, "npy": npy,
             "recipe": lambda path: recipe(path, 0), "quick recipe": lambda path: recipe(path, 1)}
    values = [str(value) for value in modes[sys.argv[1]](sys.argv[2])]
    with open(sys.argv[3], "w", encoding="ascii") as out:
        out.writelines(value.encode("utf-8", "surrogateescape").hex() + "\n" for value in values)


if __name__ == "__main__":
    main()
