"""Synthetic payloads for the widgets, in the shapes that the server's routes send."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ui.widget_harness import Harness

SAMPLE_RATE_HZ = 24000
HOP_LENGTH = 480


def mel_bins(count: int) -> list[float]:
    """Return `count` rising centre frequencies, Hz."""
    return [float(f) for f in 700 * (10 ** (np.linspace(40, 2840, count) / 2595) - 1)]


def add_mel(
    harness: Harness, run: str, reference: np.ndarray, candidate: np.ndarray, **changes: Any
) -> None:
    """Register the mels `reference` [F, T] and `candidate` [F, T'] under `run`."""
    frames = min(reference.shape[1], candidate.shape[1])
    error = np.abs(candidate[:, :frames] - reference[:, :frames])
    finite = np.concatenate([side[np.isfinite(side)] for side in (reference, candidate)])
    payload = {
        "available": True,
        "reason": "",
        "n_mels": reference.shape[0],
        "frames": max(reference.shape[1], candidate.shape[1]),
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "hop_length": HOP_LENGTH,
        "bin_hz": mel_bins(reference.shape[0]),
        "vmin": float(finite.min()),
        "vmax": float(finite.max()),
        "dmax": float(np.nanmax(error[np.isfinite(error)], initial=0.0)),
    }
    for side, values in (("reference", reference), ("candidate", candidate)):
        payload[side] = {
            "src": f"/inspector/runs/{run}/mel-{side}",
            "frames": values.shape[1],
            "name": f"{side}.mel",
        }
        harness.add(run, **{f"mel-{side}": values})
    harness.add(run, mel=payload | changes)


def sound_side(harness: Harness, run: str, side: str, samples: np.ndarray, **changes: Any) -> dict:
    """Register `samples` [N] and return the side's entry of ``audio.json``."""
    harness.add(run, **{f"audio-{side}": samples})
    return {
        "src": f"/inspector/runs/{run}/audio-{side}",
        "samples": len(samples),
        "label": f"{side}.wav",
        "kind": "recorded",
        "lufs": -20.0,
        "peak": float(np.nanmax(np.abs(samples))),
        "clipped_percent": 0.0,
    } | changes


def add_audio(
    harness: Harness, run: str, reference: dict | None, candidate: dict | None, **changes: Any
) -> None:
    """Register ``audio.json`` of `run`."""
    payload = {
        "available": reference is not None or candidate is not None,
        "reason": "" if reference or candidate else "Neither trace holds audio.",
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "reference": reference,
        "candidate": candidate,
        "lag_samples": 0,
        "gain_db": 0.0,
        "null_db": -30.0,
        "sentences": [],
    }
    harness.add(run, audio=payload | changes)


def add_map(
    harness: Harness,
    run: str,
    value: list[list[Any]],
    status: list[list[Any]],
    *,
    steps: list[Any] | None = None,
    labels: list[str] | None = None,
    first: int | None = None,
    value_range: dict | None = None,
    verdict: str = "different",
) -> None:
    """Register ``map.json`` and the part of ``summary.json`` that the map reads.

    Pairs are numbered row by row; an entry without status has no pair.
    """
    columns = len(value[0])
    pair = [
        [None if s is None else r * columns + c for c, s in enumerate(row)]
        for r, row in enumerate(status)
    ]
    labels = labels or [f"block.{r}.norm" for r in range(len(value))]
    harness.add(
        run,
        map={
            "rows": [{"label": label} for label in labels],
            "steps": list(range(1, columns + 1)) if steps is None else steps,
            "value": value,
            "status": status,
            "pair": pair,
            "range": value_range,
            "tolerance_log10": -4.5,
        },
        summary={
            "verdict": {
                "status": verdict,
                "first_divergence": None if first is None else {"row": first},
            }
        },
    )
