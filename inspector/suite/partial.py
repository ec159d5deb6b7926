"""Recordings of which a part is missing, as real ones are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from inspector.suite.case import CANDIDATE
from inspector.suite.name_styles import Value, value_of

PARTIALS = ("half", "steps", "states", "both")
"""``half`` the modules of the candidate, modules at its first two ``steps`` only, only its
``states`` and inputs, or 70 % of everything on ``both`` sides."""


def kept(names: Iterable[str], partial: str, side: str, seed: int) -> list[str]:
    """The names of a recording that one side stored, in order."""
    return [n for n in names if not partial or _keeps(value_of(n), partial, side, seed)]


def _keeps(value: Value, partial: str, side: str, seed: int) -> bool:
    share = _share(f"{seed} {side} {value.name}")
    if partial == "both":
        return share < 0.7
    if side != CANDIDATE or not value.path:
        return True
    if partial == "steps":
        return value.step in (1, 2)
    return partial == "half" and share < 0.5


def _share(text: str) -> float:
    """A number of [0, 1) that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little") / 2**32
