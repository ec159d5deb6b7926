"""The part of the decoder that a plan runs at one step, and what it starts from."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from inspector.blocks.graph import Graph
from inspector.errors import UsageError
from inspector.live.plan import RunPlan
from inspector.live.rows import conditional_graph, copies_of, has_rows, take
from inspector.names import show_name
from inspector.tensors import Array

WHOLE = ("ode", "step")
SOLVER = "solver"
"""The block ``ode`` in a plan, where that word means the whole solution."""


@dataclass(frozen=True)
class Part:
    """Nodes to compute and the values that they start from.

    Attributes:
        graph: the nodes.
        given: values of `graph.inputs`.
        names: values that the plan asks for, in order of computation.
        step: ODE step from 0.
        rows: rows in which it runs: ``both`` or ``cond``.
        notes: assumptions, one sentence each.
    """

    graph: Graph
    given: Mapping[str, Array] = field(compare=False)
    names: tuple[str, ...]
    step: int
    rows: str = "both"
    notes: tuple[str, ...] = ()


def members(graph: Graph, what: str) -> tuple[str, ...]:
    """Nodes that `RunPlan.what` stands for, in order of computation.

    Raises:
        UsageError: the decoder has no such part.
    """
    if what in WHOLE:
        return tuple(node.name for node in graph.nodes)
    if what == SOLVER:
        what = "ode"
    # a block may have the name of its last node: the block is meant
    found = tuple(node.name for node in graph.of_block(what))
    if found:
        return found
    if what in graph:
        return (what,)
    known = [*WHOLE, SOLVER, *graph.blocks, *(node.name for node in graph.nodes)]
    near = difflib.get_close_matches(what, known, n=3, cutoff=0.4) or known[:4]
    raise UsageError(
        "unknown", show_name(what), "the decoder has no part of this name", "",
        f"Did you mean: {', '.join(near)}?",
    )  # fmt: skip


def wanted_values(graph: Graph, plan: RunPlan, names: Collection[str]) -> tuple[str, ...]:
    """Which of the nodes `names` a plan returns."""
    values = ("blocks" if plan.what == "ode" else "slots") if plan.values == "auto" else plan.values
    if values == "slots":
        return tuple(names)
    ends = {graph.block_output(block) for block in graph.blocks} | {"ode.t_span"}
    return tuple(n for n in names if n in ends or graph.node(n).block == "ode" or n == plan.what)


def make_part(
    graph: Graph, plan: RunPlan, pool: Mapping[str, Array], step: int, *, original: Graph
) -> Part:
    """Cut the part out of `graph`.

    Args:
        graph: step graph with the swaps in it.
        plan: what to run.
        pool: everything that is known at this step, by name.
        step: from 0.
        original: step graph without swaps: says which values have which rows.

    Raises:
        UsageError: there is no such part.
    """
    inside = members(graph, plan.what)
    copies, notes = copies_of(original), []
    rows = "cond" if plan.rows == "cond" and copies > 1 else "both"
    known = _known(graph, plan, pool, inside)
    partial = _partial(original, pool, copies)
    if rows == "both" and copies > 1 and plan.what not in (*WHOLE, SOLVER) and partial:
        starts = graph.cut(inside, known).inputs
        if plan.rows == "both" and partial & set(starts):
            rows = "cond"
            notes.append("Only the conditional rows were recorded here; the part ran on these.")
        else:
            known -= partial
    elif rows == "both":
        known -= partial
    cut_from = conditional_graph(graph) if rows == "cond" else graph
    asked = [n for n in wanted_values(graph, plan, inside) if n in cut_from]
    if not asked:
        raise UsageError("rows", plan.what, "it needs the unconditional rows", "rows: both")
    cut = cut_from.cut(asked, known)
    given = {name: pool[name] for name in cut.inputs if name in pool}
    if rows == "cond":
        batch = next((len(pool[n]) for n in ("x", "mask") if n in pool), 1)
        given = {n: v[:batch] if has_rows(original, n) else v for n, v in given.items()}
    return Part(cut, given, tuple(asked), step, rows, tuple(notes))


def conditional_part(part: Part, original: Graph) -> Part | None:
    """`part` on its conditional rows; None where it combines both kinds or has one only."""
    copies = copies_of(original)
    solver = any(node.op in ("take_rows", "guide", "euler") for node in part.graph.nodes)
    if copies == 1 or part.rows == "cond" or solver:
        return None
    given = {
        name: take(value, "cond", copies, has_rows(original, name))
        for name, value in part.given.items()
    }
    return replace(part, graph=conditional_graph(part.graph), given=given, rows="cond")


def _known(
    graph: Graph, plan: RunPlan, pool: Mapping[str, Array], inside: Collection[str]
) -> set[str]:
    """Values that the part may start from."""
    known = set(pool) - set(inside)
    if plan.what in WHOLE:
        known = {name for name in pool if name not in graph}
    if not plan.chained:
        known |= {graph.block_output(b) for b in graph.blocks if b != "ode"} & set(pool)
    return known


def _partial(graph: Graph, pool: Mapping[str, Array], copies: int) -> set[str]:
    """Values of which only the conditional rows are known."""
    if "x" not in pool or copies == 1:
        return set()
    full = pool["x"].shape[0] * copies
    return {n for n, v in pool.items() if has_rows(graph, n) and v.shape[0] < full}
