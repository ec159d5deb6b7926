"""Schedule, time embedding and rows as the published solver computes them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from inspector.blocks.torch_backend import TorchBackend
from inspector.blocks.torch_inputs import INPUTS

B = TorchBackend()
EMBEDDING = {"width": 320, "scale": 1000.0, "base": 10000.0}


def test_the_schedule_is_that_of_the_solver_bit_by_bit():
    for steps in (1, 4, 10, 32):
        span = torch.linspace(0, 1, steps + 1)
        cosine = 1 - torch.cos(span * 0.5 * torch.pi)
        made = B.run("schedule", [], {}, {"steps": steps})
        assert made.dtype == torch.float32
        assert torch.equal(made, cosine)
        assert torch.equal(B.run("schedule", [], {}, {"steps": steps, "kind": "linear"}), span)


def test_time_and_step_size_are_read_off_the_span_in_its_own_precision():
    for dtype in (torch.float64, torch.float32, torch.float16):
        span = B.run("schedule", [], {}, {"steps": 10}).to(dtype)
        for i in range(10):
            step = torch.tensor([i])
            t = B.run("step_time", [span, step], {}, {})
            dt = B.run("step_size", [span, step], {}, {})
            assert torch.equal(t, span[i : i + 1])
            assert torch.equal(dt, span[i + 1 : i + 2] - span[i : i + 1])
            assert t.dtype == dt.dtype == dtype


def test_a_step_number_may_be_any_number_and_stays_on_the_span():
    span = torch.linspace(0, 1, 5)
    for step in (torch.tensor([3.0]), torch.tensor([3], dtype=torch.int32)):
        assert float(B.run("step_time", [span, step], {}, {})) == 0.75
    for number, shift, expected in ((0, -1, 0.0), (3, 1, 1.0), (4, 1, 1.0), (9, 0, 1.0)):
        t = B.run("step_time", [span, torch.tensor([number])], {}, {"shift": shift})
        assert float(t) == expected


def test_the_embedding_is_that_of_the_decoder_bit_by_bit():
    t = torch.tensor([0.0, 0.3, 1.0])
    rate = torch.exp(torch.arange(160).float() * -(math.log(10000) / 159))
    angle = 1000 * t.unsqueeze(1) * rate.unsqueeze(0)
    expected = torch.cat((angle.sin(), angle.cos()), dim=-1)
    assert torch.equal(B.run("time_embedding", [t], {}, EMBEDDING), expected)


def test_at_time_0_scale_and_frequency_do_not_show():
    t = torch.zeros(1)
    usual = B.run("time_embedding", [t], {}, EMBEDDING)
    for change in ({"scale": 1.0}, {"base": 100.0}, {"spacing": "half"}):
        assert torch.equal(B.run("time_embedding", [t], {}, {**EMBEDDING, **change}), usual)
    swapped = B.run("time_embedding", [t], {}, {**EMBEDDING, "order": "cos_sin"})
    assert not torch.equal(swapped, usual)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_angle_of_a_half_precision_time_is_not_rounded(dtype):
    t = torch.tensor([0.7], dtype=dtype)
    half = B.run("time_embedding", [t], {}, EMBEDDING)
    wide = B.run("time_embedding", [t.float()], {}, EMBEDDING)
    assert half.dtype == dtype
    assert torch.equal(half, wide.to(dtype))


def test_rows_repeat_or_lose_the_condition():
    x = torch.randn(1, 3, 2)
    same = B.run("rows", [x], {}, {"copies": 2})
    zero = B.run("rows", [x], {}, {"copies": 2, "second": "zero"})
    assert torch.equal(same, torch.cat([x, x]))
    assert torch.equal(zero, torch.cat([x, 0 * x]))
    assert torch.equal(B.run("rows", [x], {}, {"copies": 1, "second": "zero"}), x)


@pytest.mark.parametrize("mask_type", [np.float32, np.int64, bool])
def test_a_mask_may_be_of_any_type(mask_type):
    x = torch.ones(2, 3, 1)
    mask = B.put(np.array([[[1], [0], [1]], [[0], [0], [0]]]).astype(mask_type), "float32")
    for mode, expected in {
        "multiply": [[1, 0, 1], [0, 0, 0]], "inverted": [[0, 1, 0], [1, 1, 1]],
        "smart": [[1, 0, 1], [1, 1, 1]], "none": [[1, 1, 1], [1, 1, 1]],
    }.items():  # fmt: skip
        made = B.run("apply_mask", [x, mask], {}, {"mode": mode})
        assert B.take(made)[..., 0].tolist() == expected, mode


def test_every_operation_is_registered_under_its_name():
    assert all(function.__name__ == op for op, function in INPUTS.items())
