"""Every mistake of the registry, planted in a small decoder, is named first; controls are not."""

from __future__ import annotations

import pytest

from inspector.faults.registry import faults
from tests.blocks.seeded import SMALL
from tests.diagnose.searches import (
    FRAMES,
    GRAPH,
    SHAPES,
    VALID,
    edit_of,
    found_by_search,
    pair_of,
    pair_with,
    record,
)
from tests.live.recorded import run_inputs

PLACED = {key: f for key, f in faults().items() if f.places(GRAPH, SHAPES)}
MISTAKES = [key for key, f in PLACED.items() if f.kind == "fault"]
CONTROLS = [key for key, f in PLACED.items() if f.kind == "control" and key != "other_noise"]

_STEPS = (("second_step", 1), ("first_step", 0), ("later_step", 2))
"""The second step shows most: time is 0 at the first, two steps of equal size follow it."""

_CONDITIONS = ("no_empty_row",)
"""What holds for the recordings here: no utterance is empty, though some frames are."""

NOT_IDENTIFIABLE = {
    "bias_invented": "a small bias before the softmax leaves no trace that a draw could match",
    "output_bias_random": "a shift of every frame is what many unloaded layers do, too",
}
"""Mistakes that block outputs do not show clearly enough to name, with the reason."""

_SOLVER = ("schedule_kind", "schedule_reversed", "schedule_six_steps", "schedule_many_steps")
"""What is stored once for the run belongs to its first step."""


_BLOCKS = ("mid_blocks.0.", "mid_blocks.0.0")
"""Where mistakes that draw values are planted."""


def steps_of(key: str) -> list[int] | None:
    """A step at which the mistake shows; None when it shows at none of these recordings."""
    silent = PLACED[key].silent_when
    if any(condition in silent for condition in _CONDITIONS):
        return None
    if key in _SOLVER:
        return [0]
    if PLACED[key].random:
        return [0, 1]  # statistics need two cells
    return next(([step] for name, step in _STEPS if name not in silent), None)


def places_of(key: str) -> tuple[str, ...] | None:
    """Every place; of one block for a mistake that draws: each block has to be judged alone."""
    if not PLACED[key].random:
        return None
    places = PLACED[key].places(GRAPH, SHAPES)
    return tuple(p for p in places if p.startswith(_BLOCKS[key == "block_unloaded"])) or None


def test_little_is_left_out():
    """The exceptions are few and still exist."""
    assert len(MISTAKES) > 100
    assert set(NOT_IDENTIFIABLE) < set(MISTAKES)
    assert [key for key in MISTAKES if steps_of(key) is None] == ["mask_smart"]


@pytest.mark.parametrize("key", [k for k in MISTAKES if k not in NOT_IDENTIFIABLE])
def test_a_planted_mistake_is_named_first(key):
    steps = steps_of(key)
    if steps is None:
        pytest.skip("it changes nothing under these conditions")
    report = found_by_search(pair_with(edit_of((key, places_of(key)))), steps=steps)
    assert report.healthy is False
    assert report.suspects, report.sentence
    first = report.suspects[0]
    names = {first.fault, *first.alike}
    contained = key == "block_unloaded" and all(
        s.fault.endswith("_unloaded") for s in report.suspects
    )
    assert key in names or contained, [s.fault for s in report.suspects]
    assert first.kind == "fault"
    if not PLACED[key].random:
        assert report.unexplained == ()
        assert [s.fault for s in report.suspects if s.kind == "fault"] == [first.fault]
        assert first.explained > 0.999
        assert first.residual <= 12 * first.noise_floor


@pytest.mark.parametrize("key", list(NOT_IDENTIFIABLE))
def test_a_mistake_that_is_too_small_to_name_is_not_called_healthy(key):
    pair = pair_with(edit_of((key, places_of(key))))
    report = found_by_search(pair, steps=[0, 1], budget_seconds=3)
    assert report.healthy is False
    assert not [s for s in report.suspects if s.evidence == "exact"]


@pytest.mark.parametrize("key", CONTROLS)
def test_a_control_is_healthy(key):
    report = found_by_search(pair_with(edit_of(key)))
    assert report.healthy is True, report.sentence
    assert not [s for s in report.suspects if s.kind == "fault"]


@pytest.mark.parametrize("level", ["ode", "blocks", "ops"])
@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_a_run_in_half_precision_is_healthy(precision, level):
    report = found_by_search(pair_of(record(level, precision=precision), level), budget_seconds=5)
    assert report.healthy is True, report.sentence


@pytest.mark.parametrize("level", ["ode", "blocks", "ops"])
def test_a_run_of_another_backend_is_healthy(level):
    report = found_by_search(pair_of(record(level, backend="mlx"), level))
    assert (report.healthy, report.suspects, report.unexplained) == (True, (), ())


@pytest.mark.parametrize("level", ["ode", "blocks", "ops"])
def test_other_noise_is_healthy(level):
    other = run_inputs(SMALL, FRAMES, valid=VALID, seed=9)["x"]
    inputs = {**run_inputs(SMALL, FRAMES, valid=VALID), "x": other}
    report = found_by_search(pair_of(record(level, inputs=inputs), level))
    assert report.healthy is True
    assert [s.fault for s in report.suspects] == ["other_noise"]
