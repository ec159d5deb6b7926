"""The findings about high-band energy in words."""

from __future__ import annotations

from inspector.analysis.outlier_side import BOTH, outlier_side
from inspector.audio.decibel import show_db
from inspector.audio.high_band import GATE_DB, WINDOW_MS, HighBand
from inspector.audio.high_band_ratio import HighBandRatio

USUAL_LIMIT = 0.2
"""Share above 3 kHz that speech rarely exceeds; 14 % was the most in healthy recordings."""

_NOISE_LIKE = 0.5
# A total within 3 dB while some frame is 10 dB off hides what can be heard.
_QUIET_TOTAL_DB = 3.0
_BURST_DB = 10.0


def describe_sides(
    source: str,
    reference: HighBand | None,
    candidate: HighBand | None,
    ratio: HighBandRatio,
    aligned: bool,
    cutoff_hz: float,
) -> list[str]:
    """Return one sentence per finding, each with its numbers and the cut-off."""
    sides = [("reference", reference), ("candidate", candidate)]
    known = [(name, side) for name, side in sides if side is not None and not side.reason]
    out = [
        f"The {source} of the {name} gives no share: {side.reason}."
        for name, side in sides
        if side is not None and side.reason
    ]
    if known:
        parts = ", ".join(f"{_percent(s.hf_energy_fraction)} of the {n}'s" for n, s in known)
        text = f"{source.capitalize()}, whole clip: above {cutoff_hz:g} Hz lies {parts} power."
        out.append(text + _usual(known, cutoff_hz))
        parts = ", ".join(
            f"{_percent(s.frame_fraction_p95)} for the {n} (worst {_percent(s.frame_fraction_max)} "
            f"at {s.worst_time_s:.3f} s; {s.silent_frames} of {s.frames} frames are silent)"
            for n, s in known
        )
        frame = f"per frame of {WINDOW_MS:g} ms" if source == "audio" else "per frame"
        out.append(
            f"{source.capitalize()}, {frame}: the 95th percentile of the share is {parts}. "
            "An s or f alone reaches 90 % and more: compare the sides."
        )
    for name, side in known:
        if side.nonfinite_count:
            values = "samples" if source == "audio" else "values"
            out.append(f"{side.nonfinite_count} {values} of the {name}'s {source} are not finite.")
    if ratio.reason:
        if len(known) == 2:
            out.append(f"The {source} frames cannot be compared: {ratio.reason}.")
        return out
    out.append(_level(source, ratio, aligned, cutoff_hz))
    return out


def _level(source: str, ratio: HighBandRatio, aligned: bool, cutoff_hz: float) -> str:
    band = f"{source.capitalize()}, level above {cutoff_hz:g} Hz"
    if not aligned:
        return f"{band} per frame: not compared, since the two sounds cannot be lined up in time."
    if ratio.max_db == ratio.min_db == 0.0:
        return f"{band}: equal in all {ratio.frames_compared} frames compared."
    text = (
        f"{band} of the candidate over the reference per frame: median {show_db(ratio.median_db)}, "
        f"95th percentile {show_db(ratio.p95_db)}, most {show_db(ratio.max_db)} at "
        f"{ratio.max_time_s:.3f} s, least {show_db(ratio.min_db)} at {ratio.min_time_s:.3f} s "
        f"({ratio.frames_compared} frames; those silent on both sides, {-GATE_DB:g} dB under the "
        "loudest, are left out)."
    )
    clip, most = ratio.clip_db, ratio.max_db
    if clip is None or most is None:
        return text
    if abs(clip) <= _QUIET_TOTAL_DB and most >= clip + _BURST_DB:
        text += f" The whole clip shows only {show_db(clip)}: a total can hide a short burst."
    return text


def _usual(known: list[tuple[str, HighBand]], cutoff_hz: float) -> str:
    """What an unusual share means; said near 3 kHz only, where it was measured."""
    if not 2500.0 <= cutoff_hz <= 3500.0:
        return ""
    high = {name: side.hf_energy_fraction or 0.0 for name, side in known}
    shares = high.get("reference", 0.0), high.get("candidate", 0.0)
    side = outlier_side(*shares, USUAL_LIMIT)
    if not side:
        return ""
    if side == BOTH:
        return " Both sides alike; noise or many fricatives show as much."
    if high[side] >= _NOISE_LIKE:
        return (
            f" So much in the {side} is what noise shows: usually a decoder whose weights did "
            "not arrive, or states that stayed at the initial noise."
        )
    return f" Speech rarely exceeds {_percent(USUAL_LIMIT)}: look at the {side}."


def _percent(share: float | None) -> str:
    return "no share" if share is None else f"{100 * share:.3g} %"
