"""Gain, sign and offset, with the meaning of known gains."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form import FormContext, find_forms

X = np.random.default_rng(0).standard_normal((1, 20, 50)).astype(np.float32)


def _best(candidate, reference=X):
    best = find_forms(reference, candidate).best
    assert best is not None
    return best


def test_a_gain_has_its_decibels_and_its_record():
    best = _best((0.738 * X).astype(np.float32))
    assert best.key == "gain"
    assert best.evidence["gain"] == pytest.approx(0.738, rel=1e-6)
    assert best.evidence["gain_db"] == pytest.approx(-2.639, abs=1e-3)
    assert best.records == ("VO01",)
    assert best.residual is not None and best.residual < 1e-7
    assert "1 / 0.9" in _best((X / 0.9).astype(np.float32)).sentence


def test_one_gain_is_preferred_to_one_per_channel():
    noisy = (2 * X * (1 + 1e-6 * np.sin(np.arange(20))[None, :, None])).astype(np.float32)
    report = find_forms(X, noisy)
    assert [form.key for form in report.ranked] == ["gain"]


def test_an_inverted_mask_is_the_other_polarity():
    mask = (np.arange(60) < 40).astype(np.float32)[None]
    named = find_forms(mask, 1 - mask, FormContext("BT", role="mask")).best
    assert (named.key, named.records) == ("complement", ("MK04",))
    assert "mask" in named.sentence


def test_ones_and_zeros_that_are_no_mask_are_not_called_one():
    """The sinusoid of t = 0 holds nothing else."""
    sine_first = np.repeat([0.0, 1.0], 8)[None].astype(np.float32)
    best = _best(1 - sine_first, sine_first)
    assert "mask" not in best.sentence
    assert best.records == ()


def test_a_constant_cannot_tell_gain_from_offset():
    found = find_forms(np.full((4, 9), 3.0), np.full((4, 9), 5.0)).ranked
    assert [form.key for form in found if form.confidence == "certain"] == ["other_constant"]
