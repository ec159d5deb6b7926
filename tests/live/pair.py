"""A recorded pair opened as the tools see it: matched, bound and ready to cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.blocks.graph import Graph
from inspector.live.binding import BoundSide, bind
from inspector.live.isolation import Isolator
from inspector.live.shapes import value_shapes
from inspector.live.weight_store import WeightStore
from inspector.match.matching import MatchResult, match_traces
from inspector.match.roles import recognise
from inspector.tensors import Array, Trace
from tests.live.recorded import as_trace


@dataclass(frozen=True)
class Pair:
    """Two bound sides of one decoder and the isolators on them."""

    graph: Graph
    store: WeightStore
    reference_trace: Trace
    candidate_trace: Trace
    match: MatchResult
    reference_side: BoundSide
    candidate_side: BoundSide

    @property
    def reference(self) -> Isolator:
        return Isolator(self.graph, self.store, self.reference_side)

    @property
    def candidate(self) -> Isolator:
        return Isolator(self.graph, self.store, self.candidate_side, self.reference_side)


def make_pair(
    config: DecoderConfig,
    weights: Mapping[str, Array],
    reference: Mapping[str, Array],
    candidate: Mapping[str, Array],
    *,
    framework: str = "mlx",
) -> Pair:
    """Match and bind two recordings of `tests.live.recorded.record_run`."""
    graph, store = step_graph(config), WeightStore(weights, "seeded")
    first = as_trace(reference, path="reference")
    second = as_trace(candidate, path="candidate", framework=framework)
    roles = recognise(first), recognise(second)
    match = match_traces(first, second, *roles)
    shapes = value_shapes(graph, store.shapes(), config.mel_bins)
    return Pair(
        graph, store, first, second, match,
        bind(first, roles[0], match, graph, shapes, candidate=False),
        bind(second, roles[1], match, graph, shapes, candidate=True,
             reference_framework=first.info.framework),
    )  # fmt: skip
