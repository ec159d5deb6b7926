"""How programs lay out the same value: axes, rows and unit axes, as functions of a place.

A form moves and drops elements and never computes, so it can be applied to numbered
elements as well: that tells which element of one stored array is which of another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from inspector.blocks.graph import Graph
from inspector.errors import UsageError
from inspector.suite.name_styles import value_of
from inspector.suite.recording import is_frames_first
from inspector.tensors import Array

LAYOUTS = ("torch", "mlx", "mixed", "squeezed", "column")
"""``torch`` puts channels before frames where PyTorch does, ``mlx`` nowhere, ``mixed`` in a
seeded half of the tensors; ``squeezed`` is mlx without a batch axis of one; ``column`` is
torch in column-major files."""


@dataclass(frozen=True)
class Form:
    """How one array [R, T, C] or smaller is stored.

    Attributes:
        turned: the last two axes are exchanged.
        squeezed: a first axis of length one is dropped.
        column: written in column-major order, where the container has such an order.
    """

    turned: bool = False
    squeezed: bool = False
    column: bool = False

    def apply(self, array: Array) -> Array:
        """The stored array, in C order unless `column`."""
        if self.turned and array.ndim == 3:
            array = array.transpose(0, 2, 1)
        if self.squeezed and array.ndim > 1 and array.shape[0] == 1:
            array = array[0]
        return np.asfortranarray(array) if self.column else np.ascontiguousarray(array)


def forms_of(names: Mapping[str, Array], graph: Graph, layout: str, seed: str) -> dict[str, Form]:
    """The form of every value of a recording.

    Args:
        names: the recording, frames first.
        graph: the step that was recorded.
        layout: one of `LAYOUTS`.
        seed: of ``mixed``.

    Raises:
        UsageError: there is no such layout.
    """
    if layout not in LAYOUTS:
        raise UsageError("layout", "layout", f"it is {layout!r}", f"one of {', '.join(LAYOUTS)}")
    return {name: _form(name, graph, layout, seed) for name in names}


def _form(name: str, graph: Graph, layout: str, seed: str) -> Form:
    first = _channels_first(name, graph)
    if layout == "mixed":
        digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
        return Form(turned=bool(digest[0] & 1), squeezed=digest[1] < 64)
    return Form(
        turned=first and layout in ("torch", "column"),
        squeezed=layout == "squeezed",
        column=layout == "column",
    )


def _channels_first(name: str, graph: Graph) -> bool:
    """Whether PyTorch holds a value with frames as [B, C, T]; all states and inputs are."""
    path = value_of(name).path
    return not path or path not in graph or not is_frames_first(graph.node(path))
