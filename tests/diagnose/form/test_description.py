"""Where an unexplained error sits."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form import FormContext
from inspector.diagnose.form.case import prepare
from inspector.diagnose.form.description import describe_place
from inspector.metrics.tolerance import default_tolerance

DRAW = np.random.default_rng(0)
X = DRAW.standard_normal((1, 80, 120))
NOISE = DRAW.standard_normal(X.shape)


def _text(error, letters="BFT", **facts):
    return describe_place(prepare(X, X + error, FormContext(letters, **facts)))[0]


def test_growing_and_even_errors():
    assert "it grows along the frames" in _text(NOISE * np.linspace(0, 1, 120))
    assert "it is spread evenly over the frames" in _text(NOISE)


def test_high_bins_and_few_channels():
    high = NOISE * (np.arange(80) >= 40)[:, None]
    assert "100 % of it is in the upper half of the mel bins" in _text(high)
    few = NOISE * np.isin(np.arange(80), (5, 6))[:, None]
    assert "2 of 80 channels (5 to 6)" in _text(few, "BCT") or "1 of 80" in _text(few, "BCT")


def test_the_prompt_against_the_generated_part():
    error = NOISE * np.where(np.arange(120) < 60, 10.0, 1.0)
    assert "10 times larger in the prompt" in _text(error, prompt_frames=60)


def test_tokens_are_counted():
    exact = default_tolerance("int64", "int64", exact=True)
    one = np.arange(20)
    two = np.where(one > 12, 99, one)
    text, located = describe_place(prepare(one, two, FormContext("N", tolerance=exact)))
    assert located
    assert "7 of 20 values differ, first at 13, and none after it agrees" in text


def test_an_error_everywhere_has_no_place():
    context = FormContext("BFT")
    assert describe_place(prepare(X, X + NOISE, context))[1] is False
    low = NOISE * (np.arange(80) < 30)[:, None]
    assert describe_place(prepare(X, X + low, context))[1] is True


def test_scattered_channels_are_the_tail_of_any_error_and_no_place():
    size = np.ones(80)
    size[::8] = 6.0
    text, located = describe_place(prepare(X, X + NOISE * size[:, None], FormContext("BCT")))
    assert "channels" not in text and not located
