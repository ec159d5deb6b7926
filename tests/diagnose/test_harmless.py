"""What no mistake explains and needs none: backend noise, garbage outside the mask, cut frames."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.harmless import BACKEND_NOISE, explain_without_mistake, trimmed_frames
from inspector.suite.controls import altered
from tests.diagnose.searches import (
    FRAMES,
    edit_of,
    errors_of,
    found_by_search,
    noisy,
    pair_of,
    pair_with,
    record,
)

BLOCK = "mid_blocks.0.1.0"


def with_control(key):
    """The healthy reference against an MLX run that a trace control has altered."""
    return pair_of(altered(record(backend="mlx", style="mlx"), key, 2))


@pytest.mark.parametrize(
    ("key", "called"), [("backend_noise", "backend_noise"), ("masked_garbage", "masked_frames")]
)
def test_a_control_is_called_by_its_name(key, called):
    report = found_by_search(with_control(key))
    assert report.healthy is True, report.sentence
    assert called in [s.fault for s in report.suspects]
    assert {s.kind for s in report.suspects} == {"control"}


def test_cut_frames_cannot_be_tested_and_are_said_to_be_cut():
    pair = with_control("trimmed")
    report = found_by_search(pair)
    assert report.healthy is None
    assert report.suspects == ()
    assert f"of {FRAMES} frames" in report.sentence
    assert "candidate" in report.sentence
    assert trimmed_frames(pair.reference, pair.reference) == ""


def left_of(pair):
    cells = [c for c in errors_of(pair).cells if c.faulty]
    return explain_without_mistake(cells, (), pair.candidate, lambda _: None)


def test_an_error_above_the_noise_of_backends_stays_open():
    suspects, left = left_of(pair_of(record(weights=noisy(f"{BLOCK}.ff.net.2.weight", 1e-3))))
    assert BLOCK in [c.node for c in left]
    assert not [s for s in suspects if s.fault == "backend_noise" and BLOCK in s.where]
    assert all(c.introduced > BACKEND_NOISE for c in left)


def test_an_error_inside_the_mask_stays_open_though_it_is_outside_too():
    _, left = left_of(pair_with(edit_of("attention_scale_missing")))
    assert left


def test_without_padding_nothing_lies_outside_the_mask():
    values = record(valid=FRAMES, backend="mlx")
    name = next(n for n in values if n.endswith(BLOCK))
    values[name] = values[name] + np.float32(0.1)
    pair = pair_of(values, reference=record(valid=FRAMES))
    suspects, left = left_of(pair)
    assert not [s for s in suspects if s.fault == "masked_frames"]
    assert left


def test_a_mistake_that_acts_outside_the_mask_is_still_named():
    report = found_by_search(pair_with(edit_of("residual_not_masked")))
    assert report.suspects[0].fault == "residual_not_masked"
    assert report.healthy is False
