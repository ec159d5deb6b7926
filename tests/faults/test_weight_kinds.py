"""Each kind of weight change, against its formula."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.faults.registry import faults
from inspector.faults.weight_kinds import WEIGHT_KINDS, fan_in, reread
from tests.faults import small_run as lab

RNG = np.random.default_rng(3)
CONV = RNG.standard_normal((4, 6, 3)).astype(np.float32)
LINEAR = RNG.standard_normal((8, 6)).astype(np.float32)


def _change(kind, array, **settings):
    return WEIGHT_KINDS[kind].change("k", array, {"k": array, "other": array + 1}, settings)


def test_constants_and_moves():
    assert (_change("ones", CONV) == 1).all()
    assert (_change("zero", CONV) == 0).all()
    assert np.array_equal(_change("flip_kernel", CONV), CONV[:, :, ::-1])
    assert np.array_equal(_change("scale", CONV, factor=2.0), CONV * 2)
    assert np.array_equal(_change("from_key", CONV, source="other"), CONV + 1)
    assert np.allclose(_change("log", CONV), np.log(np.abs(CONV)))
    square = CONV[:, :4]
    assert np.array_equal(_change("transpose", square), square.transpose(1, 0, 2))


def test_rows_are_zeroed_where_said():
    found = _change("zero_rows", LINEAR, first=0.25, share=0.25)
    assert np.flatnonzero((found == 0).all(1)).tolist() == [2, 3]
    assert np.array_equal(found[4:], LINEAR[4:])


def test_heads_move_as_blocks_or_interleaved():
    rolled = _change("permute_heads", LINEAR, heads=2, order="roll")
    assert np.array_equal(rolled, LINEAR[[4, 5, 6, 7, 0, 1, 2, 3]])
    woven = _change("permute_heads", LINEAR, heads=2, order="interleave")
    assert np.array_equal(woven, LINEAR[[0, 4, 1, 5, 2, 6, 3, 7]])


def test_memory_read_in_the_other_layout():
    # a port that takes [O, I, K] memory for [O, K, I] and then uses it as MLX does
    as_mlx = CONV.reshape(-1).reshape(4, 3, 6)
    assert np.array_equal(reread(CONV, "torch"), as_mlx.transpose(0, 2, 1))
    # a file in MLX layout read as PyTorch
    stored = np.ascontiguousarray(CONV.transpose(0, 2, 1))
    assert np.array_equal(reread(CONV, "mlx"), stored.reshape(4, 6, 3))
    assert np.array_equal(reread(LINEAR, "torch"), LINEAR.reshape(-1).reshape(6, 8).T)
    narrow = LINEAR[:, :, None]
    assert np.array_equal(reread(narrow, "torch")[:, :, 0], reread(LINEAR, "torch"))
    for stored in ("torch", "mlx"):
        other = {"torch": "mlx", "mlx": "torch"}[stored]
        assert np.array_equal(reread(reread(LINEAR, stored), other), LINEAR)


@pytest.mark.parametrize(
    ("shape", "layout", "inputs"),
    [((8, 6), "OI", 6), ((4, 6, 3), "OIK", 18), ((6, 4, 3), "IOK", 18)],
)
def test_draws_stay_within_their_bound(shape, layout, inputs):
    assert fan_in(shape, layout) == inputs
    array = np.zeros(shape, np.float32)
    drawn = _change("uniform", array, layout=layout, seed=1)
    assert 0.7 * inputs**-0.5 < np.abs(drawn).max() <= inputs**-0.5
    assert np.array_equal(drawn, _change("uniform", array, layout=layout, seed=1))
    assert not np.array_equal(drawn, _change("uniform", array, layout=layout, seed=2))


def test_an_unknown_layout_is_refused():
    with pytest.raises(UsageError, match="its shape is"):
        fan_in((2, 3), "OIK")


def test_a_transpose_that_does_not_fit_is_refused():
    with pytest.raises(UsageError, match="as many rows as columns"):
        _change("transpose", LINEAR)


def test_every_kind_is_used_by_a_fault():
    used = {"scale"}  # for those who write edits by hand
    for config in lab.CONFIGS.values():
        for _, fault in faults().items():
            shapes = lab.shapes(config)
            if fault.places(lab.step_graph(config), shapes):
                edit = fault.apply(lab.step_graph(config), shapes=shapes)
                used |= {c.kind for c in edit.weights}
    assert used == set(WEIGHT_KINDS)
