"""The README says what is true: its code runs, its commands and help texts are the real ones."""

from __future__ import annotations

import argparse
import subprocess
import sys

import pytest

from inspector.cli.main import build_parser
from tests.project import readme, tree

TEXT = (tree.ROOT / "README.md").read_text(encoding="utf-8")
TEST_COMMAND = (
    'python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e ".[test]" '
    "&& .venv/bin/python -m pytest"
)
RUN_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e . "
    "&& .venv/bin/python launch.py"
)


def real_help() -> dict[str, str]:
    """Help text of the program and of each of its commands."""
    parser = build_parser()
    found = {"inspector": parser.format_help()}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= {f"inspector {name}": p.format_help() for name, p in action.choices.items()}
    return found


def run_blocks(bodies: list[str], folder) -> subprocess.CompletedProcess[str]:
    """Run code blocks one after another in one program, beside a pair of traces."""
    demo = tree.ROOT / "traces" / "demo"
    (folder / "reference").symlink_to(demo / "reference")
    (folder / "candidate").symlink_to(demo / "story-unloaded-weights")
    (folder / "traces").symlink_to(tree.ROOT / "traces")
    return subprocess.run(
        [sys.executable, "-c", "\n".join(bodies)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
    )


def test_the_python_blocks_run(tmp_path):
    bodies = readme.python_blocks(TEXT)
    assert bodies, "README.md shows no Python"
    result = run_blocks(bodies, tmp_path)
    assert result.returncode == 0, result.stderr


def test_the_two_commands_are_named_once():
    assert readme.commands(TEXT) == {"test": [TEST_COMMAND], "run": [RUN_COMMAND]}


def test_the_check_before_a_change_runs_the_same_test_command():
    script = (tree.ROOT / ".ci" / "run").read_text(encoding="utf-8")
    lines = [line.strip() for line in script.splitlines() if not line.strip().startswith("#")]
    assert TEST_COMMAND in lines
    assert "export INSPECTOR_REQUIRE_BROWSER=1" in lines


@pytest.mark.parametrize("command", sorted(set(real_help()) - {"inspector"}))
def test_the_help_is_that_of_the_program(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert readme.shows(TEXT, real_help()[command])


def test_no_help_of_an_unknown_command_is_shown():
    assert readme.commands_with_help(TEXT) <= set(real_help())


SHOWN = """\
Text with `code`.

```python
x = 1
```

```python no-run
fail()
```

```console
$ python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e ".[test]" && .venv/bin/python -m pytest
```

```text
$ inspector diff --help
usage: inspector diff [-h] A

  A  first
```
"""  # noqa: E501 - the command is one line wherever it is shown


def test_blocks_are_found():
    assert [b.language for b in readme.blocks(SHOWN)] == ["python", "python", "console", "text"]
    assert readme.python_blocks(SHOWN) == ["x = 1\n"]
    assert readme.commands(SHOWN) == {"test": [TEST_COMMAND], "run": []}
    assert readme.commands_with_help(SHOWN) == {"inspector diff"}


def test_another_help_is_seen():
    assert readme.shows(SHOWN, "usage: inspector diff\n   [-h] A\n\n  A   first\n")
    assert not readme.shows(SHOWN, "usage: inspector diff [-h] A\n\n  A  second\n")
    assert not readme.shows(SHOWN, "Text with")  # not in a block


def test_code_that_fails_is_seen(tmp_path):
    assert run_blocks(["x = 1\n", "assert x == 2\n"], tmp_path).returncode != 0
