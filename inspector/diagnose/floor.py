"""Judge tensor errors by the noise floor of the run that they come from.

`compare_pair` sees one pair and knows the dtypes on whose grid its values lie.  What it
cannot know comes from the pairs before it, in order of execution:

* Once a value went through a half precision on one side, everything computed from it
  carries that rounding, whatever it is stored in.
* A float32 error of more than the limit at single elements is rounding only where something
  before it carries an error of the same size, or where the time is off in its last place:
  the sinusoid multiplies it by 1000.
* The schedule belongs into float32: its values may be rounded only in a run that is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.run_precision import TIME_ROLES, side_precision
from inspector.dtypes import dtype_info
from inspector.metrics.tolerance import Tolerance, coarser_float, default_tolerance, widened
from inspector.metrics.value_grid import HALF_PRECISIONS
from inspector.tensors import TensorPair

Again = Callable[[TensorPair, Tolerance], TensorComparison]
"""Compares a pair once more, with other limits."""

_CARRIED = 0.25
"""A tensor errs because of what was before it, where that errs by a quarter of it or more.
Between neighbouring values of healthy runs the relative L2 error grows by at most 1.6."""


def judge(
    tensors: Sequence[TensorComparison],
    again: Again,
    measured: Mapping[str, Tolerance] = MappingProxyType({}),
) -> tuple[TensorComparison, ...]:
    """Return the comparisons, judged by the noise floor of their run.

    Limits that the user gave, and values that must be equal, are left as they are.

    Args:
        tensors: comparisons in order of execution.
        again: compares a pair with other limits; called only where they matter.
        measured: limits from a checkpoint by name of the reference tensor; they replace
            those of the dtypes.
    """
    run = _Run(tensors)
    return tuple(run.judge(found, again, measured) for found in tensors)


class _Run:
    def __init__(self, tensors: Sequence[TensorComparison]) -> None:
        sides = side_precision(tensors, "reference"), side_precision(tensors, "candidate")
        self._runs_in = {side for side in sides if side in HALF_PRECISIONS}
        self._reached = ""
        self._carried = 0.0
        times = [t for t in tensors if t.pair.role in TIME_ROLES]
        self._moved = {t.pair.step for t in times if not t.exact_values}
        self._known = {t.pair.step for t in times}

    def judge(
        self, found: TensorComparison, again: Again, measured: Mapping[str, Tolerance]
    ) -> TensorComparison:
        limits, metrics = found.tolerance, found.metrics
        if metrics is None or limits is None or not limits.floor or limits.origin == "option":
            return found
        if found.pair.role in TIME_ROLES:
            return self._time(found, again)
        name = found.pair.reference.name
        if name in measured:
            if found.status != "same":
                found = again(found.pair, measured[name])
            self._remember(found)
            return found
        own = coarser_float(found.reference_held, found.candidate_held)
        own_name = own.name if own else ""
        if not found.exact_values and own_name in HALF_PRECISIONS:
            self._reached = _coarser(self._reached, own_name)
        if found.status == "different":
            dtype = _coarser(own_name, self._reached)
            if dtype != own_name:
                found = again(found.pair, default_tolerance(dtype, dtype, exact=False))
            found = self._widened(found, dtype, again)
        self._remember(found)
        return found

    def _time(self, found: TensorComparison, again: Again) -> TensorComparison:
        """A time: rounded to a half precision only where the run is, or is stored so."""
        if found.exact_values:
            return found
        stored = {found.pair.reference.dtype, found.pair.candidate.dtype}
        halves = (self._runs_in | stored) & set(HALF_PRECISIONS)
        held = {found.reference_held, found.candidate_held} & set(HALF_PRECISIONS)
        if halves:
            return again(found.pair, _time_tolerance(max(halves, key=_eps)))
        if held:
            wide = found.pair.reference.dtype, found.pair.candidate.dtype
            return again(found.pair, default_tolerance(*wide, exact=False))
        return found

    def _widened(self, found: TensorComparison, dtype: str, again: Again) -> TensorComparison:
        metrics, limits = found.metrics, found.tolerance
        if found.status != "different" or metrics is None or limits is None:
            return found
        error, needed = metrics.relative_l2, metrics.required_rtol
        if error is None or needed is None or limits.exceeded_by(error):
            return found
        wide = widened(limits, error)
        explained = (
            dtype in HALF_PRECISIONS
            or self._carried >= _CARRIED * error
            or self._time_moved(found.pair.step)
        )
        return again(found.pair, wide) if explained and needed <= wide.rtol else found

    def _time_moved(self, step: int | None) -> bool:
        """True where the time of a step differs between the sides, or is not known."""
        if step is None:
            return bool(self._moved)
        at = step if step in self._known else None
        return at in self._moved or not self._known

    def _remember(self, found: TensorComparison) -> None:
        error = found.metrics.relative_l2 if found.metrics else None
        if found.status == "within_tolerance" and error is not None:
            self._carried = max(self._carried, error)


def _time_tolerance(half: str) -> Tolerance:
    """Limits of a time in half precision: it is rounded once or twice, never computed with."""
    limit = _eps(half)
    source = f"1 eps of {half} ({limit:.1e}), the precision of the run, for a time"
    return Tolerance(limit, limit, None, source, 2 * limit, limit / 2)


def _coarser(first: str, second: str) -> str:
    return max((name for name in (first, second) if name), key=_eps, default="")


def _eps(dtype: str) -> float:
    return dtype_info(dtype).eps
