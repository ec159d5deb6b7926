"""A case holds both sides in one shape, scaled and sampled where they need it."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form import case as cases
from inspector.diagnose.form import find_forms
from inspector.diagnose.form.case import prepare
from inspector.diagnose.form.context import FormContext


def test_extreme_values_are_scaled_and_reported_in_their_own_unit():
    x = np.random.default_rng(0).standard_normal((4, 50)) * 1e200
    case = prepare(x, 2 * x, FormContext())
    assert np.abs(case.candidate).max() == pytest.approx(1.0)
    best = find_forms(x, x + 3e200).best
    assert best is not None and best.key == "offset"
    assert best.evidence["offset"] == pytest.approx(3e200)


def test_complex_values_become_an_axis_of_two():
    x = np.random.default_rng(0).standard_normal((4, 50, 2)).view(np.complex128)[..., 0]
    case = prepare(x, x.conj(), FormContext())
    assert case.shape == (4, 50, 2)
    assert case.context.letter(2) == cases.COMPLEX
    best = find_forms(x, -x).best
    assert best is not None and best.key == "sign"


def test_features_are_the_same_places_of_every_slice():
    x = np.arange(2 * 30 * 40, dtype=np.float32).reshape(2, 30, 40)
    r, c = prepare(x, x + 1, FormContext()).features(1)
    assert r.shape == (30, 80)
    np.testing.assert_array_equal(c, r + 1)
    np.testing.assert_array_equal(np.diff(r, axis=0), 40)


def test_a_large_pair_is_screened_on_a_sample_and_checked_in_full(monkeypatch):
    monkeypatch.setattr(cases, "SCREEN_ABOVE", 20_000)
    monkeypatch.setattr(cases, "_SAMPLE", 2_000)
    x = np.random.default_rng(0).standard_normal((1, 100, 400)).astype(np.float32)
    swapped = x.reshape(-1, order="F").reshape(x.shape)
    report = find_forms(x, swapped, FormContext("BCT"))
    assert report.sampled
    assert report.best is not None
    assert (report.best.key, report.best.confidence) == ("fortran_order", "certain")
    assert report.best.residual == 0.0
    spoilt = (2 * x).astype(np.float32)
    unsampled = np.flatnonzero(~np.isin(np.arange(x.size), _sampled(x)))[:40]
    spoilt.reshape(-1)[unsampled] += 1.0
    best = find_forms(x, spoilt, FormContext("BCT")).best
    assert best is not None
    assert (best.key, best.confidence) == ("gain", "likely")


def _sampled(x):
    case = prepare(x, x, FormContext())
    assert case.places is not None
    return np.ravel_multi_index(case.places, x.shape)
