"""A plan's swaps and choices turned into a changed graph and a place for every node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inspector.blocks.graph import Graph, Node
from inspector.errors import UsageError
from inspector.faults.edit import Edit
from inspector.faults.registry import faults
from inspector.live.block_kinds import KINDS, block_kind, boundary, with_block_replaced
from inspector.live.execution import Placement
from inspector.live.lab import Lab
from inspector.live.part import WHOLE
from inspector.live.plan import RunPlan
from inspector.live.user_call import UserCall
from inspector.live.user_code import UserCode
from inspector.tensors import Progress

Codes = Mapping[str, UserCode]


@dataclass(frozen=True)
class Swapped:
    """What the swaps of a plan make of the decoder.

    Attributes:
        edit: changed graph, weights and inputs.
        by_node: user's code in place of single nodes.
        by_block: user's code in place of blocks, by the node that stands for the block.
    """

    edit: Edit
    by_node: Mapping[str, UserCode] = field(default_factory=dict)
    by_block: Mapping[str, tuple[UserCode, str]] = field(default_factory=dict)


def apply_swaps(plan: RunPlan, lab: Lab, codes: Codes) -> Swapped:
    """Apply the swaps of `plan` one after the other.

    Raises:
        UsageError: an unknown fault, implementation or place.
    """
    edit = Edit(lab.graph)
    by_node: dict[str, UserCode] = {}
    by_block: dict[str, tuple[UserCode, str]] = {}
    for swap in plan.swaps:
        if swap.key in codes:
            code = codes[swap.key]
            for place in swap.places or default_places(code, plan):
                for kind, name in _resolve(edit.graph, place, code):
                    if kind == "block":
                        edit = Edit(
                            with_block_replaced(edit.graph, name), edit.weights, edit.inputs
                        )
                        by_block[edit.graph.block_output(name)] = (code, name)
                    else:
                        by_node[name] = code
        else:
            fault = faults()[swap.key]
            edit = edit.joined(
                fault.apply(edit.graph, swap.places, lab.weight_shapes, seed=swap.seed)
            )
    for node in edit.graph.nodes:
        name = plan.choice(node.name, node.slot).implementation
        if name is not None and node.name not in by_block:
            by_node[node.name] = _named(codes, name)
    return Swapped(edit, by_node, by_block)


def default_places(code: UserCode, plan: RunPlan) -> tuple[str, ...]:
    """Where an implementation belongs when nobody says: its own place, else the plan's part.

    Raises:
        UsageError: neither says.
    """
    if code.place:
        return (code.place,)
    if plan.what in WHOLE:
        raise UsageError(
            "place", code.name, "nothing says which part it replaces", "a slot, node or block",
            "Write NAME=path.py:Name@block, or BLOCK=program.",
        )  # fmt: skip
    return (plan.what,)


def placements(
    plan: RunPlan, lab: Lab, swapped: Swapped, graph: Graph, lengths: Mapping[str, int],
    progress: Progress | None,
) -> dict[str, Placement]:  # fmt: skip
    """Where and by what every node of `graph` is computed.

    Args:
        plan, lab, swapped: of the run.
        graph: the part that runs.
        lengths: known lengths by letter, see `inspector.live.shapes`.
        progress: for programs.
    """
    found = {}
    for node in graph.nodes:
        choice = plan.choice(node.name, node.slot)
        backend = choice.backend or plan.backend
        precision = choice.precision or plan.precision
        call = None
        if node.name in swapped.by_block or node.name in swapped.by_node:
            code, block = swapped.by_block.get(node.name, (swapped.by_node.get(node.name), ""))
            assert code is not None  # it is in one of the two
            if code.kind == "python" and choice.backend is None:
                backend = code.backend
            call = UserCall(code, block or node.name, backend, precision,
                            _expected(lab, node.name, lengths))  # fmt: skip
            call.progress = progress
            if block:
                _describe_block(call, lab, block)
        found[node.name] = Placement(backend, precision, call)
    return found


def _describe_block(call: UserCall, lab: Lab, block: str) -> None:
    call.inputs = tuple(short for short, _ in boundary(lab.graph, block))
    config = {k: v for k, v in lab.config.to_dict().items() if v is not None}
    call.settings = {"block": block, "kind": block_kind(block), **config}
    output = lab.graph.block_output(block)
    names = [n.name for n in lab.graph.of_block(block) if n.name != output]
    call.inner = {n.removeprefix(f"{block}."): n for n in names}


def replaces_block(code: UserCode, graph: Graph) -> bool:
    """True for an implementation of whole blocks: a program, or Python that names no slot or node.

    One that names no place at all is for any block.
    """
    return code.kind == "command" or code.place in ("", *graph.blocks, *KINDS)


def fits(code: UserCode, graph: Graph, node: Node) -> bool:
    """True where an implementation may be chosen at a node; one of a block at its output."""
    if not replaces_block(code, graph):
        return code.place in (node.name, node.slot)
    here = node.block != "ode" and node.name == graph.block_output(node.block)
    return here and code.place in ("", node.block, block_kind(node.block))


def check_choices(plan: RunPlan, graph: Graph) -> None:
    """Refuse choices for nodes and slots that the decoder does not have.

    Raises:
        UsageError: with the name.
    """
    slots: dict[str, Any] = dict.fromkeys(node.slot for node in graph.nodes)
    for name, _ in plan.nodes:
        graph.node(name)
    for name, _ in plan.slots:
        if name not in slots:
            raise UsageError("unknown", name, "the decoder has no slot of this name",
                             f"one of {', '.join(slots)}")  # fmt: skip


def _resolve(graph: Graph, place: str, code: UserCode) -> list[tuple[str, str]]:
    """The blocks or nodes that a place stands for."""
    if place in graph.blocks:
        if place == "ode":
            raise UsageError("place", code.name, "the solver cannot be replaced as a whole",
                             "one of its nodes, such as ode.x_after")  # fmt: skip
        return [("block", place)]
    blocks = [b for b in graph.blocks if block_kind(b) == place]
    if place in KINDS and blocks and place not in ("ode", "inputs"):
        return [("block", b) for b in blocks]
    nodes = [n.name for n in graph.nodes if n.name == place or n.slot == place]
    if not nodes:
        raise UsageError(
            "place", code.name, f"there is no part called {place}",
            f"a block, a node, a slot, or one of {', '.join(KINDS[2:6])}",
        )  # fmt: skip
    if code.kind == "command":
        raise UsageError("place", code.name, f"a program replaces a block, and {place} is none")
    return [("node", name) for name in nodes]


def _named(codes: Codes, name: str) -> UserCode:
    if name not in codes:
        raise UsageError(
            "unknown", name, "no implementation of this name was given",
            f"one of {', '.join(codes)}" if codes else "",
            "Name it on the command line with --implementation.",
        )  # fmt: skip
    return codes[name]


def _expected(lab: Lab, name: str, lengths: Mapping[str, int]) -> tuple[int, ...]:
    wanted = lab.shapes.get(name, ())
    return tuple(d if isinstance(d, int) else lengths.get(d, -1) for d in wanted)
