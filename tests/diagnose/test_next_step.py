"""What to do now follows from what is claimed first."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.block_claims import block_claim
from inspector.diagnose.claim import SUBJECTS, Claim
from inspector.diagnose.claims import INPUT_ROLES
from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.divergence import find_first_divergence
from inspector.diagnose.next_step import advise
from tests import runs
from tests.diagnose.test_rises import recorded


def step(reference, candidate):
    return compare_traces(runs.trace(reference), runs.trace(candidate)).verdict.next_step


@pytest.fixture(scope="module")
def run():
    return runs.healthy_run()


def test_other_noise_is_to_be_saved_and_fed(run):
    other = runs.healthy_run(seed=8)
    mixed = {k: other[k] if "step7_step" in k or "noise" in k else v for k, v in run.items()}
    assert step(run, mixed).startswith("Save the reference's initial noise")


def test_other_tokens_are_to_be_fed(run):
    tokens = run["step3_speech_tokens"][::-1].copy()
    assert "feed the reference's speech tokens" in step(run, {**run, "step3_speech_tokens": tokens})


def test_another_input_is_to_be_fed(run):
    other = step(run, {**run, "step6_mu": run["step6_mu"] * np.float32(2)})
    assert other.startswith("Feed the reference's recorded inputs")


def test_a_recording_that_contradicts_itself_is_to_be_made_again(run):
    broken = {k: np.zeros_like(v) if "uncond" in k else v for k, v in run.items()}
    text = step(run, broken)
    assert text.startswith("Look at how the candidate made and stored these values")
    assert "dxdt_uncond" in text


def test_a_block_is_for_the_culprit_search_or_a_finer_recording(run):
    block = np.random.default_rng(4).standard_normal((1, 16, runs.FRAMES)).astype(np.float32)
    name = "step7_step1_down_blocks.0.0"
    text = step({**run, name: block}, {**run, name: block * np.float32(1.2)})
    assert "`inspector culprit REFERENCE CANDIDATE --checkpoint W`" in text
    assert f"Or record the modules inside {name}" in text
    inner = f"{name}.block1"
    whole = {**run, name: block, inner: block}
    assert "Or record" not in step(whole, {**whole, name: block * np.float32(1.2)})


def test_agreement_asks_for_what_could_not_be_seen(run):
    found = compare_traces(runs.trace(run), runs.trace(run)).verdict
    assert found.next_step == found.blind_spots[0].remedy


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_has_an_advice(differing, subject):
    claim = Claim(subject, "Something.", (), "certain", side="candidate")
    first = differing.verdict.first_divergence
    text = advise("different", [claim], (), differing.tensors, first)
    assert text.endswith(".") and len(text) > 30


@pytest.mark.parametrize(
    ("errors", "says"),
    [
        ({(2, "time_mlp"): 0.1}, "Look at the factor 1000 on the time"),
        ({(1, "time_mlp"): 0.1}, "Look at sine before cosine"),
        ({(1, "final_proj"): 0.1}, "Look at whether its weights arrived"),
        ({(2, "final_proj"): 0.1}, "To learn why, search the culprit"),
        ({(1, "down_blocks.0.0"): 0.1}, "To learn why, search the culprit"),
    ],
)
def test_a_leaf_is_looked_at_before_a_search(errors, says):
    tensors = recorded(errors)
    first = find_first_divergence(tensors)
    claim = block_claim(tensors, INPUT_ROLES, False, {})
    text = advise("different", [claim], (), tensors, first)
    assert text.startswith(says)
    assert "--checkpoint W" in text


def test_what_may_be_rounded_weights_is_asked_first(differing):
    claims = [Claim("block", "x.", (), "certain"), Claim("precision", "y.", (), "possible")]
    first = differing.verdict.first_divergence
    text = advise("different", claims, (), differing.tensors, first)
    assert text.startswith("If the port's weights are quantised")
