"""Faults of the sinusoid against its formula."""

from __future__ import annotations

import numpy as np
import pytest

from tests.faults.small_run import SMALL, healthy_and_faulty

HALF = SMALL.in_channels // 2


def _embedding(t, scale=1000.0, divisor=HALF - 1, base=1e4, order="sin_cos"):
    angle = scale * t[:, None] * base ** (-np.arange(HALF) / divisor)
    parts = {"sin_cos": [np.sin(angle), np.cos(angle)], "cos_sin": [np.cos(angle), np.sin(angle)]}
    if order == "interleaved":
        return np.stack(parts["sin_cos"], -1).reshape(len(t), -1)
    return np.concatenate(parts[order], -1)


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("time_scale_missing", {"scale": 1.0}),
        ("time_cos_first", {"order": "cos_sin"}),
        ("time_interleaved", {"order": "interleaved"}),
        ("time_spacing", {"divisor": HALF}),
        ("time_exponent_halved", {"base": 100.0}),
    ],
)
def test_the_sinusoid(key, options):
    healthy, faulty = healthy_and_faulty(key, SMALL)
    t = healthy["rows.t"].astype(float)
    assert np.allclose(healthy["time_embeddings"], _embedding(t), atol=1e-6)
    assert np.allclose(faulty["time_embeddings"], _embedding(t, **options), atol=1e-6)
