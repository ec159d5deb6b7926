"""One recorded value computed again from the recorded values before it.

A *cell* is a value of the decoder at one ODE step that the candidate recorded.  Its *cut*
is the smallest part of the decoder between it and what else was recorded: one operation
in a full recording, a whole forward pass where only states and velocities exist.  Run on
the candidate's own values, what remains is the error that the candidate introduced there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np

from inspector.blocks.decoder import STEP_INPUTS
from inspector.blocks.graph import Graph, Node
from inspector.errors import TraceError
from inspector.faults.edit import Edit, changed_inputs
from inspector.live.binding import BoundSide
from inspector.live.execution import Placement, execute
from inspector.live.rows import alone, copies_of, has_rows
from inspector.live.weight_store import WeightStore
from inspector.tensors import Array, Progress


@dataclass(frozen=True)
class Cut:
    """A part of the decoder and the recorded values it starts from.

    Attributes:
        target: node that is computed.
        step: ODE step from 0.
        graph: the nodes between.
        pool: every value that is known at this step, by name.
        rows: rows that take part: None for all, else the first `rows`.
    """

    target: str
    step: int
    graph: Graph
    pool: Mapping[str, Array] = field(compare=False)
    rows: int | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the values that the cut starts from."""
        return self.graph.inputs


class Isolator:
    """Cuts and runs parts of a decoder on what one side recorded.

    Args:
        graph: step graph of the reference architecture.
        store: the reference's parameters.
        side: recorded values of the side to run on.
        other: the other side, for inputs that this one did not record.
    """

    def __init__(
        self, graph: Graph, store: WeightStore, side: BoundSide, other: BoundSide | None = None
    ) -> None:
        self.graph = graph
        self.store = store
        self.side = side
        self.other = other
        self._pools: dict[int, dict[str, Array]] = {}

    @cached_property
    def assumed(self) -> tuple[str, ...]:
        """Inputs that this side did not record, with where their values come from."""
        sentences = []
        for name in self.graph.inputs:
            if name in ("step", "x") or self.side.get(name, 0) is not None:
                continue
            if self.other is not None and self.other.get(name, 0) is not None:
                sentences.append(f"{name} is not recorded; the reference's is used")
            elif name == "mask":
                sentences.append("the mask is not recorded; all frames are taken as valid")
        return tuple(sentences)

    def pool(self, step: int) -> dict[str, Array]:
        """All values known at `step`, by name of node or input."""
        if step not in self._pools:
            pool: dict[str, Array] = {"step": np.array([step], np.int64)}
            for name in (*self.graph.inputs, *(n.name for n in self.graph.nodes)):
                bound = self.side.get(name, step)
                if bound is None and name in STEP_INPUTS and self.other is not None:
                    bound = self.other.get(name, step)
                if bound is None:
                    continue
                try:
                    pool[name] = bound.read()
                except TraceError:
                    continue
            if "x" in pool:
                batch, frames = pool["x"].shape[:2]
                pool.setdefault("mask", np.ones((batch, frames, 1), np.float32))
            self._pools[step] = pool
        return self._pools[step]

    def cells(self, steps: Collection[int] | None = None) -> tuple[tuple[str, int], ...]:
        """(node, step) of every recorded value that can be computed, in order of execution."""
        found = []
        for step in self.side.steps:
            if steps is not None and step not in steps:
                continue
            for node in self.graph.nodes:
                at_run = node.name in self.side.run and step == min(self.side.steps)
                if (node.name, step) in self.side.values or at_run:
                    found.append((node.name, step))
        return tuple(found)

    def recorded(self, target: str, step: int, rows: int | None = None) -> Array:
        """The recorded value of a cell.

        Raises:
            TraceError: it is not recorded or cannot be read.
        """
        bound = self.side.get(target, step)
        if bound is None:
            raise TraceError("not-recorded", target, f"this value was not recorded at step {step}")
        value = bound.read()
        return value if rows is None else value[:rows]

    def cut(self, target: str, step: int, *, outside: Collection[str] = ()) -> Cut:
        """The smallest part that computes `target` at `step` from recorded values.

        Args:
            target: a node.
            step: from 0.
            outside: recorded values not to start from.
        """
        pool = {k: v for k, v in self.pool(step).items() if k not in outside}
        node = self.graph.node(target)
        rows = self._rows(node, pool)
        full = self._full_rows(pool)
        known = {
            name
            for name, value in pool.items()
            if name != target and (rows is not None or not self._partial(name, value, full))
        }
        return Cut(
            target, step, self._restricted(self.graph, rows).cut([target], known), pool, rows
        )

    def run(
        self,
        cut: Cut,
        edit: Edit | None = None,
        *,
        placement: Placement | None = None,
        keep: Collection[str] | None = None,
        pool: Mapping[str, Array] | None = None,
        targets: Collection[str] | None = None,
        reuse: Mapping[str, Array] = MappingProxyType({}),
        progress: Progress | None = None,
    ) -> dict[str, Array]:
        """Run a cut, as it is or with a fault in it.

        Args:
            cut: of `cut`.
            edit: change of the whole step graph, of weights and of inputs.
            placement: framework and precision of every node.
            keep: values to return; the target alone when None.
            pool: values to start from instead of the cut's own, such as the other side's.
            targets: nodes to compute from the same values instead of the cut's own.
            reuse: every value of the cut without `edit`; those before the first changed node
                are not computed again.

        Raises:
            UsageError: a value that the changed graph needs is not known.
        """
        values = dict(cut.pool if pool is None else pool)
        graph, store, whole = cut.graph, self.store, self.graph
        if edit is not None:
            values = changed_inputs(values, edit.inputs)
            store, whole = store.changed(edit.weights), edit.graph
        if edit is not None or targets is not None:
            known = set(cut.graph.inputs) | set(STEP_INPUTS)
            changed = self._restricted(whole, cut.rows)
            if reuse and edit is not None:
                kept = self._unreached(changed, cut, edit) & set(reuse)
                values |= {name: reuse[name] for name in kept}
                known |= kept
            graph = changed.cut(targets or [cut.target], known)
        given = {name: values[name] for name in graph.inputs if name in values}
        if cut.rows is not None:
            given = {n: v[: cut.rows] if self._by_rows(n) else v for n, v in given.items()}
        return execute(
            graph, given, store, placement=placement,
            keep=[cut.target] if keep is None else keep, progress=progress,
        )  # fmt: skip

    def _unreached(self, changed: Graph, cut: Cut, edit: Edit) -> set[str]:
        """Nodes of `cut` whose value an edit cannot change."""
        keys = {change.key for change in edit.weights}
        reached = {change.name for change in edit.inputs}
        before = {node.name: node for node in cut.graph.nodes}
        for node in changed.nodes:
            if node.name in cut.graph.inputs:
                continue  # recorded: nothing before it is run
            if (
                before.get(node.name) != node
                or not reached.isdisjoint(node.inputs)
                or any(key in keys for _, key in node.params)
            ):
                reached.add(node.name)
        return set(before) - reached

    def _by_rows(self, name: str) -> bool:
        """True for values with R rows (not B)."""
        return has_rows(self.graph, name)

    def _full_rows(self, pool: Mapping[str, Array]) -> int | None:
        if "x" not in pool:
            return None
        return pool["x"].shape[0] * copies_of(self.graph)

    def _partial(self, name: str, value: Array, full: int | None) -> bool:
        return full is not None and self._by_rows(name) and value.shape[0] < full

    def _rows(self, node: Node, pool: Mapping[str, Array]) -> int | None:
        """How many rows a cut for `node` is restricted to, None for all."""
        full = self._full_rows(pool)
        if full is None or "x" not in pool:
            return None
        batch = pool["x"].shape[0]
        if batch == full:
            return None
        first = node.op == "take_rows" and node.constants.get("part") == 0
        own = pool.get(node.name)
        if not (first or (self._by_rows(node.name) and own is not None and own.shape[0] < full)):
            return None
        # the conditional rows alone, when something before it holds only these
        before = self.graph.cut([node.name], set(pool) - {node.name}).inputs
        partial = any(self._partial(n, pool[n], full) for n in before if n in pool)
        own_partial = own is not None and self._partial(node.name, own, full)
        return batch if partial or own_partial else None

    def _restricted(self, graph: Graph, rows: int | None) -> Graph:
        if rows is None:
            return graph

        return graph.change([n.name for n in graph.nodes if n.op in ("rows", "take_rows")], alone)
