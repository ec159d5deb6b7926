"""Axis letters of stored shapes: which axis is batch, channels or frames.

Letters are B batch, C channels (mel bins too), T frames, N samples or tokens, S ODE steps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inspector.tensors import TensorRecord, Trace

_USUAL_CHANNELS = (80, 100, 128)
_NEARLY_ALL = 0.8
_CHANNELS_LAST = ("mlx", "swift", "ggml", "tensorflow", "jax")


@dataclass(frozen=True)
class AxisFacts:
    """What a whole trace says about axis lengths.

    Attributes:
        channels: mel bins of states, velocities and mels; None when unknown.
        frames: mel frames; None when unknown.
        token_frames: lengths of token sequences.
        channels_last: whether to take BTC rather than BCT where lengths cannot tell.
    """

    channels: int | None = None
    frames: int | None = None
    token_frames: frozenset[int] = frozenset()
    channels_last: bool = False


def gather_facts(trace: Trace, kinds: Mapping[str, str]) -> AxisFacts:
    """Learn channels and frames from the tensors of `trace`.

    Args:
        trace: the trace.
        kinds: axis kind by tensor name, for the recognised tensors.
    """
    by_kind: dict[str, list[tuple[int, ...]]] = {}
    for record in trace.records:
        if record.name in kinds:
            by_kind.setdefault(kinds[record.name], []).append(record.shape)
    states = [s for s in by_kind.get("state", []) if 2 <= len(s) <= 3]
    masks = by_kind.get("mask", [])
    tokens = {max(s) for s in by_kind.get("tokens", []) if s}
    declared = trace.info.n_mels
    channels = (
        declared
        if declared and (not states or any(declared in s for s in states))
        else _channels(states, by_kind.get("prompt", []), by_kind.get("vector", []), masks)
    )
    lengths: Counter[int] = Counter()
    for shape in states:
        rest = list(shape[-2:] if len(shape) == 2 else shape)
        if channels in rest:
            rest.remove(channels)
            lengths[max(rest)] += 1
    if not lengths:
        lengths.update(max(s) for s in masks if s)
    frames = lengths.most_common(1)[0][0] if lengths else None
    framework = (trace.info.framework or "").lower()
    return AxisFacts(
        channels, frames, frozenset(tokens), any(w in framework for w in _CHANNELS_LAST)
    )


def _channels(
    states: list[tuple[int, ...]],
    prompts: list[tuple[int, ...]],
    vectors: list[tuple[int, ...]],
    masks: list[tuple[int, ...]],
) -> int | None:
    """The axis length that all states share although their frames differ."""
    if not states:
        return None
    # a state with one long axis only is a mask under a wrong name
    planes = [s for s in (*states, *prompts) if len(s) >= 2 and min(s[-2:]) > 1]
    votes = Counter(n for s in planes for n in set(s[-2:]))
    most = max(votes.values(), default=0)
    # one tensor of another height must not make the frames look like the shared axis
    for n in _USUAL_CHANNELS:
        if most and votes[n] >= _NEARLY_ALL * most:
            return n
    shared = [n for n, count in votes.items() if count == most]
    if len(shared) == 1:
        return shared[0]
    wide = [n for n in shared if any(n == s[-1] for s in vectors if s)]
    if len(wide) == 1:
        return wide[0]
    masked = {max(s) for s in masks if s}
    rest = [n for n in shared if n not in masked]
    return rest[0] if len(rest) == 1 and len(shared) > 1 else None


def declared_letters(record: TensorRecord, role: str, layouts: Mapping[str, str]) -> str | None:
    """Letters from the side-file: by name, by role, else by regular expression."""
    for key in (record.name, role):
        if key and key in layouts:
            letters = layouts[key]
            return letters if len(letters) == len(record.shape) else None
    for key, letters in layouts.items():
        try:
            fits = re.fullmatch(key, record.name) is not None
        except re.error:
            continue  # a plain name with brackets in it, not an expression
        if fits and len(letters) == len(record.shape):
            return letters
    return None


def axis_letters(shape: tuple[int, ...], kind: str, facts: AxisFacts) -> str | None:
    """Letters of `shape` for one axis kind; None when they cannot be known.

    Two axes of equal length are lettered by the habit of the framework.
    """
    rank = len(shape)
    if rank == 0:
        return ""
    if kind in ("state", "prompt"):
        return _planes(shape, facts, last=kind == "prompt" or facts.channels_last)
    if kind == "features":
        return _features(shape, facts)
    if kind == "mask":
        return _mask(shape)
    table = {
        "vector": ("C", "BC", "BTC" if rank == 3 and shape[1] == 1 else None),
        "tokens": ("N", "BN", None),
        "scalar": ("B", None, None),
        "schedule": ("S", "BS", None),
        "samples": ("N", "BN" if shape[0] == 1 else "CN", "BCN"),
        "curve": ("T", "BT", _mask(shape)),
    }
    return table[kind][rank - 1] if kind in table and rank <= 3 else None


def _planes(shape: tuple[int, ...], facts: AxisFacts, *, last: bool) -> str | None:
    """C and T, with B before them in the usual case."""
    if len(shape) == 1:
        return "C" if shape[0] == facts.channels else "T"
    if len(shape) > 3:
        return None
    first = len(shape) - 2
    axes = range(len(shape))
    wide = [i for i in axes if shape[i] == facts.channels]
    if len(wide) == 1:
        others = [i for i in axes if i != wide[0]]
        long = _pick(others, shape, (facts.frames,))
        return _spell(len(shape), wide[0], long)
    if not wide:
        long = [i for i in axes[first:] if shape[i] == facts.frames]
        if len(long) == 1:
            other = first if long[0] != first else first + 1
            return _spell(len(shape), other, long[0])
    return _spell(len(shape), *((first + 1, first) if last else (first, first + 1)))


def _features(shape: tuple[int, ...], facts: AxisFacts) -> str | None:
    """Hidden features: BTC unless the lengths say otherwise."""
    if not 1 < len(shape) <= 3:
        return "C" if len(shape) == 1 else None
    first = len(shape) - 2
    times = {facts.frames, *facts.token_frames}
    if shape[first + 1] in times and shape[first] not in times:
        return _spell(len(shape), first, first + 1)
    return _spell(len(shape), first + 1, first)


def _mask(shape: tuple[int, ...]) -> str | None:
    """B, T and an axis of length 1 that stands for the channels."""
    if len(shape) <= 2:
        return "T" if len(shape) == 1 else "BT"
    if len(shape) == 3:
        return "BTC" if shape[2] == 1 and shape[1] != 1 else "BCT"
    return None


def _pick(axes: Iterable[int], shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> int:
    """The axis whose length is wanted, else the longest, else the last."""
    return max(axes, key=lambda i: (shape[i] in wanted, shape[i], i))


def _spell(rank: int, channels: int, frames: int) -> str:
    letters = ["B"] * rank
    letters[channels], letters[frames] = "C", "T"
    return "".join(letters)


def guess_letters(shape: tuple[int, ...], facts: AxisFacts) -> str:
    """Letters of a tensor of unknown meaning; empty unless one axis must be frames."""
    times = {facts.frames, *facts.token_frames} - {None, 1}
    long = [i for i in range(len(shape)) if shape[i] in times]
    if len(shape) not in (2, 3) or len(long) != 1 or (len(shape) == 3 and long[0] == 0):
        return ""
    first = len(shape) - 2
    if len(shape) == 2 and shape[1 - long[0]] == 1:
        return "BT" if long[0] == 1 else "TC"
    return _spell(len(shape), first + 1 if long[0] == first else first, long[0])
