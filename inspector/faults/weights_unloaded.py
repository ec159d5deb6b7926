"""Weights that never reached their modules, which keep the framework's initialisation.

Linear and convolution weights are then U(-b, b) with b = 1 / sqrt(fan_in); the bias of a
linear layer is drawn the same way, that of a convolution is 0; a norm has weight 1 and
bias 0.  Source: the constructors of the layers of MLX.
"""

from __future__ import annotations

from inspector.blocks.graph import Graph, Node
from inspector.faults.edit import WeightChange
from inspector.faults.fault import Fault, Shapes
from inspector.faults.scope import Scope, blocks_reweighted, entry, nodes, reweighted

LAYOUTS = {"linear": "OI", "conv1d": "OIK", "conv_transpose1d": "IOK"}
"""Layout of the weight of each operation that has a matrix."""

NORMS = ("layer_norm", "group_norm")


def fresh(node: Node) -> tuple[WeightChange, ...]:
    """All parameters of a node as the framework initialises them."""
    changes = []
    for parameter, key in node.params:
        if node.op in LAYOUTS:
            changes.append(drawn(node, key) if parameter == "weight" or node.op == "linear" else
                           WeightChange(key, "zero"))  # fmt: skip
        elif node.op in NORMS:
            changes.append(WeightChange(key, "ones" if parameter == "weight" else "zero"))
        else:
            changes.append(WeightChange(key, "zero"))
    return tuple(changes)


def drawn(node: Node, key: str) -> WeightChange:
    """The parameter `key` of a linear or convolution node, uniform within its bound."""
    weight = node.key("weight") or key
    return WeightChange(key, "uniform", (("of", weight), ("layout", LAYOUTS[node.op]), ("seed", 0)))


def _of(**which: str | tuple[str, ...]) -> Scope:
    selected = nodes(**which)  # type: ignore[arg-type] # names of nodes() only
    return reweighted(lambda n: bool(n.params) and selected(n), lambda n, _: fresh(n))


def _blocks(graph: Graph, _shapes: Shapes) -> tuple[str, ...]:
    """Blocks with two nodes or more that have parameters."""
    return tuple(b for b in graph.blocks if sum(bool(n.params) for n in graph.of_block(b)) > 1)


def _block(graph: Graph, block: str, _shapes: Shapes) -> tuple[WeightChange, ...]:
    return tuple(c for n in graph.nodes if n.block == block for c in fresh(n))


_SYMPTOM = "The output is far too small; weights lie within 1 / sqrt(fan_in)."


def _norm(key: str, title: str, scope: Scope, records: tuple[str, ...], seen: str) -> Fault:
    return entry(
        scope, key=key, title=title, slot="norm",
        change="The norm keeps weight 1 and bias 0 in place of the trained ones.",
        symptom="Unit variance looks healthy; the ratio per channel is the trained weight.",
        records=records, first_seen=seen,
    )  # fmt: skip


FAULTS = (
    entry(
        _of(slot="final_projection"),
        key="final_projection_unloaded", title="Final projection not loaded",
        slot="final_projection",
        change="The final projection keeps the framework's initialisation: weight U(+-1/sqrt(C)), "
        "bias 0.",
        symptom="The velocity is far too small while everything before it is right; the mel is "
        "noise.",
        records=("WK01", "R1"), first_seen="output of the estimator", random=True,
    ),
    _norm("second_norm_unloaded", "Second norm of the transformer not loaded",
          _of(ends=".norm3"), ("WK03", "R2"), "output of norm3"),
    _norm("first_norm_unloaded", "First norm of the transformer not loaded",
          _of(ends=".norm1"), ("WK02",), "output of norm1"),
    _norm("conv_norm_unloaded", "Norm after a convolution not loaded, or replaced by identity",
          reweighted(lambda n: n.op in NORMS and ".block." in n.name and bool(n.params),
                     lambda n, _: fresh(n)),
          ("WF04", "WK02"), "output of the norm"),
    entry(
        _of(ends=(".to_q", ".to_k", ".to_v", ".to_out.0")),
        key="attention_unloaded", title="Attention projections not loaded", slot="attention",
        change="The q, k, v and output projections keep the framework's initialisation.",
        symptom=f"{_SYMPTOM} Looks like an attention or mask bug: region means move, not the "
        "global std.",
        records=("WK04", "R3"), first_seen="query", random=True,
    ),
    entry(
        _of(ends=(".mlp.1", ".res_conv")),
        key="resnet_time_and_skip_unloaded", title="Time projection and skip convolution of the "
        "ResNet not loaded", slot="residual_conv",
        change="The time projection and the 1x1 skip convolution keep the framework's "
        "initialisation.",
        symptom=f"{_SYMPTOM} The time projection has a fifth of its std.",
        records=("WK05", "R4"), first_seen="time projection", random=True,
    ),
    entry(
        _of(ends=(".ff.net.0.proj", ".ff.net.2")),
        key="feed_forward_unloaded", title="Feed-forward not loaded", slot="feed_forward",
        change="Both linear layers of the feed-forward keep the framework's initialisation.",
        symptom=f"{_SYMPTOM} The attention before it is right.",
        records=("WK06", "R5"), first_seen="feed-forward output", random=True,
    ),
    entry(
        _of(ends=("time_mlp.linear_1", "time_mlp.linear_2")),
        key="time_mlp_unloaded", title="Time MLP not loaded", slot="time_mlp",
        change="Both linear layers of the time MLP keep the framework's initialisation.",
        symptom=f"{_SYMPTOM} Only values that depend on time are wrong at first.",
        records=("WK02", "WK09"), first_seen="time embedding after the MLP", random=True,
    ),
    entry(
        reweighted(lambda n: n.slot in ("causal_conv", "stage_conv") and bool(n.params),
                   lambda n, _: fresh(n)),
        key="convolution_unloaded", title="Convolution not loaded", slot="causal_conv",
        change="The convolution keeps the framework's initialisation: weight U(+-1/sqrt(I K)), "
        "bias 0.",
        symptom=_SYMPTOM, records=("WK02", "WK11"), first_seen="output of that convolution",
        random=True,
    ),
    entry(
        _of(op="snakebeta"),
        key="snakebeta_unloaded", title="Snake constants not loaded", slot="feed_forward",
        change="alpha and beta of SnakeBeta stay 0.",
        symptom="The activation has frequency and magnitude 1 in every channel.",
        records=("WK02",), first_seen="feed-forward activation",
    ),
    entry(
        blocks_reweighted(_blocks, _block),
        key="block_unloaded", title="Whole block not loaded", slot="weights",
        change="Every parameter of the block keeps the framework's initialisation, as when no key "
        "is renamed and unknown keys are ignored.",
        symptom="The velocity is ten times too small: the state stays near N(0, 1), half of it "
        "positive, with the range of the noise.",
        records=("WK02", "WK09", "WK10", "WK11", "WK15", "WK16"),
        first_seen="first layer of the block", random=True,
    ),
)  # fmt: skip
