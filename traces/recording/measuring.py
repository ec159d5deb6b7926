"""What each recording shows, measured on the stored files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file

from inspector.audio.high_band import audio_high_band
from inspector.io.sidefile import SIDE_FILE
from traces.recording.inputs import STEPS, Inputs
from traces.training.speech import FEMALE
from traces.training.tokenizer import Tokenizer

CUTOFF_HZ = 3000.0


@dataclass(frozen=True)
class Measured:
    """One recording.

    Attributes:
        key: its folder.
        percent_positive: of the final mel's values (generated frames).
        lowest, highest: values of the last state, over all frames that are no padding.
        high_band_percent: share of the sound's power above 3 kHz.
        spoken_distance: mean absolute difference of the mel to the one espeak-ng spoke.
        reference_distance: the same to the mel of its reference recording.
        tokens_percent: codes of the sentence that are found again in the mel.
    """

    key: str
    percent_positive: float
    lowest: float
    highest: float
    high_band_percent: float
    spoken_distance: float
    reference_distance: float
    tokens_percent: float


def final_mel(folder: Path) -> NDArray[np.float32]:
    """The generated log-mel [F, T] of a recording, as float32."""
    return _read(folder, "mel")


def state_after(folder: Path, step: int) -> NDArray[np.float32]:
    """The state [F, T] after an ODE step, as float32."""
    return _read(folder, f"step{step:02d}/ode.x_after")


def measure(folder: Path, reference: Path, inputs: Inputs, tokenizer: Tokenizer) -> Measured:
    """Measure one recording against its reference and the speech."""
    mel, state = final_mel(folder), state_after(folder, STEPS)[:, : inputs.valid_frames]
    samples, rate = soundfile.read(folder / "audio.wav")
    share = audio_high_band(samples, rate, CUTOFF_HZ).hf_energy_fraction
    prompt = inputs.valid_frames - mel.shape[1]
    # Digital silence has one value; a decoder's undershoot below it says nothing.
    heard = np.maximum(mel, inputs.spoken_mel.min())
    tokens = tokenizer.encode(heard, FEMALE)
    return Measured(
        folder.name,
        100.0 * float((mel > 0).mean()),
        float(state.min()),
        float(state.max()),
        100.0 * (share or 0.0),
        float(np.abs(mel - inputs.spoken_mel[:, prompt:]).mean()),
        float(np.abs(mel - final_mel(reference)).mean()),
        100.0 * float((tokens == inputs.speech_tokens).mean()),
    )


def table(rows: Sequence[Measured]) -> str:
    """The measurements as a Markdown table."""
    lines = [
        "| recording | positive | range | above 3 kHz | L1 to speech | L1 to reference | tokens |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        apart = row.reference_distance
        lines.append(
            f"| `{row.key}` | {row.percent_positive:.1f} % | "
            f"{row.lowest:.1f} to {row.highest:.1f} | {row.high_band_percent:.0f} % | "
            f"{row.spoken_distance:.2f} | {apart:.2g} | {row.tokens_percent:.0f} % |"
        )
    return "\n".join(lines)


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer that training stored."""
    stored = load_file(path)
    return Tokenizer(stored["centroids"].astype(np.float32), stored["voice_means"])


def _read(folder: Path, name: str) -> NDArray[np.float32]:
    """One tensor as [F, T], whichever way round the recording holds it."""
    with safe_open(folder / "decoder.safetensors", framework="numpy") as file:
        value = file.get_tensor(name)[0].astype(np.float32)
    facts = json.loads((folder / SIDE_FILE).read_text(encoding="utf-8"))
    return value if facts["layouts"]["mel"] == "BCT" else value.T
