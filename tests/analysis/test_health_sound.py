"""Sounds that are not as long as their mel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inspector.analysis.health_sound import check_sound
from tests.analysis.health_probe import ask
from tests.analysis.synthetic_run import FRAMES, PROMPT, healthy_run


def _with_sound(samples: int):
    run = healthy_run()
    run.add("audio", np.zeros(samples, np.float32), "S", "audio")
    return run


@pytest.mark.parametrize(
    "samples",
    [480 * FRAMES, 480 * FRAMES + 700, 480 * (FRAMES - PROMPT), 256 * FRAMES],
    ids=["whole", "with an edge", "generated", "another hop"],
)
def test_a_sound_of_its_mel_is_fine(samples: int) -> None:
    assert ask(check_sound, _with_sound(samples))["sound_length"].status == "ok"


def test_a_sound_of_another_length_is_a_note_with_both_lengths() -> None:
    found = ask(check_sound, _with_sound(480 * 30 + 7))["sound_length"]
    assert found.status == "note"
    assert "make 30.0 frames of 480 samples" in found.sentence
    assert f"has {FRAMES} frames ({FRAMES - PROMPT} of them after the prompt)" in found.sentence


def test_the_hop_of_the_trace_is_taken() -> None:
    run = _with_sound(100 * FRAMES + 51)
    assert ask(check_sound, run)["sound_length"].status == "note"
    run.info = replace(run.info, hop_length=100)
    assert ask(check_sound, run)["sound_length"].status == "ok"


def test_without_a_sound_or_a_mel_nothing_is_said() -> None:
    assert ask(check_sound, _with_sound(0)) == {}
    for role in ("audio", "mel"):
        run = healthy_run()
        run.drop(role)
        assert ask(check_sound, run) == {}
