"""Any two arrays give a report, never an exception."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.diagnose.form import find_forms
from inspector.report.strict_json import dumps

_DTYPES = st.sampled_from(["f4", "f8", "f2", "i8", "u1", "?", "c8"])


@pytest.mark.parametrize(
    ("reference", "candidate", "words"),
    [
        (np.zeros(0), np.zeros(0), "empty"),
        (np.zeros(3), np.zeros(4), "different numbers"),
        (np.ones((2, 3)), np.ones((2, 3)), "equal"),
        (np.arange(9) + 2**62, np.arange(9) + 2**62 + 1, "less than 64-bit floats"),
    ],
)
def test_what_has_no_form_says_why(reference, candidate, words):
    report = find_forms(reference, candidate)
    assert report.ranked == () and words in report.unexplained


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_arbitrary_arrays(data):
    shape = data.draw(hnp.array_shapes(max_dims=4, max_side=6))
    sides = [data.draw(hnp.arrays(np.dtype(data.draw(_DTYPES)), shape)) for _ in "rc"]
    report = find_forms(sides[0], sides[1])
    for form in report.ranked:
        assert form.residual is None or form.residual >= 0
        assert form.explained <= 1
    dumps(report.to_dict())


def test_the_residual_is_relative_to_the_reference():
    x = np.random.default_rng(0).standard_normal((4, 60))
    noise = 0.01 * np.random.default_rng(1).standard_normal(x.shape)
    report = find_forms(x, 2 * x + noise)
    best = report.best
    assert best is not None and best.residual is not None
    scale = np.linalg.norm(x)
    gain = float((x * (2 * x + noise)).sum() / (x * x).sum())
    expected = np.linalg.norm(2 * x + noise - gain * x) / scale
    assert best.residual == pytest.approx(expected)
    assert best.whole == pytest.approx(np.linalg.norm(x + noise) / scale)
    assert best.explained == pytest.approx(1 - (best.residual / best.whole) ** 2)
