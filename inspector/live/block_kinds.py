"""What kind of block a block is, and what it reads and returns under short names."""

from __future__ import annotations

import re

from inspector.blocks.graph import Graph, Node

KINDS = ("time", "inputs", "resnet", "transformer", "conv", "final", "ode")
_TRANSFORMER = re.compile(r"\w+\.\d+\.1\.\d+")
_RESNET = re.compile(r"\w+\.\d+\.0")


def block_kind(block: str) -> str:
    """One of `KINDS`."""
    if block in ("ode", "inputs"):
        return block
    if block == "time_mlp":
        return "time"
    if block.startswith("final"):
        return "final"
    if _TRANSFORMER.fullmatch(block):
        return "transformer"
    return "resnet" if _RESNET.fullmatch(block) else "conv"


def boundary(graph: Graph, block: str) -> tuple[tuple[str, str], ...]:
    """What a block reads from outside: (short name, name of the value), in order of use.

    Short names: ``h`` what the block before hands on, ``skip`` in the up stage, ``mask``
    [R, T, 1], ``time`` the time embedding [R, C]; the inputs of the decoder keep theirs
    (``x``, ``mu``, ``speaker``, ``cond``, ``t``).
    """
    nodes = graph.of_block(block)
    inside = {node.name for node in nodes}
    found: dict[str, str] = {}
    for node in nodes:
        for position, name in enumerate(node.inputs):
            if name not in inside and name not in found.values():
                found[_short(node, position, name, found)] = name
    return tuple(found.items())


def parameters(graph: Graph, block: str) -> tuple[tuple[str, str], ...]:
    """Parameters of a block: (key inside the block, key of the checkpoint)."""
    keys = dict.fromkeys(key for node in graph.of_block(block) for _, key in node.params)
    return tuple((key.removeprefix(f"{block}."), key) for key in keys)


def with_block_replaced(graph: Graph, block: str) -> Graph:
    """The same graph where one node computes the whole block from what it reads.

    The node has the operation ``user_block``, the inputs of `boundary` and the parameters of
    `parameters`.  Values that other blocks read besides the output stay as they are.
    """
    output = graph.block_output(block)
    old = graph.node(output)
    nodes = graph.of_block(block)
    inside = {node.name for node in nodes}
    read = {name for node in graph.nodes if node.name not in inside for name in node.inputs}
    needed = {n.name for n in graph.cut(sorted((inside & read) - {output})).nodes} & inside
    new = Node(
        output, old.slot, "user_block", tuple(name for _, name in boundary(graph, block)),
        parameters(graph, block), (), block,
    )  # fmt: skip
    kept = [
        new if node.name == output else node
        for node in graph.nodes
        if node.name not in inside or node.name == output or node.name in needed
    ]
    return Graph(tuple(kept), graph.inputs)


def _short(node: Node, position: int, name: str, found: dict[str, str]) -> str:
    head, _, last = name.rpartition(".")
    if head == "rows" and last != "mask":
        return last
    if last == "mask" or (node.op in ("apply_mask", "mask_scores") and position == 1):
        return "mask" if "mask" not in found else f"mask_{len(found)}"
    if name.startswith("time_mlp"):
        return "time"
    if node.op == "concat_skip" and position == 1:
        return "skip"
    return "h" if "h" not in found else f"h_{len(found)}"
