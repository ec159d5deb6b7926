"""The test for framework initialisation: its errors of both kinds, measured."""

from __future__ import annotations

import mlx.nn as nn
import numpy as np
import pytest
import torch

from inspector.faults.fresh import LEAST, fresh_test
from tests.blocks.seeded import SMALL, seeded_weights

BOUND = 0.1  # of 100 inputs


def _trained(rng, size):
    """Weights as training leaves them, most with the very std of a fresh draw."""
    std = BOUND / np.sqrt(3)
    rows = rng.uniform(-BOUND, BOUND, (size // 16, 16)) * rng.uniform(0.7, 1.3, (size // 16, 1))
    return {
        "normal": rng.normal(0, std, size),
        "wider normal": rng.normal(0, BOUND, size),
        "heavy tails": rng.laplace(0, std / np.sqrt(2), size),
        "triangular": rng.triangular(-BOUND, 0, BOUND, size),
        "rows of different size": rows.ravel(),
        "moved by a tenth": rng.uniform(-BOUND, BOUND, size) + rng.normal(0, 0.1 * BOUND, size),
    }


@pytest.mark.parametrize(("size", "rate"), [(80, 0.12), (256, 0.002), (4096, 0.0)])
def test_trained_weights_rarely_pass(size, rate):
    """Measured over 500 draws: at 80 values only the families nearest to uniform pass (rows
    of different size 7 %, moved by a tenth 4 %, triangular 2 %, others 0 %); from 256 none."""
    rng = np.random.default_rng(0)
    passed = dict.fromkeys(_trained(rng, size), 0)
    for _ in range(500):
        for name, values in _trained(rng, size).items():
            passed[name] += fresh_test(values, 100).fresh
    assert max(passed.values()) <= rate * 500, passed
    assert passed["normal"] == passed["wider normal"] == passed["heavy tails"] == 0


@pytest.mark.parametrize("size", [LEAST, 256, 4096, 65536])
def test_fresh_weights_pass(size):
    rng = np.random.default_rng(1)
    refused = sum(not fresh_test(rng.uniform(-BOUND, BOUND, size), 100).fresh for _ in range(400))
    assert refused <= 1


def test_the_healthy_weights_of_the_tests_do_not_pass():
    for key, value in seeded_weights(SMALL).items():
        if value.ndim > 1:
            assert not fresh_test(value, int(np.prod(value.shape[1:]))).fresh, key


@pytest.mark.parametrize(
    ("values", "fan_in"),
    [
        (np.array(nn.Linear(96, 128).weight), 96),
        (np.array(nn.Conv1d(32, 48, 3).weight), 96),
        (torch.nn.Linear(96, 128).weight.detach().numpy(), 96),
        (torch.nn.Conv1d(32, 48, 3).weight.detach().numpy(), 96),
    ],
    ids=["mlx linear", "mlx conv", "torch linear", "torch conv"],
)
def test_the_frameworks_own_initialisation_passes(values, fan_in):
    test = fresh_test(values, fan_in)
    assert test.fresh, test
    assert not fresh_test(values, fan_in * 2).fresh


def test_noise_of_a_recovery_is_allowed_for():
    rng = np.random.default_rng(2)
    values = rng.uniform(-BOUND, BOUND, 4096)
    noisy = values + 0.01 * np.sqrt(np.mean(values**2)) * rng.standard_normal(4096)
    assert not fresh_test(noisy, 100).fresh
    assert fresh_test(noisy, 100, error=0.01).fresh


@pytest.mark.parametrize("values", [np.zeros(0), np.full(100, np.nan), np.zeros(100)])
def test_degenerate_values_do_not_pass(values):
    assert not fresh_test(values, 100).fresh
