"""The final mel: its floor, its sign, and whether it ever left the noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.analysis.health_context import HealthContext, quiet_rows
from inspector.analysis.health_finding import FAIL, NOTE, OK, Finding, NotRecorded, Outcome
from inspector.analysis.log_floor import lowest_clamped
from inspector.audio.mel_scale import LOG_FLOOR
from inspector.names import show_name
from inspector.tensors import Array

_DEEP = 1.0
"""A decoder may undershoot the floor by less than this; log-mels end there otherwise."""

_DEEP_SHARE = 0.2
_UNDER_SHARE = 0.5
_NOISE_CORRELATION = 0.5
_FRAME_CORRELATION = 0.4
"""Neighbouring frames of a mel correlate by 0.8 and more, those of white noise by 0."""


def check_mel(context: HealthContext) -> Iterator[Outcome]:
    """Check the final mel against its floor, its usual sign, and white noise."""
    found = context.read_mel()
    if found is None:
        yield NotRecorded("log_floor", "the final mel", "a mel with axes F and T")
        return
    mel, name, prompt = found
    if not np.isfinite(mel).all():
        return  # the check for NaN and Inf speaks about it
    yield _floor(mel, name, prompt)
    yield _sign(mel, name, _correlation_with_noise(context, mel))


def _floor(mel: Array, name: str, prompt: int | None) -> Finding:
    under, deep = mel.astype(np.float64) < lowest_clamped(mel), mel < LOG_FLOOR - _DEEP
    values = {"floor": LOG_FLOOR, "percent_under": 100 * float(under.mean())}
    parts = ""
    judged, judged_deep = under, deep
    if prompt is not None and 0 < prompt < mel.shape[1]:
        judged, judged_deep = under[:, prompt:], deep[:, prompt:]
        values["percent_under_generated"] = 100 * float(judged.mean())
        values["percent_under_prompt"] = 100 * float(under[:, :prompt].mean())
        parts = (
            f": {values['percent_under_generated']:.1f} % of the values of the "
            f"{mel.shape[1] - prompt} generated frames, {values['percent_under_prompt']:.1f} % of "
            f"those of the {prompt} prompt frames"
        )
    text = (
        f"Log floor: {values['percent_under']:.1f} % of the values of {show_name(name, 80)} lie "
        f"under the log-mel floor ln(1e-5) = {LOG_FLOOR:.3f}{parts}"
    )
    broken = (
        float(judged.mean()) > _UNDER_SHARE
        or float(judged_deep.mean()) > _DEEP_SHARE
        or float(deep.mean()) > _DEEP_SHARE
    )
    if broken:
        text += (
            f". The lowest value is {float(mel.min()):.1f}; no mel of sound is that far below: "
            "the integration overshoots (wrong mask, guidance or step lengths)."
        )
        return Finding("log_floor", FAIL, text, values, (name,), 66)
    if under.any():
        text += ". A little undershoot is normal; clamp it before the vocoder if that expects it."
        return Finding("log_floor", NOTE, text, values, (name,), 20)
    return Finding("log_floor", OK, f"{text}.", values)


def _sign(mel: Array, name: str, correlation: float | None) -> Finding:
    positive = 100 * float(np.mean(mel > 0))
    mean, std = float(mel.mean(dtype=np.float64)), float(mel.std(dtype=np.float64))
    frames = neighbour_correlation(mel)
    values = {
        "percent_positive": positive, "mean": mean, "std": std,
        "noise_correlation": correlation, "frame_correlation": frames,
    }  # fmt: skip
    shown = f"{show_name(name, 80)} is {positive:.1f} % positive, mean {mean:.2f}, std {std:.2f}"
    near_start = abs(mean) < 0.35 and 0.6 < std < 1.6 and 40 < positive < 60
    noisy = (
        correlation > _NOISE_CORRELATION
        if correlation is not None
        else frames is not None and frames < _FRAME_CORRELATION
    )
    if near_start and noisy:
        extra = (
            f"correlation with the starting noise {correlation:.2f}"
            if correlation is not None
            else f"neighbouring frames correlate by {frames:.2f} only"
        )
        return Finding(
            "mel_sign", FAIL,
            f"Mel: it never left the noise: {shown}, {extra}. The usual cause is a decoder whose "
            "weights were never loaded; nothing has a wrong sign.", values, (name,), 85,
        )  # fmt: skip
    if positive > 80 and mean > 1 and float(mel.min()) < 0:
        return Finding(
            "mel_sign", FAIL,
            f"Mel: {shown}; a log-mel of speech is negative almost everywhere. A wrong sign in the "
            "guidance formula or in the Euler step does this.", values, (name,), 84,
        )  # fmt: skip
    if float(mel.min()) >= 0 and std > 0:
        text = f"Mel: {shown}, no value is negative: magnitudes rather than a log-mel."
        return Finding("mel_sign", NOTE, text, values, (name,), 42)
    if positive > 20:
        return Finding(
            "mel_sign", NOTE,
            f"Mel: {shown}; a natural log-mel of speech is negative almost everywhere. Either it "
            "is normalised, or some of its frames are not speech.", values, (name,), 42,
        )  # fmt: skip
    return Finding("mel_sign", OK, f"Mel: {shown}.", values)


def neighbour_correlation(mel: Array) -> float | None:
    """Correlation of each value of a mel [F, T] with the same bin one frame later.

    The mean of every bin is taken away first, so that a spectral tilt does not count.
    None when undefined.
    """
    if mel.shape[1] < 8:
        return None
    values = mel.astype(np.float64)
    centred = values - values.mean(axis=1, keepdims=True)
    first, second = centred[:, :-1], centred[:, 1:]
    norm = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / norm if norm > 0 else None


def _correlation_with_noise(context: HealthContext, mel: Array) -> float | None:
    """Correlation of the mel with the starting noise; None when it cannot be taken."""
    steps = context.roles.trajectory.steps
    role = steps[0].x_before if steps and steps[0].number <= 1 else None
    role = role or context.roles.get("initial_noise")
    noise = None if role is None else quiet_rows(role)
    if noise is None or noise.ndim != 3 or not noise.size:
        return None
    noise = noise[0][:, : mel.shape[1]]
    if noise.shape != mel.shape or not np.isfinite(noise).all():
        return None
    a = noise.astype(np.float64) - noise.mean(dtype=np.float64)
    b = mel.astype(np.float64) - mel.mean(dtype=np.float64)
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else None
