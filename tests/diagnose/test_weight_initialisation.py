"""Fresh parameters of the frameworks are recognised, trained ones hardly ever."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.weight_initialisation import initialisation_of

RANDOM = np.random.default_rng(0)
SHAPES = [(256, 80), (80, 256, 1), (32, 16, 3), (512, 256), (8, 64)]


def f32(values):
    return np.asarray(values).astype(np.float32)


def test_fresh_torch_modules():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    torch.manual_seed(0)
    missed = 0
    for _ in range(20):
        for module in (torch.nn.Linear(96, 64), torch.nn.Conv1d(40, 64, 3),
                       torch.nn.ConvTranspose1d(64, 64, 4)):  # fmt: skip
            weight, bias = (f32(p.detach().numpy()) for p in (module.weight, module.bias))
            missed += not initialisation_of(weight)
            if not isinstance(module, torch.nn.ConvTranspose1d):
                missed += not initialisation_of(bias, weight_shape=weight.shape)
    assert missed <= 1
    norm = torch.nn.LayerNorm(5)
    assert initialisation_of(f32(norm.weight.detach().numpy())) == "exactly 1 everywhere"
    assert initialisation_of(f32(norm.bias.detach().numpy())) == "exactly 0 everywhere"


def test_fresh_mlx_modules():
    mx = pytest.importorskip("mlx.core", reason="mlx is not installed")
    from mlx import nn

    mx.random.seed(0)
    linear, conv = nn.Linear(96, 64), nn.Conv1d(40, 64, 3)
    assert "uniform" in initialisation_of(np.array(linear.weight))
    assert initialisation_of(np.array(linear.bias), weight_shape=(64, 96))
    assert "uniform" in initialisation_of(np.array(conv.weight).transpose(0, 2, 1))
    assert initialisation_of(np.array(conv.bias)) == "exactly 0 everywhere"


@pytest.mark.parametrize("shape", [(256, 80), (128, 64, 3)])
def test_kaiming_normal_as_matcha_draws_it(shape):
    sigma = np.sqrt(2 / np.prod(shape[1:]))
    assert "Kaiming width" in initialisation_of(f32(RANDOM.normal(0, sigma, shape)))
    assert not initialisation_of(f32(RANDOM.normal(0, sigma, shape)), normal=False)


def _trained(shape, width, heavy):
    """Values like trained ones: bell-shaped or with heavy tails, of a given width."""
    draw = RANDOM.laplace(0, width / np.sqrt(2), shape) if heavy else RANDOM.normal(0, width, shape)
    return f32(draw)


@pytest.mark.parametrize("heavy", [False, True])
def test_trained_weights_are_hardly_ever_taken_for_fresh(heavy):
    """The measured rate of false alarms over widths from 1/3 to 3 times the usual one."""
    alarms = total = 0
    for shape in SHAPES:
        bound = 1 / np.sqrt(np.prod(shape[1:]))
        for factor in np.geomspace(1 / 3, 3, 100):
            alarms += bool(initialisation_of(_trained(shape, factor * bound, heavy), normal=False))
            total += 1
    assert alarms / total <= 0.002


def test_small_biases_are_hardly_ever_taken_for_fresh():
    alarms = total = 0
    for count in (64, 80, 256):
        for factor in np.geomspace(1 / 3, 3, 300):
            bias = _trained((count,), factor / np.sqrt(512), False)
            alarms += bool(initialisation_of(bias, weight_shape=(count, 512)))
            total += 1
    assert alarms / total <= 0.01


def test_a_fresh_weight_that_was_trained_a_little_is_not_fresh():
    fresh = RANDOM.uniform(-1 / 16, 1 / 16, (256, 256))
    assert initialisation_of(f32(fresh))
    assert not initialisation_of(f32(fresh + RANDOM.normal(0, 0.01, fresh.shape)))


def test_the_right_bound_and_spread_are_not_enough():
    """Two clusters at the spread of a uniform distribution, and one value at its bound."""
    bound = 1 / 16
    values = RANDOM.choice([-1, 1], (256, 256)) * bound / np.sqrt(3)
    values[0, 0] = bound
    assert not initialisation_of(f32(values))


@pytest.mark.parametrize(
    "values",
    [np.ones((4, 4)), np.full(5, 0.5), np.zeros((2, 2)), RANDOM.uniform(-1, 1, (3, 3)),
     np.full((64, 64), np.nan), np.array([1.0, 0.0])],
)  # fmt: skip
def test_what_tells_nothing_is_not_named(values):
    assert initialisation_of(f32(values)) == ""


def test_a_bias_without_its_weight_tells_nothing():
    assert initialisation_of(f32(RANDOM.uniform(-0.1, 0.1, 100))) == ""
