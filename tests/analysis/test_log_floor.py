from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.log_floor import lowest_clamped
from inspector.audio.mel_scale import LOG_FLOOR
from inspector.tensors import Array


def _clamped(grid: str) -> Array:
    values = np.maximum(np.random.default_rng(0).uniform(-20, 0, 500), LOG_FLOOR)
    if grid == "bfloat16":  # read as float32 with the lower half of the bits empty
        return (values.astype(np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32)
    return values.astype(grid)


@pytest.mark.parametrize("grid", ["float64", "float32", "float16", "bfloat16"])
def test_a_clamped_value_is_never_under_it(grid: str) -> None:
    mel = _clamped(grid)
    lowest = lowest_clamped(mel)
    assert not (mel.astype(np.float64) < lowest).any()
    # And it is no wider than one rounding step of the grid.
    step = {"float64": 1e-14, "float32": 2e-6, "float16": 0.012, "bfloat16": 0.1}[grid]
    assert LOG_FLOOR - step < lowest <= LOG_FLOOR


def test_half_precision_in_wider_storage_is_told_by_its_values() -> None:
    stored = _clamped("float16").astype(np.float32)
    assert lowest_clamped(stored) == lowest_clamped(_clamped("float16"))


def test_integers_have_no_rounding_step() -> None:
    assert lowest_clamped(np.arange(-20, 0)) == LOG_FLOOR
