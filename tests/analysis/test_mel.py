from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.analysis.health_mel import check_mel
from inspector.analysis.mel import compare_mels
from inspector.audio.mel_scale import LOG_FLOOR, MelSpec
from inspector.audio.spectrum import log_mel
from tests.analysis.health_probe import ask
from tests.analysis.synthetic_run import healthy_run
from tests.audio.speech_like import speech_like
from tests.real import real_trace

SPEC = MelSpec()
MEL = log_mel(speech_like(2.0), SPEC)


def test_a_mel_equals_itself_exactly():
    result = compare_mels(MEL, MEL, spec=SPEC)
    assert result.identical
    error = result.error
    assert error.max_abs == error.mean_abs == error.rmse == 0.0
    assert not result.difference.any()
    assert result.alignment.lag_frames == 0 and result.mean_abs_aligned is None
    assert result.dmax == 0.0


def test_a_planted_error_is_placed_in_ms_and_hz():
    candidate = MEL.copy()
    candidate[33, 57] += 9.0
    result = compare_mels(MEL, candidate)
    assert result.error.max_abs == pytest.approx(9.0, rel=1e-6)
    assert result.error.worst_place == (33, 57)
    assert (result.error.worst_bin, result.error.worst_frame) == (33, 57)
    assert result.worst_frame_ms == pytest.approx(57 * 20.0)
    assert result.worst_bin_hz == pytest.approx(result.bin_hz[33])
    assert result.difference[33, 57] > 0


def test_error_is_candidate_minus_reference():
    result = compare_mels(MEL, MEL - 2)
    assert np.allclose(result.difference, -2, atol=1e-5)
    back = compare_mels(MEL - 2, MEL)
    assert np.array_equal(back.difference, -result.difference)


@pytest.mark.parametrize("shift", [1, -1, 5])
def test_a_shift_is_named_in_frames(shift):
    result = compare_mels(MEL, np.roll(MEL, shift, axis=1))
    assert (result.alignment.lag_frames, result.alignment.trustworthy) == (shift, True)
    assert result.mean_abs_aligned < 1e-6 < result.error.mean_abs
    word = "later" if shift > 0 else "earlier"
    count = "1 frame (20 ms)" if abs(shift) == 1 else f"{abs(shift)} frames"
    assert any(f"{count}" in s and word in s for s in result.sentences)


def test_other_frame_counts_are_compared_over_the_overlap_and_said():
    result = compare_mels(MEL, MEL[:, :60])
    assert result.frames_compared == 60
    assert result.error.max_abs == 0.0 and not result.identical
    assert (result.reference_side.frames, result.candidate_side.frames) == (100, 60)
    assert any("100 frames against 60: the first 60 are compared" in s for s in result.sentences)


def test_a_trimmed_prompt_is_named():
    result = compare_mels(MEL, MEL[:, 40:])
    assert result.alignment.lag_frames == -40
    assert result.mean_abs_aligned == pytest.approx(0.0, abs=1e-7)


