"""In which orders of axes a candidate tensor fits a reference tensor, by the shapes alone."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from inspector.diagnose.comparison import Comparison

_MAX_RANK = 5
"""120 orders; more axes than a decoder's tensors have."""
_MOST_CHOICES = 24

Shape = tuple[int, ...]


def axes_payload(comparison: Comparison, reference: int, candidate: int) -> dict[str, Any]:
    """Return what the page says and offers about the axes of a pair to be.

    Args:
        comparison: the opened pair.
        reference, candidate: places of the two in their traces.
    """
    first = comparison.reference.trace.records[reference].shape
    second = comparison.candidate.trace.records[candidate].shape
    choices = fitting_orders(first, second)
    return {
        "choices": [list(axes) for axes in choices[:_MOST_CHOICES]],
        "sentence": _sentence(first, second, choices),
    }


def fitting_orders(reference: Shape, candidate: Shape) -> list[tuple[int, ...]]:
    """Every permutation of the candidate's axes that gives the reference's shape.

    Empty where none does, the ranks differ, or there are too many axes to try.
    """
    rank = len(candidate)
    if len(reference) != rank or rank > _MAX_RANK:
        return []
    return [
        axes for axes in permutations(range(rank)) if tuple(candidate[a] for a in axes) == reference
    ]


def _sentence(reference: Shape, candidate: Shape, choices: list[tuple[int, ...]]) -> str:
    if len(choices) > 1:
        return (
            f"{len(choices)} orders of the candidate's axes give the shape of the reference; left "
            f"open, the values decide."
        )
    if choices:
        axes = choices[0]
        if axes == tuple(range(len(axes))):
            return "The shapes are equal; the candidate is taken as stored."
        return f"The candidate's axes are taken in the order {' '.join(map(str, axes))}."
    if sorted(n for n in reference if n != 1) == sorted(n for n in candidate if n != 1):
        return "The lengths agree; the layout is found when the pair is applied."
    return (
        f"The shapes differ ({_shape(reference)} and {_shape(candidate)}): at most a common "
        f"part can be compared."
    )


def _shape(shape: Shape) -> str:
    return "×".join(map(str, shape)) if shape else "scalar"
