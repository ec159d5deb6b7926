"""Auditing weights through the facade."""

from __future__ import annotations

import json

import numpy as np
import pytest

from inspector import api
from inspector.errors import TraceError
from tests.blocks.seeded import SMALL, seeded_weights


def test_an_audit_gives_document_and_text_of_the_same_finding(tmp_path):
    weights = dict(seeded_weights(SMALL))
    np.savez(tmp_path / "reference.npz", **weights)
    weights["mid_blocks.0.0.mlp.1.bias"] = np.zeros_like(weights["mid_blocks.0.0.mlp.1.bias"])
    np.savez(tmp_path / "candidate.npz", **weights)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"heads": 2, "head_width": 8}))
    audit = api.weights(
        tmp_path / "reference.npz", tmp_path / "candidate.npz", config=config,
        json=tmp_path / "audit.json",
    )  # fmt: skip
    assert audit.exit_code == 1
    assert "mid_blocks.0.0.mlp.1.bias" in api.weights_text(audit)
    assert json.loads((tmp_path / "audit.json").read_text()) == json.loads(api.weights_json(audit))


def test_a_missing_checkpoint_is_a_sentence(tmp_path):
    with pytest.raises(TraceError):
        api.weights(tmp_path / "none.npz", tmp_path / "none.npz")
