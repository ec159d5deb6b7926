"""No file names a developer's machine, and no code reads files in a way that is refused."""

from __future__ import annotations

import ast
import re

import pytest

from tests.project import tree

_FOLDERS = "|".join(("work", "root", "home", "Users", "opt"))
# a path starts there: not the middle of another path, an address or a word
_MACHINE_PATH = re.compile(rf"(?<![\w./:-])/(?:{_FOLDERS})/[\w.-]+")
_TEMPORARY = re.compile(r"(?<![\w./:-])/" + "tmp" + r"(?:/|\b)")
_LOADERS = {"np", "numpy", "torch", "mx", "librosa", "pickle", "joblib", "yaml"}
_MODULES = {"mmap", "pickle", "marshal", "shelve", "matplotlib.pyplot"}


def machine_paths(name: str, text: str) -> list[str]:
    """Paths of some developer's machine in one file; tests may name the temporary folder."""
    found = _MACHINE_PATH.findall(text)
    if not name.startswith("tests/"):
        found += _TEMPORARY.findall(text)
    return [f"{name}: {path}" for path in found]


def refused_calls(source: str) -> list[str]:
    """Ways of reading a file, or running a text, that no module of the package may use."""
    found = []
    tree_of = ast.parse(source)
    safe = {
        node.name
        for node in ast.walk(tree_of)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(b, ast.Attribute) and b.attr == "SafeLoader" for b in node.bases)
    }
    for node in ast.walk(tree_of):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name in _MODULES]
        elif isinstance(node, ast.ImportFrom):
            found += [
                m
                for a in node.names
                for m in (node.module or "", f"{node.module}.{a.name}")
                if m in _MODULES
            ]
        elif isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name) and function.id in {"eval", "exec"}:
                found.append(function.id)
            if isinstance(function, ast.Attribute):
                owner = function.value.id if isinstance(function.value, ast.Name) else ""
                loads = function.attr == "load" and owner in _LOADERS
                if owner == "yaml":  # makes plain values only with a safe loader
                    given = [k.value for k in node.keywords if k.arg == "Loader"]
                    loads &= not any(isinstance(v, ast.Name) and v.id in safe for v in given)
                if loads or function.attr == "memmap":
                    found.append(f"{owner}.{function.attr}")
            found += [k.arg for k in node.keywords if k.arg in {"allow_pickle", "mmap_mode"}]
    return found


def test_no_file_names_a_machine():
    assert not [p for name, text in tree.text_files() for p in machine_paths(name, text)]


def test_the_package_reads_files_only_in_allowed_ways():
    modules = tree.python_modules(tree.ROOT, "inspector")
    found = {m: refused_calls((tree.ROOT / m).read_text("utf-8")) for m in modules}
    # The one file that reads what torch.save wrote; tests/io/test_unsafe_loaders.py says how.
    assert {m: calls for m, calls in found.items() if calls} == {
        "inspector/blocks/torch_checkpoint.py": ["torch.load"]
    }


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("open('/{}/main/a.npy')".format("work"), True),
        ("see /{}/jane/traces".format("home"), True),
        ("cd /{}/x".format("Users"), True),
        ("https://example.org/{}/page".format("home"), False),
        ("runs/{}/a".format("work"), False),
        ("this/that or work/life", False),
    ],
)
def test_a_machine_path_is_seen(text, seen):
    assert bool(machine_paths("inspector/a.py", text)) is seen
    assert bool(machine_paths("tests/test_a.py", text)) is seen


def test_the_temporary_folder_is_for_tests():
    text = "open('/{}/a.npy')".format("tmp")
    assert machine_paths("README.md", text)
    assert not machine_paths("tests/test_a.py", text)


@pytest.mark.parametrize(
    "source",
    [
        "import mmap",
        "from pickle import loads",
        "from matplotlib import pyplot as plt",
        "import matplotlib.pyplot",
        "np.load('a.npy')",
        "numpy.load('a.npy')",
        "torch.load(path)",
        "mx.load(path)",
        "librosa.load(path)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.UnsafeLoader)",
        "class L(yaml.Loader): pass\nyaml.load(text, Loader=L)",
        "np.memmap(path)",
        "read(path, allow_pickle=False)",
        "eval(text)",
    ],
)
def test_a_refused_call_is_seen(source):
    assert refused_calls(source)


@pytest.mark.parametrize(
    "source",
    [
        "yaml.safe_load(text)",
        "class L(yaml.SafeLoader): pass\nyaml.load(text, Loader=L)",
        "record.load()",
        "json.loads(text)",
    ],
)
def test_an_allowed_call_is_not_taken_for_a_refused_one(source):
    assert not refused_calls(source)
