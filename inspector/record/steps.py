"""Which ODE step a value belongs to.

Solvers are of two kinds.  Some are written by the user, who says the step; most belong to
a library that calls the estimator once per step, and some of those call its ``forward``
method instead of the module.  So a step is, in this order: what `say` was told; a call of
the step module; for a model that never runs as a whole, a call of the module that ran first.
"""

from __future__ import annotations


class StepCounter:
    """Counts ODE steps from 1.

    Args:
        calls_per_step: calls of the step module that make one step, such as 2 when the
            conditional and the unconditional row run one after the other.
        is_root: the step module is the model itself.
    """

    def __init__(self, calls_per_step: int = 1, *, is_root: bool = True) -> None:
        self._per_step = calls_per_step
        self._is_root = is_root
        self._said: int | None = None
        self._is_said = False
        self._calls = 0
        self._depth = 0
        self._first: str | None = None
        self._first_calls = 0
        self._in_first = False
        self._highest = -1
        self._from_zero = False

    def say(self, number: int | None) -> None:
        """From now on everything belongs to step `number`, or to none."""
        self._said, self._is_said = number, True
        if number is not None:
            self.seen(number)

    @property
    def count(self) -> int:
        """Number of steps so far: the highest number, or one more where they began at 0."""
        return self._highest + 1 if self._from_zero else max(self._highest, 0)

    @property
    def current(self) -> int | None:
        """The step that is running; None outside of the steps."""
        if self._is_said:
            return self._said
        if self._depth:
            return self._number(self._calls)
        return self._number(self._first_calls) if self._in_first else None

    @property
    def guessed_from(self) -> str | None:
        """Path of the module whose calls were counted because the model itself never ran."""
        return self._first if self._first_calls and not self._calls else None

    def enter(self, path: str, *, is_step_module: bool, is_outermost: bool) -> None:
        """A module is called; `is_outermost` when no other module is running."""
        if is_step_module:
            if not self._depth and not self._is_said:
                self._calls += 1
                self.seen(self._number(self._calls))
            self._depth += 1
        elif is_outermost and self._is_root and not self._calls and not self._is_said:
            if self._first is None:
                self._first = path
            if path == self._first:
                self._first_calls += 1
                self.seen(self._number(self._first_calls))
            self._in_first = True

    def leave(self, *, is_step_module: bool, is_outermost: bool) -> None:
        """The call that `enter` announced is over."""
        if is_step_module:
            self._depth -= 1
        elif is_outermost:
            self._in_first = False

    def seen(self, number: int) -> None:
        """Something was recorded in step `number`."""
        self._highest = max(self._highest, number)
        self._from_zero |= number == 0

    def _number(self, calls: int) -> int:
        return (calls - 1) // self._per_step + 1
