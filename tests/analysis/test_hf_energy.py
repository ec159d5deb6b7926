from __future__ import annotations

import json

import numpy as np
import pytest

from inspector.analysis.hf_energy import compare_hf
from inspector.audio.mel_scale import MelSpec
from inspector.audio.spectrum import log_mel
from tests.audio.speech_like import speech_like
from tests.real import real_trace

RATE = 24000
SPEECH = speech_like(4.0)
MEL = log_mel(SPEECH, MelSpec())


def _with_burst(samples, start_s=1.5, seconds=0.3):
    out = samples.copy()
    first, count = int(start_s * RATE), int(seconds * RATE)
    out[first : first + count] += 0.004 * np.diff(
        np.random.default_rng(0).standard_normal(count + 1)
    )
    return out


def test_identical_audio_is_equal_everywhere():
    audio = compare_hf(reference_audio=SPEECH, candidate_audio=SPEECH).audio
    assert audio.reference.hf_energy_fraction == audio.candidate.hf_energy_fraction
    assert (audio.ratio.max_db, audio.ratio.min_db, audio.lag_samples) == (0.0, 0.0, 0)
    assert audio.aligned


def test_a_burst_invisible_in_the_total_shows_per_frame():
    # Loud hiss at the end makes the total blind to a faint burst in a dull stretch.
    dull = np.fft.irfft(
        np.fft.rfft(SPEECH) * (np.fft.rfftfreq(SPEECH.size, 1 / RATE) < 2500), SPEECH.size
    )
    dull[-RATE:] += 0.3 * np.diff(np.random.default_rng(1).standard_normal(RATE + 1))
    result = compare_hf(reference_audio=dull, candidate_audio=_with_burst(dull))
    ratio = result.audio.ratio
    assert abs(ratio.clip_db) < 0.5
    assert ratio.p95_db > 20
    assert ratio.max_db > 20
    assert 1.5 - 0.04 <= ratio.max_time_s <= 1.8
    assert any("total can hide a short burst" in s for s in result.sentences)


@pytest.mark.parametrize("lag", [37, 1000, -5000])
def test_the_lag_is_measured_and_removed(lag):
    moved = np.concatenate([np.zeros(lag), SPEECH]) if lag > 0 else SPEECH[-lag:]
    audio = compare_hf(reference_audio=SPEECH, candidate_audio=0.5 * moved).audio
    assert (audio.lag_samples, audio.aligned) == (lag, True)
    assert audio.ratio.median_db == pytest.approx(-6.02, abs=0.05)
    assert audio.ratio.p95_db == pytest.approx(-6.02, abs=0.3)
    alone = compare_hf(reference_audio=SPEECH).audio.reference
    assert audio.reference.hf_energy_fraction == alone.hf_energy_fraction


def test_a_known_lag_is_taken_as_given():
    moved = np.concatenate([np.zeros(480), SPEECH])
    given = compare_hf(reference_audio=SPEECH, candidate_audio=moved, lag_samples=480).audio
    assert given.aligned and given.lag_samples == 480 and given.lag_s == pytest.approx(0.02)
    assert max(abs(given.ratio.max_db), abs(given.ratio.min_db)) < 0.01
    wrong = compare_hf(reference_audio=SPEECH, candidate_audio=moved, lag_samples=0).audio
    assert wrong.ratio.max_db > 1


def test_unrelated_audio_is_not_aligned_and_said():
    result = compare_hf(reference_audio=SPEECH, candidate_audio=speech_like(4.0, seed=7))
    assert not result.audio.aligned and result.audio.lag_samples == 0
    assert any("cannot be lined up in time" in s for s in result.sentences)


def test_a_steady_tone_matches_as_stored():
    tone = np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)
    audio = compare_hf(reference_audio=tone, candidate_audio=0.5 * tone).audio
    assert audio.aligned and audio.lag_samples == 0


def test_another_rate_keeps_the_share():
    from scipy.signal import resample_poly

    faster = resample_poly(SPEECH, 2, 1)
    result = compare_hf(
        reference_audio=SPEECH, candidate_audio=faster,
        reference_rate_hz=RATE, candidate_rate_hz=2 * RATE,
    )  # fmt: skip
    audio = result.audio
    assert audio.candidate.hf_energy_fraction == pytest.approx(
        audio.reference.hf_energy_fraction, rel=0.1
    )
    assert abs(audio.ratio.median_db) < 0.5


def test_both_sources_are_measured():
    result = compare_hf(
        reference_audio=SPEECH, candidate_audio=SPEECH, reference_mel=MEL, candidate_mel=MEL + 1
    )
    assert result.cutoff_hz == 3000.0
    assert result.mel.ratio.median_db == pytest.approx(8.686, abs=1e-3)
    share = [s.hf_energy_fraction for s in (result.mel.reference, result.mel.candidate)]
    assert share[0] == pytest.approx(share[1])
    json.dumps(result.to_dict())
    assert all("3000 Hz" in s for s in result.sentences if "whole clip" in s)


def test_a_noise_mel_is_named():
    noise = np.random.default_rng(0).standard_normal(MEL.shape)
    result = compare_hf(reference_mel=MEL, candidate_mel=noise)
    assert result.mel.candidate.hf_energy_fraction > 0.5
    assert any("the candidate is what noise shows" in s for s in result.sentences)


def test_one_side_alone_is_measured():
    result = compare_hf(candidate_audio=SPEECH, reference_mel=MEL)
    assert result.audio.reference is None and result.audio.candidate.hf_energy_fraction > 0
    assert result.mel.candidate is None
    assert "missing" in result.audio.ratio.reason


def test_nothing_at_all_says_so():
    result = compare_hf()
    assert result.audio is None and result.mel is None
    assert len(result.sentences) == 1


@pytest.mark.parametrize(
    "odd",
    [np.zeros(0), np.zeros(9000), np.full(9000, np.nan), np.full(9000, 0.5), np.ones((30, 40)),
     np.ones(9, complex), np.ones(1)],
)  # fmt: skip
def test_odd_audio_raises_nothing(odd):
    for left, right in ((SPEECH, odd), (odd, SPEECH), (odd, odd)):
        json.dumps(compare_hf(reference_audio=left, candidate_audio=right).to_dict())


@pytest.mark.parametrize(
    "odd",
    [np.zeros((80, 0)), np.full((80, 9), np.nan), np.full((80, 9), -20.0), np.zeros((20, 9)),
     np.full((80, 9), np.inf), np.full((80, 9), 1e300), np.ones((80, 9), complex)],
)  # fmt: skip
def test_odd_mels_raise_nothing(odd):
    for left, right in ((MEL, odd), (odd, MEL), (odd, odd)):
        result = compare_hf(reference_mel=left, candidate_mel=right)
        json.dumps(result.to_dict())
        assert result.sentences


@pytest.mark.real
def test_real_mels():
    good, broken = (
        np.load(real_trace(name) / "step7_mel.npy")[0]
        for name in ("chatterbox-reference", "chatterbox-reference-broken")
    )
    result = compare_hf(reference_mel=good, candidate_mel=broken)
    assert result.mel.reference.hf_energy_fraction < 0.02
    assert result.mel.candidate.hf_energy_fraction > 0.5
