"""Each kind of input change, against its formula."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.faults.input_kinds import INPUT_KINDS, prompt_frames
from inspector.faults.registry import faults
from tests.faults import small_run as lab

X = np.random.default_rng(0).standard_normal((2, 5, 3)).astype(np.float32)
MASK = np.array([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0]], np.float32)[..., None]
COND = np.where(np.arange(5)[None, :, None] < 2, X, 0)


def _change(kind, name="x", values=None, **settings):
    values = values or {"x": X, "mask": MASK, "cond": COND}
    return INPUT_KINDS[kind].change(name, values, settings)


def test_simple_changes():
    assert (_change("ones", "mask") == 1).all()
    assert (_change("zero") == 0).all()
    assert np.array_equal(_change("invert", "mask"), 1 - MASK)
    assert np.array_equal(_change("scale", factor=2.0), 2 * X)
    assert np.array_equal(_change("roll_frames", by=2)[:, 2:], X[:, :3])
    assert np.array_equal(_change("cast", dtype="float16"), X.astype(np.float16))


def test_memory_of_channels_first_read_as_frames_first():
    stored = np.ascontiguousarray(X.swapaxes(1, 2)).reshape(-1)
    assert np.array_equal(_change("reread"), stored.reshape(X.shape))


def test_another_draw_has_the_moments_asked_for():
    wide = {"x": (3 + 2 * np.random.default_rng(1).standard_normal((4, 500, 20))).astype("f")}
    other = _change("normal", values=wide, moments=True, gain=0.5, seed=4)
    assert abs(other.mean() - 3) < 0.05
    assert abs(other.std() - 1) < 0.02
    assert abs(np.corrcoef(other.ravel(), wide["x"].ravel())[0, 1]) < 0.02
    standard = _change("normal", values=wide, seed=4)
    assert abs(standard.mean()) < 0.05
    assert abs(standard.std() - 1) < 0.02


def test_the_prompt_is_cut_from_the_mask():
    found = _change("without_prompt", "mask", other="cond")
    assert found[0].ravel().tolist() == [0, 0, 1, 1, 0]
    assert (MASK[0, 0] == 1).all()


def test_rows_without_condition_have_the_prompt_of_their_partner():
    rows = {"rows.mask": MASK, "rows.cond": np.stack([COND[0], np.zeros_like(COND[0])])}
    found = _change("without_prompt", "rows.mask", rows, other="cond")
    assert found[:, :2].max() == 0
    assert prompt_frames(rows["rows.cond"])[1].tolist() == [True, True, False, False, False]
    both = prompt_frames(np.stack([COND[0], COND[0][::-1]]))  # two prompts of their own
    assert both[1].tolist() == [False, False, False, True, True]


def test_an_input_can_hold_another_one():
    assert np.array_equal(_change("from_input", "cond", other="mask"), np.repeat(MASK, 3, -1))
    with pytest.raises(UsageError, match="needs this input"):
        _change("from_input", "rows.x", {"rows.x": X}, other="mask")


def test_every_kind_is_used_by_a_fault():
    used = set()
    for _, fault in faults().items():
        edit = (
            fault.apply(lab.step_graph(lab.PLAIN), shapes=lab.shapes(lab.PLAIN))
            if fault.places(lab.step_graph(lab.PLAIN), lab.shapes(lab.PLAIN))
            else None
        )
        used |= {c.kind for c in edit.inputs} if edit else set()
    assert used == set(INPUT_KINDS)
