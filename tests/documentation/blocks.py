#!/usr/bin/env python3
"""The code blocks of the pages: compiled, run, and their shown output compared.

    blocks.py generate ROOT UNIT.cpp                 writes the C++ of all pages as one unit
    blocks.py check ROOT UNIT PROGRAM FOLDER         runs the compiled unit and the commands in FOLDER, and compares
    blocks.py faults                                 tries what the two have to notice
    blocks.py list ROOT                              what is not compiled, run or compared, and why

A page says with HTML comments, which nobody sees, what a block needs:

    <!-- with                    lines of C++ that stand before the block's
    auto file = ...;
    -->
    <!-- not run: why -->        compiled (C++) or looked at (others) only
    <!-- not compiled: why -->
    <!-- not compared: why -->   what it prints differs from machine to machine, or is of a model that is not here
    <!-- printed by: COMMAND -->    of a text block that no code block stands directly before; several: with &&

What a block prints stands in a ```text block directly behind it, or in comments `// prints TEXT` in the order of the
output. `expression; // = VALUE` and `auto x = expression; // = VALUE` are values. `...` is anything: a line of it stands
for any number of lines, at a line's end for the rest of the line. Numbers with a decimal point may differ in the sixth
digit, and by 1e-6: products are rounded otherwise by other instructions. All else is exact.
"""
import ast
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

DIRECTIVES = ("with", "not run", "not compiled", "not compared", "printed by")


class Wrong(Exception):
    pass


class block:
    def __init__(self, page, line, language, lines, directives):
        self.page, self.line, self.language, self.lines, self.directives = page, line, language, lines, directives
        self.output = None  # the text block behind it

    @property
    def where(self):
        return f"{self.page}:{self.line}"

    @property
    def text(self):
        return "\n".join(self.lines)


# ---- reading pages ----


def pages_of(root):
    found = ["README.md", "CONTRIBUTING.md", "examples/python/README.md", "benchmarks/README.md"]
    found += sorted(os.path.relpath(each, root) for each in glob.glob(os.path.join(root, "docs", "*.md")))
    texts = {page: open(os.path.join(root, page), encoding="utf-8").read() for page in found if os.path.exists(os.path.join(root, page))}
    return {**texts, **pages_of_headers(root)}


def pages_of_headers(root):
    """The examples of public headers, `/// @code{.cpp}`, as pages whose lines have the headers' numbers."""
    made = {}
    for at, inner, files in os.walk(os.path.join(root, "include")):
        inner[:] = sorted(each for each in inner if each != "detail")
        for name in sorted(files):
            text = open(os.path.join(at, name), encoding="utf-8").read()
            if "@code{.cpp}" in text:
                made[os.path.relpath(os.path.join(at, name), root)] = page_of_header(text)
    return made


def page_of_header(text):
    lines, inside = [], False
    for line in text.split("\n"):
        comment = re.sub(r"^\s*/// ?", "", line)
        if comment == "@code{.cpp}":
            inside = True
            lines.append("```cpp")
        elif inside:
            inside = comment != "@endcode"
            lines.append(comment if inside else "```")
        else:
            lines.append("")
    return "\n".join(lines)


def directive_of(page, line, comment):
    """What a comment says, or nothing where it is one for people."""
    for word in DIRECTIVES:
        if re.match(rf"{word}\b", comment):
            rest = comment[len(word):].lstrip(":").strip("\n")
            if not rest.strip():
                raise Wrong(f"{page}:{line}: <!-- {word} --> says nothing")
            return word, rest if word == "with" else rest.strip()
    return None


def blocks_of(page, text):
    """All fenced blocks of a page, with the comments directly before each."""
    lines, found, directives, before = text.split("\n"), [], {}, None
    k = 0
    while k < len(lines):
        line = lines[k]
        if line.startswith("<!--"):
            last = next((n for n in range(k, len(lines)) if lines[n].rstrip().endswith("-->")), None)
            if last is None:
                raise Wrong(f"{page}:{k + 1}: a comment without an end")
            comment = "\n".join(lines[k:last + 1]).strip()[4:-3].strip(" ")
            said = directive_of(page, k + 1, comment)
            if said:
                directives[said[0]] = said[1]
            k = last + 1
            continue
        fence = re.match(r"( *)```(\w*)\s*$", line)
        if fence:
            last = next((n for n in range(k + 1, len(lines)) if lines[n].strip() == "```"), None)
            if last is None:
                raise Wrong(f"{page}:{k + 1}: a block without an end")
            each = block(page, k + 1, fence[2] or "text", [one[len(fence[1]):] for one in lines[k + 1:last]], directives)
            if each.language == "text" and not directives and before is not None:
                before.output = each
            else:
                found.append(each)
            before, directives, k = (each if each.language in ("cpp", "sh", "python") else None), {}, last + 1
            continue
        if line.strip():
            if directives:
                raise Wrong(f"{page}:{k + 1}: a comment for a block, and no block behind it")
            before = None
        k += 1
    return found


