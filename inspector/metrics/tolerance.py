"""How far a correct port may be from its reference, from the rounding of the stored dtypes.

Correct float32 ports of this decoder differ from the reference by 1e-6 to 3e-5 of the
scale of a tensor; the smallest real mistakes known give 5e-4.  The limit for float32
therefore sits at 256 eps = 3.1e-5, and each other dtype gets a few eps of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.dtypes import DtypeInfo, dtype_info
from inspector.metrics.chunks import ChunkReader, ranges
from inspector.tensors import Array

_MULTIPLES = {"float64": 256, "float32": 256, "float16": 8, "bfloat16": 8}
_NARROW_MULTIPLE = 4


@dataclass(frozen=True)
class Tolerance:
    """Limits of ``|candidate - reference| <= atol + rtol * |reference|``.

    Attributes:
        rtol: relative to each reference value.
        atol_scale: the absolute part is this times the RMS of the reference ...
        atol: ... unless it is given here, in the unit of the tensor.
        source: where the limits come from, as a clause for the user.
    """

    rtol: float
    atol_scale: float
    atol: float | None
    source: str

    def absolute(self, reference_rms: float | None) -> float:
        """The absolute part for a reference of this RMS (0 when it has none)."""
        if self.atol is not None:
            return self.atol
        return self.atol_scale * (reference_rms or 0.0)

    def to_dict(self) -> dict[str, object]:
        """The limits as plain JSON values."""
        return {
            "rtol": self.rtol,
            "atol_scale": self.atol_scale,
            "atol": self.atol,
            "source": self.source,
        }


def component(dtype: str) -> str:
    """The stored dtype of one real number of `dtype`: complex64 consists of float32."""
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


def coarser_float(reference_dtype: str, candidate_dtype: str) -> DtypeInfo | None:
    """The stored float dtype with the larger eps; None when a side is integer or bool.

    Raises:
        KeyError: a name is not a stored dtype.
    """
    sides = [dtype_info(component(name)) for name in (reference_dtype, candidate_dtype)]
    if any(side.kind != "float" for side in sides):
        return None
    # A fixed second key keeps the choice the same when the sides are exchanged.
    return max(sides, key=lambda side: (side.eps, -side.itemsize, side.name))


def default_tolerance(reference_dtype: str, candidate_dtype: str, *, exact: bool) -> Tolerance:
    """Return the tolerance for two stored dtypes: ``rtol = atol_scale = k * eps``.

    eps is that of the coarser float dtype; k is 256 for float32 and float64, 8 for
    float16 and bfloat16, 4 for float8.  Integers, booleans and powers of two
    (float8_e8m0fnu) are compared exactly.

    Args:
        reference_dtype, candidate_dtype: stored dtypes by name; pass ``float32`` for a
            float64 tensor whose values are all float32 values (`on_float32_grid`).
        exact: demand equal values, for tokens and lengths stored as floats.

    Raises:
        KeyError: a name is not a stored dtype.
    """
    info = coarser_float(reference_dtype, candidate_dtype)
    if exact:
        return Tolerance(0.0, 0.0, None, "exact, because these values are identifiers or counts")
    if info is None:
        whole = next(
            name
            for name in (reference_dtype, candidate_dtype)
            if dtype_info(component(name)).kind != "float"
        )
        return Tolerance(0.0, 0.0, None, f"exact, because {whole} values do not round")
    if info.mantissa_bits == 0:
        return Tolerance(0.0, 0.0, None, f"exact, because {info.name} holds powers of two")
    multiple = _MULTIPLES.get(info.name, _NARROW_MULTIPLE)
    limit = multiple * info.eps
    return Tolerance(
        limit,
        limit,
        None,
        f"{multiple} eps of {info.name} ({limit:.1e}), scaled by the RMS of the reference",
    )


def given_tolerance(rtol: float = 0.0, atol: float = 0.0) -> Tolerance:
    """Return the tolerance that the user asked for, with no hidden part."""
    return Tolerance(rtol, 0.0, atol, f"as given: rtol {rtol:.3g}, atol {atol:.3g}")


def on_float32_grid(array: Array) -> bool:
    """True when every value of a float64 `array` is a float32 value (or not finite).

    Reads piece by piece and stops at the first value that float32 cannot hold.
    """
    reader = ChunkReader(array)
    with np.errstate(all="ignore"):
        for start, stop in ranges(array.size):
            piece = reader.read(start, stop)
            single = piece.astype(np.float32)
            if not np.all((single == piece) | ~np.isfinite(piece)):
                return False
    return True
