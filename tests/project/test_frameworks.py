"""A framework is imported only by the files that carry its name."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath

import pytest

from tests.project import tree

_FRAMEWORKS = ("torch", "mlx")
_FOLDERS = ("inspector/blocks", "inspector/record")


def misplaced(name: str, source: str) -> list[str]:
    """Frameworks that the module called `name` imports although its file name does not say so."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    file = PurePosixPath(name)
    allowed = {
        framework
        for framework in _FRAMEWORKS
        if file.parent.as_posix() in _FOLDERS and file.name.startswith(f"{framework}_")
    }
    return sorted(found & set(_FRAMEWORKS) - allowed)


def all_misplaced(root: Path) -> dict[str, list[str]]:
    """The modules under `root` that import a framework they may not."""
    modules = tree.python_modules(root, "inspector")
    found = {m: misplaced(m, (root / m).read_text("utf-8")) for m in modules}
    return {module: frameworks for module, frameworks in found.items() if frameworks}


def test_frameworks_are_imported_by_their_own_files_only():
    assert not all_misplaced(tree.ROOT)


@pytest.mark.parametrize(
    ("name", "source", "seen"),
    [
        ("inspector/record/torch_values.py", "import torch", []),
        ("inspector/record/mlx_values.py", "import mlx.core as mx", []),
        ("inspector/record/mlx_values.py", "import torch", ["torch"]),
        ("inspector/record/recorder.py", "def f():\n    from torch import nn", ["torch"]),
        ("inspector/blocks/attention.py", "from mlx import nn", ["mlx"]),
        ("inspector/live/torch_run.py", "import torch.nn", ["torch"]),
        ("inspector/api.py", "import inspector.record.torch_values", []),
    ],
)
def test_a_misplaced_import_is_seen(name, source, seen):
    assert misplaced(name, source) == seen


def test_the_whole_package_is_read(tmp_path):
    (tmp_path / "inspector").mkdir()
    (tmp_path / "inspector" / "planted.py").write_text("import mlx", encoding="utf-8")
    assert all_misplaced(tmp_path) == {"inspector/planted.py": ["mlx"]}
