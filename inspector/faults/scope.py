"""Where a fault can act and how: the few ways in which entries of the registry are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from inspector.blocks.graph import Graph, Node, Setting
from inspector.faults.edit import Edit, InputChange, WeightChange
from inspector.faults.fault import Fault, MakeEdit, Places, Shapes
from inspector.faults.rewiring import rewired

Select = Callable[[Node], bool]


@dataclass(frozen=True)
class Scope:
    """Places of a fault and the edit that it makes there."""

    places: Places
    edit: MakeEdit


def entry(scope: Scope, *, kind: str = "fault", **facts: Any) -> Fault:
    """A registry entry from its scope and the other attributes of `Fault`."""
    return Fault(kind=kind, places=scope.places, edit=scope.edit, **facts)


def nodes(
    op: str = "", slot: str = "", ends: str | tuple[str, ...] = "", **constants: Setting
) -> Select:
    """Nodes of an op and slot whose name ends so and whose constants are these."""

    def selected(node: Node) -> bool:
        have = node.constants
        return (
            (not op or node.op == op)
            and (not slot or node.slot == slot)
            and node.name.endswith(ends)
            and all(have.get(name) == value for name, value in constants.items())
        )

    return selected


def edited(select: Select, change: Callable[[Node, Shapes], Node]) -> Scope:
    """Selected nodes that `change` makes different, each a place."""

    def places(graph: Graph, shapes: Shapes) -> tuple[str, ...]:
        return tuple(n.name for n in graph.nodes if select(n) and change(n, shapes) != n)

    def edit(graph: Graph, chosen: tuple[str, ...], shapes: Shapes) -> Edit:
        return Edit(graph.change(chosen, lambda node: change(node, shapes)))

    return Scope(places, edit)


def constants(select: Select, **changes: Setting) -> Scope:
    """Selected nodes with other constants."""
    return edited(select, lambda node, _: node.with_settings(**changes))


def reweighted(select: Select, change: Callable[[Node, Shapes], Iterable[WeightChange]]) -> Scope:
    """Selected nodes some of whose parameters change, each a place."""

    def places(graph: Graph, shapes: Shapes) -> tuple[str, ...]:
        return tuple(n.name for n in graph.nodes if select(n) and any(change(n, shapes)))

    def edit(graph: Graph, chosen: tuple[str, ...], shapes: Shapes) -> Edit:
        changes = [c for name in chosen for c in change(graph.node(name), shapes)]
        return Edit(graph, tuple(changes))

    return Scope(places, edit)


def blocks_reweighted(
    find: Callable[[Graph, Shapes], Iterable[str]],
    change: Callable[[Graph, str, Shapes], Iterable[WeightChange]],
) -> Scope:
    """Whole blocks some of whose parameters change, each a place."""

    def places(graph: Graph, shapes: Shapes) -> tuple[str, ...]:
        return tuple(b for b in find(graph, shapes) if any(change(graph, b, shapes)))

    def edit(graph: Graph, chosen: tuple[str, ...], shapes: Shapes) -> Edit:
        return Edit(graph, tuple(c for b in chosen for c in change(graph, b, shapes)))

    return Scope(places, edit)


def wired(
    find: Callable[[Graph], Iterable[str]],
    change: Callable[[Graph, str], Mapping[str, Node]],
) -> Scope:
    """Places at which the nodes of `change` replace or join those of the graph."""

    def places(graph: Graph, _shapes: Shapes) -> tuple[str, ...]:
        return tuple(find(graph))

    def edit(graph: Graph, chosen: tuple[str, ...], _shapes: Shapes) -> Edit:
        for place in chosen:
            graph = rewired(graph, change(graph, place))
        return Edit(graph)

    return Scope(places, edit)


def named(*names: str, needs: tuple[str, ...] = ()) -> Callable[[Graph], tuple[str, ...]]:
    """Those of `names` that are nodes of the graph, provided all of `needs` are."""
    return lambda graph: tuple(
        n for n in names if n in graph and all(other in graph for other in needs)
    )


def inputs(
    names: str,
    kind: str,
    needs: Callable[[Graph, str], bool] = lambda _graph, _name: True,
    **settings: Setting,
) -> Scope:
    """Inputs of the graph that change: each of `names`, with or without rows, is a place."""
    known = [level + name for name in names.split() for level in ("", "rows.")]

    def places(graph: Graph, _shapes: Shapes) -> tuple[str, ...]:
        return tuple(n for n in known if n in graph.inputs and needs(graph, n))

    def edit(graph: Graph, chosen: tuple[str, ...], _shapes: Shapes) -> Edit:
        given = tuple(settings.items())
        return Edit(graph, inputs=tuple(InputChange(name, kind, given) for name in chosen))

    return Scope(places, edit)


def transformers(graph: Graph) -> tuple[str, ...]:
    """Blocks of the graph that hold a whole transformer."""
    return tuple(
        block
        for block in graph.blocks
        if all(
            f"{block}.{part}" in graph
            for part in ("norm1", "attn1.scores", "attn1.to_out.0", "after_attention", "norm3")
        )
        and block in graph
    )


def resnets(graph: Graph) -> tuple[str, ...]:
    """Blocks of the graph that hold a whole ResNet."""
    return tuple(
        block
        for block in graph.blocks
        if all(f"{block}.{part}" in graph for part in ("block1", "with_time", "res_conv"))
        and block in graph
    )


def conv_blocks(graph: Graph) -> tuple[str, ...]:
    """Paths of conv, norm and activation in a row: ``...block1``, ``final_block`` ..."""
    return tuple(
        node.name.removesuffix(".block.0")
        for node in graph.nodes
        if node.name.endswith(".block.0") and node.name.removesuffix(".block.0") in graph
    )
