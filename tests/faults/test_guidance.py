"""Guidance faults against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.faults.registry import faults
from tests.faults.small_run import MATCHA, SMALL, healthy_and_faulty, shapes

R = SMALL.cfg_rate
FORMULAS = {
    "cfg_interpolate": lambda c, u: u + R * (c - u),
    "cfg_mixed": lambda c, u: (1 - R) * c + R * u,
    "cfg_sum": lambda c, u: (1 + R) * c + R * u,
    "cfg_minus": lambda c, u: (1 - R) * c - R * u,
    "cfg_conditional": lambda c, u: c,
    "cfg_unconditional": lambda c, u: u,
    "cfg_gain": lambda c, u: (1 + R) * c,
    "cfg_rate_half": lambda c, u: 1.5 * c - 0.5 * u,
    "cfg_operands_swapped": lambda c, u: (1 + R) * u - R * c,
    "cfg_rows_swapped": lambda c, u: (1 + R) * u - R * c,
}


@pytest.mark.parametrize("key", FORMULAS)
def test_the_guided_velocity(key):
    healthy, faulty = healthy_and_faulty(key, SMALL)
    c, u = healthy["ode.v_cond"], healthy["ode.v_uncond"]
    assert np.allclose(healthy["ode.v_cfg"], (1 + R) * c - R * u)
    assert np.allclose(faulty["ode.v_cfg"], FORMULAS[key](c, u))
    assert np.allclose(faulty["velocity"], healthy["velocity"])
    crosswise = key == "cfg_rows_swapped"
    assert np.allclose(faulty["ode.v_cond"], u if crosswise else c)


@pytest.mark.parametrize(
    ("key", "names", "kept"),
    [
        ("uncond_keeps_mu_and_speaker", ("rows.mu", "rows.speaker"), True),
        ("uncond_keeps_prompt", ("rows.cond",), True),
        ("uncond_mask_zero", ("rows.mask",), False),
        ("uncond_time_zero", ("rows.t",), False),
        ("uncond_state_zero", ("rows.x",), False),
    ],
)
def test_the_unconditional_rows(key, names, kept):
    healthy, faulty = healthy_and_faulty(key, SMALL)
    for name in names:
        half = len(healthy[name]) // 2
        assert np.array_equal(faulty[name][:half], healthy[name][:half])
        assert np.array_equal(faulty[name][half:], healthy[name][:half] if kept else 0 *
                              healthy[name][:half])  # fmt: skip
        assert np.allclose(healthy[name][half:], 0) == kept
    assert np.allclose(faulty["ode.v_cond"], healthy["ode.v_cond"])
    assert not np.allclose(faulty["ode.v_uncond"], healthy["ode.v_uncond"])
    if key == "uncond_mask_zero":
        assert (faulty["ode.v_uncond"] == 0).all()


def test_without_guidance_there_is_no_place():
    graph = step_graph(MATCHA)
    for key, fault in faults().items():
        if key.startswith(("cfg_", "uncond_")):
            assert fault.places(graph, shapes(MATCHA)) == (), key
