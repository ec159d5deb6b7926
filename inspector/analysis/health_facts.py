"""Facts about the values of each tensor of a trace, from one read."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from inspector.metrics.chunks import ChunkReader, ranges
from inspector.metrics.side import SideStats, describe
from inspector.tensors import Array, TensorRecord

_ADDITIVE_LEVEL = -1e3
"""Masks that are added to scores hold 0 and a large negative number, -1e4 to -1e10."""


@dataclass(frozen=True)
class ValueFacts:
    """What the values of one tensor look like.

    Attributes:
        record: the tensor.
        role, step: its recognised meaning; empty and None when unknown.
        stats: range, mean, spread, NaN and Inf counts.
        minus_inf_only: it holds infinities, all of them negative, and no NaN.
        integral: every finite value is a whole number.
        second_row: for tensors with two rows: ``equal``, ``zero`` or ``different``; else "".
    """

    record: TensorRecord
    role: str
    step: int | None
    stats: SideStats
    minus_inf_only: bool
    integral: bool
    second_row: str

    @property
    def words(self) -> frozenset[str]:
        """Lower-case words of the name, without numbers."""
        return name_words(self.record.name)

    @property
    def constant(self) -> bool:
        """All values are finite and equal, and there is more than one."""
        s = self.stats
        finite = not s.nan_count and not s.inf_count
        return finite and s.count > 1 and s.minimum is not None and s.minimum == s.maximum

    @property
    def _complex(self) -> bool:
        return self.record.dtype.startswith("complex")

    @property
    def zero(self) -> bool:
        """All values are zero (and there is at least one)."""
        s = self.stats
        return not s.nan_count and not s.inf_count and s.minimum == s.maximum == 0

    @property
    def binary(self) -> bool:
        """Every value is 0 or 1."""
        s = self.stats
        if s.nan_count or s.inf_count or s.minimum is None or self._complex:
            return False
        few = s.unique_hint is not None and s.unique_hint <= 2
        return few and s.minimum in (0, 1) and s.maximum in (0, 1)

    @property
    def additive(self) -> bool:
        """Every value is 0 or hugely negative: a mask to be added to scores."""
        s = self.stats
        if s.nan_count or self._complex or (s.inf_count and not self.minus_inf_only):
            return False
        if s.minimum is None:
            return s.inf_count > 0
        few = s.unique_hint is not None and s.unique_hint <= 2
        blocked = s.inf_count > 0 or s.minimum <= _ADDITIVE_LEVEL
        lowest_fits = s.minimum == 0 or s.minimum <= _ADDITIVE_LEVEL
        return few and blocked and lowest_fits and s.maximum in (0, s.minimum)


def name_words(name: str) -> frozenset[str]:
    """Split a name at punctuation, digits and capitals into lower-case words."""
    return frozenset(w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name) if w)


def gather_facts(record: TensorRecord, role: str, step: int | None) -> ValueFacts:
    """Read one tensor and describe its values.

    Raises:
        TraceError: the tensor cannot be read.
    """
    array = record.read()
    stats = describe(array)
    minus_only = bool(
        stats.inf_count and not stats.nan_count and array.dtype.kind == "f"
        and not np.isposinf(array).any()
    )  # fmt: skip
    return ValueFacts(record, role, step, stats, minus_only, _integral(array), _second_row(array))


def _integral(array: Array) -> bool:
    if array.dtype.kind in "biu":
        return True
    if array.dtype.kind != "f":
        return False
    reader = ChunkReader(array)
    for start, stop in ranges(array.size):
        piece = reader.read(start, stop)
        # the first values decide for almost every float tensor
        for part in (piece[:64], piece):
            kept = part[np.isfinite(part)]
            if not np.array_equal(kept, np.floor(kept)):
                return False
    return True


def _second_row(array: Array) -> str:
    if array.ndim < 2 or array.shape[0] != 2:
        return ""
    if np.array_equal(array[0], array[1]):
        return "equal"
    return "different" if array[1].any() else "zero"
