"""Starting noise that is not what it should be."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health_noise import check_noise
from tests.analysis.health_probe import ask, missing
from tests.analysis.synthetic_run import healthy_run


def test_a_healthy_run_is_fine() -> None:
    found = ask(check_noise, healthy_run())
    assert {c: f.status for c, f in found.items()} == {"noise": "ok"}


def test_without_a_start_nothing_is_claimed() -> None:
    run = healthy_run()
    run.drop("x_before", "initial_noise")
    assert missing(check_noise, run) == {"noise"} and ask(check_noise, run) == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: 0 * x, "all zeros"),
        (lambda x: 0.6 * x, "std 0.6"),
        (lambda x: x + 1, "mean 0.9"),
        (lambda x: (2 * np.sqrt(3) * (np.argsort(np.argsort(x, axis=None)).reshape(x.shape)
                                      / x.size - 0.5)).astype("f4"), "kurtosis 1.8"),
    ],
)  # fmt: skip
def test_noise_that_is_not_normal_is_a_note(change, words: str) -> None:
    run = healthy_run()
    run["step1_x_before"] = change(run["step1_x_before"])
    found = ask(check_noise, run)["noise"]
    assert found.status == "note" and words in found.sentence


@pytest.mark.parametrize("seed", [3, 4, 5, 6])
def test_a_noise_file_that_never_entered_the_run_is_a_note(seed: int) -> None:
    run = healthy_run()
    run["initial_noise"] = healthy_run(seed=seed)["initial_noise"]
    found = ask(check_noise, run)["noise_used"]
    assert found.status == "note" and "another draw" in found.sentence


def test_scaled_or_longer_noise_is_the_noise_of_the_run() -> None:
    run = healthy_run()
    run["initial_noise"] = np.concatenate([run["initial_noise"] / 0.7] * 2, axis=2)
    assert "noise_used" not in ask(check_noise, run)
