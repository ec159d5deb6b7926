"""Weights whose content is wrong: biases, rows, blocks, precision."""

from __future__ import annotations

from dataclasses import replace

from inspector.blocks.graph import Graph, Node, Setting
from inspector.faults.edit import Edit, WeightChange
from inspector.faults.fault import Fault, Shapes
from inspector.faults.scope import Scope, entry, nodes, reweighted
from inspector.faults.weights_unloaded import LAYOUTS, NORMS, drawn

_OUT = nodes(slot="output_projection")


def _other(n: Node) -> bool:
    return n.op in LAYOUTS and not _OUT(n)


def _bias_lost(node: Node, _shapes: Shapes) -> tuple[WeightChange, ...]:
    key = node.key("bias")
    return (WeightChange(key, "zero"),) if key else ()


def _bias_drawn(node: Node, _shapes: Shapes) -> tuple[WeightChange, ...]:
    key = node.key("bias")
    return (drawn(node, key),) if key else ()


def _invented(node: Node) -> WeightChange:
    return drawn(node, f"{node.name}.bias")


def _invented_bias() -> Scope:
    """A bias drawn by the framework where the source has none."""

    def places(graph: Graph, _shapes: Shapes) -> tuple[str, ...]:
        return tuple(n.name for n in graph.nodes if n.op == "linear" and not n.key("bias"))

    def edit(graph: Graph, chosen: tuple[str, ...], _shapes: Shapes) -> Edit:
        changes = tuple(_invented(graph.node(name)) for name in chosen)

        def with_bias(node: Node) -> Node:
            return replace(node, params=(*node.params, ("bias", _invented(node).key)))

        return Edit(graph.change(chosen, with_bias), changes)

    return Scope(places, edit)


def _all_weights(kind: str, **settings: Setting) -> Scope:
    """The matrix of a linear or convolution layer."""
    given = tuple(settings.items())
    return reweighted(
        lambda n: n.op in LAYOUTS,
        lambda n, _: (WeightChange(n.key("weight") or "", kind, given),),
    )


def _every_parameter(kind: str, **settings: Setting) -> Scope:
    given = tuple(settings.items())
    return reweighted(
        lambda n: bool(n.params), lambda n, _: [WeightChange(k, kind, given) for _, k in n.params]
    )


def _quantised(bits: int) -> Scope:
    """Linear weights whose rows divide into groups of 64, as MLX quantises a model."""

    def change(node: Node, shapes: Shapes) -> tuple[WeightChange, ...]:
        key = node.key("weight") or ""
        shape = shapes.get(key, ())
        if len(shape) != 2 or shape[1] % 64:
            return ()
        return (WeightChange(key, "quantise", (("bits", bits), ("group", 64))),)

    return reweighted(nodes("linear"), change)


def _control(scope: Scope, key: str, title: str, change: str, size: str) -> Fault:
    return entry(
        scope, kind="control", key=key, title=title, slot="weights", change=change,
        symptom=f"Every value differs by about {size}, evenly; no mistake.",
        records=("R42", "DT01", "DT04"), first_seen="first layer",
    )  # fmt: skip


FAULTS = (
    entry(
        reweighted(_OUT, _bias_lost),
        key="output_bias_lost", title="Bias of the output projection lost",
        slot="output_projection",
        change="The bias of the attention's output projection is 0.",
        symptom="The error is constant over the frames in each channel; the cosine stays above "
        "0.99.",
        records=("WF01", "R6"), first_seen="attention output",
    ),
    entry(
        reweighted(_OUT, _bias_drawn),
        key="output_bias_random", title="Bias of the output projection at initialisation",
        slot="output_projection",
        change="The bias of the attention's output projection is U(+-1/sqrt(fan_in)).",
        symptom="The error is constant over the frames in each channel; the cosine stays above "
        "0.99.",
        records=("WF01", "R6"), first_seen="attention output", random=True,
    ),
    entry(
        reweighted(_other, _bias_lost),
        key="bias_lost", title="Bias of a layer lost", slot="weights",
        change="The bias of a linear or convolution layer is 0.",
        symptom="The error is constant over the frames in each channel.",
        records=("WF02", "WF06", "WF10"), first_seen="output of that layer",
    ),
    entry(
        reweighted(_other, _bias_drawn),
        key="bias_random", title="Bias of a layer at initialisation", slot="weights",
        change="The bias of a linear or convolution layer is U(+-1/sqrt(fan_in)).",
        symptom="The error is constant over the frames in each channel.",
        records=("WF01", "WF02"), first_seen="output of that layer", random=True,
    ),
    entry(
        reweighted(lambda n: n.op in NORMS, _bias_lost),
        key="norm_bias_lost", title="Bias of a norm lost", slot="norm",
        change="The bias of a norm is 0.",
        symptom="The error is constant over the frames in each channel.",
        records=("WF02",), first_seen="output of the norm",
    ),
    entry(
        _invented_bias(),
        key="bias_invented", title="Invented bias", slot="weights",
        change="A layer without bias has one, which keeps the framework's draw "
        "U(+-1/sqrt(fan_in)).",
        symptom="The error is constant over the frames in each channel.",
        records=("WF02",), first_seen="query", random=True,
    ),
    entry(
        _all_weights("zero_rows", first=0.25, share=0.125),
        key="rows_zeroed", title="Rows of a weight are zero", slot="weights",
        change="An eighth of the rows of a weight, from a quarter on, is 0.",
        symptom="Some channels hold the bias alone, the others are right.",
        records=("WF07", "R43"), first_seen="output of that layer",
    ),
    entry(
        _all_weights("zero"),
        key="weight_zero", title="Weight is all zero", slot="weights",
        change="The weight of a layer is 0; its bias is right.",
        symptom="The output is the bias at every frame.",
        records=("RC03", "FW04"), first_seen="output of that layer",
    ),
    _control(_every_parameter("cast", dtype="float16"), "weights_float16", "Weights in float16",
             "Every parameter is rounded to float16.", "2e-4"),
    _control(_every_parameter("cast", dtype="bfloat16"), "weights_bfloat16",
             "Weights in bfloat16", "Every parameter is rounded to bfloat16.", "2e-3"),
    _control(_quantised(8), "weights_8_bit", "Weights of 8 bits",
             "Linear weights are quantised to 8 bits in groups of 64.", "5e-3"),
    _control(_quantised(4), "weights_4_bit", "Weights of 4 bits",
             "Linear weights are quantised to 4 bits in groups of 64.", "8e-2"),
)  # fmt: skip
