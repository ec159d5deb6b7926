"""One block of the lab for the page: its slots and how they hang together."""

from __future__ import annotations

from typing import Any

from inspector.blocks.graph import Node
from inspector.blocks.operations import OPERATIONS
from inspector.diagnose.comparison import Comparison
from inspector.errors import UsageError
from inspector.faults.registry import faults
from inspector.live.cache import BoundedCache
from inspector.live.lab import Lab
from inspector.live.offered import OFFERED
from inspector.live.slot_sources import can_read
from inspector.live.swapping import fits
from inspector.names import show_name
from inspector.views.lab import LabCheckpoint, find_lab, recorded

_PLACES: BoundedCache[dict[str, list[str]]] = BoundedCache(4)


def block_payload(
    comparison: Comparison, checkpoint: LabCheckpoint | None, block: str
) -> dict[str, Any]:
    """The nodes of `block` in order of computation and the edges between them.

    Edges from values outside of the block are among them.  Of each node: the steps at which a
    trace recorded any of its inputs, the faults and the implementations that fit there.

    Raises:
        TraceError: the checkpoint cannot be read.
        UsageError: no checkpoint, or no such block.
    """
    lab = find_lab(comparison, checkpoint)
    if block not in lab.graph.blocks:
        raise UsageError("unknown", show_name(block), "the decoder has no block of this name", "",
                         "Choose a block on the map.")  # fmt: skip
    nodes = lab.graph.of_block(block)
    where = swap_places(lab)
    return {
        "block": block,
        "nodes": [_node(lab, node, block, where) for node in nodes],
        "edges": [[name, node.name] for node in nodes for name in node.inputs],
        "swaps": where.get(block, []) if block not in lab.graph else [],
    }


def swap_places(lab: Lab) -> dict[str, list[str]]:
    """Keys of the faults that can be applied at each node, block or input."""
    found = _PLACES.get(lab.identity) if lab.identity else None
    if found is not None:
        return found
    places: dict[str, list[str]] = {}
    for key, fault in faults().items():
        for place in fault.places(lab.graph, lab.weight_shapes):
            places.setdefault(place, []).append(key)
    return _PLACES.put(lab.identity, places, 1) if lab.identity else places


def _node(lab: Lab, node: Node, block: str, where: dict[str, list[str]]) -> dict[str, Any]:
    dtypes = lab.checkpoint.dtypes
    return {
        "name": node.name,
        "label": node.name.removeprefix(f"{block}.") if node.name != block else "output",
        "slot": node.slot,
        "op": node.op,
        "inputs": list(node.inputs),
        "formula": OPERATIONS[node.op].formula,
        "settings": dict(node.settings),
        "params": [
            {"name": name, "key": key, "shape": list(lab.weight_shapes.get(key, ())),
             "dtype": dtypes.get(key, "float32" if key in lab.weight_shapes else "missing")}
            for name, key in node.params
        ],
        "recorded": recorded(lab, {node.name}),
        "sources": {
            side: [step + 1 for step in lab.steps if can_read(lab, bound, node.name, step)]
            for side, bound in (("reference", lab.reference), ("candidate", lab.candidate))
        },
        "swaps": where.get(node.name, []),
        "implementations": [key for key, code in OFFERED.items() if fits(code, lab.graph, node)],
    }  # fmt: skip