def test_floor_and_sign_are_counted_per_side():
    reference = np.full((80, 50), -5.0)
    candidate = reference.copy()
    candidate[:, :10] = LOG_FLOOR - 1
    candidate[:, 10:15] = 0.5
    candidate[:, 15:20] = LOG_FLOOR
    result = compare_mels(reference, candidate)
    assert result.reference_side.under_floor_fraction == 0.0
    assert result.candidate_side.under_floor_fraction == pytest.approx(0.2)
    assert result.candidate_side.percent_positive == pytest.approx(10.0)
    assert result.candidate_side.minimum == pytest.approx(LOG_FLOOR - 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("storage", [np.float32, np.float16])
def test_the_share_under_the_floor_is_that_of_the_health_check(dtype, storage):
    run = healthy_run()
    random = np.random.default_rng(0)
    mel = run["mel"] + random.normal(0, 5, run["mel"].shape)
    near = random.random(mel.shape) < 0.3  # as in a clamped mel that was rounded afterwards
    mel[near] = LOG_FLOOR - random.choice([0, 5e-7, 3e-5, 8e-3], near.sum())
    run["mel"] = mel.astype(dtype).astype(storage)
    share = 100 * compare_mels(run["mel"], run["mel"]).candidate_side.under_floor_fraction
    assert 0 < share < 100
    assert ask(check_mel, run)["log_floor"].values["percent_under"] == share


def test_the_colour_range_is_shared_and_the_difference_symmetric():
    result = compare_mels(MEL, MEL + 1)
    both = np.concatenate([MEL.ravel(), MEL.ravel() + 1])
    assert result.vmin == pytest.approx(np.percentile(both, 5), abs=1e-5)
    assert result.vmax == pytest.approx(np.percentile(both, 99.5), abs=1e-5)
    assert result.dmax == pytest.approx(1.0, abs=1e-5)


def test_another_logarithm_is_hinted():
    result = compare_mels(MEL, MEL / np.log(10))
    assert "base-10" in result.scale.hint
    assert any("base-10" in s for s in result.sentences)


def test_non_finite_values_are_excluded_and_counted():
    candidate = MEL.copy()
    candidate[3, :] = np.nan
    candidate[4, 4] = np.inf
    result = compare_mels(MEL, candidate)
    assert result.error.excluded_count == 101
    assert result.error.max_abs == 0.0
    assert result.candidate_side.nonfinite_count == 101
    assert not result.identical
    assert np.isnan(result.error.band_mean_abs[3])
    assert any("101 values of the candidate's mel" in s for s in result.sentences)


def test_nan_meets_nan():
    both = MEL.copy()
    both[0, 0] = np.nan
    assert compare_mels(both, both).identical


def test_values_too_large_for_a_logarithm_count_as_not_finite():
    huge = MEL.astype(np.float64)
    huge[0, 0] = 1e200
    result = compare_mels(MEL, huge)
    assert result.candidate_side.nonfinite_count == 1
    assert result.error.max_abs == 0.0
    larger = huge.copy()
    larger[0, 0] = 1e201
    assert not compare_mels(huge, larger).identical
    assert compare_mels(huge, huge).identical


def test_other_bin_counts_use_their_own_frequencies():
    result = compare_mels(MEL[:40], MEL[:40])
    assert result.bin_hz.shape == (40,)
    assert "40" in result.notes[0] and result.spec.n_mels == 40


def test_leading_axes_are_dropped():
    assert compare_mels(MEL[None], MEL[None, None]).identical


@pytest.mark.parametrize(
    ("reference", "candidate", "word"),
    [
        (MEL, MEL[:40], "80 mel bins against 40"),
        (MEL, np.zeros((80, 0)), "no frames"),
        (np.zeros((80, 0)), np.zeros((80, 0)), "no frames"),
        (MEL, np.full(MEL.shape, np.nan), "no finite value"),
        (MEL[0], MEL, "reference: float32 values of shape 100"),
        (MEL, MEL.astype(complex), "candidate: complex"),
        (np.zeros((0, 9)), np.zeros((0, 9)), "no mel"),
        (np.zeros((2, 80, 9)), MEL, "shape 2x80x9"),
    ],
)
def test_what_cannot_be_compared_has_a_reason(reference, candidate, word):
    result = compare_mels(reference, candidate)
    assert word in result.reason
    assert result.error.max_abs is None and not result.identical
    assert result.reason in result.sentences[0]
    json.dumps(result.to_dict())


@given(
    hnp.arrays(np.float32, st.tuples(st.just(5), st.integers(0, 20))),
    hnp.arrays(np.float64, st.tuples(st.integers(4, 5), st.integers(0, 20))),
)
@settings(max_examples=100, deadline=None)
def test_nothing_raises(reference, candidate):
    result = compare_mels(reference, candidate, spec=MelSpec(n_mels=5))
    json.dumps(result.to_dict())
    assert np.isfinite(result.vmin) and result.vmin < result.vmax < np.inf


def test_planes_stay_out_of_the_json():
    out = compare_mels(MEL, MEL).to_dict()
    assert not {"reference", "candidate", "difference"} & set(out)
    assert len(out["error"]["band_mean_abs"]) == 80


@pytest.mark.real
def test_real_mels():
    good, broken = (
        np.load(real_trace(name) / "step7_mel.npy")[0]
        for name in ("chatterbox-reference", "chatterbox-reference-broken")
    )
    result = compare_mels(good, broken)
    assert result.reference_side.under_floor_fraction == pytest.approx(0.009, abs=5e-4)
    assert result.candidate_side.under_floor_fraction == pytest.approx(0.28, abs=0.005)
    assert result.candidate_side.percent_positive == pytest.approx(36, abs=0.5)
    assert not result.alignment.trustworthy
    shifted = compare_mels(good, np.roll(good, 1, axis=1))
    assert shifted.alignment.lag_frames == 1 and shifted.alignment.trustworthy
    trimmed = compare_mels(good, good[:, 500:])
    assert trimmed.alignment.lag_frames == -500 and trimmed.alignment.trustworthy
