"""Faults of sums, concatenations and gains against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from tests.faults.small_run import SMALL, healthy_and_faulty

T = "mid_blocks.0.1.0"
SUMS = {
    "resnet": ("mid_blocks.0.0", "mid_blocks.0.0.block2", "mid_blocks.0.0.res_conv"),
    "attention": (f"{T}.after_attention", f"{T}.attn1.to_out.0", "mid_blocks.0.0"),
    "feed_forward": (T, f"{T}.ff.net.2", f"{T}.after_attention"),
}


@pytest.mark.parametrize("which", SUMS)
def test_one_half_of_a_sum_is_missing(which):
    name, branch, residual = SUMS[which]
    healthy, faulty = healthy_and_faulty(f"{which}_residual_missing", SMALL, [name])
    assert np.allclose(healthy[name], healthy[branch] + healthy[residual])
    assert np.allclose(faulty[name], healthy[branch])
    _, faulty = healthy_and_faulty(f"{which}_branch_missing", SMALL, [name])
    assert np.allclose(faulty[name], healthy[residual])


def test_time_missing_or_multiplied():
    name = "mid_blocks.0.0.with_time"
    block, shift = "mid_blocks.0.0.block1", "mid_blocks.0.0.mlp.1"
    healthy, faulty = healthy_and_faulty("time_shift_missing", SMALL, [name])
    assert np.allclose(healthy[name], healthy[block] + healthy[shift][:, None])
    assert np.allclose(faulty[name], healthy[block])
    _, faulty = healthy_and_faulty("time_shift_multiplied", SMALL, [name])
    assert np.allclose(faulty[name], healthy[block] * healthy[shift][:, None])


def test_skips():
    name, h, skip = "up_blocks.0.skip", "mid_blocks.1.1.0", "down_blocks.0.1.0"
    healthy, faulty = healthy_and_faulty("skip_before_stream", SMALL)
    assert np.allclose(healthy[name], np.concatenate([healthy[h], healthy[skip]], -1))
    assert np.allclose(faulty[name], np.concatenate([healthy[skip], healthy[h]], -1))
    _, faulty = healthy_and_faulty("skip_missing", SMALL)
    assert np.allclose(faulty[name], np.concatenate([healthy[h], healthy[h]], -1))


@pytest.mark.parametrize(
    ("key", "order"),
    [
        ("concat_speaker_prompt_swapped", ("rows.x", "rows.mu", "rows.cond", "speaker")),
        ("concat_state_mu_swapped", ("rows.mu", "rows.x", "speaker", "rows.cond")),
    ],
)
def test_the_input_in_another_order(key, order):
    healthy, faulty = healthy_and_faulty(key, SMALL)
    healthy = {**healthy, "speaker": healthy["inputs.speaker_frames"]}
    assert np.allclose(faulty["inputs.concat"], np.concatenate([healthy[n] for n in order], -1))


def test_the_gain_of_a_dropout():
    name = f"{T}.attn1.to_out.0"
    healthy, faulty = healthy_and_faulty("dropout_gain", SMALL, [name])
    assert np.allclose(faulty[name], healthy[name])
    assert np.allclose(faulty[f"{T}.attn1.to_out.1"], healthy[name] / 0.9)
    total = healthy[name] / 0.9 + healthy["mid_blocks.0.0"]
    assert np.allclose(faulty[f"{T}.after_attention"], total)