def blocks(pages):
    return [each for page, text in pages.items() for each in blocks_of(page, text)]


# ---- C++ ----

VALUE = re.compile(r"^(?P<indent>\s*)(?:(?P<declared>(?:const )?auto&? (?P<name>\w+) = )(?P<made>.*)|(?P<expression>[^;]+));\s*// = (?P<value>.*)$")
PRINTS = re.compile(r"// prints (.*)$")


def value_of(line):
    """The parts of `expression; // = value`, and the value alone."""
    found = VALUE.match(line)
    return (found, found["value"].split("; ")[0].strip()) if found else (None, None)


def top_level(lines):
    """Splits a block into what stands in a function and the templates and types that may not; each with line numbers."""
    body, outside, depth, at = [], [], 0, None
    for number, line in enumerate(lines):
        if at is None and depth == 0 and re.match(r"(struct|class|enum|template)\b", line):
            at = outside
        where = body if at is None else outside
        where.append((number, line))
        depth += line.count("{") - line.count("}")
        if at is not None and depth == 0 and line.rstrip().endswith(("};", "}")):
            at = None
    return body, outside


def numbered(block, lines):
    """Lines under their place in the page, so that the compiler names it."""
    made, last = [], None
    for number, line in lines:
        if last is None or number != last + 1:
            made.append(f'#line {block.line + 1 + number} "{block.page}"')
        made.append(line)
        last = number
    return made


def shown_values(block, lines):
    made = []
    for number, line in lines:
        found, _ = value_of(line)
        if found:
            name = found["name"] or f"({found['expression'].strip()})"
            first = f"{found['declared']}{found['made']}; " if found["declared"] else ""
            line = f'{found["indent"]}{first}documentation::value("{block.page}:{block.line + 1 + number}", {name});'
        made.append((number, line))
    return made


def is_compiled(block):
    return block.language == "cpp" and "not compiled" not in block.directives


def unit_of(found):
    """All C++ blocks as one unit: a class each, whose members are what the pages' names stand for."""
    includes, parts, calls = [], [], []
    for k, each in enumerate(b for b in found if is_compiled(b)):
        lines = []
        for number, line in enumerate(each.lines):
            if line.startswith("#include"):
                includes.append(line.split("//")[0].strip())
            else:
                lines.append((number, line))
        body, outside = top_level([line for _, line in lines])
        body, outside = [[(lines[n][0], line) for n, line in part] for part in (body, outside)]
        # A specialisation stands in no other namespace; all else of a block is its own.
        general = any(re.match(r"template <> struct svdlens::", line) for _, line in outside)
        declared = numbered(each, outside)
        parts += declared if general else []
        parts += [f"namespace block_{k} {{"] + ([] if general else declared)
        parts += ["struct block : documentation::held {", "void run() {", each.directives.get("with", "")]
        parts += numbered(each, shown_values(each, body)) + ["}", "};", "}"]
        if "not run" not in each.directives:
            calls.append(f'    documentation::run<block_{k}::block>("{each.where}");')
    head = ["// Made of the pages by tests/documentation/blocks.py.", '#include "documentation/held.hpp"']
    return "\n".join(head + sorted(set(includes)) + parts + ["int main() {"] + calls + ["    return documentation::end();", "}", ""])


# ---- what is shown ----


def same_word(expected, found):
    if expected == found:
        return True
    if not all(re.fullmatch(r"-?\d*\.?\d+(e[-+]\d+)?%?", each) and re.search(r"[.e]", each) for each in (expected, found)):
        return False
    a, b = float(expected.rstrip("%")), float(found.rstrip("%"))
    return abs(a - b) <= max(1e-5 * abs(a), 0 if "e" in expected else 1e-6)


def same_line(expected, found):
    """Words are compared one by one; how many blanks stand between may follow from the numbers' width."""
    if expected.endswith("..."):
        expected = expected[:-3].rstrip()
        found = found[:len(expected)]
    expected, found = expected.split(" "), found.rstrip().split(" ")
    decimals = lambda words: [each for each in words if each]
    if len(expected) != len(found):
        expected, found = decimals(expected), decimals(found)
    return len(expected) == len(found) and all(map(same_word, expected, found))


