"""Where an error is confined to, and whether that matters."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form import FormContext, find_forms
from inspector.diagnose.form.places import runs, shown_stretches

X = np.random.default_rng(0).standard_normal((2, 20, 100)).astype(np.float32)
VALID = np.arange(100) < 80
CONTEXT = FormContext("BCT", valid=VALID, prompt_frames=30)
NOISE = np.random.default_rng(1).standard_normal(X.shape).astype(np.float32)


def _best(where, context=CONTEXT):
    best = find_forms(X, np.where(where, X + NOISE, X), context).best
    assert best is not None
    return best


def test_frames_by_what_they_are():
    frames = np.arange(100)
    assert _best(frames < 30).key == "prompt_frames"
    assert _best(frames >= 30).key == "generated_frames"
    edges = _best(np.isin(frames, (0, 1, 99)), FormContext("BCT"))
    assert edges.key == "edges" and edges.records[0] == "PD03"
    assert "the first 2 and the last 1 of 100 frames" in edges.sentence
    middle = _best((frames >= 40) & (frames < 44))
    assert middle.key == "some_places" and "(40 to 43)" in middle.sentence


def test_masked_frames_are_harmless():
    best = _best(np.arange(100) >= 85)
    assert (best.key, best.harmless) == ("masked_frames", True)
    assert not _best(np.arange(100) < 70).harmless


def test_one_row_by_its_name():
    row = np.arange(2)[:, None, None] == 1
    assert _best(row).title == "Only the unconditional row"


def test_agreeing_padding_says_nothing():
    masked = X * VALID
    report = find_forms(masked, masked * 1.0 + NOISE * VALID, CONTEXT)
    assert all(form.kind != "place" for form in report.ranked)


def test_an_error_that_spread_a_little_is_mostly_at_the_edges():
    candidate = X + 1e-3 * NOISE
    candidate[..., [0, -1]] += NOISE[..., [0, -1]]
    best = find_forms(X, candidate, CONTEXT).best
    assert best is not None
    assert (best.key, best.confidence) == ("mostly_edges", "likely")
    assert (best.evidence["first"], best.evidence["last"]) == (1, 1)


def test_stretches_in_words():
    found = runs(np.array([1, 1, 0, 1, 0, 1, 1, 0, 1], bool))
    assert found == [(0, 1), (3, 3), (5, 6), (8, 8)]
    assert shown_stretches(found) == "0 to 1, 3, 5 to 6 and 1 more stretch"
