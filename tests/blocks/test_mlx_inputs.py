"""Schedule, time embedding and rows in MLX beside PyTorch's: how far apart they round."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest

from inspector.blocks.mlx_backend import MlxBackend
from inspector.blocks.mlx_inputs import INPUTS
from inspector.blocks.torch_backend import TorchBackend

B, TORCH = MlxBackend(), TorchBackend()
EMBEDDING = {"width": 320, "scale": 1000.0, "base": 10000.0}


def both(op, arrays, settings, precision="float32"):
    """Values of MLX and of PyTorch."""
    return [
        b.take(b.run(op, [b.put(np.array(a), precision) for a in arrays], {}, settings))
        for b in (B, TORCH)
    ]


def test_the_cosine_schedule_lies_a_rounding_of_the_cosine_beside_that_of_pytorch():
    """1 - cos keeps the absolute error of a cosine near 1 and loses its leading digits."""
    for steps in (1, 4, 10, 32):
        mlx, torch = both("schedule", [], {"steps": steps})
        assert mlx.dtype == np.float32
        assert np.abs(mlx - torch).max() <= 2.0**-23
    linear = both("schedule", [], {"steps": 10, "kind": "linear"})
    np.testing.assert_array_equal(*linear)


def test_time_and_step_size_of_the_same_span_are_the_same():
    span = np.sort(np.random.default_rng(0).random(11)).astype(np.float32)
    for precision in B.precisions:
        for step in range(10):
            for op in ("step_time", "step_size"):
                np.testing.assert_array_equal(*both(op, [span, [step]], {}, precision))


def test_a_step_number_may_be_any_number_and_stays_on_the_span():
    span = B.put(np.linspace(0, 1, 5), "float32")
    for number, shift, expected in ((0, -1, 0.0), (3.0, 1, 1.0), (4, 1, 1.0), (9, 0, 1.0)):
        step = B.put(np.array([number]), "float32")
        assert B.take(B.run("step_time", [span, step], {}, {"shift": shift})) == [expected]


def test_the_embedding_of_the_same_time_differs_by_rounded_angles():
    t = np.linspace(0, 1, 50, dtype=np.float32)
    mlx, torch = both("time_embedding", [t], EMBEDDING)
    assert np.abs(mlx - torch).max() < 2e-4
    assert (mlx[0] == torch[0]).all()


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_the_angle_of_a_half_precision_time_is_not_rounded(precision):
    t = B.put(np.array([0.7]), precision)
    half = B.run("time_embedding", [t], {}, EMBEDDING)
    wide = B.run("time_embedding", [t.astype(mx.float32)], {}, EMBEDDING)
    assert half.dtype == t.dtype
    np.testing.assert_array_equal(B.take(half), B.take(B.cast(wide, precision)))


@pytest.mark.parametrize("mask_type", [np.float32, np.int64, bool])
def test_a_mask_may_be_of_any_type(mask_type):
    x = mx.ones((2, 3, 1))
    mask = B.put(np.array([[[1], [0], [1]], [[0], [0], [0]]]).astype(mask_type), "float32")
    for mode, expected in {
        "multiply": [[1, 0, 1], [0, 0, 0]], "inverted": [[0, 1, 0], [1, 1, 1]],
        "smart": [[1, 0, 1], [1, 1, 1]], "none": [[1, 1, 1], [1, 1, 1]],
    }.items():  # fmt: skip
        made = B.run("apply_mask", [x, mask], {}, {"mode": mode})
        assert B.take(made)[..., 0].tolist() == expected, mode


def test_every_operation_is_registered_under_its_name():
    assert all(function.__name__ == op for op, function in INPUTS.items())
