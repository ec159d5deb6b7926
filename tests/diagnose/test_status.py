"""What the status of a pair is worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.status import differs, is_guess, other_draw, outside_mask_alone
from tests import runs


@pytest.mark.parametrize(
    ("rule", "confidence", "guess"),
    [("order", 0.3, True), ("order", 0.6, False), ("same name", 0.3, False),
     ("last of module", 0.4, True)],
)  # fmt: skip
def test_only_pairs_without_a_name_and_confidence_are_guesses(differing, rule, confidence, guess):
    one = differing.tensors[differing.verdict.first_divergence.row]
    changed = replace(one, pair=replace(one.pair, rule=rule, confidence=confidence))
    assert is_guess(changed) is guess
    assert differs(changed) is not guess
    assert not differs(replace(changed, status="same"))


def noise_against(noise):
    run = runs.healthy_run()
    other = {**run, "step7_initial_noise": noise.astype(np.float32)}
    found = compare_traces(runs.trace(run), runs.trace(other)).tensors
    return next(t for t in found if t.pair.role == "initial_noise")


def test_another_draw_is_uncorrelated_noise():
    run = runs.healthy_run()
    drawn = np.random.default_rng(9).standard_normal(run["step7_initial_noise"].shape)
    assert other_draw(noise_against(drawn))
    assert not other_draw(noise_against(run["step7_initial_noise"] + 0.5 * drawn))


def test_garbage_behind_the_mask_counts_inside_the_decoder_alone():
    run = runs.padded_run()
    block = np.random.default_rng(5).standard_normal((1, 16, runs.FRAMES)).astype(np.float32)
    whole = {**run, "step7_step1_down_blocks.0.0": block}
    hidden = block.copy()
    hidden[..., -runs.PADDED :] += 3
    other = {**whole, "step7_step1_down_blocks.0.0": hidden}
    other["step7_final_mel"] = run["step7_final_mel"].copy()
    other["step7_final_mel"][..., -runs.PADDED :] += 3
    found = compare_traces(runs.trace(whole), runs.trace(other)).tensors
    masked = [t.pair.reference.name for t in found if outside_mask_alone(t)]
    assert masked == ["step7_step1_down_blocks.0.0"]
