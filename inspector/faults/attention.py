"""Mistakes inside the attention: heads, scale, softmax."""

from __future__ import annotations

from dataclasses import replace

from inspector.blocks.graph import Graph, Node
from inspector.faults.fault import Shapes
from inspector.faults.scope import (
    Scope,
    constants,
    edited,
    entry,
    nodes,
    transformers,
    wired,
)

_SCALES = nodes("scale", "attention_scale")


def _head_width(node: Node) -> float:
    """D of 1 / sqrt(D)."""
    factor = node.constants.get("factor")
    return float(factor) ** -2 if isinstance(factor, int | float) and factor else 0.0


def _by_channels(node: Node, shapes: Shapes) -> Node:
    """The scale with the width C of the stream in place of the head width."""
    path = node.name.removesuffix(".scaled")
    shape = shapes.get(f"{path}.to_q.weight")
    if shape is None or abs(shape[1] - _head_width(node)) < 0.5:
        return node
    return node.with_settings(factor=shape[1] ** -0.5)


def _split(order: str, also_merge: bool = False) -> Scope:
    """All three head splits of a transformer in another order."""

    def change(graph: Graph, block: str) -> dict[str, Node]:
        parts = ["query", "key", "value", *(["merged"] if also_merge else [])]
        made = [graph.node(f"{block}.attn1.{part}").with_settings(order=order) for part in parts]
        return {node.name: node for node in made}

    return wired(transformers, change)


def _normed_heads(graph: Graph, block: str) -> dict[str, Node]:
    """Queries and keys through an RMS norm without weights, before the heads are split."""
    made = {}
    for letter, name in (("q", "query"), ("k", "key")):
        flat = f"{block}.attn1.to_{letter}"
        norm = Node(f"{block}.attn1.{letter}_norm", "norm", "layer_norm", (flat,),
                    settings=(("eps", 1e-5), ("kind", "rms")), block=block)  # fmt: skip
        heads = graph.node(f"{block}.attn1.{name}").with_input(0, norm.name)
        made |= {norm.name: norm, heads.name: heads}
    return made


def _scores_swapped(graph: Graph, block: str) -> dict[str, Node]:
    scores = graph.node(f"{block}.attn1.scores")
    return {scores.name: replace(scores, inputs=scores.inputs[::-1])}


FAULTS = (
    entry(
        constants(nodes("merge_heads"), order="without_permute"),
        key="heads_merged_without_permute", title="Heads merged without permute",
        slot="head_merge",
        change="[R, H, T, D] is read as [R, T, H D] without swapping heads and frames.",
        symptom="The values of the merged heads are the same multiset at other places: mean, std "
        "and range stay; the loss grows with every block.",
        records=("AL01", "R10"), first_seen="attention before the output projection",
    ),
    entry(
        constants(nodes("merge_heads"), order="interleaved"),
        key="heads_merged_interleaved", title="Heads merged with D before H", slot="head_merge",
        change="The merged channels are ordered as D blocks of H in place of H blocks of D.",
        symptom="The merged channels are permuted; every frame keeps its norm.",
        records=("AL01",), first_seen="attention before the output projection",
    ),
    entry(
        _split("interleaved"),
        key="heads_split_interleaved", title="Heads split as D blocks of H", slot="head_split",
        change="q, k and v are viewed as [T, D, H] in place of [T, H, D].",
        symptom="q, k and v are equal, the scores are not.",
        records=("AL05", "R11"), first_seen="attention scores",
    ),
    entry(
        _split("interleaved", also_merge=True),
        key="heads_interleaved_throughout", title="Heads split and merged as D blocks of H",
        slot="head_split",
        change="q, k and v are viewed as [T, D, H] and merged back in that order.",
        symptom="The channels return to their places, but each head attends with other channels.",
        records=("AL05", "R11"), first_seen="attention scores",
    ),
    entry(
        edited(_SCALES, _by_channels),
        key="attention_scale_channels", title="Attention scaled by the channels",
        slot="attention_scale",
        change="The scores are divided by the square root of the channels of the stream in place "
        "of that of the head width.",
        symptom="Attention is flatter; the ratio of the scaled scores is one number.",
        records=("NM07", "R12"), first_seen="scaled scores", blind="one frame",
    ),
    entry(
        constants(_SCALES, factor=1.0),
        key="attention_scale_missing", title="Attention not scaled", slot="attention_scale",
        change="The scores are not divided by the square root of the head width.",
        symptom="Attention is sharper; the ratio of the scaled scores is one number.",
        records=("NM07", "R12"), first_seen="scaled scores", blind="one frame",
    ),
    entry(
        edited(_SCALES, lambda n, _: n.with_settings(factor=1.0 / max(_head_width(n), 1.0))),
        key="attention_scale_twice", title="Attention scaled twice", slot="attention_scale",
        change="The scores are divided by the head width: its square root is applied twice.",
        symptom="Attention is flatter; the ratio of the scaled scores is one number.",
        records=("NM07", "R12"), first_seen="scaled scores", blind="one frame",
    ),
    entry(
        constants(_SCALES, factor=0.0),
        key="attention_scale_zero", title="Attention scale left at zero", slot="attention_scale",
        change="The scores are multiplied by 0, so attention is the mean over the valid frames.",
        symptom="Attention weights are uniform; the residual hides it downstream.",
        records=("NM07",), first_seen="scaled scores", blind="one frame",
    ),
    entry(
        constants(nodes("softmax"), axis="queries"),
        key="softmax_over_queries", title="Softmax over the queries", slot="softmax",
        change="The weights are normalised over the queries in place of the keys.",
        symptom="The weights of a query do not sum to 1.",
        records=(), first_seen="attention weights",
    ),
    entry(
        constants(nodes("softmax"), axis="heads"),
        key="softmax_over_heads", title="Softmax over the heads", slot="softmax",
        change="The weights are normalised over the heads in place of the keys.",
        symptom="The weights of a query do not sum to 1; masked keys take part.",
        records=(), first_seen="attention weights",
    ),
    entry(
        wired(transformers, _normed_heads),
        key="query_key_norm_invented", title="Invented norm of queries and keys",
        slot="attention_scores",
        change="Queries and keys pass an RMS norm over their channels that the source lacks; its "
        "weight is 1.",
        symptom="The attention pattern is distorted; q and k projections are equal.",
        records=("WF03",), first_seen="attention scores",
    ),
    entry(
        wired(transformers, _scores_swapped),
        key="scores_transposed", title="Scores transposed", slot="attention_scores",
        change="The scores are k q^T in place of q k^T.",
        symptom="The score matrix is transposed; its statistics stay.",
        records=(), first_seen="attention scores", blind="one frame",
    ),
)  # fmt: skip
