"""Two sequences of token ids compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.audio.result_dict import result_dict
from inspector.names import show_name
from inspector.tensors import Array, freeze


@dataclass(frozen=True)
class TokenComparison:
    """Two sequences of token ids compared place by place; nothing is shifted.

    Attributes:
        name: what the tokens are, as given.
        reference_length, candidate_length: tokens in the row compared.
        identical: equal lengths and equal tokens (of every row).
        first_difference: first place that differs, counted from 0; None when every
            common place is equal.
        reference_value, candidate_value: the tokens there.
        equal_prefix: tokens that are equal before the first difference or the end.
        agreement: share of the common places that hold equal tokens; None without any.
        row: the row described when the tokens have several, counted from 0.
        reference, candidate: tokens of that row, [N] each.
        reason: why they cannot be compared; empty otherwise.
        sentence: the finding in words; places are counted from 1 there and said so.
    """

    name: str
    reference_length: int
    candidate_length: int
    identical: bool
    first_difference: int | None
    reference_value: int | float | None
    candidate_value: int | float | None
    equal_prefix: int
    agreement: float | None
    row: int
    reference: Array
    candidate: Array
    reason: str
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain JSON values; long sequences are left out."""
        return result_dict(self)


def compare_tokens(reference: Array, candidate: Array, name: str = "tokens") -> TokenComparison:
    """Find where two sequences of tokens part.

    Tokens stored as floats are taken as integers when they are.  Of several rows the
    first that differs is described, else row 0.  Odd data give a reason, nothing raises.

    Args:
        reference, candidate: token ids [N], [1, N] or [rows, N]; lengths may differ.
        name: what they are, for the sentence, such as ``speech tokens``.
    """
    shown = show_name(name)
    left, right = _rows(reference), _rows(candidate)
    reason = ""
    for side, rows, stored in (("reference", left, reference), ("candidate", right, candidate)):
        if rows is None:
            array = np.asarray(stored)
            shape = "x".join(map(str, array.shape)) or "scalar"
            reason = reason or f"the {side}'s {array.dtype} values of shape {shape} are no tokens"
    if left is not None and right is not None and left.shape[0] != right.shape[0]:
        reason = f"{left.shape[0]} rows against {right.shape[0]}"
    if reason or left is None or right is None:
        nothing = freeze(np.zeros(0, dtype=np.int64))
        sentence = f"{shown}: not compared, {reason}."
        return TokenComparison(
            shown, 0, 0, False, None, None, None, 0, None, 0, nothing, nothing, reason, sentence
        )
    same = [np.array_equal(r, c) for r, c in zip(left, right, strict=True)]
    row = same.index(False) if False in same else 0
    r, c = left[row], right[row]
    common = min(r.size, c.size)
    equal = r[:common] == c[:common]
    differing = np.flatnonzero(~equal)
    first = int(differing[0]) if differing.size else None
    value_r = None if first is None else r[first].item()
    value_c = None if first is None else c[first].item()
    prefix = common if first is None else first
    sentence = _sentence(shown, r, c, first, all(same))
    if left.shape[0] > 1 and not all(same):
        sentence += f" This is row {row + 1} of {left.shape[0]} (counted from 1)."
    return TokenComparison(
        name=shown,
        reference_length=int(r.size),
        candidate_length=int(c.size),
        identical=all(same),
        first_difference=first,
        reference_value=value_r,
        candidate_value=value_c,
        equal_prefix=prefix,
        agreement=float(np.mean(equal)) if common else None,
        row=row,
        reference=freeze(r.copy()),
        candidate=freeze(c.copy()),
        reason="",
        sentence=sentence,
    )


def _rows(tokens: Array) -> Array | None:
    """The tokens as [rows, N] of int64 where they are integers, or None."""
    array = np.asarray(tokens)
    if array.dtype.kind not in "fiub":
        return None
    array = array.reshape(-1) if array.ndim == 0 else array
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim > 2 or (array.ndim == 2 and array.shape[0] == 0):
        return None
    array = np.atleast_2d(array)
    if array.dtype.kind == "f":
        whole = np.isfinite(array).all() and bool((np.trunc(array) == array).all())
        if not whole or np.abs(array).max(initial=0.0) > 2.0**53:
            # Not token ids, but still numbers that can be compared place by place.
            return array.astype(np.float64)
        return array.astype(np.int64)
    if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
        return array
    return array.astype(np.int64)


def _sentence(name: str, r: Array, c: Array, first: int | None, identical: bool) -> str:
    if r.dtype.kind == "f" or c.dtype.kind == "f":
        name = f"{name} (stored as fractions, so these are no token ids)"
    if identical:
        return f"{name}: {r.size} on both sides, all equal." if r.size else f"{name}: none."
    lengths = f"{r.size} against {c.size}" if r.size != c.size else f"{r.size} on both sides"
    if first is None:
        longer, extra = ("candidate", c.size - r.size)
        if extra < 0:
            longer, extra = "reference", -extra
        common = min(r.size, c.size)
        return f"{name}: {lengths}; the first {common} are equal, the {longer} has {extra} more."
    values = f"({r[first].item()} against {c[first].item()})"
    if first == 0:
        return f"{name}: {lengths}; they differ from the first token on {values}."
    share = 100 * float(np.mean(r[: c.size] == c[: r.size]))
    return (
        f"{name}: {lengths}; the first {first} are equal, they differ at token {first + 1} "
        f"(counted from 1) {values}; {share:.0f} % of the common places agree."
    )
