"""A long signal as the smallest and largest value of each column of a drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.tensors import Array, freeze

_COLUMNS = 1600


@dataclass(frozen=True)
class Envelope:
    """A signal in K columns of equal duration.

    Attributes:
        time_s: start of each column, [K].
        minimum, maximum: extremes of the column, [K] float64.
        marked: the column holds a marked (clipped) sample, [K] bool.
    """

    time_s: Array
    minimum: Array
    maximum: Array
    marked: Array


def make_envelope(
    samples: Array,
    sample_rate_hz: float,
    *,
    start_samples: float = 0,
    marks: Array | None = None,
    columns: int = _COLUMNS,
) -> Envelope:
    """Reduce `samples` [N] to at most `columns` columns; no extreme is lost.

    Args:
        samples: [N] finite.
        sample_rate_hz: rate.
        start_samples: place of the first sample on the time axis.
        marks: [N] bool, samples to mark; None for none.
        columns: most columns.
    """
    per_column = max(1, -(-samples.size // columns))
    first = np.arange(0, samples.size, per_column)
    if first.size == 0:
        low = high = np.zeros(0)
        marked = np.zeros(0, dtype=bool)
    else:
        low = np.minimum.reduceat(samples, first)
        high = np.maximum.reduceat(samples, first)
        marked = (
            np.zeros(first.size, dtype=bool)
            if marks is None
            else np.logical_or.reduceat(marks, first)
        )
    return Envelope(
        freeze((first + start_samples) / sample_rate_hz),
        freeze(low),
        freeze(high),
        freeze(marked),
    )
