"""Searching the culprit through the facade."""

from __future__ import annotations

import json

import pytest

from inspector import api
from inspector.errors import UsageError
from tests.project import tree

DEMO = tree.ROOT / "traces" / "demo"


def test_the_flipped_kernel_of_the_demo_is_named_and_written(tmp_path):
    report = api.culprit(
        DEMO / "reference", DEMO / "flipped-kernel", checkpoint=DEMO / "decoder.safetensors",
        json=tmp_path / "found.json",
    )  # fmt: skip
    assert [s.fault for s in report.suspects] == ["kernel_flipped"]
    assert report.suspects[0].where == ("down_blocks.0.2",)
    assert "down_blocks.0.2" in api.culprit_text(report)
    written = json.loads((tmp_path / "found.json").read_text())
    assert written == json.loads(api.culprit_json(report))
    assert written["suspects"][0]["explained"] > 0.999


def test_a_budget_of_nothing_is_refused():
    with pytest.raises(UsageError, match="budget"):
        api.culprit("a", "b", checkpoint="c", budget=0)
