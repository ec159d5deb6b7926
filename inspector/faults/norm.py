"""Mistakes in norms: eps, variance, axis, order."""

from __future__ import annotations

from dataclasses import replace

from inspector.blocks.graph import Graph, Node
from inspector.faults.fault import Fault, Shapes
from inspector.faults.scope import (
    constants,
    conv_blocks,
    edited,
    entry,
    nodes,
    transformers,
    wired,
)

_LAYER, _GROUP = nodes("layer_norm"), nodes("group_norm")


def _any(node: Node) -> bool:
    return node.slot == "norm" and (_LAYER(node) or _GROUP(node))


def _eps(name: str, value: float, symptom: str) -> Fault:
    return entry(
        constants(_any, eps=value),
        key=f"norm_eps_{name}", title=f"Norm with eps {value:g}", slot="norm",
        change=f"eps of the norm is {value:g}.", symptom=symptom,
        records=("NM01", "R31"), first_seen="frames of low variance",
        blind="frames whose variance is far above eps",
    )  # fmt: skip


def _grouped(node: Node, shapes: Shapes) -> Node:
    shape = shapes.get(node.key("weight") or "", (0,))
    if not shape[0] or shape[0] % 8:
        return node
    settings = (("eps", node.constants["eps"]), ("groups", 8))
    return replace(node, op="group_norm", settings=settings)


def _ungrouped(node: Node, _shapes: Shapes) -> Node:
    return replace(node, op="layer_norm", settings=(("eps", node.constants["eps"]),))


def _norm_of(graph: Graph, path: str) -> tuple[Node, Node] | None:
    """Norm and activation of a conv block, when both are there."""
    parts = [n for n in graph.nodes if n.name.startswith(f"{path}.block.")]
    norms = [n for n in parts if n.op in ("layer_norm", "group_norm")]
    acts = [n for n in parts if n.op == "activation"]
    return (norms[0], acts[0]) if norms and acts else None


def _activation_first(graph: Graph, path: str) -> dict[str, Node]:
    """conv -> activation -> norm; each module keeps its name."""
    found = _norm_of(graph, path)
    if found is None:
        return {}
    norm, act = found
    output = graph.node(path)
    made = (
        act.with_input(0, norm.inputs[0]), norm.with_input(0, act.name),
        output.with_input(0, norm.name),
    )  # fmt: skip
    return {n.name: n for n in made}


def _post_norm(graph: Graph, block: str) -> dict[str, Node]:
    """LN(x + f(x)) in both halves; each module keeps its name."""
    stream = graph.node(f"{block}.norm1").inputs[0]
    norm1 = graph.node(f"{block}.norm1").with_input(0, f"{block}.after_attention")
    made = [norm1]
    for letter in "qkv":
        made.append(graph.node(f"{block}.attn1.to_{letter}").with_input(0, stream))
    made.append(graph.node(f"{block}.ff.net.0.proj").with_input(0, norm1.name))
    total = replace(graph.node(block), name=f"{block}.after_feed_forward").with_input(1, norm1.name)
    norm3 = graph.node(f"{block}.norm3").with_input(0, total.name)
    output = replace(graph.node(block), inputs=(norm3.name, norm3.name))
    made += [total, norm3, output.with_settings(use="first")]
    return {n.name: n for n in made}


FAULTS = (
    _eps("1e-12", 1e-12, "Differs only in frames of low variance, usually by less than 1e-4."),
    _eps("1e-6", 1e-6, "Differs only in frames of low variance, usually by less than 1e-4."),
    _eps("1e-5", 1e-5, "Differs only in frames of low variance, usually by less than 1e-4."),
    _eps("1e-2", 1e-2, "Frames of low variance come out too small."),
    entry(
        constants(_LAYER, kind="identity"),
        key="norm_skipped", title="Norm skipped", slot="norm",
        change="The norm returns its input.",
        symptom="The scale of the stream goes on unchecked; values grow.",
        records=("WF04",), first_seen="output of the norm",
    ),
    entry(
        constants(_LAYER, kind="rms"),
        key="norm_rms", title="RMS norm in place of layer norm", slot="norm",
        change="The mean is not subtracted: x / sqrt(mean(x^2) + eps).",
        symptom="The mean over the channels survives the norm.",
        records=("NM03",), first_seen="output of the norm",
    ),
    entry(
        constants(_LAYER, variance="unbiased"),
        key="norm_unbiased", title="Norm with the unbiased variance", slot="norm",
        change="The variance is divided by C - 1 in place of C.",
        symptom="Before weight and bias everything is smaller by sqrt((C - 1) / C).",
        records=("NM03",), first_seen="output of the norm",
    ),
    entry(
        constants(_LAYER, axis="frames"),
        key="norm_over_frames", title="Norm over the frames", slot="norm",
        change="Mean and variance are taken over the frames of a channel.",
        symptom="Channels have mean 0 over time in place of frames over channels.",
        records=("AL02",), first_seen="output of the norm",
    ),
    entry(
        constants(_GROUP, grouping="strided"),
        key="group_norm_strided", title="Group norm with strided groups", slot="norm",
        change="Every groups-th channel forms a group in place of neighbouring channels, as in "
        "MLX without pytorch_compatible.",
        symptom="Values are plausible; the statistics of neighbouring channels mix.",
        records=(), first_seen="output of the norm",
    ),
    entry(
        edited(lambda n: _LAYER(n) and ".block." in n.name, _grouped),
        key="group_norm_for_layer_norm", title="Group norm in place of layer norm", slot="norm",
        change="The norm after a convolution takes its statistics over the frames of 8 groups of "
        "channels, as the non-causal form does.",
        symptom="Loud frames stay loud after the norm.",
        records=(), first_seen="output of the norm",
    ),
    entry(
        edited(lambda n: _GROUP(n) and ".block." in n.name, _ungrouped),
        key="layer_norm_for_group_norm", title="Layer norm in place of group norm", slot="norm",
        change="The norm after a convolution takes its statistics over the channels of a frame, "
        "as the causal form does.",
        symptom="Every frame has the same loudness after the norm.",
        records=(), first_seen="output of the norm",
    ),
    entry(
        wired(lambda g: [p for p in conv_blocks(g) if _norm_of(g, p)], _activation_first),
        key="activation_before_norm", title="Activation before the norm", slot="norm",
        change="Convolution, activation, norm in place of convolution, norm, activation.",
        symptom="Values after the block are negative as often as positive.",
        records=("NM02",), first_seen="output of the norm",
    ),
    entry(
        wired(transformers, _post_norm),
        key="transformer_post_norm", title="Norm after the residual", slot="norm",
        change="LN(x + f(x)) in place of x + f(LN(x)) in both halves of the transformer.",
        symptom="The stream has unit variance after every block.",
        records=("NM02", "R36"), first_seen="query",
    ),
)  # fmt: skip
