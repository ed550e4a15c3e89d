"""svdlens.pyi says what the module has: every name, member, argument and default, both ways."""
import ast
import pathlib
import re
import unittest

import svdlens as sl

STUBS = pathlib.Path(sl.__file__).with_name("svdlens.pyi")


def stub_arguments(function, is_method):
    """(name, has a default) of each argument; `self` and *args are none."""
    arguments = function.args
    named = arguments.posonlyargs + arguments.args
    defaults = [False] * (len(named) - len(arguments.defaults)) + [True] * len(arguments.defaults)
    return [(a.arg, d) for a, d in zip(named, defaults)][1 if is_method else 0:]


def module_arguments(doc, is_method):
    """The same of the first line that pybind11 writes: `name(self: svdlens.Table, k: int = 3) -> int`."""
    text = re.match(r"\w+\((.*)\) -> ", doc.splitlines()[0]).group(1)
    parts, depth = [""], 0
    for c in text:
        depth += (c in "[({") - (c in "])}")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    seen = [(p.split(":")[0].strip(), "=" in p) for p in parts if p.strip() and not p.strip().startswith("*")]
    return seen[1 if is_method else 0:]


def return_type(doc):
    return re.sub(r"svdlens\.", "", re.match(r"\w+\(.*\) -> (.*)$", doc.splitlines()[0]).group(1))


def public(names):
    return {name for name in names if not name.startswith("_")}


class Stubs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        tree = ast.parse(STUBS.read_text())
        cls.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        cls.classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}

    def check_function(self, stub, made, is_method):
        said, seen = stub_arguments(stub, is_method), module_arguments(made.__doc__, is_method)
        if stub.name.startswith("__"):  # called by position
            said, seen = [d for _, d in said], [d for _, d in seen]
        self.assertEqual(said, seen, stub.name)
        said, seen = ast.unparse(stub.returns), return_type(made.__doc__)
        if seen in {"int", "float", "str", "bool", "None"} | set(self.classes):
            self.assertEqual(said, seen, stub.name)

    def test_functions(self):
        made = {name for name in public(dir(sl)) if not isinstance(getattr(sl, name), type)}
        self.assertEqual(made, set(self.functions))
        for name, stub in self.functions.items():
            self.check_function(stub, getattr(sl, name), False)

    def test_classes(self):
        made = {name for name in public(dir(sl)) if isinstance(getattr(sl, name), type)}
        self.assertEqual(made, set(self.classes))
        for name, stub in self.classes.items():
            of = getattr(sl, name)
            members = {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
            methods = {node.name: node for node in stub.body if isinstance(node, ast.FunctionDef)}
            if issubclass(of, Exception):
                self.assertEqual([b.__name__ for b in of.__bases__], [ast.unparse(b) for b in stub.bases], name)
                continue
            self.assertEqual(public(dir(of)), members | public(methods), name)
            for method, node in methods.items():
                self.check_function(node, getattr(of, method), True)
            for member in members:
                self.assertIsInstance(vars(of)[member], property, f"{name}.{member}")


if __name__ == "__main__":
    unittest.main()
