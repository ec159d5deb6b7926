"""The import contracts of pyproject.toml hold, and each one notices a violation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import tree

_CHECK = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
CONTRACTS = {
    "layers": "A layer imports only from layers below it",
    "page": "Only inspector.ui imports",
    "figures": "Only inspector.figures imports matplotlib",
    "frameworks": "Only inspector.blocks and inspector.record import",
}


def broken_contracts(root: Path) -> set[str]:
    """Run the import contracts on the package under `root`; return those that break."""
    result = subprocess.run(
        [sys.executable, "-c", _CHECK],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONSAFEPATH": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    text = re.sub(r"\s+", " ", result.stdout)
    verdicts = {
        key: re.search(re.escape(title) + r"[^.]*? (KEPT|BROKEN)", text)
        for key, title in CONTRACTS.items()
    }
    assert all(verdicts.values()), result.stdout + result.stderr
    broken = {key for key, match in verdicts.items() if match and match[1] == "BROKEN"}
    assert bool(broken) == bool(result.returncode), result.stdout
    return broken


@pytest.fixture
def copy(tmp_path):
    """A copy of the package and its contracts, to plant violations in."""
    shutil.copytree(
        tree.ROOT / "inspector",
        tmp_path / "inspector",
        ignore=shutil.ignore_patterns("__pycache__", "assets"),
    )
    shutil.copy(tree.ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold():
    assert broken_contracts(tree.ROOT) == set()


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("metrics/planted.py", "import inspector.analysis", "layers"),
        ("analysis/planted.py", "from inspector.match import names", "layers"),
        ("tensors.py", "import inspector.io.npy", "layers"),
        ("utils.py", "import math", "layers"),
        ("api.py", "import gradio", "page"),
        ("report/planted.py", "from fastapi import FastAPI", "page"),
        ("analysis/planted.py", "from matplotlib import pyplot", "figures"),
        ("ui/planted.py", "def draw():\n    import matplotlib.figure", "figures"),
        ("audio/planted.py", "import torch.nn", "frameworks"),
        ("io/planted.py", "def read():\n    import mlx.core", "frameworks"),
        ("api.py", "import torch", "frameworks"),
        ("io/planted.py", "from inspector.record import values", "layers"),
        ("record/planted.py", "from inspector.match import names", "layers"),
    ],
)
def test_a_violation_is_seen(copy, module, line, contract):
    file = copy / "inspector" / module
    before = file.read_text("utf-8") if file.exists() else '"""Planted."""\n'
    file.write_text(f"{before}\n{line}\n", encoding="utf-8")
    assert contract in broken_contracts(copy)
