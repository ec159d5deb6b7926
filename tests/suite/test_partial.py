"""Partial recordings lose what they say they lose."""

from __future__ import annotations

import pytest

from inspector.suite.partial import PARTIALS, kept

STATES = [f"step{s:02d}/ode.x_after" for s in (1, 2, 3)]
INSIDE = [f"step{s:02d}/decoder.estimator.mid_blocks.{i}.0" for s in (1, 2, 3) for i in range(40)]
NAMES = ["mu", *STATES, *INSIDE]


@pytest.mark.parametrize("partial", ["half", "steps", "states"])
def test_only_the_candidate_loses_modules(partial):
    assert kept(NAMES, partial, "reference", 0) == NAMES
    left = kept(NAMES, partial, "candidate", 0)
    assert left[:4] == NAMES[:4]
    assert len(left) < len(NAMES)


def test_how_much_is_lost():
    count = {p: len(kept(NAMES, p, "candidate", 0)) for p in PARTIALS}
    assert count["states"] == 4
    assert count["steps"] == 4 + 80
    assert 50 <= count["half"] <= 78
    assert 70 <= count["both"] <= 104
    assert kept(NAMES, "", "candidate", 0) == NAMES


def test_both_sides_lose_other_tensors_and_the_seed_decides():
    one, two = (kept(NAMES, "both", side, 0) for side in ("reference", "candidate"))
    assert one != two
    assert one == kept(NAMES, "both", "reference", 0) != kept(NAMES, "both", "reference", 1)
