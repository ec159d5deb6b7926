"""Missing residuals and branches, wrong concatenations, stray gains."""

from __future__ import annotations

from dataclasses import replace

from inspector.blocks.graph import Graph, Node
from inspector.faults.fault import Fault
from inspector.faults.scope import Scope, Select, constants, entry, nodes, wired

DROPOUT = 0.1
"""Rate of the dropout whose gain an unfinished port keeps."""


def _resnet(node: Node) -> bool:
    return node.op == "add" and node.inputs[-1].endswith(".res_conv")


def _attention(node: Node) -> bool:
    return node.op == "add" and node.name.endswith(".after_attention")


def _feed_forward(node: Node) -> bool:
    return node.op == "add" and node.inputs[0].endswith(".ff.net.2")


_SUMS: dict[str, tuple[Select, str]] = {
    "resnet": (_resnet, "the ResNet"),
    "attention": (_attention, "the attention"),
    "feed_forward": (_feed_forward, "the feed-forward"),
}


def _missing(which: str, use: str) -> Fault:
    select, title = _SUMS[which]
    residual = use == "first"
    return entry(
        constants(select, use=use),
        key=f"{which}_{'residual' if residual else 'branch'}_missing",
        title=f"{'Residual' if residual else 'Branch'} of {title} missing",
        slot="residual_add",
        change=f"The sum after {title} keeps the {'branch' if residual else 'residual'} only.",
        symptom="The mean is often near; what was dropped is the error.",
        records=("RC01", "R35") if residual else ("RC03",), first_seen="that sum",
    )  # fmt: skip


def _reordered(node: Node, order: tuple[str, ...]) -> dict[str, Node]:
    return {node.name: replace(node, inputs=order)}


def _parts(graph: Graph, place: str) -> dict[str, str]:
    named = {name.rsplit(".", 1)[-1]: name for name in graph.node(place).inputs}
    return {part.removesuffix("_frames"): name for part, name in named.items()}


def _swapped_parts(one: str, two: str) -> Scope:
    def places(graph: Graph) -> list[str]:
        return [
            n.name for n in graph.nodes
            if n.name == "inputs.concat" and {one, two} <= set(_parts(graph, n.name))
        ]  # fmt: skip

    def change(graph: Graph, place: str) -> dict[str, Node]:
        node, parts = graph.node(place), _parts(graph, place)
        other = {parts[one]: parts[two], parts[two]: parts[one]}
        return _reordered(node, tuple(other.get(name, name) for name in node.inputs))

    return wired(places, change)


def _with_gain(graph: Graph, place: str) -> dict[str, Node]:
    """The value times 1 / (1 - p) for the nodes that read it."""
    source = graph.node(place)
    head, _, count = place.rpartition(".")
    gain = Node(f"{head}.{int(count) + 1}", source.slot, "add", (place, place),
                settings=(("factor", DROPOUT / (1 - DROPOUT)),), block=source.block)  # fmt: skip
    readers = [n for n in graph.nodes if place in n.inputs]
    made = {
        n.name: replace(n, inputs=tuple(gain.name if i == place else i for i in n.inputs))
        for n in readers
    }
    return {gain.name: gain, **made}


def _dropouts(graph: Graph) -> list[str]:
    """Values that a dropout module reads."""
    return [n.name for n in graph.nodes if n.name.endswith((".ff.net.0", ".to_out.0"))]


FAULTS = (
    *(_missing(which, "first") for which in _SUMS),
    *(_missing(which, "second") for which in _SUMS),
    entry(
        constants(nodes("add_over_frames"), mode="none"),
        key="time_shift_missing", title="Time not added", slot="time_injection",
        change="The time projection is not added between the two halves of the ResNet.",
        symptom="The velocity hardly depends on the step.",
        records=("TE03",), first_seen="sum with time",
    ),
    entry(
        constants(nodes("add_over_frames"), mode="multiply"),
        key="time_shift_multiplied", title="Time multiplied", slot="time_injection",
        change="The time projection is multiplied in place of added.",
        symptom="The sum with time is the product of both.",
        records=("TE03",), first_seen="sum with time",
    ),
    entry(
        constants(nodes("concat_skip"), order="skip_h"),
        key="skip_before_stream", title="Skip before the stream", slot="skip_concat",
        change="The up block reads [skip, h] in place of [h, skip].",
        symptom="The same values at swapped halves of the channels.",
        records=("R33",), first_seen="first ResNet of the up block",
    ),
    entry(
        constants(nodes("concat_skip"), order="h_h"),
        key="skip_missing", title="Skip missing", slot="skip_concat",
        change="The up block reads [h, h] in place of [h, skip].",
        symptom="Both halves of the channels are equal.",
        records=("RC01",), first_seen="first ResNet of the up block",
    ),
    entry(
        _swapped_parts("speaker", "cond"),
        key="concat_speaker_prompt_swapped", title="Prompt before the speaker",
        slot="input_concat",
        change="The input is [x, mu, prompt, speaker] in place of [x, mu, speaker, prompt].",
        symptom="The same values at other channels; sorted channels match.",
        records=("R34",), first_seen="input concat",
    ),
    entry(
        _swapped_parts("x", "mu"),
        key="concat_state_mu_swapped", title="mu before the state", slot="input_concat",
        change="The input starts with [mu, x] in place of [x, mu].",
        symptom="The same values at other channels; sorted channels match.",
        records=("R34",), first_seen="input concat",
    ),
    entry(
        wired(_dropouts, _with_gain),
        key="dropout_gain", title="Gain of an active dropout", slot="residual_add",
        change=f"The value is multiplied by 1 / (1 - {DROPOUT}), the gain of a dropout that was "
        "left in training mode.",
        symptom="The cosine is 1 and the norm ratio 1.111; a real dropout also zeroes values at "
        "random.",
        records=("NM05",), first_seen="value after the dropout",
    ),
)  # fmt: skip
