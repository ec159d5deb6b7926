"""Pairs written and matched without a decoder, for tests of truth and scoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from inspector.match.matching import MatchResult
from inspector.suite.layouts import Form
from inspector.suite.writing import StoredSide
from inspector.tensors import Array, TensorPair, TensorRecord


def values(seed: int = 0) -> dict[str, Array]:
    """Three values of a recording, frames first."""
    random = np.random.default_rng(seed)
    return {
        name: random.standard_normal((1, 6, 4)).astype(np.float32)
        for name in ("initial_noise", "step01/ode.x_after", "mel")
    }


def side(
    recorded: Mapping[str, Array], names: Mapping[str, str], turned: Sequence[str] = ()
) -> StoredSide:
    """A side under other names, some of its arrays with the last two axes exchanged."""
    forms = {name: Form(turned=name in turned) for name in recorded}
    return StoredSide(Path("memory"), names, forms, recorded)


def record(stored: StoredSide, name: str, index: int = 0) -> TensorRecord:
    """The tensor of a side as a reader lists it."""
    array = stored.forms[name].apply(stored.values[name])
    return TensorRecord(stored.names[name], array.shape, "float32", "f", index, lambda: array)


def matched(*pairs: TensorPair) -> MatchResult:
    """A match with these pairs."""
    return MatchResult(pairs=pairs)
