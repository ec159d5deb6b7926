from __future__ import annotations

import math

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.audio.mel_scale import (
    LOG_FLOOR,
    MelSpec,
    bin_edges,
    bin_frequencies,
    filterbank,
    hz_to_mel,
    mel_to_hz,
)
from inspector.errors import UsageError
from inspector.tensors import TraceInfo

SPECS = [MelSpec(), MelSpec(22050, 1024, 256, 80, 0, 8000), MelSpec(16000, 400, 160, 40, 60, 7600)]


def test_defaults_are_those_of_s3gen():
    spec = MelSpec()
    assert (spec.sample_rate_hz, spec.n_fft, spec.hop_length, spec.win_length) == (
        24000, 1920, 480, 1920,
    )  # fmt: skip
    assert (spec.n_mels, spec.fmin_hz, spec.fmax_hz) == (80, 0, 8000)
    assert spec.frame_ms == 20.0
    assert pytest.approx(math.log(1e-5)) == LOG_FLOOR == pytest.approx(-11.513, abs=5e-4)


@pytest.mark.parametrize("spec", SPECS)
def test_filterbank_equals_librosa(spec):
    expected = librosa.filters.mel(
        sr=spec.sample_rate_hz, n_fft=spec.n_fft, n_mels=spec.n_mels,
        fmin=spec.fmin_hz, fmax=spec.fmax_hz, dtype=np.float64,
    )  # fmt: skip
    assert np.abs(filterbank(spec) - expected).max() < 1e-12
    assert expected.max() > 1e-3


@pytest.mark.parametrize("spec", SPECS)
def test_bin_frequencies_equal_librosa(spec):
    corners = librosa.mel_frequencies(spec.n_mels + 2, fmin=spec.fmin_hz, fmax=spec.fmax_hz)
    lower, centre, upper = bin_frequencies(spec)
    assert np.allclose(lower, corners[:-2], atol=1e-8)
    assert np.allclose(centre, corners[1:-1], atol=1e-8)
    assert np.allclose(upper, corners[2:], atol=1e-8)
    assert not centre.flags.writeable


def test_edges_part_the_band_without_gaps():
    spec = MelSpec()
    edges = bin_edges(spec)
    centre = bin_frequencies(spec).centre_hz
    assert edges.shape == (81,)
    assert edges[0] == 0 and edges[-1] == 8000
    assert np.all(edges[:-1] < centre) and np.all(centre < edges[1:])


@given(st.floats(0, 24000))
@settings(max_examples=100, deadline=None)
def test_the_scale_can_be_inverted(hz):
    assert float(mel_to_hz(hz_to_mel(hz))) == pytest.approx(hz, abs=1e-6)


def test_the_window_follows_n_fft():
    assert MelSpec(n_fft=1024).win_length == 1024
    assert MelSpec(n_fft=1024, win_length=800).win_length == 800


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_mels": 0}, {"hop_length": 0}, {"sample_rate_hz": -1}, {"win_length": 4000},
        {"fmax_hz": 13000}, {"fmin_hz": 9000}, {"fmin_hz": -1}, {"fmax_hz": math.nan},
    ],
)  # fmt: skip
def test_values_that_describe_no_mel_are_refused(wrong):
    with pytest.raises(UsageError) as caught:
        MelSpec(**wrong)
    assert caught.value.code == "mel-spec"


def test_a_trace_overrides_what_it_knows():
    spec = MelSpec.from_info(TraceInfo(sample_rate_hz=22050, n_fft=1024, hop_length=256))
    assert spec == MelSpec(22050, 1024, 256, 80, 0, 8000, 1024)
    assert MelSpec.from_info(TraceInfo()) == MelSpec()
    assert MelSpec.from_info(TraceInfo(sample_rate_hz=8000)).fmax_hz == 4000
    assert MelSpec.from_info(TraceInfo(win_length=1200)).win_length == 1200
