"""NaN and Inf of two arrays, told apart by kind and by side."""

from __future__ import annotations

import numpy as np

from inspector.tensors import Array


class NonFinite:
    """Counts the elements where a side is not finite.

    Attributes:
        nan_both, nan_reference, nan_candidate: NaN on both sides, on one side only.
        inf_mismatch: Inf against a finite value or against another Inf.
        first_nan, first_inf: first flat index in C order of a NaN difference and of an
            Inf mismatch; None when there is none.
    """

    def __init__(self, nan_differs: bool) -> None:
        self.nan_both = self.nan_reference = self.nan_candidate = self.inf_mismatch = 0
        self.first_nan: int | None = None
        self.first_inf: int | None = None
        self._nan_differs = nan_differs

    @property
    def differences(self) -> int:
        """Elements that count as different: no tolerance accepts them."""
        both = self.nan_both if self._nan_differs else 0
        return both + self.nan_reference + self.nan_candidate + self.inf_mismatch

    def add(self, start: int, reference: Array, candidate: Array, finite: Array) -> None:
        """Count one piece [N] that begins at flat index `start`.

        Args:
            finite: where both sides are finite [N].
        """
        left, right = np.isnan(reference), np.isnan(candidate)
        inf = ~finite & ~left & ~right & (reference != candidate)
        self.nan_both += int(np.count_nonzero(left & right))
        self.nan_reference += int(np.count_nonzero(left & ~right))
        self.nan_candidate += int(np.count_nonzero(right & ~left))
        self.inf_mismatch += int(np.count_nonzero(inf))
        nan = (left | right) if self._nan_differs else left ^ right
        if self.first_nan is None and nan.any():
            self.first_nan = start + int(nan.argmax())
        if self.first_inf is None and inf.any():
            self.first_inf = start + int(inf.argmax())
