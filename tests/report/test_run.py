"""The result of a plan as text, JSON and files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from inspector.errors import UsageError
from inspector.live.plan import RunPlan
from inspector.live.running import run_plan
from inspector.report.run import render_run, run_document, write_values
from tests.blocks.seeded import SMALL
from tests.live.labs import lab_of

BLOCK = "mid_blocks.0.1.0"
LAB_FAULT = ("attention_scale_missing", (f"{BLOCK}.attn1.scaled",))


def result_of(plan):
    return run_plan(plan, lab_of(SMALL, LAB_FAULT))


def test_the_text_names_values_and_both_errors():
    text = render_run(result_of(RunPlan(BLOCK, (2,))))
    lines = text.splitlines()
    assert lines[0].startswith(
        f"{BLOCK} on the values of the reference, torch in float32: 20 values"
    )
    row = next(line for line in lines[1:] if line.startswith(f"{BLOCK} "))
    assert "0.00e+00 (0 floors)" in row
    assert row.split()[1] == "2"
    assert len(row.split("floors")) == 3


def test_a_run_without_recordings_says_so():
    text = render_run(result_of(RunPlan(BLOCK, source="noise:1")))
    assert text.startswith(f"{BLOCK} on noise of seed 1, torch")
    assert text.endswith("Nothing to compare with: no trace recorded these values.\n")


def test_the_document_is_strict_json_without_arrays():
    document = run_document(result_of(RunPlan(BLOCK)))
    values = json.loads(json.dumps(document, allow_nan=False))
    assert values["version"] == 1
    assert values["plan"]["what"] == BLOCK
    assert len(values["values"]) == 20


def test_values_are_written_per_step(tmp_path):
    result = result_of(RunPlan(BLOCK, (1, 3)))
    written = write_values(result, tmp_path / "out")
    assert [path.name for path in written] == ["step01.safetensors", "step03.safetensors"]
    stored = load_file(written[1])
    assert set(stored) == set(result.values[3])
    assert np.array_equal(stored[BLOCK], result.value(BLOCK, 3))


def test_a_trajectory_is_written_beside_them(tmp_path):
    result = result_of(RunPlan("ode"))
    written = write_values(result, tmp_path)
    stored = load_file(written[-1])
    assert written[-1].name == "trajectory.safetensors"
    assert np.array_equal(stored["mel"], result.trajectory.mel)
    assert stored["states"].shape == (SMALL.steps + 1, 1, 24, 8)


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError):
        write_values(result_of(RunPlan(BLOCK)), tmp_path / "file")
