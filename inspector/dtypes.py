"""Stored dtypes by name, with what arithmetic needs to know of them.

A stored dtype is named as NumPy spells it, plus ``bfloat16`` and the ``float8_*``
types, which NumPy lacks: their values are carried as float32 (exact for all of
them) while the stored name is kept and used for ULP and tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np


@dataclass(frozen=True)
class DtypeInfo:
    """Facts of one stored dtype.

    Attributes:
        name: stored name, such as ``bfloat16``.
        kind: ``float``, ``int``, ``uint``, ``bool`` or ``complex``.
        itemsize: bytes per element as stored.
        carrier: name of the NumPy dtype that holds decoded values.
        eps: distance from 1 to the next value (floats and complex; 0 otherwise).
        mantissa_bits: explicit fraction bits (floats and complex; 0 otherwise).
        smallest_normal: smallest positive normal value (0 for integers).
        largest: largest finite value.
    """

    name: str
    kind: str
    itemsize: int
    carrier: str
    eps: float = 0.0
    mantissa_bits: int = 0
    smallest_normal: float = 0.0
    largest: float = 0.0


_NARROW = {
    #                  bytes, fraction bits, smallest normal, largest
    "bfloat16": (2, 7, 2.0**-126, (2.0 - 2.0**-7) * 2.0**127),
    "float8_e4m3fn": (1, 3, 2.0**-6, 448.0),
    "float8_e5m2": (1, 2, 2.0**-14, 57344.0),
    "float8_e8m0fnu": (1, 0, 2.0**-127, 2.0**127),
}

STORED_DTYPES: tuple[str, ...] = (
    "float64", "float32", "float16", *_NARROW,
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "bool", "complex64", "complex128",
)  # fmt: skip


@cache
def dtype_info(name: str) -> DtypeInfo:
    """Return the facts of the stored dtype called `name`.

    Raises:
        KeyError: `name` is not one of `STORED_DTYPES`.
    """
    if name in _NARROW:
        size, fraction, tiny, largest = _NARROW[name]
        return DtypeInfo(name, "float", size, "float32", 2.0**-fraction, fraction, tiny, largest)
    if name not in STORED_DTYPES:
        raise KeyError(name)
    dtype = np.dtype(name)
    if dtype.kind in "fc":
        facts = np.finfo(dtype)
        return DtypeInfo(
            name, "float" if dtype.kind == "f" else "complex", dtype.itemsize, name,
            float(facts.eps), int(facts.nmant), float(facts.smallest_normal), float(facts.max),
        )  # fmt: skip
    if dtype.kind == "b":
        return DtypeInfo(name, "bool", 1, name, largest=1.0)
    kind = "int" if dtype.kind == "i" else "uint"
    return DtypeInfo(name, kind, dtype.itemsize, name, largest=float(np.iinfo(dtype).max))
