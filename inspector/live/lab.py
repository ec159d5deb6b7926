"""Everything a run needs: a pair of bound traces, the reference's weights, its step graph."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from inspector.blocks.checkpoint import Checkpoint
from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.blocks.graph import Graph
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.errors import UsageError
from inspector.live.binding import BoundSide, bind
from inspector.live.cache import BoundedCache
from inspector.live.isolation import Isolator
from inspector.live.shapes import Dim, value_shapes
from inspector.live.weight_store import WeightStore
from inspector.match.matching import MatchResult
from inspector.match.roles import recognise
from inspector.tensors import Roles, Trace

_EMPTY = BoundSide({}, {}, ())
_HELD = 4


@dataclass(frozen=True, eq=False)
class Lab:
    """A pair of recordings bound to the decoder of a checkpoint.

    Attributes:
        checkpoint: weights of the reference.
        config: structure of its decoder, with as many steps as were recorded.
        reference, candidate: recorded values; empty for a side that was not given.
        identity: what all of it is, for caches.
        notes: assumptions, one sentence each.
    """

    checkpoint: Checkpoint
    config: DecoderConfig
    reference: BoundSide = _EMPTY
    candidate: BoundSide = _EMPTY
    identity: str = ""
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def graph(self) -> Graph:
        """One step of the decoder."""
        return step_graph(self.config)

    @cached_property
    def store(self) -> WeightStore:
        """The reference's weights; they are copied into a framework when first used."""
        return WeightStore(self.checkpoint.weights, self.checkpoint.identity)

    @cached_property
    def weight_shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Shape of every weight."""
        return self.store.shapes()

    @cached_property
    def shapes(self) -> Mapping[str, tuple[Dim, ...]]:
        """Shape of every value, lengths of the run as letters."""
        return value_shapes(self.graph, parameter_shapes(self.config), self.config.mel_bins)

    @cached_property
    def reference_isolator(self) -> Isolator:
        """Cuts and runs on the reference's values."""
        other = self.candidate if self.candidate.values or self.candidate.run else None
        return Isolator(self.graph, self.store, self.reference, other)

    @cached_property
    def candidate_isolator(self) -> Isolator:
        """Cuts and runs of the reference's decoder on the candidate's values."""
        return Isolator(self.graph, self.store, self.candidate, self.reference)

    def side(self, name: str) -> BoundSide:
        """What the ``reference`` or the ``candidate`` recorded.

        Raises:
            UsageError: no such trace was given.
        """
        found = self.candidate if name == "candidate" else self.reference
        if not found.values and not found.run:
            raise UsageError("source", name, "no such trace was given", "",
                             f"Give the trace of the {name}, or take other inputs.")  # fmt: skip
        return found

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """Steps from 0 at which a side recorded a state."""
        found = {i for side in (self.reference, self.candidate) for n, i in side.values if n == "x"}
        return tuple(sorted(found))


def open_lab(
    checkpoint: Checkpoint,
    reference: Trace | None = None,
    candidate: Trace | None = None,
    match: MatchResult | None = None,
    *,
    reference_roles: Roles | None = None,
    candidate_roles: Roles | None = None,
) -> Lab:
    """Bind what was recorded to the decoder; the same content gives the same lab again.

    Args:
        checkpoint: weights of the reference.
        reference, candidate: traces; a side may be missing.
        match: pairs of both; empty when None.
        reference_roles, candidate_roles: recognised when None.

    Raises:
        TraceError: the checkpoint cannot be read.
    """
    match = match if match is not None else MatchResult()
    pairs = hashlib.sha256(
        "\n".join(f"{p.reference.name}\0{p.candidate.name}" for p in match.pairs)
        .encode("utf-8", "surrogatepass")
    ).hexdigest()  # fmt: skip
    traces = (reference, candidate)
    key = (checkpoint.identity, *("" if t is None else t.identity for t in traces), pairs)
    sure = bool(checkpoint.identity) and all(t is None or t.identity for t in traces)
    found = _LABS.get(key) if sure else None
    if found is not None:
        return found
    config, remarks = _with_steps(checkpoint.config, reference or candidate, reference_roles)
    graph = step_graph(config)
    shapes = value_shapes(graph, parameter_shapes(config), config.mel_bins)
    framework = reference.info.framework if reference is not None else None
    sides = [
        _EMPTY if trace is None else
        bind(trace, roles or recognise(trace), match, graph, shapes, candidate=is_candidate,
             reference_framework=framework)
        for trace, roles, is_candidate in
        ((reference, reference_roles, False), (candidate, candidate_roles, True))
    ]  # fmt: skip
    notes = (*remarks, *checkpoint.problems, *sides[0].notes, *sides[1].notes)
    identity = hashlib.sha256(repr(key).encode()).hexdigest() if sure else ""
    lab = Lab(checkpoint, config, sides[0], sides[1], identity, notes)
    return _LABS.put(key, lab, 1) if sure else lab


def _with_steps(
    config: DecoderConfig, trace: Trace | None, roles: Roles | None
) -> tuple[DecoderConfig, tuple[str, ...]]:
    """The configuration with the number of steps of a trace, which no weight tells."""
    if trace is None:
        return config, ()
    trajectory = (roles or recognise(trace)).trajectory
    span = trajectory.t_span
    points = span.record.size if span is not None else 0
    steps = points - 1 if points > 1 else len(trajectory.steps) or config.steps
    if steps == config.steps:
        return config, ()
    return replace(config, steps=steps), (f"The recording solves the ODE in {steps} steps.",)


_LABS: BoundedCache[Lab] = BoundedCache(_HELD)
