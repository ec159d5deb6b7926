"""Operations of plain arithmetic: one function, the arrays of any framework."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.arithmetic import ARITHMETIC, euler, guide, take_rows
from inspector.blocks.calls import check_call
from inspector.blocks.implementations import backend
from inspector.errors import UsageError
from tests.blocks import cases

CALLS = [made for made in cases.all_calls() if made.op in ARITHMETIC]


@pytest.mark.parametrize("made", CALLS, ids=map(cases.describe, CALLS))
def test_numpy_arrays_give_the_formula_too(made):
    """The functions name no framework: NumPy goes through them like any other."""
    filled = check_call(made.op, made.inputs, made.params, made.settings)
    exact = [np.asarray(value, np.float64) for value in made.inputs]
    result = ARITHMETIC[made.op](exact, made.params, filled)
    np.testing.assert_allclose(result, made.expected(), rtol=1e-13, atol=1e-13)


def test_guidance_of_equal_velocities_is_that_velocity():
    v = np.random.default_rng(0).standard_normal((1, 4, 3))
    for formula in ("extrapolate", "interpolate", "mixed", "conditional", "unconditional"):
        made = guide([v, v], {}, {"rate": 0.7, "formula": formula})
        np.testing.assert_allclose(made, v, atol=1e-15)
    assert not np.allclose(guide([v, v], {}, {"rate": 0.7, "formula": "sum"}), v)


def test_the_shares_of_the_rows_are_all_rows():
    x = np.arange(24.0).reshape(4, 3, 2)
    shares = [take_rows([x], {}, {"part": i, "parts": 2}) for i in range(2)]
    np.testing.assert_array_equal(np.concatenate(shares), x)


@pytest.mark.parametrize(("part", "parts"), [(0, 3), (2, 2), (1, 1)])
def test_a_share_that_is_not_there_is_refused(part, parts):
    with pytest.raises(UsageError, match="4 rows cannot give"):
        take_rows([np.zeros((4, 1, 1))], {}, {"part": part, "parts": parts})


def test_a_step_there_and_back_is_no_step():
    x, v = np.ones((2, 3, 4)), np.full((2, 3, 4), 2.0)
    dt = np.array([0.5, 0.25])
    there = euler([x, v, dt], {}, {"sign": 1})
    np.testing.assert_array_equal(there[:, 0, 0], [2.0, 1.5])
    np.testing.assert_array_equal(euler([there, v, dt], {}, {"sign": -1}), x)


def test_a_number_meets_half_precision_as_each_framework_does_it():
    """PyTorch multiplies by 0.7, MLX by 0.7 rounded to half: one ulp apart here and there."""
    x = np.linspace(1, 2, 625, dtype=np.float32).reshape(1, 1, 25, 25)
    results = []
    for name in ("torch", "mlx"):
        b = backend(name)
        value = b.run("scale", [b.put(x, "float16")], {}, {"factor": 0.7})
        results.append(b.take(value))
    assert 0 < np.abs(results[1] - results[0]).max() <= 2.0**-10
