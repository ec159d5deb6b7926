"""What is known about a pair besides its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from inspector.metrics.tolerance import Tolerance, default_tolerance
from inspector.tensors import Array

_WORDS = {
    "B": ("row", "rows"), "T": ("frame", "frames"), "C": ("channel", "channels"),
    "F": ("mel bin", "mel bins"), "N": ("sample", "samples"), "H": ("head", "heads"),
    "S": ("step", "steps"), "Z": ("part (real, imaginary)", "parts (real, imaginary)"),
}  # fmt: skip
FLOAT32 = default_tolerance("float32", "float32", exact=False)

Known = Callable[[], Array | None]


def nothing_known() -> Mapping[str, Known]:
    """No tensor besides the pair."""
    return MappingProxyType({})


@dataclass(frozen=True)
class FormContext:
    """Facts about a pair; every one may be missing.

    Attributes:
        letters: axis letters of the common shape; empty when unknown.
        role: canonical role, such as ``v_cfg``; empty when unknown.
        tolerance: the limits of the pair.
        valid: True for the frames that the mask keeps [T].
        prompt_frames: how many leading frames come from the voice prompt.
        rows: names of the batch rows of a batch of 2.
        reference_dtype, candidate_dtype: stored dtypes.
        known: other tensors by name, read when asked for, in the shape of the pair:
            ``candidate.v_cond``, ``reference.dt`` and so on.
        others: tensors of the reference that the candidate may hold instead, by stored name.
    """

    letters: str = ""
    role: str = ""
    tolerance: Tolerance = FLOAT32
    valid: Array | None = None
    prompt_frames: int | None = None
    rows: tuple[str, ...] = ("conditional", "unconditional")
    reference_dtype: str = ""
    candidate_dtype: str = ""
    known: Mapping[str, Known] = field(default_factory=nothing_known)
    others: Mapping[str, Known] = field(default_factory=nothing_known)

    def letter(self, axis: int) -> str:
        """The letter of `axis`, or empty."""
        return self.letters[axis] if axis < len(self.letters) else ""

    @property
    def identifiers(self) -> bool:
        """True for tokens and lengths, where only equal values will do."""
        tolerance = self.tolerance
        return tolerance.rtol == 0.0 and not tolerance.atol and tolerance.atol_scale == 0.0

    def one(self, axis: int) -> str:
        """One place along `axis`, in a word: ``frame``, or ``place on axis 2``."""
        if self.identifiers and self.letter(axis) in ("N", "T"):
            return "place"
        return _WORDS.get(self.letter(axis), (f"place on axis {axis}",))[0]

    def many(self, axis: int) -> str:
        """The places along `axis`, in a word: ``frames``, or ``places on axis 2``."""
        if self.identifiers and self.letter(axis) in ("N", "T"):
            return "places"
        return _WORDS.get(self.letter(axis), ("", f"places on axis {axis}"))[1]
