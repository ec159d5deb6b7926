"""What happens to a recording before it is stored: selection, sound, measuring."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from safetensors.numpy import load_file, save_file

from inspector.audio.spectrum import log_mel
from traces.recording.measuring import Measured, final_mel, measure, state_after, table
from traces.recording.selecting import Selection, select
from traces.recording.sound import FULL_SCALE, write_sound
from traces.training.corpus import SPEC
from traces.training.speech import LEVEL
from traces.training.tokenizer import Tokenizer


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("mel", True),
        ("step07/ode.x_after", True),
        ("step01/decoder.estimator.mid_blocks.0.0", True),
        ("step01/decoder.mid_blocks.0.resnet", True),
        ("step01/decoder.mid_blocks.0.transformers.0", True),
        ("step01/decoder.up_blocks.0.upsample", True),
        ("step01/decoder.final_proj", True),
        ("step01/decoder.mid_blocks.0.resnet.block1", False),
        ("step01/decoder.estimator.time_mlp.linear_1", False),
        ("step02/decoder.mid_blocks.0.resnet.block1", True),
        ("step02/decoder.mid_blocks.1.resnet.block1", False),
        ("step02/decoder.mid_blocks.1.resnet", False),
        ("step03/decoder.mid_blocks.0.resnet", False),
    ],
)
def test_what_is_kept(name, kept):
    assert Selection((1,), (2,), r"blocks\.0\.").keeps(name) is kept


def test_a_selection_rewrites_container_and_order(tmp_path):
    tensors = {n: np.ones(2, np.float32) for n in ("mel", "step01/decoder.a", "step01/ode.t")}
    save_file(tensors, tmp_path / "decoder.safetensors", metadata={"framework": "MLX"})
    side = {"framework": "MLX", "order": ["step01/ode.t", "step01/decoder.a", "mel"]}
    (tmp_path / "trace.json").write_text(json.dumps(side))
    select(tmp_path / "decoder.safetensors", Selection((1,)))
    assert set(load_file(tmp_path / "decoder.safetensors")) == {"mel", "step01/ode.t"}
    facts = json.loads((tmp_path / "trace.json").read_text())
    assert facts == {"framework": "MLX", "order": ["step01/ode.t", "mel", "audio"]}


def _tone(level: float) -> np.ndarray:
    seconds = np.arange(60 * 480) / 24000
    return log_mel(level * np.sin(2 * np.pi * 440 * seconds), SPEC)


def test_the_sound_has_its_level_back_and_never_goes_beyond_full_scale(tmp_path):
    gain = write_sound(_tone(0.3 * LEVEL), tmp_path / "quiet.wav")
    assert gain == pytest.approx(0.5 / LEVEL)
    samples, rate = soundfile.read(tmp_path / "quiet.wav")
    assert (rate, samples.shape) == (24000, (60 * 480,))
    assert 0.1 < np.abs(samples).max() < 0.4
    gain = write_sound(_tone(100.0), tmp_path / "loud.wav")
    assert gain < 0.1
    loud, _ = soundfile.read(tmp_path / "loud.wav")
    assert np.abs(loud).max() == pytest.approx(FULL_SCALE, abs=1e-3)


def test_mels_that_differ_by_rounding_sound_the_same(tmp_path):
    mel = _tone(0.01)
    write_sound(mel, tmp_path / "a.wav")
    write_sound(mel * (1 + 2e-7), tmp_path / "b.wav")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def _recording(folder: Path, mel: np.ndarray, layout: str) -> Path:
    folder.mkdir()
    turn = (lambda v: v.T[None]) if layout == "BTC" else (lambda v: v[None])
    state = np.concatenate([mel, np.full((80, 4), 99.0, np.float32)], axis=1)
    tensors = {"mel": turn(mel), "step10/ode.x_after": turn(state)}
    save_file({n: np.ascontiguousarray(v) for n, v in tensors.items()},
              folder / "decoder.safetensors")  # fmt: skip
    (folder / "trace.json").write_text(json.dumps({"layouts": {"mel": layout}}))
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 24000)
    soundfile.write(folder / "audio.wav", noise, 24000)
    return folder


@pytest.mark.parametrize("layout", ["BCT", "BTC"])
def test_a_recording_is_measured_without_its_padding(tmp_path, layout):
    mel = np.full((80, 20), -3.0, np.float32)
    mel[:8] = 1.0
    mel[0, 0] = -20.0
    reference = _recording(tmp_path / "reference", mel - 0.5, "BCT")
    folder = _recording(tmp_path / "port", mel, layout)
    np.testing.assert_array_equal(final_mel(folder), mel)
    assert state_after(folder, 10).shape == (80, 24)

    class Given:
        valid_frames = 20
        spoken_mel = mel - 1.0
        speech_tokens = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])

    means = np.zeros((2, 80), np.float32)
    codes = Tokenizer(np.zeros((2, 160), np.float32), means)
    found = measure(folder, reference, Given(), codes)  # type: ignore[arg-type] # a stand-in
    assert found.key == "port"
    assert found.percent_positive == pytest.approx(10 - 100 / 1600)
    assert (found.lowest, found.highest) == (-20.0, 1.0)
    assert found.high_band_percent == pytest.approx(75, abs=2)  # white noise up to 12 kHz
    assert found.spoken_distance == pytest.approx(1.0)
    assert found.reference_distance == pytest.approx(0.5)
    assert found.tokens_percent == 50


def test_the_table_says_what_was_measured():
    text = table([Measured("a", 50.04, -5.62, 5.5, 79.6, 7.1, 7.5e-7, 3.4)])
    row = "| `a` | 50.0 % | -5.6 to 5.5 | 80 % | 7.10 | 7.5e-07 | 3 % |"
    assert text.splitlines()[2:] == [row]
