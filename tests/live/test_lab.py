"""Labs: bound pairs, opened once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inspector.live.lab import open_lab
from tests.blocks.seeded import SMALL, seeded_weights
from tests.live.labs import checkpoint_of, lab_of
from tests.live.recorded import as_trace, record_run


def test_the_same_content_is_the_same_lab():
    assert lab_of() is lab_of()
    assert lab_of() is not lab_of(seed=1)
    assert lab_of().identity != lab_of(seed=1).identity


def test_other_weights_are_another_lab():
    trace = as_trace(record_run(SMALL, seeded_weights(SMALL), level="ode"))
    one, other = (open_lab(checkpoint_of(seed=s), trace) for s in (0, 1))
    assert one is not other
    assert open_lab(checkpoint_of(seed=0), trace) is one


def test_without_an_identity_nothing_is_held():
    trace = as_trace(record_run(SMALL, seeded_weights(SMALL), level="ode"))
    bare = replace(checkpoint_of(), identity="")
    assert open_lab(bare, trace) is not open_lab(bare, trace)
    assert open_lab(bare, trace).identity == ""


def test_both_sides_are_bound():
    lab = lab_of(level="blocks")
    assert np.array_equal(lab.reference.get("mid_blocks.0.0", 1).read(),
                          lab.candidate.get("mid_blocks.0.0", 1).read())  # fmt: skip
    assert lab.steps == tuple(range(SMALL.steps))
    assert lab.notes == ()


def test_one_trace_may_be_both_sides():
    trace = as_trace(record_run(SMALL, seeded_weights(SMALL)))
    lab = open_lab(checkpoint_of(), trace, trace)
    assert lab.reference.get("mid_blocks.0.0", 0) is not None
    assert lab.candidate.get("mid_blocks.0.0", 0) is not None


def test_a_side_may_be_missing():
    lab = open_lab(checkpoint_of())
    assert lab.reference.values == lab.candidate.values == {}
    assert lab.steps == ()


@pytest.mark.parametrize("span", [True, False])
def test_the_recording_tells_the_number_of_steps(span):
    config = replace(SMALL, steps=7)
    values = record_run(config, seeded_weights(config), level="ode")
    if not span:
        del values["t_span"]
    lab = open_lab(checkpoint_of(SMALL), as_trace(values))
    assert lab.config == config
    assert lab.notes == ("The recording solves the ODE in 7 steps.",)


def test_a_checkpoint_with_holes_still_opens():
    full = checkpoint_of()
    weights = {k: v for k, v in full.weights.items() if not k.startswith("mid_blocks.0.1.0.attn1")}
    lab = open_lab(replace(full, weights=weights, missing=("mid_blocks.0.1.0.attn1.to_q.weight",),
                           identity="holes"))  # fmt: skip
    assert lab.shapes["mid_blocks.0.1.0.attn1.to_q"] == ("R", "T", 16)
    assert any("mid_blocks.0.1.0.attn1.to_q.weight" in note for note in lab.notes)
