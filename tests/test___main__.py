"""``python -m inspector`` is the ``inspector`` command."""

from __future__ import annotations

import subprocess
import sys

import inspector


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "inspector", *arguments],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_the_version_is_printed():
    result = _run("--version")
    assert (result.returncode, result.stdout.strip()) == (0, inspector.__version__)


def test_the_exit_code_is_that_of_the_command(tmp_path):
    result = _run("diff", str(tmp_path / "missing"), str(tmp_path / "too"))
    assert result.returncode == 2
    assert "missing" in result.stderr
    assert "Traceback" not in result.stderr
