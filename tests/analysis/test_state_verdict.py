"""Where the state went."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.state_verdict import (
    CONVERGING,
    DIVERGING,
    NOT_FINITE,
    OTHER,
    PARTLY,
    POSITIVE,
    STAYS,
    UNKNOWN,
    StateVerdict,
    judge_state,
    noise_left,
)
from inspector.metrics.side import describe
from inspector.tensors import Array

_RANDOM = np.random.default_rng(3)
_NOISE = _RANDOM.standard_normal((1, 80, 200))
_MEL = _RANDOM.standard_normal((1, 80, 200)) * 2.2 - 6.4


def _judge(final: Array, *, t_end: float | None = 1.0, steps: int = 10) -> StateVerdict:
    left = noise_left(_NOISE, final)
    return judge_state(
        describe(_NOISE), describe(final), describe(final - _NOISE), steps=steps, t_end=t_end,
        correlation=left[0], noise_frames=left[1],
    )  # fmt: skip


def _partly() -> Array:
    final = _MEL.copy()
    final[:, :, :80] = _NOISE[:, :, :80]
    return final


@pytest.mark.parametrize(
    ("final", "kind"),
    [
        (_MEL, CONVERGING),
        # a normalised mel has mean 0 and std 1, and yet has left its noise
        ((_MEL + 6.4) / 2.2, CONVERGING),
        (_NOISE + 0.5 * _RANDOM.standard_normal((1, 80, 200)), STAYS),
        (_NOISE * 1.01, STAYS),
        (_partly(), PARTLY),
        (7.9 + 3.7 * _RANDOM.standard_normal((1, 80, 200)), POSITIVE),
        (_MEL * 1000, DIVERGING),
        (np.where(_NOISE > 3, np.nan, _MEL), NOT_FINITE),
        (_NOISE - 3, OTHER),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_each_end_is_named(final: Array, kind: str) -> None:
    verdict = _judge(final)
    assert verdict.kind == kind
    assert verdict.sentence.endswith(".") and verdict.to_dict()["kind"] == kind


def test_the_sentence_has_the_numbers_of_both_ends() -> None:
    sentence = _judge(_MEL).sentence
    assert "std 1.00" in sentence and "mean -6.39" in sentence and "10 steps" in sentence
    assert "correlation with the start" in sentence


def test_the_share_of_noisy_frames_is_measured() -> None:
    verdict = _judge(_partly())
    assert verdict.noise_frames == pytest.approx(0.4)
    assert "40.0 % of the frames" in verdict.sentence


def test_one_step_of_ten_is_no_verdict() -> None:
    # after one step a healthy state still looks like N(0, 1)
    early = 0.988 * _NOISE + 0.012 * _MEL
    assert _judge(early, t_end=0.0123, steps=1).kind == UNKNOWN
    assert _judge(early, t_end=None, steps=1).kind == UNKNOWN
    assert _judge(early, t_end=1.0, steps=10).kind == STAYS


def test_a_missing_end_is_unknown() -> None:
    assert judge_state(None, describe(_MEL), None, steps=10, t_end=1.0).kind == UNKNOWN
    assert judge_state(describe(_NOISE), None, None, steps=10, t_end=1.0).kind == UNKNOWN


def test_correlation_of_constant_or_unequal_shapes_is_undefined() -> None:
    assert noise_left(np.zeros((1, 80, 5)), np.zeros((1, 80, 5)))[0] is None
    assert noise_left(_NOISE, _MEL[:, :, :9]) == (None, None)