def matches(expected, found):
    """Whether lines are those that are shown; `...` as said above."""
    if not expected:
        return not found
    first = expected[0]
    if first.strip() == "...":
        return any(matches(expected[1:], found[k:]) for k in range(len(found) + 1))
    if not found:
        return False
    return same_line(first.rstrip(), found[0]) and matches(expected[1:], found[1:])


def shown_output(each):
    """The lines that a block shows of its output, or None."""
    if each.output is not None:
        return each.output.lines
    said = [PRINTS.search(line)[1].strip() for line in each.lines if PRINTS.search(line)]
    return said or None


def compare(where, expected, output):
    lines = output.rstrip("\n").split("\n") if output.strip() else []
    if not matches(expected, lines):
        raise Wrong(f"{where} shows\n" + "\n".join(expected) + "\nand prints\n" + "\n".join(lines))


def expect_shown(each, output):
    expected = shown_output(each)
    if "not compared" in each.directives:
        return
    if expected is None:
        if output.strip():
            raise Wrong(f"{each.where} prints, and the page does not show it: a ```text block behind it, `// prints`, or "
                        f"<!-- not compared: why -->\n{output}")
        return
    compare(each.where, expected, output)


def check_values(each, values):
    for number, line in enumerate(each.lines):
        _, expected = value_of(line)
        place = f"{each.page}:{each.line + 1 + number}"
        if expected is not None and not same_line(expected, values.get(place, "not there")):
            raise Wrong(f"{place} shows {expected}, and it is {values.get(place, 'not there')}")


def run_unit(unit, folder):
    """What each block printed, and each value that a page shows, by their places; and what went wrong."""
    done = subprocess.run([unit], cwd=folder, capture_output=True, text=True, errors="replace", timeout=240)
    outputs, values = {}, {}
    for part in done.stdout.split("\x1e")[1:]:
        where, _, rest = part.partition("\n")
        lines = rest.split("\x1f")
        outputs[where] = lines[0]
        values.update(dict(line.rstrip("\n").split("\t", 1) for line in lines[1:]))
    return outputs, values, f"the compiled blocks: status {done.returncode}\n{done.stderr}" if done.returncode else ""


def check_compiled(each, outputs, values):
    if not is_compiled(each) or "not run" in each.directives:
        return
    if each.where not in outputs:
        raise Wrong(f"{each.where} did not run to its end")
    expect_shown(each, outputs[each.where])
    check_values(each, values)


# ---- commands ----


def is_command(line):
    return line.startswith(("svdlens ", "build/demo/examples/svdlens "))


def commands_of(each):
    """The commands of a block, comments left out, long ones in one piece."""
    lines, joined = [], ""
    for line in each.lines:
        joined += line
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        if joined.strip() and not joined.startswith("#"):
            lines.append(joined)
        joined = ""
    return lines


def run_command(line, program, folder, heads):
    words = shlex.split(line, comments=True)
    stand_ins = {"MODEL": "model.safetensors", "BEFORE": "model.safetensors", "AFTER": "other.safetensors"}
    words = [program] + [stand_ins.get(word, word) for word in words[1:]]
    if "--n-heads" in words and len(words) > 2:
        number = words.index("--n-heads") + 1
        words[number] = (heads or {}).get(words[2].split(".")[0], words[number])
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, errors="replace",
                          env=dict(os.environ, COLUMNS="80"))


def check_commands(each, program, folder, heads):
    output = ""
    for line in commands_of(each):
        if not is_command(line):
            raise Wrong(f"{each.where}: {line}: not a command of svdlens: <!-- not run: why --> before a block of such commands")
        done = run_command(line, program, folder, heads)
        if done.returncode:
            raise Wrong(f"{each.where}: {line}: status {done.returncode}\n{done.stderr}")
        output += done.stdout
    if each.output is not None and "not compared" not in each.directives:
        compare(each.where, each.output.lines, output)


def check_printed(each, program, folder, heads):
    """An excerpt of what the commands of `printed by` print, whatever their status."""
    output = ""
    for line in each.directives["printed by"].split("&&"):
        done = run_command(line.strip(), program, folder, heads)
        output += done.stdout + done.stderr
    compare(each.where, ["...", *each.lines, "..."], output)


def check_python(each):
    try:
        ast.parse(each.text)
    except SyntaxError as wrong:
        raise Wrong(f"{each.where}: {wrong}")


