"""How far a correct port may be from its reference, from the rounding of its dtypes.

Measured on healthy runs against a float32 reference in PyTorch, in eps of the coarser
dtype: relative L2 error, and largest error against ``rms(r) + |r|`` in brackets.

=========================================  ===========  ===========  ===========
largest of all values of a run             float32      float16      bfloat16
=========================================  ===========  ===========  ===========
trained demo, 4 transformers, MLX          8 (41)       1.1 (6.4)
seeded, 4 transformers, MLX                5.5 (22)     2.7 (9.0)    2.6 (10.4)
seeded, 56 transformers, MLX               12.6 (41)    3.8 (12.9)   3.7 (14.2)
the same where t is one ulp off            197 (522)
=========================================  ===========  ===========  ===========

A single operation gives 0.7 eps; the error grows about as the root of the number of
operations.  A time that is one unit in the last place off is multiplied by 1000 before the
sinusoid, which costs float32 up to 200 eps.  The smallest real mistake known (GELU by its
tanh formula) gives 2e-4 to 7e-4 at its operation, 4e-5 or more at the output of its block.

The limit of float32 therefore sits at 256 eps = 3.1e-5, that of the half precisions at 8
eps, and of float8 at 4 eps, both for the relative L2 error and for the largest one.  Where
a whole tensor errs, its largest error may be up to four times that (`widened`): rounding
has peaks of up to 6 times its relative L2 error, more is a place that errs by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspector.dtypes import DtypeInfo, dtype_info

_MULTIPLES = {"float64": 256, "float32": 256, "float16": 8, "bfloat16": 8}
_NARROW_MULTIPLE = 4
_FLOOR_SHARE = {"float64": 16, "float32": 16}
_NARROW_FLOOR_SHARE = 8

PEAK = 10.0
"""Rounding has no error of more than so many times its relative L2 error: at most 6.2 in the
runs of the table; up to 11 only where the limits for single elements are far away."""

WIDENED = 4.0
"""So much wider is the limit of single elements where the whole tensor errs."""


@dataclass(frozen=True)
class Tolerance:
    """Limits of ``|candidate - reference| <= atol + rtol * |reference|``.

    Attributes:
        rtol: relative to each reference value.
        atol_scale: the absolute part is this times the RMS of the reference ...
        atol: ... unless it is given here, in the unit of the tensor.
        source: where the limits come from, as a clause for the user.
        relative_l2: limit of the relative L2 error of the whole tensor; None for none.
        floor: relative L2 error expected of a correct port; None where no rounding is
            allowed.
        origin: ``dtype``, ``checkpoint`` or ``option``: what the limits were derived from.
    """

    rtol: float
    atol_scale: float
    atol: float | None
    source: str
    relative_l2: float | None = None
    floor: float | None = None
    origin: str = "dtype"

    def absolute(self, reference_rms: float | None) -> float:
        """The absolute part for a reference of this RMS (0 when it has none)."""
        if self.atol is not None:
            return self.atol
        return self.atol_scale * (reference_rms or 0.0)

    def exceeded_by(self, relative_l2: float | None) -> bool:
        """True when a relative L2 error is beyond the limit of the whole tensor."""
        if self.relative_l2 is None or relative_l2 is None:
            return False
        return not relative_l2 <= self.relative_l2

    def to_dict(self) -> dict[str, object]:
        """The limits as plain JSON values."""
        return {
            "rtol": self.rtol,
            "atol_scale": self.atol_scale,
            "atol": self.atol,
            "source": self.source,
            "relative_l2": self.relative_l2,
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
        reference_dtype, candidate_dtype: stored dtypes by name; better those that the values
            lie on (`inspector.metrics.value_grid.held_dtype`).
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
        relative_l2=limit,
        floor=dtype_floor(info.name),
    )


def dtype_limit(dtype: str) -> float:
    """The largest relative L2 error that rounding in a stored float dtype explains."""
    return _MULTIPLES.get(dtype, _NARROW_MULTIPLE) * dtype_info(dtype).eps


def dtype_floor(dtype: str) -> float:
    """The relative L2 error that a correct port in a stored float dtype has, in short.

    16 eps of float32 and float64 (1.9e-6 and 3.6e-15), 1 eps of float16 and bfloat16, half
    an eps of float8: see the table of this module.
    """
    return dtype_limit(dtype) / _FLOOR_SHARE.get(dtype, _NARROW_FLOOR_SHARE)


def widened(tolerance: Tolerance, relative_l2: float) -> Tolerance:
    """The tolerance for single elements of a tensor that errs everywhere.

    `PEAK` times its relative L2 error, at most `WIDENED` times the limit, never less than it.
    """
    limit = max(tolerance.rtol, min(WIDENED * tolerance.rtol, PEAK * relative_l2))
    return replace(
        tolerance, rtol=limit, atol_scale=limit,
        source=f"{tolerance.source}, for single elements {limit:.1e} because the whole tensor errs",
    )  # fmt: skip


def given_tolerance(rtol: float = 0.0, atol: float = 0.0) -> Tolerance:
    """Return the tolerance that the user asked for, with no hidden part."""
    source = f"as given: rtol {rtol:.3g}, atol {atol:.3g}"
    return Tolerance(rtol, 0.0, atol, source, floor=rtol or None, origin="option")
