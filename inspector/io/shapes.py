"""Shapes as files claim them, checked before memory is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from inspector.errors import TraceError
from inspector.io.limits import MAX_DIM, MAX_RANK, MAX_VALUE_BYTES

# NumPy multiplies the other dimensions of an empty array too, and refuses an overflow.
_MAX_NOMINAL_SIZE = 2**56


def check_dims(subject: str, dims: Sequence[object]) -> tuple[int, ...]:
    """Return `dims` as a shape of non-negative integers with a bounded rank.

    Raises:
        TraceError: ``rank`` or ``dim``.
    """
    if len(dims) > MAX_RANK:
        raise TraceError(
            "rank", subject, f"the shape has {len(dims):,} axes", f"at most {MAX_RANK}"
        )
    shape = []
    for dim in dims:
        # type() and not isinstance(): True is an int in Python and not a length.
        if type(dim) is not int or not 0 <= dim < 2**63:
            raise TraceError(
                "dim", subject, f"the shape holds {str(dim)[:40]}", "lengths of 0 or more"
            )
        shape.append(dim)
    return tuple(shape)


def check_extent(subject: str, shape: tuple[int, ...]) -> None:
    """Refuse lengths beyond what an array can have; call it after the size was compared.

    Raises:
        TraceError: ``dim``.
    """
    largest = max(shape, default=0)
    if largest > MAX_DIM:
        raise TraceError("dim", subject, f"an axis has length {largest:,}", "at most 2^48")
    if math.prod(dim for dim in shape if dim) > _MAX_NOMINAL_SIZE:
        raise TraceError("dim", subject, f"the shape is {shape_text(shape)}", "a smaller product")


def check_budget(subject: str, nbytes: int) -> None:
    """Refuse to decode a tensor that needs more memory than one tensor may have.

    Raises:
        TraceError: ``budget``.
    """
    if nbytes > MAX_VALUE_BYTES:
        raise TraceError(
            "budget",
            subject,
            f"the values need {nbytes:,} bytes of memory",
            f"at most {MAX_VALUE_BYTES:,}",
            "Store a slice of this tensor instead.",
        )


def shape_text(shape: tuple[int, ...]) -> str:
    """The shape as ``2x80x696``; ``scalar`` for rank 0."""
    return "x".join(map(str, shape)) if shape else "scalar"
