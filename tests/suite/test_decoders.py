"""Decoders of the self-test: inputs, mel level, checkpoint."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.suite import decoders
from inspector.suite.decoders import decoder_named, has_demo


def test_inputs_of_a_run():
    small = decoder_named("small")
    assert small.inputs()["mask"].sum() == small.valid
    assert small.inputs(padded=False)["mask"].all()
    assert small.inputs(frames=16)["x"].shape == (1, 16, 8)
    other = small.inputs(noise=2)
    assert not np.array_equal(other["x"], small.inputs()["x"])
    assert np.array_equal(other["mu"], small.inputs()["mu"])


def test_the_weights_lead_to_the_level_of_a_mel():
    bias = decoder_named("small").weights["final_proj.bias"]
    assert bias.max() < -3
    assert bias.min() > -9


@pytest.mark.parametrize("name", ["small", "matcha"])
def test_the_checkpoint_holds_the_decoder(name, tmp_path):
    decoder = decoder_named(name)
    opened = decoder.write_checkpoint(tmp_path)
    assert opened.config == decoder.config
    assert not opened.problems
    assert all(np.array_equal(opened.weights[k], v) for k, v in decoder.weights.items())


@pytest.mark.skipif(not has_demo(), reason="the trained demo is not here")
def test_the_demo_runs_on_its_recorded_inputs():
    demo = decoder_named("demo")
    given = demo.inputs()
    assert given["mu"].shape == (1, demo.frames, 80)
    assert given["mask"].sum() == demo.valid
    assert demo.inputs(padded=False)["mask"].all()


def test_a_missing_demo_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(decoders, "DEMO", tmp_path)
    assert not has_demo()
    with pytest.raises(UsageError, match="not installed"):
        decoder_named.__wrapped__("demo")
    with pytest.raises(UsageError, match="one of small"):
        decoder_named("large")
