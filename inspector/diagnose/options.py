"""What the user may choose for a comparison."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from inspector.errors import UsageError
from inspector.match.mapping import MappingEntry

DEFAULT_CUTOFF_HZ = 3000.0


@dataclass(frozen=True)
class DiffOptions:
    """Options of one comparison; the same names on the command line and in Python.

    Attributes:
        map_path: mapping file (YAML or JSON), reference name -> candidate name.
        overrides: pairs chosen by hand, on top of the mapping file.
        sample_rate_hz: rate of audio that is stored as plain tensors.
        only: regular expression; only tensors whose name matches are compared.
        rtol: relative tolerance that replaces the one derived from the stored dtypes.
        atol: absolute tolerance, in the unit of the tensor, that replaces the scaled one.
        cutoff_hz: frequency above which energy counts as high-frequency.
        nan_differs: NaN against NaN counts as a difference.
        strict_dtype: a different stored dtype counts as a difference.
        checkpoint_path: weights of the reference; noise floors are then measured with them.
        config_path: JSON file with settings of the decoder that shapes do not tell.

    Raises:
        UsageError: a number is out of its range.
    """

    map_path: str | None = None
    overrides: tuple[MappingEntry, ...] = ()
    sample_rate_hz: int | None = None
    only: str | None = None
    rtol: float | None = None
    atol: float | None = None
    cutoff_hz: float = DEFAULT_CUTOFF_HZ
    nan_differs: bool = False
    strict_dtype: bool = False
    checkpoint_path: str | None = None
    config_path: str | None = None

    def __post_init__(self) -> None:
        if self.sample_rate_hz is not None and not 1000 <= self.sample_rate_hz <= 768_000:
            raise UsageError(
                "sample-rate", "sample rate", f"{self.sample_rate_hz} Hz", "1000 to 768000 Hz"
            )
        for name in ("rtol", "atol"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < float("inf"):
                raise UsageError("tolerance", name, f"{value}", "a finite number of 0 or more")
        if not 0 < self.cutoff_hz < 400_000:
            raise UsageError(
                "cutoff", "cut-off", f"{self.cutoff_hz} Hz", "a frequency between 0 and 400000 Hz"
            )

    def to_dict(self) -> dict[str, Any]:
        """The options as plain JSON values."""
        return asdict(self)
