"""What an import loads: frameworks and the page only where they are needed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.project import tree

HEAVY = ("torch", "mlx", "gradio", "matplotlib")
_DEMO = [str(tree.ROOT / "traces" / "demo" / side) for side in ("reference", "healthy")]
_DIFF = ["diff", *_DEMO, "--only", "mu$|speech_tokens$"]
_COMMAND = """
from inspector.cli.main import main
try:
    main({arguments!r})
except SystemExit:
    pass
"""


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after running `code`."""
    report = (
        f"import json, sys\nprint()\nprint(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        cwd=tree.ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import inspector",
        "import inspector; inspector.diff",
        _COMMAND.format(arguments=["diff", "--help"]),
        _COMMAND.format(arguments=["serve", "--help"]),
        _COMMAND.format(arguments=_DIFF),
    ],
    ids=["import", "diff function", "diff --help", "serve --help", "diff"],
)
def test_nothing_heavy_is_loaded(code):
    assert loaded_by(code) == set()


def test_no_lower_layer_loads_anything_heavy():
    layers = ("metrics", "match", "analysis", "audio", "io", "diagnose")
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for layer in layers
        for name in tree.python_modules(tree.ROOT, f"inspector/{layer}")
    ]
    assert loaded_by("\n".join(f"import {module}" for module in modules)) == set()


@pytest.mark.parametrize("package", ["matplotlib"])
def test_a_loaded_package_is_seen(package):
    assert loaded_by(f"import {package}") == {package}
