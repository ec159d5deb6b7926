"""One number per channel or frame, if it says more than the same number without reference."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form import FormContext, find_forms

X = np.random.default_rng(0).standard_normal((1, 40, 60)).astype(np.float32)
BIAS = np.random.default_rng(1).standard_normal((1, 40, 1)).astype(np.float32)
CONTEXT = FormContext("BCT")


def test_a_lost_bias_with_its_size():
    best = find_forms(X + BIAS, X, CONTEXT).best
    assert best is not None and best.key == "channel_offset"
    assert abs(best.evidence["std"] - float(BIAS.std())) < 1e-5
    assert (best.records[0], best.parameters) == ("WF01", 40)


def test_a_constant_per_frame():
    best = find_forms(X, X + BIAS[:, :1] + X[:, 5:6], CONTEXT).best
    assert best is not None and best.key == "frame_offset"


def test_biases_of_unrelated_values_are_no_lost_bias():
    other = np.random.default_rng(2).standard_normal(X.shape).astype(np.float32)
    report = find_forms(X, other + 3 * BIAS, CONTEXT)
    assert all(form.key != "channel_offset" for form in report.ranked)


def test_what_is_mostly_constant_per_channel_is_only_possible():
    rest = np.random.default_rng(2).standard_normal(X.shape).astype(np.float32)
    best = find_forms(X, X + BIAS + 0.25 * rest, CONTEXT).best
    assert best is not None and best.key == "channel_offset"
    assert 0.9 < best.explained < 0.97
    assert best.confidence == "possible"


def test_too_few_frames_for_a_number_each():
    report = find_forms(X[..., :4], X[..., :4] + BIAS, CONTEXT)
    assert all(form.parameters == 0 for form in report.ranked if form.kind == "cause")