def check_other(each):
    """What is neither C++ nor a command."""
    if each.language == "json":
        try:
            json.loads(each.text)
        except ValueError as wrong:
            raise Wrong(f"{each.where}: {wrong}")
    elif each.language == "python":
        check_python(each)
    elif not {"not run", "not compared"} & set(each.directives):
        raise Wrong(f"{each.where}: a block of {each.language} that nothing runs or compares, and no reason: <!-- not run: why -->")


def folder_of(page, folder):
    """A page's commands run in a folder of its own."""
    made = os.path.join(folder, re.sub(r"\W", "_", page))
    if not os.path.exists(made):
        shutil.copytree(os.path.join(folder, "samples"), made)
    return made


def check_all(found, ran, program, all_pages, heads):
    outputs, values, failure = ran
    wrong = [failure] if failure else []
    for each in found:
        runs = each.language == "sh" or "printed by" in each.directives
        folder = folder_of(each.page, all_pages) if runs and heads is not None else all_pages
        try:
            if each.language == "cpp":
                check_compiled(each, outputs, values)
            elif "printed by" in each.directives:
                check_printed(each, program, folder, heads)
            elif each.language == "sh" and "not run" not in each.directives:
                check_commands(each, program, folder, heads)
            else:
                check_other(each)
        except Wrong as what:
            wrong.append(str(what))
    return wrong


# ---- the four ways to call it ----


def reasons(found):
    return [f"{each.where}: {word}: {each.directives[word]}" for each in found
            for word in ("not compiled", "not run", "not compared") if word in each.directives]


def generate(root, path):
    unit = unit_of(blocks(pages_of(root)))
    if not os.path.exists(path) or open(path, encoding="utf-8").read() != unit:
        with open(path, "w", encoding="utf-8") as file:
            file.write(unit)


