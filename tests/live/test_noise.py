"""The noise floor: above rounding, below every mistake."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.live.execution import Placement
from inspector.live.noise import noise_floor, relative_l2
from tests.live.test_isolation import BLOCK, pair_of


def test_relative_l2_by_hand():
    assert relative_l2(np.array([3.0, 4.0]), np.array([3.0, 0.0])) == pytest.approx(4 / 3)
    assert relative_l2(np.array([5.0]), np.array([-5.0])) == 2.0


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=9), st.floats(1e-3, 1e3))
def test_relative_l2_does_not_see_the_scale(values, scale):
    r = np.array(values)
    if np.linalg.norm(r) < 1e-3:
        return
    assert relative_l2(r * scale * 1.01, r * scale) == pytest.approx(0.01, rel=1e-6)


def test_edges():
    zero = np.zeros(3, np.float32)
    assert relative_l2(zero, zero) == 0.0
    assert relative_l2(zero + 1, zero) == math.inf
    assert math.isnan(relative_l2(np.array([np.nan]), np.array([1.0])))
    assert relative_l2(np.zeros(2), np.ones(3)) == math.inf


def test_float32_sums_are_made_in_double():
    big = np.full(1000, 1e30, np.float32)
    assert relative_l2(big * np.float32(1.5), big) == pytest.approx(0.5)


@pytest.mark.parametrize("target", [BLOCK, "mid_blocks.0.0", "ode.x_after", "time_mlp.linear_2"])
def test_other_correct_implementations_stay_within_a_few_floors(target):
    isolator = pair_of("blocks").candidate
    cut = isolator.cut(target, 1)
    floor = noise_floor(isolator, cut)
    assert 2.0**-24 <= floor < 1e-4
    exact = isolator.run(cut, placement=Placement("torch", "float64"))[target]
    for placement in (Placement("torch"), Placement("mlx")):
        assert relative_l2(isolator.run(cut, placement=placement)[target], exact) < 6 * floor


def test_half_precision_has_a_higher_floor():
    isolator = pair_of("blocks").candidate
    cut = isolator.cut(BLOCK, 1)
    single, half, brain = (noise_floor(isolator, cut, p) for p in
                           ("float32", "float16", "bfloat16"))  # fmt: skip
    assert single < half / 100
    assert half < brain


def test_the_floor_of_time_is_that_of_its_sinusoid():
    isolator = pair_of("blocks").candidate
    time = noise_floor(isolator, isolator.cut("time_mlp.linear_2", 2))
    assert time > 3 * noise_floor(isolator, isolator.cut(BLOCK, 2))


def test_the_floor_is_the_same_every_time():
    isolator = pair_of("blocks").candidate
    cut = isolator.cut(BLOCK, 1)
    assert noise_floor(isolator, cut) == noise_floor(isolator, cut)
