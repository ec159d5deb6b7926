"""Culprit searches on a small decoder: recordings with and without mistakes, and what is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from inspector.blocks.decoder import step_graph
from inspector.blocks.graph import Graph
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.diagnose.culprit import Case, find_culprit
from inspector.diagnose.hypotheses import Hypotheses, Hypothesis
from inspector.diagnose.search import Deadline, Search
from inspector.diagnose.suspect import EXACT, CulpritReport, Suspect
from inspector.diagnose.trial import Bench
from inspector.faults.edit import Edit
from inspector.faults.fault import apply_all
from inspector.faults.registry import faults
from inspector.live.introduced import Cell, IntroducedMap, map_errors
from inspector.tensors import Array
from tests.blocks.seeded import SMALL, seeded_weights
from tests.live.pair import Pair, make_pair
from tests.live.recorded import record_run

FRAMES, VALID = 40, 33
"""Padded, so that mistakes of the mask show."""

WEIGHTS: Mapping[str, Array] = MappingProxyType(seeded_weights(SMALL))
SHAPES = parameter_shapes(SMALL)
GRAPH: Graph = step_graph(SMALL)


def edit_of(*parts: str | tuple[str, tuple[str, ...] | None], seed: int = 0) -> Edit:
    """Faults by key, or by key and places; without places everywhere."""
    chosen = [(p, None) if isinstance(p, str) else p for p in parts]
    return apply_all(GRAPH, [(faults()[key], places) for key, places in chosen], SHAPES, seed)


def with_settings(node: str, **settings: Any) -> Edit:
    """A step in which a node has other constants: a change that no fault describes."""
    return Edit(GRAPH.change([node], lambda n: n.with_settings(**settings)))


def noisy(key: str, amount: float, seed: int = 3) -> dict[str, Array]:
    """The weights with noise of `amount` standard deviations added to one of them."""
    value = WEIGHTS[key]
    noise = np.random.default_rng(seed).standard_normal(value.shape)
    return {**WEIGHTS, key: (value + amount * value.std() * noise).astype(np.float32)}


def record(level: str = "blocks", weights: Mapping[str, Array] = WEIGHTS, **options: Any) -> dict:
    """A recording of the small decoder; see `tests.live.recorded.record_run`."""
    return record_run(
        SMALL, weights, **{"level": level, "frames": FRAMES, "valid": VALID, **options}
    )


@cache
def reference_of(level: str) -> Mapping[str, Array]:
    """The healthy recording of a level."""
    return MappingProxyType(record(level))


def pair_of(
    candidate: Mapping[str, Array], level: str = "blocks",
    reference: Mapping[str, Array] | None = None, weights: Mapping[str, Array] = WEIGHTS,
) -> Pair:  # fmt: skip
    """The healthy reference against a recording, bound to the weights of the checkpoint."""
    return make_pair(
        SMALL, weights, reference or reference_of(level), candidate, framework="torch"
    )  # fmt: skip


def pair_with(edit: Edit | None, level: str = "blocks", **options: Any) -> Pair:
    """The healthy reference against a run with `edit`."""
    return pair_of(record(level, edit=edit, **options), level)


def found_by_search(pair: Pair, **options: Any) -> CulpritReport:
    """The whole search."""
    return find_culprit(Case(pair.graph, pair.reference, pair.candidate), **options)


def errors_of(pair: Pair, steps: Sequence[int] | None = None) -> IntroducedMap:
    """The introduced map of the candidate."""
    return map_errors(pair.candidate, pair.reference, steps=steps)


class Desk:
    """A search with everything it needs, for a pair.

    Args:
        pair: what is searched.
        seconds: its budget.
        keys: the faults to try; all when empty.

    Attributes:
        lines: what the search logged.
    """

    def __init__(self, pair: Pair, seconds: float = 600.0, keys: Sequence[str] = ()) -> None:
        self.pair = pair
        self.lines: list[str] = []
        self.bench = Bench(pair.candidate)
        self.hypotheses = Hypotheses(
            GRAPH, SHAPES, [f for key, f in faults().items() if not keys or key in keys]
        )
        self.search = Search(
            self.bench, self.hypotheses, Deadline(seconds), silent, self.lines.append
        )

    def cell(self, node: str, step: int = 1) -> Cell:
        """A measured cell, steps from 0."""
        cells = errors_of(self.pair, [step]).cells
        return next(c for c in cells if c.node == node)

    def made(self, key: str, *places: str) -> Hypothesis:
        """A fault at places, all by default."""
        made = self.hypotheses.make(faults()[key], places or self.hypotheses.places[key])
        assert made is not None
        return made


def silent(_done: int, _total: int, _what: str) -> None:
    """Report progress to nobody."""


def cell_of(node: str = "mid_blocks.0.0", step: int = 1, **values: Any) -> Cell:
    """A cell with plain numbers."""
    given = {
        "block": node, "slot": "residual_add", "introduced": 0.1, "carried": 0.0, "total": 0.1,
        "floor": 1e-7, "verdict": "introduced", "given": ("down_blocks.0.2",), **values,
    }  # fmt: skip
    return Cell(node, given.pop("block"), given.pop("slot"), step, **given)


def suspect_of(fault: str = "kernel_flipped", **values: Any) -> Suspect:
    """A suspect with plain numbers."""
    given = {
        "title": "Kernel flipped", "change": "Reversed in time.", "slot": "causal_conv",
        "where": ("mid_blocks.0.0.block1.block.0",), "scope": "one", "explained": 1.0,
        "residual": 1e-7, "noise_floor": 1e-7, "margin": 1e5, "evidence": EXACT, "cells": 2,
        **values,
    }  # fmt: skip
    return Suspect(fault, **given)
