"""The tensors inside whatever a module takes or returns, each with its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Place = tuple[str, ...]
"""Keys that lead to a leaf: indexes of a tuple, keys of a table, names of fields."""

_MAX_DEPTH = 8
_MAX_ITEMS = 1_000


def leaves(
    value: Any, is_tensor: Callable[[Any], bool], place: Place = ()
) -> Iterator[tuple[Place, Any]]:
    """Yield every tensor and every other thing inside `value`; None is left out.

    Tables, tuples, lists, named tuples and dataclass instances are opened, in their own
    order; anything else is a leaf, also when it is no tensor.
    """
    if value is None:
        return
    parts = None if is_tensor(value) or len(place) >= _MAX_DEPTH else _parts(value)
    if parts is None:
        yield place, value
        return
    for key, part in parts[:_MAX_ITEMS]:
        yield from leaves(part, is_tensor, (*place, _text(key)))
    if len(parts) > _MAX_ITEMS:
        yield (*place, str(_MAX_ITEMS)), f"{len(parts) - _MAX_ITEMS:,} more parts"


def first_tensor(value: Any, is_tensor: Callable[[Any], bool]) -> Any:
    """The first tensor of two or more axes inside `value`, or None."""
    for _, leaf in leaves(value, is_tensor):
        if is_tensor(leaf) and len(leaf.shape) > 1:
            return leaf
    return None


def _parts(value: Any) -> list[tuple[Any, Any]] | None:
    if isinstance(value, Mapping):
        # modules of MLX are tables of parameters, not results
        return None if callable(value) else list(value.items())
    if isinstance(value, tuple | list):
        names = getattr(value, "_fields", None)
        return list(zip(names, value, strict=True)) if names else list(enumerate(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(f.name, getattr(value, f.name, None)) for f in dataclasses.fields(value)]
    return None


def _text(key: Any) -> str:
    """A key as a part of a tensor name: no NUL, no half characters, not endless."""
    text = str(key).replace("\0", "_")
    return text.encode("utf-8", "replace").decode("utf-8")[:200] or "_"
