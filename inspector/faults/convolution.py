"""Mistakes in the padding of convolutions."""

from __future__ import annotations

from inspector.blocks.graph import Graph, Node
from inspector.faults.edit import Edit
from inspector.faults.fault import Fault, Shapes
from inspector.faults.scope import Scope, Select, constants, entry


def _padded(left: int, right: int, stride: int = 1) -> Select:
    """Convolutions padded so."""

    def selected(node: Node) -> bool:
        have = node.constants
        return (
            node.op == "conv1d"
            and (have.get("left", 0), have.get("right", 0)) == (left, right)
            and have.get("stride", 1) == stride
        )

    return selected


def _any_padded(node: Node) -> bool:
    have = node.constants
    return node.op == "conv1d" and bool(have.get("left") or have.get("right"))


def _mode(mode: str, text: str) -> Fault:
    return entry(
        constants(_any_padded, pad_mode=mode),
        key=f"padding_{mode}", title=f"Padding {text}", slot="causal_conv",
        change=f"The convolution is padded {text} in place of zeros.",
        symptom="Only the first frames (and the last, where both ends are padded) are wrong.",
        records=("PD03",), first_seen="first frames of the convolution",
    )  # fmt: skip


def _untrimmed() -> Scope:
    """Transposed convolutions whose surplus frames are cut again by the skip after them."""

    def places(graph: Graph, _shapes: Shapes) -> tuple[str, ...]:
        cropped = {n.inputs[0] for n in graph.nodes if n.op == "concat_skip"}
        return tuple(
            n.name for n in graph.nodes
            if n.op == "conv_transpose1d" and n.name in cropped and n.constants.get("padding") == 1
        )  # fmt: skip

    def edit(graph: Graph, chosen: tuple[str, ...], _shapes: Shapes) -> Edit:
        return Edit(graph.change(chosen, lambda n: n.with_settings(padding=0)))

    return Scope(places, edit)


_LAG = "The output is shifted by a frame against the right one; the spectrum is the same."

FAULTS = (
    entry(
        constants(_padded(2, 0), left=1, right=1),
        key="causal_padding_symmetric", title="Causal padding on both sides", slot="causal_conv",
        change="The convolution is padded by 1 + 1 frames in place of 2 + 0.",
        symptom=_LAG, records=("PD01", "R32"), first_seen="convolution",
    ),
    entry(
        constants(_padded(2, 0), left=0, right=2),
        key="causal_padding_right", title="Causal padding on the right", slot="causal_conv",
        change="The convolution is padded by 0 + 2 frames in place of 2 + 0.",
        symptom="The output is two frames early; the spectrum is the same.",
        records=("PD01",), first_seen="convolution",
    ),
    entry(
        constants(_padded(1, 1), left=2, right=0),
        key="plain_padding_causal", title="Symmetric padding made causal", slot="causal_conv",
        change="The convolution is padded by 2 + 0 frames in place of 1 + 1.",
        symptom=_LAG, records=("PD01",), first_seen="convolution",
    ),
    entry(
        constants(_padded(1, 1, 2), left=0, right=2),
        key="strided_padding_right", title="Strided convolution padded on the right",
        slot="stage_conv",
        change="The down-sampling convolution is padded by 0 + 2 frames in place of 1 + 1.",
        symptom=_LAG, records=("PD05",), first_seen="down-sampled stream",
    ),
    entry(
        constants(_padded(1, 1, 2), left=2, right=0),
        key="strided_padding_left", title="Strided convolution padded on the left",
        slot="stage_conv",
        change="The down-sampling convolution is padded by 2 + 0 frames in place of 1 + 1.",
        symptom=_LAG, records=("PD05",), first_seen="down-sampled stream",
    ),
    _mode("edge", "with the edge frame"),
    _mode("reflect", "by reflection"),
    entry(
        _untrimmed(),
        key="transposed_conv_head_kept", title="Transposed convolution not trimmed at its head",
        slot="stage_conv",
        change="No frame is cut at the head of the up-sampling convolution; the surplus falls off "
        "at the tail.",
        symptom=_LAG, records=("PD02",), first_seen="up-sampled stream",
    ),
)  # fmt: skip
