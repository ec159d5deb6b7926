"""Faults of the schedule and the Euler update against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.faults.registry import faults
from tests.faults.small_run import MATCHA, SMALL, healthy_and_faulty, shapes

N = SMALL.steps
COSINE = 1 - np.cos(np.pi * np.arange(N + 1) / (2 * N))
LINEAR = np.arange(N + 1) / N
STEPS = {"first_step": 0, "": 1, "later_step": 2}


def _times(key, condition):
    _, faulty = healthy_and_faulty(key, SMALL, condition=condition)
    return float(faulty["ode.t"][0]), float(faulty["ode.dt"][0])


@pytest.mark.parametrize("condition", STEPS)
def test_times_and_steps(condition):
    i = STEPS[condition]
    right = (COSINE[i], COSINE[i + 1] - COSINE[i])
    held = (COSINE[0], COSINE[1]) if i == 1 else right
    six, many = (1 - np.cos(np.pi * np.arange(n + 1) / (2 * n)) for n in (6, 32))
    expected = {
        "schedule_kind": (LINEAR[i], 1 / N),
        "schedule_reversed": (1 - right[0], -right[1]),
        "schedule_six_steps": (six[i], six[i + 1] - six[i]),
        "schedule_many_steps": (many[i], many[i + 1] - many[i]),
        "step_size_constant": (right[0], 1 / N),
        "step_two_held": held,
        "time_one_step_late": (COSINE[i + 1], right[1]),
        "time_one_step_early": (COSINE[max(i - 1, 0)], right[1]),
        "euler_sign": right,
    }
    for key, pair in expected.items():
        assert _times(key, condition) == pytest.approx(pair, abs=1e-6), key


def test_a_linear_schedule_becomes_a_cosine_and_has_constant_steps_anyway():
    healthy, faulty = healthy_and_faulty("schedule_kind", MATCHA)
    assert np.allclose(healthy["ode.t_span"], LINEAR, atol=1e-6)
    assert np.allclose(faulty["ode.t_span"], COSINE, atol=1e-6)
    fault = faults()["step_size_constant"]
    assert fault.places(step_graph(MATCHA), shapes(MATCHA)) == ()


def test_the_update_backwards():
    healthy, faulty = healthy_and_faulty("euler_sign", SMALL)
    dt = healthy["ode.dt"][:, None, None]
    assert np.allclose(healthy["ode.x_after"], healthy["x"] + dt * healthy["ode.v_cfg"])
    assert np.allclose(faulty["ode.x_after"], healthy["x"] - dt * healthy["ode.v_cfg"])
