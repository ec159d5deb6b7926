"""How much of the candidate's error goes away when one block is put right, and the reverse.

The candidate is taken to be the reference's decoder plus, at every recorded block, the
difference that this block introduces on the candidate's own input.  With all differences it
gives the candidate's numbers again; leaving one out shows what that block is to blame for,
putting in one alone shows what it does by itself.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.blocks.graph import Graph, Node
from inspector.blocks.implementations import backend as backend_named
from inspector.errors import UsageError
from inspector.live.execution import Placement, execute
from inspector.live.lab import Lab
from inspector.live.rows import conditional_graph, copies_of, has_rows
from inspector.tensors import Array, Progress

_SOLVER = ("ode.t", "ode.dt", "ode.v_cond", "ode.v_uncond", "ode.v_cfg", "ode.x_after")


@dataclass(frozen=True)
class BlockHealing:
    """What one block is to blame for.

    Attributes:
        block: which.
        velocity_percent: of the velocity error at the step that goes when it is put right.
        alone_percent: of the velocity error that it makes alone.
        mel_percent: of the error of the last state that goes; None where not computed.
    """

    block: str
    velocity_percent: float | None
    alone_percent: float | None
    mel_percent: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Healing:
    """The chart of a step.

    Attributes:
        step: from 0.
        velocity: which value stands for the velocity.
        blocks: in order of computation.
        reproduced: relative L2 of the model with all differences against the recording.
    """

    step: int
    velocity: str
    blocks: tuple[BlockHealing, ...]
    reproduced: float

    def of(self, block: str) -> BlockHealing | None:
        """The entry of a block, or None."""
        return next((b for b in self.blocks if b.block == block), None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; steps from 1."""
        return {"step": self.step + 1, "velocity": self.velocity, "reproduced": self.reproduced,
                "blocks": [b.to_dict() for b in self.blocks]}  # fmt: skip


