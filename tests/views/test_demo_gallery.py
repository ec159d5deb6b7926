"""Every pair of the bundled gallery opens, with its checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.diagnose.comparison import compare_traces
from inspector.io.trace import open_trace
from inspector.live.checkpoint import open_checkpoint
from inspector.views.demo import DEMO, read_gallery
from inspector.views.lab import find_lab

GALLERY = read_gallery()


def test_the_story_comes_first_with_mistakes_and_healthy_runs_to_choose():
    keys = [entry["key"] for entry in GALLERY]
    assert keys[0] == "story-unloaded-weights"
    assert len(keys) == len(set(keys)) >= 8
    assert {"healthy", "healthy-float16"} < set(keys)
    assert all(entry["title"] and entry["sentence"].endswith(".") for entry in GALLERY)


@pytest.mark.parametrize("entry", GALLERY, ids=lambda e: e["key"])
def test_a_pair_opens_as_a_lab(entry):
    for name in ("reference", "candidate", "checkpoint"):
        assert Path(entry[name]).is_relative_to(DEMO)
    comparison = compare_traces(open_trace(entry["reference"]), open_trace(entry["candidate"]))
    lab = find_lab(comparison, open_checkpoint(entry["checkpoint"]))
    assert lab.checkpoint.problems == ()
    assert lab.reference.steps
    assert lab.candidate.steps == lab.reference.steps
    assert len(lab.candidate.values) > 20
