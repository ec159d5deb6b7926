"""Checkpoints as they are published open from disk, with stated settings on top."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from inspector.blocks.config import DecoderConfig
from inspector.errors import InspectorError, TraceError, UsageError
from inspector.live.checkpoint import open_checkpoint
from tests.blocks.port_names import in_mlx_layout, python_mlx, swift_camel
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights

SETTINGS = {"num_heads": 2, "n_timesteps": 4}


def prefixed(prefix, weights):
    return {prefix + key: value for key, value in weights.items()}


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(SETTINGS))
    return path


def assert_holds(checkpoint, config, weights):
    assert checkpoint.config == config
    assert checkpoint.complete
    assert not checkpoint.unused
    assert all(np.array_equal(checkpoint.weights[k], v) for k, v in weights.items())


def test_chatterbox(tmp_path, settings):
    weights = seeded_weights(SMALL)
    others = {"flow.encoder.x": np.ones(3, np.float32), "mel2wav.y": np.ones(2, np.float32)}
    save_file(prefixed("flow.decoder.estimator.", weights) | others, tmp_path / "s3gen.safetensors")
    checkpoint = open_checkpoint(tmp_path / "s3gen.safetensors", settings)
    assert_holds(checkpoint, SMALL, weights)
    assert checkpoint.prefix == "flow.decoder.estimator."
    assert dict(checkpoint.elsewhere) == {"flow": 1, "mel2wav": 1}


def test_cosyvoice(tmp_path, settings):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    weights = seeded_weights(SMALL)
    state = {k: torch.tensor(v) for k, v in prefixed("decoder.estimator.", weights).items()}
    torch.save(state, tmp_path / "flow.pt")
    checkpoint = open_checkpoint(tmp_path / "flow.pt", settings)
    assert_holds(checkpoint, SMALL, weights)
    assert checkpoint.prefix == "decoder.estimator."


def test_matcha(tmp_path, settings):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    weights = seeded_weights(MATCHA)
    state = {k: torch.tensor(v) for k, v in prefixed("decoder.estimator.", weights).items()}
    torch.save({"state_dict": state, "epoch": 7}, tmp_path / "matcha.ckpt")
    assert_holds(open_checkpoint(tmp_path / "matcha.ckpt", settings), MATCHA, weights)


@pytest.mark.parametrize("style", [swift_camel, python_mlx])
@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_mlx(tmp_path, settings, style, suffix):
    weights = seeded_weights(SMALL)
    named = {f"s3gen.{style(k)}": v for k, v in in_mlx_layout(weights).items()}
    path = tmp_path / f"model{suffix}"
    save_file(named, path) if suffix == ".safetensors" else np.savez(path, **named)
    checkpoint = open_checkpoint(path, settings)
    assert_holds(checkpoint, SMALL, weights)
    assert checkpoint.layout == "mlx"


def test_the_file_that_mlx_writes(tmp_path, settings):
    mx = pytest.importorskip("mlx.core", reason="mlx is not installed")
    weights = {swift_camel(k): mx.array(v).astype(mx.bfloat16)
               for k, v in in_mlx_layout(seeded_weights(SMALL)).items()}  # fmt: skip
    mx.save_safetensors(str(tmp_path / "m.safetensors"), weights)
    checkpoint = open_checkpoint(tmp_path / "m.safetensors", settings)
    assert set(checkpoint.dtypes.values()) == {"bfloat16"}
    assert checkpoint.complete


def test_metadata_states_settings_and_a_file_overrides_them(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file(seeded_weights(SMALL), path, metadata={"config": json.dumps(SMALL.to_dict())})
    assert open_checkpoint(path).config == SMALL
    other = tmp_path / "c.json"
    other.write_text(json.dumps({"heads": 4}))
    assert open_checkpoint(path, other).config.heads == 4
    assert open_checkpoint(path, other).identity != open_checkpoint(path).identity


def test_full_size_shapes_need_no_settings(tmp_path):
    config = DecoderConfig(mid_blocks=1, blocks_per_stage=1)
    save_file(seeded_weights(config), tmp_path / "w.safetensors")
    checkpoint = open_checkpoint(tmp_path / "w.safetensors")
    assert checkpoint.config == config


def test_nothing_is_read_before_its_use(tmp_path, settings):
    path = tmp_path / "w.safetensors"
    save_file(seeded_weights(SMALL), path)
    checkpoint = open_checkpoint(path, settings)
    path.unlink()
    with pytest.raises(TraceError) as caught:
        checkpoint.weights["final_proj.weight"]
    assert caught.value.code == "changed"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"num_heads": 3}', '{"num_heads": NaN}', '{"a": 1}', '{"channels": [8, 8]}',
     '{"num_heads": 2, "num_heads": 2}', "[" * 100_000, '{"num_heads": 1e999}', "\ufeff{}",
     '{"num_heads": 2, "mid_blocks": 1000000}'],
)  # fmt: skip
def test_a_bad_configuration_is_one_sentence(tmp_path, text):
    path = tmp_path / "w.safetensors"
    save_file(seeded_weights(SMALL), path)
    (tmp_path / "c.json").write_text(text, encoding="utf-8")
    with pytest.raises(InspectorError) as caught:
        open_checkpoint(path, tmp_path / "c.json")
    assert "\n" not in caught.value.sentence
    save_file(seeded_weights(SMALL), path, metadata={"config": text})
    with pytest.raises(InspectorError):
        open_checkpoint(path)


def test_a_configuration_that_is_no_text_is_one_sentence(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file(seeded_weights(SMALL), path)
    (tmp_path / "c.json").write_bytes(b"\xff\xfe\0")
    for config in (tmp_path / "c.json", tmp_path / "none.json", tmp_path):
        with pytest.raises(TraceError):
            open_checkpoint(path, config)


def test_another_model_is_one_sentence(tmp_path):
    np.savez(tmp_path / "w.npz", a=np.ones(3))
    with pytest.raises(UsageError) as caught:
        open_checkpoint(tmp_path / "w.npz")
    assert caught.value.code == "no-decoder"