def write_changed(path, other):
    """A copy of the planted model in which one head's W_V has changed a little."""
    import numpy as np

    with open(path, "rb") as file:
        content = bytearray(file.read())
    start = 8 + int.from_bytes(content[:8], "little")
    first, last = json.loads(content[8:start])["transformer.blocks.1.attn.W_V"]["data_offsets"]
    values = np.frombuffer(content, "<f4", (last - first) // 4, start + first)
    head = values.reshape(4, 128, 16)[2]
    head += np.outer(np.linspace(-1, 1, 128), np.ones(16)).astype("f4") / 10
    with open(other, "wb") as file:
        file.write(content)


def make_folder(root, program, folder):
    """A folder with what the pages name; the number of heads of the models that need it said."""
    sys.path.insert(0, os.path.join(root, "tests", "examples"))
    import program as samples  # ends the test where NumPy is missing
    import numpy as np

    os.makedirs(folder)
    path = lambda *names: os.path.join(folder, *names)
    tests = os.path.join(root, "tests")
    heads = samples.held_checkpoints(folder, tests)
    subprocess.run([program, "planted", "--out", path("model.safetensors")], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([program, "planted", "--program", "induction", "--out", path("induction.safetensors")], check=True, stdout=subprocess.DEVNULL)
    write_changed(path("model.safetensors"), path("other.safetensors"))
    for name in ("clip", "llama", "nanogpt"):
        shutil.copytree(os.path.join(tests, "model", "architectures", name), path(name))
    shutil.copy(os.path.join(tests, "model", "architectures", "gemma", "model.safetensors"), path("no_config.safetensors"))
    shutil.copytree(path("adapter"), path("my_lora"))
    os.makedirs(path("some", "folder"))
    shutil.copy(path("model.safetensors"), path("some", "folder"))
    # a scheme of schemes.md and its model; what is not spelt right
    text, tensors = samples.documented_schemes()[0], samples.known_layout(path("known.safetensors"))
    samples.write_safetensors(path("transposed.safetensors"), samples.with_layers(tensors, samples.transposed_heads))
    for name, scheme in (("transposed.json", text), ("misspelt.json", re.sub('("W_Q".*)n_heads', r"\1n_haeds", text))):
        with open(path(name), "w") as file:
            file.write(scheme)
    # vectors of one's own: of 6 entries for the GPT-2 that the fixtures have, of 128 for the planted model
    draw = lambda *shape: np.random.default_rng(5).standard_normal(shape, "f4")
    os.makedirs(path("tc"))
    for layer in range(2):
        samples.write_safetensors(path("tc", f"layer_{layer}.safetensors"), {"W_enc": draw(9, 6), "W_dec": draw(9, 6)})
    samples.write_safetensors(path("probes.safetensors"), {"happy": draw(6)})
    samples.write_safetensors(path("steer.safetensors"), {"love-hate": draw(6)})
    samples.write_safetensors(path("sae_weights.safetensors"), {"W_enc": draw(9, 128)})
    with open(path("features.txt"), "w") as file:
        file.write("".join(f"feature {k}\n" for k in range(9)))
    return heads


def check(root, unit, program, folder):
    found = blocks(pages_of(root))
    samples = os.path.join(folder, "samples")
    shutil.rmtree(folder, ignore_errors=True)
    heads = make_folder(root, program, samples)
    wrong = check_all(found, run_unit(unit, samples), program, folder, heads)
    for line in reasons(found):
        print(line)
    counts = {}
    for each in found:
        counts[each.language] = counts.get(each.language, 0) + 1
    print(", ".join(f"{n} of {language}" for language, n in sorted(counts.items())) + f"; {sum(each.output is not None for each in found)} with their output")
    if wrong:
        sys.exit("\n\n".join(["FAILED:"] + wrong))


def fault(page, said, ran=({}, {}, "")):
    """A page that has to be refused, and what has to be said."""
    try:
        found = blocks_of("page.md", page)
        unit_of(found)
        wrong = check_all(found, ran, "false", ".", None)
    except Wrong as what:
        wrong = [str(what)]
    if not any(said in each for each in wrong):
        sys.exit(f"FAILED: {page!r}: expected {said!r}, found {wrong}")


def faults():
    prints = lambda text: ({"page.md:1": text}, {}, "")
    page = "```cpp\nstd::cout << 1;\n```\n"
    shown = page + "\n```text\n1\n2\n```\n"
    fault(shown, "and prints", prints("1\n3\n"))
    fault(shown, "and prints", prints("1\n"))
    fault(shown, "and prints", prints("1\n2\n3\n"))
    fault(page, "does not show it", prints("1\n"))
    fault(page, "did not run")
    fault("```cpp\nf(); // prints 1\ng(); // prints 2\n```\n", "and prints", prints("2\n1\n"))
    fault("```cpp\nf(); // = 12; why\n```\n", "shows 12, and it is 13", ({"page.md:1": ""}, {"page.md:2": "13"}, ""))
    fault("```cpp\nauto x = f(); // = 12\n```\n", "shows 12, and it is not there", prints(""))
    fault("```sh\nls\n```\n", "not a command of svdlens")
    fault("```sh\nsvdlens inspect x\n```\n", "status 1")
    fault("<!-- printed by: svdlens x -->\n```text\nsomething\n```\n", "and prints")
    fault("```text\nsomething\n```\n", "no reason")
    fault("```meson\nx\n```\n", "no reason")
    fault("<!-- not run -->\n```meson\nx\n```\n", "says nothing")
    fault("<!-- not run: why -->\ntext\n```meson\nx\n```\n", "no block behind it")
    fault("```python\nif\n```\n", "invalid syntax")
    fault("```json\n{\n```\n", "page.md:1")
    fault("```cpp\nx\n", "without an end")
    for expected, found, same in ((["a", "...", "z"], ["a", "z"], True), (["a", "...", "z"], ["a", "b", "c", "z"], True),
                                  (["a", "...", "z"], ["a", "b"], False), (["a 1 ..."], ["a 1 2"], True), (["a 1 ..."], ["a 2"], False),
                                  (["0.123456"], ["0.123457"], True), (["0.123456"], ["0.123476"], False), (["12"], ["13"], False),
                                  (["1.5e-08"], ["1.6e-08"], False), (["1.5 a"], ["1.5 b"], False)):
        if matches(expected, found) != same:
            sys.exit(f"FAILED: {expected} and {found}")
    unit = unit_of(blocks_of("page.md", "<!-- with\nint a = 1;\n-->\n```cpp\n#include <map>\nstruct s {\n    int x;\n};\ns{a}.x; // = 1\n```\n"))
    for part in ("#include <map>", "namespace block_0 {\n#line 6", "int a = 1;", 'documentation::value("page.md:9", (s{a}.x))'):
        if part not in unit:
            sys.exit(f"FAILED: {part!r} is not in\n{unit}")
    print("all faults are noticed")


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("generate", "check", "faults", "list"):
        sys.exit(__doc__)
    try:
        if sys.argv[1] == "list":
            print("\n".join(reasons(blocks(pages_of(sys.argv[2])))))
        else:
            {"generate": generate, "check": check, "faults": faults}[sys.argv[1]](*sys.argv[2:])
    except Wrong as what:
        sys.exit(f"FAILED: {what}")
