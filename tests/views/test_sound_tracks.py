"""The player gets recorded samples untouched, or a rendered mel that says so."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.comparison import compare_traces
from inspector.views.sound_tracks import sound_payload
from tests import runs


def test_recorded_sound_is_passed_on_unchanged(differing):
    meta, samples = sound_payload(differing)
    run = runs.healthy_run()
    np.testing.assert_array_equal(samples["reference"], run["step8_audio"][0])
    assert meta["reference"]["kind"] == meta["candidate"]["kind"] == "recorded"
    assert meta["lag_samples"] == 12
    assert abs(meta["gain_db"] + 6.02) < 0.05
    assert meta["sample_rate_hz"] == 24000


def test_a_mel_is_rendered_only_when_asked_and_labelled():
    run = {k: v for k, v in runs.healthy_run().items() if "audio" not in k}
    found = compare_traces(runs.trace(run), runs.trace(run))
    meta, samples = sound_payload(found)
    assert not meta["available"]
    assert meta["renderable"]
    assert samples == {}
    meta, samples = sound_payload(found, rendered=True)
    assert meta["reference"]["kind"] == "griffin-lim"
    assert "Griffin-Lim" in meta["reference"]["label"]
    assert samples["reference"].dtype == np.float32
    assert np.abs(samples["reference"]).max() > 0


def test_one_nan_sample_does_not_silence_the_player():
    run = runs.healthy_run()
    broken = dict(run, step8_audio=run["step8_audio"].copy())
    broken["step8_audio"][0, 100] = np.nan
    _, samples = sound_payload(compare_traces(runs.trace(run), runs.trace(broken)))
    assert np.isfinite(samples["candidate"]).all()
    assert samples["candidate"][100] == 0


def test_sounds_that_cannot_be_lined_up_have_no_lag_gain_or_null():
    run = runs.healthy_run()
    other = dict(run, step8_audio=runs.healthy_run(seed=1)["step8_audio"])
    meta, samples = sound_payload(compare_traces(runs.trace(run), runs.trace(other)))
    assert meta["available"] and len(samples["candidate"])
    assert (meta["lag_samples"], meta["gain_db"], meta["null_db"]) == (None, None, None)
    silent = dict(run, step8_audio=np.zeros_like(run["step8_audio"]))
    meta, _ = sound_payload(compare_traces(runs.trace(silent), runs.trace(silent)))
    assert meta["lag_samples"] == 0
