"""Weights of another layer or block."""

from __future__ import annotations

import re
from collections.abc import Iterable

from inspector.blocks.graph import Graph
from inspector.faults.edit import WeightChange
from inspector.faults.fault import Shapes
from inspector.faults.scope import Scope, blocks_reweighted, entry, transformers


def _parts(graph: Graph, path: str, shapes: Shapes) -> dict[str, tuple[int, ...]]:
    """Parameters below `path`: rest of the key -> shape."""
    keys = graph.keys()
    return {
        key.removeprefix(f"{path}."): shapes.get(key, ())
        for key in keys
        if key.startswith(f"{path}.")
    }


def _taken(path: str, source: str, parts: Iterable[str]) -> list[WeightChange]:
    return [
        WeightChange(f"{path}.{part}", "from_key", (("source", f"{source}.{part}"),))
        for part in parts
    ]


def _alike(graph: Graph, block: str, shapes: Shapes) -> str:
    """The next block (else the one before) with the same parameters in the same shapes."""
    own = _parts(graph, block, shapes)
    blocks = list(graph.blocks)
    at = blocks.index(block)
    for other in (*blocks[at + 1 :], *reversed(blocks[:at])):
        if own and _parts(graph, other, shapes) == own:
            return other
    return ""


def _of_another(graph: Graph, block: str, shapes: Shapes) -> list[WeightChange]:
    source = _alike(graph, block, shapes)
    return _taken(block, source, _parts(graph, block, shapes)) if source else []


def _prefixes(graph: Graph) -> list[str]:
    """Stages and transformers: every path that ends with a counter and has a next one."""
    found = dict.fromkeys(
        path
        for block in graph.blocks
        for path in (
            *re.findall(r"^[a-z_]+\.\d+", block), *re.findall(r"^[a-z_]+\.\d+\.1\.\d+$", block)
        )
    )  # fmt: skip
    return list(found)


def _next(path: str) -> str:
    head, _, count = path.rpartition(".")
    return f"{head}.{int(count) + 1}"


def _neighbours_swapped(graph: Graph, path: str, shapes: Shapes) -> list[WeightChange]:
    parts, other = _parts(graph, path, shapes), _next(path)
    if not parts or _parts(graph, other, shapes) != parts:
        return []
    return _taken(path, other, parts) + _taken(other, path, parts)


def _sorted_as_text(graph: Graph, path: str, shapes: Shapes) -> list[WeightChange]:
    keys = graph.keys()
    counts = sorted({int(m) for k in keys for m in re.findall(rf"^{path}\.(\d+)\.", k)})
    changes = []
    for count, source in zip(counts, sorted(counts, key=str), strict=True):
        own, other = f"{path}.{count}", f"{path}.{source}"
        parts = _parts(graph, own, shapes)
        if own != other and _parts(graph, other, shapes) == parts:
            changes += _taken(own, other, parts)
    return changes


def _modules_swapped(block: str, one: str, two: str, graph: Graph) -> list[WeightChange]:
    keys = set(graph.keys())
    return [
        WeightChange(f"{block}.{a}.{p}", "from_key", (("source", f"{block}.{b}.{p}"),))
        for a, b in ((one, two), (two, one))
        for p in ("weight", "bias")
        if f"{block}.{a}.{p}" in keys and f"{block}.{b}.{p}" in keys
    ]


def _snakes(graph: Graph) -> list[str]:
    return [n.name for n in graph.nodes if n.op == "snakebeta"]


def _swapped_modules(one: str, two: str) -> Scope:
    return blocks_reweighted(
        lambda graph, _: transformers(graph),
        lambda graph, block, _: _modules_swapped(block, one, two, graph),
    )


FAULTS = (
    entry(
        blocks_reweighted(lambda graph, _: graph.blocks, _of_another),
        key="weights_of_another_block", title="Weights of another block", slot="weights",
        change="The block holds the weights of the next block of the same shape.",
        symptom="Statistics of the block are usual, its values are unrelated.",
        records=("WK02", "WK11"), first_seen="first layer of the block",
    ),
    entry(
        blocks_reweighted(lambda graph, _: _prefixes(graph), _neighbours_swapped),
        key="neighbours_swapped", title="Two neighbouring blocks in the wrong order",
        slot="weights",
        change="The block and the next one hold each other's weights.",
        symptom="Statistics of both are usual, their values are unrelated.",
        records=("WK02", "WK11"), first_seen="first layer of the block",
    ),
    entry(
        blocks_reweighted(lambda _graph, _: ("mid_blocks",), _sorted_as_text),
        key="blocks_sorted_as_text", title="Blocks ordered as text", slot="weights",
        change="The blocks are filled in the order of their names as text: 0, 1, 10, 11, 2 ...",
        symptom="The first two blocks are right, nearly all others hold another's weights.",
        records=("WK09",), first_seen="third block",
    ),
    entry(
        _swapped_modules("norm1", "norm3"),
        key="norms_swapped", title="Norms of the transformer swapped", slot="norm",
        change="norm1 and norm3 hold each other's weights.",
        symptom="Unit variance looks healthy; the ratio per channel is the two weights' ratio.",
        records=("WK03",), first_seen="output of norm1",
    ),
    entry(
        _swapped_modules("attn1.to_q", "attn1.to_k"),
        key="query_key_weights_swapped", title="Query and key weights swapped",
        slot="query_projection",
        change="The query and key projections hold each other's weights.",
        symptom="Queries and keys are right when matched crosswise; the scores are transposed.",
        records=("WK04",), first_seen="query", blind="one frame",
    ),
    entry(
        _swapped_modules("attn1.to_k", "attn1.to_v"),
        key="key_value_weights_swapped", title="Key and value weights swapped",
        slot="key_projection",
        change="The key and value projections hold each other's weights.",
        symptom="Keys and values are right when matched crosswise.",
        records=("WK04",), first_seen="key",
    ),
    entry(
        blocks_reweighted(
            lambda graph, _: _snakes(graph),
            lambda _graph, name, _: [
                WeightChange(f"{name}.beta", "from_key", (("source", f"{name}.alpha"),))
            ],
        ),
        key="snake_in_place_of_snakebeta", title="Snake in place of SnakeBeta",
        slot="feed_forward",
        change="The magnitude is exp(alpha) in place of exp(beta).",
        symptom="The activation has the right frequency and the wrong magnitude.",
        records=("AC05",), first_seen="feed-forward activation",
    ),
    entry(
        blocks_reweighted(
            lambda graph, _: _snakes(graph),
            lambda _graph, name, _: [WeightChange(f"{name}.alpha", "log")],
        ),
        key="snakebeta_alpha_without_exp", title="SnakeBeta alpha without exp",
        slot="feed_forward",
        change="The frequency is alpha in place of exp(alpha).",
        symptom="The activation is nearly the identity where the trained alpha is near 0.",
        records=("AC05",), first_seen="feed-forward activation",
    ),
)  # fmt: skip
