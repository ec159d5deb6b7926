"""In which precision each side ran, and what is left when nothing exceeds its rounding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from inspector.analysis.tensor import TensorComparison
from inspector.dtypes import STORED_DTYPES, dtype_info
from inspector.metrics.tolerance import dtype_floor, dtype_limit
from inspector.metrics.value_grid import HALF_PRECISIONS
from inspector.names import show_name

TIME_ROLES = frozenset({"t", "dt", "t_span"})
_UNTELLING = TIME_ROLES | {"mask", "audio"}

_RUN_SHARE = 1 / 3
"""A side ran in half precision when so many of its tensors lie on its grid: a port whose
solver stays in float32 holds two of five values per step in half precision."""

_FEWEST_INNER = 8
_AGREE_BELOW = 3e-5
_WEIGHTS_SHARE = 0.8
_WEIGHTS_SPREAD = 45.0
_WEIGHTS_TYPICAL, _WEIGHTS_LARGE = 3e-2, 9e-2
"""Rounded weights cost every value inside the decoder about the same.  In the first recorded
step of two decoders with float16, bfloat16 and 8 bits at least 0.85 of the block outputs err,
the 95th percentile by at most 13 times the 5th, and the median is 5e-4 to 3.9e-3.  4 bits (2.4e-2
and 3.8e-2), and quantised linear layers among all operations (0.7 err), are met in part.  Of 136
mistakes 2 are called possible here.  States and velocities alone cannot tell: most mistakes err
evenly there, too."""

KINDS = ("exact", "rounding", "float16", "bfloat16", "possible_rounded_weights", "beyond", "none")


@dataclass(frozen=True)
class PrecisionVerdict:
    """What precision explains of a comparison.

    Attributes:
        reference, candidate: the dtype that most values of a side were held in, whatever
            they are stored in; empty without float values.
        run: the half precision that values of either side went through; empty for none.
        kind: one of `KINDS`: ``exact`` nothing differs; ``rounding`` differences of a
            backend in full precision; ``float16`` and ``bfloat16`` a run in half precision
            and nothing beyond its rounding; ``possible_rounded_weights`` every value errs by
            what rounded weights would cost; ``beyond`` something exceeds rounding; ``none``
            nothing could be judged.
        narrow_from: reference name of the first tensor that differs and lies on the grid of a
            half precision; empty when none does.
        largest_ratio: largest relative L2 error in noise floors; None when nothing differs.
        largest_at: its reference name.
        hidden_below: a mistake that moves a tensor by less than this cannot be told from
            rounding here; None where limits were given or measured.
        sentence: all of it for a person.
    """

    reference: str
    candidate: str
    run: str
    kind: str
    narrow_from: str
    largest_ratio: float | None
    largest_at: str
    hidden_below: float | None
    sentence: str

    @property
    def explains(self) -> bool:
        """True when precision explains everything that differs."""
        return self.kind in ("exact", "rounding", "float16", "bfloat16")

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON values."""
        return asdict(self)


def side_precision(tensors: Sequence[TensorComparison], side: str) -> str:
    """The dtype that the values of a side were held in; empty without float values.

    A half precision when at least a third of the telling tensors lie on its grid, else the
    most frequent dtype.

    Args:
        tensors: comparisons.
        side: ``reference`` or ``candidate``.
    """
    held = Counter(
        getattr(t, f"{side}_held") for t in tensors if t.pair.role not in _UNTELLING and _float(t)
    )
    if not held:
        return ""
    for half in HALF_PRECISIONS:
        if held[half] >= _RUN_SHARE * held.total():
            return half
    return held.most_common(1)[0][0]


