"""Percent positive and sign agreement."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from inspector.analysis.sign import compare_signs
from inspector.analysis.valid_frames import PairFrames
from inspector.tensors import Layout, TensorPair, TensorRecord


@dataclass(frozen=True)
class _Side:
    percent_positive: float | None


@dataclass(frozen=True)
class _Metrics:
    reference: _Side
    candidate: _Side
    sign_agreement: float | None


@dataclass(frozen=True)
class _Compared:
    pair: TensorPair
    metrics: _Metrics | None


def _pair(name: str, step: int | None = None, role: str = "") -> TensorPair:
    records = [
        TensorRecord(f"{side}{name}", (2,), "float32", "f", 0, lambda: np.zeros(2, "f4"))
        for side in ("r/", "c/")
    ]
    return TensorPair(records[0], records[1], "alias", 1.0, step=step, role=role)


def _row(
    name: str, r: float | None, c: float | None, agreement: float | None, step: int | None = None,
    role: str = "",
) -> _Compared:  # fmt: skip
    return _Compared(_pair(name, step, role), _Metrics(_Side(r), _Side(c), agreement))


def test_rows_keep_the_order_and_their_index() -> None:
    result = compare_signs([
        _row("a", 50, 50, 1.0), _Compared(_pair("none"), None), _row("b", 10, 12, 0.9),
    ])  # fmt: skip
    assert [(r.row, r.reference, r.candidate) for r in result.rows] == [
        (0, "r/a", "c/a"), (2, "r/b", "c/b"),
    ]  # fmt: skip
    assert result.skipped == 1
    assert result.rows[1].gap_points == 2
    json.dumps(result.to_dict(), allow_nan=False)


def test_the_worst_is_the_lowest_agreement_and_the_first_of_equals() -> None:
    result = compare_signs([
        _row("a", 50, 50, 0.8), _row("b", 50, 50, 0.4), _row("c", 50, 50, 0.4),
        _row("d", 50, 50, None),
    ])  # fmt: skip
    assert result.worst is not None and result.worst.reference == "r/b"


def test_each_step_is_its_state_else_its_velocity() -> None:
    result = compare_signs([
        _row("v1", 5, 5, 1.0, 1, "v_cfg"), _row("x1", 46, 49, 1.0, 1, "x_after"),
        _row("v2", 6, 7, 1.0, 2, "v_cfg"), _row("t2", 100, 100, 1.0, 2, "t"),
    ])  # fmt: skip
    assert [(r.step, r.role) for r in result.steps] == [(1, "x_after"), (2, "v_cfg")]


def test_nan_is_no_sign_and_not_zero_percent() -> None:
    result = compare_signs([_row("a", 50, float("nan"), 1.0), _row("b", None, 50, 1.0)])
    assert result.rows == () and result.skipped == 2 and result.worst is None
    assert "No pair" in result.sentence


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([_row("a", 50, 50, 1.0)], "Every sign is equal in all 1 pairs"),
        ([_row("a", 50, 51, 0.98)], "lowest agreement place by place is 98.00 % in r/a"),
        ([_row("a", 50, 51, 0.9), _row("b", 0.4, 36, 0.6)], "points first in r/b: 0.4 % against"),
        ([_row("x", 0.4, 36, 0.6, 10, "x_after")], "The state of step 10 is 0.4 % positive"),
    ],
)
def test_the_sentence(rows: list, expected: str) -> None:
    assert expected in compare_signs(rows).sentence


def test_real_comparisons_fit_the_protocol() -> None:
    from inspector.analysis.tensor import compare_pair

    values = np.linspace(-1, 1, 11, dtype=np.float32)
    records = [
        TensorRecord("a", (11,), "float32", "f", 0, lambda v=v: v.copy())
        for v in (values, values + np.float32(0.5))
    ]
    result = compare_signs([compare_pair(TensorPair(records[0], records[1], "same name", 1.0))])
    (row,) = result.rows
    assert row.reference_percent_positive == pytest.approx(100 * 5 / 11)
    assert row.candidate_percent_positive == pytest.approx(100 * 8 / 11)
    assert row.sign_agreement is not None and row.sign_agreement < 1


def _state(*, padding: float, step: int, role: str = "x_after"):
    """A pair of states of 6 frames that are negative and 2 of padding, and its comparison."""
    from inspector.analysis.tensor import compare_pair

    left = np.full((1, 4, 8), -1, np.float32)
    left[:, :, 6:] = 1
    right = left.copy()
    right[:, :, 6:] = padding
    records = [
        TensorRecord(f"{role}{step}", a.shape, "float32", "f", 0, lambda a=a: a)
        for a in (left, right)
    ]
    layout = Layout(letters="BCT")
    return compare_pair(
        TensorPair(*records, "alias", 1.0, layout, layout, step=step, role=role)
    )  # fmt: skip


def test_padding_takes_no_part_in_rows_and_sentence() -> None:
    states = [_state(padding=1, step=1), _state(padding=-1, step=2)]
    whole = compare_signs(states)
    assert whole.steps[-1].reference_percent_positive == 25 and whole.first_parting is not None
    found = compare_signs(states, PairFrames(reference=(6, 8)))
    assert [r.frames for r in found.rows] == [6, 6]
    for row in found.steps:
        shares = row.reference_percent_positive, row.candidate_percent_positive
        assert (*shares, row.sign_agreement) == (0, 0, 1)
    assert found.first_parting is None
    assert "step 2 is 0.0 % positive in the reference, 0.0 % in the candidate" in found.sentence
    assert "Every sign is equal" in found.sentence
    assert "6 of 8 frames are counted; the 2 frames of padding" in found.sentence
    json.dumps(found.to_dict(), allow_nan=False)


def test_without_a_tensor_over_the_padded_frames_nothing_is_said() -> None:
    frames = PairFrames(reference=(6, 9))
    found = compare_signs([_state(padding=1, step=1)], frames)
    assert found.rows[0].frames is None and "padding" not in found.sentence
    assert found.rows[0].reference_percent_positive == 25
