"""A weight audit as text and JSON: complete, strict and without control characters."""

from __future__ import annotations

import json

import numpy as np
import pytest

from inspector.diagnose.weight_audit import audit_weights
from inspector.report.weights import FORMAT, render_weights, weights_document


@pytest.fixture
def audit(tmp_path):
    random = np.random.default_rng(0)
    weights = {f"l.{i}.weight": random.standard_normal((4, 4)).astype("f4") for i in range(30)}
    changed = {k: v.T for k, v in weights.items()} | {"bad\x1b[31m\u202e": np.array([np.inf] * 4)}
    weights["bad\x1b[31m\u202e"] = np.zeros(4)
    np.savez(tmp_path / "a.npz", **weights)
    np.savez(tmp_path / "b.npz", **changed)
    return audit_weights(tmp_path / "a.npz", tmp_path / "b.npz")


def test_the_text_has_the_outcome_first_and_is_cut(audit):
    text = render_weights(audit)
    assert text.startswith(f"DIFFERENT: {audit.sentence}\n")
    assert "l.*.weight (30 parameters): each is transposed" in text
    assert "and 11 more (--verbose lists all)" in text
    assert "30 transposed" in text


def test_verbose_lists_every_parameter(audit):
    text = render_weights(audit, verbose=True)
    assert all(f"l.{i}.weight: it is transposed" in text for i in range(30))
    assert "--verbose" not in text


def test_names_cannot_steer_the_terminal(audit):
    for text in (render_weights(audit), render_weights(audit, verbose=True)):
        assert not any(ord(c) < 32 and c != "\n" for c in text)
        assert "\u202e" not in text


def test_the_same_is_said_to_be_the_same(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(3.0))
    text = render_weights(audit_weights(tmp_path / "a.npz", tmp_path / "a.npz"))
    assert text.startswith("SAME: All 1 parameters are there")
    assert "worst first" not in text


def test_the_document_is_strict_json(audit):
    document = json.loads(json.dumps(weights_document(audit), allow_nan=False))
    assert document["format"] == FORMAT
    assert document["exit_code"] == 1
    assert len(document["parameters"]) == 31
    assert document["counts"]["transposed"] == 30
