"""Running plans through the facade."""

from __future__ import annotations

import json

import pytest

from inspector import api
from inspector.errors import UsageError
from tests.project import tree

DEMO = tree.ROOT / "traces" / "demo"
PLAN = {"what": "down_blocks.0.2", "steps": [2], "inputs": "candidate"}


def test_a_plan_gives_values_errors_text_and_document(tmp_path):
    files = {
        "reference": DEMO / "reference", "candidate": DEMO / "flipped-kernel",
        "checkpoint": DEMO / "decoder.safetensors",
    }  # fmt: skip
    plain = api.run_plan(PLAN, **files, json=tmp_path / "run.json")
    swapped = api.run_plan(
        {**PLAN, "swaps": [{"key": "kernel_flipped", "places": ["down_blocks.0.2"]}]}, **files
    )
    assert json.loads((tmp_path / "run.json").read_text()) == json.loads(api.run_json(plain))
    assert "down_blocks.0.2" in api.run_text(plain)
    errors = [
        next(e for e in json.loads(api.run_json(r))["errors"] if e["name"] == "down_blocks.0.2")
        for r in (plain, swapped)
    ]
    assert errors[0]["error_candidate"]["relative_l2"] > 1e-2
    assert errors[1]["error_candidate"]["relative_l2"] < 1e-5


def test_a_text_that_names_no_code_is_refused():
    with pytest.raises(UsageError):
        api.offer_implementations(implementation=("no code here",))