def judge_precision(tensors: Sequence[TensorComparison]) -> PrecisionVerdict:
    """Say what precision explains of comparisons that were judged by their floors."""
    sides = side_precision(tensors, "reference"), side_precision(tensors, "candidate")
    floats = [t for t in tensors if _float(t)]
    narrow = [
        t for t in floats
        if not t.exact_values and {t.reference_held, t.candidate_held} & set(HALF_PRECISIONS)
    ]  # fmt: skip
    narrow_from = narrow[0].pair.reference.name if narrow else ""
    rated = [(t.floor_ratio, t.pair.reference.name) for t in floats if t.floor_ratio]
    worst, at = max(rated, default=(None, ""))
    run = _coarsest([*(s for s in sides if s in HALF_PRECISIONS), *_grids(narrow)])
    kind = _kind(tensors, floats, run)
    hidden = _hidden(floats, run) if kind not in ("exact", "none") else None
    sentence = _sentence(kind, run, sides, narrow_from, tensors)
    return PrecisionVerdict(*sides, run, kind, narrow_from, worst, at, hidden, sentence)


def _kind(tensors: Sequence[TensorComparison], floats: Sequence[TensorComparison], run: str) -> str:
    if any(t.status == "different" for t in tensors):
        return "possible_rounded_weights" if not run and _like_weights(floats) else "beyond"
    compared = [t for t in tensors if t.metrics is not None and t.metrics.count]
    if not compared:
        return "none"
    if all(t.exact_values for t in compared):
        return "exact"
    return run or "rounding"


def _like_weights(floats: Sequence[TensorComparison]) -> bool:
    """True when nearly all values inside the decoder err by about the same small amount."""
    modules = [
        t for t in floats if t.metrics is not None and t.pair.step is not None and not t.pair.role
    ]
    # later steps carry the error of the state, whatever made it
    first = min((t.pair.step for t in floats if t.pair.step is not None), default=None)
    inner = [t.metrics.relative_l2 or 0.0 for t in modules if t.metrics and t.pair.step == first]
    erring = [e for e in inner if e > _AGREE_BELOW]
    if len(erring) < max(_FEWEST_INNER, _WEIGHTS_SHARE * len(inner)):
        return False
    low, typical, high = np.quantile(erring, (0.05, 0.5, 0.95))
    return bool(typical <= _WEIGHTS_TYPICAL and high <= min(_WEIGHTS_LARGE, _WEIGHTS_SPREAD * low))


def _hidden(floats: Sequence[TensorComparison], run: str) -> float | None:
    origins = {t.tolerance.origin for t in floats if t.tolerance is not None}
    if origins != {"dtype"}:
        return None
    return dtype_limit(run or "float32")


def _sentence(
    kind: str, run: str, sides: tuple[str, str], narrow_from: str,
    tensors: Sequence[TensorComparison],
) -> str:  # fmt: skip
    if kind in ("exact", "none"):
        return ""
    if kind == "rounding":
        return "Backend noise: nothing that differs exceeds what rounding costs."
    which = _which(run, sides, narrow_from)
    if kind in HALF_PRECISIONS:
        return f"{which} ran in {run}, and nothing differs by more than {run} costs a correct port."
    if kind == "possible_rounded_weights":
        return (
            "Nearly every value errs by about as much, which rounded or quantised weights would "
            "do as well: the culprit search tells that from a mistake."
        )
    if run:
        first = next(t for t in tensors if t.status == "different")
        return (
            f"{which} ran in {run}, but {show_name(first.pair.reference.name, 80)} errs by more "
            f"than {run} costs."
        )
    return ""


def _which(run: str, sides: tuple[str, str], narrow_from: str) -> str:
    if sides == (run, run):
        return "Both sides"
    if run not in sides:
        return f"What follows from {show_name(narrow_from, 80)} on"
    return "The reference" if sides[0] == run else "The candidate"


def _float(found: TensorComparison) -> bool:
    """True for comparisons that rounding concerns."""
    held = found.reference_held, found.candidate_held
    return (
        found.metrics is not None
        and found.tolerance is not None
        and bool(found.tolerance.floor)
        and all(name in STORED_DTYPES and dtype_info(name).kind == "float" for name in held)
    )


def _grids(narrow: Sequence[TensorComparison]) -> list[str]:
    return [
        name for t in narrow for name in (t.reference_held, t.candidate_held)
        if name in HALF_PRECISIONS and t.pair.role not in TIME_ROLES
    ]  # fmt: skip


def _coarsest(names: Sequence[str]) -> str:
    return max(names, key=dtype_floor, default="")
