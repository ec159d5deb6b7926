"""Wrong activation functions, or activations at the wrong place."""

from __future__ import annotations

from inspector.blocks.graph import Graph, Node
from inspector.faults.fault import Fault
from inspector.faults.scope import Select, constants, entry, nodes, resnets, wired

_NAMES = {
    "mish": "Mish", "silu": "SiLU", "gelu": "GELU (erf)", "gelu_tanh": "GELU (tanh)",
    "gelu_quick": "quick GELU", "relu": "ReLU", "identity": "no activation",
}  # fmt: skip
_PLACES: dict[str, tuple[str, Select, str, str]] = {
    # prefix of the key: title, nodes, slot, first seen
    "block": ("of a ResNet", nodes("activation", "activation"), "activation", "block output"),
    "feed_forward": ("of the feed-forward", nodes("activation", "feed_forward"),
                     "feed_forward", "feed-forward activation"),
    "time_mlp": ("of the time MLP", nodes("activation", "time_mlp"), "time_mlp",
                 "time embedding after the MLP"),
}  # fmt: skip


def _kind(where: str, kind: str, records: tuple[str, ...], symptom: str) -> Fault:
    title, select, slot, seen = _PLACES[where]
    return entry(
        constants(select, kind=kind),
        key=f"{where}_activation_{kind}", title=f"Activation {title}: {_NAMES[kind]}", slot=slot,
        change=f"The activation {title} is {_NAMES[kind]}.", symptom=symptom, records=records,
        first_seen=seen,
    )  # fmt: skip


_SMOOTH = "The error is smooth and plausible and grows with every block."
_TINY = "At most 5e-4 per value, below loose tolerances; it grows over the blocks."


def _after_linear(graph: Graph, block: str) -> dict[str, Node]:
    """Mish(Linear(t)) in place of Linear(Mish(t)); each module keeps its name."""
    act, linear = graph.node(f"{block}.mlp.0"), graph.node(f"{block}.mlp.1")
    timed = graph.node(f"{block}.with_time")
    made = (
        linear.with_input(0, act.inputs[0]), act.with_input(0, linear.name),
        timed.with_input(1, act.name),
    )  # fmt: skip
    return {n.name: n for n in made}


FAULTS = (
    _kind("block", "silu", ("AC03",), _SMOOTH),
    _kind("block", "gelu", ("AC03",), _SMOOTH),
    _kind("block", "relu", ("AC03",), "Negative values are cut."),
    _kind("block", "identity", ("AC03",), "Negative values stay."),
    _kind("feed_forward", "gelu_tanh", ("AC01", "R30"), _TINY),
    _kind("feed_forward", "gelu", ("AC01", "R30"), _TINY),
    _kind("feed_forward", "gelu_quick", ("AC01",), "At most 2e-2 per value; it grows."),
    _kind("feed_forward", "silu", ("AC03",), _SMOOTH),
    _kind("feed_forward", "relu", ("AC01",), "Negative values are cut."),
    _kind("feed_forward", "identity", ("AC03",), "Negative values stay."),
    _kind("time_mlp", "mish", ("AC03", "R29"), _SMOOTH),
    _kind("time_mlp", "gelu", ("AC03", "R29"), _SMOOTH),
    _kind("time_mlp", "relu", ("AC03", "R29"), "Negative values are cut."),
    _kind("time_mlp", "identity", ("AC03", "R29"), "Negative values stay."),
    entry(
        wired(lambda g: [b for b in resnets(g) if f"{b}.mlp.0" in g], _after_linear),
        key="time_activation_after_linear", title="Mish after the time projection",
        slot="time_injection",
        change="The time shift is Mish(Linear(t)) in place of Linear(Mish(t)).",
        symptom="The shift is never below -0.31.",
        records=("R28",), first_seen="time projection",
    ),
)  # fmt: skip
