"""No loader that runs code, maps memory or trusts a file is used on user files."""

from __future__ import annotations

import ast
import io
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import inspector
from inspector.errors import TraceError
from inspector.io.trace import open_trace

_PACKAGE = Path(inspector.__file__).parent
_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "mmap"}
_BUILTINS = {"eval", "exec", "compile", "__import__"}
_LOADERS = {
    "load": {"np", "numpy", "mx", "mlx", "core", "torch", "librosa", "pickle", "joblib", "yaml"},
    "loads": {"pickle", "marshal"},
    "memmap": {"np", "numpy"},
    "fromfile": {"np", "numpy", "torch"},
    "load_file": {"safetensors", "numpy", "torch", "mlx", "flax"},
    "safe_open": {"safetensors"},
}
_NAMES = {"safe_open", "load_file", "memmap", "unsafe_load"}


def _offences(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    safe_yaml = _safe_yaml_loaders(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in _MODULES:
                    yield f"{node.lineno}: import {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")
            if module[0] in _MODULES and not node.level:
                yield f"{node.lineno}: from {node.module}"
            for alias in node.names:
                if alias.name in _LOADERS.get(alias.name, set()) | _NAMES or (
                    alias.name in _LOADERS and module[-1] in _LOADERS[alias.name]
                ):
                    yield f"{node.lineno}: from {node.module} import {alias.name}"
        elif isinstance(node, ast.Call):
            target = node.func
            if isinstance(target, ast.Name) and target.id in _BUILTINS | _NAMES:
                yield f"{node.lineno}: {target.id}()"
            if isinstance(target, ast.Attribute) and target.attr in _LOADERS:
                owner = ast.unparse(target.value).split(".")[-1]
                if owner == "yaml" and _loader_of(node) in safe_yaml:
                    continue
                if owner in _LOADERS[target.attr]:
                    yield f"{node.lineno}: {ast.unparse(target)}()"
            for keyword in node.keywords:
                if keyword.arg in {"allow_pickle", "mmap", "mmap_mode"} and not (
                    isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                ):
                    yield f"{node.lineno}: {keyword.arg}="


def _safe_yaml_loaders(tree: ast.Module) -> set[str]:
    """YAML loaders that make plain values only, and the classes that derive from them."""
    safe = {"SafeLoader", "CSafeLoader"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and len(node.bases) == 1:
            base = ast.unparse(node.bases[0]).split(".")[-1]
            if base in safe:
                safe.add(node.name)
    return safe


def _loader_of(call: ast.Call) -> str:
    keyword = next((k for k in call.keywords if k.arg == "Loader"), None)
    return ast.unparse(keyword.value).split(".")[-1] if keyword else ""


_CHECKPOINTS = _PACKAGE / "blocks" / "torch_checkpoint.py"
"""The one file that may load what ``torch.save`` wrote, after the archive was checked."""


def _torch_loads(source: str) -> list[dict[str, object]]:
    """Keyword arguments of every ``torch.load`` in a source."""
    return [
        {k.arg or "**": k.value.value if isinstance(k.value, ast.Constant) else None
         for k in node.keywords}
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load"
    ]  # fmt: skip


def test_the_package_uses_none_of_them() -> None:
    found = [
        f"{file.relative_to(_PACKAGE)}:{offence}"
        for file in sorted(_PACKAGE.rglob("*.py"))
        for offence in _offences(file.read_text("utf-8"))
        if file != _CHECKPOINTS
    ]
    assert found == []


def test_checkpoints_are_loaded_as_plain_weights_only() -> None:
    source = _CHECKPOINTS.read_text("utf-8")
    assert len(list(_offences(source))) == 1
    assert _torch_loads(source) == [{"map_location": "cpu", "weights_only": True}]


@pytest.mark.parametrize("line", ["torch.load(f)", "torch.load(f, weights_only=False)",
                                  "torch.load(f, weights_only=True, mmap=True)"])  # fmt: skip
def test_another_way_to_load_a_checkpoint_is_seen(line: str) -> None:
    assert _torch_loads(line) != [{"map_location": "cpu", "weights_only": True}]


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "import mmap as m",
        "from pickle import loads",
        "np.load(path)",
        "numpy.load(path, allow_pickle=False)",
        "mx.load(path)",
        "mlx.core.load(path)",
        "torch.load(path, weights_only=True)",
        "librosa.load(path)",
        "np.memmap(path)",
        "np.fromfile(path)",
        "from numpy import memmap",
        "from safetensors import safe_open",
        "from safetensors.torch import load_file",
        "safetensors.numpy.load_file(path)",
        "x(allow_pickle=True)",
        "x(mmap_mode='r')",
        "eval(text)",
        "exec(text)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.FullLoader)",
        "class Loader(yaml.Loader): ...\nyaml.load(text, Loader=Loader)",
    ],
)
def test_the_scan_sees_each(line: str) -> None:
    assert list(_offences(line))


def test_the_scan_lets_harmless_names_pass() -> None:
    fine = "json.load(f)\nmodel.eval()\nmx.eval(x)\nre.compile('x')\nself.load()\nyaml.safe_load(f)"
    fine += "\nclass Own(yaml.SafeLoader): ...\nyaml.load(f, Loader=Own)"
    assert list(_offences(fine)) == []


class _Canary:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return _sing, (str(self.path),)


def _sing(path: str) -> str:
    Path(path).write_text("a pickle was run")
    return path


def _infected(canary: Path) -> dict[str, bytes]:
    bare = pickle.dumps(_Canary(canary))
    objects = io.BytesIO()
    np.save(objects, np.array([_Canary(canary)], dtype=object), allow_pickle=True)
    archive, torch_archive = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.npy", objects.getvalue())
        file.writestr("b.npy", bare)
        file.writestr("data.pkl", bare)
    with zipfile.ZipFile(torch_archive, "w") as file:
        file.writestr("archive/data.pkl", bare)
    return {
        "objects.npy": objects.getvalue(),
        "bare.npy": bare,
        "archive.npz": archive.getvalue(),
        "torch.npz": torch_archive.getvalue(),
        "bare.npz": bare,
        "bare.safetensors": bare,
        "bare.wav": bare,
        "bare.flac": bare,
        "trace.json": bare,
        "model.pt": torch_archive.getvalue(),
        "bare.pt": bare,
        "bare.pkl": bare,
        "bare.bin": bare,
    }


def test_the_canary_sings_when_a_pickle_is_loaded(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    pickle.loads(_infected(canary)["bare.pkl"])
    assert canary.exists()


def test_no_format_runs_a_pickle(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    folder = tmp_path / "trace"
    folder.mkdir()
    infected = _infected(canary)
    for name, content in infected.items():
        (folder / name).write_bytes(content)
        with pytest.raises(TraceError):
            open_trace(folder / name)
    np.save(folder / "good.npy", np.ones(2))
    trace = open_trace(folder)
    assert [record.read().tolist() for record in trace] == [[1, 1]]
    assert {entry.file.split("::")[0] for entry in trace.skipped} == set(infected)
    assert not canary.exists()


def test_no_sentence_offers_to_trust_a_pickle(tmp_path: Path) -> None:
    for name, content in _infected(tmp_path / "canary").items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(TraceError) as caught:
            open_trace(path)
        assert "allow_pickle" not in caught.value.sentence
