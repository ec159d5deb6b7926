"""The mel viewer gets the stored values and a shared colour range."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.views.mel_planes import mel_payload
from tests import runs


def test_planes_are_the_stored_mels_whatever_their_layout(differing):
    meta, planes = mel_payload(differing)
    run = runs.healthy_run()
    np.testing.assert_array_equal(planes["reference"], run["step7_final_mel"][0])
    assert planes["candidate"].shape == planes["reference"].shape
    assert meta["n_mels"] == runs.BINS
    assert meta["frames"] == runs.FRAMES
    assert len(meta["bin_hz"]) == runs.BINS
    assert meta["vmin"] < meta["vmax"]
    error = np.abs(planes["candidate"] - planes["reference"])
    assert meta["dmax"] == pytest.approx(error.max())


def test_without_mels_the_reason_is_given(bare_comparison):
    meta, planes = mel_payload(bare_comparison)
    assert not meta["available"]
    assert meta["reason"]
    assert planes == {}
