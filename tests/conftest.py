"""Comparisons that many tests look at; each is computed once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from tests import runs

# One test process per core already: more threads in each only wait for one another.  Read
# when PyTorch is imported, which none of the imports above does.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples on every run, so that a red run means a change; HYPOTHESIS_PROFILE=explore
# looks for new ones.
hypothesis.settings.register_profile("repeatable", derandomize=True)
hypothesis.settings.register_profile("explore", derandomize=False)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(scope="session")
def agreeing():
    """A healthy run against the same run under other names and layouts."""
    from inspector.diagnose.comparison import compare_traces

    run = runs.healthy_run()
    return compare_traces(runs.trace(run, "reference"), runs.trace(runs.other_style(run), "port"))


@pytest.fixture(scope="session")
def differing():
    """A healthy run against one whose conditional velocity is 10 % off from step 3 on."""
    from inspector.diagnose.comparison import compare_traces

    run = runs.healthy_run()
    return compare_traces(
        runs.trace(run, "reference"), runs.trace(runs.other_style(off_from_step_3(run)), "port")
    )


def off_from_step_3(run: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The run with v_cond scaled by 1.1 from step 3 on, consistent in itself."""
    broken = {name: array.copy() for name, array in run.items()}
    state = broken["step7_step3_x_before"].astype(np.float64)
    for n in range(3, runs.STEPS + 1):
        cond = broken[f"step7_step{n}_dxdt_cond"].astype(np.float64) * 1.1
        uncond = broken[f"step7_step{n}_dxdt_uncond"].astype(np.float64)
        mixed = (1 + runs.RATE) * cond - runs.RATE * uncond
        after = state + broken[f"step7_step{n}_dt"][0] * mixed
        for part, value in {
            "x_before": state, "dxdt_cond": cond, "dxdt_cfg": mixed, "x_after": after,
        }.items():  # fmt: skip
            broken[f"step7_step{n}_{part}"] = value.astype(np.float32)
        state = after
    broken["step7_final_mel"] = state.astype(np.float32)
    broken["step8_audio"] = (0.5 * np.roll(broken["step8_audio"], 12, axis=-1)).astype(np.float32)
    return broken


@pytest.fixture(scope="session")
def run_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, Path]]:
    """Folders of a healthy run, the same run in another style, and one that differs."""
    root = tmp_path_factory.mktemp("runs")
    run = runs.healthy_run()
    yield (
        runs.write_folder(root / "reference", run),
        runs.write_folder(root / "port", runs.other_style(run)),
        runs.write_folder(root / "broken", runs.other_style(off_from_step_3(run))),
    )
