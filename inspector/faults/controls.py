"""Differences between two traces that are no mistake, made on a recorded trace.

Each control takes the values of one side by name and returns those of the other side; the
names, or shapes, that tell what a value is are those of `inspector.blocks.decoder`:
``ode.``, ``rows.`` and ``inputs.`` values, ``velocity``, and everything inside blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from inspector.tensors import Array

Values = Mapping[str, Array]
_MASKS = ("mask", "rows.mask")
_SCALARS = 16
"""Tensors of at most so many values are times and step lengths."""


@dataclass(frozen=True)
class TraceControl:
    """One harmless difference.

    Attributes:
        key: stable name.
        title: a few words.
        change: what differs, in one sentence.
        records: short IDs of the recorded cases behind it.
        alter: ``alter(values) -> values`` of the altered side.
    """

    key: str
    title: str
    change: str
    records: tuple[str, ...]
    alter: Callable[[Values], dict[str, Array]]


def _each(values: Values, change: Callable[[str, Array], Array]) -> dict[str, Array]:
    return {name: np.ascontiguousarray(change(name, v)) for name, v in values.items()}


def _is_rows(value: Array) -> bool:
    """Values with frames: [R, T, C]."""
    return value.ndim == 3 and value.dtype.kind == "f"


def _transposed(values: Values) -> dict[str, Array]:
    return _each(values, lambda _, v: v.swapaxes(1, 2) if _is_rows(v) else v)


def _column_order(values: Values) -> dict[str, Array]:
    """The same values in Fortran order."""
    return {name: np.asfortranarray(v) for name, v in values.items()}


def _first_row(values: Values) -> dict[str, Array]:
    """Only the conditional half of the rows was recorded."""
    rows = _row_count(values)
    if rows < 2:
        return dict(values)
    return _each(values, lambda _, v: v[: rows // 2] if v.ndim and len(v) == rows else v)


def _rows_swapped(values: Values) -> dict[str, Array]:
    """Unconditional rows first, in every value with rows."""
    rows = _row_count(values)
    if rows < 2:
        return dict(values)
    order = np.r_[rows // 2 : rows, : rows // 2]
    return _each(values, lambda _, v: v[order] if v.ndim and len(v) == rows else v)


def _row_count(values: Values) -> int:
    """Rows of the estimator: those of the velocity, else of the row inputs."""
    for name in ("velocity", "rows.x", "rows.mask"):
        if name in values:
            return len(values[name])
    return 0


def _masked_garbage(values: Values) -> dict[str, Array]:
    """Other values outside the mask, wherever a later mask hides them."""
    mask = next((values[m] for m in _MASKS if m in values and (values[m] == 0).any()), None)
    if mask is None:
        return dict(values)
    generator = np.random.default_rng(0)

    def change(name: str, value: Array) -> Array:
        inside = not name.startswith(("ode.", "rows.", "velocity")) and "." in name
        if not inside or not _is_rows(value) or value.shape[1] != mask.shape[1]:
            return value
        if len(value) % len(mask):
            return value
        hidden = np.tile(mask, (len(value) // len(mask), 1, 1)) == 0
        noise = generator.standard_normal(value.shape).astype(value.dtype)
        return np.where(hidden, noise, value)

    return _each(values, change)


def _trimmed(values: Values) -> dict[str, Array]:
    """The last tenth of the frames was cut before writing."""
    frames = max((v.shape[1] for v in values.values() if _is_rows(v)), default=0)
    kept = frames - frames // 10
    return _each(values, lambda _, v: v[:, :kept] if _is_rows(v) and v.shape[1] == frames else v)


def _backend_noise(values: Values) -> dict[str, Array]:
    """Relative errors of 3e-6, as another backend leaves in float32."""
    generator = np.random.default_rng(1)

    def change(name: str, value: Array) -> Array:
        if value.dtype.kind != "f" or name in _MASKS:
            return value
        size = float(np.sqrt(np.mean(value.astype(np.float64) ** 2))) if value.size else 0.0
        # times are a few operations on one number: a unit in the last place, not a sum's noise
        amount = 6e-8 if value.size <= _SCALARS else 3e-6
        noise = amount * size * generator.standard_normal(value.shape)
        # what is exactly zero stays: it was masked
        return (value + np.where(value == 0, 0.0, noise)).astype(value.dtype)

    return _each(values, change)


def _half_dump(values: Values) -> dict[str, Array]:
    def change(_: str, value: Array) -> Array:
        if value.dtype.kind != "f":
            return value
        with np.errstate(over="ignore"):  # scores of masked keys become -inf, as in such a dump
            return value.astype(np.float16)

    return _each(values, change)


def _names_sorted(values: Values) -> dict[str, Array]:
    return {name: values[name] for name in sorted(values)}


_CONTROLS = (
    TraceControl("transposed_dump", "Transposed dump",
                 "Every [R, T, C] is stored as [R, C, T].", ("R47", "AL02"), _transposed),
    TraceControl("column_order", "Column-major dump",
                 "Every value is stored in column-major order.", ("FW01", "R46"), _column_order),
    TraceControl("one_row", "One row of two",
                 "Only the conditional rows were recorded.", ("HR13",), _first_row),
    TraceControl("rows_swapped", "Rows in the other order",
                 "The unconditional rows come first in every value.", ("CF05",), _rows_swapped),
    TraceControl("masked_garbage", "Other values outside the mask",
                 "Frames outside the mask hold other values until the next mask.", ("MK19",),
                 _masked_garbage),
    TraceControl("trimmed", "Trimmed frames", "The last tenth of the frames was not stored.",
                 ("HR13",), _trimmed),
    TraceControl("backend_noise", "Noise of another backend",
                 "Every value has a relative error of 3e-6.", ("FW06",), _backend_noise),
    TraceControl("half_dump", "Dump in float16", "Every value is stored in float16.",
                 ("DT05", "R42"), _half_dump),
    TraceControl("names_sorted", "Other order of names",
                 "The values are stored in the order of their names.", ("HR13",), _names_sorted),
)  # fmt: skip


def trace_controls() -> Mapping[str, TraceControl]:
    """All controls that act on a recorded trace, by key.

    Controls that act on the computation (half precision, quantised weights, other noise)
    are entries of `inspector.faults.registry.faults` of the kind ``control``.
    """
    return MappingProxyType({control.key: control for control in _CONTROLS})
