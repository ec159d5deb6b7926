"""Where the ODE state went: to a mel, nowhere, or away.

A decoder whose velocity is zero-mean noise (weights never loaded, an all-zero mask)
leaves the state at its starting distribution N(0, 1): about 50 % positive, the range of
the start, however many steps are taken.  Nothing diverges and no sign is wrong.  A
normalised mel also has mean 0 and standard deviation 1, so the verdict also asks how
much of the starting noise is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.metrics.side import SideStats
from inspector.tensors import Array

CONVERGING = "converging"
STAYS = "stays at N(0,1)"
PARTLY = "partly at N(0,1)"
POSITIVE = "goes positive"
DIVERGING = "diverging"
NOT_FINITE = "not finite"
OTHER = "other"
UNKNOWN = "unknown"

_NOISE_CORRELATION = 0.5
"""The state of an unloaded decoder keeps a correlation of 0.7 to 1 with its start; that of
a trained one keeps about 0."""

_FRAME_CHANGE = 0.4
"""A frame that moved by less than this share of its norm still holds its noise."""

_NEARLY_DONE = 0.85
_STEPS_WITHOUT_TIMES = 3
"""Without times the last recorded state counts as final from three steps on: after one
step of ten a healthy state still looks like N(0, 1)."""


@dataclass(frozen=True)
class StateVerdict:
    """The verdict on the final state.

    Attributes:
        kind: ``converging``, ``stays at N(0,1)``, ``partly at N(0,1)``, ``goes positive``,
            ``diverging``, ``not finite``, ``other`` or ``unknown``.
        sentence: the verdict with its numbers.
        noise_correlation: Pearson correlation of the final state with the start; None when
            the start is not recorded or one of the two is constant.
        noise_frames: share of frames, 0 to 1, that moved by less than 40 % of their norm;
            None when the axes are unknown.
    """

    kind: str
    sentence: str
    noise_correlation: float | None = None
    noise_frames: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain JSON values."""
        return {
            "kind": self.kind,
            "sentence": self.sentence,
            "noise_correlation": self.noise_correlation,
            "noise_frames": self.noise_frames,
        }


NO_STEPS = StateVerdict(UNKNOWN, "No ODE step is recorded.")


def noise_left(start: Array, final: Array) -> tuple[float | None, float | None]:
    """How much of the start is left in the final state; both [1, C, T].

    Returns:
        (correlation over everything, share of frames that moved by less than 40 %).
    """
    if start.shape != final.shape or not start.size:
        return None, None
    a, b = start.astype(np.float64), final.astype(np.float64)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None, None
    frames = None
    if a.ndim == 3 and a.any():
        moved = np.sqrt(((b[0] - a[0]) ** 2).sum(axis=0))
        frames = float(np.mean(moved < _FRAME_CHANGE * np.sqrt((a[0] ** 2).sum(axis=0))))
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return (float((a * b).sum()) / norm if norm > 0 else None), frames


def judge_state(
    start: SideStats | None,
    final: SideStats | None,
    velocity: SideStats | None,
    *,
    steps: int,
    t_end: float | None,
    correlation: float | None = None,
    noise_frames: float | None = None,
) -> StateVerdict:
    """Judge the final state.

    Args:
        start: values of the first x_before or of the initial noise.
        final: values of the last x_after.
        velocity: values of the last velocity.
        steps: number of recorded steps between the two.
        t_end: time after the last recorded step, or None when unknown.
        correlation, noise_frames: from `noise_left`.
    """
    if final is None:
        return StateVerdict(UNKNOWN, "No final state is recorded.")
    bad = final.nan_count + final.inf_count
    if bad or final.mean is None:
        return StateVerdict(
            NOT_FINITE, f"The final state holds {bad} values that are NaN or infinite."
        )
    if start is None or start.mean is None:
        return StateVerdict(UNKNOWN, f"The state ends at {_numbers(final)}; its start is missing.")
    reached = steps >= _STEPS_WITHOUT_TIMES if t_end is None else t_end > _NEARLY_DONE
    if not reached:
        where = "" if t_end is None else f" at t = {t_end:.3f}"
        return StateVerdict(
            UNKNOWN,
            f"The recording ends{where}, before the integration does: the state so far is "
            f"{_numbers(final)}.",
            correlation,
            noise_frames,
        )
    kind = _kind(start, final, correlation, noise_frames)
    path = f"{_numbers(start)} → {_numbers(final)} over {steps} step{'s' if steps != 1 else ''}"
    extra = ""
    if velocity is not None and velocity.mean is not None:
        extra = f"; last velocity mean {velocity.mean:.2f}, std {velocity.std:.2f}"
    if correlation is not None:
        extra += f"; correlation with the start {correlation:.2f}"
    text = _TEXT[kind]
    if kind == PARTLY and noise_frames is not None:
        text = f"{100 * noise_frames:.1f} % of the frames still hold the starting noise"
    return StateVerdict(
        kind, f"{text[0].upper()}{text[1:]}: {path}{extra}.", correlation, noise_frames
    )


_TEXT = {
    CONVERGING: "the state converges",
    STAYS: "the state stays at N(0, 1), as with a decoder whose weights never arrived",
    PARTLY: "part of the frames still hold the starting noise",
    POSITIVE: "the state runs to positive values, which no log-mel of speech has",
    DIVERGING: "the state diverges",
    OTHER: "the state moved",
}


def _kind(
    start: SideStats, final: SideStats, correlation: float | None, noise_frames: float | None
) -> str:
    mean, std, rms = final.mean or 0.0, final.std or 0.0, final.rms or 0.0
    positive = final.percent_positive or 0.0
    if rms > 50 * max(start.rms or 0.0, 1.0):
        return DIVERGING
    near_start = abs(mean) < 0.35 and 0.6 < std < 1.6 and 40 < positive < 60
    if near_start and (correlation is None or abs(correlation) > _NOISE_CORRELATION):
        return STAYS
    if noise_frames is not None and noise_frames > 0.02:
        return STAYS if noise_frames > 0.98 else PARTLY
    if positive > 80 and mean > 1:
        return POSITIVE
    if correlation is not None and abs(correlation) > _NOISE_CORRELATION:
        return OTHER
    # Two healthy ends: a log-mel (all but a few values negative) or a normalised mel
    # (any mean) that has forgotten its noise.
    if positive < 20 or correlation is not None:
        return CONVERGING
    return OTHER


def _numbers(stats: SideStats) -> str:
    return (
        f"mean {stats.mean:.2f}, std {stats.std:.2f}, {stats.percent_positive:.1f} % positive, "
        f"range [{stats.minimum:.2f}, {stats.maximum:.2f}]"
    )
