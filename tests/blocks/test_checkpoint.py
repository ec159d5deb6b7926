"""Every parameter comes to its slot from every spelling and layout; the rest is listed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from inspector.blocks.checkpoint import fit_checkpoint
from inspector.errors import UsageError
from tests.blocks.port_names import STYLES, in_mlx_layout
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights
from tests.blocks.stored import records

GIVEN = {"heads": 2, "steps": 4}


def fit(arrays, given=None, **options):
    return fit_checkpoint(records(arrays), path="file", given=given or GIVEN, **options)


def assert_equal(checkpoint, weights):
    assert list(checkpoint.weights) == list(weights)
    for key, value in weights.items():
        assert np.array_equal(checkpoint.weights[key], value), key


@pytest.mark.parametrize("config", [SMALL, MATCHA], ids=["causal", "matcha"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("layout", ["torch", "mlx"])
def test_every_spelling_and_layout_gives_the_same_weights(config, style, layout):
    weights = seeded_weights(config)
    stored = in_mlx_layout(weights) if layout == "mlx" else weights
    named = {f"flow.decoder.estimator.{STYLES[style](k)}": v for k, v in stored.items()}
    checkpoint = fit(named)
    assert checkpoint.config == config
    assert checkpoint.layout == layout
    assert checkpoint.complete
    assert checkpoint.problems == ()
    assert_equal(checkpoint, weights)
    assert checkpoint.stored_keys["final_proj.weight"] in named


def test_what_is_missing_does_not_fit_or_has_no_slot_is_listed():
    weights = dict(seeded_weights(SMALL))
    ff = "mid_blocks.0.1.0.ff.net.2.weight"
    weights[ff] = np.ascontiguousarray(weights[ff].T)
    weights["mid_blocks.1.0.mlp.1.bias"] = np.ones(7, np.float32)
    del weights["mid_blocks.1.1.0.attn1.to_out.0.bias"]
    weights["mid_blocks.1.1.0.attn1.to_q.bias"] = np.ones(16, np.float32)
    weights["final_proj.weight"] = np.ones((8, 16, 1), np.int32)
    named = {f"d.{k}": v for k, v in weights.items()} | {"d.rotary.freqs": np.ones(3)}
    named |= {"encoder.a": np.ones(2), "encoder.b": np.ones(2)}
    checkpoint = fit(named)
    assert checkpoint.missing == ("mid_blocks.1.1.0.attn1.to_out.0.bias", "final_proj.weight")
    found = {(m.key, m.found, m.expected, m.transposed) for m in checkpoint.misfits}
    assert found == {
        (ff, (64, 16), (16, 64), True), ("mid_blocks.1.0.mlp.1.bias", (7,), (16,), False)
    }  # fmt: skip
    reasons = {u.key: u.reason for u in checkpoint.unused}
    assert set(reasons) == {
        "d.mid_blocks.1.1.0.attn1.to_q.bias", "d.rotary.freqs", "d.final_proj.weight"
    }  # fmt: skip
    assert "int32" in reasons["d.final_proj.weight"]
    assert (
        "no parameter mid_blocks.1.1.0.attn1.to_q.bias"
        in reasons["d.mid_blocks.1.1.0.attn1.to_q.bias"]
    )
    assert dict(checkpoint.elsewhere) == {"encoder": 2}
    assert ff not in checkpoint.weights
    assert not checkpoint.complete
    assert len(checkpoint.problems) == 4
    assert any("fits only transposed: d." in p for p in checkpoint.problems)


def test_one_weight_in_the_other_layout_is_not_turned():
    weights = dict(seeded_weights(SMALL))
    key = "mid_blocks.0.0.block1.block.0.weight"
    weights[key] = in_mlx_layout({key: weights[key]})[key]
    checkpoint = fit(weights)
    assert [(m.key, m.transposed) for m in checkpoint.misfits] == [(key, True)]
    assert any("1 convolution weights have the axes" in note for note in checkpoint.notes)


def test_a_square_weight_cannot_be_told_by_shape_and_this_is_said():
    weights = dict(seeded_weights(SMALL))
    key = "time_mlp.linear_2.weight"
    weights[key] = weights[key].T
    checkpoint = fit(weights)
    assert checkpoint.complete
    assert any("are square" in note for note in checkpoint.notes)


def test_a_convolution_of_one_tap_may_be_a_matrix():
    weights = seeded_weights(SMALL)
    stored = {k: v[:, :, 0] if v.shape[-1:] == (1,) else v for k, v in weights.items()}
    assert_equal(fit(stored), weights)


def test_dtypes_are_recorded_and_values_widened():
    weights = seeded_weights(SMALL)
    stored = {k: v.astype(np.float16 if "attn1" in k else np.float64) for k, v in weights.items()}
    checkpoint = fit(stored)
    assert checkpoint.dtypes["mid_blocks.0.1.0.attn1.to_q.weight"] == "float16"
    assert checkpoint.dtypes["final_proj.bias"] == "float64"
    assert np.array_equal(checkpoint.weights["final_proj.bias"], weights["final_proj.bias"])


def test_a_known_structure_is_held_against_the_file():
    weights = {k: v for k, v in seeded_weights(SMALL).items() if not k.startswith("mid_blocks.1.")}
    checkpoint = fit(weights, config=SMALL)
    assert checkpoint.config == SMALL
    assert set(checkpoint.missing) == set(seeded_weights(SMALL)) - set(weights)
    wider = fit(seeded_weights(replace(SMALL, mid_blocks=3)), config=SMALL)
    assert len(wider.unused) == len(seeded_weights(SMALL)) - len(weights)


def test_a_quantised_file_is_read_and_said():
    mx = pytest.importorskip("mlx.core", reason="mlx is not installed")
    config = replace(SMALL, channels=(64,), time_width=64)
    weights = dict(seeded_weights(config))
    for key in [k for k, v in weights.items() if v.ndim == 2]:
        packed, scales, biases = mx.quantize(mx.array(weights.pop(key)), group_size=64, bits=8)\
            if weights[key].shape[1] % 64 == 0 else (weights[key], None, None)  # fmt: skip
        weights[key] = np.array(packed)
        if scales is not None:
            stem = key.removesuffix("weight")
            weights[f"{stem}scales"] = np.array(scales)
            weights[f"{stem}biases"] = np.array(biases)
    checkpoint = fit(weights)
    assert checkpoint.complete
    assert not checkpoint.unused
    assert any("quantised as MLX does" in note for note in checkpoint.notes)
    key = "mid_blocks.0.1.0.attn1.to_q.weight"
    assert checkpoint.dtypes[key].startswith("affine8")
    original = seeded_weights(config)[key]
    off = np.linalg.norm(checkpoint.weights[key] - original) / np.linalg.norm(original)
    assert 0 < off < 0.01


def test_the_dictionary_is_json():
    weights = dict(seeded_weights(SMALL))
    weights["final_proj.bias"] = np.ones(9, np.float32)
    value = json.loads(json.dumps(fit({**weights, "d": np.ones(1)}).to_dict()))
    assert value["misfits"][0]["expected"] == [8]
    assert value["parameters"] == len(weights) - 1
    assert value["dtypes"] == {"float32": len(weights) - 1}
    assert value["config"]["channels"] == [16]


def test_other_files_are_a_sentence():
    with pytest.raises(UsageError) as caught:
        fit({"a": np.ones(3), "b": np.ones(4)})
    assert caught.value.code == "no-decoder"
