"""Comparisons with little or nothing in them."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.comparison import compare_traces
from tests import runs


@pytest.fixture(scope="session")
def bare_comparison():
    """One weight-like tensor on both sides and nothing else."""
    bare = {"layer.weight": np.arange(12, dtype=np.float32).reshape(3, 4)}
    return compare_traces(runs.trace(bare), runs.trace(bare))


@pytest.fixture(scope="session")
def empty_comparison():
    """Two traces with nothing in common."""
    return compare_traces(
        runs.trace({"alpha": np.ones((3, 5), np.float32)}),
        runs.trace({"omega_q": np.ones(7, np.float32)}),
    )


@pytest.fixture(scope="session")
def unhealthy():
    """A healthy reference against a recording whose unconditional velocity is zero."""
    run = runs.healthy_run()
    broken = {k: np.zeros_like(v) if "uncond" in k else v for k, v in run.items()}
    return compare_traces(runs.trace(run, "reference"), runs.trace(broken, "candidate"))
