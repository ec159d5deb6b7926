"""Carry out a plan: every value of the chosen part, its errors, and the time it took."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from inspector.errors import UsageError
from inspector.faults.edit import changed_inputs
from inspector.live.cache import BoundedCache
from inspector.live.child import CHILD
from inspector.live.execution import Placement, execute
from inspector.live.lab import Lab
from inspector.live.measuring import forget_floors, measured_floors, recorded_errors
from inspector.live.part import WHOLE, Part, make_part
from inspector.live.plan import Choice, RunPlan
from inspector.live.result import NodeErrors, PlanResult, Trajectory
from inspector.live.rows import copies_of, has_rows, take
from inspector.live.shapes import Dim
from inspector.live.slot_sources import Unrecorded, unrecorded_sentences, with_slot_sources
from inspector.live.sources import noisy, source_values
from inspector.live.swapping import Codes, Swapped, apply_swaps, check_choices, placements
from inspector.live.user_call import UserCall
from inspector.live.weight_store import WeightStore
from inspector.tensors import Array, Progress, freeze

_LARGE = 3e8
"""Multiply-adds of a run from which MLX is moved into the child process: about 0.3 s here."""
_CACHE: BoundedCache[PlanResult] = BoundedCache(512 * 1024 * 1024)


def run_plan(
    plan: RunPlan,
    lab: Lab,
    progress: Progress | None = None,
    *,
    codes: Codes | None = None,
    child: bool | None = None,
    floors: bool | None = None,
) -> PlanResult:
    """Run `plan`; the same plan on the same lab gives the held result again.

    Args:
        plan: what to run.
        lab: recordings and weights.
        progress: called before every node, and about twenty times a second while a child
            process or a program works; may raise `Cancelled`.
        codes: implementations that the operator named, by name.
        child: compute in a child process, which stops within a fraction of a second when
            cancelled; None: when MLX has much to do.
        floors: measure noise floors (three more runs of the part); None: unless a whole step
            or ODE runs.

    Raises:
        UsageError: a part, swap, place or input that does not exist, or a framework that is
            missing or refuses.
        TraceError: a recorded value cannot be read.
        Cancelled: the progress callback asked to stop.
    """
    codes = codes or {}
    check_choices(plan, lab.graph)
    used = {s.key for s in plan.swaps}
    used |= {str(choice.implementation) for _, choice in (*plan.nodes, *plan.slots)}
    identities = tuple(codes[name].identity for name in sorted(used & set(codes)))
    measured = plan.what not in WHOLE if floors is None else floors
    key = (lab.identity, plan.key, identities, measured)
    sure = lab.identity and all(identities) and not plan.source.startswith("file:")
    found = _CACHE.get(key) if sure else None
    if found is None:
        found = _Run(plan, lab, codes, child, measured, progress).result()
        if sure:
            _CACHE.put(key, found, found.size)
    return found


def forget_results() -> None:
    """Forget held results and noise floors."""
    _CACHE.clear()
    forget_floors()


class _Run:
    """The state of one run."""

    def __init__(
        self, plan: RunPlan, lab: Lab, codes: Codes, child: bool | None, measured: bool,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self.plan, self.lab, self.child, self.measured = plan, lab, child, measured
        self.progress = progress
        self.swapped: Swapped = apply_swaps(plan, lab, codes)
        self.store = lab.store.changed(self.swapped.edit.weights)
        self.copies = copies_of(lab.graph)
        self.notes: dict[str, None] = {}
        self.unrecorded: dict[Unrecorded, None] = {}
        # the architecture on the same inputs: what noise floors are measured of
        self.bare = replace(plan, swaps=(), nodes=_sources(plan.nodes, self.swapped.by_block),
                            slots=_sources(plan.slots, {}))  # fmt: skip
        self.touched = not plan.swaps

    def result(self) -> PlanResult:
        plan, total = self.plan, self.lab.config.steps
        steps = plan.steps or (tuple(range(1, total + 1)) if plan.what == "ode" else (1,))
        if steps[-1] > total:
            raise UsageError("plan", "steps", f"step {steps[-1]}", f"steps 1 to {total}")
        if plan.what == "ode" and plan.chained and steps != tuple(range(steps[0], steps[-1] + 1)):
            raise UsageError("plan", "steps", "a chained ODE with a gap", "steps in a row")
        values: dict[int, dict[str, Array]] = {}
        states: list[Array] = []
        errors: list[NodeErrors] = []
        floors: dict[tuple[int, str], float] = {}
        seconds = 0.0
        for step in steps:
            start = states[-1] if states and plan.what == "ode" and plan.chained else None
            part, original = self._parts(step - 1, start, first=not states)
            started = time.perf_counter()
            values[step] = self._compute(part)
            seconds += time.perf_counter() - started
            if plan.what == "ode":
                states = states or [np.asarray(part.given["x"])]
                states.append(values[step]["ode.x_after"])
            limits: Mapping[str, float] = {}
            if self.measured:
                limits = measured_floors(self.lab, self.bare, original, self.progress)
            floors |= {(step, name): limit for name, limit in limits.items()}
            errors += recorded_errors(self.lab, plan, part, values[step], limits)
        sentences = unrecorded_sentences(self.unrecorded, steps=len(steps))
        self.notes |= dict.fromkeys(sentences)
        if not self.touched:
            self.notes["No swap touches anything that ran here."] = None
        trajectory = self._trajectory(steps, states, values) if plan.what == "ode" else None
        return PlanResult(
            plan, values, tuple(errors), floors, trajectory, seconds, tuple(self.notes)
        )

    def _parts(self, step: int, start: Array | None, *, first: bool) -> tuple[Part, Part]:
        """What runs at `step` (from 0), with and without the swaps."""
        plan, lab, edit = self.plan, self.lab, self.swapped.edit
        pool, assumed = source_values(lab, plan.source, step)
        if start is not None:
            pool["x"] = start
        changed = changed_inputs(pool, edit.inputs)
        part = make_part(edit.graph, plan, changed, step, original=lab.graph)
        original = make_part(lab.graph, plan, pool, step, original=lab.graph)
        if first or start is None:
            part, original = noisy(part, plan.source), noisy(original, plan.source)
        for name in part.graph.inputs:
            if name not in part.given:
                raise UsageError(
                    "missing-input", name, f"{plan.what} needs this value at step {step + 1}, and "
                    f"the inputs ({plan.source}) do not hold it", "",
                    "Record it, or take other inputs.",
                )  # fmt: skip
        read = set(part.graph.inputs)
        self.notes |= {f"{a}.": None for a in assumed if read & set(a.split())}
        self.notes |= dict.fromkeys(part.notes)
        self.touched = self.touched or self._differs(part, original)
        part, unrecorded = with_slot_sources(part, plan, lab)
        self.unrecorded |= dict.fromkeys(unrecorded)
        return part, with_slot_sources(original, self.bare, lab)[0]

    def _differs(self, part: Part, original: Part) -> bool:
        edit, here = self.swapped.edit, part.graph
        names = {node.name for node in here.nodes}
        return (
            set(here.nodes) != set(original.graph.nodes)
            or bool({c.key for c in edit.weights} & set(here.keys()))
            or bool({c.name for c in edit.inputs} & set(here.inputs))
            or bool(names & (set(self.swapped.by_node) | set(self.swapped.by_block)))
        )

    def _compute(self, part: Part) -> dict[str, Array]:
        lengths = _lengths(self.lab.shapes, part.given)
        placed = placements(self.plan, self.lab, self.swapped, part.graph, lengths, self.progress)
        inner = {n for p in placed.values() if isinstance(p.implementation, UserCall)
                 for n in p.implementation.inner.values()}  # fmt: skip
        keep = set(part.names)
        if self._in_child(part, placed):
            found = CHILD.execute(part.graph, part.given, self.store, placements=placed, keep=keep,
                                  progress=self.progress)  # fmt: skip
        else:
            found = execute(part.graph, part.given, self.store, per_node=placed, keep=keep,
                            progress=self.progress)  # fmt: skip
            for where in placed.values():
                if isinstance(where.implementation, UserCall):
                    found = {**where.implementation.seen, **found}
        order = [n.name for n in self.lab.graph.nodes if n.name in found]
        order += [name for name in part.names if name not in order]
        values = {}
        for name in order:
            by_rows = has_rows(self.lab.graph, name) and (name in keep or name in inner)
            rows = self.plan.rows if part.rows == "both" else "both"
            value = take(found[name], rows, self.copies, by_rows)
            values[name] = freeze(np.asarray(value))
            if bad := int(value.size - np.isfinite(value).sum()):
                self.notes[f"{name}: {bad} of {value.size} values are NaN or Inf."] = None
        return values

    def _in_child(self, part: Part, placed: Mapping[str, Placement]) -> bool:
        if self.child is not None:
            return self.child
        if all(where.backend != "mlx" for where in placed.values()):
            return False
        return _work(part, self.store) > _LARGE

    @staticmethod
    def _trajectory(
        steps: tuple[int, ...], states: list[Array], values: Mapping[int, Mapping[str, Array]]
    ) -> Trajectory:
        velocity = "ode.v_cfg" if "ode.v_cfg" in values[steps[0]] else "ode.v_cond"
        velocities = np.stack([values[step][velocity] for step in steps])
        return Trajectory(steps, freeze(np.stack(states)), freeze(velocities))


def _sources(
    choices: tuple[tuple[str, Choice], ...], replaced: Collection[str]
) -> tuple[tuple[str, Choice], ...]:
    """The choices of inputs alone; `replaced` names nodes that the user's code computes."""
    return tuple(
        (name, Choice(source=choice.source))
        for name, choice in choices
        if choice.source is not None and name not in replaced
    )


def _lengths(shapes: Mapping[str, tuple[Dim, ...]], given: Mapping[str, Array]) -> dict[str, int]:
    """Lengths of this run by letter."""
    found: dict[str, int] = {}
    for name, value in given.items():
        for letter, length in zip(shapes.get(name, ()), value.shape, strict=False):
            if isinstance(letter, str):
                found.setdefault(letter, length)
    return found


def _work(part: Part, store: WeightStore) -> float:
    """Multiply-adds of a part, roughly: weights and attention scores."""
    frames = max((v.shape[1] for v in part.given.values() if v.ndim == 3), default=1)
    rows = max((v.shape[0] for v in part.given.values() if v.ndim == 3), default=1)
    keys = part.graph.keys()
    weights = sum(store.arrays[key].size for key in keys if key in store)
    scores = sum(node.op in ("scores", "attend") for node in part.graph.nodes)
    return rows * frames * (weights + scores * frames * 512.0)
