"""What a swap does to the final mel."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.live.plan import RunPlan, Swap
from inspector.views.lab import find_lab
from inspector.views.lab_effect import effect_on_mel, mel_window
from tests.views.lab_pair import BLOCK, FAULT, lab_pair


def effect(plan, **recording):
    comparison, checkpoint = lab_pair(**recording)
    return effect_on_mel(comparison, find_lab(comparison, checkpoint), plan, {}, False)


def test_the_right_swap_explains_the_whole_error():
    facts, arrays = effect(RunPlan(BLOCK, (2,), swaps=(Swap(*FAULT),)))
    mel = facts["mel"]
    assert mel["relative_l2_before"] > 1e-3
    assert mel["relative_l2_after"] < 1e-6
    assert mel["healed_percent"] == pytest.approx(100, abs=0.1)
    assert arrays["mel"].shape == (mel["n_mels"], mel["frames"]) == (8, 24)
    assert arrays["mel"].dtype == np.float32


def test_no_swap_explains_nothing():
    facts, _ = effect(RunPlan(BLOCK, (2,)))
    assert facts["mel"]["relative_l2_after"] == facts["mel"]["relative_l2_before"] > 1e-3
    assert facts["mel"]["healed_percent"] == 0


def test_a_wrong_swap_makes_it_worse():
    facts, _ = effect(RunPlan(BLOCK, (2,), swaps=(Swap("cfg_sum"),)))
    assert facts["mel"]["healed_percent"] < 0


def test_a_mel_of_other_bins_than_the_vocoders_is_not_played():
    facts, arrays = effect(RunPlan(BLOCK))
    assert facts["audio"] is None
    assert "audio" not in arrays


def test_the_mel_without_prompt_is_found_in_the_last_state():
    comparison, checkpoint = lab_pair()
    assert mel_window(comparison, find_lab(comparison, checkpoint)) == slice(0, 24)


def test_a_cropped_mel(monkeypatch):
    comparison, checkpoint = lab_pair()
    lab = find_lab(comparison, checkpoint)
    state = lab.reference.get("ode.x_after", lab.config.steps - 1).read()
    monkeypatch.setattr(
        "inspector.views.lab_effect.read_mel", lambda side: state[0].T[:, 5:20].copy()
    )
    assert mel_window(comparison, lab) == slice(5, 20)
    facts, arrays = effect_on_mel(comparison, lab, RunPlan(BLOCK), {}, False)
    assert arrays["mel"].shape == (8, 15)
    assert np.array_equal(arrays["mel"], state[0].T[:, 5:20])
    assert facts["mel"]["frames"] == 15
