"""The candidate holds what the reference recorded under another name."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess
from inspector.names import show_name
from inspector.tensors import Array


def other_tensors(case: Case) -> Iterator[Guess]:
    """Yield every other tensor of the reference that might be what the candidate holds."""
    for name, read in case.context.others.items():
        found = read()
        if found is None or found.shape != case.shape:
            continue
        shown = show_name(name, 80)
        yield Guess(
            "other_tensor", "Another tensor",
            f"The candidate holds what the reference recorded as {shown}.",
            lambda values=found: _as_float(values), kind="fact",
            evidence={"tensor": name}, records=("CF05", "OD03", "HR03"),
        )  # fmt: skip


def _as_float(values: Array) -> Array:
    return np.real(values) if values.dtype.kind == "c" else values
