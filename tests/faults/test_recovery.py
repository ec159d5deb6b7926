"""Weights recovered from inputs and outputs, and the cases in which they cannot be."""

from __future__ import annotations

import json

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.faults.recovery import RELIABLE, recover_conv, recover_linear, windows

RNG = np.random.default_rng(5)
WEIGHT, BIAS = RNG.standard_normal((7, 10)), RNG.standard_normal(7)
CONV = RNG.standard_normal((4, 5, 3))


def _conv(x, weight, bias, left, right, stride=1):
    """A convolution as its definition says, frame by frame."""
    kernel = weight.shape[2]
    padded = np.pad(x, ((0, 0), (left, right), (0, 0)))
    count = (padded.shape[1] - kernel) // stride + 1
    frames = [
        np.einsum("rki,oik->ro", padded[:, t * stride : t * stride + kernel], weight) + bias
        for t in range(count)
    ]
    return np.stack(frames, 1)


def test_a_linear_layer_is_recovered():
    x = RNG.standard_normal((2, 30, 10)).astype(np.float32)
    y = (x @ WEIGHT.T + BIAS).astype(np.float32)
    found = recover_linear(x, y)
    assert found.determined
    assert found.rank == found.unknowns == 11
    assert found.rows == 60
    assert np.allclose(found.weight, WEIGHT, atol=1e-5)
    assert np.allclose(found.bias, BIAS, atol=1e-5)
    assert found.residual < 1e-6
    assert not found.weight.flags.writeable
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(("left", "right", "stride"), [(2, 0, 1), (1, 1, 1), (1, 1, 2)])
def test_a_convolution_is_recovered_whatever_it_was_padded_with(left, right, stride):
    x = RNG.standard_normal((2, 40, 5))
    y = _conv(x, CONV, BIAS[:4], left, right, stride)
    y[:, 0] = 99.0  # as if the padding had not been zero
    found = recover_conv(x, y, 3, left, right, stride)
    assert found.determined
    assert np.allclose(found.weight, CONV)
    assert np.allclose(found.bias, BIAS[:4])


def test_the_stated_error_is_the_error():
    x = RNG.standard_normal((400, 10)) * np.logspace(0, -2, 10)
    y = x @ WEIGHT.T + BIAS
    y = y + 1e-4 * RNG.standard_normal(y.shape)
    found = recover_linear(x, y)
    actual = np.linalg.norm(found.weight - WEIGHT) / np.linalg.norm(WEIGHT)
    assert actual == pytest.approx(found.error, rel=0.4)
    actual = np.sqrt(np.mean((found.bias - BIAS) ** 2))
    assert 0.3 * found.bias_error < actual < 3 * found.bias_error


@pytest.mark.parametrize(
    ("case", "text"),
    [("few", "rank 8 of 11"), ("deficient", "rank 10 of 11"), ("constant", "rank 10 of 11"),
     ("noisy", "error of"), ("nonlinear", "no weights explain")],
)  # fmt: skip
def test_what_is_not_determined_is_said(case, text):
    x = RNG.standard_normal((60, 10))
    if case == "few":
        x = x[:8]
    if case == "deficient":
        x[:, 9] = x[:, 0] - x[:, 1]
    if case == "constant":  # cannot be told from the bias
        x[:, 9] = 2.0
    if case == "noisy":
        x[:, 9] *= 1e-5
    y = x @ WEIGHT.T + BIAS
    if case == "noisy":
        y = y + 1e-4 * RNG.standard_normal(y.shape)
    if case == "nonlinear":
        y = np.abs(y)
    found = recover_linear(x, y)
    assert not found.determined
    assert text in found.sentence
    assert RELIABLE < 0.1


def test_windows_leave_the_padding_out():
    x = np.arange(2 * 6 * 1, dtype=float).reshape(2, 6, 1)
    columns, outputs = windows(x, x.copy(), 3, 2, 0)
    assert columns[0].tolist() == [0, 1, 2]
    assert columns.shape == (8, 3)
    assert outputs[0].tolist() == [2]


@pytest.mark.parametrize(
    "call",
    [
        lambda: recover_linear(np.zeros((3, 4)), np.zeros((2, 4))),
        lambda: recover_linear(np.zeros(4), np.zeros(4)),
        lambda: recover_linear(np.full((3, 4), np.nan), np.zeros((3, 4))),
        lambda: recover_conv(np.zeros((1, 9, 2)), np.zeros((1, 8, 2)), 3, 2, 0),
        lambda: recover_conv(np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), 3, 2, 0),
        lambda: recover_conv(np.zeros((9, 2)), np.zeros((9, 2)), 3, 2, 0),
    ],
)
def test_what_does_not_belong_together_is_refused(call):
    with pytest.raises(UsageError, match="recovery"):
        call()


def test_all_zero_inputs_are_no_crash():
    found = recover_linear(np.zeros((5, 3)), np.ones((5, 2)))
    assert not found.determined
    assert np.allclose(found.bias, 1)
