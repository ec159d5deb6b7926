"""Axis letters by kind and length."""

import pytest

from inspector.match.axes import (
    AxisFacts,
    axis_letters,
    declared_letters,
    gather_facts,
    guess_letters,
)
from tests.match.build import make_record, shapes_trace

FACTS = AxisFacts(channels=80, frames=696, token_frames=frozenset({348}))


@pytest.mark.parametrize(
    ("shape", "kind", "letters"),
    [
        ((1, 80, 696), "state", "BCT"),
        ((1, 696, 80), "state", "BTC"),
        ((2, 80, 696), "state", "BCT"),
        ((696, 1, 80), "state", "TBC"),
        ((80, 696), "state", "CT"),
        ((696, 80), "state", "TC"),
        ((1, 80, 196), "state", "BCT"),
        ((2, 1, 696), "state", "BCT"),
        ((2, 696, 1), "state", "BTC"),
        ((80,), "state", "C"),
        ((696,), "state", "T"),
        ((1, 2, 80, 696), "state", None),
        ((1, 80, 80), "state", "BCT"),
        ((1, 500, 80), "prompt", "BTC"),
        ((1, 80, 500), "prompt", "BCT"),
        ((1, 80, 80), "prompt", "BTC"),
        ((1, 696, 512), "features", "BTC"),
        ((1, 512, 696), "features", "BCT"),
        ((1, 512, 348), "features", "BCT"),
        ((1, 34, 1024), "features", "BTC"),
        ((1, 1, 696), "mask", "BCT"),
        ((1, 696, 1), "mask", "BTC"),
        ((1, 348), "mask", "BT"),
        ((696,), "mask", "T"),
        ((1, 192), "vector", "BC"),
        ((192,), "vector", "C"),
        ((98,), "tokens", "N"),
        ((1, 250), "tokens", "BN"),
        ((), "scalar", ""),
        ((1,), "scalar", "B"),
        ((11,), "schedule", "S"),
        ((1, 334080), "samples", "BN"),
        ((112320,), "samples", "N"),
        ((2, 48000), "samples", "CN"),
        ((1, 696), "curve", "BT"),
        ((1, 2, 3), "other", None),
    ],
)
def test_letters(shape, kind, letters):
    assert axis_letters(shape, kind, FACTS) == letters


def test_equal_axes_follow_the_framework():
    last = AxisFacts(channels=80, frames=80, channels_last=True)
    assert axis_letters((1, 80, 80), "state", last) == "BTC"


def facts_of(shapes, kinds, **info):
    trace = shapes_trace(shapes)
    return gather_facts(type(trace)("x", trace.records, type(trace.info)(**info)), kinds)


def test_channels_are_the_length_shared_over_different_frames():
    facts = facts_of({"mu": (1, 48, 70), "p": (1, 33, 48)}, {"mu": "state", "p": "prompt"})
    assert (facts.channels, facts.frames) == (48, 70)


def test_80_channels_are_usual():
    facts = facts_of({"x": (1, 80, 696), "y": (1, 80, 696)}, {"x": "state", "y": "state"})
    assert (facts.channels, facts.frames) == (80, 696)


def test_a_mask_under_a_wrong_name_does_not_change_the_channels():
    shapes = {"x": (1, 80, 696), "c": (2, 1, 696)}
    facts = facts_of(shapes, {"x": "state", "c": "state"})
    assert (facts.channels, facts.frames) == (80, 696)


def test_other_tensors_tell_unusual_channels():
    shapes = {"x": (1, 16, 40), "s": (1, 16)}
    assert facts_of(shapes, {"x": "state", "s": "vector"}).channels == 16
    shapes = {"x": (1, 16, 40), "m": (1, 1, 40)}
    assert facts_of(shapes, {"x": "state", "m": "mask"}).channels == 16


def test_the_side_file_gives_channels_unless_no_state_has_them():
    assert facts_of({"x": (1, 16, 80)}, {"x": "state"}, n_mels=16).channels == 16
    assert facts_of({"x": (1, 80, 90)}, {"x": "state"}, n_mels=16).channels == 80


def test_frameworks_that_put_channels_last():
    assert facts_of({}, {}, framework="MLX Swift").channels_last
    assert not facts_of({}, {}, framework="PyTorch").channels_last
    assert not facts_of({}, {}).channels_last


def test_declared_letters_by_name_role_and_expression():
    record = make_record("ode.x", [[[0.0]]])
    assert declared_letters(record, "mel", {"ode.x": "BTC"}) == "BTC"
    assert declared_letters(record, "mel", {"mel": "BCT"}) == "BCT"
    assert declared_letters(record, "", {r"ode\..*": "TBC"}) == "TBC"
    assert declared_letters(record, "", {"ode": "BTC"}) is None
    assert declared_letters(record, "", {"ode.x": "BT"}) is None
    assert declared_letters(record, "", {"broken[": "BTC"}) is None


@pytest.mark.parametrize(
    ("shape", "letters"),
    [
        ((1, 256, 696), "BCT"),
        ((1, 696, 256), "BTC"),
        ((1, 348, 512), "BTC"),
        ((1, 696), "BT"),
        ((696, 256), "TC"),
        ((1, 696, 696), ""),
        ((1, 8, 696, 64), ""),
        ((256, 256), ""),
        ((), ""),
    ],
)
def test_guess(shape, letters):
    assert guess_letters(shape, FACTS) == letters
