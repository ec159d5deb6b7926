"""One self-test case: what is planted where, how both sides are written, what is asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

CANDIDATE, REFERENCE = "candidate", "reference"
ALL_PLACES, ONE_PLACE = "all", "one"


@dataclass(frozen=True)
class Case:
    """A pair to make and to judge.

    Attributes:
        group: row of the table that it counts in, such as ``healthy`` or ``faults, blocks``.
        decoder: see `inspector.suite.decoders.DECODERS`.
        faults: keys of `inspector.faults.registry.faults`; none for a healthy pair.
        places: faults act at ``all`` of their places or at ``one``, chosen by the seed.
        side: which side carries the faults or the control.
        control: see `inspector.suite.controls.controls`; empty for none.
        level: of `inspector.suite.recording.record_run`, for both sides.
        reference_names, names: name styles of the two sides.
        reference_layout, layout: layouts of the two sides.
        dtype: what the candidate stores floats in.
        partial: see `inspector.suite.partial.PARTIALS`; empty for whole recordings.
        frames: T of the run; the decoder's own when 0.
        search: also search for the culprit.
        seed: of everything that is drawn.
    """

    group: str
    decoder: str = "small"
    faults: tuple[str, ...] = ()
    places: str = ALL_PLACES
    side: str = CANDIDATE
    control: str = ""
    level: str = "blocks"
    reference_names: str = "pytorch"
    names: str = "snake-nested"
    reference_layout: str = "torch"
    layout: str = "mlx"
    dtype: str = "float32"
    partial: str = ""
    frames: int = 0
    search: bool = False
    seed: int = 0

    @property
    def healthy(self) -> bool:
        """No mistake is in it."""
        return not self.faults

    @property
    def names_tell(self) -> bool:
        """The names of both sides say what a tensor is."""
        return "random" not in (self.names, self.reference_names)

    def describe(self) -> str:
        """The case in one line."""
        planted = " + ".join(self.faults) or self.control or "nothing planted"
        if self.faults and self.places == ONE_PLACE:
            planted += " at one place"
        if self.side == REFERENCE:
            planted += " in the reference"
        parts = [
            f"{self.group}: {planted}", f"{self.decoder} decoder", f"level {self.level}",
            f"names {self.reference_names} / {self.names}",
            f"axes {self.reference_layout} / {self.layout}", self.dtype,
        ]  # fmt: skip
        if self.partial:
            parts.append(f"partial ({self.partial})")
        if self.frames:
            parts.append(f"T = {self.frames}")
        return ", ".join((*parts, f"seed {self.seed}"))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "faults": list(self.faults)}
