"""Mistakes in the schedule and the Euler update."""

from __future__ import annotations

from inspector.blocks.graph import Graph, Node
from inspector.faults.fault import Shapes
from inspector.faults.scope import Scope, constants, edited, entry, named, nodes, wired

_SCHEDULE = nodes("schedule")


def _held(graph: Graph, _place: str) -> dict[str, Node]:
    """Second step with the t and dt of the first."""
    return {name: graph.node(name).with_settings(hold_second=True) for name in ("ode.t", "ode.dt")}


def _other_kind(node: Node) -> Node:
    kind = "linear" if node.constants.get("kind") == "cosine" else "cosine"
    return node.with_settings(kind=kind)


def _constant_steps() -> Scope:
    """Equal steps, where the schedule does not make them equal anyway."""
    scope = constants(nodes("step_size"), kind="constant")

    def places(graph: Graph, shapes: Shapes) -> tuple[str, ...]:
        linear = {n.name for n in graph.nodes if n.op == "schedule" and
                  n.constants.get("kind") == "linear"}  # fmt: skip
        found = scope.places(graph, shapes)
        return tuple(p for p in found if graph.node(p).inputs[0] not in linear)

    return Scope(places, scope.edit)


FAULTS = (
    entry(
        edited(_SCHEDULE, lambda node, _: _other_kind(node)),
        key="schedule_kind", title="Linear in place of cosine schedule (or the reverse)",
        slot="schedule",
        change="The times are i / N in place of 1 - cos(pi i / 2N), or the reverse.",
        symptom="The first velocity is right, every later time is not.",
        records=("OD01", "R37"), first_seen="dt of step 1, t from step 2",
    ),
    entry(
        constants(_SCHEDULE, reverse=True),
        key="schedule_reversed", title="Time runs backwards", slot="schedule",
        change="The times are 1 - t_i, so every dt is negative.",
        symptom="The state runs away from the mel from the first step on.",
        records=("OD04",), first_seen="t of step 1",
    ),
    entry(
        constants(_SCHEDULE, steps=6),
        key="schedule_six_steps", title="Six steps", slot="schedule",
        change="The schedule has 6 steps in place of its own number.",
        symptom="Other times and a trace with another number of steps.",
        records=("OD05",), first_seen="dt of step 1, t from step 2",
    ),
    entry(
        constants(_SCHEDULE, steps=32),
        key="schedule_many_steps", title="32 steps", slot="schedule",
        change="The schedule has 32 steps in place of its own number.",
        symptom="Other times and a trace with another number of steps.",
        records=("OD08",), first_seen="dt of step 1, t from step 2",
    ),
    entry(
        _constant_steps(),
        key="step_size_constant", title="Constant step size", slot="schedule",
        change="dt is 1 / N in every step in place of t[i + 1] - t[i].",
        symptom="The velocity of step 1 is right; the error of the state is (dt' - dt) v.",
        records=("OD02", "R38"), first_seen="dt of step 1",
        blind="linear schedule",
    ),
    entry(
        wired(named("ode.t", needs=("ode.dt",)), _held),
        key="step_two_held", title="Step 2 repeats the time of step 1", slot="schedule",
        change="Step 2 uses t and dt of step 1.",
        symptom="Step 1 is right; the steps do not add up to 1.",
        records=("OD03", "R39"), first_seen="t of step 2",
        blind="every step but the second", silent_when=("first_step", "later_step"),
    ),
    entry(
        constants(nodes("step_time"), shift=1),
        key="time_one_step_late", title="Time of the end of the step", slot="schedule",
        change="The estimator gets t[i + 1] in place of t[i].",
        symptom="The step sizes are right, every time is one step ahead.",
        records=("TE06",), first_seen="t of step 1",
    ),
    entry(
        constants(nodes("step_time"), shift=-1),
        key="time_one_step_early", title="Time of the step before", slot="schedule",
        change="The estimator gets t[i - 1] in place of t[i], and t[0] in step 1.",
        symptom="The step sizes are right, every time is one step behind.",
        records=("TE06",), first_seen="t of step 2", blind="t = 0",
        silent_when=("first_step",),
    ),
    entry(
        constants(nodes("euler"), sign=-1),
        key="euler_sign", title="Euler step backwards", slot="euler_update",
        change="The state becomes x - dt v in place of x + dt v.",
        symptom="Velocities of step 1 are right; the state moves the other way.",
        records=(), first_seen="state after step 1",
    ),
)  # fmt: skip
