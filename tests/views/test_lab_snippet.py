"""The test that the page hands out runs, and fails when the claim is false."""

from __future__ import annotations

import subprocess
import sys

import pytest

from inspector.live.plan import Choice, RunPlan, Swap
from inspector.views.lab_snippet import snippet_of
from tests.live.files import BLOCK, FAULT, write_files


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return {k: str(v) for k, v in write_files(tmp_path_factory.mktemp("snippet")).items()}


def run(tmp_path, text):
    path = tmp_path / "test_from_the_page.py"
    path.write_text(text)
    options = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", str(path)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options], capture_output=True, text=True, timeout=100
    )


def test_it_passes_with_the_right_swap(files, tmp_path):
    plan = RunPlan(BLOCK, (2,), "candidate", swaps=(Swap(*FAULT),))
    found = run(tmp_path, snippet_of(plan, BLOCK, 2, **files))
    assert found.returncode == 0, found.stdout + found.stderr
    assert "1 passed" in found.stdout


def test_it_fails_without_it(files, tmp_path):
    found = run(tmp_path, snippet_of(RunPlan(BLOCK, (2,), "candidate"), BLOCK, 2, **files))
    assert found.returncode == 1
    assert "times the noise floor" in found.stdout


def test_it_repeats_the_inputs_of_single_slots(files, tmp_path):
    after = "mid_blocks.1.0"
    own = tuple(
        (f"{after}.{n}", Choice(source="candidate")) for n in ("block1.masked", "res_conv.masked")
    )
    for nodes, failed in ((own, 0), ((), 1)):
        found = run(tmp_path, snippet_of(RunPlan(after, (2,), nodes=nodes), after, 2, **files))
        assert found.returncode == failed, found.stdout + found.stderr


def test_it_can_hold_the_reference(files):
    text = snippet_of(RunPlan(BLOCK), BLOCK, 1, side="reference", **files)
    assert ".reference\n" in text
    assert "numbers_of_the_reference" in text


def test_hostile_paths_stay_strings(files):
    path = "a\"\\n'); import os #"
    text = snippet_of(RunPlan(BLOCK), BLOCK, 1, **{**files, "reference": path})
    compile(text, "snippet", "exec")
    assert "import os #" in text
    assert not any(line.strip().startswith("import os") for line in text.splitlines())
