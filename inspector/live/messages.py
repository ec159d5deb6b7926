"""Messages between the inspector and its child process: JSON and arrays, nothing that runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from inspector.blocks.graph import Graph, Node
from inspector.tensors import Array, freeze

_LENGTH_BYTES = 8


def encode(values: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """One message: JSON values, and arrays of numbers by name."""
    table, pieces, at = {}, [], 0
    for name, array in arrays.items():
        table[name] = [array.dtype.str, list(array.shape), at]
        array = np.ascontiguousarray(array)  # gives a scalar an axis
        pieces.append(array.data.cast("B") if array.size else b"")
        at += array.nbytes
    head = json.dumps({"values": dict(values), "arrays": table}).encode()
    return b"".join((len(head).to_bytes(_LENGTH_BYTES, "little"), head, *pieces))


def decode(message: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """The values and arrays of `encode`; arrays are read-only views of `message`."""
    length = int.from_bytes(message[:_LENGTH_BYTES], "little")
    head = json.loads(message[_LENGTH_BYTES : _LENGTH_BYTES + length])
    start = _LENGTH_BYTES + length
    arrays = {}
    for name, (dtype, shape, at) in head["arrays"].items():
        count = int(np.prod(shape, dtype=np.int64))
        flat = np.frombuffer(message, np.dtype(dtype), count, start + at)
        arrays[name] = freeze(flat.reshape(shape))
    return head["values"], arrays


def graph_values(graph: Graph) -> dict[str, Any]:
    """A graph as JSON values."""
    return {
        "inputs": list(graph.inputs),
        "nodes": [
            [n.name, n.slot, n.op, list(n.inputs), [list(p) for p in n.params],
             [list(s) for s in n.settings], n.block]
            for n in graph.nodes
        ],
    }  # fmt: skip


def read_graph(values: Mapping[str, Any]) -> Graph:
    """The graph of `graph_values`."""
    nodes = tuple(
        Node(name, slot, op, tuple(inputs), tuple((p, k) for p, k in params),
             tuple((s, v) for s, v in settings), block)
        for name, slot, op, inputs, params, settings, block in values["nodes"]
    )  # fmt: skip
    return Graph(nodes, tuple(values["inputs"]))
