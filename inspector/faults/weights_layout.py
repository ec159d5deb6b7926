"""Weights that arrived in another memory layout or order."""

from __future__ import annotations

from inspector.blocks.graph import Graph, Node, Setting
from inspector.faults.edit import WeightChange
from inspector.faults.fault import Shapes
from inspector.faults.scope import (
    Scope,
    blocks_reweighted,
    entry,
    reweighted,
    transformers,
)

_CONVS = ("conv1d", "conv_transpose1d")


def _weight(node: Node, kind: str, **settings: Setting) -> tuple[WeightChange, ...]:
    key = node.key("weight")
    return () if key is None else (WeightChange(key, kind, tuple(settings.items())),)


def _shape(node: Node, shapes: Shapes) -> tuple[int, ...]:
    return shapes.get(node.key("weight") or "", ())


def _square(op: tuple[str, ...]) -> Scope:
    """Weights of an op with as many outputs as inputs, transposed."""

    def change(node: Node, shapes: Shapes) -> tuple[WeightChange, ...]:
        shape = _shape(node, shapes)
        fits = len(shape) >= 2 and shape[0] == shape[1] > 1
        return _weight(node, "transpose") if fits else ()

    return reweighted(lambda n: n.op in op, change)


def _flipped(node: Node, shapes: Shapes) -> tuple[WeightChange, ...]:
    shape = _shape(node, shapes)
    return _weight(node, "flip_kernel") if len(shape) == 3 and shape[2] > 1 else ()


def _reread(stored: str, kernel: bool) -> Scope:
    """Memory of one layout taken for the other, with a kernel or without (1x1 too)."""

    def change(node: Node, shapes: Shapes) -> tuple[WeightChange, ...]:
        o, i, *taps = _shape(node, shapes) or (1, 1)
        wide = bool(taps) and taps[0] > 1
        # without a kernel a square matrix would be transposed, which is another entry
        fits = wide == kernel and min(o, i) > 1 and (kernel or o != i)
        return _weight(node, "reread", stored=stored) if fits else ()

    return reweighted(lambda n: n.op in ("linear", "conv1d"), change)


def _heads(graph: Graph, block: str, order: str, letters: str) -> tuple[WeightChange, ...]:
    heads = graph.node(f"{block}.attn1.query").constants["heads"]
    if heads == 1:
        return ()
    settings = (("heads", heads), ("order", order))
    return tuple(
        WeightChange(f"{block}.attn1.to_{letter}.weight", "permute_heads", settings)
        for letter in letters
    )


def _attention(order: str, letters: str) -> Scope:
    return blocks_reweighted(
        lambda graph, _: transformers(graph),
        lambda graph, block, _: _heads(graph, block, order, letters),
    )


FAULTS = (
    entry(
        _square(("linear",)),
        key="linear_transposed", title="Square projection transposed", slot="weights",
        change="The weight of a linear layer with as many inputs as outputs is transposed.",
        symptom="Weight statistics stay and the output has nearly the same std; only values "
        "element by element tell.",
        records=("WL03", "WL04", "R8"), first_seen="output of that layer",
    ),
    entry(
        _square(_CONVS),
        key="conv_in_out_swapped", title="Convolution with inputs and outputs swapped",
        slot="weights",
        change="The weight of a convolution with as many inputs as outputs has the two swapped.",
        symptom="Weight statistics stay; only values element by element tell.",
        records=("WL02", "WL05"), first_seen="output of that layer",
    ),
    entry(
        reweighted(lambda n: n.op in _CONVS, _flipped),
        key="kernel_flipped", title="Kernel flipped", slot="weights",
        change="The taps of a convolution are in the reverse order.",
        symptom="The output is nearly right for smooth input and wrong in detail.",
        records=("WL01",), first_seen="output of that layer",
    ),
    entry(
        _reread("torch", kernel=True),
        key="conv_memory_reread", title="Convolution weight reshaped, not transposed",
        slot="weights",
        change="The memory of [O, I, K] is read as [O, K, I].",
        symptom="Each output mixes taps and channels; weight statistics stay.",
        records=("WL01", "WL05"), first_seen="output of that layer",
    ),
    entry(
        _reread("mlx", kernel=True),
        key="conv_memory_reread_back", title="MLX convolution weight taken for PyTorch layout",
        slot="weights",
        change="The memory of [O, K, I] is read as [O, I, K].",
        symptom="Each output mixes taps and channels; weight statistics stay.",
        records=("WL05", "WL09", "WF08"), first_seen="output of that layer",
    ),
    entry(
        _reread("torch", kernel=False),
        key="linear_memory_reread", title="Linear weight reshaped, not transposed",
        slot="weights",
        change="The memory of [O, I] of a linear layer or 1x1 convolution is read as [I, O].",
        symptom="Outputs are unrelated to the right ones; weight statistics stay.",
        records=("WL03", "WL05", "WL08", "R9"), first_seen="output of that layer",
    ),
    entry(
        _attention("roll", "kv"),
        key="kv_heads_shifted", title="Keys and values of the next head", slot="weights",
        change="The heads of keys and values are one place further than those of the queries.",
        symptom="The scores pair heads that do not belong together.",
        records=("AL05",), first_seen="keys",
    ),
    entry(
        _attention("interleave", "qkv"),
        key="head_rows_interleaved", title="Head rows of q, k and v interleaved", slot="weights",
        change="The rows of the q, k and v weights are ordered as D blocks of H.",
        symptom="q, k and v hold the right values at other channels; the output mixes heads.",
        records=("WL07", "AL05"), first_seen="queries",
    ),
)  # fmt: skip
