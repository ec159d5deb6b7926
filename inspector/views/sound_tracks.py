"""Waveforms for the A/B player: recorded, or rendered from the mel by Griffin-Lim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.analysis.waveform import compare_waveforms
from inspector.audio.griffin_lim import render
from inspector.audio.resample import to_rate
from inspector.diagnose.comparison import Comparison
from inspector.diagnose.questions import mel_spec, read_mel, read_sound
from inspector.diagnose.side import Side
from inspector.names import show_name
from inspector.tensors import Array, Progress


@dataclass(frozen=True)
class Track:
    """One side of the player: float32 samples [N] at `rate_hz` and where they come from."""

    samples: Array
    rate_hz: int
    kind: str
    label: str


def sound_payload(
    comparison: Comparison, *, rendered: bool = False, progress: Progress | None = None
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return facts and float32 samples [N] of both sides at one rate.

    Args:
        comparison: what to play.
        rendered: render the mel of a side that recorded no sound.
        progress: called while rendering.

    Returns:
        A pair of JSON values and samples by side (empty when a side has no sound).
    """
    tracks = {
        name: find_track(side, comparison.options.sample_rate_hz, rendered, progress)
        for name, side in (("reference", comparison.reference), ("candidate", comparison.candidate))
    }
    missing = [name for name, track in tracks.items() if track is None]
    renderable = all(
        tracks[name] is not None or side.roles.get("mel") is not None
        for name, side in (("reference", comparison.reference), ("candidate", comparison.candidate))
    )
    if missing:
        return {
            "available": False,
            "reason": f"The {' and the '.join(missing)} recorded no sound.",
            "renderable": renderable,
        }, {}
    first, second = tracks["reference"], tracks["candidate"]
    assert first is not None and second is not None
    samples = {
        "reference": first.samples,
        "candidate": _playable(to_rate(second.samples, second.rate_hz, first.rate_hz)),
    }
    # Recorded sound is compared already, each side at its own rate.
    result = comparison.answers["waveform"].result or compare_waveforms(
        first.samples, second.samples, first.rate_hz, second.rate_hz
    )
    # Between sounds that cannot be lined up in time, lag, gain and null mean nothing.
    matched = result.identical or (result.alignment is not None and result.alignment.lined_up)
    facts = {"reference": (first, result.reference), "candidate": (second, result.candidate)}
    meta: dict[str, Any] = {
        "available": True,
        "reason": "",
        "renderable": renderable,
        "sample_rate_hz": first.rate_hz,
        "lag_samples": result.lag_samples if matched else None,
        "gain_db": result.gain_db if matched else None,
        "null_db": result.null_after_db if matched else None,
        "sentences": list(result.sentences),
    }
    for name, (track, measured) in facts.items():
        meta[name] = {
            "samples": len(samples[name]),
            "kind": track.kind,
            "label": track.label,
            "lufs": measured.lufs,
            "peak": measured.peak,
            "clipped_percent": 100 * measured.clipped_fraction,
        }
    return meta, samples


def find_track(
    side: Side, sample_rate_hz: int | None, rendered: bool, progress: Progress | None = None
) -> Track | None:
    """The recorded sound of a side, else its mel rendered when asked for, else None."""
    sound = read_sound(side, sample_rate_hz)
    if sound is not None:
        return Track(_playable(sound.samples), sound.rate_hz, "recorded", show_name(sound.name, 60))
    mel = read_mel(side) if rendered else None
    if mel is None:
        return None
    spec = mel_spec(side)
    samples = render(mel, spec, progress=progress)
    return Track(
        _playable(samples), spec.sample_rate_hz, "griffin-lim",
        "rendered from the mel by Griffin-Lim",
    )  # fmt: skip


def _playable(samples: Array) -> Array:
    """float32 without NaN and Inf: one such sample silences a whole audio graph."""
    return np.nan_to_num(
        np.ascontiguousarray(samples, dtype=np.float32), nan=0.0, posinf=1.0, neginf=-1.0
    )
