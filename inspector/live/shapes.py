"""Shapes of every value of a graph in letters, without computing anything."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.blocks.graph import Graph, Node

Dim = int | str
"""A length, or a letter for one that depends on the run: B, R, T (or T/2 ...), S."""

_NO_WEIGHT: tuple[int, ...] = ()
_NO_SHAPE: tuple[Dim, ...] = ()
_INPUTS: dict[str, tuple[str, ...]] = {
    "x": ("B", "T", "F"), "mu": ("B", "T", "F"), "cond": ("B", "T", "F"), "mask": ("B", "T", "1"),
    "speaker": ("B", "F"), "step": ("1",),
}  # fmt: skip


def value_shapes(
    graph: Graph, shapes: Mapping[str, tuple[int, ...]], mel_bins: int
) -> dict[str, tuple[Dim, ...]]:
    """Shape of every node of a step graph.

    Args:
        graph: a step graph or a cut of one that starts at its inputs.
        shapes: shape of every parameter by key.
        mel_bins: F.

    Returns:
        Node name -> lengths; R and B rows, T frames (T/2 on the second level), S points of
        the schedule.
    """
    found: dict[str, tuple[Dim, ...]] = {}
    for name, letters in _INPUTS.items():
        found[name] = tuple(mel_bins if a == "F" else 1 if a == "1" else a for a in letters)
    for node in graph.nodes:
        found[node.name] = _shape(node, [found[n] for n in node.inputs], shapes)
    return found


def _shape(
    node: Node, inputs: list[tuple[Dim, ...]], shapes: Mapping[str, tuple[int, ...]]
) -> tuple[Dim, ...]:
    first = inputs[0] if inputs else _NO_SHAPE
    key = node.key("weight")
    weight: tuple[int, ...] = shapes[key] if key is not None and key in shapes else _NO_WEIGHT
    settings = node.constants
    match node.op:
        case "schedule":
            return ("S",)
        case "step_time" | "step_size":
            return ("B",)
        case "rows":
            return ("R", *first[1:])
        case "take_rows":
            return ("B", *first[1:])
        case "repeat_frames":
            return ("R", inputs[1][1], first[1])
        case "time_embedding":
            return ("R", int(settings["width"] or 0))
        case "linear":
            return (*first[:-1], weight[0])
        case "conv1d":
            halved = settings.get("stride", 1) == 2
            return (first[0], _half(first[1]) if halved else first[1], weight[0])
        case "conv_transpose1d":
            return (first[0], _double(first[1]), weight[1])
        case "stride_frames":
            return (first[0], _half(first[1]), first[2])
        case "concat" | "concat_skip":
            frames = inputs[-1][1] if node.op == "concat_skip" else first[1]
            return (first[0], frames, sum(int(i[2]) for i in inputs))
        case "split_heads":
            heads = int(settings["heads"] or 1)
            return (first[0], heads, first[1], int(first[2]) // heads)
        case "scores":
            return (*first[:2], first[2], first[2])
        case "attend":
            return inputs[1]
        case "merge_heads":
            return (first[0], first[2], int(first[1]) * int(first[3]))
    return first


def _half(frames: Dim) -> Dim:
    depth = int(str(frames).partition("/")[2] or 1)
    return f"T/{depth * 2}"


def _double(frames: Dim) -> Dim:
    depth = int(str(frames).partition("/")[2] or 1) // 2
    return f"T/{depth}" if depth > 1 else "T"