def heal(
    lab: Lab,
    step: int,
    blocks: Sequence[str] | None = None,
    *,
    mel: bool = False,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Healing:
    """Put the blocks right one at a time.

    Args:
        lab: recordings and weights.
        step: from 0; the velocity of this step is judged.
        blocks: which, in the order of `seconds`; every recorded one when None.
        mel: solve the whole ODE for each, too, where every step holds the same values of
            both rows.
        seconds: blocks that are not begun by then are left out; no limit when None.
        progress: may raise `Cancelled`.

    Raises:
        UsageError: the candidate recorded no velocity or state at this step.
    """
    started = time.monotonic()
    model = _Model(lab)
    here = model.at(step)
    wanted = [b for b in (here.blocks if blocks is None else blocks) if b in here.blocks]
    whole = mel and model.complete
    total, done = len(wanted) * (2 + whole * lab.config.steps) + 2, 0

    def tell(what: str) -> None:
        if progress is not None:
            progress(done, total, what)

    tell("Running the reference on the candidate's state")
    none, every = here.velocity({}), here.velocity(here.differences)
    tell("Putting blocks right")
    mels = (
        (model.solve(lambda _: False, tell), model.solve(lambda _: True, tell)) if whole else None
    )
    found = []
    for block in wanted:
        if seconds is not None and time.monotonic() - started > seconds:
            break
        tell(f"Putting {block} right")
        mine = here.blocks[block]
        others = {n: d for n, d in here.differences.items() if n not in mine}
        alone = {n: d for n, d in here.differences.items() if n in mine}
        without, only = here.velocity(others), here.velocity(alone)
        last = None
        if mels is not None:
            state = model.solve(lambda n, mine=mine: n not in mine, tell)
            last = _percent(_distance(state, mels[0]), _distance(mels[1], mels[0]))
        size = _distance(every, none)
        found.append(BlockHealing(
            block, _percent(_distance(without, none), size), _percent(_distance(only, every), size),
            last,
        ))  # fmt: skip
        done += 2 + whole * lab.config.steps
    recorded = here.recorded_velocity
    scale = float(np.linalg.norm(recorded)) or 1.0
    found.sort(key=lambda entry: lab.graph.blocks.index(entry.block))
    reproduced = _distance(every, recorded) / scale
    return Healing(step, here.target, tuple(found), reproduced)


class _Model:
    """The causal model over all steps."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._steps: dict[int, _Step] = {}

    def at(self, step: int) -> _Step:
        if step not in self._steps:
            self._steps[step] = _Step(self.lab, step)
        return self._steps[step]

    @property
    def complete(self) -> bool:
        """Every step holds the same values, of both rows, and the state after it."""
        steps = range(self.lab.config.steps)
        if any(("ode.x_after", s) not in self.lab.candidate.values for s in steps):
            return False
        names = [set(self.at(s).differences) for s in steps if ("x", s) in
                 self.lab.candidate.values]  # fmt: skip
        full = all(self.at(s).rows == "both" for s in steps)
        return len(names) == len(steps) and full and all(n == names[0] for n in names)

    def solve(self, used: Any, tell: Any) -> Array:
        """The last state, with the differences for whose names `used` is true."""
        state = self.at(0).pool["x"]
        for number in range(self.lab.config.steps):
            tell(f"Solving step {number + 1}")
            here = self.at(number)
            chosen = {n: d for n, d in here.differences.items() if used(n)}
            state = here.run(chosen, "ode.x_after", {**here.start, "x": state})
        return state


class _Step:
    """The causal model at one step."""

    def __init__(self, lab: Lab, step: int) -> None:
        self.lab, self.step = lab, step
        isolator = lab.candidate_isolator
        self.pool = isolator.pool(step)
        if "x" not in self.pool:
            raise UsageError("healing", f"step {step + 1}", "the candidate recorded no state there")
        names = [lab.graph.block_output(b) for b in lab.graph.blocks if b not in ("ode", "inputs")]
        held = [n for n in (*names, *_SOLVER) if (n, step) in lab.candidate.values]
        full = self.pool["x"].shape[0] * copies_of(lab.graph)
        partial = any(has_rows(lab.graph, n) and len(self.pool[n]) < full for n in held)
        self.rows = "cond" if partial else "both"
        self.graph = conditional_graph(lab.graph) if partial else lab.graph
        held = [n for n in held if n in self.graph]
        self.target = next((n for n in ("ode.v_cfg", "ode.v_cond") if n in held), "")
        if not self.target:
            raise UsageError("healing", f"step {step + 1}", "the candidate recorded no velocity")
        self.start = {n: self.pool[n] for n in self.graph.inputs if n in self.pool}
        self.values = {n: self._rows(n, self.pool[n]) for n in held}
        self.differences = {n: self._difference(n) for n in held}
        self.blocks: dict[str, tuple[str, ...]] = {}
        for node in lab.graph.nodes:
            if node.name in self.differences:
                self.blocks[node.block] = (*self.blocks.get(node.block, ()), node.name)
        order = [b for b in lab.graph.blocks if b in self.blocks]
        self.blocks = {b: self.blocks[b] for b in order}

    @property
    def recorded_velocity(self) -> Array:
        """The candidate's velocity."""
        return self.values[self.target]

    def velocity(self, differences: Mapping[str, Array]) -> Array:
        """The velocity with some of the differences."""
        return self.run(differences, self.target, self.start)

    def run(
        self, differences: Mapping[str, Array], target: str, start: Mapping[str, Array]
    ) -> Array:
        """`target` from the inputs of the step."""
        graph = self.graph.cut([target])
        placed = {n: _shifted(self.graph.node(n), d) for n, d in differences.items() if n in graph}
        return execute(graph, start, self.lab.store, per_node=placed, keep=[target])[target]

    def _difference(self, name: str) -> Array:
        """What the candidate's value adds to that of the reference on the same inputs."""
        known = set(self.values) - {name} | set(self.graph.inputs)
        cut: Graph = self.graph.cut([name], known)
        given = {n: self.values.get(n, self.start.get(n)) for n in cut.inputs}
        own = execute(cut, {n: v for n, v in given.items() if v is not None}, self.lab.store,
                      keep=[name])[name]  # fmt: skip
        return self.values[name].astype(np.float64) - own

    def _rows(self, name: str, value: Array) -> Array:
        if self.rows == "cond" and has_rows(self.lab.graph, name):
            return value[: self.pool["x"].shape[0]]
        return value


def _shifted(node: Node, difference: Array) -> Placement:
    """The node's own computation plus a constant."""
    engine = backend_named("torch")

    def compute(inputs: Any, params: Any, settings: Any) -> Any:
        value = engine.run(node.op, inputs, params, settings)
        return value + engine.cast(engine.put(difference, "float64"), "float64")

    return Placement(implementation=compute)


def _distance(one: Array, other: Array) -> float:
    return float(np.linalg.norm((one.astype(np.float64) - other).ravel()))


def _percent(left: float, whole: float) -> float | None:
    """Share of `whole` that is gone when `left` remains."""
    if not np.isfinite(left) or not np.isfinite(whole) or whole <= 0:
        return None
    return 100.0 * (1.0 - left / whole)
