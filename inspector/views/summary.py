"""The first screen in numbers: the verdict and one tile per question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inspector.diagnose.comparison import Comparison
from inspector.diagnose.side import Side

HF_NOTE_DB = 3.0
"""A tensor may differ and still keep its spectrum: below a factor of two in power, in 95 %
of the frames, the high band is worth a note and not a failure of its own."""


@dataclass(frozen=True)
class Tile:
    """One number of the first screen.

    Attributes:
        key, title: what it is about.
        value: the number with its unit, or a dash.
        detail: one short line below it.
        status: ``ok``, ``note``, ``fail`` or ``none``.
        tab: key of the view with the evidence.
    """

    key: str
    title: str
    value: str
    detail: str
    status: str
    tab: str

    def to_dict(self) -> dict[str, str]:
        """The tile as JSON values."""
        return dict(self.__dict__)


def summarise(comparison: Comparison) -> dict[str, Any]:
    """Return sides, verdict, tiles and notes of a comparison as JSON values."""
    verdict = comparison.verdict
    first = verdict.first_divergence
    notes = [f"Reference: {n}" for n in comparison.reference.trace.notes]
    notes += [f"Candidate: {n}" for n in comparison.candidate.trace.notes]
    return {
        "reference": _side(comparison.reference),
        "candidate": _side(comparison.candidate),
        "verdict": {
            **verdict.to_dict(),
            "first_divergence": {**first.to_dict(), "row": first.row} if first else None,
        },
        "tiles": [tile.to_dict() for tile in make_tiles(comparison)],
        "notes": notes,
    }


def make_tiles(comparison: Comparison) -> tuple[Tile, ...]:
    """The tiles in the order of the first screen."""
    makers: tuple[Callable[[Comparison], Tile], ...] = (
        _tensors, _unmatched, _ode, _sign, _hf, _mel, _audio,
    )  # fmt: skip
    return tuple(make(comparison) for make in makers)


def _side(side: Side) -> dict[str, Any]:
    return {
        "label": side.label,
        "path": side.trace.path,
        "framework": side.trace.info.framework,
        "tensors": len(side.trace),
        "failures": len(side.health.failures()),
    }


def _tensors(comparison: Comparison) -> Tile:
    counts = comparison.verdict.counts
    agree = counts["same"] + counts["within_tolerance"]
    status = "ok" if counts["pairs"] and agree == counts["pairs"] else "fail"
    return Tile(
        "tensors", "within tolerance", f"{agree} / {counts['pairs']}",
        f"{counts['same']} exactly, {counts['different']} differ", status, "tensor",
    )  # fmt: skip


def _unmatched(comparison: Comparison) -> Tile:
    counts = comparison.verdict.counts
    match = comparison.match
    left, right = len(match.unmatched_reference), len(match.unmatched_candidate)
    extra = [
        f"{counts[key]} {word}"
        for key, word in (("ambiguous", "ambiguous"), ("skipped", "not read"),
                          ("not_comparable", "not comparable"))
        if counts[key]
    ]  # fmt: skip
    clean = not (left or right or extra)
    return Tile(
        "unmatched", "unmatched tensors", f"{left} + {right}",
        ", ".join(extra) or "reference + candidate", "ok" if clean else "note", "match",
    )  # fmt: skip


def _ode(comparison: Comparison) -> Tile:
    title, answer = "last state range", comparison.answers["ode"]
    sides = (answer.result.reference, answer.result.candidate) if answer.available else ()
    last = [side.steps[-1].state for side in sides if side.steps and side.steps[-1].state]
    if len(last) != 2 or any(s.minimum is None for s in last):
        return Tile("ode", title, "n/a", "no ODE states on both sides", "none", "ode")
    ranges = [f"{s.minimum:.1f} … {s.maximum:.1f}" for s in last]
    low = min(s.minimum for s in last)
    width = max(s.maximum for s in last) - low
    apart = max(
        abs(last[0].minimum - last[1].minimum), abs(last[0].maximum - last[1].maximum)
    )  # fmt: skip
    status = _status_of(comparison, ("x_after",))
    return Tile(
        "ode", title, ranges[1],
        f"ref {ranges[0]}" + (f", {apart / width:.0%} apart" if width and apart else ""),
        status, "ode",
    )  # fmt: skip


def _sign(comparison: Comparison) -> Tile:
    title, answer = "positive, last state", comparison.answers["sign"]
    if not answer.available:
        return Tile("sign", title, "n/a", "no signs to compare", "none", "sign")
    # The state at the last step when there is one, else the tensor whose signs agree least.
    row = answer.result.steps[-1] if answer.result.steps else answer.result.worst
    if row is None:
        return Tile("sign", title, "n/a", "no signs to compare", "none", "sign")
    if not answer.result.steps:
        title = "positive, worst tensor"
    agree = row.sign_agreement
    status = "none" if agree is None else "ok" if agree == 1 else "note"
    if status == "note" and _status_of(comparison, (row.role,)) == "fail":
        status = "fail"
    detail = f"reference {row.reference_percent_positive:.1f} %"
    if agree is not None:
        detail += f", {100 * agree:.4g} % agree"
    value = f"{row.candidate_percent_positive:.1f} %"
    return Tile("sign", title, value, detail, status, "sign")


def _hf(comparison: Comparison) -> Tile:
    answer = comparison.answers["hf_energy"]
    title = f"> {comparison.options.cutoff_hz / 1000:g} kHz"
    found = [answer.result.audio, answer.result.mel] if answer.available else []
    levels = [s for s in found if s is not None and s.ratio.p95_db is not None]
    # Frames of sounds that cannot be lined up in time do not belong together.
    sides = next((s for s in levels if s.aligned), None)
    if sides is None:
        why = "sounds not lined up in time" if levels else "nothing to compare"
        return Tile("hf_energy", title, "n/a", why, "none", "hf_energy")
    # The loudest and the quietest frames both count: a lost band is a fault like a burst.
    high, low = sides.ratio.p95_db, sides.ratio.p05_db
    ratio, title = (
        (high, f"{title}, p95 frame") if abs(high) >= abs(low) else (low, f"{title}, p05 frame")
    )
    status = _status_of(comparison, ("audio",) if sides.source == "audio" else ("mel",))
    if status == "fail" and abs(ratio) < HF_NOTE_DB:
        status = "note"
    shares = [
        "–" if s is None or s.hf_energy_fraction is None else f"{s.hf_energy_fraction:.1%}"
        for s in (sides.reference, sides.candidate)
    ]
    what = "sound" if sides.source == "audio" else "mel"
    return Tile(
        "hf_energy", title, f"{ratio:+.1f} dB", f"{what}: {shares[0]} against {shares[1]}",
        status, "hf_energy",
    )  # fmt: skip


def _mel(comparison: Comparison) -> Tile:
    title, answer = "mel, largest error", comparison.answers["mel"]
    error = answer.result.error if answer.available else None
    if error is None or error.max_abs is None:
        return Tile("mel", title, "n/a", "no mel on both sides", "none", "mel")
    status = _status_of(comparison, ("mel",))
    return Tile(
        "mel", title, f"{error.max_abs:.3g} ln", f"mean {error.mean_abs:.3g} ln", status, "mel"
    )


def _audio(comparison: Comparison) -> Tile:
    title, answer = "sound: lag, level", comparison.answers["waveform"]
    if not answer.available:
        return Tile("waveform", title, "n/a", "not recorded on both sides", "none", "waveform")
    result = answer.result
    if result.reason:
        return Tile("waveform", title, "n/a", result.reason, "none", "waveform")
    if result.identical:
        return Tile("waveform", title, "identical", "null test exact", "ok", "waveform")
    aligned = result.alignment is not None and result.alignment.lined_up
    value = f"{result.lag_samples:+d} smp" if aligned else "not lined up"
    if aligned and result.gain_db is not None:
        value += f", {result.gain_db:+.1f} dB"
    null = ""
    if aligned and result.null_after_db is not None:
        null = f"; null {result.null_after_db:.0f} dB"
    durations = f"{result.reference.duration_s:.2f} s against {result.candidate.duration_s:.2f} s"
    status = _status_of(comparison, ("audio",))
    return Tile(
        "waveform", title, value, f"{durations}{null}", status,
        "waveform",
    )  # fmt: skip


def _status_of(comparison: Comparison, roles: tuple[str, ...]) -> str:
    """Worst status of the compared tensors of these roles, as a tile status."""
    found = {t.status for t in comparison.tensors if t.pair.role in roles}
    if not found:
        return "none"
    if "different" in found:
        return "fail"
    return "note" if "not_comparable" in found else "ok"
